"""Real workers that share a listener, good requests to them, and what must hold when all is over."""
import collections
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from harness import clients, fastcgi, servers
from harness.bodies import multipart
from harness.place import Place
from harness.processes import children, open_files, wait_for

CONFIG = """
[seeother]
data = ../data
durable = no

[form any]
show_files = yes
files = yes
max_body = 9M
max_value = 200K
max_fields = 300

[form limited]
rate = 3/hour

[form drawn]
fastest = 5s

[fields drawn]
name = text required
"""


def upload_of(token, content):
    """The variables and the body of an upload."""
    body, kind = multipart(("token", token), ("file", "f.bin", None, content))
    return clients.variables(path="/any", body=body, CONTENT_TYPE=kind), body


class SharedPlace(Place):
    """A place with workers that share a listener. What is kept is known by its token."""

    def __init__(self, folder, family=socket.AF_UNIX, count=4, backlog=4096, environment=None):
        super().__init__(folder, CONFIG)
        self.data.mkdir()
        self.family = family
        self.listener = servers.listen(folder / "socket" if family == socket.AF_UNIX else ("127.0.0.1", 0), backlog)
        self.address = self.listener.getsockname()
        self.errors = open(self.folder / "errors", "ab+")
        names = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
        self.environment = {name: os.environ[name] for name in names if name in os.environ} | (environment or {})
        self.workers, self.said, self.lock = [], collections.Counter(), threading.Lock()
        self.kept, self.perhaps, self.texts = {}, set(), {}  # token: id; tokens of which nobody saw an answer; token: text
        for _ in range(count):
            self.start()
        if count:
            self.warm_up()

    def start(self, limit=None):
        worker = servers.start_worker([self.binary], self.listener, self.errors, self.environment, limit)
        worker.serving = worker.pid
        self.workers.append(worker)
        if not limit:
            wait_for("a worker", lambda: worker.poll() is not None or self.is_ready(worker))
        return worker

    def warm_up(self):
        """Until all folders are there, and no worker is renewed for that any more: from then on none may be another."""
        for n in range(8):
            before = [worker.serving for worker in self.workers]
            for path in ["/any", "/limited"] * 4 * len(self.workers):
                name = f"warm-{n}-{len(self.kept)}"
                body = f"token={name}".encode()
                assert self.took(name, self.ask(fastcgi.request(clients.variables(path=path, body=body, REMOTE_ADDR=name,
                    HTTP_IDEMPOTENCY_KEY=f'"{name}"'), body))).status == 303
                self.get("/drawn")
            values, body = upload_of("first", b"f" * 1000)
            if n == 0:
                assert self.took("first", self.ask(fastcgi.request(values, body))).status == 303
            time.sleep(0.3)  # until none has a connection
            wait_for("the workers", lambda: all(map(self.is_ready, self.workers)))
            if n > 1 and before == [worker.serving for worker in self.workers]:
                return
        raise AssertionError("workers are renewed again and again")

    def is_ready(self, worker):
        """The process that answers is the only child of the one that was started, or that itself."""
        worker.serving = (children(worker.pid) or [worker.pid])[0]
        held = self.descriptors(worker)
        worker.sockets = sum(n for name, n in held.items() if name.startswith("socket:"))
        return held["anon_inode:[eventpoll]"] == 1

    def dismiss(self, worker):
        worker.terminate()
        assert worker.wait(10) == 0
        self.workers.remove(worker)

    def connect(self, timeout=90):
        return fastcgi.connect(self.address, timeout)

    def ask(self, data, timeout=90):
        """Sends one request, all at once, and gives the whole answer; None where there was none."""
        with self.connect(timeout) as connection:
            try:
                connection.sendall(data)
            except ConnectionError:
                pass  # answered before all was read
            return self.answer(fastcgi.read_all(connection))

    def answer(self, raw):
        out, errors, ended = fastcgi.answers(raw)[1]
        with self.lock:
            self.said.update(re.sub(r"\d{3,}", "N", line) for line in errors.decode(errors="replace").splitlines())
        assert ended or not out, f"an answer without an end: {out[-200:]!r}"
        return clients.Answer(out) if out else None

    def get(self, path, **more):
        return self.ask(fastcgi.request(clients.variables("GET", path, **more)))

    def post(self, token, text="x", path="/any", fields=b"", **more):
        body = f"token={token}&text={text}".encode() + fields
        return self.took(token, self.ask(fastcgi.request(clients.variables(path=path, body=body, **more), body)))

    def took(self, token, answer):
        """Notes what was promised, if it was."""
        if answer and answer.status == 303:
            found = re.fullmatch(r"http://example\.org/seeother/\w+/([a-z2-7]{29})", answer.headers["location"])
            assert found and found[0].encode() in answer.body, answer.raw
            with self.lock:
                assert self.kept.setdefault(token, found[1]) == found[1], f"{token} was promised at two addresses"
        return answer

    def all_records(self):
        """Yields each record of every form with the log that it is in."""
        for path in self.logs():
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    assert line.endswith("\n"), f"torn: {path}"
                    yield path, json.loads(line)

    def check_kept(self):
        """Everything promised is there exactly once, under its id; nothing else is there."""
        seen = set()
        for path, record in self.all_records():
            token = record["fields"].get("token") or record["fields"].get("name")
            assert token in self.kept or token in self.perhaps, f"{path}: nobody was promised {record}"
            assert token not in seen, f"{path}: twice: {record}"
            assert self.kept.get(token, record["id"]) == record["id"], f"{token}: another id than was promised"
            assert token not in self.texts or record["fields"]["text"] == self.texts[token], f"mixed up: {record}"
            seen.add(token)
        assert not self.kept.keys() - seen, f"promised and lost: {sorted(self.kept.keys() - seen)[:5]}"
        return len(seen)

    def descriptors(self, worker):
        return collections.Counter(open_files(worker.serving))

    def first_free(self, worker):
        held = set(map(int, os.listdir(f"/proc/{worker.serving}/fd")))
        return min(set(range(len(held) + 1)) - held)

    def check_workers(self):
        """They live, and hold nothing but the listener, each file once, the data folder for the sandbox, and standard output and error."""
        for worker in self.workers:
            assert worker.poll() is None, f"worker {worker.pid} ended with {worker.returncode}: {self.log()[-2000:]}"
            serving = (children(worker.pid) or [worker.pid])[0]
            assert serving == worker.serving, f"another process took the place of {worker.serving}: {self.log()[-2000:]}"
            held = self.descriptors(worker)
            sockets = [name for name in held if name.startswith("socket:")]
            held[str(self.data)] -= 1
            twice = [name for name, n in held.items() if n > 1 and name != str(self.folder / "errors") and "anon" not in name]
            assert len(sockets) == worker.sockets and held["anon_inode:[signalfd]"] == held["anon_inode:[eventpoll]"] == 1, held
            assert not twice and sum(held.values()) <= 20, held  # each form: its log, keys, and the lock of its folder

    def settle(self):
        """
        Until every worker waits for a connection: the last ones may still be draining a peer. A process that a slow peer held up has given
        its place to another, which serves from then on.
        """
        wait_for("idle workers", lambda: all(worker.poll() is not None or self.is_idle(worker) for worker in self.workers), 45)

    def is_idle(self, worker):
        serving = children(worker.pid) or [worker.pid]
        if len(serving) > 1:
            return False
        worker.serving, = serving
        return sum(n for name, n in self.descriptors(worker).items() if name.startswith("socket:")) == worker.sockets

    def log(self):
        return Path(self.errors.name).read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            try:
                worker.wait(10)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self.listener.close()
        self.errors.close()


