"""Slow senders, and bodies whose length nobody announces."""
import os
import subprocess
import time

import pytest

from harness import fastcgi
from harness.clients import FORM, Answer, variables

BODY = b"name=Ada&email=ada%40example.org"
SLOW = "body_time = 2s\nbody_rate = 100\nheader_time = 2s"
SLACK = 1.5  # seconds for a busy machine


class Sender:
    """A request whose body goes out piece by piece."""

    def __init__(self, program, values, head=True):
        self.program, self.out = program, b""
        if program.workers:
            self.connection = fastcgi.connect(program.workers.socket)
            if head:
                self.connection.sendall(fastcgi.head(values))
        else:
            self.process = subprocess.Popen([program.binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                            env=values)

    def send(self, piece):
        try:
            if self.program.workers:
                self.connection.sendall(fastcgi.record(fastcgi.STDIN, piece) if piece else fastcgi.record(fastcgi.STDIN))
            elif piece:
                self.process.stdin.write(piece)
                self.process.stdin.flush()
            else:
                self.process.stdin.close()
                self.process.stdin = None
        except (BrokenPipeError, ConnectionError):
            return False
        return True

    def answer(self):
        if self.program.workers:
            with self.connection:
                out, errors, _ = fastcgi.read(self.connection)
        else:
            self.process.wait(timeout=60)  # with its input still open
            out, errors = self.process.communicate(timeout=60)
        return Answer(out, errors)


def trickle(sender, pieces, pause):
    """Sends pieces with a pause after each until the answer is there."""
    for piece in pieces:
        if not sender.send(piece):
            break
        time.sleep(pause)
        if sender.program.workers is None and sender.process.poll() is not None:
            break


def test_a_slow_body_is_answered_408(start):
    program = start(count=1)
    program.configure(general=SLOW)
    begun = time.monotonic()
    sender = Sender(program, variables("POST", "/contact", CONTENT_TYPE=FORM, CONTENT_LENGTH="1000"))
    for _ in range(4):
        sender.send(b"x" * 20)
        time.sleep(0.5)
    answer = sender.answer()
    took = time.monotonic() - begun
    assert answer.status == 408 and "too slowly" in answer.text and "408 Request Timeout" in answer.headers["status"]
    assert answer.errors.count("came too slowly") == 1 and answer.errors.count("\n") == 1 and "192.0.2.7" in answer.errors
    assert program.lines() == []
    assert 1.5 < took < (2 if program.workers else 4) + 2 + SLACK  # CGI and FastCGI drain for two seconds


def test_a_silent_body_is_answered_408(start):
    program = start(count=1)
    program.configure(general=SLOW)
    answer = Sender(program, variables("POST", "/contact", CONTENT_TYPE=FORM, CONTENT_LENGTH="1000")).answer()
    assert answer.status == 408 and program.lines() == []


def test_fast_at_first_and_slow_afterwards_is_slow(start):
    program = start(count=1)
    program.configure(general=SLOW)
    sender = Sender(program, variables("POST", "/contact", CONTENT_TYPE=FORM, CONTENT_LENGTH="30000"))
    sender.send(b"name=" + b"x" * 20000)
    begun = time.monotonic()
    trickle(sender, [b"x"] * 5, 0.5)
    assert sender.answer().status in (408, 413) and time.monotonic() - begun < 2 + 2 + SLACK + 2


def test_a_steady_body_passes_however_long_it_takes(start):
    program = start(count=1)
    program.configure(general="body_time = 1s\nbody_rate = 10")
    body = b"name=Ada&email=ada%40example.org&message=" + b"x" * 79
    sender = Sender(program, variables("POST", "/contact", body))
    trickle(sender, [body[i:i + 20] for i in range(0, len(body), 20)], 0.5)
    sender.send(b"")
    assert sender.answer().status == 303 and len(program.lines()) == 1


def test_slow_senders_do_not_hold_all_workers(start, way):
    if way == "cgi":
        pytest.skip("each request has a process of its own")
    program = start(count=2)
    program.configure(general=SLOW)
    senders = [Sender(program, variables("POST", "/contact", CONTENT_TYPE=FORM, CONTENT_LENGTH="1000")) for _ in range(2)]
    begun = time.monotonic()
    assert program.get("/contact").status == 200 and time.monotonic() - begun < 2 + SLACK
    for sender in senders:
        assert sender.answer().status == 408


def test_a_slow_header_is_given_up(start, way):
    if way == "cgi":
        pytest.skip("the variables are there when the process starts")
    program = start(count=1)
    program.configure(general=SLOW)
    program.get("/contact")
    raw = fastcgi.head(variables("GET", "/contact"))
    sender = Sender(program, {}, head=False)
    begun, sent = time.monotonic(), 0
    for byte in raw:
        try:
            sender.connection.sendall(bytes([byte]))
        except OSError:
            break
        sent += 1
        time.sleep(0.4)
        if time.monotonic() - begun > 10:
            break
    assert sent < len(raw) and time.monotonic() - begun < 2 + SLACK + 1
    sender.connection.close()
    assert program.get("/contact").status == 200
    assert "the header of a request did not come within 2 s" in program.log()


def test_a_header_in_pieces_is_read(start, way):
    if way == "cgi":
        pytest.skip("the variables are there when the process starts")
    program = start(count=1)
    raw = fastcgi.head(variables("GET", "/contact")) + fastcgi.record(fastcgi.STDIN)
    sender = Sender(program, {}, head=False)
    for i in range(0, len(raw), 100):
        sender.connection.sendall(raw[i:i + 100])
        time.sleep(0.02)
    assert sender.answer().status == 200


# --- without a length ---

@pytest.mark.parametrize("length", [None, "", "-1"])
def test_a_chunked_post_is_taken_where_its_end_is_certain(program, length):
    answer = program.post(BODY, CONTENT_LENGTH=length, HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status == 303, answer.text
    assert [record["fields"]["name"] for record in program.records()] == ["Ada"]


def test_chunked_multipart_and_json_are_taken(program):
    parts = b"--b\r\nContent-Disposition: form-data; name=name\r\n\r\nAda\r\n--b\r\nContent-Disposition: form-data; name=email\r\n\r\na@b\r\n--b--\r\n"
    for kind, body in (("multipart/form-data; boundary=b", parts), ("application/json", b'{"name": "Bob", "email": "b@c"}')):
        assert program.post(body, CONTENT_TYPE=kind, CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked").status == 303
    assert [record["fields"]["name"] for record in program.records()] == ["Ada", "Bob"]


def test_fastcgi_needs_no_transfer_encoding(program):
    status = program.post(BODY, CONTENT_LENGTH=None).status
    assert status == (303 if program.workers else 411)
    assert program.post(b"", CONTENT_LENGTH=None).status == 411


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("server", ["busybox httpd/1.35.0", "uWSGI/2.0.21-debian"])
def test_chunks_that_a_server_does_not_decode_are_refused(program, server):
    answer = program.post(b"5\r\ntext=\r\n4\r\nword\r\n0\r\n\r\n", "/any", CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked", SERVER_SOFTWARE=server)
    assert answer.status == 411 and program.lines("any") == []


@pytest.mark.parametrize("kind", [FORM, "application/json"])
def test_a_chunked_post_has_limits(program, kind):
    program.configure(general="max_body = 10K")
    over = b'{"name": "' + b"x" * 20000 + b'"}' if "json" in kind else b"&".join([b"name=x"] * 90) + b"&email=" + b"x" * 10000
    for body in (over, over * 30):
        answer = program.post(body, CONTENT_TYPE=kind, CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")
        assert answer.status == 413 and program.lines() == []


def test_a_chunked_post_that_is_cut_is_not_kept(program):
    if not program.workers:
        pytest.skip("the end of standard input is the end of the body")
    connection = fastcgi.connect(program.workers.socket)
    values = variables("POST", "/contact", CONTENT_TYPE=FORM, HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=None)
    connection.sendall(fastcgi.head(values) + fastcgi.record(fastcgi.STDIN, BODY))
    connection.shutdown(1)  # without the record that ends the body
    out, _, _ = fastcgi.read(connection)
    connection.close()
    assert b"Status: 400" in out or not out
    assert program.lines() == []


def test_an_unwanted_body_without_a_length_is_read_for_a_bounded_time(program):
    if program.workers:
        pytest.skip("FastCGI drains elsewhere")
    values = variables("POST", "/contact", CONTENT_TYPE="image/png", CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")
    sender = Sender(program, values)
    sent = sum(sender.send(b"x" * 65536) for _ in range(64))
    sender.send(b"")
    assert sent == 64 and sender.answer().status == 415
    begun = time.monotonic()
    sender = Sender(program, values)
    sender.send(b"x")
    os.set_blocking(sender.process.stdout.fileno(), True)
    sender.process.wait(timeout=30)
    assert time.monotonic() - begun < 2 + SLACK + 1
    assert sender.answer().status == 415
