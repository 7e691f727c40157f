"""Clocks that a boot sets wrong: a board without a battery begins in 1970, a broken one far ahead, and both learn the time later."""
import json
import time

import pytest

from harness import clients
from harness.clock import DAY
from harness.posts import drawn, id_of, keyed, location, with_token
from test_keep import BODY, days, no_worker, work

START_OF_1970 = 60 - time.time()  # seconds that such a clock is ahead


@pytest.fixture
def program(start, clock):
    return start(environment=clock.environment)


def boot_again(program):
    """As if the machine had been started again since: the last look was in another boot, and tables of that boot are of no use."""
    file = program.data / "clock"
    if file.exists():
        look = json.loads(file.read_text())
        look["boot"] = "0" * 32
        look["uptime"] = 30
        if look["time"] > DAY:
            look["time"] -= int(time.clock_gettime(time.CLOCK_BOOTTIME)) + 60
        file.write_text(json.dumps(look))
    for keys in program.data.glob("*/keys"):
        keys.unlink()


def test_what_a_known_board_posts_before_it_knows_the_time_is_kept_as_long_as_the_rest(program, clock):
    program.configure(contact="keep = 30d")
    with no_worker(program):
        program.post(BODY, "/contact")
    work(program)
    boot_again(program)
    clock.set(START_OF_1970)
    with no_worker(program):
        early = id_of(program.post(BODY, "/contact"))
        assert program.get(f"/contact/{early}").status == 200
        clock.set(0)
        assert program.get(f"/contact/{early}").status == 200
    for _ in range(5):
        work(program)
        assert len(days(program)) == 2 and program.get(f"/contact/{early}").status == 200
        clock.pass_time(5 * DAY)
    clock.pass_time(7 * DAY)
    work(program)
    clock.pass_time(DAY)
    work(program)
    assert days(program) == []


def test_the_first_boot_was_in_1970_and_the_next_knows_the_time(program, clock):
    program.configure(contact="keep = 30d")
    clock.set(START_OF_1970)
    with no_worker(program):
        early = id_of(program.post(BODY, "/contact"))
    boot_again(program)
    clock.set(0)
    for _ in range(4):
        work(program)
        assert len(days(program)) == 1 and program.get(f"/contact/{early}").status == 200
        clock.pass_time(5 * DAY)


def test_a_key_from_before_the_time_was_known_holds_when_it_is(program, clock):
    keyed(program, "a")
    boot_again(program)
    clock.set(START_OF_1970)
    place = location(keyed(program, "k"))
    assert location(keyed(program, "k")) == place
    clock.set(0)
    assert location(keyed(program, "k")) == place
    assert sum(len(file.read_text().splitlines()) for file in program.data.glob("contact/*.jsonl")) == 2


def test_a_key_of_a_day_in_1970_that_has_a_log_already_holds_when_the_time_is_known(program, clock):
    clock.set(START_OF_1970)
    keyed(program, "a")
    boot_again(program)
    clock.set(0)
    keyed(program, "b")
    boot_again(program)
    clock.set(START_OF_1970 + 60)
    place = location(keyed(program, "k"))
    clock.set(0)
    assert location(keyed(program, "k")) == place


def test_keys_hold_through_a_boot_far_ahead(program, clock):
    place = location(keyed(program, "k"))
    boot_again(program)
    clock.set(900 * DAY)
    other = location(keyed(program, "other"))
    clock.set(0)
    assert location(keyed(program, "k")) == place and location(keyed(program, "other")) == other


def test_an_outcome_from_before_the_time_was_known_can_be_withdrawn_when_it_is(program, clock):
    program.configure(contact="withdraw = 1d")
    with no_worker(program):
        program.post(BODY, "/contact")
        boot_again(program)
        clock.set(START_OF_1970)
        early = id_of(program.post(BODY, "/contact"))
        clock.set(0)
        assert program.call(clients.variables("DELETE", f"/contact/{early}")).status == 303


def test_a_form_drawn_before_the_time_was_known_can_be_posted(program, clock):
    program.post(BODY, "/contact")
    boot_again(program)
    clock.set(START_OF_1970)
    token = drawn(program)
    clock.set(0)
    answer = program.post(with_token(token))
    assert answer.status == 303 or (answer.status == 422 and "Ada" in answer.text)  # nothing typed is lost


def test_a_boot_far_ahead_that_is_set_right_destroys_nothing(program, clock):
    program.configure(contact="keep = 90d")
    with no_worker(program):
        the_id = id_of(program.post(BODY, "/contact"))
    work(program)
    boot_again(program)
    clock.set(9000 * DAY)
    work(program)
    clock.pass_time(DAY // 2)
    work(program)
    clock.set(DAY // 2)
    work(program)
    assert len(days(program)) == 1 and program.get(f"/contact/{the_id}").status == 200
    clock.pass_time(3 * DAY)
    work(program)
    assert program.get(f"/contact/{the_id}").status == 200
