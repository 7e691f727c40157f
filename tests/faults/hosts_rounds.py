"""Rounds of faults on one shared file system: posts that are killed, sleep or are cut off at a step, and parts that die under posts.

A process that sleeps may hold a lock, which other posts to its own host wait for. So that many can sleep at once, each does so in a lane:
a data folder of its own, with the three hosts' seeother for it.
"""
import itertools
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import hosts
from harness.clients import whole
from harness.hosts import HOSTS, stop_group
from harness.processes import family, wait_for
from hosts_place import PATIENCE, SharedPlace, Wrong

POSTS = 8
YOUNG = 10  # seconds in which a worker doesn't decide about a line yet
FAILURES = Wrong, AssertionError, OSError, KeyError, subprocess.SubprocessError


def told(problem):
    return f"{type(problem).__name__}: {problem}"


class Post:
    """A post that is killed or stops at a step."""

    def __init__(self, place, key, fault, step, host):
        self.place, self.key, self.host, self.step, self.problem = place, key, host, step, None
        call, when = step
        how = "KILL" if fault == "kill" else "STOP"
        self.process = place.traced(host, key, "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:signal={how}:when={when}")

    def try_to(self, do, *words):
        """Does one thing, if nothing was wrong before."""
        try:
            if not self.problem:
                do(*words)
        except FAILURES as problem:
            self.problem = f"{self.key} at {' '.join(map(str, self.step))} on host {self.host}: {told(problem)}"

    def wait_stopped(self):
        """Waits until it sleeps, or has ended: a call may come less often than at the first post."""
        wait_for("the post to stop", lambda: self.process.poll() is not None or
                 any(is_stopped(pid) for pid in family(self.process.pid)[1:]), 60)

    def let_others_try(self, cut):
        for host in HOSTS:
            if host != self.host:
                self.place.post(host, self.key, cut)

    def end(self, host, withdrawn):
        """Whatever it answers now must be the others' outcome; and that must be there."""
        self.place.note(self.key, whole(self.process.communicate(timeout=150)[0]))
        self.place.post(self.host, self.key)
        if withdrawn:
            self.place.withdraw(host, self.key)
        self.place.look(self.key)


