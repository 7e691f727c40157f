"""How the checks speak to a site: over TLS or not, from an address of their own, with exact paths and bodies."""
import base64
import http.client
import re
import socket
import ssl
import subprocess
from html import unescape
from urllib.parse import urlsplit

from harness import exchanges

CLIENT = "127.0.0.2"  # where requests come from, so that a client and a proxy on 127.0.0.1 differ
FORM = "application/x-www-form-urlencoded"


class Web:
    """The program behind a web server, at ORIGIN + ROOT; certificate is a file where the origin is https."""

    def __init__(self, place, origin, root, certificate=None):
        self.place, self.origin, self.root, self.url = place, origin, root, origin + root
        self.address = (urlsplit(origin).hostname, urlsplit(origin).port)
        self.certificate = certificate
        self.context = ssl.create_default_context(cafile=certificate) if certificate else None

    def connect(self, timeout=30):
        """A connection for bytes of the check's own."""
        plain = socket.create_connection(self.address, timeout, source_address=(CLIENT, 0))
        return self.context.wrap_socket(plain, server_hostname=self.address[0]) if self.context else plain

    def raw(self, data):
        """Sends bytes, and gives all that comes until the server closes."""
        with self.connect() as connection, exchanges.noted("bytes", {}, data) as note:
            connection.sendall(data)
            got = b"".join(iter(lambda: connection.recv(65536), b""))
            note.came(got)
            return got

    def open(self):
        """A connection of http.client, which the caller closes."""
        if self.context:
            return http.client.HTTPSConnection(*self.address, timeout=15, source_address=(CLIENT, 0), context=self.context)
        return http.client.HTTPConnection(*self.address, timeout=15, source_address=(CLIENT, 0))

    def on(self, connection, method, path, body=None, **headers):
        """One request on a connection that is open. An iterator as the body is sent in chunks. The path is below the program's."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            headers.setdefault("Content-Type", FORM)
        sent = body if isinstance(body, bytes) else str(body or "").encode()
        with exchanges.noted("HTTP", {"method": method, "path": self.root + path} | headers, sent) as note:
            connection.request(method, self.root + path, body, headers)
            answer = connection.getresponse()
            answer.body = answer.read()
            answer.text = answer.body.decode(errors="replace")
            note.came(f"{answer.status} {answer.reason}\n{answer.headers}".encode() + answer.body)
            return answer

    def request(self, method, path, body=None, **headers):
        connection = self.open()
        try:
            return self.on(connection, method, path, body, **headers)
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def post(self, path, body, **headers):
        return self.request("POST", path, body, **headers)

    def kept(self, path, body, **headers):
        """Posts, and gives the path of the outcome below the program's own."""
        answer = self.post(path, body, **headers)
        assert answer.status == 303, f"{answer.status} instead of 303"
        return self.below(answer.getheader("Location"))

    def below(self, location):
        """The part of a URI below the program's own."""
        assert location and location.startswith(f"{self.url}/"), f"Location: {location}, not below {self.url}"
        return location[len(self.url):]

    def curl(self, *arguments):
        """What curl gets, as a pair of status and body. It speaks HTTP/2 where the server does."""
        certificate = ["--cacert", self.certificate] if self.certificate else []
        done = subprocess.run(["curl", "-sS", "-m", "30", "--interface", CLIENT, self.place.server.authentication, *certificate, "-w", "\n%{http_code}", *arguments],
                              capture_output=True, check=True)
        body, _, status = done.stdout.rpartition(b"\n")
        return int(status), body

    def records(self, form):
        return self.place.records(form)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def links(page):
    """The targets of all links of a page."""
    return [unescape(target) for target in re.findall(r'href="([^"]*)"', page)]
