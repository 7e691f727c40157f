"""What a visitor waits for: a status that leads with 303 to the result once it is there, and can be cancelled till then."""
import json
import re
import signal
import subprocess

import pytest

from harness import clients
from harness.bodies import multipart
from harness.processes import is_alive, wait_for
from harness.tasks import BODY, end_worker, finish_work, note, post, start_service, task, wait_for_state, wait_for_words, words

WAIT = "while [ ! -e $T/go ]; do sleep 0.05; done"
JSON = {"HTTP_ACCEPT": "application/json"}
OWNER = {"REMOTE_USER": "ada", "AUTH_TYPE": "Basic"}


def status(program, the_id, **more):
    return program.get(f"/job/{the_id}/status", **more)


def told(program, the_id, **more):
    answer = status(program, the_id, **JSON, **more)
    assert answer.status is None or answer.status == 200, answer.raw
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.text)


def finish(program):
    (program.folder / "go").touch()
    finish_work(program)


def test_a_post_leads_to_the_status_and_that_to_the_result(program):
    task(program, f"{WAIT}; printf '<b>made</b>'", "type = text/html", kind="result")
    answer = program.post(BODY, "/job")
    the_id = answer.headers["location"].split("/")[-2]
    assert answer.status == 303 and answer.headers["location"] == f"http://example.org/seeother/job/{the_id}/status"
    wait_for_state(program, the_id, "running")
    page = status(program, the_id, HTTP_ACCEPT="text/html")
    assert page.status in (None, 200) and "<progress" in page.text and "<script" not in page.text
    assert page.headers["refresh"] == "2" and page.headers["retry-after"] == "2" and page.headers["cache-control"] == "no-store"
    early = program.get(f"/job/{the_id}/result", **JSON)
    assert early.status == 404 and "result-not-ready" in json.loads(early.text)["type"]
    finish(program)
    for more in ({}, JSON):
        done = status(program, the_id, **more)
        assert done.status == 303 and done.headers["location"] == f"http://example.org/seeother/job/{the_id}/result"
        assert "refresh" not in done.headers and "retry-after" not in done.headers
    result = program.get(f"/job/{the_id}/result")
    assert result.body == b"<b>made</b>" and result.headers["content-type"] == "text/html"
    assert "sandbox" in result.headers["content-security-policy"]
    etag = result.headers["etag"]
    assert program.get(f"/job/{the_id}/result", HTTP_IF_NONE_MATCH=etag).status == 304
    assert program.get(f"/job/{the_id}/result", HTTP_IF_NONE_MATCH='"other"').body == b"<b>made</b>"
    other = program.get(f"/job/{the_id}/result", HTTP_IF_MATCH='"other"', **JSON)
    assert other.status == json.loads(other.text)["status"] == 412 and "etag" not in other.headers
    head = program.call(clients.variables("HEAD", f"/job/{the_id}/result"))
    assert head.body == b"" and head.headers["etag"] == etag
    assert program.post(b"a=1", f"/job/{the_id}/result").status == 405


def test_an_empty_result_is_one(program):
    task(program, "cat >/dev/null", kind="result")
    the_id = post(program)
    finish_work(program)
    assert status(program, the_id).status == 303
    result = program.get(f"/job/{the_id}/result")
    assert result.status in (None, 200) and result.body == b""


def test_a_large_result_comes_whole(program):
    task(program, "head -c 5000000 /dev/zero", kind="result")
    the_id = post(program)
    finish_work(program)
    assert program.get(f"/job/{the_id}/result").body == bytes(5000000)


def test_a_job_is_queued_then_running_with_progress(program):
    task(program, f"step() {{ while [ ! -e $T/$1 ]; do sleep 0.05; done; }}\n"
                  f"step one; printf 'prog' >&3; printf 'ress 40\\n' >&3; step two\n"
                  f"printf 'nonsense\\nprogress 101\\nprogress -1\\nprogress 1e1\\nprogress\\n progress 9\\n' >&3\n"
                  f"head -c 100000 /dev/urandom | tr -d '\\n' >&3; printf '\\nprogress 70\\n' >&3; step three; {WAIT}",
         general="parallel = 1", kind="result")
    first, second = post(program), post(program)
    wait_for_state(program, first, "running")
    job = told(program, first)
    assert job["status"] == "running" and set(job) == {"status", "created", "updated"}
    assert job["created"] == program.records("job")[0]["received"]
    assert told(program, second)["status"] == "queued"
    (program.folder / "one").touch()
    wait_for("40 per cent", lambda: told(program, first).get("progress") == 40)
    assert 'value="40"' in status(program, first).text
    (program.folder / "two").touch()
    wait_for("70 per cent", lambda: told(program, first).get("progress") == 70)
    (program.folder / "three").touch()
    finish(program)
    assert status(program, first).status == status(program, second).status == 303


