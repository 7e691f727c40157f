"""
Rough FastCGI peers. Each kind has a function that composes what it sends; beside it stands what may come of it: the statuses, or
None for no answer at all. It is sent whole, in pieces or byte by byte, and the peer then waits, leaves, or resets the connection.

The peer is a web server that is trusted, and libfcgi is not this program's to mend. So no peer here does what libfcgi itself is known
not to bear: FCGI_GET_VALUES that asks for one name five times or more (it writes past its buffer), a name and value
of 2 GiB together (it ends the process), and an unknown record of no request just as long as what the body lacks (it takes it
for body). For each unknown record of no request it loses some bytes: kinds that send such say so, and memory need not stay flat
under them.
"""
import collections
import os
import random
import re
import socket
import struct
import threading
import time

from harness.clients import variables
from harness.fastcgi import ABORT, DATA, GET_VALUES, PARAMS, STDIN, answers, begin, parameters, read_all, record, request, stream
from peers_place import upload_of

HEADER_SECONDS, VARIABLES_SECONDS, BODY_SECONDS, ANSWER_SECONDS = 10, 3, 20, 30  # how long the program lets a peer be silent


class Ask:
    """A request that would be sound: its kind takes it apart."""

    def __init__(self, token, rng):
        self.token, self.rng, self.body = token, rng, f"token={token}&text=half".encode()

    def values(self, **more):
        return parameters(variables(path="/any", body=self.body, **more))

    def sound(self, **more):
        return begin() + stream(PARAMS, self.values(**more)) + self.input()

    def before(self):
        return begin() + stream(PARAMS, self.values())

    def ending(self, more):
        """With more bytes behind the variables."""
        return begin() + stream(PARAMS, self.values() + more) + self.input()

    def input(self):
        return stream(STDIN, self.body)


def long_pair(name, value, bytes_there=b"NAME"):
    return struct.pack(">II", name | 1 << 31, value | 1 << 31) + bytes_there


def two_interleaved(ask):
    other = Ask("other" + ask.token, ask.rng)
    mixed = begin() + begin(role=1, request=2) + record(PARAMS, ask.values()) + record(PARAMS, other.values(), 2) + record(PARAMS)
    return mixed + record(STDIN, ask.body[:5]) + record(STDIN, other.body, 2) + record(STDIN, ask.body[5:]) + record(STDIN)


def unknown_types(ask):
    unknown = record(ask.rng.randrange(12, 256), b"", 0)
    return unknown + begin() + unknown + record(PARAMS, ask.values()) + unknown + record(PARAMS) + unknown + ask.input()


def full_records(ask):
    ask.body += b"&more=" + b"m" * (2 * 65535 - len(ask.body) - 6)
    params = ask.values(HTTP_X_LONG="v" * 65000)
    out = begin() + b"".join(record(PARAMS, params[i:i + 65535], padding=255) for i in range(0, len(params), 65535)) + record(PARAMS)
    return out + record(STDIN, ask.body[:65535], padding=255) + record(STDIN, ask.body[65535:], padding=255) + record(STDIN, b"", padding=255)


def thousands(ask):
    return begin() + stream(PARAMS, parameters({f"HTTP_X_{n}": "v" * (n % 50) for n in range(4000)}) + ask.values()) + ask.input()


def upload_cut(ask):
    return request(*upload_of(ask.token, b"f" * 200000))[:ask.rng.randrange(3000, 200000)]


def upload_open(ask):
    values, body = upload_of(ask.token, b"f" * 20000)
    return request(values | {"CONTENT_LENGTH": str(len(body) - 40)}, body[:-40])


def headers_changed(ask):
    changed = bytearray(ask.sound())
    behind = len(changed) - 8 - len(ask.body)  # two headers stand before the body: of the end of the variables, and its own
    for _ in range(ask.rng.randrange(1, 4)):
        changed[ask.rng.choice([*range(24), *range(behind - 16, behind), *range(-8, 0)])] = ask.rng.randrange(256)
    return bytes(changed)


