"""Receipts: nobody can use a form to flood a stranger's mailbox, or to send advertisements."""
import email.policy
import re

import pytest

from harness.commands import command
from harness.mailing import html_of, text_of
from harness.posts import multipart
from harness.processes import wait_for
from harness.program import Program

CONFIG = """
[seeother]
data = ../data
from = post@example.net
sendmail = {sendmail}
{general}

[form letter]
title = Letters
after = receipt
{letter}
[fields letter]
name = text
email = email
topic = choice options=sales,support
n = number
when = date
terms = checkbox
note = textarea
phone = tel
site = url
photo = file

[form open]
after = receipt

[task receipt]
reply = email
pause = 1s
{task}
"""

SENDMAIL = """#!/bin/sh
cd '{sink}' || exit 1
part=$(mktemp part.XXXXXX)
cat >"$part"
mv "$part" "${{part#part.}}.message"
"""


class Post:
    def __init__(self, folder):
        self.program = Program(folder, "fastcgi", count=1)
        self.sink = folder / "sink"
        self.sink.mkdir()
        self.sendmail = folder / "sendmail"
        self.sendmail.write_text(SENDMAIL.format(sink=self.sink))
        self.sendmail.chmod(0o755)
        self.configure()

    def configure(self, **parts):
        self.program.configure_text(CONFIG.format(**({"general": "", "letter": "", "task": "", "sendmail": self.sendmail} | parts)))

    def send(self, *fields, path="/letter"):
        body, kind = multipart(*fields)
        answer = self.program.post(body, path, CONTENT_TYPE=kind)
        assert answer.status == 303, answer.text

    def settle(self):
        """Waits until all is done, and gives the messages."""
        def done():
            lines = command(self.program, "tasks").stdout.splitlines()
            return all(line.endswith(("all done", "nothing came yet")) for line in lines)
        wait_for("the end of all", done)
        self.program.wait_for_worker()
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in self.sink.glob("*.message")]

    def log(self):
        return self.program.worker_log()


@pytest.fixture
def post(tmp_path):
    post = Post(tmp_path)
    yield post
    post.program.wait_for_worker()
    post.program.stop()


def receivers(post):
    return [message["To"] for message in post.settle()]


# --- how many


@pytest.mark.parametrize("addresses", [
    ["ada.love@example.com", "adalove@example.com", "a.d.a.l.o.v.e@example.com", "ADALOVE@Example.COM"],
    [f"ada+{n}@example.com" for n in range(8)], [f"ada-{n}@example.com" for n in range(8)], [f"a.da+x.{n}@example.com" for n in range(8)],
    ["ada@gmail.com", "ada@googlemail.com", "a.da@gmail.com"],
], ids=["dots", "plus", "minus", "both", "googlemail"])
def test_spellings_of_one_mailbox_count_as_one(post, addresses):
    for n in range(8):
        post.send(("email", addresses[n % len(addresses)]))
    assert len(receivers(post)) == 5
    assert post.log().count("sends no receipt: receipts_mailbox is used up") == 3


@pytest.mark.parametrize("addresses", [
    [f"user{n}@example.com" for n in range(8)], [f"user{n}@mail{n}.example.com" for n in range(8)],
    [f"user{n}@x{n}.example.co.uk" for n in range(8)],
], ids=["mailboxes", "subdomains", "co.uk"])
def test_mailboxes_of_one_domain_have_a_bound_together(post, addresses):
    post.configure(general="receipts_domain = 4/day")
    for address in addresses:
        post.send(("email", address))
    assert len(receivers(post)) == 4 and post.log().count("receipts_domain is used up") == 4


def test_all_receipts_have_a_bound_together(post):
    post.configure(general="receipts = 3/day")
    for n in range(5):
        post.send(("email", f"user@domain{n}.com"), path="/open" if n % 2 else "/letter")
    assert len(receivers(post)) == 3 and post.log().count(": receipts is used up") == 2


def test_other_mailboxes_and_domains_are_not_held_up(post):
    post.configure(general="receipts_mailbox = 1/day\nreceipts_domain = 2/day")
    for address in ("a@one.com", "a@one.com", "b@one.com", "c@one.com", "a@two.com", "a@three.co.uk", "a@four.co.uk", "+x@five.com", "-@six.com"):
        post.send(("email", address))
    assert sorted(receivers(post)) == sorted(["a@one.com", "b@one.com", "a@two.com", "a@three.co.uk", "a@four.co.uk", "+x@five.com", "-@six.com"])


# --- what they say


FREE = [("name", "Buy at name.example"), ("note", "Buy at note.example"), ("phone", "+1 555 5550 100"), ("site", "https://buy.example/")]


def test_a_receipt_has_nothing_that_can_be_typed_freely(post):
    post.send(("email", "ada@example.com"), *FREE, ("topic", "sales"), ("n", "7"), ("when", "2026-01-02"), ("terms", "on"), ("other", "Buy more"))
    message, = post.settle()
    text = text_of(message)
    for word in ("Buy", "buy", "555", "ada@"):
        assert word not in text + html_of(message), text
    assert "topic:\nsales\n" in text and "n:\n7\n" in text and "when:\n2026-01-02\n" in text and "terms:\n" in text


def test_a_receipt_of_a_form_that_takes_anything_has_no_field(post):
    post.send(("email", "ada@example.com"), ("anything", "Buy"), ("topic", "Buy"), path="/open")
    message, = post.settle()
    assert not re.search("Buy|anything", text_of(message) + html_of(message))


def test_a_receipt_has_what_was_typed_where_that_is_configured(post):
    post.configure(task="quote = yes")
    post.send(("email", "ada@example.com"), *FREE)
    message, = post.settle()
    assert "Buy at name.example" in text_of(message) and "ada@example.com" in html_of(message)


def test_a_greeting_by_name_is_configured_as_well(post):
    post.configure(task="text = Dear {name}, thank you.")
    post.send(("email", "ada@example.com"), ("name", "Ada"))
    message, = post.settle()
    assert text_of(message).startswith("Dear Ada, thank you.") and "name:" not in text_of(message)
    assert "<p>Dear Ada, thank you.</p>" in html_of(message) and "<dt>" not in html_of(message)
