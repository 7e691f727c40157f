"""Many requests, many connections, few descriptors."""
import json
import multiprocessing
import random
import re
import resource
import select
import socket
import statistics
import time

from harness import fastcgi
from harness.clients import variables
from harness.processes import status_of, wait_for
import peers_rough as rough
from peers_place import SharedPlace, Visitors, upload_of

CROWD, POINTS = 10000, 20


# --- a crowd -------------------------------------------------------------------------------------------------------------

def connect_many(place, n):
    """Opens as many connections as the kernel lets in without waiting."""
    crowd, arrived, poll = {}, 0, select.epoll()
    for _ in range(n):
        one = socket.socket(place.family)
        one.setblocking(False)
        try:
            one.connect(place.address)
            arrived += 1
        except BlockingIOError:
            if place.family == socket.AF_UNIX:
                one.close()
                break  # the backlog is full
            poll.register(one, select.EPOLLOUT)
        crowd[one.fileno()] = one
    end = time.monotonic() + 3
    while arrived < len(crowd) and time.monotonic() < end:
        for file, event in poll.poll(0.2):
            poll.unregister(file)
            arrived += not event & (select.EPOLLERR | select.EPOLLHUP)
    poll.close()
    return crowd, arrived


def crowd(folder, family):
    """Ten thousand connect and say nothing; a good request that comes last is answered soon after they go, or time out."""
    with SharedPlace(folder, family, backlog=CROWD + 1000) as place:
        assert place.post("before").status == 303
        few = [place.connect() for _ in range(4)]  # one for each worker: dropped after its three seconds
        begun = time.monotonic()
        assert place.post("behind-few").status == 303
        waited = time.monotonic() - begun
        assert waited < rough.VARIABLES_SECONDS + 1, f"behind 4 silent peers: {waited:.1f} s"
        for one in few:
            one.close()
        many, arrived = connect_many(place, CROWD)
        visitors = Visitors(place, "crowd")
        visitors.start()
        time.sleep(1)
        begun = time.monotonic()
        for one in many.values():
            one.close()
        wait_for("an answer after the crowd", lambda: visitors.n > 50 or visitors.wrong, 60)
        after = time.monotonic() - begun
        visitors.end()
        place.settle()
        place.check_workers()
        place.check_kept()
        strange = [line for line in place.log().splitlines() if not re.search("closes the oldest|did not come within", line)]
        assert not strange, strange
        return f"{arrived:,} connected; good requests waited {waited:.1f} s behind 4 of them, {after:.1f} s after the crowd left"


# --- few descriptors -----------------------------------------------------------------------------------------------------

def mixed_requests(place, n):
    """Some of each kind that opens something; what is promised is noted."""
    values, body = upload_of(f"few-{n}-u", b"f" * 3000)
    yield "post", place.post(f"few-{n}")
    yield "keyed", place.post(f"few-{n}-k", HTTP_IDEMPOTENCY_KEY=f'"few-{n}"')
    yield "upload", place.took(f"few-{n}-u", place.ask(fastcgi.request(values, body)))
    yield "limited", place.post(f"few-{n}-l", path="/limited", REMOTE_ADDR=f"client {n}")
    yield "form", place.get("/drawn")
    yield "outcome", place.get("/any/" + place.kept["first"])


def few_descriptors(folder):
    """One worker at its limit: what it answers is true, and when the limit is raised it works as ever."""
    found = []
    with SharedPlace(folder, count=0) as place:
        place.start()
        place.warm_up()
        place.dismiss(place.workers[0])
        for limit in range(4, 21):
            worker, n = place.start(), limit
            resource.prlimit(worker.serving, resource.RLIMIT_NOFILE, (limit, 1000))
            statuses = {}
            if limit <= place.first_free(worker):  # it can't accept: whoever comes waits, and is served once it can
                with place.connect() as connection:
                    connection.sendall(rough.Ask(f"few-wait-{n}", random).sound())
                    time.sleep(0.5)
                    resource.prlimit(worker.serving, resource.RLIMIT_NOFILE, (1000, 1000))
                    assert place.took(f"few-wait-{n}", place.answer(fastcgi.read_all(connection))).status == 303
            else:
                for again in range(3):  # what one request leaves open is less for the next
                    for name, answer in mixed_requests(place, f"{n}-{again}"):
                        assert answer, f"limit {limit}: no answer to {name}"
                        assert answer.status in (200, 303, 500, 503), answer.raw
                        statuses[name] = answer.status
            resource.prlimit(worker.serving, resource.RLIMIT_NOFILE, (1000, 1000))
            for name, answer in mixed_requests(place, f"{n}-after"):
                assert answer.status == (200 if name in ("form", "outcome") else 303), (limit, name, answer.raw)
            place.settle()
            place.check_workers()
            place.dismiss(worker)
            found.append(sum(status in (200, 303) for status in statuses.values()))
        for limit in (3, 4):  # too few to start with: it ends, and says so
            worker = place.start(limit)
            assert worker.wait(10) in (1, 127), worker.returncode
            place.workers.remove(worker)
        place.check_kept()
        strange = [line for line in place.log().splitlines() if not re.search("Too many open files|rebuilt from the logs|loading shared|config.ini: can.t be read", line)]
        assert not strange, strange
    return f"limits 4 to 20: {', '.join(map(str, found))} of 6 kinds of requests were served, the others told so"


