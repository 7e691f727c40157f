"""Hosts that share a data folder: what an enemy of the protocol would try, from claims that are deleted to clocks that are set back."""
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.bodies import multipart
from harness.clients import variables
from harness.clock import DAY, Clock
from harness.nodes import Step, claims, export, generations, leave, live, node_of, sleeping, start_nodes, together, work
from harness.posts import GOOD, drawn, id_of, keyed, location, on_disk, upload, with_token
from harness.processes import wait_for

HOUR = 60 * 60
SAME = """
[form same]
same = 1h
[form soon]
same = 2s
"""


@pytest.fixture
def nodes(start, tmp_path):
    """Two hosts, of which the first has a step."""
    step = Step(tmp_path)
    a, b = start_nodes(start, (step.environment, {}), more=SAME, contact="withdraw = 1h")
    a.step = step
    yield a, b
    step.clear()


def erase(node, uri):
    done = subprocess.run([node.binary, "erase", uri.rsplit("/")[-1]], env={"SEEOTHER_CONFIG": str(node.config)}, capture_output=True)
    assert done.returncode == 0, done.stderr


def live_ids(node, form="contact"):
    return {line["id"] for line in live(node, form)}


# --- claims, and what is decided, are lost ---

def test_deleted_claims_lose_no_answered_line_and_double_no_key(nodes, later):
    """Keys are not taken until each host's worker has made the claims anew."""
    a, b = nodes
    first = [location(keyed(node, f"key of {node is a}")) for node in nodes]
    work(a, later)
    first += [location(keyed(node, f"second key of {node is a}")) for node in nodes]  # behind what is decided
    shutil.rmtree(a.data / "contact/claims")
    for _ in range(2):
        answer = keyed(b, "key of True")
        assert answer.status == 503 and "claims of \"contact\" were lost" in b.log() + answer.errors
    work(a, later)
    assert keyed(a, "key of False").status == 503
    work(b, later)
    for node in nodes:
        assert [location(keyed(node, f"key of {mine}")) for mine in (True, False)] == first[:2]
        assert [location(keyed(node, f"second key of {mine}")) for mine in (True, False)] == first[2:]
    assert len(live(a)) == 4
    left = leave(a, "later")
    assert id_of(keyed(b, "later")) != left
    work(a, later)
    assert left not in live_ids(a)


def test_claims_that_are_deleted_twice_come_back_twice(nodes, later):
    a, b = nodes
    first = location(keyed(a, "one"))
    for _ in range(2):
        shutil.rmtree(a.data / "contact/claims")
        assert keyed(b, "one").status == 503
        work(a, later)
        work(b, later)
        assert location(keyed(b, "one")) == first
    assert len(live(a)) == 1


def test_claims_that_go_under_a_post_leave_one_outcome(nodes, later):
    a, b = nodes
    first = location(keyed(b, "one"))
    with sleeping(a.step, a, "two", "link") as asked:
        shutil.rmtree(a.data / "contact/claims")
        a.step.clear()
        assert asked.result().status == 503
    for node in nodes:
        work(node, later)
    second = location(keyed(b, "two"))
    for node in nodes:
        assert [location(keyed(node, key)) for key in ("one", "two")] == [first, second]
    assert len(live(a)) == 2


@pytest.mark.parametrize("text", ["", "x\n", "1 2 3\n", "9" * 200], ids=["nothing", "a letter", "three numbers", "too much"])
def test_what_is_decided_is_put_down_anew_if_its_file_is_damaged(nodes, later, text):
    a, b = nodes
    first = location(keyed(a, "first"))
    (a.data / "contact/decided.a").write_text(text)
    location(keyed(a, "second"))
    left = leave(a, "one")
    second = location(keyed(b, "one"))
    for node in nodes:
        assert left not in {record["id"] for record in export(node, "contact")}
        work(node, later)
    assert left not in live_ids(a) and len(live(a)) == 3
    assert location(keyed(a, "one")) == second and location(keyed(b, "first")) == first


# --- `remember` differs ---

def hosts_that_remember(start, clock, first, second):
    a, b = start(environment=clock.environment), start(environment=clock.environment)
    return node_of(a, "a", a.data, contact=f"remember = {first}"), node_of(b, "b", a.data, contact=f"remember = {second}")


def reconfigure(place, old, new):
    place.configure_text(place.config.read_text().replace(f"remember = {old}", f"remember = {new}"))


