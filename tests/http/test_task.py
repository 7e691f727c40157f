"""Tasks: each outcome's is done at least once, by a worker that nobody waits for, whatever dies, fails or is changed meanwhile."""
import fcntl
import os
import random
import signal
import subprocess
import threading
import time

import pytest

from harness import clients, servers
from harness.commands import command
from harness.disks import small_disk
from harness.posts import id_of, upload
from harness.processes import is_alive, wait_for
from harness.tasks import BODY, end_service, end_worker, finish_work, note, post, script, start_service, task, wait_for_state, wait_for_words, words
from harness.tracing import UNCHECKED, order_of

ROUNDS = int(os.environ.get("ROUNDS", 5))


# --- what a command gets

def test_a_command_gets_the_record_and_nothing_of_the_web_server_s(program):
    task(program, 'cat >$T/input; env >$T/environment; pwd >$T/where; ls -A >$T/there; ls /proc/$$/fd >$T/open; echo x >left\n'
                  'mkdir -p a/b; touch a/b/c; echo 1 >>$T/done')
    the_id = post(program, PASSWORD="secret", HTTP_COOKIE="secret", SSL_KEY="secret")
    finish_work(program)
    assert words(program) == ["1"]
    assert (program.folder / "input").read_text() == program.lines("job")[0]
    variables = dict(line.split("=", 1) for line in (program.folder / "environment").read_text().splitlines())
    assert {name for name in variables if not name.startswith("SEEOTHER_")} <= {"PATH", "LANG", "HOME", "PWD", "OLDPWD", "SHLVL", "_"}
    assert "secret" not in "".join(variables.values())
    assert (variables["SEEOTHER_ID"], variables["SEEOTHER_FORM"], variables["SEEOTHER_TASK"]) == (the_id, "job", "act")
    assert variables["SEEOTHER_ATTEMPT"] == "1" and variables["SEEOTHER_FILES"] == "0"
    where = (program.folder / "where").read_text().strip()
    assert where.startswith(str(program.data / "job/tasks/act/work.")) and not os.path.exists(where)
    assert set(words(program, "there")) <= {"stderr"}
    assert {n for n in words(program, "open") if int(n) < 10} == {"0", "1", "2", "3"}  # the shell has its own from 10 on


def test_a_worker_started_by_a_web_server_has_nothing_of_it(web):
    task(web, "echo 1 >>$T/done; sleep 5")
    before = time.monotonic()
    answer = web.post(BODY, "/job")
    assert answer.status == 303 and time.monotonic() - before < 2
    wait_for("the worker", lambda: len(words(web)) == 1)
    worker, = web.workers_of_tasks()
    links = {os.readlink(link) for link in servers.Path(f"/proc/{worker}/fd").iterdir()}
    assert not any("socket" in link or "htdocs" in link for link in links), links
    assert {os.readlink(f"/proc/{worker}/fd/{n}") for n in (0, 1)} == {"/dev/null"}
    assert os.getsid(worker) not in (os.getsid(0), os.getsid(web.server.process.pid))
    assert web.get("/nothing").status == 404
    end_worker(web)


def test_uploads_are_given_by_path_and_as_input(program):
    task(program, 'cat >$T/input; cat "$SEEOTHER_FILE_1" >$T/one; cat "$SEEOTHER_FILE_2" >$T/two; echo $SEEOTHER_FILES >>$T/done',
         "input = second")
    program_answer = upload(program, ("first", "a b.txt", "text/plain", b"1" * 70000), ("second", "'$(x)", "text/plain", b"two"), path="/job")
    assert program_answer.status == 303
    finish_work(program)
    assert words(program) == ["2"]
    assert (program.folder / "one").read_bytes() == b"1" * 70000
    assert (program.folder / "two").read_bytes() == (program.folder / "input").read_bytes() == b"two"


def test_all_of_many_uploads_are_given_by_path(program):
    task(program, "env | grep -c ^SEEOTHER_FILE_ >>$T/done; echo $SEEOTHER_FILES >>$T/done",
         form="max_files = 150\nmax_fields = 200")
    assert upload(program, *[("file", f"{n}.txt", "text/plain", b"x") for n in range(120)], path="/job").status == 303
    finish_work(program)
    assert words(program) == ["120", "120"]


