"""Data folders with many outcomes in them, and the requests that read and erase these."""
import os
import random
import subprocess
import time

import measure
from measure import BODY, BUILD, PLAIN, TOP

WORKERS, CLIENTS = 8, 32
LOOK_UP = [word for word in PLAIN if not word.startswith(("REQUEST_METHOD=", "CONTENT_TYPE="))]


def build_fill():
    """It makes ids as the program does, with the program's own objects."""
    rule = "parts:; @echo $(filter-out %/fcgi_main.o,$(OBJECTS)) $(LIBS)"
    words = subprocess.run(["make", "-s", "--eval", rule, "parts"], cwd=TOP, check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["cc", "-O2", "-D_POSIX_C_SOURCE=200809L", "-Isrc", "-o", BUILD / "fill", "bench/tools/fill.c", *words], cwd=TOP, check=True)


class Kept:
    """A data folder with so many outcomes in it, and a list of their ids that nobody has used yet."""

    def __init__(self, folder, name, lines, days, sample):
        self.folder, self.data, self.lines = folder / name, folder / name / "data", lines
        self.folder.mkdir()
        for durable in ("yes", "no"):
            text = f"[seeother]\ndata = {self.data}\ndurable = {durable}\n{measure.FORM}"
            (self.folder / f"{durable}.ini").write_text(text)
        started = time.monotonic()
        line = self.post()
        made = subprocess.run([BUILD / "fill", self.data, "contact", str(lines), str(days), str(sample)], input=line, check=True,
                              capture_output=True)
        os.sync()
        self.ids = made.stdout.decode().split()
        self.post()
        random.Random(1).shuffle(self.ids)
        print(f"{name}: {lines} lines in {days + 1} files, {self.size() >> 20} MiB, made in {time.monotonic() - started:.0f} s", flush=True)

    def size(self):
        return sum(path.stat().st_size for path in self.data.glob("contact/*.jsonl"))

    def environment(self, durable):
        return {"SEEOTHER_CONFIG": str(self.folder / f"{durable}.ini"), "PATH": os.environ["PATH"]}

    def cgi(self, *variables, body=BODY):
        words = [*PLAIN, *variables, f"CONTENT_LENGTH={len(body)}"]
        environment = dict(word.split("=", 1) for word in words) | self.environment("yes")
        done = subprocess.run([TOP / "seeother"], env=environment, input=body, capture_output=True)
        assert b"Status: 303" in done.stdout, done.stdout
        return done.stdout

    def post(self):
        """Posts once, and gives the last line of today's file."""
        self.cgi("PATH_INFO=/contact")
        with open(max(self.data.glob("contact/*.jsonl")), "rb") as file:
            file.seek(-min(4096, os.fstat(file.fileno()).st_size), os.SEEK_END)
            return file.read().splitlines(True)[-1]

    def words(self, count, take):
        """A file with ids; they are taken off the list, or used again and again."""
        path = self.folder / "words"
        ids = [self.ids.pop() for _ in range(min(count, len(self.ids)))] if take else self.ids * (count // len(self.ids) + 1)
        path.write_text("".join(f"{each}\n" for each in ids))
        return path

    def rate(self, extent, durable, variables, options=(), body=BODY):
        start = measure.listening([TOP / "seeother"], self.environment(durable))
        warm = 0 if options else extent.warm
        return measure.rate(start, self.folder, WORKERS, CLIENTS, extent.seconds, warm,
                            variables=variables, options=options, body=body)

    def look_up(self, extent):
        words = self.words(int(extent.seconds * 50000), False)
        return self.rate(extent, "yes", [*LOOK_UP, "REQUEST_METHOD=GET", "PATH_INFO=/contact/%"], ("-s", "200", "-w", words), b"")

    def erase(self, extent):
        words = self.words(int(extent.seconds * 2000), True)
        variables = [*LOOK_UP, "REQUEST_METHOD=DELETE", "PATH_INFO=/contact/%", "REMOTE_USER=owner", "AUTH_TYPE=Basic",
                     "HTTP_ORIGIN=http://localhost"]
        return self.rate(extent, "yes", variables, ("-w", words), b"")