def test_waiting_and_failed_tell_the_visitor_less_than_the_owner(program):
    task(program, "echo the password is x >&2; exit 1", "retries = 1\npause = 4s", kind="result", form="owners = ada")
    the_id = post(program)
    wait_for_state(program, the_id, "waiting")
    answer = status(program, the_id, **JSON)
    assert json.loads(answer.text)["status"] == "waiting" and answer.headers["retry-after"] and "refresh" not in answer.headers
    wait_for_state(program, the_id, "failed")
    finish_work(program)
    job = told(program, the_id)
    assert job["status"] == "failed" and job["error"] and "password" not in job["error"]
    assert "password is x" in told(program, the_id, **OWNER)["error"]
    page = status(program, the_id)
    assert "password" not in page.text and "refresh" not in page.headers and "retry-after" not in page.headers
    assert "<progress" not in page.text and "password is x" in status(program, the_id, **OWNER).text
    assert program.get(f"/job/{the_id}/result").status == 404


def cancel(program, the_id, how):
    if how == "delete":
        return program.call(clients.variables("DELETE", f"/job/{the_id}/status"))
    return program.post(b"_method=delete", f"/job/{the_id}/status")


@pytest.mark.parametrize("how", ["delete", "post"])
def test_what_is_cancelled_is_ended_every_time(program, how):
    task(program, f"echo $$ >>$T/pids; (echo $$ >>/dev/null; sleep 60) & echo $! >>$T/pids; {WAIT}; echo x", general="parallel = 1",
         kind="result")
    for n in range(3):
        the_id = post(program)
        wait_for_words(program, 2 * n + 2, "pids")
        wait_for_state(program, the_id, "running")
        answer = cancel(program, the_id, how)
        assert answer.status == 303 and answer.headers["location"] == f"http://example.org/seeother/job/{the_id}"
        wait_for("the end of all that ran", lambda: all(not is_alive(pid) for pid in words(program, "pids")), 6)
        job = told(program, the_id)
        assert job["status"] == "cancelled" and "error" not in job
        assert program.get(f"/job/{the_id}/result").status == 404
        assert program.get(f"/job/{the_id}").status in (None, 200)
    finish_work(program)
    assert len(words(program, "pids")) == 6


def test_what_is_cancelled_while_it_is_queued_is_never_run(program):
    task(program, f"echo $SEEOTHER_ID >>$T/begun; {WAIT}", general="parallel = 1", kind="result")
    first, second = post(program), post(program)
    wait_for_words(program, 1, "begun")
    assert cancel(program, second, "delete").status == 303
    finish(program)
    assert words(program, "begun") == [first] and told(program, second)["status"] == "cancelled"


def test_what_is_cancelled_while_it_waits_is_not_tried_again(program):
    task(program, "echo 1 >>$T/begun; exit 1", "pause = 3s", kind="result")
    the_id = post(program)
    wait_for_state(program, the_id, "waiting")
    assert cancel(program, the_id, "delete").status == 303
    finish_work(program)
    assert words(program, "begun") == ["1"] and told(program, the_id)["status"] == "cancelled"


def test_cancelling_what_is_done_changes_nothing(program):
    task(program, "echo made", kind="result")
    the_id = post(program)
    finish_work(program)
    assert cancel(program, the_id, "delete").status == 303
    assert program.get(f"/job/{the_id}/result").body == b"made\n" and not note(program, the_id)


def test_what_can_t_be_cancelled_is_503_and_says_just_that(program):
    task(program, "true", kind="result")
    the_id = post(program)
    finish_work(program)
    folder = program.data / "job" / "tasks" / "act"
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
    folder.touch()  # so that nothing can be written into it
    answer = program.call(clients.variables("DELETE", f"/job/{the_id}/status"))
    assert answer.status == 503 and answer.headers["retry-after"] == "60"
    assert "cancel" in answer.text and "erase" not in answer.text
    folder.unlink()


@pytest.mark.parametrize("way", ["cgi"])
def test_cancelling_goes_before_progress_that_comes_without_end(program):
    task(program, "i=0; while :; do i=$(((i + 1) % 100)); echo progress $i >&3; done", general="parallel = 4", kind="result")
    ids = [post(program) for _ in range(4)]
    for the_id in ids:
        wait_for_state(program, the_id, "running")
    for _ in range(3):
        for the_id in ids:
            cancel(program, the_id, "delete")
            assert told(program, the_id)["status"] == "cancelled"
        finish_work(program)
        assert [told(program, the_id)["status"] for the_id in ids] == ["cancelled"] * 4
        ids = [post(program) for _ in range(4)]
        for the_id in ids:
            wait_for_state(program, the_id, "running")
    for the_id in ids:
        cancel(program, the_id, "delete")


def test_only_a_post_that_says_so_cancels(program):
    task(program, WAIT, kind="result")
    the_id = post(program)
    wait_for_state(program, the_id, "running")
    assert program.post(b"_method=put", f"/job/{the_id}/status").status == 422
    assert program.post(b"{}", f"/job/{the_id}/status", CONTENT_TYPE="application/json").status == 415
    assert told(program, the_id)["status"] == "running"
    finish(program)


