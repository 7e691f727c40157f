"""Real servers on loopback: FastCGI workers alone or under spawn-fcgi and multiwatch, and web servers in front of them."""
import contextlib
import http.client
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from harness import exchanges
from harness.processes import children, wait_for


def free_port():
    """A port that nobody listens at, and that the kernel gives to no connection meanwhile: Linux takes theirs from 32768 on."""
    while True:
        port = random.randrange(10240, 32768)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers(address):
    """Tells whether somebody listens: at a Unix socket's path, or a pair of host and port."""
    with socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX) as probe:
        try:
            probe.connect(address if isinstance(address, tuple) else os.fspath(address))
        except OSError:
            return False
        return True


# --- FastCGI workers ---

def listen(address, backlog=1024):
    """A listening socket: at a Unix socket's path, or a pair of host and port."""
    listener = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    listener.bind(address if isinstance(address, tuple) else os.fspath(address))
    listener.listen(backlog)
    return listener


def start_worker(command, listener, errors=None, environment=None, limit=None):
    """Starts a FastCGI process that takes connections from the listener; limit is the number of descriptors it may have."""
    few = limit and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
    return subprocess.Popen(command, stdin=listener, stdout=errors, stderr=errors, env=environment, preexec_fn=few)


class Worker:
    """One FastCGI process on a Unix socket of its own, without anything that would start it anew."""

    def __init__(self, command, folder, environment=None, errors=None, name="socket"):
        self.socket = Path(folder) / name
        self.socket.unlink(missing_ok=True)
        with listen(self.socket, 64) as listener:
            self.process = start_worker(command, listener, errors, environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def serving(self):
        """The process that answers: a child of the one that was started, or that itself."""
        return (children(self.process.pid) or [self.process.pid])[0]

    def alive(self):
        return self.process.poll() is None

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()


def is_multiwatch(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe") == "/usr/bin/multiwatch"
    except FileNotFoundError:
        return True


class Workers:
    """FastCGI workers under spawn-fcgi and multiwatch, on a Unix socket."""

    def __init__(self, command, folder, count=4, prefix=(), environment=None):
        self.socket, self.count, self.killed = Path(folder) / "socket", count, False
        self.errors = open(Path(folder) / "workers.log", "ab")
        self.process = subprocess.Popen(
            [*prefix, "spawn-fcgi", "-n", "-s", str(self.socket), "--",
             "/usr/bin/multiwatch", "-f", str(count), "-t", "1", "-r", "100000", "--", *command],
            stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors, env=environment)
        try:
            wait_for("the FastCGI socket", lambda: answers(self.socket))
            wait_for("the workers", self.ready)
        except AssertionError:
            self.stop()
            raise

    def supervisors(self):
        return children(self.process.pid) if self.process.poll() is None else []

    def pids(self):
        """The processes that answer requests: each is the only child of its supervisor."""
        return [pid for supervisor in self.supervisors() for pid in children(supervisor)]

    def ready(self):
        """A child that is still multiwatch itself would lose a signal."""
        return not any(is_multiwatch(pid) for pid in self.supervisors()) and len(self.pids()) == self.count

    def log(self):
        return Path(self.errors.name).read_text(errors="replace")

    def kill(self, how=signal.SIGKILL):
        """Ends all of them, each before its supervisor could put another one in its place."""
        self.killed = True
        for pid in self.supervisors() + self.pids():
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass

    def stop(self):
        """multiwatch passes SIGTERM on and waits for the workers: one that would not go makes this fail."""
        workers = self.supervisors() + self.pids()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            raise
        finally:
            self.errors.close()


# --- web servers ---

def path_of(server):
    """Where a web server's program is, or None."""
    return shutil.which(server, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


class WebServer:
    """A web server on a free port of loopback, with a configuration file of the test's own in its folder.

    The command and the text may name {folder}, {port} and what else is given; the command also {file}, the configuration.
    """

    def __init__(self, folder, command, text, prefix=(), **more):
        self.folder, self.port = Path(folder), free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        names = {"folder": folder, "port": self.port} | more
        file = self.folder / "server.conf"
        file.write_text(text.format(**names))
        self.started(prefix, [word.format(file=file, **names) for word in command])

    def started(self, prefix, command):
        program = path_of(command[0])
        assert program, f"there is no {command[0]}"
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen([*prefix, program, *command[1:]], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for(command[0], lambda: self.process.poll() is not None or answers(("127.0.0.1", self.port)))
            assert self.process.poll() is None, f"{command[0]} ended: {self.log()[-2000:]}"
        except BaseException:
            self.stop()
            raise

    def request(self, method, path, body=None, headers=None):
        """One request over a connection of its own; the answer has its body, and that as text."""
        values = {"method": method, "path": path} | (headers or {})
        sent = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            with exchanges.noted("HTTP", values, sent) as note:
                connection.request(method, path, body, headers or {})
                answer = connection.getresponse()
                answer.body = answer.read()
                answer.text = answer.body.decode(errors="replace")
                note.came(f"{answer.status} {answer.reason}\n{answer.headers}".encode() + answer.body)
                return answer
        finally:
            connection.close()

    def log(self):
        """All that the server and what it serves has said."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


LIGHTTPD = """
server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_cgi", "mod_fastcgi")
server.document-root = "{folder}/htdocs"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.breakagelog = "{folder}/cgi.log"
server.upload-dirs = ("{folder}/uploads")
mimetype.assign = (".css" => "text/css", ".png" => "image/png", ".html" => "text/html")
alias.url = ("/cgi-bin/" => "{folder}/cgi-bin/")
$HTTP["url"] =~ "^/cgi-bin/" {{ cgi.assign = ("" => "") }}
fastcgi.server = ("/seeother" => (("socket" => "{socket}", "check-local" => "disable", "x-sendfile" => "enable")))
cgi.x-sendfile = "enable"
auth.backend = "plain"
auth.backend.plain.userfile = "{folder}/users"
$HTTP["url"] =~ "/seeother/-(/|$)" {{ auth.require = ("" => ("method" => "basic", "realm" => "desk", "require" => "valid-user")) }}
"""


class Lighttpd(WebServer):
    """lighttpd: the program as CGI at /cgi-bin/seeother, and at /seeother by way of FastCGI; alice may log in at the desk."""

    def __init__(self, folder, workers, more=""):
        for name in ("htdocs", "uploads"):
            (Path(folder) / name).mkdir(exist_ok=True)
        (Path(folder) / "users").write_text("alice:secret\n")
        super().__init__(folder, ["lighttpd", "-D", "-f", "{file}"], LIGHTTPD + more, socket=workers.socket)
