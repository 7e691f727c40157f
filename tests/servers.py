"""Real servers for the tests: spawn-fcgi with multiwatch, and lighttpd that runs the program both ways."""
import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path


def wait_for(what, condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address, family=socket.AF_UNIX):
    with socket.socket(family) as probe:
        try:
            probe.connect(address)
        except OSError:
            return False
        return True


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


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
            wait_for("the FastCGI socket", lambda: answers(str(self.socket)))
            wait_for("the workers", self.ready)
        except AssertionError:
            self.stop()
            raise

    def keepers(self):
        return children(self.process.pid) if self.process.poll() is None else []

    def pids(self):
        """The processes that answer requests: each is the only child of its keeper."""
        return [pid for keeper in self.keepers() for pid in children(keeper)]

    def ready(self):
        """A child that is still multiwatch itself would lose a signal."""
        return not any(is_multiwatch(pid) for pid in self.keepers()) and len(self.pids()) == self.count

    def log(self):
        return Path(self.errors.name).read_text(errors="replace")

    def kill(self, how=signal.SIGKILL):
        """Ends all of them, each before its keeper could put another one in its place."""
        self.killed = True
        for pid in self.keepers() + self.pids():
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass

    def stop(self):
        """multiwatch passes SIGTERM on and waits for the workers: one that would not go makes this fail."""
        workers = self.keepers() + self.pids()
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


LIGHTTPD = """
server.modules = ("mod_alias", "mod_cgi", "mod_fastcgi")
server.document-root = "{folder}/htdocs"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.breakagelog = "{folder}/cgi.log"
server.upload-dirs = ("{folder}/uploads")
mimetype.assign = (".html" => "text/html")
alias.url = ("/cgi-bin/" => "{folder}/cgi-bin/")
$HTTP["url"] =~ "^/cgi-bin/" {{ cgi.assign = ("" => "") }}
fastcgi.server = ("/seeother" => (("socket" => "{socket}", "check-local" => "disable", "x-sendfile" => "enable")))
cgi.x-sendfile = "enable"
"""


class Lighttpd:
    """lighttpd on loopback: the program as CGI at /cgi-bin/seeother and by way of FastCGI at /seeother."""

    def __init__(self, folder, workers, more=""):
        self.folder, self.port = Path(folder), free_port()
        for name in ("htdocs", "uploads"):
            (self.folder / name).mkdir(exist_ok=True)
        configuration = self.folder / "lighttpd.conf"
        configuration.write_text(LIGHTTPD.format(folder=folder, port=self.port, socket=workers.socket) + more)
        self.process = subprocess.Popen(["/usr/sbin/lighttpd", "-D", "-f", str(configuration)], stdin=subprocess.DEVNULL)
        wait_for("lighttpd", lambda: answers(("127.0.0.1", self.port), socket.AF_INET))

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.body = answer.read()
            answer.text = answer.body.decode(errors="replace")
            return answer
        finally:
            connection.close()

    def log(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
