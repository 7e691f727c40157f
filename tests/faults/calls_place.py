"""
A place whose posts are traced: one FastCGI worker there, the kinds of post that are made to it, and what each of them needs to have
come before it.
"""
import os
import shutil
import signal
import subprocess
import time
from collections import namedtuple
from pathlib import Path

from harness import clients, fastcgi, servers
from harness.bodies import multipart
from harness.clients import whole
from harness.clock import Clock
from harness.place import Place
from harness.processes import children, wait_for

SECONDS = 10  # for anything at all
CONTENT = b"content of a file\n" * 500

CONFIG = """
[seeother]
data = ../data
durable = yes

[form plain]
{more}
[form rated]
rate = 1000/minute
[form filed]
show_files = yes
files = yes
[form tasked]
{after}

[task note]
command = /usr/bin/tee -a {folder}/done
"""

# before: posts by the same process; node: the host has a name, so others may share its data folder
Kind = namedtuple("Kind", "name form key alter before node", defaults=(False, None, 0, False))


class Wrong(Exception):
    """What is found to be wrong."""


def expect(condition, what):
    if not condition:
        raise Wrong(what)


class TracedPlace(Place):
    """A place to which all posts go one after the other, each in a process that strace may look at."""

    def __init__(self, folder):
        more = {"folder": folder, "more": "; so long that it takes several reads\n" * 150}
        self.text = CONFIG.format(after="after = note", **more)
        super().__init__(folder, self.text)
        self.config_other = self.config.with_name("other.ini")
        self.config_other.write_text(self.text.replace("durable = yes", "durable = yes\nnode = b"))
        self.later = Clock(folder)
        self.later.set(60)
        self.trace, self.done = folder / "trace", folder / "done"
        self.config_before = self.config.with_name("before.ini")
        self.config_before.write_text(CONFIG.format(after="", **more))

    def cgi(self, values, body=b"", prefix=()):
        """One process; gives what it wrote and said."""
        done = clients.run_cgi([*prefix, self.binary], values, body, timeout=SECONDS)
        return done.stdout, done.stderr.decode()

    def decide(self):
        """Has the workers of both hosts decide what is left; by their clock no line is young."""
        environment = {"PATH": os.environ["PATH"]} | self.later.environment
        for node, config in (("a", self.config), ("b", self.config_other)):
            (self.data / f"worker.{node}").rmdir()
            done = subprocess.run([self.binary, "work", "once"], env=environment | {"SEEOTHER_CONFIG": str(config)},
                                  capture_output=True, timeout=SECONDS)
            expect(done.returncode == 0, f"the worker failed: {done.stderr}")

    def begin_as(self, node):
        """Has the program be a host with a name, or without one."""
        self.configure_text(self.text.replace("durable = yes", "durable = yes\nnode = a") if node else self.text)

    def uploads(self, folder="*"):
        return [path for path in self.data.glob(f"filed/files/{folder}/*") if path.is_file()]


def is_traced(pid):
    """Also if strace has ended the process by now."""
    try:
        return "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


class TracedWorker(servers.Worker):
    """A FastCGI worker; strace begins with it, or when it waits for the request that is looked at."""

    def __init__(self, place, kind, from_start=(), later=()):
        self.errors, self.tracer = open(place.folder / "errors", "w+b"), None
        super().__init__([*from_start, place.binary], place.folder, {}, self.errors)
        if later:
            self.attach(kind, later)

    def attach(self, kind, prefix):
        """To the process that serves, which may be a child of the one that was started."""
        expect(whole(self.call(clients.variables("GET", "/nothing"))[0]), "the worker does not answer")
        for _ in range(kind.before):
            expect(whole(self.call(*post_of(kind, "before"))[0]).status == 303, "a post before it failed")
        pid = self.serving()
        for _ in range(3):
            wait_for("an idle worker", lambda: f"{pid} (seeother) S" in Path(f"/proc/{pid}/stat").read_text())
            time.sleep(0.001)
        self.tracer = subprocess.Popen([*prefix, "-p", str(pid)], stdin=subprocess.DEVNULL, stderr=self.errors)
        wait_for("strace", lambda: self.tracer.poll() is not None or not self.alive() or is_traced(pid))

    def call(self, values, body=b""):
        """Gives what came, and what was said, over the connection and beside it."""
        out, errors = b"", b""
        try:
            with fastcgi.connect(self.socket, SECONDS) as connection:
                connection.sendall(fastcgi.request(values, body))
                out, errors, _ = fastcgi.read(connection)
        except ConnectionError:
            pass  # it died
        self.errors.seek(0)
        return out, (errors + self.errors.read()).decode()

    def stop(self):
        """Ends the worker, with which its tracer ends too."""
        try:
            if self.process.poll() is None:
                traced = not self.tracer and children(self.process.pid)
                os.kill(traced[0] if traced else self.process.pid, signal.SIGTERM)
            for process in filter(None, (self.process, self.tracer)):
                process.wait(SECONDS)
        finally:
            for process in filter(None, (self.process, self.tracer)):
                process.kill()
            self.errors.close()