def test_a_host_that_remembers_shorter_makes_no_other_forget(start, clock):
    a, b = hosts_that_remember(start, clock, "7d", "1h")
    long, short = location(keyed(a, "long")), location(keyed(b, "short"))
    for n in range(3):
        clock.pass_time(HOUR + 100)
        location(keyed(b, f"key {n}"))
        location(keyed(a, f"other key {n}"))
        assert [location(keyed(node, "long")) for node in (b, a)] == [long] * 2
    assert location(keyed(a, "short")) != short  # the claim says for how long
    assert location(keyed(b, "short")) == location(keyed(a, "short"))
    for n in range(3):
        clock.pass_time(61 * HOUR)
        location(keyed((a, b)[n % 2], f"day {n}"))
    assert len(generations(a)) >= 2
    assert location(keyed(b, "long")) != long


def test_a_host_that_joins_and_remembers_longer_is_heeded(start, clock):
    a, b = hosts_that_remember(start, clock, "1h", "7d")
    location(keyed(a, "begins the first"))
    long = location(keyed(b, "long"))
    for n in range(3):
        clock.pass_time(HOUR + 100)
        location(keyed(a, f"key {n}"))
    assert [location(keyed(node, "long")) for node in (a, b)] == [long] * 2


def test_a_key_keeps_its_time_when_remember_is_changed(start, clock):
    a, b = hosts_that_remember(start, clock, "7d", "7d")
    first = location(keyed(a, "one"))
    reconfigure(b, "7d", "1h")
    clock.pass_time(2 * HOUR)
    short = location(keyed(b, "two"))
    assert [location(keyed(node, "one")) for node in (a, b)] == [first] * 2
    reconfigure(a, "7d", "1h")
    reconfigure(b, "1h", "7d")
    clock.pass_time(2 * HOUR)
    assert [location(keyed(node, "one")) for node in (a, b)] == [first] * 2
    again = location(keyed(b, "two"))
    assert again != short and location(keyed(a, "two")) == again


# --- clocks ---

@pytest.fixture
def clocked(start, tmp_path):
    """Two hosts with a clock and a step each; gives them with the clock of the first."""
    clocks, steps = [], []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        clocks.append(Clock(tmp_path / name))
        steps.append(Step(tmp_path / name))
    a, b = start_nodes(start, [together(*pair) for pair in zip(clocks, steps)], contact="remember = 2h")
    a.step, a.clock, b.clock = steps[0], *clocks
    yield a, b
    for step in steps:
        step.clear()


def test_a_host_whose_clock_was_days_ahead_and_is_set_back_decides_its_lines(clocked):
    a, b = clocked
    early = location(keyed(a, "early"))
    a.clock.set(3 * DAY)
    ahead = [location(keyed(a, f"ahead {n}")) for n in range(2)]
    work(a, a.clock)
    dead = leave(a, "dead")
    a.clock.set(0)
    between = location(keyed(a, "between"))
    left = leave(a, "one")
    first = location(keyed(b, "one"))
    for node in (a, b):
        assert left not in {record["id"] for record in export(node, "contact")}
    a.clock.set(20)
    work(a, a.clock)
    assert left not in live_ids(a)
    assert [location(keyed(node, "one")) for node in (a, b)] == [first] * 2
    assert location(keyed(b, "between")) == between and location(keyed(a, "early")) == early
    shown = {record["id"] for record in export(b, "contact")}
    assert {uri[-29:] for uri in (early, *ahead, between, first)} <= shown
    for clock in (a.clock, b.clock):
        clock.pass_time(3 * DAY)
    again = location(keyed(b, "ahead 0"))  # as if for the first time; its line is nearly as old as the other by its time
    last = location(keyed(a, "last"))
    left = leave(a, "two")
    location(keyed(b, "two"))
    for clock in (a.clock, b.clock):
        clock.pass_time(20)
    work(a, a.clock)
    lines = live_ids(a)
    assert {uri[-29:] for uri in (*ahead, again, last)} <= lines and left not in lines
    assert dead in lines


# --- uploads, tokens, content ---

FILES = ("said", "hello"), ("file", "a.txt", "text/plain", b"content")