class Visitors(threading.Thread):
    """Good requests one after the other, while something else goes on: each must get its own right answer."""

    def __init__(self, place, name):
        super().__init__(daemon=True)
        self.place, self.token, self.over, self.n, self.slowest, self.wrong = place, name, threading.Event(), 0, 0.0, []

    def run(self):
        while not self.over.is_set():
            token, begun = f"{self.token}-{self.n}", time.monotonic()
            text = f"{token} " + "x" * (self.n * 997 % 70000)
            try:
                self.place.texts[token] = text
                answer = self.place.post(token, text)
                assert answer and answer.status == 303, answer and answer.raw
                shown = self.place.get("/any/" + self.place.kept[token], HTTP_ACCEPT="application/json")
                assert shown.status == 200 and json.loads(shown.body)["fields"] == {"token": token, "text": text}, shown.raw[:500]
            except Exception as fault:  # noqa: BLE001: told by end()
                self.wrong.append(f"{token}: {fault!r}")
            self.n += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)
            time.sleep(0.002)

    def end(self):
        self.over.set()
        self.join(120)
        assert not self.is_alive() and not self.wrong, f"good requests answered wrongly: {self.wrong[:3]}"
        return f"{2 * self.n:,} good requests beside them, the slowest pair {self.slowest:.1f} s"
