"""stats: numbers of each form, its tasks and the disk, as JSON and for Prometheus."""
import json
import os
import re
import shutil
import subprocess

import pytest

from test_export import post

pytestmark = pytest.mark.parametrize("way", ["cgi"])

TASKS = "after = note\nresult = render"
MORE = "[task note]\ncommand = /bin/false\nretries = 0\n[task render]\ncommand = /bin/cat\n"


def run(program, *arguments, status=0):
    done = subprocess.run([program.binary, "stats", *arguments], env=program.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


def stats(program, *arguments):
    return json.loads(run(program, *arguments).stdout)


def of_form(program, form="contact"):
    found, = [each for each in stats(program)["forms"] if each["form"] == form]
    return found


def contact(program, name, more=""):
    return post(program, f"name={name}&email={name}%40example.org{more}", "/contact")


def metrics(text):
    """Reads the text format: every metric has HELP and TYPE before its first sample, and its samples stand together."""
    found, current = {}, None
    for line in text.splitlines():
        head = re.fullmatch(r"# (HELP|TYPE) (seeother_\w+) (.+)", line)
        if head and head[1] == "HELP":
            assert head[2] not in {name for name, _ in found}, line
            current = head[2]
        elif head:
            assert head[2] == current and head[3] == ("counter" if current.endswith("_total") else "gauge")
        else:
            name, labels, value = re.fullmatch(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\.)*",?)+)\})? (\d+)', line).groups()
            assert name == current, line
            found[name, tuple(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))] = int(value)
    return found


def test_outcomes_are_counted(program):
    assert of_form(program) == {"form": "contact", "kept": 0, "suspicious": 0, "spam": 0, "unread": 0, "today": 0, "days30": 0, "bytes": 0, "tasks": []}
    ids = [contact(program, f"n{i}") for i in range(3)] + [contact(program, "robot", "&website=x")]
    old = program.data / "contact" / "2020-01-01.jsonl"
    today, = program.logs("contact")
    shutil.copy(today, old)
    found = of_form(program)
    assert (found["kept"], found["spam"], found["unread"], found["today"], found["days30"]) == (8, 2, 6, 4, 4)
    assert found["bytes"] >= sum(path.stat().st_size for path in (today, old))
    old.unlink()
    subprocess.run([program.binary, "erase", ids[0]], env=program.environment, check=True, capture_output=True)
    found = of_form(program)
    assert (found["kept"], found["spam"], found["unread"], found["today"]) == (3, 1, 2, 3)
    assert [each["form"] for each in stats(program)["forms"]] == ["contact", "any"]
    assert [each["form"] for each in stats(program, "--form", "any")["forms"]] == ["any"]


def test_jobs_are_counted_by_state(program):
    program.configure(contact=TASKS, more=MORE)
    contact(program, "a")
    contact(program, "robot", "&website=x")
    program.wait_for_worker()
    note, render = of_form(program)["tasks"]
    assert note == {"task": "note", "queued": 0, "running": 0, "waiting": 0, "failed": 1, "cancelled": 0, "oldest_seconds": 0}
    assert set(list(render.values())[1:]) == {0}
    job, = program.data.glob("contact/tasks/note/*.json")
    for state in ("waiting", "cancelled", "running", "failed"):
        job.write_text(json.dumps(json.loads(job.read_text()) | {"state": state}))
        note = of_form(program)["tasks"][0]
        assert note[state] == 1 and sum(note[each] for each in ("queued", "running", "waiting", "failed", "cancelled")) == 1
    cursor = program.data / "contact" / "tasks" / "render" / "cursor"
    day, _, now = cursor.read_text().split()[:3]
    cursor.write_text(f"{day} 0 0\n")
    for path in program.data.glob("contact/tasks/render/*.result"):
        path.unlink()
    assert of_form(program)["tasks"][1]["queued"] == 1, "spam has no job"
    cursor.write_text(f"{day} 0 {now}\n")