def test_input_that_was_not_sent_is_empty(program):
    task(program, 'wc -c >>$T/done', "input = picture")
    post(program)
    finish_work(program)
    assert words(program) == ["0"]


def test_what_is_spam_or_erased_or_from_before_has_nothing_done(program):
    task(program, "echo $SEEOTHER_ID >>$T/done", form="blocked = casino\nowners = root")
    script_there = program.config.read_text()
    program.configure(more="\n[form job]\nmax_body = 3M\n")
    post(program, b"a=before")
    program.configure_text(script_there)
    spam = post(program, b"a=casino")
    assert program.workers_of_tasks() == []
    service = start_service(program)
    try:
        os.kill(service.pid, signal.SIGSTOP)
        erased = post(program)
        assert program.call(clients.variables("DELETE", f"/job/{erased}", REMOTE_USER="root", AUTH_TYPE="Basic")).status == 303
        wanted = post(program)
        os.kill(service.pid, signal.SIGCONT)
        wait_for_words(program, 1)
    finally:
        service.terminate()
        service.communicate(timeout=20)
    assert words(program) == [wanted] and spam not in words(program)


@pytest.mark.parametrize("way", ["cgi"])
def test_first_posts_at_once_are_all_done(start, tmp_path):
    """One process finds no cursor and is held up; what another keeps meanwhile must not be passed over by its cursor."""
    program = start()
    task(program, "echo $SEEOTHER_ID >>$T/done")
    (program.data / "job/tasks/act").mkdir(parents=True)
    cursor = program.data / "job/tasks/act/cursor"
    held = ["strace", "-qq", "-o", str(tmp_path / "trace"), "-P", str(cursor),
            "-e", "inject=openat:delay_exit=3000000:when=1"]
    values = clients.variables("POST", "/job", BODY)
    ids = []
    untraced = {"ASAN_OPTIONS": "detect_leaks=0"}  # which can't be done under strace
    slow = threading.Thread(target=lambda: ids.append(id_of(clients.cgi([*held, program.binary], values, BODY, untraced))))
    slow.start()
    wait_for("strace", lambda: (tmp_path / "trace").exists())
    time.sleep(1)  # it is held up now, or has not begun: either way nothing may be lost
    service = start_service(program)
    os.kill(service.pid, signal.SIGSTOP)
    ids.append(post(program, b"a=" + b"x" * 500))
    slow.join()
    os.kill(service.pid, signal.SIGCONT)
    try:
        wait_for("both", lambda: set(words(program)) == set(ids), 8)
    finally:
        service.terminate()
        service.communicate(timeout=20)


def test_a_new_task_is_not_done_for_old_outcomes_though_nothing_tells_how_many_there_are(start, tmp_path):
    """Where the size of the log can't be had, the post is not kept: it would have to count as empty, and all in it as new."""
    written = tmp_path / "program0/cgi-bin/../data/job" / time.strftime("%Y-%m-%d.jsonl", time.gmtime())
    prefix = ["strace", "-D", "-f", "-qq", "-o", str(tmp_path / "trace"), "-P", str(written), "-e", "trace=stat,newfstatat,statx",
              "-e", "inject=stat,newfstatat,statx:error=EIO:when=1"]
    program = start(count=1, prefix=prefix, environment=UNCHECKED)
    program.configure(more="\n[form job]\n")
    post(program, b"a=before")
    task(program, "echo $SEEOTHER_ID >>$T/done")
    answer = program.post(b"a=between", "/job")
    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert answer.status == 503 and "can't read the size of the log" in answer.errors + program.log()
    program.prefix = []
    untraced = clients.cgi([program.binary], clients.variables(path="/job", body=BODY), BODY, program.environment)
    finish_work(program)
    assert words(program) == [id_of(untraced)]


