"""A clock that is set back: what was kept when it was ahead is shown, found by its key, and held against nobody."""
import contextlib
import email.utils
import fcntl
import time

import pytest

from harness.clock import DAY
from harness.commands import command
from harness.posts import drawn, id_of, keyed, location, upload, with_token
from harness.processes import wait_for
from harness.tasks import note, post, start_service, task, wait_for_state, wait_for_words, words


@pytest.fixture
def program(start, clock):
    return start(environment=clock.environment)


@pytest.mark.parametrize("days", [1, 3, 40])
def test_a_key_makes_one_line_though_its_table_is_lost(program, clock, days):
    clock.set(days * DAY)
    place = location(keyed(program, "k"))
    clock.set(0)
    assert location(keyed(program, "k")) == place
    (program.data / "contact" / "keys").unlink()
    assert location(keyed(program, "k")) == place and len(program.lines()) == 1


def test_nothing_was_last_modified_in_the_future(program, clock):
    clock.set(DAY)
    answer = upload(program, ("file", "x.txt", "text/plain", b"content"))
    assert answer.status == 303
    clock.set(-DAY)  # so that its configuration is of the future too
    for path in (f"/any/{id_of(answer)}", f"/any/{id_of(answer)}/files/1/x.txt"):
        shown = program.get(path)
        modified = email.utils.parsedate_to_datetime(shown.headers["last-modified"]).timestamp()
        assert shown.status == 200 and modified <= time.time() - DAY + 1, shown.headers


def test_a_form_that_is_to_be_drawn_yet_was_not_filled_in_too_fast(program, clock):
    program.configure(contact="fastest = 1h")
    clock.set(DAY)
    token = drawn(program)
    clock.set(0)
    assert program.post(with_token(token)).status == 303
    assert program.post(with_token(drawn(program))).status == 303
    assert [record.get("spam") for record in program.records()] == [None, "fast"]


# --- tasks


@pytest.mark.parametrize("way", ["cgi"])
def test_a_result_that_is_still_to_be_made_is_not_taken_for_lost_when_the_clock_was_set_back(program, clock):
    task(program, "printf made", "type = text/plain", kind="result")
    clock.set(10 * DAY)
    post(program)
    program.wait_for_worker()
    clock.set(0)
    with open(program.data / "worker", "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        the_id = post(program)
        assert "queued" in program.get(f"/job/{the_id}/status", HTTP_ACCEPT="application/json").text
    post(program)
    program.wait_for_worker()
    assert program.get(f"/job/{the_id}/status").status == 303


@contextlib.contextmanager
def service(program, clock):
    """A worker with the clock."""
    process = start_service(program, clock.environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("days", [1, 2, 10])
def test_tasks_are_done_of_what_comes_after_the_clock_was_set_back_and_of_nothing_twice(program, clock, days):
    task(program, "echo $SEEOTHER_ID >>$T/done")
    ids = []
    for ahead in (0, days, 0, days, 0):
        clock.set(ahead * DAY)
        with service(program, clock):
            ids += [post(program), post(program)]
            wait_for_words(program, len(ids), seconds=5)
            wait_for("the end of all", lambda: "all done" in command(program, "tasks").stdout)
    assert sorted(words(program)) == sorted(ids)


@pytest.mark.parametrize("way", ["cgi"])
def test_what_is_to_be_tried_again_does_not_wait_for_a_clock_that_was_set_back(program, clock):
    task(program, "[ $SEEOTHER_ATTEMPT = 1 ] && exit 1; echo 1 >>$T/done")
    clock.set(10 * DAY)
    with service(program, clock):
        the_id = post(program)
        wait_for_state(program, the_id, "waiting", 5)
        clock.set(0)
        wait_for_words(program, 1, seconds=8)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_task_has_the_time_that_it_may_take_whatever_the_clock_is_set_to(program, clock):
    task(program, "echo 1 >>$T/begun; sleep 0.7; echo 1 >>$T/done", "timeout = 1h\nretries = 0")
    with service(program, clock):
        post(program)
        wait_for_words(program, 1, "begun")
        clock.set(DAY)
        wait_for_words(program, 1, seconds=5)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_task_that_takes_too_long_is_ended_whatever_the_clock_is_set_to(program, clock):
    task(program, "echo 1 >>$T/begun; exec sleep 10", "timeout = 1s\nretries = 0")
    with service(program, clock):
        the_id = post(program)
        wait_for_words(program, 1, "begun")
        clock.set(-DAY)
        wait_for_state(program, the_id, "failed", 5)
        assert "took too long" in note(program, the_id)["error"]