def test_the_disk_and_the_secret(program):
    assert stats(program)["data"] == {"folder": str(program.folder / "cgi-bin" / "../data"), "secret": False,
                                      "reserve": 1 << 20, "refusals": {}}
    contact(program, "a")
    data = stats(program)["data"]
    disk = os.statvfs(program.data)
    assert data["secret"] is True and data["all_bytes"] == disk.f_blocks * disk.f_frsize and data["all_inodes"] == disk.f_files
    assert abs(data["free_bytes"] - disk.f_bavail * disk.f_frsize) < 1 << 30 and 0 <= data["free_inodes"] <= data["all_inodes"]
    secret = (program.data / "secret").rename(program.data / "elsewhere")
    assert metrics(run(program, "--prometheus").stdout)["seeother_secret", ()] == 0
    secret.rename(program.data / "secret")


def test_prometheus_has_the_same_numbers(program):
    program.configure(contact=TASKS, more=MORE)
    for i in range(3):
        contact(program, f"n{i}")
    program.wait_for_worker()
    found, same = metrics(run(program, "--prometheus").stdout), of_form(program)
    contacts = (("form", "contact"),)
    for metric, member in [("outcomes", "kept"), ("outcomes_suspicious", "suspicious"), ("outcomes_spam", "spam"), ("outcomes_unread", "unread"), ("outcomes_today", "today"),
                           ("outcomes_month", "days30"), ("form_bytes", "bytes")]:
        assert found[f"seeother_{metric}", contacts] == same[member]
        assert found[f"seeother_{metric}", (("form", "any"),)] == 0
    for task in same["tasks"]:
        for state in ("queued", "running", "waiting", "failed", "cancelled"):
            assert found["seeother_jobs", (*contacts, ("task", task["task"]), ("state", state))] == task[state]
    assert found["seeother_secret", ()] == 1 and found["seeother_data_size_bytes", ()] > 0
    for task in same["tasks"]:
        assert found["seeother_oldest_job_age_seconds", (*contacts, ("task", task["task"]))] == task["oldest_seconds"]
    assert found["seeother_data_reserve_bytes", ()] == 1 << 20
    assert not run(program, "--prometheus").stdout.startswith("\n") and run(program, "--prometheus").stdout.endswith("\n")


@pytest.mark.parametrize("arguments, said", [(["--form", "none"], "has no form"), (["word"], "usage"), (["--spam"], "--spam"),
                                             (["--json", "--prometheus"], "usage"), (["--form"], "--form")])
def test_a_wrong_option_is_named(program, arguments, said):
    done = subprocess.run([program.binary, "stats", *arguments], env=program.environment, capture_output=True, text=True, timeout=10)
    assert done.returncode in (1, 2) and said in done.stderr and done.stdout == "" and done.stderr.count("\n") == 1


def test_what_can_t_be_read_is_said_and_fails(program):
    contact(program, "a")
    log, = program.logs("contact")
    moved = log.rename(log.with_suffix(".moved"))
    log.mkdir()
    done = run(program, status=1)
    assert f"contact/{log.name}: read failed" in done.stderr and json.loads(done.stdout)["forms"][0]["kept"] == 0
    log.rmdir()
    moved.rename(log)


def test_the_age_of_the_oldest_job_that_is_not_done(program):
    program.configure(contact="after = note", more="[task note]\ncommand = /bin/false\nretries = 0\n")
    contact(program, "a")
    program.wait_for_worker()
    assert of_form(program)["tasks"][0]["oldest_seconds"] == 0, "a job that was given up is not waited for"
    job, = program.data.glob("contact/tasks/note/*.json")
    job.write_text(json.dumps(json.loads(job.read_text()) | {"state": "waiting"}))
    note, = of_form(program)["tasks"]
    assert note["waiting"] == 1 and 0 <= note["oldest_seconds"] < 60
    log, = program.logs("contact")
    text = log.read_text()
    received = json.loads(text)["received"]
    log.write_text(text.replace(received, "2020-01-02T03:04:05.678Z"))
    assert of_form(program)["tasks"][0]["oldest_seconds"] > 5 * 365 * 86400
    log.write_text(text)


def test_promtool_finds_nothing_to_complain_of(program):
    """promtool comes with a server that Debian starts, so nothing installs it for this test."""
    if not shutil.which("promtool"):
        pytest.skip("there is no promtool")
    program.configure(contact=TASKS, more=MORE)
    contact(program, "a")
    program.post(b"name=", "/contact")
    program.wait_for_worker()
    done = subprocess.run(["promtool", "check", "metrics"], input=run(program, "--prometheus").stdout, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