@pytest.mark.parametrize("way", ["cgi"])
def test_the_name_of_a_cursor_is_flushed_again_where_the_first_post_could_not(program, tmp_path):
    task(program, "echo 1 >>$T/done", general="durable = yes")
    folder = program.data / "job/tasks/act"
    failing = ["strace", "-qq", "-o", str(tmp_path / "trace"), "-P", str(folder), "-e", "inject=fsync:error=EIO:when=1"]
    values = clients.variables(path="/job", body=BODY)
    assert clients.cgi([*failing, program.binary], values, BODY, program.environment | UNCHECKED).status == 503
    assert (folder / "cursor").exists() and not list(program.data.glob("job/*.jsonl"))
    names = {("fsync", "job/tasks/act"), ("fsync", "job/tasks"), ("fsync", "job")}
    calls = order_of(program, tmp_path, values, BODY)
    assert names <= set(calls[:calls.index(("lock", "job/DAY.jsonl"))]), calls
    finish_work(program)
    assert not names & set(order_of(program, tmp_path, values, BODY))
    finish_work(program)


# --- how it ends

def test_0_is_done_and_leaves_nothing(program):
    task(program, "echo 1 >>$T/done")
    the_id = post(program)
    finish_work(program)
    assert words(program) == ["1"] and not note(program, the_id)


def test_100_is_final(program):
    task(program, "echo 1 >>$T/done; echo first >&2; echo no such person >&2; exit 100")
    the_id = post(program)
    finish_work(program)
    assert words(program) == ["1"] and note(program, the_id)["state"] == "failed"
    assert "no such person" in note(program, the_id)["error"] and "first" not in note(program, the_id)["error"]


@pytest.mark.parametrize("how", ["exit 7", "kill -SEGV $$", "exec /nowhere"])
def test_all_else_is_tried_again_and_given_up_and_can_be_run_again(program, how):
    task(program, f"echo $SEEOTHER_ATTEMPT >>$T/done; [ -e $T/fine ] || {how}", "retries = 1")
    one, two = post(program), post(program)
    wait_for_state(program, one, "failed")
    wait_for_state(program, two, "failed")
    finish_work(program)
    assert sorted(words(program)) == ["1", "1", "2", "2"]
    listed = command(program, "tasks")
    assert listed.returncode == 0 and one in listed.stdout and two in listed.stdout and "failed" in listed.stdout
    (program.folder / "fine").touch()
    assert command(program, "retry", one).returncode == 0
    wait_for("the one", lambda: not note(program, one))
    program.wait_for_worker()
    assert not note(program, one) and note(program, two) and len(words(program)) == 5
    again = command(program, "retry", one)
    assert again.returncode == 1 and "no such job" in again.stderr and again.stdout == ""
    assert command(program, "retry").returncode == 0
    wait_for("the other", lambda: not note(program, two))
    program.wait_for_worker()
    assert not note(program, two) and len(words(program)) == 6
    assert "all done" in command(program, "tasks").stdout


def test_a_command_that_is_not_there_is_given_up_with_its_name(program):
    task(program, "", "retries = 0")
    program.configure(more="\n[form job]\nafter = act\n[task act]\ncommand = /no/such/thing\nretries = 0\n")
    the_id = post(program)
    finish_work(program)
    assert note(program, the_id)["state"] == "failed" and "/no/such/thing" in note(program, the_id)["error"]


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_second_try_waits_for_its_pause_though_the_first_took_long(program):
    """The worker looks for what waits every two seconds: what it saw before the run must not cut the pause after it short."""
    task(program, "date +%s >>$T/done; sleep 3; exit 1", "retries = 8\npause = 2s", general="parallel = 1")
    the_id = post(program)
    wait_for_words(program, 3, seconds=60)
    first, second, third = map(int, words(program)[:3])
    end_worker(program)
    assert second - first >= 4 and third - second >= 3 + 4, words(program)
    assert note(program, the_id)["state"] == "waiting"


def test_a_timeout_ends_all_that_was_started(program):
    task(program, "trap '' TERM; (trap '' TERM; echo $$ >>$T/pids; sleep 60 & echo $! >>$T/pids; wait) & echo $! >>$T/pids; wait",
         "timeout = 1s\nretries = 0")
    the_id = post(program)
    wait_for_state(program, the_id, "failed")
    finish_work(program)
    assert "too long" in note(program, the_id)["error"] and len(words(program, "pids")) == 3
    assert [pid for pid in words(program, "pids") if is_alive(pid)] == []


