"""The access log: a line for each request, nothing personal in it, moved by logrotate, full, and free where it is not set."""
import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import clients
from harness.disks import small_disk
from harness.processes import wait_for
from harness.tracing import UNCHECKED
from test_log import id_of

MEMBERS = ["time", "request", "method", "route", "form", "status", "bytes", "us"]
PERSONAL = {"REMOTE_ADDR": "192.0.2.99", "HTTP_USER_AGENT": "Xanthippe's browser", "HTTP_REFERER": "https://x.example/Xanthippe",
            "REMOTE_USER": "Xanthippe", "AUTH_TYPE": "Basic", "HTTP_COOKIE": "Xanthippe"}


@pytest.fixture
def logged(start):
    program = start()
    program.access = program.folder / "logs" / "access.log"
    program.access.parent.mkdir()
    program.general = "access_log = ../logs/access.log"
    program.configure(general=program.general)
    return program


def lines(program, n=None):
    """The lines of the log, of which FastCGI may write the last after its answer."""
    def read():
        return program.access.read_text().splitlines() if program.access.exists() else []
    if n is not None:
        wait_for(f"{n} lines", lambda: len(read()) >= n)
        assert len(read()) == n
    return [json.loads(line) for line in read()]


def test_each_request_has_a_line(logged):
    the_id = id_of(logged.post(b"a=b", "/any"))
    answers = [logged.get("/contact"), logged.get(f"/any/{the_id}"), logged.get("/nothing"), logged.get("/-/health"), logged.get("/-/"),
               logged.get(f"/any/{the_id}", QUERY_STRING="withdraw"), logged.post(b"name=", "/contact"),
               logged.call(clients.variables("DELETE", "/contact")), logged.call(clients.variables("OPTIONS", "/any")),
               logged.call(clients.variables("BREW", "/any")), logged.call(clients.variables("HEAD", "/contact"))]
    found = lines(logged, 1 + len(answers))
    assert all(list(line) == MEMBERS for line in found)
    assert [(line["method"], line["route"], line["form"], line["status"]) for line in found] == [
        ("POST", "form", "any", 303), ("GET", "form", "contact", 200), ("GET", "outcome", "any", 200), ("GET", None, None, 404),
        ("GET", "health", None, 200), ("GET", "desk", None, 403), ("GET", "outcome", "any", 403), ("POST", "form", "contact", 422),
        ("DELETE", "form", "contact", 405), ("OPTIONS", "form", "any", 204), (None, None, None, 501), ("HEAD", "form", "contact", 200)]
    for line, answer in zip(found[1:], answers):
        assert line["bytes"] >= len(answer.body) + 50 and line["status"] == answer.status
        assert 0 < line["us"] < 30_000_000 and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert len({line["request"] for line in found}) == len(found)


def test_nothing_in_it_is_personal(logged):
    body = b"name=Xanthippe&email=xanthippe%40example.org"
    the_id = id_of(logged.post(body, "/contact", **PERSONAL))
    for path, query in ((f"/contact/{the_id}", ""), ("/contact", "name=Xanthippe"), ("/Xanthippe", "q=Xanthippe"), (f"/-/contact/{the_id}", "")):
        logged.get(path, QUERY_STRING=query, **PERSONAL)
    found = lines(logged, 5)
    text = logged.access.read_text().lower()
    assert "xanthippe" not in text and "192.0.2" not in text and the_id not in text and "example" not in text
    assert found[0]["form"] == "contact" and logged.access.stat().st_mode & 0o777 == 0o600


def test_the_id_of_a_request_leads_from_the_page_to_the_line(logged):
    page = logged.get("/nothing").text
    line, = lines(logged, 1)
    assert f"<p>Reference: {line['request']}</p>" in page
    logged.configure(general=f"{logged.general}\nproxies = 192.0.2.7")
    logged.get("/contact", HTTP_X_REQUEST_ID="x" * 128)
    assert lines(logged, 2)[1]["request"] == "x" * 128 and max(map(len, logged.access.read_text().splitlines())) < 512


