"""What is found after a power cut: the program is started on what the disk has, and asked for all that was acknowledged."""
import collections
import contextlib
import fcntl
import hashlib
import json
import os
import re
import subprocess

from harness import clients, servers
from harness.clock import Clock
from harness.processes import wait_for
from cuts_traffic import FORMS, Submission, path_of

AGAIN = 8


class Booted(servers.Worker):
    """The program after the power cut: one FastCGI process."""

    def __init__(self, site):
        with open(site.folder / "look.log", "wb") as errors:
            super().__init__([site.binary], site.folder, site.environment, errors, "look")

    def get(self, path):
        return clients.fcgi(self.socket, clients.variables("GET", path, HTTP_ACCEPT="application/json"))

    def post(self, submission):
        headers, body = submission.request()
        more = {"CONTENT_TYPE": headers["Content-Type"], "HTTP_IDEMPOTENCY_KEY": headers.get("Idempotency-Key")}
        return clients.fcgi(self.socket, clients.variables("POST", f"/{submission.form}", body, **more), body)


class Log:
    """A log as any reader sees it: lines that are JSON, or were being made void, lines that are not, and a tail that no newline ends."""

    def __init__(self, path):
        self.form, self.records, self.broken, self.half_void = path.parent.name, [], [], []
        *lines, self.tail = path.read_bytes().split(b"\n")
        for line in filter(None, lines):  # an empty one stands behind a claim
            if line.startswith(b'{"v') and not re.fullmatch(rb'{"void":true} *', line):
                self.half_void.append(line)
                continue
            try:
                self.records.append(json.loads(line))
            except ValueError:
                self.broken.append(line)

    def path(self, line):
        """Gives the path of what a broken line was, as far as an id can be read there."""
        found = re.match(rb'{"id":"([a-z2-7]{29})"', line)
        return found and f"/{self.form}/{found[1].decode()}"


