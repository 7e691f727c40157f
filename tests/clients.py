"""Requests without a web server: one CGI process, or one FastCGI connection, with every variable in the test's hand."""
import os
import re
import socket
import struct
import subprocess

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7
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


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def cgi(command, values, body=b"", environment=None, timeout=30):
    """Runs the program once as a web server would."""
    environment = {as_bytes(k): as_bytes(v) for k, v in ((environment or {}) | values).items()}
    if len(body) <= 65536:  # all of it is there before the program looks, as with a server that has it in a file
        reading, writing = os.pipe()
        os.write(writing, body)
        os.close(writing)
        try:
            done = subprocess.run(command, stdin=reading, env=environment, capture_output=True, timeout=timeout)
        finally:
            os.close(reading)
    else:
        done = subprocess.run(command, input=body, env=environment, capture_output=True, timeout=timeout)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return Answer(done.stdout, done.stderr)


def record(kind, content=b"", request=1):
    return struct.pack(">BBHHBB", 1, kind, request, len(content), 0, 0) + content


def parameters(values):
    def length(n):
        return bytes([n]) if n < 128 else struct.pack(">I", n | 1 << 31)
    pairs = ((as_bytes(k), as_bytes(v)) for k, v in values.items())
    return b"".join(length(len(k)) + length(len(v)) + k + v for k, v in pairs)


def stream(kind, content, piece=65535):
    return b"".join(record(kind, content[i:i + piece]) for i in range(0, len(content), piece)) + record(kind)


def begin(keep=0):
    return record(BEGIN, struct.pack(">HB5x", 1, keep))


def fcgi_connect(path, timeout=30):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(os.fspath(path))
    return connection


def fcgi_read(connection):
    """Reads records to the end of the request; gives what came on standard output and error, and whether it was ended."""
    buffer, out, errors = b"", b"", b""
    while True:
        while len(buffer) >= 8:
            _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", buffer[:8])
            if len(buffer) < 8 + length + padding:
                break
            content, buffer = buffer[8:8 + length], buffer[8 + length + padding:]
            if kind == STDOUT:
                out += content
            elif kind == STDERR:
                errors += content
            elif kind == END:
                return out, errors, True
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return out, errors, False
        buffer += more


def fcgi(path, values, body=b"", piece=65535):
    """Sends one request over a connection of its own."""
    with fcgi_connect(path) as connection:
        try:
            connection.sendall(begin() + stream(PARAMS, parameters(values)) + stream(STDIN, body, piece))
        except BrokenPipeError:
            pass  # answered before all was read
        out, errors, ended = fcgi_read(connection)
    assert ended, "no END_REQUEST"
    return Answer(out, errors)