def test_a_log_that_was_moved_is_begun_anew(logged):
    logged.get("/contact")
    lines(logged, 1)
    moved = logged.access.with_suffix(".log.1")
    logged.access.rename(moved)
    logged.get("/contact")
    assert lines(logged, 1) and len(moved.read_text().splitlines()) == 1
    logged.access.unlink()
    logged.access.touch(mode=0o600)  # as "create" has it
    logged.get("/contact")
    lines(logged, 1)


def test_lines_of_many_processes_are_whole(logged):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: logged.get(f"/nothing{i}"), range(64)))
    assert {answer.status for answer in answers} == {404}
    assert len({line["request"] for line in lines(logged, 64)}) == 64


def test_a_full_disk_fails_no_request(logged):
    logged.configure()
    if logged.workers:
        logged.get("/contact")
    shutil.rmtree(logged.access.parent)
    with small_disk(logged.access.parent, ("tmpfs", "-o", "size=16k,nr_inodes=10")):
        (logged.access.parent / "full").write_bytes(bytes(16 << 10))
        logged.configure(general=logged.general)
        before = len(logged.log())
        answers = [logged.post(b"a=b", "/any") for _ in range(6)]
        assert {answer.status for answer in answers} == {303}
        said = "".join(answer.errors for answer in answers) + logged.log()[before:]
        assert said.count("access log can't be written to; requests are answered all the same: No space left") == 1 or not said and (logged.data / "access.reported").exists()
        (logged.access.parent / "full").unlink()
        logged.get("/contact")
        assert lines(logged)[-1]["route"] == "form"
        logged.configure()
        logged.get("/contact")  # by a process that has closed the log
    (logged.data / "access.reported").unlink()


def test_a_log_that_can_t_be_opened_fails_no_request(logged):
    logged.configure()
    assert logged.post(b"a=b", "/any").status == 303  # there is a data folder
    shutil.rmtree(logged.access.parent)
    logged.configure(general=logged.general)
    before = len(logged.log())
    answers = [logged.post(b"a=b", "/any") for _ in range(5)]
    assert {answer.status for answer in answers} == {303}
    said = "".join(answer.errors for answer in answers) + logged.log()[before:]
    assert 1 <= said.count("access log can't be opened; requests are answered all the same: No such file") <= 2, "two processes may look at the same time"
    done = subprocess.run([logged.binary, "check"], env=logged.environment, capture_output=True, text=True)
    assert done.returncode == 1 and "[seeother] access_log: " in done.stderr and "can't be written to" in done.stderr
    logged.access.parent.mkdir()
    (logged.data / "access.reported").unlink(missing_ok=True)


def test_it_is_refused_inside_the_data_folder(program):
    program.configure(general="access_log = ../data/access.log")
    done = subprocess.run([program.binary, "check"], env=program.environment, capture_output=True, text=True)
    assert done.returncode == 1 and "is inside the data folder" in done.stderr
    program.configure()


@pytest.mark.parametrize("way", ["cgi"])
def test_it_costs_one_write_and_nothing_where_it_is_not_set(logged):
    def calls(general):
        logged.configure(general=general)
        trace = logged.folder / "trace"
        command = ["strace", "-qq", "-o", str(trace), logged.binary]
        clients.cgi(command, clients.variables("GET", "/contact"), b"", logged.environment | UNCHECKED)
        return [line for line in trace.read_text().splitlines() if not line.startswith(("brk", "mmap", "munmap"))]

    calls(logged.general)
    without, having = calls(""), calls(logged.general)
    more = [call for call in having if "access.log" in call or "O_APPEND" in call]
    assert len(more) >= 1 and sum(call.startswith("write") for call in having) == sum(call.startswith("write") for call in without) + 1
    assert len(having) - len(without) <= 8 and not [call for call in without if "access" in call and "log" in call]