def test_a_withdrawn_outcome_takes_its_result_and_its_work_along(program):
    task(program, f"if grep -q slow; then echo $$ >>$T/pids; {WAIT}; fi; echo made", kind="result", form="withdraw = 1h")
    done, slow = post(program), post(program, b"a=slow")
    wait_for_words(program, 1, "pids")
    wait_for("the other", lambda: status(program, done).status == 303)
    for the_id in (done, slow):
        assert program.call(clients.variables("DELETE", f"/job/{the_id}")).status == 303
        for path in ("", "/status", "/result"):
            assert program.get(f"/job/{the_id}{path}").status == 410
    wait_for("the end of what ran", lambda: not is_alive(words(program, "pids")[0]))
    finish_work(program)
    assert [path.name for path in (program.data / "job/tasks/act").iterdir()] == ["cursor"]


@pytest.mark.parametrize("way", ["cgi"])
def test_nothing_is_left_of_what_is_withdrawn_while_no_worker_works(program):
    task(program, f"echo 1 >>$T/begun; {WAIT}", kind="result", form="withdraw = 1h")
    the_id = post(program, b"a=private")
    wait_for_words(program, 1, "begun")
    end_worker(program, signal.SIGKILL)
    assert program.call(clients.variables("DELETE", f"/job/{the_id}")).status == 303
    left = subprocess.run(["grep", "-r", "private", program.data], capture_output=True, text=True).stdout
    assert left == ""
    (program.folder / "go").touch()
    subprocess.run([program.binary, "work", "once"], env={"SEEOTHER_CONFIG": str(program.config)}, check=True)


def test_a_program_that_would_rather_not_wait_gets_202(program):
    task(program, "cat", kind="result", form="next = /thanks", more="[form plain]\n")
    answer = program.post(BODY, "/job", HTTP_PREFER="return=minimal, Respond-Async; wait=10")
    assert answer.status == 202 and answer.headers["preference-applied"] == "respond-async"
    assert answer.headers["location"].endswith("/status")
    assert program.post(BODY, "/job").headers["location"] == "http://example.org/thanks"
    assert program.post(BODY, "/plain", HTTP_PREFER="respond-async").status == 303


def test_a_form_without_a_result_has_neither(program):
    task(program, "cat")
    the_id = post(program)
    for path in ("status", "result"):
        assert program.get(f"/job/{the_id}/{path}").status == 404
    assert program.call(clients.variables("DELETE", f"/job/{the_id}/status")).status == 404
    finish_work(program)


@pytest.mark.parametrize("path", ["status", "result"])
def test_an_id_that_is_none_has_neither(program, path):
    task(program, "cat", kind="result")
    the_id = post(program)
    finish_work(program)
    for wrong in (the_id[:-1] + ("a" if the_id[-1] != "a" else "b"), "..", "cursor", "x" * 29):
        assert program.get(f"/job/{wrong}/{path}").status == 404


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_thousand_who_ask_touch_no_queue(start, tmp_path):
    trace = tmp_path / "trace"
    program = start(count=1)
    task(program, f"echo 1 >>$T/begun; {WAIT}", general="parallel = 1", kind="result")
    service = start_service(program)
    ids = [post(program) for _ in range(20)]
    wait_for_words(program, 1, "begun")
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=file,process,flock", "-p",
                               str(program.workers.pids()[0])])
    try:
        wait_for("strace", lambda: told(program, ids[0]) and trace.exists() and trace.stat().st_size)
        for n in range(1000):
            assert told(program, ids[n % 20])["status"] == ("running" if n % 20 == 0 else "queued")
    finally:
        tracer.terminate()
        tracer.wait(10)
    asked = trace.read_text().splitlines()
    assert len(asked) >= 1000
    queue = re.compile("flock|/worker|fork|clone|jsonl.*O_RDWR|cursor.*(O_WRONLY|O_RDWR)|rename")
    assert [line for line in asked if queue.search(line)] == []
    (program.folder / "go").touch()
    wait_for("all", lambda: status(program, ids[-1]).status == 303)
    service.terminate()
    service.communicate(timeout=10)


def test_through_lighttpd_a_picture_leads_to_what_is_made_of_it(web):
    task(web, 'echo progress 50 >&3; while [ ! -e $T/go ]; do sleep 0.05; done; rev <"$SEEOTHER_FILE_1"', "type = text/plain", kind="result")
    body, kind = multipart(("picture", "p.txt", "text/plain", b"abc\n"))
    answer = web.post(body, "/job", **{"Content-Type": kind})
    assert answer.status == 303
    wait_for("half", lambda: 'value="50"' in web.follow(answer).text)
    (web.folder / "go").touch()
    web.wait_for_worker()
    second = web.follow(answer)
    assert second.status == 303 and web.follow(second).body == b"cba\n"
