"""Lines of a log that the program would not write, edited or imported: no reader of logs crashes or stops at one."""
import json
import subprocess

import pytest

from harness.clock import DAY
from harness.processes import wait_for
from test_keep import no_worker

HEX = "0123456789abcdef" * 2

EDITS = [
    {"fields": {"name": ["Ada", 5], "email": [1], "topic": [[]], "message": None}},
    {"fields": {"name": 5, "email": {"x": 1}, "topic": True, "unheard": 1.5}},
    {"fields": {"name": "\0", "email": "a@b\0c", "": "", "\n": "\x9b\x1b[31m"}},
    {"fields": {"name": [], "email": ["a@example.org", "b@example.org"]}},
    {"fields": []}, {"fields": "x"}, {"fields": None},
    {"files": [{}]}, {"files": [5, None, "x", []]}, {"files": {"field": "f"}}, {"files": "x"}, {"files": None},
    {"files": [{"filename": "x.txt", "path": f"files/2026-01-01/{HEX}", "size": 1, "type": "text/plain"}]},
    {"files": [{"field": 1, "filename": 2, "type": 3, "size": "x", "sha256": 4, "path": 5}]},
    {"files": [{"field": "file", "filename": None, "path": "../../secret", "size": -1, "type": "\r\nx"}]},
    {"files": [{"field": "file", "filename": "../../x", "path": "files/../../secret", "size": 1e300, "type": ""}]},
    {"files": [{"field": "file", "filename": "\0", "path": "files/" + "x" * 900, "size": 2**62, "type": "text/plain"}]},
    {"files": [{"field": "file", "filename": "x", "path": "files/", "size": 1, "type": "text/plain"}] * 10},
    {"client": 5}, {"client": {"address": 5, "agent": []}}, {"client": None},
    {"extra": 5}, {"extra": [1, [2]]}, {"extra": {"a": {"b": [1]}}}, {"extra": None},
    {"spam": 5}, {"spam": ["x"]}, {"spam": None},
    {"key": 5}, {"key": "x"}, {"key": "\0" * 32}, {"key": "A" * 32},
    {"form": 5}, {"form": "other"}, {"form": None},
    {"received": 5}, {"received": "x"}, {"received": None}, {"received": "9999-12-31T23:59:59.999Z"},
    {"received": "2026-02-31T00:00:00.000Z"}, {"received": "0000-00-00T00:00:00.000Z"},
    {"id": 5}, {"id": "x"},
]

LINES = [
    b"", b" ", b"{", b"}", b"[]", b"5", b"null", b"\0\0\0", b"\xff\xfe", b'{"id":"', b'{"id":"x"}', b"x" * 70000, b"[" * 5000,
    b'{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa","form":"job","received":"2026-11-28T00:00:00.000Z","fields":{},"fields":{}}',
    b'{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa","form":"job","received":"2026-11-28T00:00:00.000Z","key":"', b'{"void":true}',
    b'{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa","form":"job","received":"2026-11-28T00:00:00.000Z","fields":' + b'{"a":' * 3000 + b"}" * 3001,
    b'{"id":"\xc2\x9b\xc2\x9b","erased":true}', b'{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa","erased":true}' + b" " * 9000,
]

FORM = """
[form job]
files = yes
after = mail, receipt, run
result = made
owners = ada
withdraw = 1d
keep = 2d
remember = 1d

[task mail]
mail = owner@example.org
subject = From {name}: {topic}
text = {message} {email} {file} {unheard}

[task receipt]
reply = email
subject = Yours, {name}

[task run]
command = /bin/sh -c "cat >/dev/null"
input = file

[task made]
command = /bin/sh -c "cat >/dev/null && echo done"
"""


@pytest.fixture
def program(start, clock):
    return start(environment=clock.environment)


def begin(program, tmp_path):
    sendmail = tmp_path / "sendmail"
    sendmail.write_text(f"#!/bin/sh\ncat >>{tmp_path}/mails\n")
    sendmail.chmod(0o755)
    program.configure(general=f"sendmail = {sendmail}\nfrom = site@example.org\nparallel = 8", more=FORM)


def run(program, *arguments):
    return subprocess.run([program.binary, *arguments], env=program.environment, capture_output=True, timeout=100)


def log_of(program, form="job"):
    return sorted((program.data / form).glob("*.jsonl"))[-1]


def post_and_edit(program, edits):
    """Posts as many outcomes as there are edits, and makes each edit in the line of one, which stays as long as it was."""
    ids = []
    for number, edit in enumerate(edits):
        answer = program.post(b"name=Ada&email=ada%40example.org&topic=x&message=" + b"x" * 6000, "/job",
                              HTTP_IDEMPOTENCY_KEY=f'"k{number}"', HTTP_PREFER="respond-async")
        assert "location" in answer.headers, (answer.text, answer.errors)
        ids.append(answer.headers["location"].split("/job/")[1].split("/")[0])
    path = log_of(program)
    lines = path.read_bytes().split(b"\n")[:-1]
    for number, edit in enumerate(edits):
        record = json.loads(lines[number])
        room = len(lines[number])
        record["fields"]["message"] = "x"
        record.update(edit)
        line = json.dumps(record, separators=(",", ":"), ensure_ascii=number % 2 == 0).encode()
        assert len(line) <= room
        lines[number] = line + b" " * (room - len(line))
    path.write_bytes(b"\n".join(lines) + b"\n")
    return ids


