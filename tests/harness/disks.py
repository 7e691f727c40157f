"""File systems of a test's own: small ones, ones in a file, and a mount table in which nothing stays mounted."""
import contextlib
import os
import subprocess
import sys
import time

# size in bytes, and how to make the file system
MAKE = {
    "ext4": (128 << 20, ["mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "has_journal",
                         "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"]),
    "xfs": (320 << 20, ["mkfs.xfs", "-q", "-f", "-K"]),
}


def mounts_allowed():
    """Tells whether this runs with a mount table of its own, as tests/run sees to."""
    return os.environ.get("PRIVATE_MOUNTS") != "no"


def private_mounts():
    """How to run a command with a mount table of its own, or nothing where that is not allowed."""
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    return unshare if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL).returncode == 0 else []


def start_anew_with_private_mounts():
    """Starts the script once more, where its mounts are nobody else's."""
    if os.environ.get("PRIVATE_MOUNTS") != "yes":
        os.execvpe("unshare", ["unshare", "--mount", sys.executable, *sys.argv], os.environ | {"PRIVATE_MOUNTS": "yes"})


def make_image(kind, image, size=None, filled=False):
    """Makes a file that holds a new file system; filled: with all blocks there, lest the first to write one pays for it."""
    default, command = MAKE[kind]
    with open(image, "wb") as file:
        file.truncate(size or default)
        if filled:
            for _ in range((size or default) >> 24):
                file.write(bytes(1 << 24))
            os.fsync(file.fileno())
    subprocess.run([*command, image], check=True)


@contextlib.contextmanager
def mounted(kind, image, folder, *options):
    """Mounts an image by a loop device, which goes with the mount; an image of "none" and kind "tmpfs" needs no file."""
    folder.mkdir(exist_ok=True)
    how = ",".join([*(["loop"] if image != "none" else []), *options])
    subprocess.run(["mount", "-t", kind, *(["-o", how] if how else []), image, folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        unmount(folder)


def unmount(folder):
    """A server that has just ended may hold a file for a moment: it is tried for five seconds."""
    for _ in range(100):
        done = subprocess.run(["umount", folder], capture_output=True)
        if done.returncode == 0:
            return
        time.sleep(0.05)
    subprocess.run(["umount", "-l", folder])
    raise RuntimeError(done.stderr.decode())


@contextlib.contextmanager
def small_disk(folder, kind=("tmpfs", "-o", "size=64k")):
    """A file system of its own at the folder; the test runner's mount table is private, so nothing can stay mounted."""
    if not mounts_allowed():
        import pytest  # the measurements have none
        pytest.skip("may not mount")
    folder.mkdir()
    subprocess.run(["mount", "-t", *kind, "none", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
