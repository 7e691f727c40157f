"""
Every request test runs both ways. `program` drives the binary without a web server, as CGI and as a FastCGI worker, for what
no well-behaved server would send; `web` drives it through lighttpd. After each test the workers must be alive, the logs whole
line by line, and nothing left in the data folder that does not belong there.
"""
import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

import clients
import servers
import visitor

TOP = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("SEEOTHER", TOP / "seeother"))
WAYS = os.environ.get("WAYS", "cgi fastcgi").split()

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
max_body = 3M
max_fields = 300
max_value = 100K
"""


def configuration(general="", contact="", more=""):
    return CONFIG.format(general=general, contact=contact) + more


class Place:
    """A folder with the program and its configuration, and the data that comes of it."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "cgi-bin").mkdir()
        self.binary = folder / "cgi-bin" / "seeother"
        shutil.copy(BINARY, self.binary)
        self.config = folder / "cgi-bin" / "config.ini"
        self.data = folder / "data"
        self.configure()

    def configure(self, **parts):
        """Puts a configuration in place as a careful person does: whole, by rename."""
        self.configure_text(configuration(**parts))

    def configure_text(self, text):
        fresh = self.config.with_suffix(".new")
        fresh.write_bytes(clients.as_bytes(text))
        fresh.rename(self.config)

    def lines(self, form="contact"):
        return [line for path in sorted((self.data / form).glob("*.jsonl")) for line in path.read_text("utf-8").split("\n")[:-1]]

    def records(self, form="contact"):
        return [json.loads(line) for line in self.lines(form)]

    def workers_of_tasks(self):
        """The processes that hold the lock file of the worker open."""
        found, locks = set(), (str(self.data / "worker"), str(self.data / "worker.a"))
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if any(os.readlink(f"/proc/{pid}/fd/{n}") in locks for n in os.listdir(f"/proc/{pid}/fd")):
                    found.add(int(pid))
            except OSError:
                pass
        return sorted(found)

    def wait_for_worker(self, seconds=20):
        """Waits until the worker has ended by itself; one that does not is ended, and that is a fault."""
        try:
            servers.wait_for("the end of the worker", lambda: not self.workers_of_tasks(), seconds)
        finally:
            for pid in self.workers_of_tasks():
                os.kill(pid, signal.SIGKILL)
            log = self.data / "worker.log"
            said = log.read_text(errors="replace") if log.exists() else ""
            assert not re.search("Sanitizer|runtime error|==[0-9]+==", said), said

    def killed(self):
        """Tells whether a test has killed workers."""
        return bool(getattr(self, "workers", None) and self.workers.killed)

    def check_whole(self):
        for path in self.data.glob("**/*"):
            name = str(path.relative_to(self.data))
            log = re.fullmatch(r"[a-z]+/\d{4}-\d\d-\d\d(\.\w+)?\.jsonl", name)
            upload = re.fullmatch(r"([a-z]+)/(files/\d{4}-\d\d-\d\d/[0-9a-f]{32})", name)
            named = upload and upload[2] in "".join(self.lines(upload[1]))
            table = re.fullmatch(r"[a-z]+/(keys|flushes)(\.\w+)?", name) or re.fullmatch(r"rates(\.\w+)?", name)
            task = (re.fullmatch(r"[a-z]+/tasks/[a-z]+/((cursor|late\.\d+)(\.[a-z]+)?|[a-z2-7]{29}\.(json|result)|.+\.\d+\.new)",
                                 name) or re.fullmatch(r"worker(\.\w+)?|worker\.log", name))
            folder = path.is_dir() and "/work." not in name
            if re.fullmatch(r"\.secret\.\w{6}", name) and self.killed():
                continue  # it was about to make the secret
            assert folder or name == "secret" or log or named or table or task, f"litter: {name}"
        for path in self.data.glob("*/*.jsonl"):
            content = path.read_bytes()
            assert not content or content.endswith(b"\n"), f"torn: {path}"
            for line in content.split(b"\n")[:-1]:
                json.loads(line)


class Program(Place):
    """The binary, called the one way or the other with variables of the test's choice."""

    def __init__(self, folder, way, count=2, prefix=(), environment=None):
        super().__init__(folder)
        self.way, self.prefix = way, list(prefix)
        self.environment = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS") if name in os.environ} | (environment or {})
        self.workers = None
        if way == "fastcgi":
            self.workers = servers.Workers([self.binary], folder, count, prefix, self.environment)

    def call(self, values, body=b"", piece=65535):
        if self.workers:
            return clients.fcgi(self.workers.socket, values, body, piece)
        return clients.cgi([*self.prefix, self.binary], values, body, self.environment)

    def get(self, path, **more):
        return self.call(clients.variables("GET", path, **more))

    def post(self, body, path="/contact", **more):
        body = clients.as_bytes(body)
        return self.call(clients.variables("POST", path, body, **more), body)

    def log(self):
        return self.workers.log() if self.workers else ""

    def stop(self):
        if self.workers:
            self.workers.stop()
            log = self.log()
            if self.workers.killed:  # one that ends is looked through for leaks; killed meanwhile, it can't be
                log = re.sub("==[0-9]+==(Unable to get registers|LeakSanitizer has encountered a fatal|HINT: ).*\n", "", log)
            assert not re.search("Sanitizer|runtime error|==[0-9]+==", log), log
            assert self.workers.killed or "was ended by signal" not in log, log

    def check_alive(self):
        if self.workers:
            servers.wait_for("all workers", self.workers.ready)
        assert self.get("/nothing").status in (404, 500)


class Web(Place):
    """lighttpd in front; requests go to the one way or the other."""

    def __init__(self, folder, way, count=4):
        super().__init__(folder)
        self.workers = servers.Workers([self.binary], folder, count)
        try:
            self.server = servers.Lighttpd(folder, self.workers)
        except BaseException:
            self.workers.stop()
            raise
        self.root = "/cgi-bin/seeother" if way == "cgi" else "/seeother"
        self.origin = f"http://127.0.0.1:{self.server.port}"
        self.way = way

    def request(self, method, path, body=None, headers=None):
        return self.server.request(method, self.root + path, body, headers)

    def get(self, path, **headers):
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, body, path="/contact", **headers):
        return self.request("POST", path, body, {"Content-Type": clients.FORM} | headers)

    def follow(self, answer):
        """Gets what a Location leads to."""
        location = answer.getheader("Location")
        assert location.startswith(self.origin + self.root + "/"), location
        return self.get(location[len(self.origin + self.root):])

    def stop(self):
        self.server.stop()
        self.workers.stop()
        log = self.server.log()
        assert not re.search("Sanitizer|runtime error", log), log


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def start(tmp_path, way):
    """Starts programs with a setting of their own; ends them after the test, and looks at what they leave."""
    started = []

    def start_one(**setting):
        folder = tmp_path / f"program{len(started)}"
        folder.mkdir()
        started.append(Program(folder, way, **setting))
        return started[-1]

    yield start_one
    for program in started:
        try:
            program.check_alive()
            program.wait_for_worker()
            program.check_whole()
        finally:
            program.stop()


@pytest.fixture
def program(start):
    return start()


@pytest.fixture
def web(tmp_path, way):
    site = Web(tmp_path, way)
    try:
        yield site
        servers.wait_for("all workers", site.workers.ready)
        site.wait_for_worker()
        site.check_whole()
    finally:
        site.stop()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    driver = visitor.chromium(tmp_path_factory.mktemp("chromium"))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def browser(chromium):
    visitor.fresh_window(chromium)
    return chromium