def test_a_loser_loses_its_uploads_and_no_other_line_does(nodes, later):
    """Both posts, and one without a key, have the same files; one of them is under way while the other is answered."""
    a, b = nodes
    body, kind = multipart(*FILES)
    plain = id_of(upload(b, *FILES))
    with sleeping(a.step, a, "one", "link", path="/any", body=body, CONTENT_TYPE=kind) as asked:
        first = location(upload(b, *FILES, HTTP_IDEMPOTENCY_KEY='"one"'))
        assert len(on_disk(a)) == 3
        a.step.clear()
        assert location(asked.result()) == first
    assert len(on_disk(a)) == 2
    dead = leave(a, "two", "/any", body, CONTENT_TYPE=kind)
    second = location(upload(b, *FILES, HTTP_IDEMPOTENCY_KEY='"two"'))
    assert len(on_disk(a)) == 4
    for node in nodes:
        work(node, later)
    assert len(on_disk(a)) == 3 and live_ids(a, "any") == {plain, first[-29:], second[-29:]} and dead not in live_ids(a, "any")
    for node in nodes:
        for uri in (first, second):
            page = node.get(f"/any/{uri[-29:]}", HTTP_ACCEPT="text/html")
            assert page.status == 200 and "a.txt" in page.text
    assert all(path.read_bytes() == b"content" for path in on_disk(a))


def test_a_token_is_one_outcome_on_any_host(nodes, later):
    """The form was drawn by one host, and sent to both; one of them is held up before its line, before its claim, and dies after."""
    a, b = nodes
    for call in ("readlink", "link"):
        token = drawn(a)
        with sleeping(a.step, a, None, call, body=with_token(token)) as asked:
            first = location(b.post(with_token(token)))
            a.step.clear()
            assert location(asked.result()) == first
        assert b.post(with_token(token, b"name=Eve&email=eve%40example.org")).status == 422
    token = drawn(b)
    left = leave(a, None, body=with_token(token))
    first = location(b.post(with_token(token)))
    work(a, later)
    assert left not in live_ids(a) and location(a.post(with_token(token))) == first and len(live(a)) == 3


def test_the_same_content_is_one_outcome_on_any_host(nodes, later):
    a, b = nodes
    with sleeping(a.step, a, None, "link", path="/same") as asked:
        first = location(b.post(GOOD, "/same"))
        a.step.clear()
        assert location(asked.result()) == first
    assert len(live(a, "same")) == 1
    assert location(a.post(GOOD, "/same", REMOTE_ADDR="192.0.2.99")) != first


def test_a_line_that_the_worker_claims_is_the_same_for_no_longer_than_same_says(nodes, later):
    """The worker doesn't see whether a key is that of a header or of what was sent; keys of headers are remembered for a day."""
    a, b = nodes
    location(b.post(b"name=first", "/soon"))
    begun = time.monotonic()
    left = leave(a, None, "/soon")
    work(a, later)
    wait_for("the time of the key", lambda: time.monotonic() > begun + 3.1)
    ids = {id_of(node.post(GOOD, "/soon")) for node in nodes}
    assert len(ids) == 1 and left not in ids and left in live_ids(a, "soon")


# --- what was withdrawn ---

def test_what_is_withdrawn_while_its_twin_sleeps_does_not_come_back(nodes, later):
    """A proxy has sent the post to both hosts; the visitor saw one answer, and withdrew what that led to."""
    a, b = nodes
    zeroth = location(keyed(a, "zeroth"))
    with sleeping(a.step, a, "one", "link") as asked:
        first = location(keyed(b, "one"))
        assert b.call(variables("DELETE", f"/contact/{first[-29:]}")).status in (200, 204, 303)
        a.step.clear()
        assert asked.result().status == 503
    for node in nodes:
        work(node, later)
    assert live_ids(a) == {zeroth[-29:]} and a.get(f"/contact/{first[-29:]}").status == 410


def test_a_key_that_was_withdrawn_is_free_on_every_host(nodes, later):
    a, b = nodes
    gone = []
    for n in range(2):
        poster, other = (a, b) if n % 2 else (b, a)
        uri = location(keyed(poster, "one"))
        erase(other, uri)
        assert uri not in gone and [node.get(f"/contact/{uri[-29:]}").status for node in nodes] == [410, 410]
        gone.append(uri)
    with ThreadPoolExecutor(2) as pool:
        last, = {location(answer) for answer in pool.map(lambda node: keyed(node, "one"), nodes)}
    for node in nodes:
        work(node, later)
        assert location(keyed(node, "one")) == last
    assert live_ids(a) == {last[-29:]} and len({text[:29] for text in claims(a).values()}) == 3
