"""A time of day that can be set: for programs that start with its environment (tests/tools/clock.c)."""
import datetime
import mmap
import struct
import time

from harness.paths import preload

DAY = 24 * 60 * 60


class Clock:
    """How far ahead of the machine's clock the programs see the time of day."""

    def __init__(self, folder):
        file = folder / "ahead"
        file.write_bytes(bytes(16))
        with open(file, "r+b") as opened:
            self.map = mmap.mmap(opened.fileno(), 16)
        self.environment = {"LD_PRELOAD": preload("clock.so"), "CLOCK_AHEAD": str(file)}

    def set(self, seconds):
        """Sets how many seconds it is ahead, or, if negative, behind."""
        self.map[:8] = struct.pack("=q", int(seconds))

    def set_to(self, moment):
        """Sets it to a moment in seconds since 1970."""
        self.set(moment - time.time())

    def pass_time(self, seconds):
        """Lets time pass: the machine sleeps, and both clocks have gone on when it wakes up."""
        ahead, slept = struct.unpack("=qq", self.map[:])
        self.map[:] = struct.pack("=qq", ahead + int(seconds), slept + int(seconds))

    def now(self):
        return time.time() + struct.unpack("=q", self.map[:8])[0]

    def day(self):
        """The day that a log of now is named after."""
        return datetime.datetime.fromtimestamp(self.now(), datetime.timezone.utc).strftime("%Y-%m-%d")