def test_output_and_memory_are_limited(program):
    task(program, "echo 1 >>$T/done; head -c 200000 /dev/zero", "output = 100K\nretries = 0", kind="result")
    the_id = post(program)
    wait_for_state(program, the_id, "failed")
    finish_work(program)
    task(program, "python3 -c 'x = bytearray(300 << 20)'; exit $?", "memory = 100M\nretries = 0")
    the_id = post(program)
    wait_for_state(program, the_id, "failed")
    finish_work(program)


def test_what_a_command_says_is_shown_without_control_bytes(program):
    task(program, r"printf 'a\033[31mb\tc\n' >&2; exit 100")
    the_id = post(program)
    finish_work(program)
    assert note(program, the_id)["state"] == "failed"
    listed = command(program, "tasks").stdout
    assert "[31mb" in listed and "\033" not in listed


# --- several at a time

def test_what_a_command_says_moves_no_cursor_of_a_terminal(program):
    task(program, "printf 'bad \\302\\2332J\\302\\240end' >&2; exit 100")
    the_id = post(program)
    wait_for_state(program, the_id, "failed")
    assert "bad   2J\xa0end (exit status 100)" in command(program, "tasks").stdout


@pytest.mark.parametrize("way", ["cgi"])
def test_what_a_command_wrote_protected_goes_with_its_folder(program):
    if os.geteuid() != 0:
        pytest.skip("can be no other user")
    task(program, "mkdir -p a/b; touch a/b/x; chmod 500 a/b a; echo 1 >>$T/done")
    program.folder.chmod(0o777)
    for folder in program.folder.parents:
        if folder.owner() == "root" and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)  # to pass through
    program.data.mkdir()
    os.chown(program.data, 65534, 65534)
    program.prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    post(program)
    finish_work(program)
    assert words(program) == ["1"] and not list(program.data.glob("job/tasks/act/work.*"))
    assert (program.data / "worker.log").read_text() == ""


def test_what_the_worker_has_to_say_does_not_fill_the_disk(program):
    task(program, f"echo {'x' * 400} >&2; exit 1", "retries = 100\npause = 0")
    log = program.data / "worker.log"
    program.data.mkdir()
    post(program)
    wait_for("the first words", lambda: log.exists() and log.stat().st_size > 0)
    with open(log, "a") as file:
        file.write("x" * (1 << 20))
    wait_for("an emptied log", lambda: log.stat().st_size < 1 << 20, 5)
    program.wait_for_worker()


def test_three_run_at_a_time_and_none_twice_at_once(program):
    task(program, "n=$(mkdir $T/run.$SEEOTHER_ID && ls -d $T/run.* | wc -l) || echo twice >>$T/bad; echo $n >>$T/count\n"
                  "sleep 0.3; rmdir $T/run.$SEEOTHER_ID; echo $SEEOTHER_ID >>$T/done", general="parallel = 3")
    ids = [post(program) for _ in range(12)]
    finish_work(program)
    assert sorted(words(program)) == sorted(ids) and words(program, "bad") == []
    assert max(map(int, words(program, "count"))) == 3


def test_one_that_takes_long_holds_up_no_more_than_its_own_place(program):
    """More than a queue has flights: the second place goes on."""
    task(program, 'if grep -q slow; then echo x >>$T/slow; while [ ! -e $T/go ]; do sleep 0.1; done; fi; echo $SEEOTHER_ID >>$T/done',
         general="parallel = 2")
    slow = post(program, b"a=slow")
    wait_for_words(program, 1, "slow")
    ids = [post(program) for _ in range(100)]
    try:
        wait_for_words(program, 100)
    finally:
        (program.folder / "go").touch()
    finish_work(program)
    assert sorted(set(words(program))) == sorted([slow, *ids])


def test_a_second_worker_does_nothing_or_waits(program):
    task(program, "echo 1 >>$T/done; sleep 1")
    service = start_service(program)
    try:
        assert command(program, "work", "once").returncode == 0
        post(program)
        wait_for_words(program, 1)
        second = subprocess.Popen([program.binary, "work"], env={"PATH": os.environ["PATH"], "SEEOTHER_CONFIG": str(program.config)})
        service.kill()
        service.communicate()
        wait_for("the second", lambda: second.pid in program.workers_of_tasks())
        post(program)
        wait_for_words(program, 3)
        second.terminate()
        assert second.wait(10) == 0
    finally:
        end_worker(program)
    command(program, "work", "once")  # what the signal cut short is done after all
    assert len(words(program)) >= 3


