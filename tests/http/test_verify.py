"""verify: each kind of damage is named with its file and offset, what is sound is not, and posts may go on meanwhile."""
import json
import os
import pty
import shutil
import subprocess
import threading
import time

import pytest

from harness.bodies import multipart
from harness.posts import GOOD, keyed
from harness.processes import wait_for
from test_export import post

pytestmark = pytest.mark.parametrize("way", ["cgi"])

LONG_AGO = 1_500_000_000
TASKS = "after = note\nresult = render"
MORE = "[task note]\ncommand = /bin/false\nretries = 0\n[task render]\ncommand = /bin/cat\n[fields any]\nfile = file\n"


def run(program, *arguments, status=None):
    done = subprocess.run([program.binary, "verify", *arguments], env=program.environment, capture_output=True, text=True, timeout=60)
    assert status is None or done.returncode == status, (done.stdout, done.stderr)
    return done


def findings(program, *arguments):
    """What is found, as JSON; the exit status says whether there is damage among it."""
    done = run(program, "--json", *arguments)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == any(each["damage"] for each in found) and done.stderr == ""
    assert all(each["what"] and each["advice"].endswith(".") for each in found)
    return [(each["damage"], each["file"], each.get("offset"), each["what"]) for each in found]


@pytest.fixture
def full(program):
    """A data folder with everything in it: outcomes, spam, an upload, keys, marks, a failed job and a result."""
    program.configure(contact=TASKS, more=MORE, general="durable = yes")
    body, kind = multipart(("file", "x.txt", "text/plain", b"content of the upload"))
    program.ids = [post(program, GOOD, "/contact"), post(program, GOOD + b"&website=x", "/contact"), post(program, body, CONTENT_TYPE=kind)]
    assert keyed(program, "one").status == 303
    wait_for("both tasks", lambda: len([*program.data.glob("contact/tasks/*/*.json")]) == 2 and [*program.data.glob("contact/tasks/*/*.result")])
    program.wait_for_worker()
    copy = program.folder / "copy"
    shutil.copytree(program.data, copy)
    yield program
    shutil.rmtree(program.data)
    shutil.copytree(copy, program.data)


def overwrite(path, offset, content):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(content)


def upload_of(program):
    path, = program.data.glob("any/files/*/*")
    return path


def test_what_is_sound_is_silent(full):
    assert findings(full) == [] and run(full, status=0).stdout == ""
    subprocess.run([full.binary, "erase", full.ids[2]], env=full.environment, check=True, capture_output=True)
    assert findings(full) == []


def test_nothing_kept_is_sound(program):
    assert findings(program) == []


def test_a_summary_on_a_terminal(full):
    master, slave = pty.openpty()
    process = subprocess.Popen([full.binary, "verify"], env=full.environment, stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    assert process.communicate(timeout=60)[0] == b"" and process.returncode == 0
    said = ""
    while "to note" not in said:
        said += os.read(master, 65536).decode()
    os.close(master)
    assert "4 outcomes, 1 uploads, 0 marks, 2 unfinished jobs" in said and "0 damaged, 0 to note" in said


def damaged_lines(log):
    """Each kind of line that is no outcome, at the second line of a log: what is written there, whether it is damage, what is said."""
    first, second = log.read_bytes().splitlines()[:2]
    return len(first) + 1, [
        (b"#" * len(second), True, "not one of a log"),
        (second[:100] + b"\x00" * (len(second) - 100), True, "not an outcome of this form"),
        (second.replace(b'"form":"contact"', b'"form":"c0ntact"'), True, "not an outcome of this form"),
        (second[:7] + first[7:36] + second[36:], True, "leads to another place"),
        (second[:39] + b"e" + second[40:], False, "erasing the line was cut short"),
        (b'{"void":true}' + b" " * (len(second) - 13), None, ""),
    ]


def test_damaged_lines(full):
    log, = full.logs("contact")
    offset, kinds = damaged_lines(log)
    good = log.read_bytes()
    for line, damage, said in kinds:
        overwrite(log, offset, line)
        found = findings(full)
        if damage is None:
            assert found == []
        else:
            (is_damage, file, at, what), = found
            assert (is_damage, file, at) == (damage, f"contact/{log.name}", offset) and said in what
        log.write_bytes(good)
    log.write_bytes(good + b'{"id":"torn')
    assert findings(full) == [(False, f"contact/{log.name}", len(good), "the last line has no end: whoever wrote it died")]


def test_inserted_bytes_move_all_lines_behind_them(full):
    log, = full.logs("contact")
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + b"\n".join([lines[1][:-1], b""]) + lines[2].replace(b"{", b"  {", 1))
    assert any(offset == len(lines[0]) + len(lines[1]) for _, _, offset, _ in findings(full))


def test_damaged_uploads(full):
    path, log = upload_of(full), full.logs("any")[0]
    good, name = path.read_bytes(), str(path.relative_to(full.data / "any"))
    for content in (b"c0ntent of the upload", b"content", b""):
        path.write_bytes(content)
        assert findings(full) == [(True, f"any/{log.name}", 0, f"the upload {name} has other content than was sent")]
    path.unlink()
    assert findings(full) == [(True, f"any/{log.name}", 0, f"the upload {name} is missing")]
    incoming = full.data / "any" / "files" / "incoming" / path.name
    incoming.write_bytes(good)
    assert findings(full) == [], "its process died before the rename"


