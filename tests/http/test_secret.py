"""The secret of a data folder: it is never replaced while logs depend on it. Who may write there, and with which modes."""
import fcntl
import os
import shutil
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import clients
from harness.tracing import UNCHECKED
from test_log import id_of
from test_once import keyed
from test_upload import upload

NOBODY = 65534


def run(program, *arguments):
    return subprocess.run([program.binary, *arguments], env=program.environment, capture_output=True, text=True, timeout=60)


def post(program):
    return program.post(b"a=b", "/any")


def test_a_secret_that_another_process_makes_meanwhile_is_not_lost(start, way):
    """One looks for the secret, another makes it and keeps the first outcome, and the first one finds a log."""
    if way == "fastcgi":
        pytest.skip("the same code, and its processes can't be told apart")
    program = start()
    body, secret = b"a=b", program.data / "secret"
    slow = ["strace", "-qq", "-o", str(program.folder / "trace"), "-P", f"{program.folder}/cgi-bin/../data/secret", "-e", "trace=access,faccessat,faccessat2",
            "-e", "inject=access,faccessat,faccessat2:delay_exit=2000000:when=2", program.binary]
    program.data.mkdir()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(clients.cgi, slow, clients.variables(path="/any", body=body), body, program.environment | UNCHECKED)
        time.sleep(0.5)  # by now it has looked, and strace holds it for two seconds
        assert post(program).status == 303
        assert late.result().status == 303, late.result().errors
    assert len(program.lines("any")) == 2


@pytest.mark.parametrize("as_it_is", [True, False], ids=["log", "compressed"])
def test_a_lost_secret_is_not_replaced_where_there_are_logs(program, as_it_is):
    the_id = id_of(post(program))
    secret = program.data / "secret"
    kept = secret.read_bytes()
    secret.unlink()
    if not as_it_is:
        log, = (program.data / "any").glob("*.jsonl")
        log.rename(log.with_suffix(".jsonl.gz"))
    for answer in (post(program), keyed(program, "k"), program.get("/contact")):
        assert answer.status in (200, 503) and not secret.exists()
    assert post(program).status == 503 and program.get(f"/any/{the_id}").status == 404
    for command in (["check"], ["work", "once"]):
        done = run(program, *command)
        assert done.returncode == 1 and "secret is missing" in done.stderr and "new-secret" in done.stderr and not secret.exists(), done.stderr
    secret.write_bytes(kept)
    secret.chmod(0o600)
    assert post(program).status == 303 and (program.get(f"/any/{the_id}").status == 200) == as_it_is
    assert run(program, "check").returncode == 0
    if not as_it_is:
        log.with_suffix(".jsonl.gz").unlink()


def test_why_the_secret_can_t_be_used_is_logged_once_until_that_changes(program):
    post(program)
    secret, kept = program.data / "secret", program.data / "kept"

    def said(text, posts=4):
        """How often the log says a text while something is posted, by whichever process."""
        before = program.log().count(text)
        answers = [post(program) for _ in range(posts)] + [keyed(program, "k")]
        assert {answer.status for answer in answers} == {503}
        return sum(answer.errors.count(text) for answer in answers) + program.log().count(text) - before

    secret.rename(kept)
    assert said("secret is missing") == 1
    assert said("secret is missing") == 0
    secret.write_bytes(b"short")
    assert said("is not 32 bytes long") == 1
    secret.unlink()
    assert said("secret is missing") == 1
    kept.rename(secret)
    assert post(program).status == 303 and not (program.data / "secret.reported").exists()
    secret.rename(kept)
    assert said('"seeother new-secret" makes a new one') == 1
    assert run(program, "new-secret").returncode == 0 and not (program.data / "secret.reported").exists()
    kept.unlink()
    assert post(program).status == 303


