"""Hosts that share a data folder: one key is one outcome, whichever of them gets it, and when."""
import os
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.clients import variables
from harness.clock import Clock
from harness.nodes import claims, generations, live, start_nodes, work
from harness.posts import GOOD, id_of, keyed, location
from harness.tracing import UNCHECKED

OTHER = b"name=Eve&email=eve%40example.org"
ROUNDS = 15


@pytest.fixture
def nodes(start):
    return start_nodes(start)


def check_live(node, keys, form="contact"):
    """Each key has one line that lives, and that is the one which the last of its claims names."""
    lines = live(node, form)
    assert len(lines) == len({line["key"][:21] for line in lines}) == keys
    texts = {text[:29] for text in claims(node, form).values()}
    assert {line["id"] for line in lines} <= texts


def test_a_retry_on_the_other_host_leads_to_the_same_outcome(nodes):
    a, b = nodes
    first = location(keyed(a, "one"))
    assert [location(keyed(node, "one")) for node in (b, a, b)] == [first] * 3
    assert b.get(f"/contact/{first.rsplit('/')[-1]}").status == 200
    check_live(a, 1)
    assert len(list(a.data.glob("contact/*.jsonl"))) == 2  # b has put down that the claim is durable


def test_other_content_under_a_key_is_refused_on_the_other_host(nodes):
    a, b = nodes
    location(keyed(a, "one"))
    assert keyed(b, "one", OTHER).status == 422
    check_live(a, 1)


def test_two_hosts_that_get_a_key_at_the_same_time_give_one_outcome(nodes):
    with ThreadPoolExecutor(4) as pool:
        for n in range(ROUNDS):
            asked = [pool.submit(keyed, node, f"key{n}") for node in random.sample(nodes * 2, 4)]
            assert len({location(one.result()) for one in asked}) == 1
    check_live(nodes[0], ROUNDS)


def test_two_contents_under_a_key_at_the_same_time_are_one_outcome_and_one_refusal(nodes):
    with ThreadPoolExecutor(2) as pool:
        for n in range(ROUNDS):
            answers = list(pool.map(lambda node, body: keyed(node, f"key{n}", body), nodes, (GOOD, OTHER)))
            assert sorted(answer.status for answer in answers) == [303, 422]
    check_live(nodes[0], ROUNDS)


# --- successors ---

def test_a_withdrawn_outcome_has_a_successor(start):
    a, b = start_nodes(start, contact="withdraw = 1h")
    ids = set()
    for n in range(5):
        first = id_of(keyed((a, b)[n % 2], "one"))
        assert id_of(keyed((b, a)[n % 2], "one")) == first
        assert b.call(variables("DELETE", f"/contact/{first}")).status in (200, 204, 303)
        ids.add(first)
    assert len(ids) == len(claims(a)) == 5 and not live(a)


def test_an_expired_key_has_a_successor_and_then_the_next_generation(start, clock):
    a, b = start_nodes(start, (clock.environment,) * 2, contact="remember = 100s")
    ids = []
    for n in range(8):
        ids.append(id_of(keyed(a, "one")))
        assert id_of(keyed(b, "one")) == ids[-1]
        clock.pass_time(101)
    assert len(set(ids)) == 8
    names = sorted((name.partition("/")[0], name.partition(".")[2]) for name in claims(a))
    assert names == [("1", ""), *[("1", str(n)) for n in range(1, 6)], ("2", ""), ("2", "1")]  # the first lasts for ten minutes


# --- generations, and clocks ---

def test_a_key_goes_on_into_the_next_generation(start, clock):
    a, b = start_nodes(start, (clock.environment,) * 2, contact="remember = 550s")
    location(keyed(a, "begins it"))
    clock.pass_time(590)
    first = location(keyed(a, "one"))
    clock.pass_time(20)
    location(keyed(b, "begins the next"))
    assert generations(a) == [1, 2]
    for node in (b, a, b):
        assert location(keyed(node, "one")) == first
    assert sum(text.startswith(first[-29:]) for text in claims(a).values()) == 2  # in both generations


def test_hosts_whose_clocks_differ_agree(start, tmp_path):
    """One leaps ahead by three hours, and so begins a generation early, once; its keys and the other's are found all the same."""
    clocks = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        clocks.append(Clock(tmp_path / name))
    a, b = start_nodes(start, [clock.environment for clock in clocks], contact="remember = 1d")
    first = location(keyed(a, "one"))
    clocks[1].pass_time(25 * 60 * 60)
    location(keyed(b, "two"))
    assert generations(a) == [1, 2]
    third = location(keyed(b, "three"))
    second = location(keyed(a, "two"))
    for node in (a, b, a):
        assert [location(keyed(node, key)) for key in ("two", "three")] == [second, third]
    assert location(keyed(a, "one")) == first
    assert generations(a) == [1, 2]


