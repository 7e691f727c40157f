"""Sockets that systemd opens, and what a build for another machine needs."""
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness import clients
from harness.clients import variables
from harness.place import Place
from harness.processes import wait_for

# What systemd does: the sockets at descriptor 3 and above, and variables that name this very process.
SYSTEMD = """
import os, socket, sys
number, path, listening, program = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "listening", sys.argv[4]
for i in range(number):
    one = socket.socket(socket.AF_UNIX)
    one.bind(path + (str(i) if i else ""))
    if listening:
        one.listen(8)
    os.dup2(one.fileno(), 100 + i, inheritable=False)
for i in range(number):
    os.dup2(100 + i, 3 + i)
    os.set_inheritable(3 + i, True)
os.environ.update(LISTEN_FDS=str(number), LISTEN_PID=str(os.getpid() + int(sys.argv[5])), LISTEN_FDNAMES="seeother")
os.execv(program, [program])
"""


def activate(place, number=1, listening="listening", other=0):
    path = place.folder / "socket"
    arguments = [sys.executable, "-c", SYSTEMD, str(number), str(path), listening, str(place.binary), str(other)]
    return path, subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)


def is_served(path):
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize("number", [1, 3])
def test_a_socket_that_systemd_passes_is_served(place, number):
    path, process = activate(place, number)
    try:
        wait_for("the socket", lambda: is_served(path))
        assert clients.fcgi(path, variables("GET", "/contact")).status == 200
        body = b"name=Ada&email=a%40b"
        assert clients.fcgi(path, variables("POST", "/contact", body), body).status == 303
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout.split()
        for pid in [process.pid, *children]:
            open_now = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
            assert open_now.count(os.readlink(f"/proc/{pid}/fd/0")) == 1
        assert not any(is_served(f"{path}{i}") for i in range(1, number))  # nobody has the others open any more
    finally:
        process.terminate()
        said = process.stderr.read().decode()
        assert process.wait(20) == 0
    assert ("only the first is served" in said) == (number > 1)


def test_what_is_passed_must_listen(place):
    _, process = activate(place, listening="not")
    said = process.communicate(timeout=20)[1].decode()
    assert process.returncode == 1 and "not a listening socket" in said and said.count("\n") == 1


def test_variables_for_another_process_are_not_believed(place):
    _, process = activate(place, other=1)
    said = process.communicate(timeout=20)[1].decode()
    assert process.returncode != 0 and "systemd" not in said


def test_variables_do_not_disturb_cgi(place):
    for more in ({"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}, {"LISTEN_FDS": "x", "LISTEN_PID": "y"}):
        assert clients.cgi([place.binary], variables("GET", "/contact"), environment=more).status == 200


# --- the sandbox's filter, for other machines ---

SOURCE = Path(__file__).resolve().parents[2] / "src" / "serve" / "filter" / "filter.c"
MACHINES = {  # as compilers call them, and as the kernel does (linux/audit.h)
    "x86_64": 0xc000003e, "i686": 0x40000003, "aarch64": 0xc00000b7, "arm": 0x40000028, "armv7l": 0x40000028, "mipsel": 0x40000008,
    "s390x": 0x80000016, "mips": 0x8, "powerpc": 0x14, "powerpc64": 0x80000015, "powerpc64le": 0xc0000015, "riscv64": 0xc00000f3}


@pytest.fixture(scope="module")
def filter_of(tmp_path_factory):
    if not shutil.which("cc"):
        pytest.skip("no compiler")
    program = tmp_path_factory.mktemp("filter") / "filter"
    done = subprocess.run(["cc", "-o", program, SOURCE, "-lseccomp"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip("libseccomp is not installed for building")
    return lambda machine: subprocess.run([program, machine], capture_output=True, text=True)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_is_made_for_each_machine(filter_of, machine):
    done = filter_of(machine)
    assert done.returncode == 0, done.stderr
    steps = [tuple(int(number.rstrip("u")) for number in line.strip("{},").split(", ")) for line in done.stdout.splitlines()]
    assert steps[0] == (0x20, 0, 0, 4)  # loads the machine that a call is for
    assert steps[1][0] == 0x15 and steps[1][3] == MACHINES[machine]
    assert all(code < 256 and true < 256 and false < 256 for code, true, false, _ in steps) and len(steps) > 50
    returned = {value for code, _, _, value in steps if code == 0x06}
    assert 0x7fff0000 in returned and 0x00050000 | 38 in returned  # allow, and ENOSYS


def test_an_unknown_machine_is_told(filter_of):
    done = filter_of("pdp11")
    assert done.returncode == 1 and "pdp11" in done.stderr