def test_a_service_ends_on_a_signal_and_leaves_nothing_undone_for_good(program):
    task(program, "echo $SEEOTHER_ID >>$T/begun; while [ ! -e $T/go ]; do sleep 0.1; done; echo $SEEOTHER_ID >>$T/done")
    service = start_service(program)
    ids = [post(program) for _ in range(3)]
    wait_for_words(program, 2, "begun")
    end_service(service)
    assert words(program) == []
    (program.folder / "go").touch()
    assert command(program, "work", "once").returncode == 0
    assert sorted(words(program)) == sorted(ids)


@pytest.mark.parametrize("path", ["config.ini", "./config.ini"])
def test_a_service_may_be_given_a_path_from_where_it_stands(program, path):
    task(program, "cat >/dev/null; echo $SEEOTHER_ID >>$T/done")
    service = start_service(program)
    os.kill(service.pid, signal.SIGSTOP)
    the_id = post(program)
    service.kill()
    service.communicate()
    done = command(program, "work", "once", cwd=program.config.parent, environment={"SEEOTHER_CONFIG": path})
    assert done.returncode == 0 and words(program) == [the_id], done.stderr


def test_a_configuration_behind_a_link_is_the_worker_s_too(program):
    task(program, "echo $SEEOTHER_ID >>$T/done")
    elsewhere = program.folder / "a" / "b"
    elsewhere.mkdir(parents=True)
    program.config.rename(elsewhere / "real.ini")
    program.config.symlink_to(elsewhere / "real.ini")
    the_id = post(program)
    finish_work(program)
    assert words(program) == [the_id]


@pytest.mark.parametrize("way", ["cgi"])
def test_a_web_server_that_ignores_its_children_s_ends_makes_no_difference(start):
    program = start(prefix=["/usr/bin/python3", "-c", "import os, signal, sys\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
                                                      "os.execv(sys.argv[1], sys.argv[1:])"])
    task(program, "echo 1 >>$T/done")
    post(program)
    finish_work(program)
    assert words(program) == ["1"]


# --- what dies

@pytest.mark.parametrize("way", ["fastcgi"])
def test_300_posts_with_workers_killed_at_random_are_all_done(start, way):
    program = start()
    task(program, 'n=$(head -c 2 /dev/urandom | od -An -tu2); [ $((n % 4)) = 0 ] && exit 1; echo $SEEOTHER_ID >>$T/done',
         "retries = 30\npause = 0",
         general="parallel = 4", more="[form rest]\nafter = act\n")
    ids, kills, over = [], 0, threading.Event()
    chance = random.Random(1)

    def kill():
        nonlocal kills
        while not over.wait(chance.uniform(0.01, 0.1)):
            for pid in program.workers_of_tasks():
                try:
                    if b"work" in open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0"):
                        os.kill(pid, signal.SIGKILL)
                        kills += 1
                except (FileNotFoundError, ProcessLookupError):
                    pass

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        for _ in range(300):
            ids.append(post(program))
        wait_for("twenty deaths", lambda: post(program, path="/rest") and kills >= 20, 60)
    finally:
        over.set()
        killer.join()
    deadline = time.monotonic() + 60
    while not set(words(program)) >= set(ids) and time.monotonic() < deadline:
        command(program, "work", "once")
    lost, done = set(ids) - set(words(program)), [the_id for the_id in words(program) if the_id in ids]
    print(f"\n{kills} workers killed; of {len(ids)} tasks {len(done) - len(set(done))} runs were one too many")
    assert not lost and kills
    finish_work(program)


def test_a_worker_that_dies_takes_its_command_along_and_leaves_no_litter(program):
    task(program, "echo $$ >>$T/pids; while [ ! -e $T/go ]; do sleep 0.1; done; echo 1 >>$T/done")
    post(program)
    wait_for_words(program, 1, "pids")
    end_worker(program, signal.SIGKILL)
    try:
        wait_for("the command's end", lambda: not is_alive(words(program, "pids")[0]), 3)
    finally:
        (program.folder / "go").touch()
    assert command(program, "work", "once").returncode == 0
    assert words(program) == ["1"]


