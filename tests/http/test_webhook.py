"""Webhooks: each outcome is posted to a receiver that checks its signature (Standard Webhooks), or to a chat as plain text."""
import base64
import hashlib
import hmac
import http.server
import json
import re
import threading
import time
from urllib.parse import urlencode

import pytest

from harness.commands import command
from harness.processes import wait_for

KEYS = [b"k" * 24, bytes(range(64)), bytes(range(100, 132))]
STATUSES = {"found": 302, "temporary": 307, "bad": 400, "missing": 404, "gone": 410, "often": 429, "busy": 503}
BASE = "https://forms.example.org/s"
FORM = f"""
[form letter]
title = Write to us
owners = ada
max_body = 3M
max_value = 1M
files = yes
after = hook

[fields letter]
name = text
topic = choice options=a,b
secret = trap

[labels letter]
name = Your name

[options letter]
topic = a|Sales, b|Support

[task hook]
pause = 1s
"""


def secret(key):
    return "whsec_" + base64.b64encode(key).decode()


def signature(key, seen):
    signed = b".".join([seen.headers["webhook-id"].encode(), seen.headers["webhook-timestamp"].encode(), seen.body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Seen:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body


@pytest.fixture
def hook():
    """A receiver that keeps what it was sent, and answers with the status of its path, or the next of a list, or 204."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.seen.append(Seen(self.command, self.path, self.headers, body))
            status = STATUSES.get(self.path[1:]) or (server.statuses.pop(0) if server.statuses else 204)
            self.send_response(status)
            for name, value in server.more.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(b"x" * int(server.more.get("Content-Length", 0)))
            except OSError:
                server.cut = True

        do_PUT = do_GET = do_POST

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.statuses, server.seen, server.more, server.cut = [], [], {}, False
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def configure(program, hook, keys="", secrets=None, path="/in?a=1&b=%22"):
    """The form "letter" with the webhook; the secrets go into a file."""
    if secrets is not None:
        (program.folder / "hook.secret").write_text(secrets)
        keys += f"\nsecret_file = {program.folder}/hook.secret"
    program.configure(general=f"base = {BASE}", more=FORM + f"webhook = {hook.url}{path}\n{keys}\n")


def configure_many(program, hook, tasks, secrets="token-1"):
    """The form "letter" with a webhook for each name, at the path of that name; {name: keys}."""
    (program.folder / "hook.secret").write_text(secrets)
    form = FORM.split("[task hook]")[0].replace("after = hook", "after = " + ", ".join(tasks))
    program.configure(general=f"base = {BASE}\nparallel = 4", more=form + "".join(
        f"[task {name}]\nwebhook = {hook.url}/{name}\nsecret_file = {program.folder}/hook.secret\n{keys}\n"
        for name, keys in tasks.items()))


def send(program, **fields):
    answer = program.post(urlencode(fields), "/letter")
    assert answer.status == 303, answer.raw
    return answer.headers["location"].rsplit("/")[-1]


def wait_for_seen(hook, n=1):
    wait_for(f"{n} requests", lambda: len(hook.seen) >= n, 20)
    return hook.seen[n - 1]


def job(program, the_id, task="hook"):
    try:
        return json.loads((program.data / "letter/tasks" / task / f"{the_id}.json").read_text())
    except FileNotFoundError:
        return {}


# --- the record, signed

def test_signatures_are_those_of_the_standard():
    """The example that its libraries are tested with."""
    seen = Seen("POST", "/", {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330"}, b'{"test": 2432232314}')
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert signature(key, seen) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_carries_the_record_and_a_signature_of_each_key(program, hook):
    configure(program, hook, secrets="# the old one and the new one\n" + "\n\n".join(map(secret, KEYS)) + "\n")
    the_id = send(program, name='Ada "\\ é', topic="b")
    seen = wait_for_seen(hook)
    program.wait_for_worker()
    line, = program.lines("letter")
    assert (seen.method, seen.path) == ("POST", "/in?a=1&b=%22") and seen.body.decode() == line
    assert seen.headers["Content-Type"] == "application/json" and seen.headers["webhook-id"] == the_id
    assert abs(int(seen.headers["webhook-timestamp"]) - time.time()) < 60
    assert seen.headers["webhook-signature"].split(" ") == [signature(key, seen) for key in KEYS]
    assert "Authorization" not in seen.headers and len(hook.seen) == 1 and job(program, the_id) == {}


def test_without_secrets_nothing_is_signed_and_a_token_is_sent_as_it_is(program, hook):
    configure(program, hook)
    send(program, name="Ada")
    assert not {"webhook-signature", "Authorization"} & set(wait_for_seen(hook).headers)
    configure(program, hook, secrets='se"cret\\token\n')
    send(program, name="Bob")
    seen = wait_for_seen(hook, 2)
    assert seen.headers["Authorization"] == 'Bearer se"cret\\token' and "webhook-signature" not in seen.headers
    program.wait_for_worker()


def test_no_secret_is_an_argument_or_in_the_environment(program, hook):
    script = program.folder / "curl"
    script.write_text(f'#!/bin/sh\necho "$@" >{program.folder}/arguments\nenv >{program.folder}/environment\nexec /usr/bin/curl "$@"\n')
    script.chmod(0o755)
    configure(program, hook, secrets=f"{secret(KEYS[0])}\ntoken-1\n", path="/hooks/path-1")
    text = program.config.read_text().replace("durable = no", f"durable = no\ncurl = {script}")
    program.configure_text(text)
    send(program, name="Ada Lovelace")
    wait_for_seen(hook)
    program.wait_for_worker()
    told = (program.folder / "arguments").read_text() + (program.folder / "environment").read_text()
    assert (program.folder / "arguments").read_text() == "-q --config -\n"
    for word in ("path-1", "token-1", "whsec", secret(KEYS[0])[6:], "Lovelace"):
        assert word not in told


def test_a_record_larger_than_a_line_of_curl_s_configuration_arrives_whole(program, hook):
    configure(program, hook, secrets=secret(KEYS[0]))
    send(program, name="@/etc/passwd", other='"\\' * 200_000)
    seen = wait_for_seen(hook)
    program.wait_for_worker()
    assert seen.body.decode() == program.lines("letter")[0] and len(seen.body) > 800_000
    assert seen.headers["webhook-signature"] == signature(KEYS[0], seen) and "Expect" not in seen.headers


# --- answers

def test_any_other_answer_is_tried_again_with_the_same_id_and_a_new_timestamp(program, hook):
    configure(program, hook, secrets=secret(KEYS[0]))
    hook.statuses = [500]
    the_id = send(program, name="Ada")
    wait_for_seen(hook)
    wait_for("the failure", lambda: job(program, the_id).get("state") == "waiting")
    assert job(program, the_id)["error"] == "answered 500"
    first, second = wait_for_seen(hook), wait_for_seen(hook, 2)
    program.wait_for_worker()
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == the_id and first.body == second.body
    assert int(second.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"])
    assert second.headers["webhook-signature"] == signature(KEYS[0], second) and job(program, the_id) == {}


def test_redirects_and_errors_are_failures_and_gone_is_final(program, hook):
    configure_many(program, hook, {name: f"retries = {1 if name == 'gone' else 0}" for name in STATUSES})
    hook.more = {"Location": f"{hook.url}/elsewhere", "Content-Length": "0"}
    the_id = send(program, name="Ada")
    for name, status in STATUSES.items():
        wait_for("the failure", lambda: job(program, the_id, name).get("state") == "failed")
        told = job(program, the_id, name)
        assert (told["error"], told["attempts"]) == (f"answered {status}", 1)
    program.wait_for_worker()
    assert sorted(seen.path[1:] for seen in hook.seen) == sorted(STATUSES)  # nothing was followed


def test_of_a_long_answer_little_is_read_and_its_status_counts(program, hook):
    configure(program, hook)
    hook.more = {"Content-Length": str(50_000_000)}
    the_id = send(program, name="Ada")
    wait_for_seen(hook)
    program.wait_for_worker()
    wait_for("the end of the connection", lambda: hook.cut)
    assert job(program, the_id) == {} and len(hook.seen) == 1


def test_a_receiver_that_is_not_there_is_named_and_tried_again(program, hook):
    configure(program, hook)
    text = program.config.read_text()
    program.configure_text(text.replace(hook.url, "http://127.0.0.1:9"))
    the_id = send(program, name="Ada")
    wait_for("the failure", lambda: job(program, the_id).get("state") == "waiting")
    assert "127.0.0.1 port 9" in job(program, the_id)["error"]
    program.configure_text(text)
    wait_for_seen(hook)
    program.wait_for_worker()


def test_a_receiver_that_never_answers_is_given_up_in_time(program, hook):
    with http.server.socketserver.TCPServer(("127.0.0.1", 0), None) as silent:  # it is connected to, and never accepts
        configure(program, hook, keys="timeout = 1s\nretries = 0")
        program.configure_text(program.config.read_text().replace(hook.url, f"http://127.0.0.1:{silent.server_address[1]}"))
        the_id = send(program, name="Ada")
        wait_for("the failure", lambda: job(program, the_id).get("state") == "failed")
        assert "timed out" in job(program, the_id)["error"]
        program.wait_for_worker()


# --- secrets

def test_a_job_whose_secrets_are_wrong_waits_for_better_ones(program, hook):
    configure(program, hook, secrets="whsec_short")
    the_id = send(program, name="Ada")
    wait_for("the failure", lambda: job(program, the_id).get("state") == "waiting")
    told = job(program, the_id)["error"]
    assert "hook.secret: line 1 is not whsec_ and base64" in told and "short" not in told and not hook.seen
    (program.folder / "hook.secret").write_text(secret(KEYS[1]))
    assert wait_for_seen(hook).headers["webhook-signature"] == signature(KEYS[1], hook.seen[0])
    program.wait_for_worker()


@pytest.mark.parametrize("way", ["cgi"])
def test_check_tells_what_is_wrong_with_secrets_and_quotes_none(program, hook):
    for secrets, wrong in ((None, "can't be read: No such file or directory"), ("# nothing\n", "has no secret"),
                           (secret(b"k" * 23), "line 1 is not whsec_ and base64"), (secret(b"k" * 65), "line 1 is not"),
                           ("\nwhsec_" + "!" * 40, "line 2 is not"), ("one\n2nd\n", "line 2 is a second token"),
                           ("two words", "line 1 is neither")):
        configure(program, hook, secrets=secrets or "x")
        if secrets is None:
            (program.folder / "hook.secret").unlink()
        checked = command(program, "check")
        assert checked.returncode == 1 and wrong in checked.stderr
        assert not secrets or secrets.split("\n")[-1] == "" or secrets.split("\n")[-1] not in checked.stderr


@pytest.mark.parametrize("way", ["cgi"])
def test_check_names_what_is_wrong(program):
    for lines, wrong in (
            ("webhook = /path", "takes an absolute http or https URL"), ("webhook = ftp://a/b", "takes an absolute http or https URL"),
            ("webhook = https://a/b\nmail = a@b", "needs one of command, mail, reply and webhook"),
            ("mail = a@b\nstyle = slack", "is for webhooks only"), ("webhook = https://a/b\nstyle = irc", "takes json, slack"),
            ("command = /bin/true\nsecret_file = x", "is for webhooks only")):
        program.configure(general="from = a@b", more=FORM + lines + "\n")
        checked = command(program, "check")
        assert checked.returncode == 1 and wrong in checked.stderr


@pytest.mark.parametrize("way", ["cgi"])
def test_check_warns_of_plain_http_and_of_a_secret_that_all_can_read(program, hook):
    configure(program, hook, secrets=secret(KEYS[0]))
    path = program.folder / "hook.secret"
    path.chmod(0o600)
    assert "warning: " not in command(program, "check").stderr.replace("warning: takes files", "")
    path.chmod(0o644)
    program.configure_text(program.config.read_text().replace(hook.url, "http://example.org"))
    warned = command(program, "check").stderr
    assert "unencrypted" in warned and f"can read {path}" in warned


# --- chats

HOSTILE = "<!channel> *b* [x](https://evil.example) @all & `c`\n# d ada@example.org"
TEXT = {
    "plain": HOSTILE,
    "slack": "&lt;!channel&gt; *b* [x](https://evil.example) @all &amp; `c`\n# d ada@example.org",
    "markdown": "<!channel\\> \\*b\\* \\[x\\]\\(https://evil.example\\) @\u200ball & \\`c\\`\n\\# d ada@example.org",
}


def card_text(card):
    attachment, = card["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive" and attachment["content"]["type"] == "AdaptiveCard"
    action, = attachment["content"]["actions"]
    assert action["type"] == "Action.OpenUrl"
    return "\n".join([block["inlines"][0]["text"] for block in attachment["content"]["body"]] + [action["url"]])


CHATS = {  # style: how its text is written, and where it is
    "slack": ("slack", lambda body: body["mrkdwn"] is False and body["text"]),
    "discord": ("markdown", lambda body: body["allowed_mentions"] == {"parse": []} and body["content"]),
    "mattermost": ("markdown", lambda body: body["text"]),
    "matrix": ("plain", lambda body: body["msgtype"] == "m.text" and body["body"]),
    "telegram": ("plain", lambda body: "parse_mode" not in body and body["text"]),
    "teams": ("plain", card_text),
}


def test_chats_get_what_was_typed_as_plain_text(program, hook):
    configure_many(program, hook, {style: f"style = {style}\ntext = News of {{name}}" for style in [*CHATS, "ntfy"]})
    the_id = send(program, name="Ada", topic="b", other=HOSTILE, _private="x")
    wait_for_seen(hook, len(CHATS) + 1)
    program.wait_for_worker()
    for style in [*CHATS, "ntfy"]:
        kind, read = CHATS.get(style, ("plain", None))
        seen, = [one for one in hook.seen if one.path.split("/")[1] == style]
        text = read(json.loads(seen.body)) if read else seen.body.decode()
        assert text == f"News of Ada\nYour name: Ada\ntopic: Support\nother: {TEXT[kind]}\n{BASE}/-/letter/{the_id}", style
        assert seen.headers["Authorization"] == "Bearer token-1" and seen.headers["webhook-id"] == the_id
        assert seen.headers["Content-Type"] == ("text/plain; charset=utf-8" if style == "ntfy" else "application/json")
        assert (seen.method, seen.path) == (("PUT", f"/matrix/{the_id}") if style == "matrix" else ("POST", f"/{style}"))


@pytest.mark.parametrize("way", ["cgi"])
def test_a_long_message_is_cut_between_characters_and_keeps_its_address(program, hook):
    configure_many(program, hook, {"discord": "style = discord", "ntfy": "style = ntfy"})
    the_id = send(program, name="A", other="é*\u20ac\x01\u202e" * 3000)
    wait_for_seen(hook, 2)
    program.wait_for_worker()
    for seen in hook.seen:
        text = json.loads(seen.body)["content"] if seen.path == "/discord" else seen.body.decode()
        assert len(text) < 2000 and re.search(f"…\n{BASE}/-/letter/{the_id}$", text) and "\x01" not in text
