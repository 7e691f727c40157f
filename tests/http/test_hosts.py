"""Hosts that share a data folder: each has a name of its own, sees at once what the others wrote, and does a dead one's work."""
import fcntl
import os
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.clock import Clock
from harness.disks import private_mounts, small_disk
from harness.paths import preload
from harness.posts import GOOD
from harness.processes import wait_for
from harness.program import Program
from harness.tasks import post, script, words

BODY = "name=Ann&email=ann%40example.org"
FORM = "[form contact]\n{}\n[fields contact]\nname = text\nemail = email\n"


def other_host(folder, name):
    """How to run a command as another host would: with a machine id and a name of its own."""
    if not private_mounts() or os.geteuid() != 0:
        pytest.skip("may not mount")
    (folder / name).write_text(name.encode().hex().ljust(32, "0")[:32] + "\n")
    script = 'hostname "$1" && if [ -s /etc/machine-id ]; then mount --bind "$2" /etc/machine-id; fi && shift 2 && exec "$@"'
    return ["unshare", "--mount", "--uts", "sh", "-c", script, "-", name, folder / name]


@pytest.fixture
def place(tmp_path):
    """A function that makes a program on a host, with a node and lines of its own in [seeother]; all share one data folder."""
    made = []

    def make(host, general, way="cgi", text=None):
        folder = tmp_path / f"{host}{len(made)}"
        program = Program(folder, way, prefix=other_host(tmp_path, host))
        program.data = tmp_path / "data"
        whole = text or FORM.format("")
        program.configure_text(f"[seeother]\ndata = {program.data}\n{general}\n{whole}")
        made.append(program)
        return program

    yield make
    for program in made:
        program.wait_for_worker()
        program.stop()
    if made:
        made[0].check_whole()


@pytest.mark.parametrize("way", ["cgi", "fastcgi"])
def test_a_second_host_with_the_same_node_is_refused_before_it_writes(place, way):
    one, two = place("alpha", "node = web", way), place("beta", "node = web", way)
    assert one.post(BODY).status == 303
    assert two.post(BODY).status == 503
    assert len(one.lines()) == 1
    assert one.post(BODY).status == 303
    assert (one.get("/-/health").status, two.get("/-/health").status) == (200, 503)
    three = place("beta", "node = web2", way)
    assert three.post(BODY).status == 303


def test_the_log_says_which_host_has_the_name(place):
    place("alpha", "node = web").post(BODY)
    answer = place("beta", "node = web").post(BODY)
    assert answer.status == 503 and ".nodes/web: another host has this name" in answer.errors


def test_of_two_hosts_that_take_a_name_at_once_one_gets_it(place):
    programs = [place(host, "node = web") for host in ("alpha", "beta", "gamma")]
    for _ in range(10):
        shutil.rmtree(programs[0].data, ignore_errors=True)
        answers = {}
        threads = [threading.Thread(target=lambda p=program: answers.update({p: p.post(BODY).status})) for program in programs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers.values()) == [303, 503, 503]


def test_a_host_without_a_node_begins_no_log_where_there_are_nodes(place):
    one, two = place("alpha", "node = web"), place("beta", "")
    assert one.post(BODY).status == 303
    answer = two.post(BODY)
    assert answer.status == 503 and '"node"' in answer.errors
    assert len(one.lines()) == 1


def test_a_host_that_has_had_a_name_keeps_it(place):
    one = place("alpha", "node = web")
    assert one.post(BODY).status == 303
    again = place("alpha", "node = web")
    assert again.post(BODY).status == 303


def test_a_link_that_was_removed_lets_another_host_take_the_name(place):
    one, two = place("alpha", "node = web"), place("beta", "node = web")
    assert one.post(BODY).status == 303
    (one.data / ".nodes/web").unlink()
    assert two.post(BODY).status == 303 and one.post(BODY).status == 503


def test_a_name_that_can_t_be_taken_is_a_fault_of_the_server(place):
    one = place("alpha", "node = web")
    one.data.mkdir()
    (one.data / ".nodes").write_text("")
    answer = one.post(BODY)
    assert answer.status == 503 and ".nodes/web: the name of this node can't be taken" in answer.errors
    (one.data / ".nodes").unlink()
    assert one.post(BODY).status == 303