def test_what_a_killed_worker_s_command_left_running_writes_into_no_result(program):
    # The second process says that it has begun: the shell itself may be killed before it has started it.
    task(program, "[ -e $T/begun ] && echo new && exit\n(echo 1 >>$T/begun; "
                  "while [ ! -e $T/go ]; do sleep 0.1; done; echo old old old; echo 1 >>$T/done)", kind="result")
    the_id = post(program)
    wait_for_words(program, 1, "begun")
    end_worker(program, signal.SIGKILL)
    assert command(program, "work", "once").returncode == 0
    (program.folder / "go").touch()
    wait_for_words(program, 1)
    assert program.get(f"/job/{the_id}/result").body == b"new\n"


def test_a_retry_that_dies_with_its_worker_before_an_earlier_line_is_done_holds_nothing_up(program):
    task(program, 'grep -q long && kind=long || kind=short; echo $kind$SEEOTHER_ATTEMPT >>$T/begun\n'
                  '[ $kind$SEEOTHER_ATTEMPT = short1 ] && exit 1; while [ ! -e $T/go ]; do sleep 0.1; done; echo $kind >>$T/done',
         general="parallel = 3", kind="result")
    post(program, b"a=long")
    wait_for_words(program, 1, "begun")
    post(program, b"a=short")
    wait_for("the second try", lambda: "short2" in words(program, "begun"))
    end_worker(program, signal.SIGKILL)
    post(program, b"a=third")
    wait_for("all three", lambda: len(words(program, "begun")) >= 6)
    (program.folder / "go").touch()
    program.wait_for_worker(10)


def test_posts_one_by_one_each_find_a_worker(program):
    """The worker is about to end whenever a post comes; none may wait for the next."""
    task(program, "echo $SEEOTHER_ID >>$T/done")
    for n in range(1, 60):
        post(program)
        wait_for_words(program, n, seconds=5)
        time.sleep(random.uniform(0, 0.02))
    finish_work(program)
    assert len(words(program)) == 59


def test_a_retry_with_a_key_wakes_what_the_first_could_not(program):
    task(program, "echo 1 >>$T/done")
    service = start_service(program)
    post(program, HTTP_IDEMPOTENCY_KEY='"k"')
    wait_for_words(program, 1)
    service.kill()
    service.communicate()
    cursor = program.data / "job/tasks/act/cursor"
    cursor.write_text(cursor.read_text().rsplit(" ", 1)[0] + " 0\n")  # as if the first had died before it woke anybody
    post(program, HTTP_IDEMPOTENCY_KEY='"k"')
    wait_for_words(program, 2)


# --- what is damaged or full

@pytest.mark.parametrize("content", ["", "{", "[]", '{"state":"perhaps"}', "\0" * 100])
def test_a_note_that_is_garbage_loses_nothing(program, content):
    task(program, "echo $SEEOTHER_ID >>$T/done")
    service = start_service(program)
    os.kill(service.pid, signal.SIGSTOP)
    the_id = post(program)
    service.kill()
    service.communicate()
    (program.data / f"job/tasks/act/{the_id}.json").write_text(content)
    assert command(program, "work", "once").returncode == 0
    assert words(program) == [the_id] and not note(program, the_id)


@pytest.mark.parametrize("content", ["", "garbage", "99999999 1 1"])
def test_a_cursor_that_is_garbage_holds_up_no_other_task(program, content):
    other = script(program, f"echo 1 >>{program.folder}/second", "other")
    task(program, "echo 1 >>$T/done", more=f"[form rest]\nafter = two\n[task two]\ncommand = {other}\n")
    post(program)
    finish_work(program)
    cursor = program.data / "job/tasks/act/cursor"
    good = cursor.read_text()
    cursor.write_text(content)
    post(program)
    post(program, path="/rest")
    wait_for_words(program, 1, "second")
    program.wait_for_worker()
    assert len(words(program)) == 1 and "cursor" in (program.data / "worker.log").read_text()
    cursor.write_text(good)
    assert command(program, "work", "once").returncode == 0
    assert len(words(program)) == 2