LENGTHS = ["-0", "+5", "0x10", " 5", "5 ", "1e3", "NaN", "9" * 30, "5,5", "\u0663"]
HUGE = [(2**31 - 1, 1), (1, 2**31 - 1), (2**31 - 1, 2**31 - 1), (2**28, 2**28), (2**30, 4)]
CUT = [b"\4", b"\x80", b"\4\x80\0", b"\x80\0\0\4\x80\0\0"]
NAMES = {"FCGI_MAX_CONNS": "", "FCGI_MPXS_CONNS": "", "FCGI_MAX_REQS": "", "NONE": ""}
TLS = bytes.fromhex("16030100c8010000c40303")

# What it is called, what it sends, what may be answered, and for how many seconds the program would wait for more.
Kind = collections.namedtuple("Kind", "name make statuses silent leaks", defaults=[0, False])
KINDS = [
    Kind("nothing", lambda ask: b"", [None], VARIABLES_SECONDS),
    Kind("a header only", lambda ask: begin()[:8], [None], VARIABLES_SECONDS),
    Kind("half a record", lambda ask: ask.sound()[:ask.rng.randrange(1, 24 + len(ask.values()))], [None], VARIABLES_SECONDS),
    Kind("no variables", lambda ask: begin(), [None], VARIABLES_SECONDS),
    Kind("variables that never end", lambda ask: begin() + record(PARAMS, ask.values()), [None], VARIABLES_SECONDS),
    Kind("variables without a beginning", lambda ask: ask.sound()[16:], [None]),
    Kind("the body before the variables", lambda ask: begin() + ask.input() + stream(PARAMS, ask.values()), [None]),
    Kind("unknown types of no request", unknown_types, [303], leaks=True),
    Kind("unknown types with content", lambda ask: ask.before() + record(200, b"?" * 30, 0) * 3 + ask.input(), [None, 400],
        leaks=True),
    Kind("an unknown type in the variables",
        lambda ask: begin() + record(PARAMS, ask.values()) + record(77, b"?") + record(PARAMS) + ask.input(), [None]),
    Kind("an unknown type in the body",
        lambda ask: ask.before() + record(STDIN, ask.body[:9]) + record(77, b"?") + stream(STDIN, ask.body[9:]), [None, 400]),
    Kind("FCGI_GET_VALUES", lambda ask: record(GET_VALUES, parameters(NAMES), 0) + ask.sound(), [303]),
    Kind("a wrong version", lambda ask: bytes([ask.rng.choice([0, 2, 3, 127, 255])]) + ask.sound()[1:], [None]),
    Kind("a wrong version in the variables", lambda ask: begin() + b"\2" + ask.sound()[17:], [None]),
    Kind("a wrong version in the body", lambda ask: ask.before() + b"\2" + ask.input()[1:], [None, 400]),
    Kind("another role", lambda ask: begin(role=ask.rng.choice([0, 2, 3, 4, 255, 65535])) + ask.sound()[16:], [None, 501]),
    Kind("a filter with its data", lambda ask: begin(role=3) + ask.sound()[16:] + stream(DATA, b"d" * 5000), [501]),
    Kind("an abort at once", lambda ask: begin() + record(ABORT), [None]),
    Kind("an abort in the variables", lambda ask: begin() + record(PARAMS, ask.values()) + record(ABORT), [None]),
    Kind("an abort before the body", lambda ask: ask.before() + record(ABORT), [None, 400]),
    Kind("an abort in the body", lambda ask: ask.before() + record(STDIN, ask.body[:-3]) + record(ABORT), [None, 400]),
    Kind("an abort behind the body", lambda ask: ask.sound() + record(ABORT), [303]),
    Kind("an abort of another request", lambda ask: begin() + record(ABORT, request=2), [None], VARIABLES_SECONDS),
    Kind("three beginnings", lambda ask: begin() + begin(role=1, request=2) + begin(role=1, request=3) + ask.sound()[16:], [303]),
    Kind("the same beginning twice", lambda ask: begin() * 2 + ask.sound()[16:], [303]),
    Kind("two requests interleaved", two_interleaved, [303]),
    Kind("two requests in a row", lambda ask: begin(1) + ask.sound()[16:] + Ask("other" + ask.token, ask.rng).sound(), [303]),
    Kind("full records with padding", full_records, [303]),
    Kind("padding behind the variables", lambda ask: begin() + record(PARAMS, ask.values()) + record(PARAMS, b"", padding=255) + ask.input(),
        [None, 400]),
    Kind("a byte a record", lambda ask: begin() + stream(PARAMS, ask.values(), 1) + stream(STDIN, ask.body, 1), [303]),
    Kind("a huge name", lambda ask: ask.ending(long_pair(*ask.rng.choice(HUGE))), [None]),
    Kind("a value past the end", lambda ask: ask.ending(bytes([4, ask.rng.randrange(5, 128)]) + b"NAMEonly"), [None]),
    Kind("lengths cut short", lambda ask: ask.ending(ask.rng.choice(CUT)), [None]),
    Kind("empty names and values", lambda ask: ask.ending(b"\0\0" * 50 + b"\0\5value" + b"\4\0NAME"), [303]),
    Kind("thousands of variables", thousands, [303]),
    Kind("no CONTENT_LENGTH", lambda ask: ask.sound(CONTENT_LENGTH=ask.rng.choice([None, "", "-1"])), [303]),
    Kind("a senseless CONTENT_LENGTH", lambda ask: ask.sound(CONTENT_LENGTH=ask.rng.choice(LENGTHS)), [400]),
    Kind("a huge CONTENT_LENGTH", lambda ask: ask.sound(CONTENT_LENGTH=str(2**ask.rng.randrange(32, 63))), [413]),
    Kind("a longer body", lambda ask: ask.sound(CONTENT_LENGTH=str(ask.rng.randrange(len(ask.body)))), [400]),
    Kind("a shorter body", lambda ask: ask.sound(CONTENT_LENGTH=str(len(ask.body) + ask.rng.choice([1, 2, 1000]))), [400]),
    Kind("a body cut short", lambda ask: ask.before() + record(STDIN, ask.body[:ask.rng.randrange(len(ask.body))]), [None, 400],
        BODY_SECONDS),
    Kind("an upload cut short", upload_cut, [None, 400, 408], BODY_SECONDS),
    Kind("an upload that does not close", upload_open, [400]),
    Kind("headers with bytes changed", headers_changed, [None, 303, 400, 408, 501], BODY_SECONDS),
    Kind("garbage", lambda ask: os.urandom(ask.rng.randrange(1, 20000)), [None], VARIABLES_SECONDS),
    Kind("a TLS hello", lambda ask: TLS + os.urandom(32) + bytes([32]) + os.urandom(32) + bytes(94), [None], VARIABLES_SECONDS),
    Kind("plain HTTP", lambda ask: b"POST /any HTTP/1.1\r\nHost: example.org\r\nContent-Length: 9\r\n\r\n" + ask.body, [None],
        VARIABLES_SECONDS),
]


