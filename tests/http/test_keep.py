"""Retention: an outcome is shown for as long as its form keeps it, and then a worker erases all of its day."""
import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import time

import pytest

from harness import clients
from harness.clock import DAY
from harness.posts import id_of, upload
from harness.processes import wait_for
from harness.tasks import end_worker, post, task, wait_for_state, wait_for_words, words

BODY = b"name=Ada&email=ada%40example.org&message=A+secret+of+hers"
SECRET = b"A secret of hers"


@pytest.fixture
def program(start, clock):
    return start(environment=clock.environment)


@contextlib.contextmanager
def no_worker(program):
    """None is started meanwhile: it would see the true time."""
    program.data.mkdir(exist_ok=True)
    with open(program.data / "worker", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def work(program):
    done = subprocess.run([program.binary, "work", "once"], env=program.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def erase(program, clock):
    """Works twice, with a day in between: what is too old is only noted by the first look."""
    before = sorted(program.data.rglob("*.jsonl"))
    work(program)
    assert sorted(program.data.rglob("*.jsonl")) == before
    clock.pass_time(DAY)
    work(program)


def begin_to_erase(program, form):
    """As if a look had found all days of a form too old a day ago."""
    boot, uptime = "", int(time.clock_gettime(time.CLOCK_BOOTTIME))
    (program.data / "clock").write_text(json.dumps(
        {"boot": boot, "uptime": uptime, "time": int(time.time()), "steady": DAY, "leap": 0, "since": 0}))
    (program.data / form / "expiry").write_text(json.dumps({name[:10]: 0 for name in days(program, form)}))


def days(program, form="contact"):
    return sorted(path.name for path in (program.data / form).glob("*.jsonl*"))


def test_an_outcome_is_gone_once_its_time_is_over(program, clock):
    program.configure(contact="keep = 1d\nremember = 1d\nwithdraw = 10d")
    the_id = id_of(program.post(BODY, "/contact"))
    assert "It is kept until" in program.get(f"/contact/{the_id}").text
    clock.pass_time(DAY - 60)
    assert program.get(f"/contact/{the_id}").status == 200
    clock.pass_time(61)
    page, problem = program.get(f"/contact/{the_id}"), program.get(f"/contact/{the_id}", HTTP_ACCEPT="application/json")
    assert page.status == 410 and "kept for its time" in page.text and "Ada" not in page.text
    assert json.loads(problem.text)["status"] == 410
    assert program.call(clients.variables("DELETE", f"/contact/{the_id}")).status == 410


def test_a_day_is_erased_once_all_of_it_is_too_old(program, clock):
    program.configure(contact="keep = 3d")
    clock.set(-3 * DAY)
    with no_worker(program):
        before = id_of(program.post(BODY, "/contact"))
        clock.pass_time(3 * DAY)
        now = id_of(program.post(BODY, "/contact"))
    assert len(days(program)) == 2
    work(program)
    assert len(days(program)) == 2
    clock.pass_time(DAY)
    erase(program, clock)
    assert len(days(program)) == 1
    assert program.get(f"/contact/{before}").status == 404 and program.get(f"/contact/{now}").status == 200
    clock.pass_time(7 * DAY)
    erase(program, clock)
    assert days(program) == [] and SECRET not in b"".join(path.read_bytes() for path in program.data.rglob("*") if path.is_file())
    with no_worker(program):
        assert program.post(BODY, "/contact").status == 303 and len(program.lines()) == 1


def test_a_form_keeps_forever_what_it_is_not_told_to_erase(program, clock):
    clock.set(-4000 * DAY)
    the_id = id_of(program.post(BODY, "/contact"))
    program.configure(more="[form short]\nkeep = 1d\n")
    clock.pass_time(4000 * DAY)
    with no_worker(program):
        program.post(b"a=b", "/short")
    erase(program, clock)
    assert len(days(program)) == 1 and program.get(f"/contact/{the_id}").status == 200


def test_the_first_post_of_a_day_has_it_done(program, clock):
    program.configure(contact="keep = 1d")
    clock.set(-5 * DAY)
    with no_worker(program):
        program.post(BODY, "/contact")
    clock.pass_time(5 * DAY)
    os.utime(program.data / "worker", (time.time(), time.time() - DAY))
    program.post(BODY, "/contact")
    wait_for("the note of the old day", (program.data / "contact/expiry").exists)
    program.wait_for_worker()
    before = (program.data / "worker").stat().st_mtime_ns
    program.post(BODY, "/contact")
    program.wait_for_worker()
    assert (program.data / "worker").stat().st_mtime_ns == before  # none was started
    assert program.post(b"a=b", "/any").status == 303


def test_uploads_go_with_their_day(program, clock):
    program.configure(more="[form files]\nkeep = 1d\nfiles = yes\n")
    clock.set(-5 * DAY)
    with no_worker(program):
        answer = upload(program, ("file", "x.txt", "text/plain", SECRET), path="/files")
    assert answer.status == 303
    stored = [path for path in program.data.glob("files/files/*/*")]
    assert len(stored) == 1
    clock.pass_time(5 * DAY)
    erase(program, clock)
    assert not stored[0].exists() and not stored[0].parent.exists() and days(program, "files") == []


def test_what_tasks_made_goes_with_it(program, clock):
    task(program, "echo a secret", kind="result", form="keep = 1d")
    clock.set(-5 * DAY)
    the_id = post(program)
    result = program.data / f"job/tasks/act/{the_id}.result"
    wait_for("the result", result.exists)
    program.wait_for_worker()
    assert result.read_text() == "a secret\n"
    clock.pass_time(5 * DAY)
    (program.data / "clock").unlink()  # the worker has seen the machine's
    assert program.get(f"/job/{the_id}/result").status == 410 and program.get(f"/job/{the_id}/status").status == 410
    erase(program, clock)
    assert not result.exists() and days(program, "job") == []


def test_a_day_stays_while_a_task_is_to_be_done_for_it(program, clock):
    task(program, f"[ -e {program.folder}/up ] || exit 1; cat >> $T/done; echo >> $T/done", form="keep = 1d", keys="retries = 90")
    clock.set(-5 * DAY)
    the_id = post(program)
    wait_for_state(program, the_id, "waiting")
    end_worker(program)
    clock.set(0)
    begin_to_erase(program, "job")
    (program.folder / "up").touch()
    work(program)
    wait_for_words(program, 1)
    assert the_id in words(program)[0]
    assert len(days(program, "job")) == 1  # it was looked at before the task was done
    clock.pass_time(DAY)
    work(program)
    assert days(program, "job") == []


def test_lines_that_no_task_has_come_to_yet_stay(program, clock):
    task(program, "cat >> $T/done; echo >> $T/done", form="keep = 1d")
    clock.set(-5 * DAY)
    with no_worker(program):
        the_id = post(program)
    clock.set(0)
    begin_to_erase(program, "job")
    work(program)
    wait_for_words(program, 1)
    assert the_id in words(program)[0] and len(days(program, "job")) == 1
    clock.pass_time(DAY)
    work(program)
    assert days(program, "job") == []


def test_a_key_whose_line_is_erased_makes_one_new_outcome(program, clock):
    program.configure(contact="keep = 1d")
    key = {"HTTP_IDEMPOTENCY_KEY": '"k"'}
    clock.set(-5 * DAY)
    with no_worker(program):
        before = id_of(program.post(BODY, "/contact", **key))
    clock.pass_time(5 * DAY)
    erase(program, clock)
    assert days(program) == []
    with no_worker(program):
        now = {id_of(program.post(BODY, "/contact", **key)) for _ in range(3)}
    assert len(now) == 1 and now != {before} and len(program.lines()) == 1
    assert program.post(BODY + b"!", "/contact", **key).status == 422


@pytest.mark.parametrize("way", ["cgi"])
def test_what_a_death_left_is_erased(program, clock):
    program.configure(contact="keep = 1d")
    with no_worker(program):
        program.post(BODY, "/contact")
    left = program.data / "contact" / "2020-01-01.jsonl.gone"
    left.write_bytes(SECRET)
    clock.pass_time(DAY)
    work(program)
    assert not left.exists() and len(days(program)) == 1


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("harm", ["error=EIO", "signal=KILL"])
@pytest.mark.parametrize("call", ["rename", "unlink", "fsync", "write", "openat", "pread64", "flock", "rmdir"])
def test_what_fails_or_dies_half_way_is_done_the_next_time(program, clock, tmp_path, call, harm):
    task(program, "cat >/dev/null; echo a secret", kind="result", form="keep = 1d")
    clock.set(-5 * DAY)
    with no_worker(program):
        for _ in range(2):
            assert upload(program, ("file", "x.txt", "text/plain", SECRET), path="/job").status == 303
    work(program)  # at a time at which nothing is too old yet
    clock.pass_time(5 * DAY)
    with no_worker(program):
        kept = post(program)
    work(program)  # which notes what is too old
    clock.pass_time(DAY)
    assert len(days(program, "job")) == 2 and len(list(program.data.glob("job/tasks/act/*.result"))) == 3
    whole, trace = tmp_path / "whole", tmp_path / "trace"
    shutil.copytree(program.data, whole)
    for n in range(1, 1000):
        shutil.rmtree(program.data)
        shutil.copytree(whole, program.data)
        done = subprocess.run(["strace", "-qq", "-o", trace, "-e", f"trace={call}", "-e", f"inject={call}:{harm}:when={n}",
                               program.binary, "work", "once"], env=program.environment, capture_output=True, timeout=60)
        if b"cannot be preloaded" in done.stderr:  # it had the machine's clock, which is another
            continue
        if "INJECTED" not in trace.read_text() and "killed by SIGKILL" not in trace.read_text():
            break
        work(program)
        assert len(days(program, "job")) == 1 and [record["id"] for record in program.records("job")] == [kept], (call, n, done.stderr, trace.read_text())
        assert SECRET not in b"".join(path.read_bytes() for path in program.data.rglob("*") if path.is_file()), (call, n)
    assert n > 1


@pytest.mark.parametrize("keep, wrong", [
    ("forever", None), ("90d", None), ("24h", None), ("0", "takes forever, or a duration such as 90d"),
    ("never", "takes forever, or a duration such as 90d"), ("23h", "keep: must not be less than remember or same")])
def test_how_long_it_is_kept_is_checked(program, keep, wrong):
    program.configure(contact=f"keep = {keep}")
    done = subprocess.run([program.binary, "check"], env=program.environment, capture_output=True, text=True)
    assert done.returncode == bool(wrong) and (not wrong or wrong in done.stderr)


def test_marks_go_with_their_day(program, clock):
    program.configure(contact="keep = 1d\nowners = alice")
    clock.set(-5 * DAY)
    owner = {"REMOTE_USER": "alice", "AUTH_TYPE": "Basic", "HTTP_SEC_FETCH_SITE": "same-origin"}
    with no_worker(program):
        the_id = id_of(program.post(BODY, "/contact"))
        token = re.search(r'name="_token" value="([\w-]+)"', program.get(f"/-/contact/{the_id}", **owner).text)[1]
        answer = program.post(f"_token={token}&act=note&note=remember+this+of+her", f"/-/contact/{the_id}", **owner)
    assert answer.status == 303 and list(program.data.glob("contact/marks/*"))
    clock.pass_time(5 * DAY)
    erase(program, clock)
    assert not list(program.data.glob("contact/marks/*")) and days(program) == []