# --- posts ---

def post_of(kind, marker, key=None, file=True):
    """The variables and body of a post that says who it is."""
    body, more = f"said={marker}".encode(), {}
    if kind.form == "filed" and file:
        body, more["CONTENT_TYPE"] = multipart(("said", marker), ("file", "a.txt", "text/plain", CONTENT))
    if kind.key:
        more["HTTP_IDEMPOTENCY_KEY"] = f'"{key or marker}"'
    return clients.variables("POST", f"/{kind.form}", body, **more), body


def tear(place, kind):
    log, = place.logs(kind.form)
    with log.open("ab") as file:
        file.write(b'{"id":"torn')


def lose_table(place, kind):
    (place.data / kind.form / "keys").unlink()


def send_before(place, kind):
    place.cgi(*post_of(kind, "posted"))


def send_elsewhere(place, kind):
    values, body = post_of(kind, "posted")
    place.cgi(values | {"SEEOTHER_CONFIG": str(place.config_other)}, body)


def empty(place, _):
    shutil.rmtree(place.data)


def first_with_file(place, kind):
    """No upload came today, and one from before was never kept."""
    for path in sorted(place.data.glob("filed/files/**/*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    place.logs("filed")[0].write_bytes(b"")
    place.cgi(*post_of(kind, "earlier", file=False))
    left = place.data / "filed/files/incoming" / ("0" * 32)
    left.parent.mkdir()
    left.write_bytes(CONTENT)
    grow_old(left)


def first_with_task(place, kind):
    shutil.rmtree(place.data / kind.form / "tasks", ignore_errors=True)


def lose_rates(place, _):
    (place.data / "rates").unlink()


KINDS = [
    Kind("plain", "plain"), Kind("second of a process", "plain", before=1), Kind("third of a process", "plain", before=2),
    Kind("first of all", "plain", False, empty), Kind("after a torn line", "plain", False, tear),
    Kind("keyed", "plain", True), Kind("keyed, no table", "plain", True, lose_table),
    Kind("keyed, again", "plain", True, send_before),
    Kind("keyed, a node", "plain", True, node=True), Kind("keyed, again, a node", "plain", True, send_elsewhere, node=True),
    Kind("upload", "filed", True), Kind("first upload", "filed", False, first_with_file),
    Kind("task", "tasked"), Kind("first task", "tasked", False, first_with_task),
    Kind("rate", "rated"), Kind("first with a rate", "rated", False, lose_rates),
]


def grow_old(path):
    long_ago = time.time() - 2 * 3600
    os.utime(path, (long_ago, long_ago))


def prepare(place, kind):
    """An outcome that was kept before, and what else the kind needs; gives the lines."""
    shutil.rmtree(place.data, ignore_errors=True)
    place.done.unlink(missing_ok=True)
    place.begin_as(kind.node)
    for node in "ab" if kind.node else "":  # a folder, so that no worker is started: it would wait until a line is no longer young
        (place.data / f"worker.{node}").mkdir(parents=True)
    values, body = post_of(kind, "earlier")
    if kind.name == "first task":
        values |= {"SEEOTHER_CONFIG": str(place.config_before)}
    raw, said = place.cgi(values, body)
    expect(whole(raw) and whole(raw).status == 303, f"the post before it failed: {said}")
    await_orphans()
    if kind.alter:
        kind.alter(place, kind)
    return [line for line in place.raw_lines(kind.form) if line.endswith(b"}")]


def await_orphans():
    """Waits until all processes that were started here, and by those, have ended."""
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.002)
    except ChildProcessError:
        return
    raise Wrong("a process did not end")
