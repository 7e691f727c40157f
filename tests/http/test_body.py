"""Bodies that are not what they should be: the right 4xx, nothing kept, and the next request works."""
import re
import socket
import subprocess
import threading
import time

import pytest

from harness import fastcgi
from harness.clients import FORM, variables

GOOD = b"name=Ada&email=ada%40example.org"


@pytest.mark.parametrize("length, status", [
    (None, 411), ("", 411), ("-1", 411), ("-2", 400), ("+32", 400), ("0x20", 400), ("32 ", 400), ("3 2", 400), ("abc", 400), ("1e3", 400),
    ("18446744073709551616", 400), ("99999999999999999999999999", 400), ("9223372036854775807", 413), ("1048577", 413),
    ("31", 400), ("33", 400), ("1000", 400), ("0", 400), ("032", 303), ("32", 303),
])
def test_the_length_must_be_given_and_right(program, length, status):
    if status == 411 and program.workers:
        status = 303  # FastCGI has a record that ends the body
    answer = program.post(GOOD, CONTENT_LENGTH=length)
    assert answer.status == status
    assert len(program.lines()) == (status == 303)


@pytest.mark.parametrize("kind", [
    None, "", "text/html", "multipart/mixed; boundary=x", "application/xml", "application/x-www-form-urlencodedx", "x", ";",
    "application/x-www-form-urlencoded, text/plain"])
def test_a_type_that_is_not_taken_is_415_and_says_which_is(program, kind):
    answer = program.post(GOOD, CONTENT_TYPE=kind)
    assert answer.status == 415 and answer.headers["accept"] == f"{FORM}, multipart/form-data, application/json, text/plain"
    assert program.lines() == []


def test_a_compressed_body_is_refused(program):
    answer = program.post(GOOD, HTTP_CONTENT_ENCODING="gzip")
    assert answer.status == 415 and answer.headers["accept-encoding"] == "identity"
    assert program.post(GOOD, HTTP_CONTENT_ENCODING="identity").status == 303


def test_limits_hold_to_the_byte(program):
    program.configure(more="[form small]\nmax_body = 60\nmax_fields = 3\nmax_name = 4\nmax_value = 10\n")
    cases = [
        ("a=1&b=2&c=3", 303), ("a=1&b=2&c=3&d=4", 413), ("name=1", 303), ("names=1", 413), ("a=1234567890", 303),
        ("a=12345678901", 413), ("a=%31%32%33%34%35%36%37%38%39%30", 303), ("%61%61%61%61%61=", 413),
        ("&" * 60, 303), ("&" * 61, 413), ("%00a=1", 400), ("a=%00", 303),
    ]
    for body, status in cases:
        before = len(program.lines("small"))
        assert program.post(body, "/small").status == status, body
        assert len(program.lines("small")) == before + (status == 303)


def test_a_body_in_small_pieces_is_the_same(program):
    for piece in (1, 2, 7):
        if program.workers:
            assert program.call(variables(body=GOOD), GOOD, piece).status == 303
            continue
        with subprocess.Popen([program.binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                              env=program.environment | variables(body=GOOD)) as process:
            for i in range(0, len(GOOD), piece):
                process.stdin.write(GOOD[i:i + piece])
            process.stdin.close()
            assert b"Status: 303" in process.stdout.read()
    assert [kept["fields"] for kept in program.records()] == [{"name": "Ada", "email": "ada@example.org"}] * 3


@pytest.mark.parametrize("way", ["cgi"])
def test_a_file_that_goes_on_behind_the_body_is_refused(program, tmp_path):
    (tmp_path / "body").write_bytes(GOOD + b"x")
    with open(tmp_path / "body", "rb") as body:
        done = subprocess.run([program.binary], stdin=body, capture_output=True, env=program.environment | variables(body=GOOD))
    assert b"Status: 400" in done.stdout and program.lines() == []


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_peer_that_goes_without_its_answer_harms_nobody(start):
    program = start(count=1)
    supervisors = program.workers.supervisors()
    for _ in range(20):
        with fastcgi.connect(program.workers.socket) as connection:
            connection.sendall(fastcgi.request(variables(body=GOOD), GOOD))
    assert program.post(GOOD).status == 303 and program.workers.supervisors() == supervisors


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_connection_cut_at_any_point_keeps_nothing(start):
    program = start(count=1)
    whole = fastcgi.request(variables(body=GOOD), GOOD)
    for cut in range(0, len(whole) - 8, 5):  # without the record that ends the body
        with fastcgi.connect(program.workers.socket) as connection:
            connection.sendall(whole[:cut])
            connection.shutdown(socket.SHUT_WR)
            out, _, _ = fastcgi.read(connection)
            assert b"303" not in out
    assert program.lines() == []
    assert program.post(GOOD).status == 303


@pytest.mark.parametrize("way", ["fastcgi"])
@pytest.mark.parametrize("rubbish", [
    b"", b"\0", b"GET / HTTP/1.0\r\n\r\n", b"\xff" * 64, fastcgi.record(99, b"x" * 100), fastcgi.record(fastcgi.STDIN, b"early"),
    fastcgi.record(fastcgi.BEGIN, b"\0\1"), fastcgi.record(fastcgi.BEGIN, b"\0\x63\0\0\0\0\0\0"), fastcgi.record(9, b"\x0fFCGI_MPXS_CONNS"),
    fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, b"\xff\xff\xff\xff\xff\xff\xff\xff") + fastcgi.record(fastcgi.PARAMS),
    fastcgi.begin() + fastcgi.record(2)])
