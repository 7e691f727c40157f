"""Three hosts on a shared file system, the posts that go to them, and what must hold of all that they have answered."""
import json
import re
import subprocess
import threading
import time

from harness.bodies import multipart
from harness.clients import variables, whole
from harness.hosts import HOSTS, PORT, Host
from harness.paths import BINARY
from harness.processes import wait_for

UPLOAD = b"content of a file\n" * 500
PATIENCE = 150  # seconds for a post that is tried again and again; docs/hosts.md tells what may take how long
STEPS = ("write writev pwrite64 fdatasync fsync symlink symlinkat link linkat readlink readlinkat mkdir mkdirat newfstatat statx stat openat "
         "rename renameat renameat2").split()
CONFIG = """
[seeother]
data = DATA
node = NODE
local = LOCAL
hosts = 3
base = http://form.test/seeother

[form contact]
files = yes
show_files = yes
withdraw = 1h
after = note

[task note]
command = /usr/bin/tee -a {done}
"""


class Wrong(Exception):
    """What is found to be wrong."""


def expect(condition, what):
    if not condition:
        raise Wrong(what)


def body_of(key):
    return multipart(("name", key), ("email", "ada@example.org"), ("upload", f"{key}.txt", "text/plain", UPLOAD + key.encode()))


def post_variables(key):
    body, kind = body_of(key)
    return variables(body=body, CONTENT_TYPE=kind, HTTP_IDEMPOTENCY_KEY=f'"{key}"', HTTP_ACCEPT="application/json"), body


def id_in(answer):
    return answer.headers["location"].rsplit("/", 1)[-1]


class SharedPlace:
    """A data folder of its own on the shared file system, and the three hosts' seeother for it."""

    def __init__(self, folder, system, lane=0, environment=None):
        self.name, self.system, self.done = folder.name, system, folder / "done"
        folder.mkdir()
        (system.mount_of(1) / folder.name / "d").mkdir(parents=True)
        self.hosts = {host: Host(host, folder, system.mount_of(host) / folder.name, CONFIG.format(done=self.done), workers=2,
                                 environment=environment, port=PORT + lane) for host in HOSTS}
        self.kept, self.gone, self.last, self.longest, self.lock = {}, set(), {}, 0, threading.Lock()

    def start(self):
        for host in self.hosts.values():
            host.start()
        for host in self.hosts.values():
            host.wait()
        return self

    def stop(self):
        for host in self.hosts.values():
            host.kill()

    def note(self, key, answer):
        """An answer to a post: 303 to the outcome of its key, or an error for which nothing is promised."""
        if answer is None or answer.status in (502, 503):
            return False
        expect(answer.status == 303, f"{key}: {answer.status} {answer.body[:200]}")
        with self.lock:
            first = self.kept.setdefault(key, id_in(answer))
        expect(first == id_in(answer), f"{key}: two outcomes, {first} and {id_in(answer)}")
        return True

    def try_once(self, host, key):
        values, body = post_variables(key)
        try:
            answer = self.hosts[host].request(values, body)
        except (OSError, AssertionError) as problem:
            self.last[host] = f"{type(problem).__name__} {problem}"
            return False
        self.last[host] = answer.errors or answer.status
        return self.note(key, answer)

    def post(self, host, key, cut=None):
        """Posts until it is answered with a 303, from host to host, but not to one that is cut off."""
        begun, at = time.monotonic(), host
        while not self.try_once(at, key):
            if time.monotonic() > begun + PATIENCE:
                raise Wrong(f"{key}: no 303 in {PATIENCE} s: {self.last}; {self.system.status()}")
            at = at % len(HOSTS) + 1
            if at == cut:
                at = at % len(HOSTS) + 1
            time.sleep(0.2)
        self.longest = max(self.longest, time.monotonic() - begun)

    def traced(self, host, key, *options):
        """Begins a CGI post on a host under strace; gives the process, whose standard output is the answer."""
        values, body = post_variables(key)
        with open(self.hosts[host].folder / "body", "wb") as file:
            file.write(body)
        with open(self.hosts[host].folder / "body", "rb") as file:
            return subprocess.Popen([*self.hosts[host].own(), "strace", *options, str(BINARY)], stdin=file, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, env=self.hosts[host].variables() | values, start_new_session=True)

    def steps(self):
        """The system calls of a keyed post from its line to its answer: pairs of a name and how often it has come by then."""
        trace = self.hosts[1].folder / "trace"
        process = self.traced(1, "first", "-o", str(trace), "-y")
        answer = whole(process.communicate(timeout=60)[0])
        expect(self.note("first", answer), "the first post was not kept")
        calls, seen, found, begun = trace.read_text().splitlines(), {}, [], False
        for call in calls:
            match = re.match(r"(\w+)\((.*)", call)
            if not match:
                continue
            name = match[1]
            seen[name] = seen.get(name, 0) + 1
            begun = begun or (name.startswith(("write", "pwrite")) and ".jsonl" in match[2])
            if begun and name in STEPS:
                found.append((name, seen[name]))
            if begun and name == "write" and match[2].startswith("1<"):
                return found
        raise Wrong("no line was written before the answer")

    def get(self, host, path):
        """503 and silence are tried again, since a host that was cut off needs a moment."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.hosts[host].request(variables("GET", path, HTTP_ACCEPT="application/json"))
            except (OSError, AssertionError):
                answer = None
            if answer and answer.status != 503 or time.monotonic() > end:
                expect(answer, f"{path}: no answer on host {host}")
                return answer
            time.sleep(0.2)

    def withdraw(self, host, key):
        answer = self.hosts[host].request(variables("DELETE", f"/contact/{self.kept[key]}"))
        expect(answer.status == 303, f"{key}: withdrawn with {answer.status} {answer.body[:200]}")
        self.gone.add(key)

    def look(self, key):
        """Looks at an outcome and its upload on every host."""
        for host in HOSTS:
            answer = self.get(host, f"/contact/{self.kept[key]}")
            if key in self.gone:
                expect(answer.status == 410, f"{key}: withdrawn, but {answer.status} on host {host}")
                continue
            expect(answer.status == 200 and key.encode() in answer.body, f"{key}: {answer.status} on host {host} {answer.body[:200]}")
            upload = self.get(host, f"/contact/{self.kept[key]}/files/1/{key}.txt")
            expect(upload.status == 200 and upload.body == UPLOAD + key.encode(), f"{key}: its upload is {upload.status} on host {host}")

    def look_at_all(self):
        """At the end: what was told is there, once; and tasks were done for that alone."""
        ids = {self.kept[key]: key for key in self.kept if key not in self.gone}
        for host in HOSTS:
            lines = [json.loads(line) for line in self.hosts[host].command("export", "contact", "--json").splitlines() if line.startswith("{")]
            found = [line["id"] for line in lines]
            expect(len(found) == len(set(found)), f"host {host} shows a line twice")
            for key in self.kept:
                of_key = [line["id"] for line in lines if line.get("fields", {}).get("name") in (key, [key])]
                wanted = [] if key in self.gone else [self.kept[key]]
                expect(of_key == wanted, f"{key}: host {host} shows {of_key}, and not {wanted}")
        for host in HOSTS:
            self.hosts[host].command("work", "once", check=False)
        wait_for("the tasks", lambda: ids.keys() <= self.worked(), PATIENCE)
        strangers = self.worked() - set(self.kept.values())
        expect(not strangers, f"tasks were done for lines that are no outcomes: {strangers}")

    def worked(self):
        if not self.done.exists():
            return set()
        return set(re.findall(r'"id": ?"([a-z2-7]{29})"', self.done.read_text()))


