"""Hosts that share a data folder: a line that no claim names is shown to nobody, and no task is done for it, until it is decided."""
import errno
import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from harness.bodies import multipart
from harness.clock import DAY
from harness.nodes import Step, claims, export, generations, leave, live, start_nodes, together, work
from harness.paths import preload
from harness.posts import GOOD, id_of, keyed, location, on_disk, upload
from harness.processes import wait_for

OWNER = {"REMOTE_USER": "alice", "AUTH_TYPE": "Basic"}
MORE = """
[form tasked]
after = note
[task note]
command = /usr/bin/tee -a {done}
"""


@pytest.fixture
def nodes(start, tmp_path):
    step = Step(tmp_path)
    a, b = start_nodes(start, (step.environment, {}), general="owners = alice", more=MORE.format(done=tmp_path / "done"))
    a.step, a.done = step, tmp_path / "done"
    yield a, b
    step.clear()


def done_for(a):
    """The ids that the task was given, in their order."""
    return re.findall(r'"id": ?"([a-z2-7]{29})"', a.done.read_text())


def shown(node, form="contact"):
    """What the desk, the export and the counts of a host say."""
    page = node.get(f"/-/{form}", HTTP_ACCEPT="text/html", **OWNER).text
    stats = subprocess.run([node.binary, "stats", "--json"], env={"SEEOTHER_CONFIG": str(node.config)}, capture_output=True)
    assert stats.returncode == 0, stats.stderr
    of_form, = (one for one in json.loads(stats.stdout)["forms"] if one["form"] == form)
    return page, {record["id"] for record in export(node, form)}, of_form


def test_an_undecided_line_is_shown_by_no_host_until_the_worker_claims_it(nodes, later):
    a, b = nodes
    first = id_of(keyed(a, "first"))
    left = leave(a, "one")
    for node in nodes:
        page, exported, _ = shown(node)
        assert first in page and left not in page and exported == {first}
    work(a, later)
    for node in nodes:
        page, exported, _ = shown(node)
        assert left in page and exported == {first, left}
    assert id_of(keyed(b, "one")) == left


def test_where_it_can_t_be_read_how_far_a_host_is_claimed_lines_are_shown_alone(nodes, later):
    a, b = nodes
    first, decided = id_of(keyed(a, "first")), a.data / "contact/decided.a"
    left = leave(a, "one")
    decided.write_text("garbage\n")
    page, exported, _ = shown(b)
    assert first in page and left not in page and exported == {first}
    decided.unlink()
    decided.mkdir()
    said = subprocess.run([b.binary, "export", "contact", "--json"], env={"SEEOTHER_CONFIG": str(b.config)}, capture_output=True, text=True)
    assert said.returncode == 1 and "can't be read how far" in said.stderr
    assert {json.loads(line)["id"] for line in said.stdout.splitlines()} == {first}
    decided.rmdir()
    work(a, later)
    assert shown(b)[1] == {first, left}