def test_a_peer_that_speaks_nonsense_harms_nobody(start, rubbish):
    program = start(count=1)
    supervisors = program.workers.supervisors()
    with fastcgi.connect(program.workers.socket) as connection:
        connection.sendall(rubbish)
        connection.shutdown(socket.SHUT_WR)
        fastcgi.read(connection)
    assert program.post(GOOD).status == 303
    assert program.workers.supervisors() == supervisors


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_peer_that_speaks_nonsense_on_and_on_does_not_hold_a_worker(start):
    program = start(count=1)
    over = time.monotonic() + 3

    def go_on(rough):
        try:
            while time.monotonic() < over:
                rough.sendall(b"x" * 100)
                time.sleep(0.005)
        except OSError:
            pass  # it was closed, as it should be

    with fastcgi.connect(program.workers.socket) as rough:
        rough.sendall(b"\x02" + fastcgi.begin()[1:])
        talking = threading.Thread(target=go_on, args=(rough,))
        talking.start()
        assert program.post(GOOD).status == 303
        assert time.monotonic() < over - 1.5
        talking.join()


@pytest.mark.parametrize("way", ["fastcgi"])
def test_variables_that_are_cut_short_are_no_request(start):
    program = start(count=1)
    with fastcgi.connect(program.workers.socket) as connection:
        connection.sendall(fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, fastcgi.parameters(variables("GET"))))
        connection.shutdown(socket.SHUT_WR)
        out, _, _ = fastcgi.read(connection)
    assert out == b""


@pytest.mark.parametrize("way", ["fastcgi"])
@pytest.mark.parametrize("role", [2, 3])
def test_a_role_other_than_responder_is_501(start, role):
    """An authorizer that answers 200 would let everybody in."""
    program = start(count=1)
    with fastcgi.connect(program.workers.socket) as connection:
        connection.sendall(fastcgi.record(fastcgi.BEGIN, bytes([0, role, 0, 0, 0, 0, 0, 0])) + fastcgi.stream(
            fastcgi.PARAMS, fastcgi.parameters(variables("GET"))) + fastcgi.stream(fastcgi.STDIN, b""))
        out, _, ended = fastcgi.read(connection)
    assert ended and b"Status: 501" in out


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_peer_that_never_closes_does_not_pin_a_worker(start):
    """One worker: who asks for the connection to be kept, or goes on sending, must not keep others waiting."""
    program = start(count=1)
    whole = fastcgi.begin(keep=1) + fastcgi.stream(fastcgi.PARAMS, fastcgi.parameters(variables(body=GOOD)))
    with fastcgi.connect(program.workers.socket) as kept, fastcgi.connect(program.workers.socket) as silent:
        kept.sendall(whole + fastcgi.stream(fastcgi.STDIN, GOOD))
        assert b"303 See Other" in fastcgi.read(kept)[0]
        started = time.monotonic()
        assert program.post(GOOD).status == 303  # behind the silent one, which is dropped after a while
        assert time.monotonic() - started < 10
        silent.close()
    with fastcgi.connect(program.workers.socket) as endless:
        endless.sendall(whole.replace(b"application/x-www-form-urlencoded", b"application/x-www-form-urlencodeX"))
        stop = threading.Event()

        def dribble():
            while not stop.wait(0.2):
                try:
                    endless.sendall(fastcgi.record(fastcgi.STDIN, b"x"))
                except OSError:
                    return

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            assert b"Status: 415" in fastcgi.read(endless)[0]
            started = time.monotonic()
            assert program.post(GOOD).status == 303
            assert time.monotonic() - started < 10
        finally:
            stop.set()
            thread.join()


def test_a_large_body_that_is_refused_gets_its_answer_through_lighttpd(web):
    answer = web.post(b"a=" + b"x" * (8 << 20), "/any")
    assert answer.status == 413 and "larger than this form accepts" in answer.text


@pytest.mark.parametrize("way", ["cgi"])
def test_a_refused_body_is_taken_to_its_end(program):
    """Apache reads no answer before the program has taken all of the body."""
    body = b"a=" + b"x" * (4 << 20)
    values = program.environment | variables(body=body)
    with subprocess.Popen([program.binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=values) as process:
        process.stdin.write(body)  # BrokenPipeError, were it not taken
        process.stdin.close()
        assert b"Status: 413" in process.stdout.read()


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_long_answer_has_a_time_limit(start, tmp_path):
    program = start(count=1, prefix=["strace", "-D", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=setsockopt"],
                    environment={"ASAN_OPTIONS": "detect_leaks=0"})
    posted = program.post("a=" + "x" * 40000, "/any")
    assert program.get(posted.headers["location"].partition("/seeother")[2]).status == 200
    limits = re.findall(r"SO_(RCV|SND)TIMEO", (tmp_path / "trace").read_text())
    assert limits[-1] == "SND"  # for a long answer; what comes in is waited for in arrivals.c


@pytest.mark.parametrize("way", ["fastcgi"])
@pytest.mark.parametrize("address, answered", [("192.0.2.1", False), ("127.0.0.1", True)])
def test_only_the_web_servers_named_may_connect_over_tcp(program, address, answered):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        worker = subprocess.Popen([program.binary], stdin=listener, env=program.environment | {"FCGI_WEB_SERVER_ADDRS": address})
        try:
            with socket.create_connection(listener.getsockname(), 10) as connection:
                connection.sendall(fastcgi.request(variables(body=GOOD), GOOD))
                out, _, ended = fastcgi.read(connection)
            assert ended == answered and (b"303 See Other" in out) == answered
        finally:
            worker.terminate()
            assert worker.wait(10) == 0
