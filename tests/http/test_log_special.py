"""What is not a file but has the name of a day's log: it must hang nothing, and hide nothing of the other days."""
import os
import subprocess

import pytest

NAME = "2026-01-02.jsonl"


def make_folder(path):
    path.mkdir()


def make_device_link(path):
    path.symlink_to("/dev/zero")


@pytest.fixture(params=[os.mkfifo, make_folder, make_device_link], ids=["fifo", "folder", "device"])
def special(program, request):
    program.post("name=A&email=a%40b")
    path = program.data / "contact" / NAME
    request.param(path)
    yield path
    path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("command", [["export", "contact"], ["verify"]], ids=" ".join)
def test_a_command_tells_of_it_and_goes_on(program, special, command):
    done = subprocess.run([program.binary, *command], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and NAME in done.stdout + done.stderr
    assert command == ["verify"] or '"A"' in done.stdout or ",A," in done.stdout


def test_posts_and_the_list_go_on(program, special):
    assert program.post("name=B&email=a%40b").status == 303
    assert program.get("/contact").status == 200
