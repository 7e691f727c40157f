"""Posts to the program, by several clients at once, while the disk that its data is on is recorded (tests/tools/disk.c).

What clients know is in the record too, as marks of JSON, each written at the moment it became true:

    {"begun": true}   {"ended": true}         what stands between them is looked at
    {"sent": N}                               submission N goes out
    {"kept": N, "path": "/form/ID"}           the whole 303 to it was read: from here on it must be there
    {"leaving": N}   {"gone": N}              its withdrawal goes out; the 303 to that was read
"""
import contextlib
import functools
import json
import os
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from harness import disks, servers
from harness.bodies import multipart
from harness.processes import wait_for
import cuts_disk

FORMS, CLIENTS, WORKERS = 12, 12, 8


class Submission:
    """A post of which all follows from its number: with a key or without, sent once or thrice, with an upload or without."""

    def __init__(self, number, form):
        chance = random.Random(number)
        text = "".join(chance.choices("abcdefghij \"\\é€\U0001f600\n", k=chance.choice((10, 300, 3000))))
        self.number, self.form, self.fields = number, form, {"n": str(number), "text": text.replace("\n", "\r\n")}
        self.key = f'"key-{number}"' if number % 3 else None
        self.copies = 3 if number % 6 == 1 else 1
        self.file = chance.randbytes(chance.randrange(1000, 400_000)) if number % 4 == 1 else None
        self.withdrawn = number % 9 == 4

    @classmethod
    @functools.cache
    def of(cls, number, posts):
        """Number N of so many posts: more and more forms are in use, so new folders, files and tables come up all the time."""
        return cls(number, f"form{random.Random(-number).randrange(1 + number * FORMS // posts)}")

    def request(self):
        """Gives the headers and the body."""
        file = [("file", "a.bin", None, self.file)] if self.file is not None else []
        body, kind = multipart(*self.fields.items(), *file)
        return {"Content-Type": kind} | ({"Idempotency-Key": self.key} if self.key else {}), body


def path_of(location):
    return location.partition("/seeother")[2]


class RecordedSite:
    """The program behind lighttpd and spawn-fcgi, with its data on a file system whose disk is recorded."""

    def __init__(self, folder, kind, binary, tools, posts, lie=None, node=False):
        self.folder, self.kind, self.binary, self.tools, self.posts, self.lie = folder, kind, binary, tools, posts, lie
        self.node = node  # whether it is a host with a name, which claims keys
        self.mount, self.served, self.boot = folder / "mount", folder / "served", folder / "boot"
        self.image, self.base = folder / "image", folder / "base"
        self.lives, self.known = 0, []  # the marks of earlier lives
        forms = (f"[form form{i}]\nfiles = yes\nshow_files = yes\nmax_body = 3M\nmax_file = 2M\nwithdraw = 1h\n" for i in range(FORMS))
        (folder / "config.ini").write_text(f"[seeother]\ndata = {self.mount}/data\ndurable = yes\n" + "node = a\n" * node + "".join(forms))
        self.environment = {"PATH": os.environ["PATH"], "SEEOTHER_CONFIG": str(folder / "config.ini")}
        disks.make_image(kind, self.image)

    @contextlib.contextmanager
    def disk(self):
        """Serves the image by the recorder, and mounts it."""
        subprocess.run(["cp", "--sparse=always", self.image, self.base], check=True)
        self.served.mkdir(exist_ok=True)
        recorder = subprocess.Popen([self.tools / "disk", self.image, self.record, self.served])
        try:
            wait_for("the recorder", lambda: (self.served / "disk").exists())
            with disks.mounted(self.kind, self.served / "disk", self.mount):
                yield
        finally:
            with contextlib.suppress(RuntimeError):
                disks.unmount(self.served)
            recorder.terminate()
            recorder.wait()

    @contextlib.contextmanager
    def server(self):
        lie = {"LD_PRELOAD": str(self.tools / "lie.so"), "LIE": self.lie} if self.lie else {}
        with contextlib.ExitStack() as stack:
            workers = servers.Workers([self.binary], self.folder, WORKERS, environment=self.environment | lie)
            stack.callback(workers.stop)
            lighttpd = servers.Lighttpd(self.folder, workers)
            stack.callback(lighttpd.stop)
            yield lighttpd

    def mark(self, **mark):
        os.write(self.marks, json.dumps(mark).encode())

    def ask(self, server, method, path, body=None, headers=None):
        """Gives the path that a 303 leads to; any other answer is a fault of the test."""
        answer = server.request(method, "/seeother" + path, body, headers)
        if answer.status != 303:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {answer.text}")
        return path_of(answer.getheader("Location"))

    def post(self, server, submission):
        headers, body = submission.request()
        self.mark(sent=submission.number)
        path = self.ask(server, "POST", f"/{submission.form}", body, headers)
        self.mark(kept=submission.number, path=path)
        return path

    def send(self, server, number, pause):
        """What one client does for one submission: post it, maybe thrice at once, and maybe withdraw it."""
        submission = Submission.of(number, self.posts)
        with ThreadPoolExecutor(submission.copies) as copies:
            paths = set(copies.map(lambda _: self.post(server, submission), range(submission.copies)))
        time.sleep(random.uniform(0, pause))
        if submission.withdrawn:
            self.mark(leaving=number)
            for path in paths:
                self.ask(server, "DELETE", path)
            self.mark(gone=number)

    def again(self):
        """Gives what is sent again after a power cut: posts with a key that got no answer, and some that did."""
        sent, kept, leaving = ({mark[name] for mark in self.known if name in mark} for name in ("sent", "kept", "leaving"))
        keyed = [number for number in sorted(sent - leaving) if Submission.of(number, self.posts).key]
        return [number for number in keyed if number not in kept or number % 5 == 0]

    def live(self, numbers, pause):
        """Records the posts of these numbers, from the image on."""
        self.lives += 1
        self.record = self.folder / f"record-{self.lives}"
        with cuts_disk.booted(self.boot), self.disk():
            self.marks = os.open(self.served / "mark", os.O_WRONLY)
            try:
                with self.server() as server, ThreadPoolExecutor(CLIENTS) as pool:
                    self.mark(begun=True)
                    list(pool.map(lambda number: self.send(server, number, pause), numbers))
                    self.mark(ended=True)
            finally:
                os.close(self.marks)
