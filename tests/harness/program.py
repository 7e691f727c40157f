"""The program without a web server: as CGI, or as FastCGI workers, for what no well-behaved server would send."""
import os
import re

from harness import clients, servers
from harness.fastcgi import MOST, as_bytes
from harness.paths import sanitized
from harness.place import SANITIZER, Place
from harness.processes import wait_for

WAYS = os.environ.get("WAYS", "cgi fastcgi").split()  # in which each test of requests runs


class Program(Place):
    """A place whose program is called the one way or the other, with variables of the test's choice.

    It has two workers, unless the test says how many, and one of the sanitized program, of which each takes 40 ms to start and end.
    """

    def __init__(self, folder, way, count=None, prefix=(), environment=None, **more):
        super().__init__(folder, **more)
        count = count or (1 if sanitized() else 2)
        self.way, self.prefix = way, list(prefix)
        self.environment = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS") if name in os.environ} | (environment or {})
        self.workers = None
        if way == "fastcgi":
            self.workers = servers.Workers([self.binary], folder, count, prefix, self.environment)

    def call(self, values, body=b"", piece=MOST):
        if self.workers:
            return clients.fcgi(self.workers.socket, values, body, piece)
        return clients.cgi([*self.prefix, self.binary], values, body, self.environment)

    def get(self, path, **more):
        return self.call(clients.variables("GET", path, **more))

    def post(self, body, path="/contact", **more):
        body = as_bytes(body)
        return self.call(clients.variables("POST", path, body, **more), body)

    def log(self):
        return self.workers.log() if self.workers else ""

    def stop(self):
        if self.workers:
            self.workers.stop()
            log = self.log()
            if self.workers.killed:  # one that ends is looked through for leaks; killed meanwhile, it can't be
                log = re.sub("==[0-9]+==(Unable to get registers|LeakSanitizer has encountered a fatal|HINT: ).*\n", "", log)
            assert not re.search(SANITIZER, log), log
            assert self.workers.killed or "was ended by signal" not in log, log

    def check_alive(self):
        if self.workers:
            wait_for("all workers", self.workers.ready)
        assert self.get("/nothing").status in (404, 500)
