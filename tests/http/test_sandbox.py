"""The sandbox: what a process that reads requests can't do, and that all it has to do still works, whatever changes around it."""
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from harness import clients, fastcgi, servers
from harness.paths import TOP, compile_tool
from harness.place import Place
from harness.posts import id_of
from harness.processes import children, wait_for
from harness.tracing import UNCHECKED

BODY = b"a=b"


@pytest.fixture(scope="module")
def escape():
    return compile_tool("escape.so")


def escaping(start, tmp_path, escape, sandbox):
    """What came of each attempt, made amid a post."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("file", "bait", "prey"):
        (outside / name).write_text("here")
    program = start(count=1, environment={"LD_PRELOAD": str(escape), "ESCAPE_FILE": str(outside / "file"),
                                          "ESCAPE_FOLDER": str(outside)})
    program.configure(general=f"sandbox = {sandbox}")
    errors = ""
    for _ in range(2):  # of which the second finds the data folder there
        answer = program.post(BODY, "/any")
        assert answer.status == 303
        errors += answer.errors
    return re.findall(r"escape: ([^:]+): (.+)", program.log() + errors), outside


def test_no_attempt_to_step_out_succeeds(start, tmp_path, escape):
    tried, outside = escaping(start, tmp_path, escape, "yes")
    assert len(tried) == 34 and {came for _, came in tried} <= {"Permission denied", "Function not implemented"}, tried
    assert {path.name for path in outside.iterdir()} == {"file", "bait", "prey"}
    assert (outside / "file").read_text() == "here"


def test_without_the_sandbox_each_attempt_succeeds(start, tmp_path, escape):
    tried, outside = escaping(start, tmp_path, escape, "no")
    assert len(tried) >= 17 and {name for name, came in tried[:17] if came != "done"} <= {"trace"}, tried


def test_a_secret_that_is_removed_widens_nothing(start, tmp_path, escape):
    """As whoever is locked in could remove it, and then wait for the next process."""
    program = start(count=1, environment={"LD_PRELOAD": str(escape), "ESCAPE_FILE": "/etc/passwd"})
    folder = program.folder / "beside"
    folder.mkdir()
    for name in ("bait", "prey"):
        (folder / name).write_text("here")
    assert program.post(BODY, "/any").status == 303
    tried = []
    for _ in range(2):
        program.stop()
        program.environment |= {"ESCAPE_FOLDER": str(folder), "ESCAPE_REMOVE": str(program.data / "secret")}
        if program.workers:
            program.workers = servers.Workers([program.binary], program.folder, 1, (), program.environment)
        answers = [program.post(BODY, "/any") for _ in range(2)]
        assert {answer.status for answer in answers} <= {303, 503}  # what keeps nothing without its secret
        tried += re.findall(r"escape: ([^:]+): (.+)", program.log() + "".join(answer.errors for answer in answers))
    assert tried and "done" not in {came for name, came in tried if name != "read a folder"}, tried
    assert sorted(path.name for path in folder.iterdir()) == ["bait", "prey"]


@pytest.mark.parametrize("where", ["loop/site.css", "file/site.css", "n" * 300 + "/site.css"], ids=["loop", "file", "long"])
def test_a_folder_that_is_none_does_not_open_the_others(start, tmp_path, escape, where):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("x")
    program = start(count=1, environment={"LD_PRELOAD": str(escape), "ESCAPE_FILE": "/etc/passwd", "ESCAPE_FOLDER": str(tmp_path)})
    program.configure(general=f"css = {tmp_path}/{where}")
    answer = program.post(BODY, "/any")
    assert answer.status == 303 and "sandbox incomplete" not in answer.errors + program.log()
    assert "escape: read a file: Permission denied" in answer.errors + program.log()


def test_what_a_command_takes_as_its_home_is_not_in_the_data_folder(program):
    home = program.folder / "home"
    program.configure(contact="after = tell", more=f"[task tell]\ncommand = /bin/sh -c 'echo $HOME >{home}'\n")
    assert program.post(b"name=A&email=a@b.de&message=x").status == 303
    wait_for("the command", lambda: home.exists() and home.read_text())
    assert not Path(home.read_text().strip()).exists()


@pytest.mark.parametrize("way", ["cgi"])
def test_the_process_that_starts_workers_is_waited_for(start, tmp_path):
    program = start(prefix=["strace", "-f", "-qq", "-o", str(tmp_path / "calls"), "-e", "trace=wait4"])
    program.configure(contact="after = tell", more="[task tell]\ncommand = /bin/true\n")
    assert program.post(b"name=A&email=a@b.de&message=x").status == 303
    calls = (tmp_path / "calls").read_text()
    assert "wait4(" in calls and "ENOSYS" not in calls, calls


def test_what_the_kernel_lacks_is_said_in_the_log_and_posts_are_kept(start, tmp_path):
    for call, lacking in (("landlock_create_ruleset", "Landlock"), ("landlock_restrict_self", "Landlock"), ("seccomp", "")):
        prefix = ["strace", "-D", "-f", "-qq", "-o", str(tmp_path / call), "-e", f"inject={call}:error=EOPNOTSUPP"]
        program = start(count=1, prefix=prefix, environment=UNCHECKED)
        answer = program.post(b"name=A&email=a@b.de&message=x")
        assert answer.status == 303
        assert f"sandbox incomplete: this kernel lacks {lacking} " in answer.errors + program.log() or not lacking
        assert "sandbox" not in program.get("/contact").errors or program.workers


@pytest.mark.parametrize("machine, numbers", [("aarch64", {56, 57, 63, 64, 214, 222}), ("i686", {3, 4, 6, 45, 102, 192, 364})], ids=["aarch64", "i686"])
def test_the_filter_for_another_machine_has_the_numbers_of_its_calls(machine, numbers):
    steps = subprocess.run([TOP / "build/filter", machine], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert numbers <= {int(number) for number in re.findall(r"\{21, \d+, \d+, (\d+)u\}", steps)}


def test_a_sandbox_that_is_switched_off_says_nothing(program):
    program.configure(general="sandbox = no")
    answer = program.post(BODY, "/any")
    assert answer.status == 303 and "sandbox" not in answer.errors + program.log()


# --- what changes around it

def rules(program, folder, colour):
    folder.mkdir(exist_ok=True)
    (folder / "new.css").write_text(f"body{{color:{colour}}}")
    os.rename(folder / "new.css", folder / "site.css")


def test_a_style_sheet_in_another_folder_is_read_without_a_restart(program, tmp_path):
    for i, colour in enumerate(("red", "green", "blue")):
        rules(program, tmp_path / f"site{i}", colour)
        program.configure(general=f"css = {tmp_path}/site{i}/site.css")
        assert f"color:{colour}" in program.get("/any").text


def test_a_folder_that_a_link_leads_elsewhere_is_followed(program, tmp_path):
    """As a site that is put in place by turning a link."""
    for i, colour in enumerate(("red", "green", "blue")):
        rules(program, tmp_path / f"site{i}", colour)
        (tmp_path / "link").symlink_to(tmp_path / f"site{i}")
        os.rename(tmp_path / "link", tmp_path / "current")
        program.configure(general=f"css = {tmp_path}/current/site.css") if i == 0 else None
        assert f"color:{colour}" in program.get("/any").text
    assert "can't be read" not in program.log()


def test_a_data_folder_that_is_taken_away_is_made_anew(program):
    for _ in range(3):
        answers = [program.post(BODY, "/any") for _ in range(3)]
        assert [answer.status for answer in answers] == [303] * 3
        assert all(program.get("/any/" + id_of(answer)).status == 200 for answer in answers)
        shutil.rmtree(program.data)
    program.post(BODY, "/any")


def test_a_data_folder_deep_in_what_is_not_there_is_made(program):
    program.configure_text(f"[seeother]\ndata = {program.folder}/data/a/b\n[form any]\n")
    assert [program.post(BODY, "/any").status for _ in range(3)] == [303] * 3
    assert len(list((program.data / "a/b/any").glob("*.jsonl"))) == 1
    shutil.rmtree(program.data / "a")


# --- the supervisor

@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_process_that_is_killed_is_replaced(start):
    program = start(count=1)
    supervisor, = program.workers.supervisors()
    first, = program.workers.pids()
    program.workers.killed = True
    os.kill(first, signal.SIGKILL)
    wait_for("another one", lambda: program.workers.pids() not in ([], [first]))
    assert program.workers.supervisors() == [supervisor] and program.get("/contact").status == 200
    assert "was ended by signal 9" in program.log()


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_process_whose_supervisor_is_killed_ends(start):
    program = start(count=1)
    supervisor, = program.workers.supervisors()
    first, = program.workers.pids()
    program.workers.killed = True
    os.kill(supervisor, signal.SIGKILL)
    wait_for("its end", lambda: not Path(f"/proc/{first}").exists())
    wait_for("others", program.workers.ready)
    assert program.get("/contact").status == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_ends_a_supervisor_and_what_it_keeps(tmp_path, how):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        place = Place(tmp_path)
        supervisor = subprocess.Popen([place.binary], stdin=listener, env={"PATH": os.environ["PATH"]})
        wait_for("the kept one", lambda: children(supervisor.pid))
        kept, = children(supervisor.pid)
        supervisor.send_signal(how)
        assert supervisor.wait(10) == 0 and not Path(f"/proc/{kept}").exists()


@pytest.fixture
def lone(tmp_path):
    """Starts a supervisor without any manager, on a socket of its own."""
    started = []

    def start_one(environment=None):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        place = Place(tmp_path)
        process = subprocess.Popen([place.binary], stdin=listener, env={"PATH": os.environ["PATH"]} | (environment or {}))
        started.append((process, listener))
        return process, place

    yield start_one
    for process, listener in started:
        listener.close()
        if process.poll() is None:
            process.kill()
            process.wait()


def post_alone(place):
    return clients.fcgi(place.folder / "socket", clients.variables("POST", "/any", BODY), BODY)


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGUSR2])
def test_a_signal_replaces_what_a_supervisor_keeps(lone, capfd, how):
    supervisor, place = lone()
    for _ in range(2):
        wait_for("one that is kept", lambda: children(supervisor.pid))
        first = children(supervisor.pid)
        assert post_alone(place).status == 303
        supervisor.send_signal(how)
        wait_for("another one", lambda: children(supervisor.pid) not in ([], first))
    assert post_alone(place).status == 303 and supervisor.poll() is None
    supervisor.terminate()
    assert supervisor.wait(10) == 0
    assert "is replaced" not in capfd.readouterr().err


def test_a_supervisor_that_is_asked_for_workers_without_end_still_ends(lone, escape):
    supervisor, place = lone({"LD_PRELOAD": str(escape), "ESCAPE_FLOOD": "yes"})
    assert post_alone(place).status == 303
    time.sleep(1)  # in which it would come to wait for somebody to read
    supervisor.terminate()
    assert supervisor.wait(10) == 0


def test_a_supervisor_out_of_descriptors_tries_again(lone):
    supervisor, place = lone()
    assert [post_alone(place).status for _ in range(2)] == [303] * 2
    before = resource.prlimit(supervisor.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(supervisor.pid, resource.RLIMIT_NOFILE, (4, before[1]))
    os.utime(place.config)
    with fastcgi.connect(place.folder / "socket"):
        wait_for("its end", lambda: supervisor.poll() is not None or not children(supervisor.pid))
    resource.prlimit(supervisor.pid, resource.RLIMIT_NOFILE, before)
    assert post_alone(place).status == 303 and supervisor.poll() is None
    supervisor.terminate()
    assert supervisor.wait(10) == 0


# --- what starts workers

NO_FORK = """
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
pid_t fork(void)
{
	if (getsid(0) != getpid())
		return (pid_t)syscall(SYS_fork);
	errno = EAGAIN;
	return -1;
}
"""


@pytest.mark.parametrize("sandbox", ["yes", "no"])
def test_a_worker_that_can_t_be_started_is_said(start, tmp_path, sandbox):
    """The process between leads a session of its own: there alone no other one is to be had."""
    library = tmp_path / "fork.so"
    subprocess.run(["cc", "-x", "c", "-shared", "-fPIC", "-o", library, "-"], input=NO_FORK, text=True, check=True)
    program = start(count=1, environment={"LD_PRELOAD": str(library)})
    program.configure(general=f"sandbox = {sandbox}", more="\n[form job]\nafter = act\n[task act]\ncommand = /bin/true\n")
    answer = program.post(BODY, "/job")
    assert answer.status == 303 and not program.workers_of_tasks()
    assert "no worker was started, so tasks wait: Resource temporarily unavailable" in answer.errors + program.log()