def test_the_log_says_why_a_name_can_t_be_taken(start):
    program = start()
    program.configure(general="node = web\nreserve = 0")
    with small_disk(program.data, ("tmpfs", "-o", "size=1m,nr_inodes=8")):
        (program.data / ".nodes").mkdir()
        while os.statvfs(program.data).f_favail:
            (program.data / f"file{os.statvfs(program.data).f_favail}").touch()
        answer = program.post(GOOD)
        assert answer.status == 503
        assert "/.nodes/web: the name of this node can't be taken: No space left on device" in answer.errors + program.log()


@pytest.mark.parametrize("way", ["cgi", "fastcgi"])
def test_what_one_host_wrote_is_read_on_the_other(place, way):
    one, two = place("alpha", "node = a", way), place("beta", "node = b", way)
    for first, second in [(one, two), (two, one)]:
        assert second.get("/contact/" + first.post(BODY).headers["location"].rsplit("/", 1)[1]).status == 200


def exchange_secret(data):
    """What the owner does who puts another secret in the place of this one."""
    (data / "another").write_bytes(os.urandom(32))
    (data / "another").rename(data / "secret")


def replace_folder(data):
    """What the owner does who restores the data folder of another site."""
    data.rename(f"{data}.old")
    data.mkdir()
    exchange_secret(data)
    (data / "worker.a").mkdir()


@pytest.mark.parametrize("sandbox", ["yes", "no"])
@pytest.mark.parametrize("change", [exchange_secret, replace_folder])
def test_what_the_owner_exchanges_below_a_host_is_noticed_within_seconds(place, change, sandbox):
    """It is looked for once a second where hosts share the folder. What is kept then is found in the folder that has the name."""
    one = place("alpha", f"node = a\nsandbox = {sandbox}", "fastcgi")
    (one.data / "worker.a").mkdir(parents=True)
    before = one.post(BODY).headers["location"].rsplit("/", 1)[1]
    assert one.get(f"/contact/{before}").status == 200
    change(one.data)
    wait_for("the exchange to be noticed", lambda: one.get(f"/contact/{before}").status == 404, 5)

    def post_is_found():
        answer = one.post(BODY)
        after = answer.headers.get("location", "").rsplit("/", 1)[-1]
        kept = "".join(log.read_text() for log in one.data.glob("contact/*.jsonl"))
        return answer.status == 303 and after in kept and one.get(f"/contact/{after}").status == 200
    wait_for("a post that is kept there", post_is_found, 5)


def test_an_outcome_whose_log_is_not_seen_yet_is_waited_for(place):
    one, two = place("alpha", "node = a"), place("beta", "node = b")
    path = "/contact/" + one.post(BODY).headers["location"].rsplit("/", 1)[1]
    log, = one.data.glob("contact/*.a.jsonl")
    hidden = log.with_suffix(".hidden")
    log.rename(hidden)
    threading.Timer(0.3, lambda: hidden.rename(log)).start()
    assert two.get(path).status == 200
    log.rename(hidden)
    begun = time.monotonic()
    assert two.get(path).status == 404 and time.monotonic() - begun < 10
    hidden.rename(log)


def test_what_processes_share_in_memory_stays_on_the_host(place, tmp_path):
    local = tmp_path / "local"
    program = place("alpha", f"node = a\nlocal = {local}\ndurable = yes", "fastcgi",
                    FORM.format("rate = 100/hour"))
    for _ in range(6):
        assert program.post(BODY).status == 303
    assert (local / "rates.a").exists() and (local / "contact.flushes.a").exists()
    assert not list(program.data.glob("**/rates*")) and not list(program.data.glob("**/flushes*"))


def test_a_process_that_waits_for_its_turn_keeps_nobody_from_the_log(place, tmp_path):
    local = tmp_path / "local"
    program = place("alpha", f"node = a\nlocal = {local}", "fastcgi", FORM.format(""))
    assert program.post(BODY).status == 303
    log, = program.data.glob("contact/*.a.jsonl")
    with open(local / "contact.turn.a", "rb") as turn, open(log, "rb") as other, ThreadPoolExecutor(1) as pool:
        fcntl.flock(turn, fcntl.LOCK_EX)
        asked = pool.submit(program.post, BODY)
        waiting = f":{os.fstat(turn.fileno()).st_ino} "
        wait_for("the post", lambda: any("->" in line and waiting in line for line in Path("/proc/locks").read_text().splitlines()))
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_UN)
        assert not asked.done()
        fcntl.flock(turn, fcntl.LOCK_UN)
        assert asked.result().status == 303


