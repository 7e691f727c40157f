"""check does in the data folder what a post does, so that what would fail there is told before the first post; nothing can be fetched."""
import os
import subprocess

import pytest

from harness.disks import mounts_allowed, small_disk
from harness.paths import BINARY

GOOD = b"name=Ada&email=ada%40example.org"
CONFIG = "[seeother]\ndata = data\n[form f]\nrate = 9/minute\n"
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def check(path, *prefix, **environment):
    done = subprocess.run([*prefix, BINARY, "check", path], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"]} | environment)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.ini"
    path.write_text(CONFIG)
    (tmp_path / "data").mkdir()
    return path


def test_check_leaves_nothing_behind(config):
    assert check(config)[0] == 0 and not list((config.parent / "data").iterdir())
    (config.parent / "data").rmdir()
    assert check(config)[0] == 0 and [path.name for path in config.parent.iterdir()] == ["config.ini"]


@pytest.mark.parametrize("calls, error, complaint", [
    ("link,linkat", "EPERM", "a hard link can't be made: Operation not permitted"),
    ("link,linkat", "EOPNOTSUPP", "such as ext4 or XFS"),
    ("fsync", "EIO", "can't be flushed: Input/output error"), ("flock", "ENOLCK", "can't be locked: No locks available"),
    ("pwrite64,write", "ENOSPC", "can't be written to: No space left on device"), ("unlink,unlinkat", "EROFS", "can't be removed: Read-only file system"),
])
def test_check_tries_what_a_post_does(config, tmp_path, calls, error, complaint):
    status, said = check(config, "strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", f"trace={calls}", "-e",
                         f"inject={calls}:error={error}:when=1")
    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert status == 1 and "[seeother] data: " in said and complaint in said, said


@root_only
@pytest.mark.skipif(not mounts_allowed(), reason="mounts file systems")
def test_check_tells_of_a_full_disk(config):
    (config.parent / "data").rmdir()
    with small_disk(config.parent / "data"):
        config.write_text(CONFIG.replace("data = data", "data = data\nreserve = 1M"))
        status, said = check(config)
        assert status == 1 and "bytes are free, and reserve is 1048576" in said
        config.write_text(CONFIG.replace("data = data", "data = data\nreserve = 0"))
        assert check(config)[0] == 0
        with open(config.parent / "data" / "filler", "wb") as file, pytest.raises(OSError):
            while True:
                os.write(file.fileno(), bytes(4096))
        status, said = check(config)
        assert status == 1 and "can't be written to: No space left on device" in said


@root_only
@pytest.mark.skipif(not mounts_allowed(), reason="mounts file systems")
def test_check_tells_of_a_file_system_without_inodes(config):
    (config.parent / "data").rmdir()
    with small_disk(config.parent / "data", ("tmpfs", "-o", "size=4m,nr_inodes=3")):
        (config.parent / "data" / "a").write_text("")
        (config.parent / "data" / "b").write_text("")
        status, said = check(config)
        assert status == 1 and ("no inodes left" in said or "No space left on device" in said), said


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_check_tells_of_a_secret_that_is_none(config, content):
    (config.parent / "data" / "secret").write_bytes(content)
    status, said = check(config)
    assert status == 1 and f"data/secret has {len(content)} bytes in place of 32" in said, said


def test_check_tells_of_a_secret_that_is_lost(config):
    (config.parent / "data" / "f").mkdir()
    assert check(config)[0] == 0
    (config.parent / "data" / "f" / "2026-11-23.jsonl").write_text("{}\n")
    status, said = check(config)
    assert status == 1 and "data/secret is missing, but there are logs" in said, said


@root_only
def test_check_tells_of_other_owners(config):
    data = config.parent / "data"
    (data / "f").mkdir()
    os.chown(data, 65534, 65534)
    status, said = check(config)
    assert status == 1 and "data/f belongs to root, but the data folder to nobody" in said, said
    os.chown(data / "f", 65534, 65534)
    for folder in config.parents:
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    assert check(config)[0] == 0
    data.chmod(0o500)  # root could write there, its owner can't
    status, said = check(config)
    assert status == 1 and "a file can't be made there: Permission denied" in said, said


# --- what could be fetched

@pytest.mark.parametrize("root", ["cgi-bin", "cgi-bin/", "."])
def test_a_configuration_in_the_document_root_is_refused(start, root):
    program = start()
    (program.folder / "elsewhere").mkdir()
    program.configure(general=f"data = {program.folder.parent}/kept")
    answer = program.post(GOOD, DOCUMENT_ROOT=f"{program.folder}/{root}")
    said = answer.errors + program.log()
    assert answer.status == 500 and "this file is inside the document root" in said and "SEEOTHER_CONFIG" in said
    if program.workers:  # the web server's log may be somebody else's
        assert "this file is inside the document root" in answer.errors and "this file is inside the document root" in program.log()
    assert not (program.folder.parent / "kept").exists()
    for other in (program.folder / "elsewhere", program.folder / "cgi", "/nonexistent", None):
        assert program.post(GOOD, DOCUMENT_ROOT=other and str(other)).status == 303


def test_the_folder_of_an_alias_is_no_document_root(start):
    """lighttpd gives the folder of alias.url as DOCUMENT_ROOT; what is in it is run."""
    program = start()
    folder = program.folder / "cgi-bin"
    for script, status in ((folder / "seeother", 303), (f"{folder}/cgi-bin/seeother", 500), (None, 500)):
        answer = program.post(GOOD, DOCUMENT_ROOT=str(folder), SCRIPT_NAME="/cgi-bin/seeother", SCRIPT_FILENAME=script and str(script))
        assert answer.status == status, script
    program.configure(general=f"data = {folder}/kept")
    answer = program.post(GOOD, DOCUMENT_ROOT=str(folder), SCRIPT_NAME="/cgi-bin/seeother", SCRIPT_FILENAME=f"{folder}/seeother")
    assert answer.status == 500 and not (folder / "kept").exists()


@pytest.mark.parametrize("script, name", [
    ("/cgi-bin/seeother", "//cgi-bin//seeother"), ("/cgi-bin/seeother", "/cgi-bin/./seeother"), ("//cgi-bin/seeother", "/cgi-bin/seeother"),
    ("/./cgi-bin/seeother", "/cgi-bin/seeother"), ("/cgi-bin/seeother", "/f"), ("/cgi-bin/seeother/contact", "/cgi-bin/seeother"),
    ("/cgi-bin/seeother", "/cgi-bin/seeother/contact"), ("/cgi-bin/seeother", "/"),
])
def test_another_spelling_or_a_rewrite_is_no_alias(program, tmp_path, script, name):
    """The configuration in the document root stays refused, whatever a visitor or a rule makes of the name."""
    program.configure(general=f"data = {tmp_path}/kept")
    program.configure_text(program.config.read_text().replace("data = ../data\n", ""))
    root = program.folder
    answer = program.post(GOOD, DOCUMENT_ROOT=str(root), SCRIPT_NAME=name, SCRIPT_FILENAME=f"{root}{script}")
    assert answer.status == 500 and "document root" in answer.errors + program.log(), answer.text


def test_a_link_to_the_configuration_in_the_document_root_is_refused(start, tmp_path):
    outside, inside = tmp_path / "outside.ini", tmp_path / "htdocs"
    outside.write_text(f"[seeother]\ndata = {tmp_path}/kept\n[form f]\n")
    inside.mkdir()
    (inside / "config.ini").symlink_to(outside)
    for config, root in (inside / "config.ini", inside), (outside, tmp_path):
        program = start(environment={"SEEOTHER_CONFIG": str(config)})
        answer = program.post("a=b", "/f", DOCUMENT_ROOT=str(root))
        assert answer.status == 500 and "document root" in answer.errors + program.log()


@pytest.mark.parametrize("root", ["/", "//", ""])
def test_a_server_without_a_document_root_says_slash(start, root):
    assert start().post(GOOD, DOCUMENT_ROOT=root).status == 303


@pytest.mark.parametrize("data", [".", "./", "..", "../cgi-bin"])
def test_data_that_contains_the_configuration_is_refused(start, data):
    program = start()
    program.configure(general=f"data = {data}")
    status, said = check(program.config)
    assert status == 1 and "contains this file; choose a folder for the data alone" in said
    before = sorted(program.config.parent.iterdir())
    if program.workers:
        program.workers.kill()
    answer = program.post(GOOD)
    assert answer.status == 500 and "contains this file" in answer.errors + program.log()
    assert sorted(program.config.parent.iterdir()) == before
    program.configure()


def test_check_tells_of_a_configuration_in_the_document_root(config):
    config.write_text(CONFIG.replace("data = data", f"data = {config.parent.parent}/kept-elsewhere"))
    status, said = check(config, DOCUMENT_ROOT=str(config.parent))
    assert status == 1 and "this file is inside the document root" in said, said
