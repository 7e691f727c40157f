"""seeother archive: a day's log is set aside so that its addresses answer 410, no key counts twice and no task misses anything."""
import gzip
import json
import subprocess

import pytest

from harness.clock import DAY
from test_keep import BODY, no_worker
from test_log import id_of
from test_task import task


@pytest.fixture
def program(start, clock):
    return start(environment=clock.environment)


def archive(program, form, day):
    return subprocess.run([program.binary, "archive", form, day], env=program.environment, capture_output=True, text=True, timeout=60)


def test_an_archived_day_is_410_and_comes_back(program, clock):
    the_id = id_of(program.post(BODY, "/contact"))
    day = clock.day()
    log = program.data / f"contact/{day}.jsonl"
    done = archive(program, "contact", day)
    assert done.returncode == 1 and "not over for long enough" in done.stderr and log.exists()
    clock.pass_time(2 * DAY)
    done = archive(program, "contact", day)
    assert done.returncode == 1 and ("still remembered" in done.stderr or "long enough" in done.stderr) and log.exists()
    clock.pass_time(2 * DAY)
    content = log.read_bytes()
    done = archive(program, "contact", day)
    assert done.returncode == 0 and not log.exists(), done.stderr
    kept = program.data / f"contact/archive/{day}.jsonl"
    assert kept.read_bytes() == content and str(kept.resolve()) in str((program.folder / done.stdout.split(": ")[0]).resolve())
    for _ in range(2):
        page, problem = program.get(f"/contact/{the_id}"), program.get(f"/contact/{the_id}", HTTP_ACCEPT="application/json")
        assert page.status == 410 and "archived" in page.text and json.loads(problem.text)["status"] == 410
        packed = kept.with_suffix(".jsonl.gz")
        if kept.exists():
            packed.write_bytes(gzip.compress(content))
            kept.unlink()
    assert program.get("/contact/" + "a" * 29).status == 404
    later = id_of(program.post(BODY, "/contact"))
    assert program.get(f"/contact/{later}").status == 200
    log.write_bytes(gzip.decompress(packed.read_bytes()))
    assert program.get(f"/contact/{the_id}").status == 200
    packed.unlink()
    packed.parent.rmdir()
    (program.data / f"contact/{day}.archived").unlink()


def archive_first_day(program, clock):
    """Gives the id and the day of an outcome whose log is archived."""
    the_id, day = id_of(program.post(BODY, "/contact")), clock.day()
    clock.pass_time(4 * DAY)
    done = archive(program, "contact", day)
    assert done.returncode == 0, done.stderr
    return the_id, day


def bring_back(program, day):
    kept = program.data / f"contact/archive/{day}.jsonl"
    kept.rename(program.data / f"contact/{day}.jsonl")
    kept.parent.rmdir()
    (program.data / f"contact/{day}.archived").unlink()


def test_a_lost_secret_is_not_replaced_where_all_logs_are_archived(program, clock):
    the_id, day = archive_first_day(program, clock)
    secret = program.data / "secret"
    kept = secret.read_bytes()
    secret.unlink()
    answer = program.post(BODY, "/contact")
    assert answer.status == 503 and "new-secret" in answer.errors + program.log() and not secret.exists()
    secret.write_bytes(kept)
    secret.chmod(0o600)
    assert program.get(f"/contact/{the_id}").status == 410
    bring_back(program, day)


def test_an_archived_day_that_gets_posts_again_stays_410(program, clock):
    the_id, day = archive_first_day(program, clock)
    clock.set(0)
    other = id_of(program.post(BODY, "/contact"))
    assert program.get(f"/contact/{other}").status == 200 and program.get(f"/contact/{the_id}").status == 410
    (program.data / f"contact/{day}.jsonl").unlink()
    bring_back(program, day)


def test_a_day_that_a_task_has_not_done_is_not_archived(program, clock):
    task(program, "exit 1", keys="retries = 90")
    with no_worker(program):
        program.post(b"a=b", "/job")
    day = clock.day()
    clock.pass_time(9 * DAY)
    done = archive(program, "job", day)
    assert done.returncode == 1 and "a task is not done" in done.stderr and (program.data / f"job/{day}.jsonl").exists()


@pytest.mark.parametrize("form, day, status", [("nothing", "2026-01-01", 1), ("contact", "2026-13-01", 2), ("contact", "../x", 2),
                                               ("contact", "2020-01-01", 1)])
def test_what_can_not_be_archived_is_told(program, form, day, status):
    program.post(BODY, "/contact")
    done = archive(program, form, day)
    assert done.returncode == status and done.stderr
