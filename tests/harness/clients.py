"""Requests without a web server: one CGI process, or one FastCGI connection, with every variable in the test's hand."""
import os
import re
import subprocess

from harness import exchanges, fastcgi
from harness.fastcgi import as_bytes

FORM = "application/x-www-form-urlencoded"


class Answer:
    """A header block and a body, as the program wrote them."""

    def __init__(self, raw, errors=b""):
        head, separator, self.body = raw.partition(b"\r\n\r\n")
        assert separator or not raw, f"no header block: {raw[:200]!r}"
        self.raw, self.errors = raw, errors.decode("utf-8", "replace")
        self.lines = head.decode("latin-1").split("\r\n") if raw else []
        self.headers = {}
        for line in self.lines:
            name, colon, value = line.partition(": ")
            assert colon and re.fullmatch(r"[A-Za-z-]+", name), f"no header: {line!r}"
            assert name.lower() not in self.headers, f"twice: {name}"
            self.headers[name.lower()] = value
        self.status = int(self.headers["status"].split()[0]) if "status" in self.headers else None

    @property
    def text(self):
        return self.body.decode()


def whole(raw):
    """The answer, if it is whole from its first byte to its last, else None."""
    try:
        answer = Answer(raw)
        fits = int(answer.headers["content-length"]) == len(answer.body) and answer.status
    except (AssertionError, KeyError, ValueError):
        return None
    return answer if fits else None


def variables(method="POST", path="/contact", body=b"", **more):
    """The variables of a sound request; None takes one away."""
    values = {
        "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "example.org", "SERVER_PORT": "80",
        "SERVER_SOFTWARE": "test", "REQUEST_METHOD": method, "SCRIPT_NAME": "/seeother", "PATH_INFO": path,
        "QUERY_STRING": "", "REMOTE_ADDR": "192.0.2.7", "HTTP_HOST": "example.org",
    }
    if method == "POST":
        values |= {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(body))}
    values |= more
    return {name: value for name, value in values.items() if value is not None}


def run_cgi(command, values, body=b"", environment=None, timeout=30):
    """Runs the program once as a web server would; gives the process that has ended."""
    environment = {as_bytes(k): as_bytes(v) for k, v in ((environment or {}) | values).items()}
    if len(body) > 65536:
        return subprocess.run(command, input=body, env=environment, capture_output=True, timeout=timeout)
    reading, writing = os.pipe()  # all of it is there before the program looks, as with a server that has it in a file
    os.write(writing, body)
    os.close(writing)
    try:
        return subprocess.run(command, stdin=reading, env=environment, capture_output=True, timeout=timeout)
    finally:
        os.close(reading)


def cgi(command, values, body=b"", environment=None, timeout=30):
    """One request to a CGI process, which must end well; gives the answer."""
    with exchanges.noted("CGI", values, body) as note:
        done = run_cgi(command, values, body, environment, timeout)
        note.came(done.stdout, done.stderr)
        assert done.returncode == 0, (done.returncode, done.stderr)
        return Answer(done.stdout, done.stderr)


def fcgi(path, values, body=b"", piece=fastcgi.MOST):
    """One request over a FastCGI connection of its own, which must be ended; gives the answer."""
    with exchanges.noted("FastCGI", values, body) as note, fastcgi.connect(path) as connection:
        try:
            connection.sendall(fastcgi.request(values, body, piece))
        except BrokenPipeError:
            pass  # answered before all was read
        out, errors, ended = fastcgi.read(connection)
        note.came(out, errors)
        assert ended, "no END_REQUEST"
        return Answer(out, errors)
