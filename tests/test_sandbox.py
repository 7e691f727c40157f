"""The sandbox: what a process that reads requests can't do, and that all it has to do still works, whatever changes around it."""
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

import conftest
import servers
from test_log import UNCHECKED, id_of

HERE = Path(__file__).parent
BODY = b"a=b"


@pytest.fixture(scope="module")
def escape(tmp_path_factory):
    library = tmp_path_factory.mktemp("escape") / "escape.so"
    subprocess.run(["cc", "-std=c11", "-shared", "-fPIC", "-O1", "-o", library, HERE / "escape.c"], check=True)
    return library


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
    assert len(tried) == 32 and {came for _, came in tried} <= {"Permission denied", "Function not implemented"}, tried
    assert {path.name for path in outside.iterdir()} == {"file", "bait", "prey"}
    assert (outside / "file").read_text() == "here"


def test_without_the_sandbox_each_attempt_succeeds(start, tmp_path, escape):
    tried, outside = escaping(start, tmp_path, escape, "no")
    assert len(tried) >= 16 and {name for name, came in tried[:16] if came != "done"} <= {"trace"}, tried


def test_what_the_kernel_lacks_is_said_in_the_log_and_posts_are_kept(start, tmp_path):
    for call, lacking in (("landlock_create_ruleset", "Landlock"), ("landlock_restrict_self", "Landlock"), ("seccomp", "")):
        prefix = ["strace", "-D", "-f", "-qq", "-o", str(tmp_path / call), "-e", f"inject={call}:error=EOPNOTSUPP"]
        program = start(count=1, prefix=prefix, environment=UNCHECKED)
        answer = program.post(b"name=A&email=a@b.de&message=x")
        assert answer.status == 303
        assert f"the sandbox is not whole: the kernel lacks {lacking} " in answer.errors + program.log() or not lacking
        assert "sandbox" not in program.get("/contact").errors or program.workers


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


# --- the keeper

@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_process_that_is_killed_is_replaced(start):
    program = start(count=1)
    keeper, = program.workers.keepers()
    first, = program.workers.pids()
    program.workers.killed = True
    os.kill(first, signal.SIGKILL)
    servers.wait_for("another one", lambda: program.workers.pids() not in ([], [first]))
    assert program.workers.keepers() == [keeper] and program.get("/contact").status == 200
    assert "was ended by signal 9" in program.log()


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_process_whose_keeper_is_killed_ends(start):
    program = start(count=1)
    keeper, = program.workers.keepers()
    first, = program.workers.pids()
    program.workers.killed = True
    os.kill(keeper, signal.SIGKILL)
    servers.wait_for("its end", lambda: not Path(f"/proc/{first}").exists())
    servers.wait_for("others", program.workers.ready)
    assert program.get("/contact").status == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP])
def test_a_signal_ends_a_keeper_and_what_it_keeps(tmp_path, how):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        place = conftest.Place(tmp_path)
        keeper = subprocess.Popen([place.binary], stdin=listener, env={"PATH": os.environ["PATH"]})
        servers.wait_for("the kept one", lambda: servers.children(keeper.pid))
        kept, = servers.children(keeper.pid)
        keeper.send_signal(how)
        assert keeper.wait(10) == 0 and not Path(f"/proc/{kept}").exists()
