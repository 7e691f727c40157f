"""Starting and staying: every process that dies is replaced, every failure to start is logged with its reason."""
import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from harness import clients
from harness.commands import command
from harness.place import Place, configuration
from harness.processes import children, wait_for
from harness.tasks import BODY, finish_work, post, script, start_service, task, wait_for_words, words

TASK = configuration(more="\n[form job]\nafter = act\n[task act]\ncommand = /bin/true\n")


def library(folder, source):
    """Compiles a library for LD_PRELOAD."""
    path = folder / "preloaded.so"
    subprocess.run(["cc", "-x", "c", "-shared", "-fPIC", "-o", path, "-", "-ldl"], input=source, text=True, check=True)
    return {"LD_PRELOAD": str(path)}


@pytest.fixture
def lone(tmp_path):
    """Starts a supervisor without any manager, on a socket of its own, with its standard error in a file."""
    started = []

    def start_one(environment=None, text=None, prefix=()):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        place = Place(tmp_path, text)
        with open(tmp_path / "errors", "wb") as errors:
            process = subprocess.Popen([*prefix, place.binary], stdin=listener, stderr=errors,
                                       env={"PATH": os.environ["PATH"]} | (environment or {}))
        started.append((process, listener))
        return process, place

    yield start_one
    for process, listener in started:
        listener.close()
        if process.poll() is None:
            process.terminate()
            process.wait(10)


def errors_of(place):
    return (place.folder / "errors").read_text()


def post_alone(place):
    return clients.fcgi(place.folder / "socket", clients.variables("POST", "/any", BODY), BODY)


# --- the supervisor

@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGSYS, signal.SIGTERM], ids=lambda how: how.name)
def test_a_process_that_a_signal_ended_is_replaced_each_time(lone, how):
    supervisor, place = lone()
    for _ in range(3):
        wait_for("a process", lambda: children(supervisor.pid))
        assert post_alone(place).status == 303
        victim, = children(supervisor.pid)
        os.kill(victim, how)
        wait_for("its end", lambda: victim not in children(supervisor.pid))
    assert post_alone(place).status == 303 and supervisor.poll() is None
    assert errors_of(place).count("it is replaced in") == 3, errors_of(place)


def test_a_process_that_runs_out_of_memory_is_replaced(lone, tmp_path):
    """The end of the process for want of memory is an exit with status 1."""
    supervisor, place = lone(library(tmp_path, """
        #include <stdlib.h>
        #include <unistd.h>
        int flock(int file, int how) { (void)file, (void)how; exit(1); }
    """))
    for _ in range(2):
        with pytest.raises(Exception):
            answer = post_alone(place)
            assert answer.status == 303
    wait_for("the log", lambda: errors_of(place).count("ended with exit status 1; it is replaced in") == 2)
    wait_for("another process", lambda: children(supervisor.pid))
    assert supervisor.poll() is None


def test_pauses_grow_while_processes_die_at_once(lone, tmp_path):
    supervisor, place = lone(library(tmp_path, """
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        int epoll_wait(int a, void *b, int c, int d) { (void)a, (void)b, (void)c, (void)d; _exit(1); }
    """))
    wait_for("three deaths", lambda: errors_of(place).count("ended with exit status 1") == 3, 10)
    said = errors_of(place)
    assert "replaced in 0.5 seconds" in said and "replaced in 1 seconds" in said and "replaced in 2 seconds" in said
    before = time.monotonic()
    supervisor.terminate()
    assert supervisor.wait(10) == 0 and time.monotonic() - before < 1.5  # a pause does not hold it up


def test_a_supervisor_that_runs_out_of_memory_starts_again(lone, tmp_path):
    """It reads config.ini before each start, and without memory that ends a process."""
    supervisor, place = lone(library(tmp_path, f"""
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        void *calloc(size_t n, size_t size)
        {{
            void *block = n == 1 && size > 400 && access("{tmp_path}/full", 0) == 0 ? NULL : malloc(n * size);
            return block ? memset(block, 0, n * size) : NULL;
        }}
    """))
    assert post_alone(place).status == 303
    (tmp_path / "full").touch()
    os.kill(children(supervisor.pid)[0], signal.SIGKILL)
    wait_for("two ends", lambda: errors_of(place).count("out of memory") >= 2)
    assert supervisor.poll() is None
    (tmp_path / "full").unlink()
    assert post_alone(place).status == 303 and supervisor.poll() is None
    (tmp_path / "full").touch()
    os.kill(children(supervisor.pid)[0], signal.SIGKILL)
    wait_for("another end", lambda: errors_of(place).count("out of memory") >= 3)
    supervisor.terminate()
    assert supervisor.wait(10) is not None


