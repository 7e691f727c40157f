"""backup and restore: a copy made under load has what was acknowledged before it, and becomes a data folder whose ids answer."""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import threading

import pytest

from harness.bodies import multipart
from harness.posts import GOOD, keyed
from harness.processes import wait_for

pytestmark = pytest.mark.parametrize("way", ["cgi"])

TASKS = "after = note\nresult = render\nwithdraw = 1h"
MORE = "[task note]\ncommand = /bin/false\nretries = 0\n[task render]\ncommand = /bin/cat\n[fields any]\nfile = file\n"


def run(program, *arguments, status=0):
    done = subprocess.run([program.binary, *arguments], env=program.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


def id_of(answer):
    """The id that a 303 leads to, whether to the outcome or to its status."""
    assert answer.status == 303, answer.raw
    return re.search("/([a-z2-7]{29})(/status)?$", answer.headers["location"])[1]


def contents(folder):
    """Every file below a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kept(folder):
    """The same without what is derived."""
    return {name: content for name, content in contents(folder).items()
            if not re.search(r"(^|/)(keys|flushes|counts|usage|expiry|low|rates|clock|worker)(\.log)?$", name)}


def upload(program, content):
    body, kind = multipart(("file", "x.txt", "text/plain", content))
    return program.post(body, "/any", CONTENT_TYPE=kind)


@pytest.fixture
def full(program):
    """Outcomes, spam, an upload, a key, marks, a failed job and a result."""
    program.configure(contact=TASKS, more=MORE)
    program.ids = [id_of(program.post(GOOD)), id_of(program.post(GOOD + b"&website=x")), id_of(upload(program, b"content of the upload"))]
    assert keyed(program, "one").status == 303
    wait_for("both tasks", lambda: len([*program.data.glob("contact/tasks/*/*.json")]) == 2 and [*program.data.glob("contact/tasks/*/*.result")])
    program.wait_for_worker()
    return program


def restored_to(program, data, *options):
    """Restores into another data folder, which is then that of the program."""
    program.configure(general=f"data = {data}", contact=TASKS, more=MORE)
    program.config.write_text(re.sub(r"^data = \.\./data$", "", program.config.read_text(), flags=re.M))
    return run(program, "restore", *options)


def test_a_backup_holds_all_but_what_is_derived(full, tmp_path):
    to = tmp_path / "backup"
    assert str(to) in run(full, "backup", to).stdout
    assert contents(to) == kept(full.data) and len(contents(to)) >= 9
    assert stat.S_IMODE(to.stat().st_mode) == 0o700 and stat.S_IMODE((to / "secret").stat().st_mode) == 0o600
    for path in full.data.rglob("files/*/*"):
        copy = to / path.relative_to(full.data)
        assert (copy.stat().st_mtime_ns, copy.stat().st_mode) == (path.stat().st_mtime_ns, path.stat().st_mode)
        assert copy.stat().st_ino != path.stat().st_ino, "an erasure overwrites the file where it lies"
    run(full, "verify", to)


def test_a_restored_folder_answers_as_before(full, tmp_path):
    run(full, "backup", tmp_path / "backup")
    before = [full.get(f"/{form}/{one}", HTTP_ACCEPT="application/json").body for form, one in zip(["contact", "contact", "any"], full.ids)]
    data = tmp_path / "elsewhere"
    restored_to(full, data, tmp_path / "backup")
    assert [full.get(f"/{form}/{one}", HTTP_ACCEPT="application/json").body for form, one in zip(["contact", "contact", "any"], full.ids)] == before
    again = keyed(full, "one")
    assert again.status == 303 and len([*data.glob("contact/*.jsonl")]) == 1
    assert sum(path.read_bytes().count(b"\n") for path in data.glob("contact/*.jsonl")) == 3, "the key was known"
    assert full.get(f"/contact/{full.ids[0]}/status").status == 303
    assert run(full, "verify").stdout == ""
    full.wait_for_worker()


@pytest.mark.parametrize("mode, files, folders", [("private", 0o600, 0o700), ("group", 0o640, 0o750)])
def test_a_restored_folder_has_the_modes_of_the_configuration_and_the_owner_of_the_folder(full, tmp_path, mode, files, folders):
    run(full, "backup", tmp_path / "backup")
    data = tmp_path / "elsewhere"
    data.mkdir(mode=0o755)
    owner = (os.geteuid(), os.getegid())
    if owner[0] == 0:
        owner = (1234, 1235)
        os.chown(data, *owner)
    full.configure(general=f"mode = {mode}", contact=TASKS, more=MORE)
    full.config.write_text(full.config.read_text().replace("data = ../data", f"data = {data}"))
    run(full, "restore", tmp_path / "backup")
    for path in data.rglob("*"):
        expected = 0o600 if path.name == "secret" else folders if path.is_dir() else files
        assert stat.S_IMODE(path.stat().st_mode) == expected, path
        assert (path.stat().st_uid, path.stat().st_gid) == owner, path
    assert kept(data) == contents(tmp_path / "backup") and not (data / ".restoring").exists()
    full.configure(contact=TASKS, more=MORE)


def test_posts_go_on_while_a_backup_is_made(program, tmp_path):
    """Several writers, uploads, withdrawals; each backup has what was acknowledged before it began, and nothing torn."""
    program.configure(contact="result = render\nwithdraw = 1h", more=MORE)
    upload(program, b"first" * 20000)
    stop, acknowledged, gone, wrong = threading.Event(), [], set(), []

    def traffic(number):
        count = 0
        while not stop.is_set():
            count += 1
            answer = upload(program, b"%d %d " % (number, count) * 3000) if count % 3 == 0 else program.post(GOOD)
            if answer.status != 303:
                wrong.append(answer.raw)
                return
            one = ("any" if count % 3 == 0 else "contact", id_of(answer))
            if count % 5 == 0:  # withdrawn while backups are made
                run(program, "erase", one[1])
                gone.add(one)
            else:
                acknowledged.append(one)

    threads = [threading.Thread(target=traffic, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    backups = []
    try:
        for number in range(3):
            posts, erasures = len(acknowledged) + 8, len(gone) + 1
            wait_for("more posts", lambda: len(acknowledged) >= posts and len(gone) >= erasures or wrong, 60)
            before, erased = [*acknowledged], {*gone}
            run(program, "backup", tmp_path / f"backup{number}")
            backups.append((tmp_path / f"backup{number}", before, erased))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong and len(acknowledged) > 20
    program.wait_for_worker()
    for folder, before, erased in backups:
        done = subprocess.run([program.binary, "verify", folder], env=program.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout
        data = tmp_path / f"data of {folder.name}"
        program.config.write_text(re.sub(r"^data = .*$", f"data = {data}", program.config.read_text(), flags=re.M))
        run(program, "restore", folder)
        for form, one in before:
            assert program.get(f"/{form}/{one}").status == 200, (form, one)
        for form, one in erased:
            assert program.get(f"/{form}/{one}").status == 410, (form, one)
        program.wait_for_worker()


def test_what_was_withdrawn_while_it_was_copied_is_not_in_the_backup(program, tmp_path):
    """An outcome is withdrawn when its line is in the copy already, and uploads are still to be copied: the backup stands still meanwhile."""
    program.configure(more="[fields any]\nfile = file\n")
    one = id_of(upload(program, b"unmistakable upload"))
    id_of(upload(program, b"another one"))
    many, to, slow = 2000, tmp_path / "backup", program.data / "any" / "files" / "2000-01-01"
    slow.mkdir()
    for number in range(many):
        (slow / f"{number:032x}").write_bytes(b"x")
    with subprocess.Popen([program.binary, "backup", to], env=program.environment, stdout=subprocess.DEVNULL) as process:
        wait_for("the line in the copy", lambda: any(one.encode() in path.read_bytes() for path in to.glob("any/*.jsonl")))
        process.send_signal(signal.SIGSTOP)
        copied = to / "any" / "files" / slow.name
        assert not copied.exists() or len(os.listdir(copied)) < many, "the backup was too quick for this test"
        try:
            run(program, "erase", one)
        finally:
            process.send_signal(signal.SIGCONT)
        assert process.wait(60) == 0
    everything = b"".join(contents(to).values())
    assert b"another one" in everything and b"unmistakable" not in everything
    assert f'"id":"{one}","erased":true'.encode() in everything
    shutil.rmtree(slow)


def test_a_torn_tail_is_not_copied(full, tmp_path):
    log, = full.logs("any")
    good = log.read_bytes()
    log.write_bytes(good + b'{"id":"torn')
    run(full, "backup", tmp_path / "backup")
    assert (tmp_path / "backup" / "any" / log.name).read_bytes() == good
    log.write_bytes(good)


def test_a_folder_that_is_not_empty_is_refused(full, tmp_path):
    to = tmp_path / "backup"
    to.mkdir()
    (to / "x").write_text("mine")
    assert "is not empty" in run(full, "backup", to, status=1).stderr and os.listdir(to) == ["x"]
    file = tmp_path / "file"
    file.write_text("mine")
    assert "file" in run(full, "backup", file, status=1).stderr and file.read_text() == "mine"
    assert "inside" in run(full, "backup", full.data / "backup", status=1).stderr and not (full.data / "backup").exists()
    run(full, "backup", tmp_path / "good")
    assert "is not empty" in run(full, "restore", tmp_path / "good", status=1).stderr


def test_a_failed_backup_says_so_and_is_never_restored(full, tmp_path):
    to, log = tmp_path / "backup", full.logs("contact")[0]
    hidden = log.with_suffix(".hidden")
    log.rename(hidden)
    log.symlink_to("/proc/self/mem")  # a file that can't be read
    done = run(full, "backup", to, status=1)
    assert log.name in done.stderr and "is incomplete" in done.stderr
    log.unlink()
    hidden.rename(log)
    shutil.move(full.data, tmp_path / "away")
    assert "incomplete" in run(full, "restore", to, status=1).stderr and not full.data.exists()
    assert "incomplete" in run(full, "verify", to, status=1).stdout
    shutil.move(tmp_path / "away", full.data)


def test_a_damaged_backup_is_refused_unless_forced(full, tmp_path):
    to = tmp_path / "backup"
    run(full, "backup", to)
    copy, = to.glob("any/files/*/*")
    copy.write_bytes(b"other content")
    data = tmp_path / "elsewhere"
    full.config.write_text(full.config.read_text().replace("data = ../data", f"data = {data}"))
    done = run(full, "restore", to, status=1)
    assert "has other content" in done.stderr and "--force" in done.stderr and not data.exists()
    run(full, "restore", to, "--force")
    assert kept(data) == contents(to)
    (to / "secret").unlink()
    assert "secret" in run(full, "restore", to, status=1).stderr


def test_a_draft_that_was_broken_off_does_not_hinder_the_next(full, tmp_path):
    run(full, "backup", tmp_path / "backup")
    data = tmp_path / "elsewhere"
    (data / ".restoring" / "contact").mkdir(parents=True)
    (data / ".restoring" / "contact" / "half").write_text("x")
    restored_to(full, data, tmp_path / "backup")
    assert kept(data) == contents(tmp_path / "backup")


@pytest.mark.parametrize("arguments, status, said", [(["backup"], 2, "usage"), (["backup", "a", "b"], 2, "usage"), (["restore", "x", "--spam"], 2, "--spam"),
                                                     (["restore"], 2, "usage"), (["restore", "/nowhere"], 1, "/nowhere"),
                                                     (["backup", "/nowhere/a/b"], 1, "/nowhere/a/b")])
def test_a_wrong_argument_is_named(full, arguments, status, said):
    done = run(full, *arguments, status=status)
    assert said in done.stderr and done.stdout == "" and done.stderr.count("\n") == 1


def test_nothing_kept_is_nothing_to_copy(program, tmp_path):
    assert "nothing to copy" in run(program, "backup", tmp_path / "backup", status=1).stderr and not (tmp_path / "backup").exists()
    assert json.loads(run(program, "stats").stdout)["data"]["secret"] is False
