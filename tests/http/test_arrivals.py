"""Connections whose requests are still on the way: they hold no worker, and outlive the process that accepted them."""
import os
import signal
import time

import pytest

from harness import fastcgi
from harness.clients import FORM, Answer, variables
from harness.processes import wait_for
from harness.slow_peers import LIMITS, honest, program  # noqa: F401

BODY = b"name=Ada&email=ada%40example.org"


class Peer:
    """A connection by which a post is sent piece by piece."""

    def __init__(self, program, first=b"", length=len(BODY)):
        self.connection = fastcgi.connect(program.workers.socket)
        self.values = variables("POST", "/contact", CONTENT_TYPE=FORM, CONTENT_LENGTH=str(length))
        self.send(first)

    def send(self, raw):
        self.connection.sendall(raw)
        return self

    def begin(self):
        return self.send(fastcgi.head(self.values)).send(fastcgi.record(fastcgi.STDIN, BODY[:10]))

    def finish(self):
        self.send(fastcgi.record(fastcgi.STDIN, BODY[10:])).send(fastcgi.record(fastcgi.STDIN))
        return self.answer()

    def answer(self):
        with self.connection:
            out, errors, _ = fastcgi.read(self.connection)
        return Answer(out, errors)

    def is_closed(self):
        """Tells whether the other side has closed the connection, without an answer."""
        try:
            return self.connection.recv(1) == b""
        except ConnectionError:
            return True


@pytest.mark.parametrize("first", [b"", fastcgi.begin(), fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, b"x" * 100)[:50]],
                         ids=["silent", "begun", "a part of its header"])
def test_peers_without_a_header_hold_no_worker(program, first):
    peers = [Peer(program, first) for _ in range(200)]
    honest(program)
    for peer in peers:
        peer.connection.close()
    honest(program)


def test_half_bodies_hold_no_worker_and_each_is_kept_once_it_is_whole(program):
    peers = [Peer(program).begin() for _ in range(100)]
    honest(program)
    assert [peer.finish().status for peer in peers] == [303] * 100
    assert len(program.lines()) == 101


def test_a_request_that_comes_byte_by_byte_is_answered(program):
    peer = Peer(program)
    for byte in fastcgi.request(peer.values, BODY):
        peer.send(bytes([byte]))
        time.sleep(0.001)  # a Unix socket holds some 70 pieces; each is to be seen before the next
    assert peer.answer().status == 303


def test_a_body_larger_than_what_is_looked_at_is_read_as_it_comes(program):
    body = BODY + b"&more=" + b"x" * 60_000
    peer = Peer(program, length=len(body)).send(fastcgi.head(variables("POST", "/contact", body)))
    for i in range(0, len(body), 10_000):
        peer.send(fastcgi.record(fastcgi.STDIN, body[i:i + 10_000]))
    assert peer.send(fastcgi.record(fastcgi.STDIN)).answer().status == 303


def test_the_oldest_gives_way_where_too_many_wait(program):
    first = Peer(program).begin()
    honest(program)  # the worker has accepted the first one by now
    others = [Peer(program).begin() for _ in range(250)]
    honest(program)
    assert first.is_closed()
    assert [peer.finish().status for peer in others[-20:]] == [303] * 20
    assert "250 connections wait for the rest of their requests" in program.log()
    for peer in others:
        peer.connection.close()


def test_a_peer_that_hangs_up_half_way_leaves_nothing(program):
    for _ in range(20):
        Peer(program).begin().connection.close()
        Peer(program, fastcgi.begin()).connection.close()
    honest(program)
    worker, = program.workers.pids()
    wait_for("the connections to be closed", lambda: sum("socket:" in os.readlink(f"/proc/{worker}/fd/{fd}")
                                                         for fd in os.listdir(f"/proc/{worker}/fd")) < 10)
    assert len(program.lines()) == 1


@pytest.mark.parametrize("renew", ["a changed configuration", signal.SIGHUP, signal.SIGUSR2], ids=str)
def test_a_body_on_its_way_is_answered_by_the_process_that_takes_over(program, renew):
    before, peers = program.workers.pids(), [Peer(program).begin() for _ in range(5)]
    honest(program)
    if isinstance(renew, str):
        program.configure(general=f"{LIMITS}\nindex = yes")
        honest(program)
    else:
        os.kill(program.workers.supervisors()[0], renew)
    wait_for("another process", lambda: program.workers.ready() and program.workers.pids() != before)
    assert [peer.finish().status for peer in peers] == [303] * 5


def test_a_body_is_waited_for_no_longer_because_processes_take_over(program):
    program.configure(general="body_time = 4s\nbody_rate = 10")
    half, begun = Peer(program).begin(), time.monotonic()
    while time.monotonic() - begun < 3:
        honest(program)
        before = program.workers.pids()
        os.kill(program.workers.supervisors()[0], signal.SIGUSR2)
        wait_for("another process", lambda: program.workers.ready() and program.workers.pids() != before)
    assert half.answer().status == 408
    assert time.monotonic() - begun < 6  # not 4 s after the last of them


def test_a_worker_that_is_to_end_answers_what_is_on_its_way(program):
    silent, half = Peer(program), Peer(program).begin()
    honest(program)
    os.kill(program.workers.pids()[0], signal.SIGTERM)
    assert silent.is_closed()
    assert half.finish().status == 303
    wait_for("the worker's successor", program.workers.ready)


def test_a_refused_upload_that_is_sent_on_holds_no_worker(program):
    peer = Peer(program, length=10**9).send(fastcgi.head(variables("POST", "/contact", CONTENT_TYPE=FORM, CONTENT_LENGTH="1000000000")))
    piece = fastcgi.record(fastcgi.STDIN, b"x" * 60_000)
    peer.send(piece)
    for _ in range(5):
        honest(program)
        try:
            peer.send(piece)
        except OSError:
            break
    assert peer.answer().status == 413