def deliver(connection, data, rng, pause):
    """Whole, in a few pieces, or the first bytes one by one, with pauses."""
    how = rng.choice(["whole", "whole", "pieces", "bytes"])
    cuts = sorted(rng.sample(range(len(data)), min(len(data), 8))) if how == "pieces" else range(1, min(len(data), 25))
    at = 0
    for cut in cuts if how != "whole" else ():
        connection.sendall(data[at:cut])
        at = cut
        time.sleep(rng.random() * pause)
    connection.sendall(data[at:])


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def one_rough_peer(place, entry, token, rng, end=None, pause=0.005):
    """Sends what the kind composes and judges what comes of it, where the peer stays to see it."""
    end = end or rng.choice(["wait", "wait", "half", "leave", "reset", "linger"])
    if end == "wait" and entry.silent and (entry.silent > VARIABLES_SECONDS or rng.random() > 0.03):
        end = "half"
    data = entry.make(Ask(token, rng))
    if 303 in entry.statuses:
        place.perhaps.add(token)
    with place.connect() as connection:
        try:
            deliver(connection, data, rng, pause)
            if end == "linger":
                connection.settimeout(0.2)
                connection.recv(rng.choice([1, 8, 100]))
            if end == "half":
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the program was through with it first
        if end == "reset":
            reset(connection)
        if end not in ("wait", "half"):
            return
        answer = place.took(token, place.answer(read_all(connection)))
    status = answer.status if answer else None
    lost = status is None and place.family == socket.AF_INET  # a reset overtakes what was answered
    assert status in entry.statuses or lost, f"{entry.name}: {status} is none of {entry.statuses}: {answer and answer.raw!r}"


