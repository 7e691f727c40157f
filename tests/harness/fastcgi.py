"""FastCGI on the wire: records are put together and read here, sound ones and, for rough peers, any others."""
import collections
import os
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES = 1, 2, 3, 4, 5, 6, 7, 8, 9
RESPONDER = 1
HEADER = struct.Struct(">BBHHBB")
MOST = 65535  # bytes that one record can hold


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


# --- writing ---

def record(kind, content=b"", request=1, padding=0):
    """One record; padding bytes are not zeros, so that whoever reads them shows it."""
    return HEADER.pack(1, kind, request, len(content), padding, 0) + content + b"\xee" * padding


def parameters(values):
    """Names and values as they stand in PARAMS records."""
    def length(n):
        return bytes([n]) if n < 128 else struct.pack(">I", n | 1 << 31)
    pairs = ((as_bytes(k), as_bytes(v)) for k, v in values.items())
    return b"".join(length(len(k)) + length(len(v)) + k + v for k, v in pairs)


def stream(kind, content, piece=MOST):
    """The content in records of at most a piece each, and the empty record that ends a stream."""
    return b"".join(record(kind, content[i:i + piece]) for i in range(0, len(content), piece)) + record(kind)


def begin(keep=0, role=RESPONDER, request=1):
    return record(BEGIN, struct.pack(">HB5x", role, keep), request)


def head(values, keep=0):
    """All of a request that comes before its body."""
    return begin(keep) + stream(PARAMS, parameters(values))


def request(values, body=b"", piece=MOST, keep=0):
    """A whole request."""
    return head(values, keep) + stream(STDIN, body, piece)


# --- reading ---

def records(raw):
    """Yields the kind, request and content of each record of some bytes; the last may be cut short."""
    while len(raw) >= HEADER.size:
        version, kind, number, length, padding, _ = HEADER.unpack(raw[:HEADER.size])
        assert version == 1, f"FastCGI version {version}"
        content, raw = raw[HEADER.size:HEADER.size + length], raw[HEADER.size + length + padding:]
        yield kind, number, content


def answers(raw):
    """What came for each request: [standard output, standard error, was it ended]."""
    found = collections.defaultdict(lambda: [b"", b"", False])
    for kind, number, content in records(raw):
        assert kind in (END, STDOUT, STDERR) or number == 0, (kind, number)
        if kind == STDOUT:
            found[number][0] += content
        elif kind == STDERR:
            found[number][1] += content
        elif kind == END:
            found[number][2] = True
    return found


def connect(address, timeout=30):
    """Connects to a Unix socket's path, or to a pair of host and port."""
    connection = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(address if isinstance(address, tuple) else os.fspath(address))
    return connection


def read(connection):
    """Reads to the end of the request; gives what came on standard output and error, and whether it was ended."""
    buffer, out, errors = b"", b"", b""
    while True:
        while len(buffer) >= HEADER.size:
            _, kind, _, length, padding, _ = HEADER.unpack(buffer[:HEADER.size])
            if len(buffer) < HEADER.size + length + padding:
                break
            content, buffer = buffer[HEADER.size:HEADER.size + length], buffer[HEADER.size + length + padding:]
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


def read_all(connection):
    """Reads to the end of the connection."""
    parts = []
    try:
        while part := connection.recv(1 << 18):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)