def test_a_torn_line_does_not_keep_the_worker(program):
    task(program, "echo 1 >>$T/done")
    post(program)
    finish_work(program)
    log, = program.data.glob("job/*.jsonl")
    with open(log, "ab") as file:
        file.write(b'{"id":"')
    assert command(program, "work", "once").returncode == 0
    post(program)
    wait_for_words(program, 2)
    finish_work(program)


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("node", ["b", "other"])
def test_a_node_s_worker_leaves_the_jobs_of_another_alone(program, node):
    task(program, "echo $SEEOTHER_ID >>$T/begun; while [ ! -e $T/go ]; do sleep 0.1; done; echo $SEEOTHER_ID >>$T/done",
         kind="result", general="node = a")
    first = post(program)
    wait_for_words(program, 1, "begun")
    other = program.folder / "other.ini"
    other.write_text(program.config.read_text().replace("node = a", f"node = {node}").replace("../data", str(program.data)))
    values = clients.variables("POST", "/job", BODY)
    clients.cgi([program.binary], values, BODY, {"SEEOTHER_CONFIG": str(other)})
    wait_for_words(program, 2, "begun")
    time.sleep(0.5)
    (program.folder / "go").touch()
    wait_for_words(program, 2)
    wait_for("the end of both", lambda: not list(program.data.glob("job/tasks/act/*.json")))
    assert words(program).count(first) == 1 and len(words(program, "begun")) == 2
    for path in [program.data / f"worker.{node}", *program.data.glob(f"*/*.{node}")]:
        path.unlink(missing_ok=True)


def test_jobs_that_are_done_stay_done_when_a_signal_cuts_an_earlier_one_short(program):
    task(program, "grep -q slow && echo 1 >>$T/begun && while [ ! -e $T/go ]; do sleep 0.05; done; echo $SEEOTHER_ID >>$T/done",
         general="parallel = 2")
    service = start_service(program)
    ids = [post(program, b"a=slow")]
    wait_for_words(program, 1, "begun")
    ids += [post(program) for _ in range(3)]
    wait_for_words(program, 3)
    wait_for("their end", lambda: len(list(program.data.glob("job/tasks/act/work.*"))) == 1)
    end_service(service)
    (program.folder / "go").touch()
    assert command(program, "work", "once").returncode == 0
    assert sorted(words(program)) == sorted(ids)


@pytest.mark.parametrize("what", ["log", "note"])
def test_a_job_that_was_cut_short_and_can_t_be_read_for_a_while_is_done_afterwards(program, what):
    task(program, "echo 1 >>$T/begun; [ -e $T/go ] || exec sleep 60; echo $SEEOTHER_ID >>$T/done")
    service = start_service(program)
    the_id = post(program)
    wait_for_words(program, 1, "begun")
    end_worker(program)
    service.communicate()
    assert note(program, the_id)["state"] == "running"
    file, = program.data.glob("job/*.jsonl") if what == "log" else program.data.glob("job/tasks/act/*.json")
    file.rename(program.folder / "moved")
    file.mkdir()
    (program.folder / "go").touch()
    service = start_service(program)
    try:
        assert file.name in service.stderr.readline()
        file.rmdir()
        (program.folder / "moved").rename(file)
        wait_for_words(program, 1)
        wait_for("the job to be settled", lambda: not note(program, the_id))
    finally:
        service.terminate()
        service.communicate(timeout=20)
    assert words(program) == [the_id]


def test_a_task_that_is_newer_than_all_outcomes_is_done_for_one_that_is_not_spam(program):
    task(program, "echo $SEEOTHER_ID >>$T/done", form="blocked = casino")
    whole = program.config.read_text()
    program.configure_text(whole.replace("after = act", ""))
    post(program, b"a=before")
    spam = post(program, b"a=casino")
    program.configure_text(whole)
    assert command(program, "ham", spam).returncode == 0
    wait_for_words(program, 1, seconds=5)
    program.wait_for_worker()
    assert words(program) == [spam] and command(program, "tasks").stdout == "job act: all done\n"
    later = post(program)
    wait_for_words(program, 2)
    assert words(program) == [spam, later]


