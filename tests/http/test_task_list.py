"""The command "tasks": what is not done is told as it is, with times that somebody wrote."""
import json
import os
import signal
import time

from harness.commands import command
from harness.processes import wait_for
from harness.tasks import finish_work, note, post, task, wait_for_state


def listed(program):
    done = command(program, "tasks")
    assert done.returncode == 0 and "1970" not in done.stdout, done
    return done.stdout


def test_done_is_what_left_no_job_behind(program):
    task(program, "read line; case $line in *fail*) exit 100;; esac")
    post(program, b"a=good")
    wait_for("the end", lambda: "job act: all done\n" in listed(program))
    bad = post(program, b"a=fail")
    wait_for_state(program, bad, "failed")
    finish_work(program)
    text = listed(program)
    assert "job act: 1 failed\n" in text and "all done" not in text and f"{bad}  failed    1 try, since " in text
    post(program, b"a=fail")
    wait_for("two", lambda: "job act: 2 failed\n" in listed(program))
    finish_work(program)


def test_what_is_left_is_counted_by_kind(program):
    task(program, "exit 1", "retries = 5\npause = 1h")
    one, two = post(program), post(program)
    for each in (one, two):
        wait_for_state(program, each, "waiting")
    wait_for("both", lambda: "job act: 2 waiting\n" in listed(program))
    assert listed(program).count("1 try, again at 20") == 2
    folder = program.data / "job/tasks/act"
    (folder / f"{two}.json").write_text(json.dumps(note(program, two) | {"state": "failed"}))
    assert "job act: 1 waiting, 1 failed\n" in listed(program)
    for pid in program.workers_of_tasks():
        os.kill(pid, signal.SIGTERM)
    program.wait_for_worker()


def test_a_job_that_is_to_be_tried_again_is_due_now(program):
    task(program, "exit 100")
    the_id = post(program)
    wait_for_state(program, the_id, "failed")
    finish_work(program)
    path = program.data / f"job/tasks/act/{the_id}.json"
    path.write_text(json.dumps({"state": "waiting", "attempts": 0, "next": 0, "updated": int(time.time())}))
    assert f"{the_id}  waiting   0 tries, due now\n" in listed(program)
    path.write_text('{"state":"failed","attempts":2}')
    assert f"{the_id}  failed    2 tries\n" in listed(program)
    path.write_text("")
    assert f"{the_id}  waiting   0 tries, due now\n" in listed(program)
    path.unlink()
