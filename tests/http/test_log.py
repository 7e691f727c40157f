"""The promise: what was answered 303 is kept, whole, once; what was not is answered 503 and leaves the file as it was."""
import contextlib
import os
import random
import re
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import clients
from harness.disks import small_disk
from harness.posts import GOOD, id_of
from harness.processes import children, wait_for
from harness.tracing import UNCHECKED, order_of, traced

def is_a_503(answer, errors):
    assert answer.status == 503 and answer.headers["retry-after"].isdigit()
    assert "Your message was not kept" in answer.text and "was not kept" in answer.text
    assert "location" not in answer.headers
    assert "seeother: " in answer.errors + errors


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_a_full_disk_is_503_and_leaves_the_file_as_it_was(program, durable):
    program.configure(general=f"durable = {durable}\nreserve = 0")
    with small_disk(program.data):
        assert program.post(GOOD).status == 303
        log, = program.data.glob("contact/*.jsonl")
        room = os.statvfs(program.data)
        (program.data / "ballast").write_bytes(b"x" * room.f_bavail * room.f_frsize)
        while (answer := program.post(GOOD + b"&message=" + b"x" * 900)).status == 303:
            before = log.read_bytes()
            assert len(before) < 65536
        is_a_503(answer, program.log())
        before = before if len(program.lines()) > 1 else log.read_bytes()
        for _ in range(3):
            assert program.post(GOOD + b"&message=" + b"x" * 1900).status == 503
            assert log.read_bytes() == before
        (program.data / "ballast").unlink()
        answer = program.post(GOOD + b"&message=" + b"x" * 1900)
        assert answer.status == 303 and program.get("/contact/" + id_of(answer)).status == 200
        program.check_whole()


def test_a_file_system_that_can_t_reserve_room_will_do(program):
    program.configure(general="durable = yes\nreserve = 0", contact="same = 1h")
    with small_disk(program.data, ["ramfs"]):
        assert [program.post(GOOD + b"&message=%d" % n).status for n in range(6)] == [303] * 6
        assert len(program.lines()) == 6


def test_a_read_only_disk_is_503_and_what_is_kept_is_shown(start):
    program = start(count=1)
    program.configure(general="reserve = 0")
    with small_disk(program.data):
        kept = program.post(GOOD)
        log, = program.data.glob("contact/*.jsonl")
        before = log.read_bytes()
        program.configure(general="durable = yes\nreserve = 0")
        assert program.get("/contact").status == 200  # the worker has let its file go
        subprocess.run(["mount", "-o", "remount,bind,ro", str(program.data)], check=True)
        is_a_503(program.post(GOOD), program.log())
        assert log.read_bytes() == before
        assert program.get("/contact/" + id_of(kept)).status == 200
        assert program.get("/contact").status == 200
        subprocess.run(["mount", "-o", "remount,bind,rw", str(program.data)], check=True)
        assert program.post(GOOD).status == 303