@pytest.mark.parametrize("running", [False, True])
def test_a_log_that_is_moved_away_loses_nothing_that_comes_after(program, running):
    task(program, "echo $SEEOTHER_ID >>$T/done", kind="result")
    service = start_service(program) if running else None
    ids = [post(program) for _ in range(3)]
    wait_for("the end of three", lambda: "all done" in command(program, "tasks").stdout)
    log, = program.data.glob("job/*.jsonl")
    log.rename(program.folder / "moved")
    if not running:
        program.wait_for_worker()
    with open(program.data / "worker", "r+b") as held:
        if not running:
            fcntl.flock(held, fcntl.LOCK_EX)
        ids.append(post(program))
        if not running:
            assert '"queued"' in program.get(f"/job/{ids[-1]}/status", HTTP_ACCEPT="application/json").text
    ids.append(post(program))
    wait_for_words(program, 5, seconds=5)
    ids += [post(program) for _ in range(5)]
    wait_for("the end of all", lambda: "all done" in command(program, "tasks").stdout)
    if service:
        service.terminate()
        service.communicate()
    assert sorted(words(program)) == sorted(ids)


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("words_", [["work", "once"], ["retry"]])
def test_another_user_may_not_write_what_the_program_s_own_could_not_read(program, words_):
    if os.geteuid() != 0:
        pytest.skip("is no other user")
    task(program, "exit 100")
    the_id = post(program)
    wait_for_state(program, the_id, "failed")
    program.wait_for_worker()
    os.chown(program.data / "secret", 65534, 65534)
    done = command(program, *words_)
    assert done.returncode == 1 and "belongs to another user (65534)" in done.stderr
    assert note(program, the_id)["state"] == "failed"


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_a_full_disk_loses_nothing(program, durable):
    task(program, "echo $SEEOTHER_ID >>$T/done", general=f"durable = {durable}\nreserve = 0")
    with small_disk(program.data):
        ids = [post(program)]
        program.wait_for_worker()
        room = os.statvfs(program.data)
        (program.data / "ballast").write_bytes(b"x" * room.f_bavail * room.f_frsize)
        while (answer := program.post(BODY, "/job")).status == 303:
            ids.append(id_of(answer))
        assert answer.status == 503
        program.wait_for_worker()
        (program.data / "ballast").unlink()
        ids.append(post(program))
        wait_for("all of them", lambda: set(words(program)) == set(ids))
        program.wait_for_worker()
        program.check_whole()


def test_a_folder_for_tasks_that_can_t_be_made_is_503(program):
    task(program, "echo $SEEOTHER_ID >>$T/done")
    (program.data / "job").mkdir(parents=True)
    (program.data / "job/tasks").touch()
    assert program.post(BODY, "/job").status == 503 and program.lines("job") == []
    (program.data / "job/tasks").unlink()
    the_id = post(program)
    finish_work(program)
    assert words(program) == [the_id]


# --- what changes

def test_a_configuration_that_changes_is_taken_up_amid_a_backlog(program):
    task(program, "echo old >>$T/done; sleep 0.$(($$ % 4 + 2))", general="parallel = 3")
    service = start_service(program)
    try:
        for _ in range(60):
            post(program)
        wait_for_words(program, 1)
        new = script(program, f"echo new >>{program.folder}/done", "new")
        program.configure(general="parallel = 3", more=f"\n[form job]\nafter = act\n[task act]\ncommand = {new}\n")
        wait_for("the new command", lambda: "new" in words(program), 4)
        wait_for_words(program, 60)
    finally:
        service.terminate()
        service.communicate(timeout=20)
    assert words(program).count("new") > 30


def test_a_configuration_that_changes_while_only_spam_came(start, way):
    program = start()
    task(program, "echo 1 >>$T/done", form="blocked = casino")
    service = start_service(program)
    try:
        post(program)
        wait_for_words(program, 1)
        for _ in range(3):
            post(program, b"a=casino")

        def kept():
            """A cursor in memory alone is kept when the configuration changes, before that is let go."""
            task(program, "echo 1 >>$T/done", form="blocked = casino, lottery")
            return "all done" in command(program, "tasks").stdout

        wait_for("the cursor behind the spam", kept)
        post(program)
        wait_for_words(program, 2)
    finally:
        service.terminate()
        _, said = service.communicate(timeout=20)
    assert "Sanitizer" not in said, said
