"""The ready-made tasks in examples/tasks, each run as the worker runs it."""
import http.server
import json
import os
import subprocess
import threading

import pytest

from harness.paths import TOP

RECORD = b'{"id":"' + b"a" * 29 + b'","form":"contact","received":"2026-01-02T03:04:05.006Z","fields":{"name":"Ada","topic":["a","b"]}}\n'


@pytest.fixture
def hook():
    """A server that answers with the status in its list, and keeps what it was asked."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.seen = 200, seen
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def run(folder, name, *arguments):
    """Runs a task with a curl that notes its arguments, which everybody could see meanwhile."""
    (folder / "curl").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{folder}/arguments\nexec /usr/bin/curl "$@"\n')
    (folder / "curl").chmod(0o755)
    return subprocess.run([TOP / "examples/tasks" / name, *arguments], input=RECORD, capture_output=True, cwd=folder,
                          env={"PATH": f"{folder}:{os.environ['PATH']}", "SEEOTHER_ID": "a" * 29, "SEEOTHER_FORM": "contact"})


def configured(folder, hook, more=""):
    path = folder / "hook.curl"
    path.write_text(f'url = "http://127.0.0.1:{hook.server_port}/hooks/secret-1"\n{more}')
    return str(path)


@pytest.mark.parametrize("name", ["chat", "webhook"])
def test_no_secret_is_an_argument(tmp_path, hook, name):
    file = configured(tmp_path, hook, 'header = "Authorization: Bearer secret-2"\n')
    done = run(tmp_path, name, file)
    assert done.returncode == 0, done.stderr
    (path, headers, body), = hook.seen
    assert path == "/hooks/secret-1" and headers["Authorization"] == "Bearer secret-2"
    assert "secret-" not in (tmp_path / "arguments").read_text()
    assert json.loads(body) == (json.loads(RECORD) if name == "webhook" else {"text": 'New in contact\nname: Ada\ntopic: ["a","b"]'})


@pytest.mark.parametrize("name", ["chat", "webhook"])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    done = run(tmp_path, name, str(tmp_path / "nothing"))
    assert done.returncode == 1 and b"nothing can't be read" in done.stderr


@pytest.mark.parametrize("status, code", [(200, 0), (204, 0), (404, 100), (429, 1), (408, 1), (500, 1), (302, 1)])
def test_a_webhook_gives_up_after_a_refusal_only(tmp_path, hook, status, code):
    hook.status = status
    assert run(tmp_path, "webhook", configured(tmp_path, hook)).returncode == code


def test_the_examples_name_no_secret_as_an_argument():
    for path in (TOP / "examples/tasks").iterdir():
        usage = path.read_text().splitlines()[1]
        assert "command = " in usage and "secret" not in usage and "https://" not in usage


def test_every_recipe_has_multiwatch_go_on_after_deaths():
    """With its defaults it gives up after four of them, and ends with status 0."""
    for path in (TOP / "docs/servers.md", TOP / "examples/demo"):
        recipes = [line for line in path.read_text().splitlines() if "/multiwatch " in line]
        assert recipes and all("-t 1 -r 100000 --" in line for line in recipes), recipes