# --- memory --------------------------------------------------------------------------------------------------------------

class Visitor:
    """One process that sends requests of all kinds, and knows what must come back."""

    def __init__(self, place, number, seed):
        self.place, self.number, self.rng, self.n, self.recent = place, number, random.Random(seed), 0, []
        self.quick = [entry for entry in rough.KINDS if not entry.silent and not entry.leaks]

    def posts(self, token, text="x", **more):
        answer = self.place.post(token, text, **more)
        assert answer and answer.status == 303, answer and answer.raw
        self.recent = self.recent[-50:] + [token]

    def one(self):
        self.n += 1
        token, draw = f"load-{self.number}-{self.n}", self.rng.random()
        if draw < 0.45:
            self.posts(token, "x" * self.rng.choice([1, 30, 300, 3000]))
        elif draw < 0.6:
            again = self.rng.random() < 0.5 and [old for old in self.recent if old.endswith("k")]
            token = self.rng.choice(again) if again else token + "k"
            self.posts(token, HTTP_IDEMPOTENCY_KEY=f'"{token}"')
        elif draw < 0.75 and self.recent:
            token = self.rng.choice(self.recent)
            answer = self.place.get("/any/" + self.place.kept[token], HTTP_ACCEPT="application/json")
            assert answer.status == 200 and json.loads(answer.body)["fields"]["token"] == token, answer.raw
        elif draw < 0.83:
            path, status = self.rng.choice([("/drawn", 200), ("/none", 404), ("/any/" + "a" * 29, 404), ("/any", 200)])
            assert self.place.get(path).status == status
        elif draw < 0.9:
            body = self.rng.choice([b"name=", b"%ff=1&name=", b"=&&&=", b"a=b&" * 500])
            answer = self.place.ask(fastcgi.request(variables(path="/drawn", body=body), body))
            assert answer.status in (400, 413, 422), answer.raw
        elif draw < 0.93:
            values, body = upload_of(token, b"f" * self.rng.choice([10, 3000, 60000]))
            assert self.place.took(token, self.place.ask(fastcgi.request(values, body))).status == 303
        else:
            end = self.rng.choice(["half", "leave", "reset"])
            rough.one_rough_peer(self.place, self.rng.choice(self.quick), token, self.rng, end, 0)

    def run(self, count, done, pipe):
        try:
            for i in range(count):
                self.one()
                if i % 50 == 49:
                    with done.get_lock():
                        done.value += 50
            pipe.send((self.place.kept, self.place.perhaps, self.place.said, None))
        except BaseException as fault:  # noqa: BLE001: told by the parent
            pipe.send(({}, set(), {}, repr(fault)))


def resident(worker):
    """Kilobytes that are its own, and all that are resident, files that it has mapped included."""
    return [status_of(worker.serving, name) for name in ("RssAnon", "VmRSS")]


def chart(curve, say):
    most = max(max(own) for _, own, _ in curve)
    say("        requests   KiB of each worker's own memory (and resident in all, with mapped files)")
    for n, own, whole_of in curve:
        bar = "#" * round(30 * max(own) / most)
        say(f"    {n:12,}   {' '.join(f'{kib:6,}' for kib in own)}  ({max(whole_of):6,})  {bar}")


def memory(folder, count, seed, say):
    """So many requests of all kinds, and the workers' memory at twenty points: after the first tenth it grows no more."""
    with SharedPlace(folder) as place:
        done, curve, pipes = multiprocessing.Value("q", 0), [], []
        visitors = []
        for number in range(2):
            mine, theirs = multiprocessing.Pipe(False)
            visitor = Visitor(place, number, seed + number)
            visitors.append(multiprocessing.Process(target=visitor.run, args=(count // 2, done, theirs)))
            pipes.append(mine)
            visitors[-1].start()
        begun, received = time.monotonic(), []
        while len(received) < len(pipes):
            pipe = pipes[len(received)]
            received += [pipe.recv()] if pipe.poll(0.02) else []
            if done.value >= count * (len(curve) + 1) // POINTS - 100 and len(curve) < POINTS:
                curve.append((done.value, *zip(*map(resident, place.workers))))
        took = time.monotonic() - begun
        for visitor, (kept, perhaps, said, fault) in zip(visitors, received):
            visitor.join(10)
            assert not fault, fault
            place.kept.update(kept)
            place.perhaps |= perhaps
            place.said.update(said)
        chart(curve, say)
        place.settle()
        place.check_workers()
        kept = place.check_kept()
        check_said(place)
        early, late = ([statistics.median(own) for own in zip(*(own for _, own, _ in part))] for part in (curve[2:7], curve[-5:]))
        grown = round(max(b - a for a, b in zip(early, late)))
        assert grown <= 1024, f"a worker's own memory grew by {grown} KiB after the first tenth"
        return f"{count:,} requests in {took:.0f} s, {kept:,} kept once each; grown by {grown:+} KiB since the first tenth"


def check_said(place):
    """What the workers said was meant: nothing strange is in it."""
    strange = [line for line in [*place.said, *place.log().splitlines()]
               if not re.search("rebuilt from the logs|header of a request did not come", line)]
    assert not strange, strange[:5]