@pytest.mark.parametrize("call, error", [
    ("fdatasync", "EIO"), ("fdatasync", "ENOSPC"), ("fdatasync", "EDQUOT"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"),
    ("pwrite64", "EDQUOT"), ("fsync", "EIO"), ("flock", "ENOLCK"), ("mkdir", "EROFS"), ("ftruncate", "EIO")])
def test_a_call_that_fails_is_503_and_the_next_post_works(start, tmp_path, call, error):
    program = start(count=1, prefix=traced(tmp_path / "trace", call, error), environment=UNCHECKED)
    program.configure(general="durable = yes\nsandbox = no")  # with it, the second post goes to a process of its own
    answer = program.post(GOOD)
    if call == "ftruncate":
        assert answer.status == 303  # nothing was cut, so nothing failed
    else:
        is_a_503(answer, program.log())
        assert program.lines() == []
    program.prefix = []
    answer = program.post(GOOD)
    assert answer.status == 303 and program.get("/contact/" + id_of(answer)).status == 200


@pytest.mark.parametrize("call", ["fdatasync", "pwrite64", "flock"])
def test_an_interrupted_call_is_made_again(start, tmp_path, call):
    trace = tmp_path / "trace"
    program = start(count=1, prefix=traced(trace, call, "EINTR"), environment=UNCHECKED)
    program.configure(general="durable = yes")
    assert program.post(GOOD).status == 303
    assert len(program.records()) == 1 and "INJECTED" in trace.read_text()


@pytest.mark.parametrize("way", ["cgi"])
def test_each_flush_comes_before_what_rests_on_it(program, tmp_path):
    program.configure(general="durable = yes")
    first = order_of(program, tmp_path)
    log = "any/DAY.jsonl"
    link = first.index(("link", "secret"))
    assert any(call == "fsync" and path.startswith(".secret.") for call, path in first[:link])
    assert ("fsync", ".") in first[link:first.index(("lock", log))]
    later = [("lock", log), ("fsync", "any"), ("fsync", "."), ("fsync", ".."), ("pwrite64", log), ("unlock", log), ("fdatasync", log),
             ("write", "answer")]
    assert first[first.index(("lock", log)):] == later
    for path in (program.data / "any").iterdir():
        path.unlink()
    again = order_of(program, tmp_path)  # a new day's file, in folders that are there
    assert again in (later, [one for one in later if one != ("fsync", "..")])  # out of reach in the sandbox: a secret tells it was done
    assert order_of(program, tmp_path) == [later[0]] + later[4:]
    program.configure(general="durable = no")
    assert ("fdatasync", log) not in order_of(program, tmp_path)


@pytest.mark.parametrize("rounds", [3])
def test_200_posts_at_once_through_8_workers_are_200_lines(tmp_path, rounds, start):
    program = start(count=8)
    for _ in range(rounds):
        before = len(program.lines())
        with ThreadPoolExecutor(200) as pool:
            answers = list(pool.map(lambda i: program.post(GOOD + b"&message=%d" % i), range(200)))
        assert {answer.status for answer in answers} == {303}
        kept = {record["id"]: record["fields"]["message"] for record in program.records()[before:]}
        assert len(kept) == 200
        for i, answer in enumerate(answers):
            assert kept[id_of(answer)] == str(i)
            shown = program.get("/contact/" + id_of(answer), HTTP_ACCEPT="application/json")
            assert shown.status == 200 and f'"message": "{i}"' in shown.text


def test_200_posts_at_once_through_lighttpd(web):
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda i: web.post(GOOD + b"&message=%d" % i), range(200)))
    assert {answer.status for answer in answers} == {303}
    assert len({record["id"] for record in web.records()}) == 200
    assert all(web.follow(answer).status == 200 for answer in answers)