def test_old_generations_are_removed_by_the_workers_of_all_hosts(start, clock):
    a, b = start_nodes(start, (clock.environment,) * 2, contact="remember = 550s")
    for n in range(5):
        clock.pass_time(601)
        location(keyed((a, b)[n % 2], f"key {n}"))
    assert generations(a)[-2:] == [4, 5]
    work(a, clock)
    work(b, clock)
    assert generations(a) == [4, 5]
    last = location(keyed(a, "key 4"))
    assert location(keyed(b, "key 4")) == last and len(live(a)) == 5


def test_a_process_whose_generation_was_removed_finds_the_newest(start, clock):
    """It has answered in the first generation, and knows nothing of those that came and went since."""
    a, b = start_nodes(start, (clock.environment,) * 2, contact="remember = 550s")
    location(keyed(a, "long ago"))
    for n in range(4):
        clock.pass_time(601)
        location(keyed(b, f"key {n}"))
    work(a, clock)
    work(b, clock)
    assert generations(a) == [4, 5]
    for key in ("key 3", "new"):
        assert location(keyed(a, key)) == location(keyed(b, key))
    assert generations(a) == [4, 5]


# --- what is missing, damaged or nonsense ---

def test_claims_that_are_lost_come_back_from_the_logs(nodes):
    a, b = nodes
    first = [location(keyed((a, b)[n % 2], f"key {n}")) for n in range(6)]
    kept = set(text[:29] for text in claims(a).values())
    shutil.rmtree(a.data / "contact/claims")
    for node in nodes:
        (node.data / "contact" / f"decided.{'ab'[nodes.index(node)]}").unlink()
    location(keyed(b, "meanwhile"))
    work(a)
    work(b)
    assert kept < set(text[:29] for text in claims(a).values())
    assert [location(keyed((b, a)[n % 2], f"key {n}")) for n in range(6)] == first
    assert len(live(a)) == 7


@pytest.mark.parametrize("text", ["", "x", "../../../etc/passwd", "a" * 29, "a" * 29 + ".60", "a" * 150], ids=str)
def test_a_claim_that_is_nonsense_is_passed(nodes, text):
    a, b = nodes
    location(keyed(a, "one"))
    path, = (a.data / "contact/claims").glob("1/?/[!.]*")
    path.unlink()
    if text:
        path.symlink_to(text)
    else:
        path.mkdir()
    second = location(keyed(b, "one"))
    assert location(keyed(a, "one")) == second
    if not text:
        path.rmdir()


@pytest.mark.parametrize("begun", [None, "x", "0", "-1", "99999999999999999999", "9" * 18], ids=str)
def test_a_generation_that_does_not_tell_its_age_is_worked_in(nodes, begun):
    a, b = nodes
    first = location(keyed(a, "one"))
    path = a.data / "contact/claims/1/begun"
    path.unlink()
    if begun:
        path.symlink_to(begun)
    for node in (a, b, b, a):
        assert location(keyed(node, "one")) == first
    location(keyed(b, "two"))
    assert generations(a)[-1] <= 3


@pytest.mark.parametrize("name", ["claims", "claims/1"])
def test_a_file_in_place_of_a_folder_of_claims_is_a_fault_that_is_named(nodes, name):
    a, b = nodes
    location(keyed(a, "one"))
    path = a.data / "contact" / name
    shutil.rmtree(path)
    path.write_text("")
    answer = keyed(b, "two")
    assert answer.status == 503 and "claims" in b.log() + answer.errors
    path.unlink()
    assert keyed(b, "two").status == 503  # claims were lost
    for node in nodes:
        work(node)
    location(keyed(b, "two"))


@pytest.mark.parametrize("words", [["export", "contact", "--json"], ["stats"], ["work", "once"], ["verify"]], ids=lambda words: words[0])
def test_a_command_reads_logs_as_other_hosts_left_them(nodes, tmp_path, words):
    """It has the file system drop what it keeps in memory, which on GlusterFS is a line that another host has erased since."""
    a, b = nodes
    keyed(a, "one")
    keyed(b, "two")
    a.lock.rmdir()
    done = subprocess.run(["strace", "-f", "-y", "-e", "trace=openat,statx,fadvise64", a.binary, *words], capture_output=True, text=True,
                          env={"SEEOTHER_CONFIG": str(a.config), "PATH": os.environ["PATH"]} | UNCHECKED)
    assert done.returncode == 0, done.stderr
    a.lock.unlink(missing_ok=True)
    a.lock.mkdir()
    calls = [call for call in done.stderr.splitlines() if ".jsonl>" in call and "/marks/" not in call]
    opened = [i for i, call in enumerate(calls) if "openat(" in call and "O_WRONLY" not in call]
    assert opened
    for i in opened:
        assert "AT_STATX_FORCE_SYNC" in calls[i + 1] and "POSIX_FADV_DONTNEED" in calls[i + 2], calls[i:i + 3]