@pytest.mark.parametrize("source, reason", [
    ("int prctl(int what, ...) { (void)what; errno = EPERM; return -1; }", "Operation not permitted"),
    ("pid_t fork(void) { errno = EAGAIN; return -1; }", "Resource temporarily unavailable"),
    ("int socketpair(int a, int b, int c, int *d) { (void)a, (void)b, (void)c, (void)d; errno = EMFILE; return -1; }", "Too many open files"),
    ("int epoll_create1(int flags) { (void)flags; errno = ENOMEM; return -1; }", "Cannot allocate memory"),
    ("int signalfd(int a, const void *b, int c) { (void)a, (void)b, (void)c; errno = ENFILE; return -1; }", "Too many open files in system"),
], ids=["prctl", "fork", "socketpair", "epoll", "signalfd"])
def test_a_failure_to_start_is_one_line_and_a_status(lone, tmp_path, source, reason):
    process, place = lone(library(tmp_path, "#include <errno.h>\n#include <sys/types.h>\n" + source))
    assert process.wait(10) not in (0, -signal.SIGKILL)
    lines = errors_of(place).splitlines()
    assert len(lines) == 1 and "can't serve FastCGI" in lines[0] and lines[0].endswith(": " + reason), lines


def test_faults_of_the_configuration_are_on_standard_error_at_each_start(lone):
    supervisor, place = lone(text="[seeother]\ndata = ../data\nnonsense = 1\n[form any]\n")
    for n in (1, 2, 3):
        wait_for(f"fault {n}", lambda: errors_of(place).count("nonsense") == n)
        wait_for("a process", lambda: children(supervisor.pid))
        os.kill(children(supervisor.pid)[0], signal.SIGKILL)


# --- the sandbox

@pytest.mark.parametrize("call, part", [("landlock_add_rule", "Landlock for /"), ("landlock_restrict_self", "Landlock"),
                                        ("landlock_create_ruleset", "Landlock")])
def test_a_want_of_descriptors_is_not_taken_for_a_kernel_without_landlock(start, tmp_path, call, part):
    program = start(count=1, prefix=["strace", "-D", "-f", "-qq", "-o", str(tmp_path / call), "-e", f"inject={call}:error=EMFILE"],
                    environment={"ASAN_OPTIONS": "detect_leaks=0"})
    answer = program.post(BODY, "/any")
    said = answer.errors + program.log()
    assert answer.status == 303 and "lacks" not in said
    assert f"sandbox incomplete: {part}" in said and "can't be set up: Too many open files" in said


# --- starting workers

@pytest.mark.parametrize("way", ["cgi"])
def test_a_process_that_can_t_be_forked_is_told_with_its_reason(start, tmp_path):
    program = start(environment=library(tmp_path, "#include <errno.h>\n#include <sys/types.h>\npid_t fork(void) { errno = EAGAIN; return -1; }"))
    program.configure_text(TASK)
    answer = program.post(BODY, "/job")
    assert answer.status == 303 and "Function not implemented" not in answer.errors
    assert answer.errors.count("so tasks wait: Resource temporarily unavailable") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts")
def test_without_proc_the_configuration_is_found_and_tasks_are_done(start):
    program = start(count=1, prefix=["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"])
    task(program, "cat >$T/input; echo 1 >>$T/done")
    the_id = post(program)
    wait_for_words(program, 1)
    finish_work(program)
    assert the_id in (program.folder / "input").read_text() and program.worker_log() == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts")
@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_worker_that_nothing_can_start_is_told_with_its_reason(start, tmp_path):
    """As where the program's file was removed, and /proc, which would still lead to it, is not there."""
    program = start(count=1, prefix=["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"])
    program.configure_text(TASK)
    assert program.post(BODY, "/any").status == 303
    program.binary.unlink()
    answer = program.post(BODY, "/job")
    assert answer.status == 303 and "no worker was started, so tasks wait: No such file or directory" in answer.errors + program.log()


def test_every_place_that_was_looked_at_is_named_when_there_is_no_configuration(tmp_path):
    place = Place(tmp_path)
    place.config.unlink()
    said = subprocess.run([place.binary, "check"], env={"PATH": os.environ["PATH"]}, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True)
    assert said.returncode != 0
    for looked_at in ("SEEOTHER_CONFIG", str(place.config), "/etc/seeother/config.ini"):
        assert looked_at in said.stdout, said.stdout


# --- worker.log

