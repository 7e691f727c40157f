"""Mail: a place whose mail goes to a stand-in for sendmail, and messages read as strictly as a reader of mail may."""
import contextlib
import datetime
import email
import email.policy
import email.utils
import os
import re
import signal

from harness.bodies import multipart
from harness.processes import commands_of_seeother, wait_for
from harness.program import Program

OWNER, FROM, VISITOR = "owner@example.org", "forms@example.net", "ada@example.com"
CONFIG = """
[seeother]
data = ../data
durable = no
from = forms@example.net
sendmail = {sendmail}
{general}

[form letter]
title = Write to us
max_body = 4M
max_files = 20
after = owner, receipt
{letter}

[fields letter]
name = text
email = email
topic = choice multiple options=sales,support
terms = checkbox
message = textarea
code = hidden
other = email
photo = file multiple
website = trap

[labels letter]
message = Your message

[form open]
title = Anything
max_body = 4M
after = owner, receipt

[form second]
title = Second
after = receipt

[task owner]
mail = owner@example.org
pause = 1s
{owner}

[task receipt]
reply = email
quote = yes
pause = 1s
{receipt}
"""

SENDMAIL = """#!/bin/sh
cd '{sink}' || exit 1
echo >>tries
if [ -s exits ]; then
    code=$(head -n 1 exits)
    sed -i 1d exits
    [ "$code" = 0 ] || {{ cat >/dev/null; exit "$code"; }}
fi
{more}
part=$(mktemp part.XXXXXX)
cat >"$part"
printf '%s\\n' "$@" >"$part.arguments"
mv "$part.arguments" "${{part#part.}}.arguments"
mv "$part" "${{part#part.}}.message"
"""


class Post:
    """A place whose mail goes to a stand-in for sendmail, which keeps it in a folder."""

    def __init__(self, folder, way="fastcgi"):
        self.program = Program(folder, way)
        self.sink = folder / "sink"
        self.sink.mkdir()
        self.sendmail = folder / "sendmail"
        self.write_sendmail()
        self.configure()

    def write_sendmail(self, more=""):
        self.write_program(SENDMAIL.format(sink=self.sink, more=more))

    def write_program(self, text):
        fresh = self.sendmail.with_suffix(".new")
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.rename(self.sendmail)

    def configure(self, **parts):
        parts = {"general": "", "letter": "", "owner": "", "receipt": "", "sendmail": self.sendmail} | parts
        self.program.configure_text(CONFIG.format(**parts))

    def send(self, fields, files=(), path="/letter", **more):
        """Posts pairs, bytes or text; gives the outcome's id."""
        body, kind = multipart(*fields, *files)
        answer = self.program.post(body, path, CONTENT_TYPE=kind, **more)
        assert answer.status == 303, (answer.status, answer.text)
        return answer.headers["location"].rsplit("/")[-1]

    def raw(self, to=None):
        found = [path.read_bytes() for path in self.sink.glob("*.message")]
        return [one for one in found if to is None or b"\nTo: " + to.encode() + b"\n" in one]

    def wait(self, n, to=None):
        wait_for(f"{n} messages", lambda: len(self.raw(to)) >= n, 20)
        return self.raw(to)

    def message(self, identity, task="owner"):
        """Gives the one message of a task for an outcome, strictly read."""
        mark = f"\nMessage-ID: <{identity}.{task}@".encode()
        wait_for(f"mail of {task}", lambda: any(mark in one for one in self.raw()))
        one, = [one for one in self.raw() if mark in one]
        return parsed(one)

    def workers(self):
        return [pid for pid, words in commands_of_seeother() if words[0] == b"work" and runs(pid, self.program.binary)]

    def wait_idle(self):
        wait_for("the worker to end", lambda: not self.workers(), 20)

    def log(self):
        path = self.program.data / "worker.log"
        return path.read_text() if path.exists() else ""

    def check_once(self):
        """No mail of a task for an outcome was sent twice, however long after the first: a test may have looked at that alone."""
        marks = [re.search(rb"\nMessage-ID: (.*)\n", one)[1] for one in self.raw()]
        assert len(set(marks)) == len(marks), sorted(marks)

    def stop(self):
        for pid in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        try:
            self.wait_idle()
            self.check_once()
            self.program.check_alive()
            self.program.check_whole()
            assert not re.search("Sanitizer|runtime error", self.log()), self.log()
        finally:
            self.program.stop()


def runs(pid, binary):
    try:
        return os.readlink(f"/proc/{pid}/exe") == str(binary)
    except OSError:
        return False


KNOWN = ["From", "To", "Cc", "Bcc", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
         "Content-Transfer-Encoding"]


def check_lines(raw):
    """RFC 5322 §2.1.1, RFC 2045 §6.7 and §6.8, RFC 2047 §2; one kind of line end, and no line that a mailbox would take for its own."""
    assert raw.isascii() and b"\r" not in raw and b"\0" not in raw and raw.endswith(b"\n")
    head, _, body = raw.partition(b"\n\n")
    for line in head.split(b"\n"):
        limit = 300 if line.startswith((b"From: ", b"To: ", b"Reply-To: ")) else 76 if b"=?" in line else 78
        assert len(line) <= limit, line
        assert line.strip(), "a header's line of white space"
    for line in body.split(b"\n"):
        assert len(line) <= 78 and line != b"." and not line.startswith(b"From ")
        assert not line.endswith((b" ", b"\t")), line


def check_parts(message):
    for part in message.walk():
        assert not part.defects, part.defects
        for name, value in part.items():
            # Outlook takes a name from Content-Type in encoded words only, which RFC 2047 does not allow there.
            assert not value.defects or (name == "Content-Type" and '"=?UTF-8?B?' in part.as_string()), (name, value, value.defects)


def parsed(raw):
    """Gives a message that any reader takes for the same: without a fault, with no header but those that belong there, once each."""
    check_lines(raw)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    wire = email.message_from_bytes(raw.replace(b"\n", b"\r\n"), policy=email.policy.SMTP)
    for one in (message, wire):
        check_parts(one)
    assert message.items() == wire.items()
    assert list(message.keys()) == [name for name in KNOWN if name in message]
    for name in ("From", "Reply-To"):
        assert name not in message or len(message[name].addresses) == 1, message[name]
    assert message["From"].addresses[0].addr_spec == FROM
    assert message["MIME-Version"] == "1.0" and message["Message-ID"].endswith("@example.net>")
    assert abs(message["Date"].datetime.timestamp() - email.utils.localtime().timestamp()) < 300
    return message


def text_of(message):
    return message.get_body(("plain",)).get_content()


def html_of(message):
    return message.get_body(("html",)).get_content()


def date_of(record):
    """When a record was received, as people write it."""
    moment = datetime.datetime.strptime(record["received"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{moment.day} {moment:%B} {moment.year}, {moment:%H:%M} UTC"


def attachments(message):
    return [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in message.iter_attachments()]


def values_of(message, label):
    """Gives what stands below a label, up to the next empty line."""
    return re.findall(rf"^{re.escape(label)}:\n(.*?)\n\n", text_of(message), re.M | re.S)
