"""
The small static binary as on a router: BusyBox httpd runs it as CGI in a chroot that holds nothing else, no library, no /proc, no /dev.
`make static-musl` builds it; without that, without BusyBox or as another user than root these tests are skipped.
"""
import hashlib
import http.client
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import servers
from harness.bodies import multipart
from harness.paths import TOP
from harness.processes import wait_for

MUSL, BUSYBOX = TOP / "seeother-musl", shutil.which("busybox")
pytestmark = pytest.mark.skipif(not MUSL.exists() or not BUSYBOX or os.geteuid() != 0, reason="needs make static-musl, BusyBox and root")
CONFIG = """
[seeother]
data = /data
[form contact]
owners = admin
rate = 100/hour
[fields contact]
name = text required max=100
email = email
photo = file
"""


def test_it_is_smaller_than_1_mib():
    assert MUSL.stat().st_size < 2**20


class Router:
    def __init__(self, folder):
        self.folder, self.port = folder, servers.free_port()
        for name in ("bin", "www/cgi-bin", "data"):
            (folder / name).mkdir(parents=True)
        shutil.copy(BUSYBOX, folder / "bin/busybox")
        shutil.copy(MUSL, folder / "www/cgi-bin/seeother")
        (folder / "config.ini").write_text(CONFIG)
        self.process = subprocess.Popen(["/bin/busybox", "httpd", "-f", "-p", f"127.0.0.1:{self.port}", "-h", "/www"],
                                        preexec_fn=lambda: (os.chroot(folder), os.chdir("/")), env={"SEEOTHER_CONFIG": "/config.ini"})
        wait_for("httpd", lambda: servers.answers(("127.0.0.1", self.port)))

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, f"/cgi-bin/seeother/{path}", body, headers or {})
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def post(self, body, **headers):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "contact", body, kind | {name.replace("_", "-"): value for name, value in headers.items()})

    def lines(self):
        return [json.loads(line) for path in self.folder.glob("data/contact/*.jsonl") for line in path.read_text().splitlines()]

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture
def router(tmp_path):
    router = Router(tmp_path / "root")
    yield router
    router.stop()


def test_a_post_is_kept_and_its_outcome_shown(router):
    answer = router.post("name=Ada&email=ada%40example.org")
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"http://127.0.0.1:{router.port}/cgi-bin/seeother/contact/")
    assert answer.headers["Location"].encode() in answer.body
    record, = router.lines()
    assert record["fields"] == {"name": "Ada", "email": "ada@example.org"} and record["client"]["address"] == "127.0.0.1"
    shown = router.ask("GET", "contact/" + record["id"])
    assert shown.status == 200 and b"Ada" in shown.body


def test_the_form_is_drawn_and_an_invalid_post_gets_it_again(router):
    assert b'name="email"' in router.ask("GET", "contact").body
    answer = router.post("name=&email=nothing")
    assert answer.status == 422 and b"nothing" in answer.body and router.lines() == []


def test_a_retry_gets_the_same_outcome(router):
    first, again = (router.post("name=Ada", Idempotency_Key='"k"') for _ in range(2))
    assert first.status == again.status == 303 and first.headers["Location"] == again.headers["Location"]
    assert len(router.lines()) == 1


def test_an_upload_of_a_megabyte_is_kept(router):
    photo = os.urandom(1 << 20)
    body, kind = multipart(("name", "Ada"), ("photo", "a.bin", None, photo))
    assert router.post(body, Content_Type=kind).status == 303
    file, = router.lines()[0]["files"]
    assert file["sha256"] == hashlib.sha256(photo).hexdigest()
    assert (router.folder / "data/contact" / file["path"]).read_bytes() == photo


def test_charsets_need_no_file_of_the_system(router):
    answer = router.post("name=%B1", Content_Type="application/x-www-form-urlencoded; charset=iso-8859-2")
    assert answer.status == 303 and router.lines()[0]["fields"]["name"] == "ą"


def test_the_binary_is_small_and_needs_nothing(router):
    assert MUSL.stat().st_size < 1280 * 1024
    assert b"not a dynamic executable" in subprocess.run(["ldd", MUSL], capture_output=True).stderr
    assert sorted(path.name for path in Path(router.folder).iterdir()) == ["bin", "config.ini", "data", "www"]
