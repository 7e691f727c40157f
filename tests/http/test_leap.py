"""A clock that leaps: it erases nothing, and expires no key, token or outcome, until it has run on for a day."""
import datetime
import json
import re
import subprocess

import pytest

from harness import clients
from harness.clock import DAY
from test_keep import BODY, days, erase, no_worker, work
from test_log import id_of
from test_once import drawn, keyed, location, table, with_token


@pytest.fixture
def program(start, clock):
    return start(environment=clock.environment)


def said_by_work(program):
    done = subprocess.run([program.binary, "work", "once"], env=program.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_leap_ahead_for_a_moment_destroys_nothing(program, clock):
    program.configure(contact="keep = 90d")
    with no_worker(program):
        the_id = id_of(program.post(BODY, "/contact"))
    work(program)
    clock.set(100 * DAY)
    assert "the clock has leapt by 86400" in said_by_work(program)
    with no_worker(program):
        assert program.get(f"/contact/{the_id}").status == 200
        program.post(BODY, "/contact")
    work(program)
    clock.set(0)
    assert "the clock is back" in said_by_work(program)
    assert program.get(f"/contact/{the_id}").status == 200 and len(days(program)) == 2


def test_a_leap_that_stays_counts_after_a_day(program, clock):
    program.configure(contact="keep = 90d")
    with no_worker(program):
        the_id = id_of(program.post(BODY, "/contact"))
    day = days(program)[0][:10]
    clock.set(100 * DAY)
    for _ in range(3):
        work(program)
        assert len(days(program)) == 1
        clock.pass_time(7 * 60 * 60)
    assert program.get(f"/contact/{the_id}").status == 200
    clock.pass_time(4 * 60 * 60)
    assert "it counts from now on" in said_by_work(program)
    # the clock was behind when it was posted, as far as anybody can tell, so it is kept for 90 days from then on
    assert program.get(f"/contact/{the_id}").status == 200
    clock.pass_time(92 * DAY)
    assert program.get(f"/contact/{the_id}").status == 410
    work(program)
    clock.pass_time(DAY)
    assert f"erased what was posted on {day}" in said_by_work(program) and days(program) == []


def test_what_is_noted_is_not_erased_if_the_clock_leaps_meanwhile(program, clock):
    program.configure(contact="keep = 3d")
    with no_worker(program):
        program.post(BODY, "/contact")
    clock.pass_time(5 * DAY)
    work(program)
    assert json.loads((program.data / "contact/expiry").read_text())
    clock.set(200 * DAY)
    work(program)
    clock.set(6 * DAY)
    work(program)
    assert len(days(program)) == 1
    erase(program, clock)
    assert days(program) == []


@pytest.mark.parametrize("lost", ["clock", "contact/expiry"])
def test_if_the_notes_are_lost_waiting_begins_anew(program, clock, lost):
    program.configure(contact="keep = 3d")
    with no_worker(program):
        program.post(BODY, "/contact")
    clock.pass_time(5 * DAY)
    work(program)
    clock.pass_time(DAY)
    (program.data / lost).write_text(["rubbish", "[]", '{"time":"x"}'][len(lost) % 3])
    erase(program, clock)
    assert days(program) == []


def test_what_a_board_without_a_battery_posts_before_it_knows_the_time_is_kept_as_long_as_the_rest(program, clock):
    program.configure(contact="keep = 30d")
    clock.set_to(30 * DAY + 60)
    with no_worker(program):
        program.post(BODY, "/contact")
    assert days(program) == ["1970-01-31.jsonl"]
    clock.set(0)
    for _ in range(4):
        work(program)
        assert len(days(program)) == 1
        clock.pass_time(5 * DAY)
    clock.pass_time(20 * DAY)
    erase(program, clock)
    assert days(program) == []


def test_a_key_holds_through_a_leap(program, clock):
    place = location(keyed(program, "k"))
    clock.set(100 * DAY)
    assert location(keyed(program, "k")) == place
    table(program).unlink()
    assert location(keyed(program, "k")) == place
    clock.set(0)
    assert location(keyed(program, "k")) == place and len(program.lines()) == 1


def test_a_drawn_form_holds_through_a_leap(program, clock):
    token = drawn(program)
    place = location(program.post(with_token(token)))
    other = drawn(program)
    clock.set(100 * DAY)
    assert location(program.post(with_token(token))) == place
    assert program.post(with_token(other)).status == 303
    assert len(program.lines()) == 2


def test_an_outcome_can_be_withdrawn_through_a_leap(program, clock):
    program.configure(contact="withdraw = 1d\nkeep = 2d")
    with no_worker(program):
        the_id = id_of(program.post(BODY, "/contact"))
        clock.set(100 * DAY)
        assert program.get(f"/contact/{the_id}").status == 200
        assert program.call(clients.variables("DELETE", f"/contact/{the_id}")).status == 303
        assert program.get(f"/contact/{the_id}").status == 410


def test_time_that_has_passed_counts(program, clock):
    place = location(keyed(program, "k"))
    token = drawn(program)
    clock.pass_time(2 * DAY)
    assert location(keyed(program, "k")) != place and len(program.lines()) == 2
    answer = program.post(with_token(token))
    assert answer.status == 422 and len(program.lines()) == 2


def test_the_day_that_is_erased_is_named_by_its_date(program, clock):
    program.configure(contact="keep = 1d")
    with no_worker(program):
        program.post(BODY, "/contact")
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    clock.pass_time(3 * DAY)
    work(program)
    clock.pass_time(DAY)
    said = said_by_work(program)
    assert re.search(rf'the form "contact": erased what was posted on {today}, which config.ini keeps for 1 days', said), said
