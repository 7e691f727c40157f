"""Two hosts that share a data folder: two programs with a name each; and a step at which one of them fails, sleeps or dies."""
import contextlib
import json
import mmap
import os
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor

from harness import clients
from harness.paths import preload
from harness.place import configuration
from harness.posts import GOOD
from harness.processes import wait_for

CALLS = "symlink link readlink mkdir stat fsync fdatasync pwrite".split()
ACTS = ["fail before", "fail after", "sleep before", "sleep after", "end before", "end after"]


class Step:
    """Which system call of the programs that start with its environment fails, sleeps or is their end (tests/tools/step.c)."""

    def __init__(self, folder):
        file = folder / "step"
        file.write_bytes(bytes(40))
        with open(file, "r+b") as opened:
            self.map = mmap.mmap(opened.fileno(), 40)
        self.environment = {"LD_PRELOAD": preload("step.so"), "STEP_FILE": str(file)}

    def set(self, call, act, count=1, error=0):
        """Sets the next step; what sleeps at one goes on."""
        self.map[:] = struct.pack("=qqqqq", 0, count, ACTS.index(act) + 1, error, 0)
        self.map[:8] = struct.pack("=q", CALLS.index(call) + 1)

    def clear(self):
        """Lets what sleeps go on."""
        self.map[:8] = bytes(8)

    def reached(self):
        return struct.unpack("=qqqqq", self.map[:])[4]


def together(*parts):
    """The environment of several libraries that are loaded before the program."""
    environment = {}
    for part in parts:
        environment |= part.environment
    return environment | {"LD_PRELOAD": " ".join(part.environment["LD_PRELOAD"] for part in parts)}


def node_of(program, name, data, general="", contact="", more=""):
    """Makes a program the host of that name. A folder where the lock of its worker should be keeps posts from starting one."""
    program.data, program.lock = data, data / f"worker.{name}"
    text = configuration(f"node = {name}\n{general}", contact, more)
    program.configure_text(text.replace("data = ../data", f"data = {data}").replace("durable = no", "durable = yes"))
    program.lock.mkdir(parents=True)
    return program


def start_nodes(start, environments=({}, {}), **parts):
    """Starts two hosts, a and b, each with an environment of its own."""
    first, second = (start(environment=environment) for environment in environments)
    return node_of(first, "a", first.data, **parts), node_of(second, "b", first.data, **parts)


def try_to_post(program, body, path, **more):
    """Posts; gives the answer, or None if the program died."""
    values = clients.variables("POST", path, body, **more)
    try:
        return program.call(values, body)
    except (AssertionError, ConnectionError):
        return None


def with_key(key):
    """The variable of a request that has a key; nothing for None."""
    return {"HTTP_IDEMPOTENCY_KEY": f'"{key}"'} if key else {}


@contextlib.contextmanager
def sleeping(step, place, key, call, act="sleep before", count=1, path="/contact", body=GOOD, **more):
    """A post that sleeps at a call; gives what becomes its answer."""
    with ThreadPoolExecutor(1) as pool:
        step.set(call, act, count)
        asked = pool.submit(place.post, body, path, **with_key(key), **more)
        wait_for("the step", step.reached)
        yield asked


def leave(place, key, path="/contact", body=GOOD, **more):
    """Has a host die between the line and the claim; gives the line's id. The form had a post with a key before."""
    before = {line["id"] for line in live(place, path[1:])}
    place.step.set("link", "end before")
    assert try_to_post(place, body, path, **with_key(key), **more) is None
    place.step.clear()
    left, = (line["id"] for line in live(place, path[1:]) if line["id"] not in before)
    return left


def live(place, form="contact"):
    """The records that are outcomes as far as the logs tell, whoever claims them."""
    return [record for record in place.records(form) if "void" not in record and not record.get("erased")]


def claims(place, form="contact"):
    """The claims of all generations: where they are, and what they say."""
    return {str(path.relative_to(place.data / form / "claims")): os.readlink(path)
            for path in (place.data / form / "claims").glob("*/?/[!.]*")}


def generations(place, form="contact"):
    return sorted(int(path.name) for path in (place.data / form / "claims").iterdir())


def export(program, form, **environment):
    """What the export says, read on that host."""
    done = subprocess.run([program.binary, "export", "--json", form], env={"SEEOTHER_CONFIG": str(program.config)} | environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def work(program, clock=None, seconds=30):
    """Runs the worker once and waits for it."""
    program.lock.rmdir()
    environment = {"SEEOTHER_CONFIG": str(program.config), "PATH": os.environ["PATH"]} | (clock.environment if clock else {})
    done = subprocess.run([program.binary, "work", "once"], env=environment, capture_output=True, timeout=seconds)
    assert done.returncode == 0, done.stderr
    program.lock.unlink()
    program.lock.mkdir()
    return done.stderr.decode()