def is_stopped(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "tT"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Rounds:
    """The rounds on one file system. A function of it that does rounds gives what was wrong, a line for each round that failed."""

    def __init__(self, folder, system, chance, lanes, sleep):
        self.system, self.chance, self.sleep, self.count = system, chance, sleep, 0
        self.places = [SharedPlace(folder / f"lane{n}", system, n).start() for n in range(lanes)]
        self.steps = self.places[0].steps()
        self.step, self.cuts = chance.randrange(len(self.steps)), itertools.count()

    def longest(self):
        """How many seconds a post took at the most from its first try to its 303, since this was asked the last time."""
        longest = max(place.longest for place in self.places)
        for place in self.places:
            place.longest = 0
        return longest

    def stop(self):
        for place in self.places:
            place.stop()

    def key(self, name):
        self.count += 1
        return f"{name}{self.count}"

    def at_steps(self, fault, n):
        """n posts, each in a lane of its own, stop at the next n steps; others take their places; then they go on, or not."""
        cut = self.host_to_cut() if fault == "cut" else None
        posts = []
        for place in self.places[:n]:
            self.step += 1
            posts.append(Post(place, self.key(fault), fault, self.steps[self.step % len(self.steps)], cut or self.chance.choice(HOSTS)))
        begun = time.monotonic()
        try:
            with ThreadPoolExecutor(6) as pool:
                if fault != "kill":
                    list(pool.map(lambda post: post.try_to(post.wait_stopped), posts))
                if cut:
                    hosts.cut_network(cut)
                list(pool.map(lambda post: post.try_to(post.let_others_try, cut), posts))
            if fault == "sleep":
                time.sleep(max(0, self.sleep - (time.monotonic() - begun)))
            for post in posts:
                stop_group(post.process, signal.SIGCONT)
            if cut:
                time.sleep(self.sleep / 4)
                hosts.mend_network(cut)
                self.rejoin(cut)
            hints = [(self.chance.choice(HOSTS), self.chance.randrange(4) == 0) for _ in posts]
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda post, hint: post.try_to(post.end, *hint), posts, hints))
        finally:
            for post in posts:
                stop_group(post.process)
        return [post.problem for post in posts if post.problem]

    def host_to_cut(self):
        """Every second time the host of the server that others wait for most, where there is one."""
        count = next(self.cuts)
        return count % 2 == 0 and self.system.server_host() or HOSTS[count // 2 % len(HOSTS)]

    def rejoin(self, host):
        """A host that was cut off gets a mount that works, and its seeother starts anew on it."""
        for place in self.places:
            place.hosts[host].kill()
        self.system.rejoin(host)
        for place in self.places:
            place.hosts[host].start()
        for place in self.places:
            place.hosts[host].wait()

    def under_posts(self, name, fault, mend):
        """Posts go to all hosts, each key to all three, while a part of the file system dies."""
        place, keys = self.chance.choice(self.places), [self.key(name) for _ in range(POSTS)]
        try:
            with ThreadPoolExecutor(6) as pool:
                tries = [pool.submit(place.post, host, key) for key in keys for host in HOSTS]
                time.sleep(self.chance.random() / 2)
                part = fault()
            mend(part)  # whatever came of the posts: the next round needs it
            for each in tries:
                each.result()
            for key in keys:
                place.post(self.chance.choice(HOSTS), key)
                place.look(key)
        except FAILURES as problem:
            return [told(problem)]
        return []

    def kill_part(self, _):
        self.system.wait_healed()  # else two of three may lack something, and nobody can read it
        part = self.chance.choice(HOSTS)
        return self.under_posts("part", lambda: self.system.kill_part(part) or part, self.system.start_part)

    def kill_server(self, _):
        self.system.wait_servers(PATIENCE)
        name = self.system.active()
        return self.under_posts("server", lambda: self.system.kill_server(name) or name, self.system.start_server)

    def look_at_all(self, n):
        """At the end of all rounds, in each lane."""
        def look(place):
            try:
                place.look_at_all()
            except FAILURES as problem:
                return f"{place.name}: {told(problem)}"
            return None
        with ThreadPoolExecutor(4) as pool:
            return [problem for problem in pool.map(look, self.places[:n]) if problem]


def lose_power(folder, system, chance, environment=None, deciding=False):
    """
    All bricks lose their power under posts, and if asked to while workers decide about lines that posts have left. Gives how many
    outcomes were told of, and the first that is lost or double, or None.
    """
    place = SharedPlace(folder, system, 0, environment).start()
    try:
        place.get(1, "/contact")
        system.flush()  # the folders are there in any case, and only what a post flushes is tried
        keys, left = [f"power{n}" for n in range(POSTS * 3)], leave_lines(place, chance) if deciding else []
        with ThreadPoolExecutor(6 + len(HOSTS)) as pool:
            for host in HOSTS if deciding else []:
                pool.submit(place.hosts[host].command, "work", "once", check=False)
            for key in keys:
                for host in HOSTS:
                    pool.submit(place.try_once, host, key)
            wait_for("the first outcome", lambda: place.kept, 60)
            time.sleep(chance.random() * 2)
            system.cut_power()
            place.stop()
        told_of = dict(place.kept)
        system.restore_power()
        place.start()
        try:
            for key in told_of:
                place.look(key)
            for key in [*keys, *left]:  # one that was not told of may be an outcome all the same
                place.post(chance.choice(HOSTS), key)
            place.look_at_all()
        except Wrong as problem:
            return len(told_of), told(problem)
        return len(told_of), None
    finally:
        place.stop()


def leave_lines(place, chance):
    """Lets posts die at steps after their lines were written. Gives their keys once a worker may decide about them."""
    steps, keys = place.steps(), [f"left{n}" for n in range(POSTS)]
    for key in keys:
        call, when = chance.choice(steps)
        post = place.traced(chance.choice(HOSTS), key, "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}")
        place.note(key, whole(post.communicate(timeout=60)[0]))
    time.sleep(YOUNG)
    return keys
