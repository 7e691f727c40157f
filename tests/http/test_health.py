"""S/-/health: whether posts can be kept, for monitors and load balancers."""
import os
import re
import subprocess

import pytest

from harness import clients
from harness.disks import small_disk
from harness.tracing import UNCHECKED

PATH = "/-/health"


def health(program, **more):
    answer = program.get(PATH, **more)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8" and answer.headers["cache-control"] == "no-store"
    assert answer.body.count(b"\n") == 1 and answer.body.endswith(b"\n") and str(program.folder) not in answer.text
    return answer


def sick(program, **more):
    """Why the program is not well, and what the answer or the log adds to that."""
    before = len(program.log())
    answer = health(program, **more)
    assert answer.status == 503
    return answer.text.strip(), answer.errors + program.log()[before:]


def test_a_sound_site_is_well_before_and_after_its_first_post(program):
    assert health(program).body == b"ok\n" and health(program).status == 200 and not program.data.exists()
    assert program.post(b"a=b", "/any").status == 303
    before = sorted((path, path.stat().st_mtime_ns) for path in program.data.rglob("*"))
    assert health(program).status == 200
    head = program.call(clients.variables("HEAD", PATH))
    assert head.status == 200 and head.body == b"" and head.headers["content-length"] == "3"
    assert sorted((path, path.stat().st_mtime_ns) for path in program.data.rglob("*")) == before, "nothing is written"


def test_other_methods_are_refused(program):
    for method in ("POST", "PUT", "DELETE", "TRACE"):
        answer = program.call(clients.variables(method, PATH))
        assert answer.status == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert program.call(clients.variables("OPTIONS", PATH)).status == 204
    assert program.get(PATH + "/").status == 403 and program.get("/-/healthy").status == 403, "the desk's own paths"


def test_nobody_has_to_say_who_or_where_he_is(program):
    assert health(program, HTTP_HOST=None, REMOTE_ADDR=None, SERVER_PROTOCOL="HTTP/1.0").status == 200
    assert health(program, HTTP_HOST="bad host").status == 200


def test_a_configuration_that_was_never_valid(start):
    program = start(text="[seeother]\ncolour = red\n")
    said, log = sick(program)
    assert said == "the configuration can't be used" and "colour" in log + program.log()
    program.configure()
    assert health(program).status == 200
    said, log = sick(program, DOCUMENT_ROOT=str(program.folder))
    assert said == "the configuration can't be used" and "document root" in log


def test_a_data_folder_that_can_t_be_written_to(start):
    program = start()
    with small_disk(program.data, ("tmpfs", "-o", "size=4m")):
        assert health(program).status == 200
        subprocess.run(["mount", "-o", "remount,ro", program.data], check=True)
        said, log = sick(program)
        assert said == "the data folder can't be used" and f"{program.data.name}: the data folder" in log and "Read-only" in log
    program.data.rmdir()
    program.data.write_text("a file")
    assert sick(program)[0] == "the data folder can't be used"
    program.data.unlink()
    assert health(program).status == 200


def test_a_disk_below_the_reserve_and_one_without_inodes(start):
    program = start()
    with small_disk(program.data, ("tmpfs", "-o", "size=2m,nr_inodes=50")):
        assert health(program).status == 200
        full = program.data / "full"
        full.write_bytes(bytes(3 << 19))
        said, log = sick(program)
        assert said == "the disk is full" and "reserve" in log
        full.unlink()
        files = []
        while os.statvfs(program.data).f_favail:
            files.append(program.data / f"file{len(files)}")
            files[-1].touch()
        assert sick(program)[0] == "the disk has no inodes left"
        files[0].unlink()
        assert health(program).status == 200


def test_a_secret_that_can_t_be_used(program):
    assert program.post(b"a=b", "/any").status == 303
    secret, kept = program.data / "secret", program.data / "kept"
    secret.rename(kept)
    said, log = sick(program)
    assert said == "the secret can't be used" and "new-secret" in log
    assert "new-secret" not in sick(program)[1], "it is logged once"
    secret.write_bytes(b"too short")
    assert "bytes long" in sick(program)[1]
    secret.unlink()
    kept.rename(secret)
    assert health(program).status == 200 and not (program.data / "secret.reported").exists()


def test_the_desk_is_not_revealed(program):
    desk, answer = program.get("/-/"), health(program, REMOTE_USER="ada", AUTH_TYPE="Basic")
    assert desk.status == 403 and answer.body == b"ok\n" and "set-cookie" not in answer.headers and "location" not in answer.headers
    program.configure(more="[form health]\n")
    done = subprocess.run([program.binary, "check"], env=program.environment, capture_output=True, text=True)
    assert done.returncode == 1 and 'health" is the name of the health check' in done.stderr
    program.configure()


@pytest.mark.parametrize("way", ["cgi"])
def test_it_is_cheap(program):
    """No more than a few system calls beyond those of an address that is unknown, and none that writes."""
    assert program.post(b"a=b", "/any").status == 303
    counts = {}
    for path in ("/nothing", PATH):
        trace = program.folder / "trace"
        clients.cgi(["strace", "-qq", "-o", str(trace), program.binary], clients.variables("GET", path), b"", program.environment | UNCHECKED)
        calls = trace.read_text().splitlines()
        counts[path] = len(calls)
    assert counts[PATH] <= counts["/nothing"] + 16
    assert not [call for call in calls if re.match(r"(pwrite64|mkdir|unlink|rename|link|fsync|fdatasync|flock)|open.*O_(WRONLY|RDWR|CREAT)", call)]