def test_a_worker_that_can_t_decide_lines_does_not_say_so_without_end(nodes):
    a, _ = nodes
    keyed(a, "first")
    a.lock.rmdir()
    decided = a.data / "contact/decided.a"
    decided.unlink()
    decided.mkdir()
    worker = subprocess.Popen([a.binary, "work", "once"], env={"SEEOTHER_CONFIG": str(a.config)}, stderr=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(1)  # it tries again later
    worker.terminate()
    said = worker.communicate(timeout=5)[1]
    assert said.count("its lines can't be decided: Is a directory") == 1, said
    decided.rmdir()


def test_a_claim_that_can_t_be_read_is_named(nodes):
    """As on GlusterFS, where somebody may have to settle what it is."""
    a, _ = nodes
    first = location(keyed(a, "first"))
    claim, = a.data.glob("contact/claims/1/?/[!.]*")
    said = []
    for count in range(1, 5):  # a new process reads of its generation first
        a.step.set("readlink", "fail before", count, errno.EIO)
        answer = keyed(a, "first")
        assert not a.step.reached() or answer.status == 503
        said.append(answer.errors + a.log())
    assert f"{claim} can't be read: Input/output error" in "".join(said)
    a.step.clear()
    assert location(keyed(a, "first")) == first


def test_a_host_whose_file_is_not_listed_is_known_by_its_log(nodes):
    """As on GlusterFS after a power cut, where one brick tells what is in a folder."""
    a, b = nodes
    first, _ = id_of(keyed(a, "first")), leave(a, "one")
    assert {line["id"] for line in export(b, "contact", LD_PRELOAD=preload("hidden.so"), HIDDEN="decided.")} == {first}


def test_an_undecided_line_that_came_second_is_made_void_with_its_uploads(nodes, later):
    a, b = nodes
    body, kind = multipart(("said", "hello"), ("file", "a.txt", "text/plain", b"content"))
    zeroth = id_of(keyed(a, "zero", path="/any"))
    left = leave(a, "one", "/any", body, CONTENT_TYPE=kind)
    assert len(on_disk(a)) == 1
    first = id_of(upload(b, ("said", "hello"), ("file", "a.txt", "text/plain", b"content"), HTTP_IDEMPOTENCY_KEY='"one"'))
    assert first != left and len(on_disk(a)) == 2
    work(a, later)
    assert {line["id"] for line in live(a, "any")} == {zeroth, first} and len(on_disk(a)) == 1
    assert a.get(f"/any/{left}").status == 404 and b.get(f"/any/{first}").status == 200


def test_a_task_is_done_for_the_line_that_lives_alone(nodes, later):
    a, b = nodes
    ids = [id_of(keyed(a, "first", path="/tasked"))]
    leave(a, "one", "/tasked")
    ids.append(id_of(keyed(b, "one", path="/tasked")))
    ids.append(leave(a, "two", "/tasked"))
    for node in (a, b, a, b):
        work(node, later)
    assert sorted(done_for(a)) == sorted(ids)


def test_lines_behind_an_undecided_one_wait_for_it(nodes, later):
    """The worker goes on once the line is not young any more; what has no key is not lost behind it."""
    a, _ = nodes
    first = id_of(keyed(a, "first", path="/tasked"))
    left = leave(a, "one", "/tasked")
    after = id_of(a.post(GOOD, "/tasked"))
    work(a, later)
    assert sorted(done_for(a)) == sorted([first, left, after])


def test_generations_wait_for_an_undecided_line_of_any_host(nodes, later):
    a, b = nodes
    location(keyed(b, "first"))
    left = leave(a, "one")
    first = id_of(keyed(b, "one"))
    for n in (2, 3, 4, 5):
        folder = a.data / f"contact/claims/{n}"
        folder.mkdir()
        (folder / "begun").symlink_to("2000000000")
    work(b, later)
    assert generations(a) == [1, 2, 3, 4, 5]
    work(a, later)
    work(b, later)
    assert generations(a) == [4, 5]
    lines = {line["id"] for line in live(a)}
    assert first in lines and left not in lines


def test_what_was_claimed_before_a_generation_was_begun_is_claimed_in_that_too(nodes, later):
    """Whoever has begun it may have looked for the line's claim before that was there, and given the key to another."""
    a, b = nodes
    location(keyed(b, "first"))
    left = leave(a, "one")
    a.step.set("link", "sleep after")
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(work, a, SimpleNamespace(environment=together(later, a.step)))
        wait_for("the claim", a.step.reached)
        (a.data / "contact/claims/2").mkdir()
        (a.data / "contact/claims/2/begun").symlink_to(str(int(time.time())))
        decided = (a.data / "contact/decided.a").read_text()
        a.step.clear()
        worker.result()
    of_line = {name.partition("/")[0] for name, text in claims(a).items() if text.startswith(left)}
    assert of_line == {"1", "2"} and (a.data / "contact/decided.a").read_text() != decided
    assert id_of(keyed(b, "one")) == left


def test_a_day_with_undecided_lines_is_not_archived(start, clock, tmp_path):
    step = Step(tmp_path)
    a, _ = start_nodes(start, (together(clock, step), clock.environment))
    a.step = step
    location(keyed(a, "first"))
    left, day = leave(a, "one"), clock.day()
    clock.pass_time(4 * DAY)
    environment = {"SEEOTHER_CONFIG": str(a.config)} | clock.environment

    def archive():
        return subprocess.run([a.binary, "archive", "contact", day], env=environment, capture_output=True, text=True)
    done = archive()
    assert done.returncode == 1 and "not decided yet" in done.stderr and '"seeother work"' in done.stderr
    assert left in {line["id"] for line in live(a)}
    work(a, clock)
    done = archive()
    assert done.returncode == 0, done.stderr
    kept, = (a.data / "contact/archive").glob(f"{day}*")
    kept.rename(a.data / "contact" / kept.name)
    kept.parent.rmdir()
    (a.data / f"contact/{day}.a.archived").unlink()


def test_an_empty_line_is_no_damage(nodes):
    a, b = nodes
    for key in ("one", "two"):
        location(keyed(a, key))
        location(keyed(b, key))
    assert any(b"\n\n" in path.read_bytes() for path in a.logs("contact"))
    done = subprocess.run([a.binary, "verify"], env={"SEEOTHER_CONFIG": str(a.config)}, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    page, exported, _ = shown(a)
    assert len(exported) == 2 and all(one in page for one in exported)


def test_without_a_name_a_host_makes_no_claims(program):
    location(keyed(program, "one"))
    location(keyed(program, "one"))
    assert not (program.data / "contact/claims").exists() and b"\n\n" not in program.logs("contact")[0].read_bytes()
    assert not list(program.data.glob("contact/decided*"))
