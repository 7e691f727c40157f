"""Peers that keep a FastCGI worker busy: headers, bodies and answers that trickle, whichever records they come in."""
import struct
import threading
import time

import pytest

from harness import fastcgi
from harness.clients import FORM, variables

LIMITS = "header_time = 1s\nbody_time = 1s\nbody_rate = 1K\nmax_body = 4M"
GIVEN_UP = 9  # seconds: the limit, the two for which what is sent is read on, and slack for a busy machine


@pytest.fixture
def program(start, way):
    if way == "cgi":
        pytest.skip("the web server bounds the processes it starts")
    place = start(count=1, environment={"ASAN_OPTIONS": "detect_leaks=0"})  # libfcgi leaks 48 bytes a management record
    place.configure(general=LIMITS, contact="max_value = 3M")
    assert place.get("/contact").status == 200
    return place


def held(program, connection):
    """How long the only worker does not answer others, while the connection is open."""
    begun = time.monotonic()
    assert program.get("/contact").status == 200
    connection.close()
    return time.monotonic() - begun


class Trickle(threading.Thread):
    """Sends some bytes, and then one piece after the other with a pause, until nobody takes them."""

    def __init__(self, program, first, pieces, pause=0.1):
        super().__init__(daemon=True)
        self.connection = fastcgi.connect(program.workers.socket)
        self.connection.sendall(first)
        self.pieces, self.pause = pieces, pause
        self.start()

    def run(self):
        begun = time.monotonic()
        try:
            for piece in self.pieces:
                if time.monotonic() - begun > 2 * GIVEN_UP:
                    break
                self.connection.sendall(piece)
                time.sleep(self.pause)
        except OSError:
            pass

    def close(self):
        self.connection.close()


def single(raw, times=1):
    return [raw[i:i + 1] for i in range(len(raw))] * times


HEAD = fastcgi.head(variables("GET", "/contact"))


@pytest.mark.parametrize("first", [
    fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, request=2), fastcgi.record(fastcgi.PARAMS), fastcgi.record(fastcgi.PARAMS, request=0),
    fastcgi.record(fastcgi.GET_VALUES, request=0) + fastcgi.record(fastcgi.PARAMS),
    fastcgi.begin() + fastcgi.record(fastcgi.GET_VALUES, struct.pack(">BBHHBB", 1, fastcgi.PARAMS, 1, 0, 0, 0), request=0),
    b"", fastcgi.begin()], ids=["other request", "before", "management", "values", "inside", "none", "begun"])
def test_a_header_that_trickles_is_given_up(program, first):
    rest = HEAD[16:] if first[1:2] == b"\x01" else HEAD
    assert held(program, Trickle(program, first, single(rest))) < GIVEN_UP


@pytest.mark.parametrize("junk", [
    fastcgi.record(fastcgi.STDIN, b"x", request=2), fastcgi.record(fastcgi.GET_VALUES, request=0), fastcgi.record(fastcgi.DATA, b"x" * 50, padding=255),
    fastcgi.record(99, b"x" * 200, request=0), fastcgi.record(fastcgi.STDIN, b"x", padding=255)], ids=["other", "values", "data", "unknown", "padding"])
def test_a_body_of_records_that_bring_nothing_is_given_up(program, junk):
    head = fastcgi.head(variables("POST", "/contact", CONTENT_TYPE=FORM, CONTENT_LENGTH="1000"))
    assert held(program, Trickle(program, head, single(junk, 100))) < GIVEN_UP
    assert held(program, Trickle(program, head, [junk] * 1000, 0.05)) < GIVEN_UP


def test_what_follows_a_whole_body_is_not_awaited_for_long(program):
    body = b"name=Ada&email=a%40b"
    head = fastcgi.head(variables("POST", "/contact", body)) + fastcgi.record(fastcgi.STDIN, body)
    for junk in (fastcgi.record(fastcgi.STDIN, b"", padding=255), fastcgi.record(99, b"x" * 99, request=0)):
        assert held(program, Trickle(program, head, single(junk, 10))) < GIVEN_UP


def test_a_length_that_is_missing_is_not_awaited_for_long(program):
    head = fastcgi.head(variables("POST", "/contact", CONTENT_TYPE=FORM, CONTENT_LENGTH=None))
    assert held(program, Trickle(program, head, single(fastcgi.record(99, b"x" * 99, request=0), 5))) < GIVEN_UP


def test_an_answer_that_is_read_slowly_is_given_up(program):
    body = b"email=none&message=" + b"%26" * 900_000
    values = variables("POST", "/contact", body)
    connection = fastcgi.connect(program.workers.socket)
    connection.sendall(fastcgi.request(values, body))

    def read_slowly():
        try:
            while connection.recv(1000):
                time.sleep(2)
        except OSError:
            pass
    threading.Thread(target=read_slowly, daemon=True).start()
    assert held(program, connection) < 15
