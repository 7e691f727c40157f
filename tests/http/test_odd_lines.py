"""Lines of a log that the program would not write, edited or imported: tasks are done, or not, and nothing crashes or stalls."""
import json

import pytest

from harness.processes import wait_for
from harness.tasks import post

CONFIG = """
[seeother]
data = ../data
from = post@example.net
sendmail = {sendmail}

[form job]
title = Jobs
after = tell receipt act
[fields job]
name = text
email = email
topic = choice options=sales,support
photo = file

[task tell]
mail = owner@example.net
subject = From {{name}} {{topic}} {{photo}} {{nothing}}
text = About {{name}}
retries = 1
pause = 0
[task receipt]
reply = email
subject = To {{name}}
quote = yes
retries = 1
pause = 0
[task act]
command = {act}
input = photo
retries = 1
pause = 0
"""

ODD = [1, -1, 1.5, True, None, "", [], {}, [1], ["a", 2], [[1]], {"a": 1}, "a\u0000b", 10 ** 30, [None], "x" * 100000]
MEMBERS = ["fields", "extra", "files", "id", "received", "spam", "key", "form", "updated"]
FIELDS = ["name", "email", "topic", "photo", "other", "_replyto"]
FILES = ["field", "filename", "path", "size", "type", "sha256"]

SENDMAIL = """#!/bin/sh
cat >>'{sink}'
"""


def changed(line, path, value):
    """Gives the line with a member in place of what it had, or beside it."""
    record = json.loads(line)
    record.setdefault("extra", {"strange": "x"})
    record["files"] = [{"field": "photo", "filename": "a.png", "path": "files/2026-01-01/" + "0" * 32, "size": 3, "type": "image/png"}]
    inner = record
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    start = {name: record.pop(name) for name in ("id", "form", "received") if name in record}
    return json.dumps(start | record, separators=(",", ":"), ensure_ascii=False) + "\n"


PATHS = [[name] for name in MEMBERS] + [["fields", name] for name in FIELDS] + [["extra", name] for name in FIELDS] + \
    [["files", 0, name] for name in FILES] + [["files", 0]]


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("value", ODD, ids=lambda value: json.dumps(value)[:12])
def test_no_line_ends_or_stalls_the_worker(program, tmp_path, value):
    sink, sendmail, act = tmp_path / "sink", tmp_path / "sendmail", tmp_path / "act"
    sendmail.write_text(SENDMAIL.format(sink=sink))
    act.write_text(f"#!/bin/sh\necho 1 >>{tmp_path}/acted\n")
    sendmail.chmod(0o755), act.chmod(0o755)
    program.configure_text(CONFIG.format(sendmail=sendmail, act=act))
    post(program, b"name=first&email=a@example.com")
    program.wait_for_worker()
    log, = program.logs("job")
    line = log.read_text()
    with open(log, "a") as file:
        for path in PATHS:
            file.write(changed(line, path, value))
        file.write('{"id":"' + "a" * 29 + '"\n[]\n1\n\n{}\n')
    the_id = post(program, b"name=last&email=last@example.com")
    wait_for("the mail of the last", lambda: sink.exists() and f"<{the_id}.receipt@" in sink.read_text(errors="replace"), 20)
    program.wait_for_worker()
    assert "signal" not in program.worker_log()
    content = log.read_text().splitlines(keepends=True)
    log.write_text(content[0] + content[-1])  # which is what the program would write
