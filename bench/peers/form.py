#!/usr/bin/python3
"""The form of bench/measure.py in Python: a WSGI application for uWSGI, or a CGI program.

DATA is the folder; LOG=shared appends to a file a day, LOG=files makes a file a submission; DURABLE=yes flushes before the answer.
"""
import fcntl
import json
import os
import re
import secrets
from datetime import datetime, timezone
from html import escape
from urllib.parse import parse_qs

FOLDER, SHARED, DURABLE = os.environ["DATA"], os.environ["LOG"] != "files", os.environ["DURABLE"] == "yes"
CHECKS = (("name", True, 100), ("email", True, 254), ("topic", False, 20), ("message", True, 5000), ("website", False, 200))
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)
PAGE = '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{}</title>\n{}\n</html>\n'


def check(values, fields):
    for name, required, most in CHECKS:
        value = values.get(name, [""])
        if len(value) > 1:
            yield f"{name}: one text, please."
        elif not value[0]:
            if required:
                yield f"{name}: please fill this in."
        elif len(value[0]) > most:
            yield f"{name}: no more than {most} characters, please."
        else:
            fields[name] = value[0]
    if "email" in fields and not ADDRESS.fullmatch(fields["email"]):
        yield "email: this is no e-mail address."
    if "topic" in fields and fields["topic"] not in ("sales", "support", "other"):
        yield "topic: please choose one."


def keep_shared(line, day):
    file = os.open(f"{FOLDER}/{day}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.write(file, line)
        fcntl.flock(file, fcntl.LOCK_UN)
        if DURABLE:
            os.fdatasync(file)
    finally:
        os.close(file)


def keep_file(line, name):
    with open(f"{FOLDER}/.{name}", "xb", buffering=0) as file:
        file.write(line)
        if DURABLE:
            os.fsync(file.fileno())
    os.rename(f"{FOLDER}/.{name}", f"{FOLDER}/{name}.json")


def application(environ, start_response):
    def answer(status, title, text, *headers):
        start_response(status, [("Content-Type", "text/html; charset=utf-8"), ("X-Content-Type-Options", "nosniff"), *headers])
        return [PAGE.format(title, text).encode()]

    if environ["REQUEST_METHOD"] != "POST":
        return answer("405 Method Not Allowed", "Method not allowed", "<p>Please post to this form.</p>", ("Allow", "POST"))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > 1 << 20:
        return answer("413 Content Too Large", "Too much", "<p>This is too much.</p>")
    try:
        body = environ["wsgi.input"].read(length).decode("ascii")
        values = parse_qs(body, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        return answer("400 Bad Request", "Bad request", "<p>This can't be read.</p>")
    fields = {}
    faults = list(check(values, fields))
    if faults:
        return answer("422 Unprocessable Content", "Please check", f"<ul><li>{'</li><li>'.join(faults)}</li></ul>")
    now = datetime.now(timezone.utc)
    record = {"id": secrets.token_hex(15), "form": "contact", "received": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z",
              "fields": {name: value for name, value in fields.items() if name != "website"}, "files": [],
              "client": {"address": environ.get("REMOTE_ADDR"), "agent": environ.get("HTTP_USER_AGENT")}}
    if "website" in fields:
        record["spam"] = "trap"
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    try:
        if SHARED:
            keep_shared(line, f"{now:%Y-%m-%d}")
        else:
            keep_file(line, record["id"])
    except OSError:
        return answer("503 Service Unavailable", "Not kept", "<p>Your message was not kept. Please try again later.</p>")
    location = f"http://{environ['HTTP_HOST']}{environ['SCRIPT_NAME']}/contact/{record['id']}"
    link = escape(location)
    return answer("303 See Other", "See other", f'<p>What you are looking for is here: <a href="{link}">{link}</a></p>',
                  ("Location", location))


if __name__ == "__main__":
    from wsgiref.handlers import CGIHandler
    CGIHandler().run(application)
