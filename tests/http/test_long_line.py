"""A line of a log that is longer than any program writes, as when a broken disk leaves zeroes: what follows it is not lost."""
import os
import re
import subprocess

import pytest

from test_log import id_of

LONG = 300 << 20


def run(program, *arguments):
    return subprocess.run([program.binary, *arguments], env=program.environment, capture_output=True, text=True, timeout=60)


def post(program, name):
    return id_of(program.post(f"name={name}&email=a%40b"))


@pytest.fixture
def zeroes(program):
    """A post, a line of zeroes, and another post. The file has a hole there, so that it costs no room."""
    program.configure(general="from = a@example.net", contact="after = act", more="[task act]\ncommand = /bin/true\n")
    ids = [post(program, "Ada")]
    program.wait_for_worker()
    log, = program.logs("contact")
    begin = log.stat().st_size
    with open(log, "ab") as file:
        file.truncate(begin + LONG)
        file.seek(0, os.SEEK_END)
        file.write(b"\n")
    ids.append(post(program, "Bob"))
    yield log, begin, ids
    program.wait_for_worker()
    log.unlink()


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("command", ["export contact", "list", "stats"])
def test_commands_pass_over_it_and_say_so(program, zeroes, command):
    log, begin, ids = zeroes
    done = run(program, *command.split())
    told = set(done.stderr.splitlines())  # "list" reads the log twice: to count, and backwards
    assert done.returncode == 0 and len(told) == 1, done.stderr
    assert re.search(rf"{log.name}: the line at offset {begin} was passed over: .* 256 MiB", *told), told
    if command == "stats":
        assert re.search(r"\b2\b", done.stdout), done.stdout
    else:
        assert "Ada" in done.stdout and "Bob" in done.stdout, done.stdout


@pytest.mark.parametrize("way", ["cgi"])
def test_verify_tells_of_it_as_damage(program, zeroes):
    log, begin, ids = zeroes
    done = run(program, "verify")
    assert done.returncode == 1 and f"damage: contact/{log.name}, offset {begin}: " in done.stdout, done.stdout
    assert done.stdout.count("damage: ") == 1, done.stdout


@pytest.mark.parametrize("way", ["cgi"])
def test_tasks_and_pages_go_on_behind_it(program, zeroes):
    log, begin, ids = zeroes
    program.wait_for_worker()
    assert "contact act: all done" in run(program, "tasks").stdout
    assert [program.get(f"/contact/{the_id}").status for the_id in ids] == [200, 200]


@pytest.mark.parametrize("way", ["cgi"])
def test_without_an_end_it_is_left_out(program):
    post(program, "Ada")
    log, = program.logs("contact")
    begin = log.stat().st_size
    with open(log, "ab") as file:
        file.truncate(begin + LONG)
    for command in ("export contact", "list"):
        done = run(program, *command.split())
        assert done.returncode == 0 and "Ada" in done.stdout and not done.stderr, done
    post(program, "Bob")
    assert log.stat().st_size < begin + LONG and len(program.lines()) == 2
