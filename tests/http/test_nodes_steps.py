"""Hosts that share a data folder: whatever fails, sleeps or dies between the line of a post and its answer, one outcome is left."""
import errno
import itertools
import subprocess
import time

import pytest

from harness.nodes import Step, claims, export, generations, live, sleeping, start_nodes, try_to_post, work
from harness.posts import GOOD, keyed, location
from harness.processes import wait_for

# The calls of a post with a key on a host that has posted before, in their order.
STEPS = [("readlink", 1), ("readlink", 2), ("pwrite", 1), ("fdatasync", 1), ("symlink", 1), ("link", 1), ("stat", 1), ("fsync", 1), ("pwrite", 2),
         ("fdatasync", 2)]


def begin_generation(place):
    """Begins the next generation of claims, as a host does once this one is old."""
    folder = place.data / f"contact/claims/{generations(place)[-1] + 1}"
    folder.mkdir()
    (folder / "begun").symlink_to(str(int(time.time())))


@pytest.fixture
def stepped(start, tmp_path):
    """Two hosts that have posted, and a step of the first."""
    step = Step(tmp_path)
    a, b = start_nodes(start, (step.environment, {}))
    location(keyed(a, "first"))
    begin_generation(a)
    for node in (a, b):
        location(keyed(node, f"first of {node is a}"))
    yield a, b, step
    step.clear()


def check_decided(a, b, answered, later):
    """Once the workers have decided, each key has one outcome, that which was answered, and all see it."""
    for node in (a, b):
        work(node, later)
    mine = [line["id"] for line in live(a)]
    assert len(mine) == len(answered) + 3 and {where.rsplit("/")[-1] for where in answered.values()} < set(mine)
    for node in (a, b):
        assert sorted(record["id"] for record in export(node, "contact")) == sorted(mine)
        for key, where in answered.items():
            assert location(keyed(node, key)) == where


def test_a_host_that_dies_leaves_one_outcome(stepped, later):
    """Few deaths by FastCGI, since a process that dies again and again is started ever later."""
    (a, b, step), answered = stepped, {}
    for (call, count), act in itertools.product(STEPS if a.way == "cgi" else [("link", 1)], ("end before", "end after")):
        key = f"{call} {count} {act}"
        step.set(call, act, count)
        answer = try_to_post(a, GOOD, "/contact", HTTP_IDEMPOTENCY_KEY=f'"{key}"')
        assert step.reached() == 1 and answer is None, key
        step.clear()
        answered[key] = location(keyed(b, key))
        assert location(keyed(a, key)) == answered[key]
    check_decided(a, b, answered, later)


def test_a_step_that_fails_leaves_one_outcome(stepped, later):
    (a, b, step), answered = stepped, {}
    for (call, count), act, error in itertools.product(STEPS, ("fail before", "fail after"), (errno.EIO, errno.ESTALE)):
        key = f"{call} {count} {act} {error}"
        step.set(call, act, count, error)
        answer = keyed(a, key)
        assert step.reached() == 1 and answer.status in (303, 503), key
        step.clear()
        answered[key] = location(keyed(b, key))
        assert location(keyed(a, key)) == answered[key]
        assert answer.status == 503 or location(answer) == answered[key]
    check_decided(a, b, answered, later)


def test_a_host_that_sleeps_while_the_other_gets_the_retry_leaves_one_outcome(stepped, later):
    (a, b, step), answered = stepped, {}
    for (call, count), act in itertools.product(STEPS, ("sleep before", "sleep after")):
        key = f"{call} {count} {act}"
        with sleeping(step, a, key, call, act, count) as asked:
            answered[key] = location(keyed(b, key))
            step.clear()
            assert location(asked.result()) == answered[key]
    check_decided(a, b, answered, later)


@pytest.fixture
def forgetful(start, tmp_path):
    """Two hosts that remember a key for two seconds, and a step of the first."""
    step = Step(tmp_path)
    a, b = start_nodes(start, (step.environment, {}), contact="remember = 2s")
    location(keyed(a, "first"))
    yield a, b, step
    step.clear()


def wait_until_forgotten(begun):
    wait_for("the time of a key", lambda: time.monotonic() > begun + 2.1)


def test_a_post_that_sleeps_for_long_before_its_line_keeps_nothing(forgetful):
    a, b, step = forgetful
    with sleeping(step, a, "one", "readlink") as asked:
        wait_until_forgotten(time.monotonic())
        step.clear()
        assert asked.result().status == 503
    assert len(live(a)) == 1
    assert location(keyed(a, "one")) == location(keyed(b, "one"))


def test_a_retry_that_sleeps_until_its_outcome_has_a_withdrawn_successor_makes_none(forgetful):
    a, b, step = forgetful
    begun, first = time.monotonic(), location(keyed(b, "one"))
    with sleeping(step, a, "one", "stat") as asked:  # as it looks for a seal
        wait_until_forgotten(begun)
        begin_generation(a)
        second = location(keyed(b, "one"))
        assert second != first
        done = subprocess.run([b.binary, "erase", second.rsplit("/")[-1]], env={"SEEOTHER_CONFIG": str(b.config)}, capture_output=True)
        assert done.returncode == 0, done.stderr
        step.clear()
        assert asked.result().status == 503
    assert [line["id"] for line in live(b)] == [line["id"] for line in live(a)] and len(live(a)) == 2


def test_a_line_that_the_next_generation_claims_is_not_made_void(stepped):
    """It lost; but before its post makes it void, another host has begun a generation and claimed the key for it there."""
    a, b, step = stepped
    with sleeping(step, a, "one", "link") as asked:
        before = {line["id"] for line in live(a)}
        rival = location(keyed(b, "one"))[-29:]
        mine, = before - set(text[:29] for text in claims(a).values())
        step.set("fsync", "sleep before")
        wait_for("the flush of the claim that won", step.reached)
        name, = (name for name, text in claims(a).items() if text[:29] == rival)
        third = a.data / "contact/claims/3" / name.partition("/")[2]
        third.parent.mkdir(parents=True)
        third.symlink_to(mine + claims(a)[name][29:])
        (a.data / "contact/claims/3/begun").symlink_to(str(int(time.time())))
        step.clear()
        assert asked.result().status == 503
    assert mine in {line["id"] for line in live(a)}
