"""What a power cut leaves: the record of a disk (tests/tools/disk.c) up to a point, with what was flushed and some of what was not."""
import contextlib
import os
import struct
import subprocess
import uuid
from collections import namedtuple

from harness.disks import unmount

ENTRY = struct.Struct("=QQQ")
PIECE, SECTOR = 4096, 512
BOOT = "/proc/sys/kernel/random/boot_id"
Entry = namedtuple("Entry", "kind offset length position")


@contextlib.contextmanager
def booted(file):
    """Gives the system the id of another boot, for as long as it lasts."""
    file.write_text(f"{uuid.uuid4()}\n")
    subprocess.run(["mount", "--bind", file, BOOT], check=True)
    try:
        yield
    finally:
        unmount(BOOT)


class Record:
    """What disk.c wrote down."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.entries, size, position = [], os.stat(path).st_size, 0
        while position < size:
            kind, offset, length = ENTRY.unpack(os.pread(self.file.fileno(), ENTRY.size, position))
            self.entries.append(Entry(chr(kind), offset, length, position + ENTRY.size))
            position += ENTRY.size + length

    def content(self, entry):
        return os.pread(self.file.fileno(), entry.length, entry.position)

    def places(self, kind):
        return [i for i, entry in enumerate(self.entries) if entry.kind == kind]


class Disk:
    """An image in which just what was flushed is written, up to a point that only moves on."""

    def __init__(self, image, record):
        self.image, self.record, self.done = image, record, 0

    def cut(self, at, keep, chance, copy):
        """Makes a copy with what the power cut before an entry leaves: none, all, pieces or sectors of what was not flushed."""
        flushed = max((i for i in range(self.done, at) if self.record.entries[i].kind == "F"), default=self.done)
        self.write(self.image, range(self.done, flushed), lambda content: [(0, content)])
        self.done = flushed
        subprocess.run(["cp", "--sparse=always", self.image, copy], check=True)
        if keep != "none":
            self.write(copy, range(flushed, at), chooser(keep, chance))

    def write(self, image, places, choose):
        with open(image, "r+b") as file:
            for entry in (self.record.entries[i] for i in places):
                if entry.kind == "W":
                    for begin, content in choose(self.record.content(entry)):
                        os.pwrite(file.fileno(), content, entry.offset + begin)


def chooser(keep, chance):
    """What of a write gets to the disk, as pairs of a place in it and the bytes there."""
    size, share = SECTOR if keep == "sectors" else PIECE, chance.choice((0.1, 0.5, 0.9))

    def choose(content):
        pieces = ((begin, content[begin:begin + size]) for begin in range(0, len(content), size))
        return [piece for piece in pieces if keep == "all" or chance.random() < share]
    return choose