# --- peers whose time is what is rough about them ---

def a_byte_a_second(place, token):
    """The first bytes, and some of the body, one a second; the rest at once: it is served all the same."""
    ask = Ask(token, random)
    data = ask.sound()
    with place.connect() as connection:
        for i in range(3):
            connection.sendall(data[i:i + 1])
            time.sleep(1)
        connection.sendall(data[3:-12])
        for i in range(-12, -8):
            connection.sendall(data[i:i + 1])
            time.sleep(1)
        connection.sendall(data[-8:])
        assert place.took(token, place.answer(read_all(connection))).status == 303


def dropped_after(place, token, data, seconds):
    begun = time.monotonic()
    with place.connect() as connection:
        connection.sendall(data)
        raw = read_all(connection)
    took = time.monotonic() - begun
    answer = answers(raw)[1][0]
    assert seconds - 1 < took < seconds + 6, f"dropped after {took:.1f} s, not {seconds}"
    assert not answer or re.search(b"Status: 40[08]", answer), answer  # 408: the body was too slow


def silent_before_variables(place, token):
    dropped_after(place, token, begin(), HEADER_SECONDS)


def silent_in_the_body(place, token):
    ask = Ask(token, random)
    dropped_after(place, token, ask.before() + record(STDIN, ask.body[:10]), BODY_SECONDS)


def large(place):
    """An upload larger than a socket's buffers, made once, and the request that gets it."""
    if "large" not in place.kept:
        place.texts["large file"] = random.randbytes(7 << 20)
        values, body = upload_of("large", place.texts["large file"])
        assert place.took("large", place.ask(request(values, body))).status == 303
    return place.texts["large file"], request(variables("GET", f"/any/{place.kept['large']}/files/1/f.bin"))


def reads_late(place, token):
    content, asked = large(place)
    with place.connect() as connection:
        connection.sendall(asked)
        time.sleep(2)
        assert place.answer(read_all(connection)).body == content


def leaves_in_the_answer(place, token):
    _, asked = large(place)
    for size in (0, 1, 1000, 300000):
        with place.connect() as connection:
            connection.sendall(asked)
            connection.recv(size + 1, socket.MSG_WAITALL if size else socket.MSG_PEEK)
            reset(connection)


def never_reads_the_answer(place, token):
    _, asked = large(place)
    with place.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # else the kernel may take all of it
        connection.sendall(asked)
        time.sleep(ANSWER_SECONDS + 3)
        answer = answers(read_all(connection))[1]
        assert not answer[2], "the whole answer was given to a peer that took nothing"


def sends_on_after_an_error(place, token):
    """It is dropped, and takes no worker's time."""
    with place.connect() as connection:
        begun = time.monotonic()
        try:
            while time.monotonic() < begun + 12:
                connection.sendall(b"\2" * 8)
                time.sleep(0.3)
        except ConnectionError:
            pass
        assert time.monotonic() < begun + VARIABLES_SECONDS + 3, "a peer that made an error was listened to for as long as it sent"


SLOW = [sends_on_after_an_error, a_byte_a_second, silent_before_variables, reads_late, leaves_in_the_answer]
VERY_SLOW = [silent_in_the_body, never_reads_the_answer]


class Slow(threading.Thread):
    """One of them, at the side."""

    def __init__(self, place, function):
        super().__init__(daemon=True)
        self.arguments, self.function, self.wrong = (place, f"slow-{function.__name__}"), function, None

    def run(self):
        try:
            self.function(*self.arguments)
        except Exception as fault:  # noqa: BLE001: told by end()
            self.wrong = fault

    def end(self):
        self.join(90)
        assert not self.is_alive() and not self.wrong, f"{self.function.__name__}: {self.wrong!r}"
