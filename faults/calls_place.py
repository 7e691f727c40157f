"""
A place to post to: a folder with the program and its configuration, a FastCGI worker there, the kinds of post that are made to
it, and what each of them needs to have come before it.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests"))
import clients  # noqa: E402
import servers  # noqa: E402

BINARY = Path(os.environ.get("SEEOTHER", TOP / "seeother"))
SECONDS = 10  # for anything at all
BOUNDARY, CONTENT = "between", b"content of a file\n" * 500

CONFIG = """
[seeother]
data = data
durable = yes

[form plain]
{more}
[form rated]
rate = 1000/minute
[form filed]
[form tasked]
{after}

[task note]
command = /usr/bin/tee -a {folder}/done
"""

Kind = namedtuple("Kind", "name form key alter before", defaults=(False, None, 0))  # before: posts by the same process


class Wrong(Exception):
    """What is found to be wrong."""


def expect(condition, what):
    if not condition:
        raise Wrong(what)


class Place:
    """A folder with the program, its configuration and its data; all posts go there, one after the other."""

    def __init__(self, folder):
        self.folder, self.data, self.binary = folder, folder / "data", folder / "seeother"
        self.trace, self.done = folder / "trace", folder / "done"
        more = {"folder": folder, "more": "; so long that it takes several reads\n" * 150}
        folder.mkdir()
        shutil.copy(BINARY, self.binary)
        (folder / "config.ini").write_text(CONFIG.format(after="after = note", **more))
        (folder / "before.ini").write_text(CONFIG.format(after="", **more))

    def cgi(self, values, body=b"", prefix=()):
        """One process; gives what it wrote and said."""
        reading, writing = os.pipe()
        os.write(writing, body)
        os.close(writing)
        try:
            done = subprocess.run([*prefix, self.binary], stdin=reading, env=values, capture_output=True, timeout=SECONDS)
        finally:
            os.close(reading)
        return done.stdout, done.stderr.decode()

    def logs(self, form):
        return sorted((self.data / form).glob("*.jsonl"))

    def lines(self, form):
        return b"".join(path.read_bytes() for path in self.logs(form)).split(b"\n")

    def uploads(self, folder="*"):
        return [path for path in self.data.glob(f"filed/files/{folder}/*") if path.is_file()]


class Worker:
    """A FastCGI worker with a socket of its own; strace begins with it, or when it waits for the request that is looked at."""

    def __init__(self, place, kind, from_start=(), later=()):
        self.path, self.errors, self.tracer = place.folder / "socket", open(place.folder / "errors", "w+b"), None
        self.path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.path))
            listener.listen(8)
            self.process = subprocess.Popen([*from_start, place.binary], stdin=listener, stdout=self.errors, stderr=self.errors,
                                            env={})
        if later:
            self.attach(kind, later)

    def attach(self, kind, prefix):
        """To the process that serves, which may be a child of the one that was started."""
        expect(whole(self.call(clients.variables("GET", "/nothing"))[0]), "the worker does not answer")
        for _ in range(kind.before):
            expect(whole(self.call(*post_of(kind, "before"))[0]).status == 303, "a post before it failed")
        pid = (servers.children(self.process.pid) or [self.process.pid])[0]
        for _ in range(3):
            servers.wait_for("an idle worker", lambda: f"{pid} (seeother) S" in Path(f"/proc/{pid}/stat").read_text())
            time.sleep(0.001)
        self.tracer = subprocess.Popen([*prefix, "-p", str(pid)], stdin=subprocess.DEVNULL, stderr=self.errors)
        servers.wait_for("strace", lambda: self.tracer.poll() is not None or not self.alive() or
                         "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text())

    def call(self, values, body=b""):
        """Gives what came, and what was said, over the connection and beside it."""
        out, errors = b"", b""
        try:
            with clients.fcgi_connect(self.path, SECONDS) as connection:
                connection.sendall(clients.begin() + clients.stream(clients.PARAMS, clients.parameters(values)) +
                                   clients.stream(clients.STDIN, body))
                out, errors, _ = clients.fcgi_read(connection)
        except (ConnectionError, BrokenPipeError):
            pass  # it died
        self.errors.seek(0)
        return out, (errors + self.errors.read()).decode()

    def alive(self):
        return self.process.poll() is None

    def stop(self):
        """Ends the worker, with which its tracer ends too."""
        try:
            if self.process.poll() is None:
                traced = not self.tracer and servers.children(self.process.pid)
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
        more["CONTENT_TYPE"] = f"multipart/form-data; boundary={BOUNDARY}"
        part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name='
        body = (f'{part}"said"\r\n\r\n{marker}\r\n{part}"file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'.encode() +
                CONTENT + f"\r\n--{BOUNDARY}--\r\n".encode())
    if kind.key:
        more["HTTP_IDEMPOTENCY_KEY"] = f'"{key or marker}"'
    return clients.variables("POST", f"/{kind.form}", body, **more), body


def whole(raw):
    """The answer, if it is one from its first byte to its last."""
    try:
        answer = clients.Answer(raw)
        fits = int(answer.headers["content-length"]) == len(answer.body) and answer.status
    except (AssertionError, KeyError, ValueError):
        return None
    return answer if fits else None


def tear(place, kind):
    log, = place.logs(kind.form)
    with log.open("ab") as file:
        file.write(b'{"id":"torn')


def lose_table(place, kind):
    (place.data / kind.form / "keys").unlink()


def send_before(place, kind):
    place.cgi(*post_of(kind, "posted"))


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
    values, body = post_of(kind, "earlier")
    if kind.name == "first task":
        values |= {"SEEOTHER_CONFIG": str(place.folder / "before.ini")}
    raw, said = place.cgi(values, body)
    expect(whole(raw) and whole(raw).status == 303, f"the post before it failed: {said}")
    await_orphans()
    if kind.alter:
        kind.alter(place, kind)
    return [line for line in place.lines(kind.form) if line.endswith(b"}")]


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