def test_hosts_share_a_rate(place):
    form = FORM.format("rate = 6/hour")
    one, two = (place(host, f"node = {host}\nhosts = 3", text=form) for host in ("alpha", "beta"))
    for program in (one, two):
        assert [program.post(f"name={i}").status for i in range(3)] == [303, 303, 429]


def run(program, *arguments):
    """Runs a command as the host of the program."""
    return subprocess.run([*program.prefix, program.binary, *arguments], env=program.environment, capture_output=True,
                          text=True, timeout=60)


@pytest.fixture
def dead(place, tmp_path):
    """A function that leaves a host's job undone, as if it had died at once; it gives the job's id and another host."""
    def leave():
        tmp = type("", (), {"folder": tmp_path})
        path = script(tmp, f"echo $SEEOTHER_ID >>{tmp_path}/done")
        form = f"[form job]\nafter = act\n[task act]\ncommand = {path}\n"
        one, two = place("alpha", "node = a", text=form), place("beta", "node = b", text=form)
        one.folder = two.folder = tmp_path
        one.data.mkdir()
        with open(one.data / "worker.a", "w") as held:  # no worker of its own begins
            fcntl.flock(held, fcntl.LOCK_EX)
            the_id = post(one)
            refused = run(two, "adopt", "a")
            assert refused.returncode == 1 and "a worker is at work" in refused.stderr
        assert not words(one)
        return the_id, two

    return leave


def test_the_work_of_a_dead_host_is_done_by_one_that_adopts_it(dead):
    the_id, other = dead()
    adopted = run(other, "adopt", "a")
    assert adopted.returncode == 0, adopted.stderr
    assert words(other) == [the_id]
    assert run(other, "adopt", "a").returncode == 0 and words(other) == [the_id]


def test_the_service_of_another_host_finds_the_work_of_a_dead_one(dead):
    the_id, other = dead()
    service = subprocess.Popen([*other.prefix, other.binary, "work"], env=other.environment)
    try:
        wait_for("the job", lambda: words(other) == [the_id])
    finally:
        service.terminate()
        assert service.wait(20) == 0


def test_only_a_known_node_is_adopted_and_only_by_a_node(place):
    one, two = place("alpha", "node = a"), place("beta", "")
    assert one.post(BODY).status == 303
    unnamed = run(two, "adopt", "a")
    assert unnamed.returncode == 1 and "node is not set" in unnamed.stderr
    for name in ("a", "nobody", "../a"):
        refused = run(one, "adopt", name)
        assert refused.returncode == 1 and "no other host" in refused.stderr


# --- seeother check

def checked(program, **environment):
    done = subprocess.run([*program.prefix, program.binary, "check"], env=program.environment | environment,
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_check_finds_a_shared_folder_fit_and_leaves_nothing_in_it(place):
    one = place("alpha", "node = a")
    status, said = checked(one)  # before there is a data folder
    assert status == 0 and "on no file system that is known to be shared" in said and not one.data.exists()
    assert one.post(BODY).status == 303
    before = sorted(one.data.glob("**/*"))
    status, said = checked(one)
    assert status == 0 and "on no file system that is known to be shared" in said
    assert sorted(one.data.glob("**/*")) == before


def test_check_says_that_another_host_has_the_name(place):
    one, two = place("alpha", "node = a"), place("beta", "node = a")
    assert one.post(BODY).status == 303
    status, said = checked(two)
    assert status == 1 and 'another host has the name "a"' in said


def test_check_says_that_two_processes_can_make_the_same_name(place):
    one = place("alpha", "node = a")
    status, said = checked(one, LD_PRELOAD=preload("doubled.so"))
    assert status == 1 and "two processes can make the same name" in said


def test_check_says_that_the_clock_is_not_that_of_the_file_system(place, tmp_path):
    one, clock = place("alpha", "node = a"), Clock(tmp_path)
    assert one.post(BODY).status == 303
    clock.set(-100)
    status, said = checked(one, **clock.environment)
    assert status == 1 and "seconds ahead of this host's" in said
    clock.set(0)
    assert checked(one, **clock.environment)[0] == 0
