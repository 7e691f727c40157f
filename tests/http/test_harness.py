"""The harness itself: what a failing test shows."""
import os
import subprocess

import pytest

from harness.paths import TOP

REQUESTS = """
def test_fails(program):
    for number in range(10):
        program.post(b"name=Ada&email=wrong&message=\\x1b[31mnumber-%d-" % number + b"x" * 5000)
    assert program.get("/contact/nothing").status == 200

def test_passes(program):
    assert program.get("/contact").status == 200
"""
WORK = """
from harness.processes import wait_for
from harness.tasks import task

def test_fails(web):
    task(web, "echo said by the script >&2; exit 1", "retries = 0")
    web.post(b"a=b", "/job")
    wait_for("the end of the task", lambda: "said by the script" in web.worker_log())
    assert False
"""


def shown_by(folder, way, test):
    """What pytest prints for a file of tests."""
    (folder / "test_it.py").write_text(test)
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "conftest", "--basetemp", folder / "t", "test_it.py"]
    environment = os.environ | {"PYTHONPATH": str(TOP / "tests"), "PYTHONDONTWRITEBYTECODE": "1", "WAYS": way}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


@pytest.mark.parametrize("way", ["cgi", "fastcgi"])
def test_a_failing_test_shows_its_last_requests_their_answers_and_the_logs(tmp_path, way):
    shown = shown_by(tmp_path, way, REQUESTS)
    assert "1 failed, 1 passed" in shown, shown
    for part in ("last requests and answers", "PATH_INFO=/contact/nothing", "Status: 404", "REQUEST_METHOD=POST", "Status: 422",
                 "number-9-", "number-8-"):
        assert part in shown, part
    assert "number-7-" not in shown, "only the last requests are of use"
    assert "\x1b" not in shown and "x" * 1500 not in shown and len(shown) < 20000


@pytest.mark.parametrize("way", ["cgi"])
def test_a_failing_test_shows_what_the_program_and_its_worker_said(tmp_path, way):
    shown = shown_by(tmp_path, way, WORK)
    assert "1 failed" in shown and "303 See Other" in shown, shown
    assert "server started" in shown, "the log of the web server is missing"
    assert "said by the script" in shown.split("log of the worker of tasks")[1], shown
