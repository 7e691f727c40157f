"""A site: the program behind a web server, as CGI and by FastCGI."""
import re

from harness import clients, servers
from harness.paths import sanitized
from harness.place import Place
from harness.processes import wait_for

ROOTS = {"cgi": "/cgi-bin/seeother", "fastcgi": "/seeother"}  # the program's own URI


class Site(Place):
    """A place with lighttpd in front; its requests go to the one way or the other."""

    def __init__(self, folder, way, **more):
        super().__init__(folder, **more)
        self.way, self.root = way, ROOTS[way]
        self.workers = servers.Workers([self.binary], folder, 2 if sanitized() else 4)
        try:
            self.server = servers.Lighttpd(folder, self.workers)
        except BaseException:
            self.workers.stop()
            raise
        self.origin = self.server.origin

    def request(self, method, path, body=None, headers=None):
        return self.server.request(method, self.root + path, body, headers)

    def get(self, path, **headers):
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, body, path="/contact", **headers):
        return self.request("POST", path, body, {"Content-Type": clients.FORM} | headers)

    def follow(self, answer):
        """Gets what a Location leads to."""
        location = answer.getheader("Location")
        assert location.startswith(self.origin + self.root + "/"), location
        return self.get(location[len(self.origin + self.root):])

    def log(self):
        return self.server.log()

    def check_alive(self):
        wait_for("all workers", self.workers.ready)

    def stop(self):
        self.server.stop()
        self.workers.stop()
        log = self.log()
        assert not re.search("Sanitizer|runtime error", log), log