@pytest.mark.parametrize("way", ["fastcgi"])
@pytest.mark.parametrize("durable", ["yes", "no"])
def test_kill_9_under_load_loses_nothing_that_was_answered(start, durable):
    program = start(count=8)
    program.configure(general=f"durable = {durable}")
    answered, stop, chance = [], threading.Event(), random.Random(1)
    program.post(GOOD)  # from here on there is a secret: who is killed while it makes one leaves a draft of it

    def post():
        while not stop.is_set():
            try:
                answer = program.post(GOOD + b"&message=" + b"x" * chance.randrange(1, 1900))
            except (AssertionError, OSError):
                continue  # killed meanwhile: nothing was promised
            assert answer.status == 303
            answered.append(id_of(answer))

    threads = [threading.Thread(target=post) for _ in range(16)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            enough = len(answered) + 6
            wait_for("more answers", lambda: len(answered) >= enough, 60)
            program.workers.kill(signal.SIGKILL)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    wait_for("all workers", program.workers.ready)
    program.post(GOOD)  # mends the tail, if one was left torn
    kept = [record["id"] for record in program.records()]
    assert len(answered) > 100 and len(set(answered)) == len(answered) and len(set(kept)) == len(kept)
    assert set(answered) <= set(kept)
    for one in random.Random(2).sample(answered, 100):
        assert program.get("/contact/" + one).status == 200


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_worker_that_is_told_to_end_does_so_though_more_is_waiting(start):
    """Four, one after the other: one that dies again and again is replaced ever later."""
    program = start(count=4)
    stop, answered, told = threading.Event(), [], []

    def post():
        while not stop.is_set():
            answered.append(program.post(GOOD).status)

    def tell(supervisor):
        """Its worker may just be replaced, since there is a data folder now."""
        for pid in children(supervisor):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
                told.append(pid)
                return True
        return False

    threads = [threading.Thread(target=post) for _ in range(16)]
    for thread in threads:
        thread.start()
    try:
        for supervisor in program.workers.supervisors():
            enough = len(answered) + 16
            wait_for("more answers", lambda: len(answered) >= enough, 60)
            wait_for("a worker to tell", lambda: tell(supervisor))
            wait_for("the worker to end", lambda: not os.path.exists(f"/proc/{told[-1]}"))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(answered) == {303}


@pytest.mark.parametrize("way", ["fastcgi"])
def test_workers_that_are_told_to_end_answer_what_they_have_in_hand(start):
    program = start(count=4)
    failures, stop, answered = [], threading.Event(), []

    def post():
        while not stop.is_set():
            try:
                answered.append(program.post(GOOD).status)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for i in range(40):
            enough = len(answered) + 10
            wait_for("more answers", lambda: len(answered) >= enough or failures, 60)
            program.workers.kill(signal.SIGTERM if i % 2 else signal.SIGUSR1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    wait_for("all workers", program.workers.ready)
    assert failures == [] and set(answered) == {303} and len(program.lines()) == len(answered)


def test_a_torn_tail_is_cut_and_what_stood_before_stays(program):
    first = program.post(GOOD)
    path, = (program.data / "contact").iterdir()
    whole = path.read_bytes()
    for torn in (b"{", b'{"id":"abc', whole[:-1], b"\0" * 5000, b"x" * 20000):
        path.write_bytes(path.read_bytes() + torn)
        assert program.get("/contact/" + id_of(first)).status == 200
        answer = program.post(GOOD)
        assert answer.status == 303 and "unfinished line" in answer.errors
        assert program.get("/contact/" + id_of(answer)).status == 200
    assert len(program.records()) == 6
    path.write_bytes(b"torn and nothing else")
    assert program.post(GOOD).status == 303 and len(program.records()) == 1


@pytest.mark.parametrize("way", ["cgi"])
def test_a_torn_tail_is_made_blank_on_the_disk_before_it_is_cut(program, tmp_path):
    """Else a power cut could leave some of it amidst the line that takes its place."""
    program.configure(general="durable = yes")
    program.post(b"a=b", "/any")
    path, = (program.data / "any").iterdir()
    path.write_bytes(path.read_bytes() + b"torn" * 2000)
    calls = [call for call, of in order_of(program, tmp_path) if of == "any/DAY.jsonl"]
    assert calls == ["lock", "pwrite64", "pwrite64", "fdatasync", "ftruncate", "pwrite64", "unlock", "fdatasync"]
    written = re.findall(r'pwrite64\(\d+<[^>]*>, "(.{8})', (tmp_path / "order").read_text())
    assert written == [r"\0\0\0\0"] * 2 + [r'{\"id\":']


def test_a_tail_that_can_t_be_read_whole_is_not_cut(start, tmp_path):
    """A short read must not be taken for a file without line ends."""
    program = start(count=1)
    for _ in range(4):
        program.post(GOOD)
    path, = (program.data / "contact").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole + b"torn")
    prefix = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=pread64",
              "-P", str(path), "-e", "inject=pread64:retval=200:when=2"]
    answer = clients.cgi([*prefix, program.binary], clients.variables(body=GOOD), GOOD, program.environment | UNCHECKED)
    assert answer.status == 503 and "INJECTED" in (tmp_path / "trace").read_text()
    assert path.read_bytes() == whole + b"torn"
    assert program.post(GOOD).status == 303 and len(program.records()) == 5


def test_a_record_that_can_t_be_read_is_500_and_said(program):
    answer = program.post(GOOD)
    path, = (program.data / "contact").iterdir()
    path.write_bytes(path.read_bytes().replace(b'"fields":{', b'"fields":['))
    shown = program.get("/contact/" + id_of(answer))
    assert shown.status == 500 and id_of(answer) in shown.errors
    path.unlink()


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_no_file_of_the_data_takes_the_place_of_a_closed_descriptor(program, closed):
    program.post(GOOD)
    path, = (program.data / "contact").iterdir()
    path.write_bytes(path.read_bytes() + b"torn")  # which is said on standard error
    before = program.lines()
    subprocess.run(["sh", "-c", f'exec "$0" {closed}', program.binary], input=GOOD, capture_output=True,
                   env=program.environment | clients.variables(body=GOOD))
    assert program.post(GOOD).status == 303
    assert program.lines()[:1] == before[:1] and len(program.records()) == (2 if "0<" in closed else 3)


def test_a_torn_line_is_not_shown(program):
    last = program.post(GOOD)
    path, = (program.data / "contact").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert program.get("/contact/" + id_of(last)).status == 404
    program.post(GOOD)