def test_lines_of_the_worker_s_log_have_the_time_and_the_newest_are_kept(program):
    task(program, "echo oh no >&2; exit 100")
    program.data.mkdir()
    log = program.data / "worker.log"
    post(program)
    finish_work(program)
    line, = log.read_text().splitlines()
    assert abs(time.time() - time.mktime(time.strptime(line[:19], "%Y-%m-%dT%H:%M:%S")) + time.timezone) < 100 and "oh no" in line
    with open(log, "a") as file:
        for n in range(30000):
            file.write(f"line {n} of a log that has become too long\n")
    post(program)
    finish_work(program)
    lines = log.read_text().splitlines()
    assert log.stat().st_size < 600 * 1024 and "oh no" in lines[-1] and lines[-2].startswith("line 29999 ") and len(lines) > 9000
    assert lines[0].startswith("line ")


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_worker_that_finds_a_broken_configuration_fills_no_disk(start):
    program = start(count=1)
    task(program, "echo 1 >>$T/done")
    program.data.mkdir()
    log = program.data / "worker.log"
    log.write_text("x" * 100 + "\n")
    with open(log, "a") as file:
        file.write("a line of a log that has become too long\n" * 30000)
    good = program.config.read_text()
    assert program.get("/any").status == 200
    program.configure_text(good + "nonsense = 1\n")
    post(program)
    wait_for("the fault", lambda: "nonsense" in log.read_text())
    assert log.stat().st_size < 600 * 1024
    program.configure_text(good)
    post(program)
    finish_work(program)


# --- another data folder

@contextlib.contextmanager
def service(program):
    process = start_service(program)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)
        assert process.returncode == 0, process.stderr.read()


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("change", ["data", "node"])
def test_a_worker_whose_configuration_names_another_place_moves_there(program, change):
    task(program, "sleep 0.2; echo $SEEOTHER_ID >>$T/done")
    text = program.config.read_text()
    with service(program) as process:
        first = post(program)
        wait_for_words(program, 1)
        if change == "data":
            program.data = program.folder / "other"
            program.configure_text(text.replace("data = ../data", "data = ../other"))
            lock = program.data / "worker"
        else:
            program.configure_text(text.replace("data = ../data", "data = ../data\nnode = a"))
            lock = program.data / "worker.a"
        second, third = post(program), post(program)
        wait_for_words(program, 3)
        wait_for("its lock", lambda: process.pid in program.workers_of_tasks() and str(lock) in
                 {os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()})
        time.sleep(1)
        assert sorted(words(program)) == sorted([first, second, third])


@pytest.mark.parametrize("way", ["cgi"])
def test_a_worker_whose_data_folder_was_replaced_begins_anew(program):
    task(program, "echo $SEEOTHER_ID >>$T/done")
    with service(program):
        first = post(program)
        wait_for_words(program, 1)
        wait_for("the end of the first", lambda: "all done" in command(program, "tasks").stdout)
        program.data.rename(program.folder / "old")
        second = post(program)
        wait_for_words(program, 2)
        time.sleep(1)
        assert words(program) == [first, second] and len(program.workers_of_tasks()) == 1


# --- turns

def two_forms(program, parallel, slow_more=""):
    """A form whose jobs wait until a file is there, and one whose jobs are done at once."""
    slow = script(program, f"T={program.folder}\necho 1 >>$T/begun; while [ ! -e $T/go ]; do sleep 0.05; done; echo 1 >>$T/done", "slow")
    quick = script(program, f"T={program.folder}\necho 1 >>$T/mailed", "quick")
    program.configure(general=f"parallel = {parallel}", more=f"\n[form job]\nafter = slow{slow_more}\n[form mail]\nafter = quick\n"
                      f"[task slow]\ncommand = {slow}\n[task other]\ncommand = {slow}\n[task quick]\ncommand = {quick}\n")


@pytest.mark.parametrize("parallel, slow_more", [(2, ""), (3, " other")], ids=["one task", "two tasks"])
def test_slow_jobs_of_one_form_leave_a_slot_for_another_form_s(program, parallel, slow_more):
    two_forms(program, parallel, slow_more)
    for _ in range(5):
        post(program, path="/job")
    wait_for_words(program, parallel - 1, "begun")
    post(program, path="/mail")
    wait_for_words(program, 1, "mailed", 5)
    time.sleep(0.5)
    assert len(words(program, "begun")) == parallel - 1
    (program.folder / "go").touch()
    program.wait_for_worker()


def test_with_one_slot_forms_take_turns(program):
    two_forms(program, 1)
    (program.folder / "go").touch()
    with open(program.folder / "order", "w"):
        pass
    for name in ("slow", "quick"):
        script(program, f"sleep 0.1; echo {name} >>{program.folder}/order", name)
    for _ in range(6):
        post(program, path="/job")
    post(program, path="/mail")
    program.wait_for_worker()
    order = words(program, "order")
    assert len(order) == 7 and "quick" in order[:-2], order


def test_one_form_alone_takes_all_slots(program):
    task(program, "echo 1 >>$T/begun; while [ ! -e $T/go ]; do sleep 0.05; done", general="parallel = 3")
    for _ in range(4):
        post(program)
    wait_for_words(program, 3, "begun", 5)
    (program.folder / "go").touch()
    program.wait_for_worker()
