"""Digests: one mail for all outcomes of a period, and suspicious ones apart."""
import contextlib
import os
import re
import signal

import pytest

from harness.commands import command
from harness.mailing import OWNER, Post, html_of, parsed, text_of
from harness.processes import wait_for

DIGEST = "digest = {}s\nsubject = Letters"
SUSPECTS = "\n[task suspects]\nmail = guard@example.org\nsuspicious = only\npause = 1s\ndigest = {}s"


@pytest.fixture
def post(tmp_path):
    place = Post(tmp_path)
    place.configure(letter="after = owner", owner=DIGEST.format(2))
    try:
        yield place
    finally:
        place.stop()


def digests(post, n, to=None):
    """Waits until outcomes were mailed, n in all, and gives the messages by the number of their first outcome."""
    wait_for(f"{n} outcomes", lambda: sum(len(told(parsed(raw))) for raw in post.raw(to)) >= n, 30)
    post.wait_idle()
    return sorted((parsed(raw) for raw in post.raw(to)), key=lambda message: told(message)[0])


def told(message):
    return [int(number) for number in re.findall(r"^number (\d+)$", text_of(message), re.M)]


def send(post, numbers, **more):
    return [post.send([("name", f"number {number}"), ("email", "ada@example.com")], **more) for number in numbers]


def test_all_outcomes_of_a_period_are_in_one_mail(post):
    post.configure(general="base = https://example.net/s\nowners = boss", letter="after = owner", owner=DIGEST.format(4))
    ids = send(post, range(6))
    messages = digests(post, 6)
    assert len(messages) <= 2 and [number for message in messages for number in told(message)] == list(range(6))
    for message in messages:
        n = len(told(message))
        assert message["Subject"] == f"Letters: {n} new" and message["To"] == OWNER and "Reply-To" not in message
        assert html_of(message).count("<h2>") == n == text_of(message).count("\n\nname:\n")
        assert f"<{ids[told(message)[0]]}.{n}.owner@" in message["Message-ID"]
        for number in told(message):
            assert f"https://example.net/s/-/letter/{ids[number]}\n" in text_of(message)
            assert f'href="https://example.net/s/-/letter/{ids[number]}?ask=erase"' in html_of(message)


def test_nothing_is_mailed_before_the_period_is_over_and_the_worker_waits(post):
    post.configure(letter="after = owner", owner="digest = 52w")
    send(post, range(2))
    wait_for("the worker", post.workers)
    assert post.raw() == [] and "bytes of the log to do" in command(post.program, "tasks").stdout
    assert post.workers()


def test_more_than_fit_into_one_mail_come_in_several(post):
    send(post, range(150))
    messages = digests(post, 150)
    assert [number for message in messages for number in told(message)] == list(range(150))
    assert max(len(told(message)) for message in messages) <= 64
    assert command(post.program, "tasks").stdout.startswith("letter owner: all done\n")


def test_a_digest_that_fails_is_tried_again_whole(post):
    (post.sink / "exits").write_text("75\n100\n")
    send(post, range(3))
    messages = digests(post, 3)
    assert [number for message in messages for number in told(message)] == [0, 1, 2]
    assert post.log().count("the digest of the task \"owner\" failed: exit status") == 2


def test_an_outcome_that_is_withdrawn_meanwhile_is_not_mailed(post):
    post.configure(letter="after = owner\nwithdraw = 1h", owner="digest = 52w")
    ids = send(post, range(3))
    body = post.program.post(b"_method=delete", f"/letter/{ids[1]}")
    assert body.status == 303
    post.configure(letter="after = owner\nwithdraw = 1h", owner=DIGEST.format(1))
    messages = digests(post, 2)
    assert [number for message in messages for number in told(message)] == [0, 2]


def test_a_worker_that_dies_over_a_digest_leaves_it_to_the_next(post):
    post.write_sendmail(more="while [ -e hold ]; do sleep 0.02; done")
    (post.sink / "hold").touch()
    send(post, range(3))
    wait_for("the mail program", (post.sink / "tries").exists, 20)
    for pid in post.workers():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for("the end of the worker", lambda: not post.workers())
    (post.sink / "hold").unlink()
    send(post, [3])
    wait_for("the rest", lambda: {0, 1, 2, 3} <= {number for raw in post.raw() for number in told(parsed(raw))}, 30)


def test_suspicious_outcomes_are_in_a_digest_of_their_own(post):
    post.configure(general="base = https://example.net/s\nowners = boss", letter="after = owner, suspects\nblocked = casino", owner="",
                   receipt=SUSPECTS.format(2))
    post.send([("name", "number 1"), ("message", "Casino")])
    send(post, [2])
    message, = digests(post, 1, "guard@example.org")
    assert told(message) == [1] and message["Subject"] == "Write to us: 1 suspicious"
    assert re.search(r"^Not spam: https://example.net/s/-/letter/\w+\?ask=spam$", text_of(message), re.M)
    assert "Marked as suspicious: blocked" in text_of(message) and "Marked as suspicious: blocked" in html_of(message)
    owner, = digests(post, 1, OWNER)
    assert told(owner) == [2]


def test_one_that_is_not_spam_after_all_is_mailed_once_to_the_owner(post):
    post.configure(letter="after = owner, suspects\nblocked = casino", owner=DIGEST.format(1), receipt=SUSPECTS.format(1))
    identity = post.send([("name", "number 1"), ("message", "Casino")])
    digests(post, 1, "guard@example.org")
    assert command(post.program, "ham", identity).returncode == 0
    message, = digests(post, 1, OWNER)
    assert told(message) == [1]
    post.wait_idle()
    assert len(post.raw()) == 2


def test_one_that_is_not_spam_after_all_does_not_wait_for_the_period_of_another(post):
    post.configure(letter="after = owner\nblocked = casino", owner="digest = 52w")
    post.send([("name", "number 1")])
    identity = post.send([("name", "number 2"), ("message", "Casino")])
    assert command(post.program, "ham", identity).returncode == 0
    post.wait(1, OWNER)
    assert [told(parsed(raw)) for raw in post.raw()] == [[2]]


def test_a_form_that_only_gets_spam_keeps_no_worker(post):
    post.configure(letter="after = owner\nblocked = casino", owner="digest = 52w")
    post.send([("message", "Casino")])
    assert command(post.program, "work", "once").returncode == 0
    assert command(post.program, "tasks").stdout.startswith("letter owner: all done\n")


def test_each_line_of_a_digest_is_data(post):
    evil = "</h2><script>\r\n.\r\nFrom x\r\nBcc: evil@example.com"
    post.configure(owner="digest = 1s")
    post.send([("name", evil), ("message", evil + "\nnumber 7\n")], path="/open")
    message, = digests(post, 1)
    assert "Bcc" not in message and "<script" not in html_of(message) and "\n.\nFrom x\n" in text_of(message)