@pytest.mark.parametrize("owner", [False, True])
def test_pages_of_edited_lines(program, tmp_path, owner):
    begin(program, tmp_path)
    with no_worker(program):
        ids = post_and_edit(program, EDITS)
        user = {"REMOTE_USER": "ada", "AUTH_TYPE": "Basic"} if owner else {}
        for the_id, edit in zip(ids, EDITS):
            for path in ("", "/status", "/result", "/files/1/x", "/files/2/x.txt"):
                for accept in ("text/html", "application/json"):
                    answer = program.get(f"/job/{the_id}{path}", HTTP_ACCEPT=accept, **user)
                    assert answer.status in (200, 303, 404, 410, 500, 503), (edit, path)
                    if answer.status == 200 and "json" in answer.headers["content-type"]:
                        assert "\x9b" not in answer.text and "\x1b" not in answer.text
                        json.loads(answer.text)
            program.check_alive()
        assert program.post(b"name=Eve", "/job").status == 303
        for the_id, edit in zip(ids, EDITS):
            assert program.post(b"_method=delete", f"/job/{the_id}").status in (303, 403, 404, 410, 500, 503), edit
    (program.data / "job").rename(tmp_path / "away")


def test_keys_of_edited_lines_are_looked_up(program, tmp_path):
    begin(program, tmp_path)
    with no_worker(program):
        program.post(b"a=b", "/job", HTTP_IDEMPOTENCY_KEY='"mine"')
        (log := log_of(program)).write_bytes(log.read_bytes() + b"\n".join(LINES) + b"\n")
        place = program.post(b"a=b", "/job", HTTP_IDEMPOTENCY_KEY='"mine"').headers["location"]
        for _ in range(2):
            (program.data / "job/keys").unlink()
            assert program.post(b"a=b", "/job", HTTP_IDEMPOTENCY_KEY='"mine"').headers["location"] == place
        for number in range(3):
            assert program.post(b"a=c", "/job", HTTP_IDEMPOTENCY_KEY=f'"n{number}"').status == 303
    (program.data / "job").rename(tmp_path / "away")


def test_commands_pass_over_them(program, tmp_path):
    begin(program, tmp_path)
    with no_worker(program):
        ids = post_and_edit(program, EDITS)
        (log := log_of(program)).write_bytes(log.read_bytes() + b"\n".join(LINES) + b"\n")
        last = id_of_post(program)
    whole = [edit for edit in EDITS if "id" not in edit]
    done = run(program, "export", "job")
    assert done.returncode == 0 and last.encode() in done.stdout, done.stderr
    assert b"\x9b" not in done.stdout.replace(b"\xef\xbf\xbd", b"") and b"\x1b" not in done.stdout
    assert ids[0].encode() in done.stdout and len(whole) > 3
    for arguments in (["list", "--form", "job"], ["list", "--json"], ["search", "xyz"], ["stats"], ["tasks"], ["show", ids[0]], ["show", ids[7]],
                      ["show", ids[-1]], ["person", "a@example.org"], ["retry"]):
        done = run(program, *arguments)
        assert done.returncode in (0, 1, 2), (arguments, done.returncode, done.stderr[-1000:])
        assert b"out of memory" not in done.stderr and b"\x1b" not in done.stdout and b"\xc2\x9b" not in done.stdout, arguments
    (program.data / "job").rename(tmp_path / "away")


@pytest.mark.parametrize("way", ["cgi"])
def test_a_worker_does_what_comes_after_them_and_retention_erases_their_day(program, tmp_path, clock):
    begin(program, tmp_path)
    with no_worker(program):
        post_and_edit(program, EDITS)
        (log := log_of(program)).write_bytes(log.read_bytes() + b"\n".join(LINES) + b"\n")
        last = program.post(b"name=Last+of+all&email=last%40example.org", "/job").headers["location"].split("/job/")[1].split("/")[0]
    working = subprocess.Popen([program.binary, "work"], env=program.environment, stderr=subprocess.PIPE)
    try:
        wait_for("the mail of the last line", lambda: (tmp_path / "mails").exists() and b"Last of all" in (tmp_path / "mails").read_bytes())
        wait_for("the result of the last line", (program.data / f"job/tasks/made/{last}.result").exists)
        assert working.poll() is None
    finally:
        working.terminate()
        said = working.communicate(timeout=20)[1]
        print(said.decode(errors="replace"), run(program, "tasks").stdout.decode()[-3000:], [p.name for p in tmp_path.iterdir()])
    assert b"out of memory" not in said
    for path in (program.data / "job/tasks").rglob("*.json"):
        path.unlink()
    clock.pass_time(4 * DAY)
    for _ in range(2):
        done = run(program, "work", "once")
        assert done.returncode == 0, done.stderr
        clock.pass_time(DAY)
    assert not list((program.data / "job").glob("*.jsonl*")), done.stderr
    assert (program.data / "secret").read_bytes()
    (program.data / "job").rename(tmp_path / "away")


def id_of_post(program):
    return program.post(b"name=Last", "/job").headers["location"].split("/job/")[1].split("/")[0]