class Look:
    """One cut: counts of what is lost, torn, doubled, back again or otherwise wrong, and what there is to say of each."""

    def __init__(self, site, marks, chance):
        self.site, self.chance, self.faults, self.said, self.unfinished = site, chance, collections.Counter(), [], 0
        self.sent, self.leaving, self.gone = ({mark[name] for mark in marks if name in mark} for name in ("sent", "leaving", "gone"))
        self.kept = {(mark["kept"], mark["path"]) for mark in marks if "kept" in mark}

    def fault(self, kind, text):
        self.faults[kind] += 1
        self.said.append(f"{kind}: {text}")

    def submission(self, number):
        return Submission.of(number, self.site.posts)

    def logs(self):
        return [Log(path) for path in sorted(self.site.mount.glob("data/*/*.jsonl"))]

    def shown(self, program, number, path, kind):
        """An outcome must be shown as it was sent, with its upload."""
        submission, answer = self.submission(number), program.get(path)
        if answer.status != 200 or json.loads(answer.body)["fields"] != submission.fields:
            self.fault(kind, f"{path} (post {number}): {answer.status} {answer.text[:200]!r}")
        elif submission.file is not None:
            upload = program.get(f"{path}/files/1/a.bin")
            if upload.status != 200 or hashlib.sha256(upload.body).digest() != hashlib.sha256(submission.file).digest():
                self.fault(kind, f"the upload of {path} (post {number}): {upload.status}, {len(upload.body)} bytes")

    def acknowledged(self, program):
        """What was acknowledged is there, and what was withdrawn is not; in between either will do, but nothing else."""
        for number, path in sorted(self.kept):
            if number not in self.leaving:
                self.shown(program, number, path, "lost")
                continue
            answer = program.get(path)
            whole = answer.status == 200 and json.loads(answer.body)["fields"] == self.submission(number).fields
            if answer.status != 410 and number in self.gone:
                self.fault("back", f"{path} (post {number}): {answer.status}")
            elif answer.status != 410 and not whole:
                self.fault("torn", f"{path} (post {number}), which was being withdrawn: {answer.status} {answer.text[:200]!r}")

    def others(self, program, logs):
        """What nobody was told of may be there, but whole; only a withdrawal may leave a broken line, which is never shown."""
        paths, leaving = {path for _, path in self.kept}, {path for number, path in self.kept if number in self.leaving}
        for log in logs:
            for record in log.records:
                path = f"/{log.form}/{record.get('id')}"
                if "fields" in record and path not in paths:
                    self.shown(program, int(record["fields"]["n"]), path, "torn")
            for line in log.broken:
                if log.path(line) not in leaving:
                    self.broken(log, line)
            for path in filter(None, map(log.path, [*log.broken, log.tail])):
                if program.get(path).status == 200:
                    self.fault("torn", f"{path} is shown, and its line is not whole")

    def broken(self, log, line):
        self.fault("torn", f"a line of {log.form} that is no JSON: {line[:100]!r}…{line[-40:]!r}, {len(line)} bytes")

    def again(self, program):
        """A key that came before leads to where it led, and one that was under way when the power went makes one outcome."""
        keyed = sorted((n, path) for n, path in self.kept if self.submission(n).key and n not in self.leaving)
        for number, path in self.chance.sample(keyed, min(AGAIN, len(keyed))):
            self.same(program, self.submission(number), path, 1)
        for number in sorted(self.sent - {n for n, _ in self.kept}):
            if self.submission(number).key:
                self.same(program, self.submission(number), None, 2)

    def same(self, program, submission, path, times):
        for _ in range(times):
            answer = program.post(submission)
            if answer.status != 303:
                self.fault("other", f"post {submission.number} again: {answer.status} {answer.text[:200]!r}")
                return
            led = path_of(answer.headers["location"])
            if path and led != path:
                self.fault("doubled", f"post {submission.number} again: {led}, not {path}")
            path = led
        self.shown(program, submission.number, path, "other")

    def new(self, program):
        """A new post to each form is kept."""
        for i in range(FORMS):
            answer = program.post(Submission(1_000_000 + i, f"form{i}"))
            if answer.status != 303 or program.get(path_of(answer.headers["location"])).status != 200:
                self.fault("other", f"a new post: {answer.status} {answer.text[:200]!r}")

    def once(self, logs):
        """After posts to all forms, and a look at what was being withdrawn, no log has a broken line, and no post has two."""
        lines = collections.defaultdict(list)
        for record in (record for log in logs for record in log.records if "fields" in record):
            lines[record["fields"]["n"]].append(f"{record['id']} of {record['received']}")
        for number, found in lines.items():
            if len(found) > 1:
                self.fault("doubled", f"post {number} has {len(found)} lines: {', '.join(found)}; claims: {self.claims()}")
        for log in logs:
            for line in log.broken + log.half_void:
                self.broken(log, line)
            if log.tail:
                self.fault("torn", f"the log of {log.form} has an unfinished line after a post")

    def claims(self):
        return [f"{path.relative_to(path.parents[2])}: {os.readlink(path)[:29]}" for path in sorted(self.site.mount.glob("data/*/claims/*/*/[!.]*"))]

    def worker_has_ended(self):
        """The program starts a worker where none has worked that day, and that waits while lines are young."""
        with open(self.site.mount / "data/worker.a", "ab") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def decide(self):
        """The worker makes lines void that a cut has left, and whose keys others have; by its clock none of them is young."""
        wait_for("the end of the worker that the program has started", self.worker_has_ended, 30)
        clock = Clock(self.site.folder)
        clock.set(60)
        done = subprocess.run([self.site.binary, "work", "once"], env=self.site.environment | clock.environment, capture_output=True,
                              timeout=60)
        if done.returncode:
            self.fault("other", f"the worker: {done.stderr!r}")

    def all(self):
        logs = self.logs()
        self.unfinished = sum(bool(log.tail) for log in logs)
        with Booted(self.site) as program:
            self.acknowledged(program)
            self.others(program, logs)
            self.again(program)
            self.new(program)
        if self.site.node:
            self.decide()
        self.once(self.logs())
