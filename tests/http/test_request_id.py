"""Request ids: taken from a proxy or made, in lines of the log, on pages of faults and in problem documents."""
import json
import re

import pytest

from harness import clients
from harness.tracing import UNCHECKED

PROXY = {"REMOTE_ADDR": "192.0.2.7"}
JSON = {"HTTP_ACCEPT": "application/json"}
MADE = "[a-z2-7]{16}"
PROXIES = "proxies = 192.0.2.0/24"


def fault(program, general="", **more):
    """The answer to a post that can't be kept, and what the log says of it."""
    program.configure(general=general)
    assert program.post(b"a=b", "/any").status == 303
    log = next(program.data.glob("any/*.jsonl"))
    program.configure(general=f"{general}\nreserve = 1000000G")
    (program.data / "low").unlink(missing_ok=True)
    before = len(program.log())
    answer = program.post(b"a=b", "/any", **more)
    assert answer.status == 503 and log.exists()
    return answer, answer.errors + program.log()[before:]


def test_a_fault_has_one_id_in_the_log_and_on_its_page(program):
    answer, log = fault(program)
    made = re.search(rf"<p>Reference: ({MADE})</p>", answer.text)[1]
    line, = [line for line in log.splitlines() if "bytes are free" in line]
    assert line.endswith(f" (request {made})")
    other, _ = fault(program)
    assert made not in other.text and re.search(MADE, other.text)


def test_a_problem_document_has_it_too(program):
    answer, log = fault(program, **JSON)
    problem = json.loads(answer.text)
    assert re.fullmatch(MADE, problem["request_id"]) and f"(request {problem['request_id']})" in log
    assert "request_id" not in json.loads(program.get("/nothing", **JSON).text), "no log has a line about it"


def test_the_id_of_a_trusted_proxy_is_taken(program):
    theirs = "0af7651916cd43dd8448eb211c80319c"
    answer, log = fault(program, PROXIES, HTTP_X_REQUEST_ID=theirs, **JSON)
    assert json.loads(answer.text)["request_id"] == theirs and f"(request {theirs})" in log
    program.configure(general=PROXIES)
    assert json.loads(program.get("/nothing", HTTP_X_REQUEST_ID=theirs, **JSON).text)["request_id"] == theirs
    assert f"Reference: {theirs}" in program.get("/nothing", HTTP_X_REQUEST_ID=theirs).text


def test_the_header_of_anybody_else_is_ignored(program):
    assert "mine" not in program.get("/nothing", HTTP_X_REQUEST_ID="mine").text
    program.configure(general="proxies = 10.0.0.1")
    assert "mine" not in program.get("/nothing", HTTP_X_REQUEST_ID="mine").text


@pytest.mark.parametrize("sent", ["a b", "a,b", "<b>", 'a"', "é", "a\tb", "x" * 129, ""])
def test_what_is_no_id_is_ignored(program, sent):
    program.configure(general=PROXIES)
    answer = program.get("/nothing", HTTP_X_REQUEST_ID=sent, **JSON)
    assert "request_id" not in json.loads(answer.text)
    assert json.loads(program.get("/nothing", HTTP_X_REQUEST_ID="x" * 128, **JSON).text)["request_id"] == "x" * 128


@pytest.mark.parametrize("way", ["cgi"])
def test_no_id_is_made_where_nothing_asks_for_it(program):
    def random_calls(path):
        trace = program.folder / "trace"
        command = ["strace", "-qq", "-e", "trace=getrandom", "-o", str(trace), program.binary]
        clients.cgi(command, clients.variables("GET", path), b"", program.environment | UNCHECKED)
        return len(trace.read_text().splitlines())

    assert random_calls("/nothing") == random_calls("/-/health")