def test_a_new_secret_is_made_only_when_asked_for(program):
    post(program)
    secret = program.data / "secret"
    kept = secret.read_bytes()
    done = run(program, "new-secret")
    assert done.returncode == 1 and "is not lost" in done.stderr and secret.read_bytes() == kept
    secret.unlink()
    done = run(program, "new-secret")
    assert done.returncode == 0 and secret.read_bytes() != kept and stat.S_IMODE(secret.stat().st_mode) == 0o600, done.stderr
    answer = post(program)
    assert answer.status == 303 and program.get(f"/any/{id_of(answer)}").status == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_root_makes_no_new_secret_for_the_web_servers_user(program):
    post(program)
    secret = program.data / "secret"
    kept = secret.read_bytes()
    secret.unlink()
    os.chown(program.data, NOBODY, NOBODY)
    done = run(program, "new-secret")
    assert done.returncode == 1 and "belongs to another user" in done.stderr and not secret.exists()
    os.chown(program.data, 0, 0)
    secret.write_bytes(kept)
    secret.chmod(0o600)


def test_a_secret_of_the_wrong_length_is_told_by_check_and_keeps_nothing(program):
    post(program)
    (program.data / "secret").write_bytes(b"")
    done = run(program, "check")
    assert done.returncode == 1 and "secret has 0 bytes" in done.stderr
    answer = post(program)
    assert answer.status == 503 and "is not 32 bytes long" in answer.errors + program.log() and len(program.lines("any")) == 1
    shutil.rmtree(program.data)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
@pytest.mark.parametrize("there", ["secret", "folder"])
def test_root_makes_no_files_among_those_of_the_web_servers_user(program, there):
    program.data.mkdir(exist_ok=True)
    if there == "secret":
        assert post(program).status == 303
        os.chown(program.data / "secret", NOBODY, NOBODY)
    os.chown(program.data, NOBODY, NOBODY)
    before = {path: path.stat().st_size for path in program.data.rglob("*")}
    answer = post(program)
    assert answer.status == 503 and "belongs to another user" in answer.errors + program.log()
    assert {path: path.stat().st_size for path in program.data.rglob("*")} == before
    assert program.get("/nothing").status == 404
    shutil.rmtree(program.data)


@pytest.mark.parametrize("mode, file_mode, folder_mode", [("", 0o600, 0o700), ("mode = private", 0o600, 0o700), ("mode = group", 0o640, 0o750)])
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_modes_are_those_of_the_configuration_whatever_the_umask(start, mode, file_mode, folder_mode, mask):
    before = os.umask(mask)
    try:
        program = start()
    finally:
        os.umask(before)
    program.configure(general=mode, contact="rate = 9/minute\nkeep = 9d", more="[form files]\nfiles = yes\n")
    shutil.rmtree(program.data, ignore_errors=True)
    keyed(program, "k")
    assert program.post(b"name=Ada&email=ada%40example.org", "/contact").status == 303
    upload(program, ("file", "x.txt", "text/plain", b"content"), path="/files")
    program.wait_for_worker()
    for path in [program.data, *program.data.rglob("*")]:
        expected = folder_mode if path.is_dir() else file_mode
        assert stat.S_IMODE(path.stat().st_mode) == expected, (path, oct(path.stat().st_mode))
    assert (program.data / "files/files").is_dir()


@pytest.mark.parametrize("what", ["log", "keys"])
def test_a_lock_that_another_holds_is_503_in_the_end(program, what):
    assert keyed(program, "a").status == 303
    log, = (program.data / "contact").glob("*.jsonl")
    held = os.open(log if what == "log" else program.data / "contact", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        begun = time.monotonic()
        answer = keyed(program, "b")
        assert answer.status == 503 and 15 < time.monotonic() - begun < 50
        said = [line for line in (answer.errors + program.log()).splitlines() if "has held" in line]
        assert len(said) == 1 and "for 20 seconds" in said[0] and "contact" in said[0], said
    finally:
        os.close(held)
    assert keyed(program, "b").status == 303 and len(program.lines()) == 2


def test_a_lock_that_is_let_go_in_time_is_waited_for(program):
    assert keyed(program, "a").status == 303
    log, = (program.data / "contact").glob("*.jsonl")
    holder = subprocess.Popen(["flock", log, "sleep", "1.5"])
    time.sleep(0.3)
    begun = time.monotonic()
    assert keyed(program, "b").status == 303 and time.monotonic() - begun > 0.7
    assert holder.wait(10) == 0
