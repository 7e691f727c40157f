"""What a body costs a worker in memory, while it is read and after."""
import pytest

from harness import clients, fastcgi
from harness.processes import status_of, wait_for

MIB = 1 << 20
FORM = "[form big]\nmax_body = 16M\nmax_value = 16M\nmax_fields = 1000\n"

pytestmark = pytest.mark.parametrize("way", ["fastcgi"])


@pytest.fixture
def worker(start):
    """A program with one worker, warmed up."""
    program = start(count=1)
    program.configure(more=FORM)
    assert program.post("a=1", "/big").status == 303
    assert program.post('{"a":1}', "/big", CONTENT_TYPE="application/json").status == 303
    return program


def used(program, what):
    wait_for("one process", program.workers.ready)  # a sender that a busy machine makes slow has one to itself
    pid, = program.workers.pids()
    return status_of(pid, what) / 1024


def filled(opening, piece, closing, size=16 * MIB):
    return opening + piece * ((size - len(opening) - len(closing)) // len(piece) - 1) + piece.rstrip(b",") + closing


@pytest.mark.parametrize("body", [
    filled(b"[", b"{},", b"]"), filled(b"[", b"[],", b"]"), filled(b"[", b'"",', b"]"), filled(b'{"a":[', b"{},", b"]}"),
    filled(b'{"a":[', b"[],", b"]}"), filled(b'{"a":[', b'"",', b"]}"), filled(b'{"a":[', b"null,", b"]}"), b"[" * (16 * MIB),
    filled(b'{"a":{', b'"b":[],', b"}}"), filled(b"{", b'"":[],', b"}"), b'{"a":' * (3 * MIB)],
    ids=lambda body: body[:12].decode())
def test_json_of_many_small_values_is_refused_without_building_them(worker, body):
    before = used(worker, "VmHWM")
    assert worker.post(body, "/big", CONTENT_TYPE="application/json").status in (400, 413)
    assert used(worker, "VmHWM") - before < 17, "more than the body itself"
    assert used(worker, "VmRSS") - before < 1, "memory is given back"


@pytest.mark.parametrize("kind, body", [
    ("application/json", filled(b'{"a":"', b"x", b'"}')), ("application/json", filled(b'{"a":"', b"\\n", b'"}')),
    ("text/plain", b"x" * (16 * MIB)), ("application/x-www-form-urlencoded", b"a=" + b"x" * (16 * MIB - 2)),
    ("multipart/form-data; boundary=b", filled(b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n', b"x", b"\r\n--b--\r\n"))],
    ids=["json", "escapes", "plain", "urlencoded", "multipart"])
def test_memory_is_given_back_after_a_large_post(worker, kind, body):
    before = used(worker, "VmRSS")
    for _ in range(3):
        assert worker.post(body, "/big", CONTENT_TYPE=kind).status == 303
    assert used(worker, "VmRSS") - before < 2


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_memory_grows_with_what_comes_and_not_with_what_is_announced(worker, kind):
    before = used(worker, "VmHWM")
    values = clients.variables("POST", "/big", b"", CONTENT_TYPE=kind, CONTENT_LENGTH=str(16 * MIB))
    with fastcgi.connect(worker.workers.socket) as connection:
        connection.sendall(fastcgi.request(values, b"{" * 1000))
        assert b"400" in fastcgi.read(connection)[0]
    assert used(worker, "VmHWM") - before < 1