def test_a_log_that_is_moved_away_is_begun_anew(program):
    first = program.post(GOOD)
    path, = (program.data / "contact").iterdir()
    path.rename(program.folder / "away")
    second = program.post(GOOD)
    assert second.status == 303 and len(program.lines()) == 1
    assert program.get("/contact/" + id_of(first)).status == 404 and program.get("/contact/" + id_of(second)).status == 200


def test_a_data_folder_that_is_taken_away_is_made_anew(program):
    import shutil
    program.post(GOOD)
    shutil.rmtree(program.data)
    answer = program.post(GOOD)
    assert answer.status == 303
    for _ in range(4):  # whichever worker it is
        assert program.get("/contact/" + id_of(answer)).status == 200


def test_a_folder_that_can_t_be_is_503(program):
    program.data.mkdir()
    (program.data / "contact").write_text("in the way")
    answer = program.post(GOOD)
    is_a_503(answer, program.log())
    assert (program.data / "contact").read_text() == "in the way"
    (program.data / "contact").unlink()
    assert program.post(GOOD).status == 303


def test_a_damaged_secret_is_503_and_stays(program):
    program.data.mkdir()
    (program.data / "secret").write_bytes(b"short")
    is_a_503(program.post(GOOD), program.log())
    assert (program.data / "secret").read_bytes() == b"short"
    (program.data / "secret").unlink()
    assert program.post(GOOD).status == 303


def test_a_secret_that_comes_back_is_the_one_it_was(start):
    program = start(count=1)
    first = program.post(GOOD)
    secret = program.data / "secret"
    secret.rename(program.folder / "aside")
    secret.write_bytes(b"short")
    assert program.post(GOOD).status == 503
    (program.folder / "aside").rename(secret)
    second = program.post(GOOD)
    assert program.get("/contact/" + id_of(first)).status == 200
    shown = clients.cgi([program.binary], clients.variables("GET", "/contact/" + id_of(second)), environment=program.environment)
    assert shown.status == 200


def test_what_a_death_left_of_making_a_secret_goes_after_an_hour(program):
    def left(name, hours):
        path = program.data / f".secret.{name}"
        path.write_bytes(b"x" * 32)
        os.utime(path, (time.time() - hours * 3600,) * 2)
        return path

    program.data.mkdir()
    old, new = left("aaaaaa", 2), left("bbbbbb", 0)
    first = program.post(GOOD)
    assert first.status == 303 and not old.exists() and new.exists()
    new.unlink()
    old.hardlink_to(program.data / "secret")  # it died after it had given the secret its name
    os.utime(old, (time.time() - 2 * 3600,) * 2)
    assert program.get("/contact/" + id_of(first)).status == 200 and not old.exists()


def test_first_posts_at_once_agree_on_one_secret(start):
    program = start(count=8)
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: program.post(GOOD), range(24)))
    assert all(program.get("/contact/" + id_of(answer)).status == 200 for answer in answers)
    assert oct((program.data / "secret").stat().st_mode & 0o777) == "0o600"


def test_files_are_not_for_everybody(program):
    program.post(GOOD)
    for path in program.data.glob("**/*"):
        assert path.stat().st_mode & 0o007 == 0, path


def test_a_line_that_meets_a_size_limit_is_503_and_leaves_no_part(start):
    program = start(prefix=["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"])
    kept = 0
    while (answer := program.post(GOOD + b"&message=" + b"x" * 999)).status == 303:
        kept += 1
        assert kept < 20
    is_a_503(answer, program.log())
    assert len(program.records()) == kept > 0
    program.check_whole()
    assert program.get("/contact").status == 200


def test_a_size_limit_of_nothing_is_a_503_and_no_death(start):
    """The signal that comes with it (SIGXFSZ) would end the process."""
    program = start(count=1)
    if program.workers:
        program.post(GOOD)
        program.get("/contact")  # the test is of a worker that has all its files
        pid, = program.workers.pids()
        size = sum(path.stat().st_size for path in program.data.glob("contact/*.jsonl"))
        subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={size}"], check=True)
        is_a_503(program.post(GOOD), program.log())
        assert program.workers.pids() == [pid] and len(program.records()) == 1
    else:
        program.prefix = ["prlimit", "--fsize=0", "--"]
        is_a_503(program.post(GOOD), "")
        program.prefix = []
