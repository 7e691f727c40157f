"""Alarms: an owner is told that a task fails, by another task, and not over and over."""
import json

import pytest

from harness.commands import command
from harness.mailing import Post, html_of, text_of
from harness.processes import wait_for
from harness.tasks import script

ALARM = "\n[task siren]\n{}\n"


@pytest.fixture
def post(tmp_path):
    place = Post(tmp_path)
    try:
        yield place
    finally:
        place.stop()


def configure(post, siren, general="", owner="retries = 0"):
    post.configure(general=f"alarm = siren\n{general}", letter="after = owner", owner=owner, receipt=ALARM.format(siren))


def alarms(post):
    path = post.program.folder / "alarms"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def ring(post):
    """A command that keeps what it reads, a line each."""
    return f"command = {script(post.program, f'cat >>{post.program.folder}/alarms; echo >>{post.program.folder}/alarms', 'ring')}"


def test_a_job_that_is_given_up_gives_an_alarm_once_a_day(post):
    configure(post, ring(post), "base = https://example.net/s")
    (post.sink / "exits").write_text("75\n75\n75\n")
    for n in range(3):
        post.send([("name", "Ada"), ("email", "secret@example.com")])
        wait_for("it to be given up", lambda: post.log().count("given up") == n + 1)
        post.wait_idle()
    one, = alarms(post)
    assert one["form"] == "letter" and one["fields"] | {"since": ""} == {
        "form": "letter", "task": "owner", "since": "", "state": "failed", "error": "exit status 75", "desk": "https://example.net/s/-/letter"}
    assert "secret@" not in json.dumps(one)
    assert command(post.program, "verify").returncode == 0


def test_the_next_alarm_comes_a_day_later(post):
    configure(post, ring(post))
    stamp = post.program.data / "letter/tasks/owner/alarm"
    (post.sink / "exits").write_text("75\n75\n")
    post.send([("name", "Ada")])
    wait_for("the alarm", stamp.exists)
    post.wait_idle()
    stamp.write_text(str(int(stamp.read_text()) - 24 * 60 * 60) + "\n")
    post.send([("name", "Ada")])
    wait_for("the second alarm", lambda: len(alarms(post)) == 2)


def test_a_task_that_fails_for_long_gives_an_alarm_before_it_is_given_up(post):
    configure(post, ring(post), "alarm_after = 1s", "retries = 20")
    (post.sink / "exits").write_text("1\n" * 2)
    identity = post.send([("name", "Ada")])
    wait_for("the alarm", lambda: alarms(post), 20)
    assert alarms(post)[0]["fields"]["state"] == "waiting"
    post.message(identity)


def test_a_failure_that_is_over_soon_gives_none(post):
    configure(post, ring(post), owner="retries = 20")
    (post.sink / "exits").write_text("1\n")
    post.message(post.send([("name", "Ada")]))
    post.wait_idle()
    assert alarms(post) == []


def test_an_alarm_by_mail_is_for_people(post):
    configure(post, "mail = Boss <boss@example.org>", "base = https://example.net/s\nowners = boss")
    (post.sink / "exits").write_text("100\n")
    post.send([("name", "Ada")])
    message = post.message("alarm", "siren")
    assert message["Subject"] == "Task owner of letter fails" and message["To"].addresses[0].addr_spec == "boss@example.org"
    assert "error:\nexit status 100\n" in text_of(message) and "https://example.net/s/-/letter\n" in text_of(message)
    assert "/alarm" not in text_of(message) + html_of(message) and "Reply-To" not in message
    post.wait_idle()


def test_an_alarm_that_fails_is_said_and_ends(post):
    configure(post, "command = /bin/false")
    (post.sink / "exits").write_text("100\n")
    post.send([("name", "Ada")])
    wait_for("what is said", lambda: 'the alarm about the task "owner" failed: exit status 1' in post.log())
    post.wait_idle()
    assert not (post.program.data / "letter/tasks/owner/alarm").exists()


@pytest.mark.parametrize("siren, fault", [
    ("reply = email", "takes a task with command, webhook or mail, without a digest"),
    ("mail = a@example.org\ndigest = 1d", "takes a task with command, webhook or mail, without a digest"),
])
def test_what_cannot_be_an_alarm_is_said(post, siren, fault):
    configure(post, siren)
    assert f"[seeother] alarm: {fault}" in command(post.program, "check").stdout + command(post.program, "check").stderr
    post.configure(general="alarm = nobody")
    assert "there is no [task nobody]" in command(post.program, "check").stdout + command(post.program, "check").stderr
    post.configure()
