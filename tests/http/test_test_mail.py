"""seeother test-mail: whether mail works, without waiting for a visitor."""
import pytest

from harness.commands import command
from harness.mailing import FROM, OWNER, Post, html_of, parsed, text_of


@pytest.fixture
def post(tmp_path):
    place = Post(tmp_path)
    try:
        yield place
    finally:
        place.stop()


def test_a_mail_of_made_up_values_is_sent_at_once(post):
    post.configure(owner="subject = From {name}\ncc = b@example.org")
    done = command(post.program, "test-mail", "owner")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{post.sendmail} took the mail.\n", "")
    raw, = post.raw()
    message = parsed(raw)
    assert message["Subject"] == "Test: From Test" and message["To"] == OWNER and message["Cc"] == "b@example.org"
    assert "topic:\nsales\n\nterms:\nyes\n\nYour message:\nThis is a test.\nIt has two lines.\n" in text_of(message)
    assert "<dt>Your message</dt>" in html_of(message) and "website" not in text_of(message)
    assert not (post.program.data / "letter").exists(), "a test keeps nothing"


def test_a_receipt_goes_to_the_site_itself(post):
    assert command(post.program, "test-mail", "receipt").returncode == 0
    raw, = post.raw()
    assert parsed(raw)["To"] == FROM and parsed(raw)["Subject"] == "Test: Write to us"


def test_the_message_can_be_printed(post):
    done = command(post.program, "test-mail", "owner", "--print")
    assert done.returncode == 0 and post.raw() == []
    assert parsed(done.stdout.encode())["Subject"] == "Test: Write to us"


def test_what_the_mail_program_says_is_printed(post):
    post.write_program("#!/bin/sh\necho 'no such host' >&2\nexit 68\n")
    done = command(post.program, "test-mail", "owner")
    assert done.returncode == 1 and done.stderr == f"no such host\nseeother: {post.sendmail} failed: exit status 68\n"
    post.sendmail.unlink()
    done = command(post.program, "test-mail", "owner")
    assert done.returncode == 1 and f"{post.sendmail}: No such file or directory" in done.stderr


@pytest.mark.parametrize("arguments, status, said", [
    (["nobody"], 1, "there is no [task nobody]"), (["owner", "--prin"], 2, 'there is no option "--prin"'), ([], 2, "usage: seeother test-mail"),
])
def test_what_is_no_mail_is_refused(post, arguments, status, said):
    done = command(post.program, "test-mail", *arguments)
    assert done.returncode == status and said in done.stderr and post.raw() == []


def test_a_task_that_sends_no_mail_is_refused(post):
    post.configure(receipt="\n[task act]\ncommand = /bin/true\n")
    done = command(post.program, "test-mail", "act")
    assert done.returncode == 1 and 'the task "act" sends no mail' in done.stderr
