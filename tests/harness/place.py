"""A place: a folder with the program, its configuration, and the data that comes of it."""
import json
import os
import re
import shutil
import signal

from harness import exchanges
from harness.fastcgi import as_bytes
from harness.paths import BINARY
from harness.processes import commands_of_seeother, has_configuration, open_files, wait_for

CONFIG = """
[seeother]
data = ../data
durable = no
{general}

[form contact]
title = Write to us
{contact}

[fields contact]
name = text required max=20
email = email required
topic = choice options=sales,support,other
message = textarea max=2000
website = trap

[labels contact]
email = Your e-mail address

[form any]
files = yes
show_files = yes
max_body = 3M
max_fields = 300
max_value = 100K
"""
SANITIZER = "Sanitizer|runtime error|==[0-9]+=="  # what no log may hold


def configuration(general="", contact="", more=""):
    """The configuration of most tests, with lines of the test's own in it."""
    return CONFIG.format(general=general, contact=contact) + more


class Place:
    """FOLDER/cgi-bin/seeother with config.ini beside it; its data are in FOLDER/data.

    The program is a hard link where there can be one: a copy for each test would write 80 GB. Who changes its owner wants a copy.
    """

    copied = False

    def __init__(self, folder, text=None, binary=BINARY):
        self.folder = folder
        (folder / "cgi-bin").mkdir(parents=True)
        self.binary = folder / "cgi-bin" / "seeother"
        try:
            (shutil.copy if self.copied else os.link)(binary, self.binary)
        except OSError:  # on another file system
            shutil.copy(binary, self.binary)
        self.config = folder / "cgi-bin" / "config.ini"
        self.data = folder / "data"
        self.configure_text(configuration() if text is None else text)
        exchanges.watch(self)

    # --- configuration ---

    def configure(self, **parts):
        """Puts a configuration in place as a careful person does: whole, by rename."""
        self.configure_text(configuration(**parts))

    def configure_text(self, text):
        fresh = self.config.with_suffix(".new")
        fresh.write_bytes(as_bytes(text))
        fresh.rename(self.config)

    # --- what was kept ---

    def logs(self, form="*"):
        return sorted(self.data.glob(f"{form}/*.jsonl"))

    def raw_lines(self, form):
        """All lines as they are, torn ones and what follows the last newline among them."""
        return b"".join(path.read_bytes() for path in self.logs(form)).split(b"\n")

    def lines(self, form="contact"):
        return [line for path in self.logs(form) for line in path.read_text("utf-8").split("\n")[:-1] if line]

    def records(self, form="contact"):
        return [json.loads(line) for line in self.lines(form)]

    # --- the worker of tasks ---

    def workers_of_tasks(self):
        """The processes that hold the lock file of the worker open, or were just started to."""
        locks, config = {str(self.data / "worker"), str(self.data / "worker.a"), str(self.data / "worker.b")}, self.config.resolve()
        return sorted(pid for pid, words in commands_of_seeother()
                      if words == [b"work", b"once"] and has_configuration(pid, config) or locks.intersection(open_files(pid)))

    def wait_for_worker(self, seconds=20):
        """Waits until the worker has ended by itself; one that does not is ended, and that is a fault."""
        try:
            wait_for("the end of the worker", lambda: not self.workers_of_tasks(), seconds)
        finally:
            for pid in self.workers_of_tasks():
                os.kill(pid, signal.SIGKILL)
            said = self.worker_log()
            assert not re.search(SANITIZER, said), said

    def log(self):
        """What the workers and the web server have said, where there are any."""
        return ""

    def worker_log(self):
        log = self.data / "worker.log"
        return log.read_text(errors="replace") if log.exists() else ""

    # --- what must hold after each test ---

    def killed(self):
        """Tells whether a test has killed workers."""
        return bool(getattr(self, "workers", None) and self.workers.killed)

    def belongs(self, path):
        """Tells whether a file below the data folder is one that the program leaves there."""
        name = str(path.relative_to(self.data))
        log = re.fullmatch(r"[a-z]+/(marks/)?\d{4}-\d\d-\d\d(\.\w+)?\.jsonl", name)
        upload = re.fullmatch(r"([a-z]+)/(files/\d{4}-\d\d-\d\d/[0-9a-f]{32})", name)
        named = upload and upload[2] in "".join(self.lines(upload[1]))
        table = re.fullmatch(r"[a-z]+/(keys|flushes|expiry|counts|usage)(\.\w+)?|(rates|clock|low|refusals)(\.\w+)?", name)
        task = (re.fullmatch(r"[a-z]+/tasks/[a-z]+/((cursor|late\.\d+|alarm)(\.[a-z]+)?|[a-z2-7]{29}\.(json|result)|.+\.\d+\.new)",
                             name) or re.fullmatch(r"worker(\.\w+)?|worker\.log", name))
        node = re.fullmatch(r"\.nodes/\w+", name) and path.is_symlink()
        claim = re.fullmatch(r"[a-z]+/claims/\d+/(begun|lasts(?:\.\d+)?|([\w-])/(\2[\w-]{21}(\.\d+)?|\.[\w-]{16}))|[a-z]+/decided\.\w+", name)
        draft = re.fullmatch(r"\.secret\.\w{6}|clock\.\d+\.new|(\.nodes|[a-z]+/claims/\d+)/\.[\w-]{16}", name) and self.killed()  # it was about to make it
        missed = name == "secret.reported" and not (self.data / "secret").exists()  # the log has told of it
        return name == "secret" or node or missed or log or named or table or task or claim or draft

    def check_whole(self):
        """Every line is JSON that a newline ends, and nothing lies about that does not belong there."""
        for path in self.data.glob("**/*"):
            name = str(path.relative_to(self.data))
            folder = path.is_dir() and "/work." not in name
            assert folder or self.belongs(path), f"litter: {name}"
        for path in self.logs():
            content = path.read_bytes()
            assert not content or content.endswith(b"\n"), f"torn: {path}"
            for line in filter(None, content.split(b"\n")[:-1]):
                json.loads(line)