def test_orphaned_uploads(full):
    path = upload_of(full)
    orphan, leftover, other = path.with_name("0" * 32), path.parents[1] / "incoming" / ("1" * 32), path.with_name("thumbs.db")
    for each in (orphan, leftover, other):
        each.write_bytes(b"x")
    assert findings(full) == [], "they are so young that their lines may just be written"
    for each in (orphan, leftover, other):
        os.utime(each, (LONG_AGO, LONG_AGO))
    found = {file: (damage, what) for damage, file, _, what in findings(full)}
    assert found == {str(orphan.relative_to(full.data)): (True, "no line names the upload"),
                     str(leftover.relative_to(full.data)): (False, "no line names the upload: its post was not kept"),
                     str(other.relative_to(full.data)): (False, "the file is not an upload")}


def test_a_missing_or_another_secret(full):
    secret = full.data / "secret"
    content = secret.read_bytes()
    for wrong, said in [(None, "missing"), (b"short", "has not 32 bytes")]:
        secret.unlink()
        if wrong:
            secret.write_bytes(wrong)
        (damage, file, _, what), = findings(full)
        assert damage and file == "secret" and said in what
        secret.write_bytes(content)
    secret.write_bytes(bytes(32))
    assert {what for _, _, _, what in findings(full)} >= {"the id leads to another place"}


def test_damaged_files_of_tasks(full):
    folder = full.data / "contact" / "tasks"
    cursor, job = folder / "note" / "cursor", next(folder.glob("note/*.json"))
    good, size = cursor.read_text(), full.logs("contact")[0].stat().st_size
    day = good.split()[0]
    for content, said in [("", "not a cursor"), ("x 1 2\n", "not a cursor"), (f"{day} 0 {size + 1}\n", "between two lines"),
                          (f"{day} 0 5\n", "between two lines"), (f"{day} 7 0\n", "between two lines")]:
        cursor.write_text(content)
        (damage, file, _, what), = findings(full)
        assert damage and file == "contact/tasks/note/cursor" and said in what
    cursor.write_text(good)
    (folder / "note" / f"late.{day}").write_text("no number\n")
    assert [each[3] for each in findings(full)] == ["the file does not lead to a line of the day's log"]
    (folder / "note" / f"late.{day}").write_text(f"{size}\n")
    assert findings(full) == []
    text = job.read_text()
    job.write_text(text[:20])
    assert [each[1:] for each in findings(full)] == [(f"contact/tasks/note/{job.name}", None, "the file is not a job's")]
    job.write_text(text)
    result = next(folder.glob("render/*.result"))
    stray = result.with_name(full.ids[2] + ".result")
    stray.write_text("x")
    os.utime(stray, (LONG_AGO, LONG_AGO))
    assert [each[3] for each in findings(full)] == ["its outcome is not there"]


def test_damaged_keys(full):
    keys = full.data / "contact" / "keys"
    overwrite(keys, 256 * 2 + 8, b"\xff" * 16)
    assert [each[1:] for each in findings(full)] == [("contact/keys", None, "the table of keys is damaged")]
    overwrite(keys, 0, b"\xff" * 256)
    assert findings(full) == [], "it is rebuilt before it is used, as after a boot"


def test_damaged_marks(full):
    log, = full.logs("contact")
    marks = full.data / "contact" / "marks" / log.name
    marks.parent.mkdir()
    marks.write_bytes(b"nonsense\n[]\n")
    assert [each[:3] for each in findings(full)] == [(True, f"contact/marks/{log.name}", 0), (True, f"contact/marks/{log.name}", 9)]


def test_many_findings_of_a_file_are_counted(full):
    log, = full.logs("contact")
    log.write_bytes(log.read_bytes() + b"x\n" * 1000)
    said = run(full, status=1).stdout
    assert said.count("\n") == 21 and f"and 980 more in contact/{log.name}" in said and len(findings(full)) == 1000


def test_hostile_names_and_lines_can_t_reach_the_terminal(full):
    path = upload_of(full).with_name("\x1b[31m\n\udcff")
    path.write_bytes(b"x")
    os.utime(path, (LONG_AGO, LONG_AGO))
    log, = full.logs("any")
    log.write_bytes(log.read_bytes().replace(b'"path":"files/', b'"path":"\\u001b\\u009b/'))
    said = run(full, status=1).stdout
    assert not any(ord(c) < 32 and c != "\n" or 0x7f <= ord(c) < 0xa0 for c in said)
    assert all(line.startswith(("damage: ", "note: ")) for line in said.splitlines()) and len(findings(full)) == said.count("\n")


def test_posts_withdrawals_and_uploads_go_on_meanwhile(program):
    program.configure(contact="withdraw = 1h", more="[fields any]\nfile = file\n")
    body, kind = multipart(("file", "x.txt", "text/plain", b"content" * 1000))
    end, made = time.monotonic() + 4, []

    def traffic():
        while time.monotonic() < end:
            made.append(post(program, body, CONTENT_TYPE=kind))
            one = post(program, GOOD, "/contact")
            if len(made) % 3 == 0:
                program.post("_method=delete", f"/contact/{one}")
                subprocess.run([program.binary, "erase", made[len(made) // 2]], env=program.environment, capture_output=True)

    threads = [threading.Thread(target=traffic) for _ in range(3)]
    for thread in threads:
        thread.start()
    checks = 0
    while time.monotonic() < end:
        if program.data.exists():
            assert findings(program) == []
            checks += 1
    for thread in threads:
        thread.join()
    assert checks > 3 and len(made) > 10 and findings(program) == []


@pytest.mark.parametrize("arguments, status, said", [(["a", "b"], 2, "usage"), (["--spam"], 2, "--spam"), (["/nowhere"], 1, "/nowhere")])
def test_a_wrong_argument_is_named(program, arguments, status, said):
    done = run(program, *arguments, status=status)
    assert said in done.stderr and done.stdout == "" and done.stderr.count("\n") == 1
