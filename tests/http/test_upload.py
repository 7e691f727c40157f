"""Uploads: what a 303 answers is on the disk, whole, under a name of the program's own; whatever else comes leaves nothing."""
import contextlib
import datetime
import hashlib
import json
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import fastcgi
from harness.bodies import MULTIPART, header, multipart
from harness.clients import variables
from harness.disks import small_disk
from harness.pages import Page
from harness.paths import BINARY
from harness.posts import id_of, on_disk, upload
from harness.processes import wait_for
from harness.tracing import UNCHECKED, traced

CUTS = int(os.environ.get("CUTS", 200))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
FORMS = """
[form photos]
title = Photos
max_body = 4K
max_file = 64K
max_files = 4
[fields photos]
who = text max=20
photo = file accept=image/png,image/jpeg max=32K
more = file multiple

[form needed]
[fields needed]
who = text
paper = file required accept=application/pdf

[form big]
max_file = 16M
[fields big]
file = file multiple
"""


def configured(program, **parts):
    program.configure(more=FORMS, **parts)
    return program


@pytest.fixture
def program(start):
    return configured(start())


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")


def check_kept(place, form, files):
    """The last line names these (field, filename, type, content), and they are where it says."""
    record = place.records(form)[-1]
    assert [(file["field"], file["filename"], file["type"]) for file in record["files"]] == [file[:3] for file in files]
    for file, (_, _, _, content) in zip(record["files"], files):
        assert file["size"] == len(content) and file["sha256"] == hashlib.sha256(content).hexdigest()
        assert re.fullmatch(r"files/\d{4}-\d\d-\d\d/[0-9a-f]{32}", file["path"])
        assert (place.data / form / file["path"]).read_bytes() == content
    return record


def check_nothing_kept(place):
    assert on_disk(place) == []
    assert [line for path in place.data.glob("*/*.jsonl") for line in path.read_text().splitlines() if "void" not in line] == []


def check_said(answer, errors):
    assert answer.status == 503 and "location" not in answer.headers
    assert "Your message was not kept" in answer.text and "seeother: " in answer.errors + errors


# --- what is kept ---


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_a_file_is_kept_as_it_came(program, durable):
    configured(program, general=f"durable = {durable}\nmax_file = 20M")
    for size in (0, 1, 63, 64, 65, 16383, 16384, 16385, 1 << 20, 17 << 20):  # of the last the disk begins before the flush
        file = ("file", "x.bin", "application/x-thing", random.Random(size).randbytes(size))
        assert upload(program, ("a", "1"), file, ("b", "2")).status == 303, size
        record = check_kept(program, "any", [file])
        assert record["fields"] == {"a": "1", "b": "2"}
        assert record["files"][0]["path"].split("/")[1] in (today(), record["received"][:10])


NAMES = [
    "../../etc/passwd", "/etc/passwd", "..", ".", "/", "..\\..\\x", "C:\\Documents\\x.txt", "\\\\host\\share",
    "a\\", "%00", "x%00.png", "%22quoted%22", "line%0D%0Aend", "it's", "a;b=c", "a,b", " spaced ", "😀.png", "ÄÖÜ é.txt",
    "x" * 1000, "é" * 500, "<script>&amp;", "con.txt", "-rf", "$(id)`id`", "a\tb", "\x01\x7f", "files/incoming/x", "."]


def test_the_client_s_name_is_data_and_no_path(program):
    for filename in NAMES:
        assert upload(program, ("file", filename, "text/plain", b"content")).status == 303, filename
        check_kept(program, "any", [("file", filename, "text/plain", b"content")])
    assert len(on_disk(program)) == len(NAMES)
    assert {path.name for path in program.folder.iterdir()} <= {"cgi-bin", "data", "socket", "workers.log"}


def test_what_is_not_utf_8_in_a_name_is_replaced(program):
    assert upload(program, (b"f\xff", b"\xe9.txt", b"text/\xff", b"\xff\0")).status == 303
    check_kept(program, "any", [("f\ufffd", "\ufffd.txt", "application/octet-stream", b"\xff\0")])


def test_a_name_that_could_be_read_in_two_ways_is_400(program):
    for filename in ("a\0b", "a\rb", "a\nb", 'a"b', 'a\\"; x=";'):
        assert upload(program, ("first", "x", "text/plain", b"1"), ("file", filename, "text/plain", b"2")).status == 400, filename
        check_nothing_kept(program)


def test_an_extended_name_counts_more_and_is_not_converted_again(program):
    head = b'--b\r\nContent-Disposition: form-data; name="f"; %b\r\nContent-Type: text/plain\r\n\r\nx\r\n'
    body = (b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\ngbk\r\n' + head % b"filename*=utf-8''%C3%BC.txt" +
            head % b'filename="=?utf-8?B?w7wudHh0?="; filename*=utf-8\'\'%C3%BC.txt' + head % b"filename*=gbk''%C5%AE.txt" +
            head % 'filename="女.txt"'.encode("gbk") + head % b'filename="a\\"b.txt"' + b"--b--\r\n")
    assert program.post(body, "/any", CONTENT_TYPE="multipart/form-data; boundary=b").status == 303
    record, = program.records("any")
    assert [file["filename"] for file in record["files"]] == ["ü.txt", "ü.txt", "女.txt", "女.txt", 'a"b.txt']


def test_a_name_that_is_too_long_is_413(program):
    assert upload(program, ("file", "x" * 1024, "text/plain", b"")).status == 303
    (program.data / "any").rename(program.folder / "aside")
    assert upload(program, ("file", "x" * 1025, "text/plain", b"")).status == 413
    assert upload(program, ("x" * 201, "x", "text/plain", b"")).status == 413
    check_nothing_kept(program)


def test_several_files_under_one_name_are_all_kept_in_order(program):
    files = [("more", f"{i}.txt", "text/plain", b"%d" % i * 1000) for i in range(3)]
    assert upload(program, ("who", "Ada"), *files, path="/photos").status == 303
    check_kept(program, "photos", files)
    same = [("f", "same", "text/plain", b"same")] * 10
    assert upload(program, *same).status == 303
    check_kept(program, "any", same)
    assert len(on_disk(program, "any")) == 10


def test_an_input_without_a_file_is_no_file(program):
    empty = ("photo", "", "application/octet-stream", b"")
    assert upload(program, ("who", "Ada"), empty, ("more", "", "application/octet-stream", b""), path="/photos").status == 303
    assert program.records("photos")[0]["files"] == [] and program.records("photos")[0]["fields"] == {"who": "Ada"}
    assert upload(program, *[empty] * 20).status == 303
    assert program.records("any")[0]["files"] == [] and program.records("any")[0]["fields"] == {}
    assert on_disk(program) == []


def test_a_file_without_a_name_is_one_if_there_is_something_in_it(program):
    assert upload(program, ("file", "", "text/plain", b"x")).status == 303
    check_kept(program, "any", [("file", "", "text/plain", b"x")])


def test_a_type_that_is_not_said_is_octet_stream(program):
    assert upload(program, ("file", "x", None, b"x")).status == 303
    check_kept(program, "any", [("file", "x", "application/octet-stream", b"x")])


def test_content_that_looks_like_a_boundary_is_kept(program):
    content = (b"\r\n" + b"-" * 40) * 20000 + b"\r\n------boundary7MA4YWxkTrZu0g\r\n--\r\n-\r\r\n\r"
    assert upload(program, ("file", "x", "text/plain", content)).status == 303
    check_kept(program, "any", [("file", "x", "text/plain", content)])


@pytest.mark.parametrize("way", ["fastcgi"])
def test_the_size_of_the_records_makes_no_difference(program):
    content = random.Random(4).randbytes(3000)
    body, kind = multipart(("a", "1"), ("file", "x", "text/plain", content))
    for piece in (1, 7, 4096):
        assert program.call(variables("POST", "/any", body, CONTENT_TYPE=kind), body, piece).status == 303
        check_kept(program, "any", [("file", "x", "text/plain", content)])


def test_data_is_not_for_everybody(start):
    mask = os.umask(0)
    try:
        program = configured(start())
        assert upload(program, ("file", "x", "text/plain", b"x")).status == 303
    finally:
        os.umask(mask)
    paths = list(program.data.glob("**/*"))
    assert len(on_disk(program)) == 1
    for path in paths:
        assert path.stat().st_mode & 0o007 == 0, path


def test_64_uploads_at_once_through_8_workers_are_all_kept(start):
    program = configured(start(count=8), general="durable = yes")
    contents = [random.Random(i).randbytes(random.Random(i).randrange(100000)) for i in range(64)]

    def post(i):
        return upload(program, ("i", str(i)), ("file", f"{i}.bin", "text/plain", contents[i]))

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(post, range(64)))
    assert {answer.status for answer in answers} == {303}
    records = {record["id"]: record for record in program.records("any")}
    for i, answer in enumerate(answers):
        record = records[id_of(answer)]
        file, = record["files"]
        assert record["fields"] == {"i": str(i)} and file["filename"] == f"{i}.bin"
        assert (program.data / "any" / file["path"]).read_bytes() == contents[i]
    assert len(on_disk(program)) == 64


def test_uploads_through_lighttpd(web):
    configured(web)
    content = random.Random(5).randbytes(3 << 20)
    body, kind = multipart(("file", "big.bin", "application/x-thing", content), ("file", "😀\\.txt", "text/plain", b"x"))
    answer = web.post(body, "/big", **{"Content-Type": kind})
    assert answer.status == 303 and web.follow(answer).status == 200
    check_kept(web, "big", [("file", "big.bin", "application/x-thing", content), ("file", "😀\\.txt", "text/plain", b"x")])
    body, kind = multipart(("photo", "x.png", "image/png", b"text"))
    assert web.post(body, "/photos", **{"Content-Type": kind}).status == 422
    body, kind = multipart(("more", "x.png", "image/png", bytes(65537)))
    assert web.post(body, "/photos", **{"Content-Type": kind}).status == 413
    assert on_disk(web, "photos") == []


# --- the form ---


def test_a_form_with_a_file_is_drawn_as_multipart(program):
    page = Page(program.get("/photos").text)
    (_, form), = [tag for tag in page.tags if tag[0] == "form"]
    assert form["method"] == "post" and form["enctype"] == "multipart/form-data"
    (_, photo), = page.named("photo")
    assert photo["type"] == "file" and photo["accept"] == "image/png,image/jpeg"
    assert "multiple" not in photo and "max" not in photo
    (_, more), = page.named("more")
    assert more["type"] == "file" and "multiple" in more and "accept" not in more and "required" not in more
    (_, paper), = Page(program.get("/needed").text).named("paper")
    assert "required" in paper
    (_, plain), = [tag for tag in Page(program.get("/contact").text).tags if tag[0] == "form"]
    assert "enctype" not in plain


RULES = [
    ("/needed", [], "paper", "Please choose a file."),
    ("/needed", [("paper", "", "application/octet-stream", b"")], "paper", "Please choose a file."),
    ("/needed", [("paper", "x.pdf", "application/pdf", b"")], "paper", "of this type"),
    ("/needed", [("paper", "x.pdf", "application/pdf", b"plain text")], "paper", "of this type"),
    ("/needed", [("paper", "x.pdf", "application/pdf", PNG)], "paper", "of this type"),
    ("/needed", [("paper", "x.pdf")], "paper", "Only the name"),
    ("/photos", [("photo", "x.png", "image/png", b"plain text")], "photo", "of this type"),
    ("/photos", [("photo", "x.png", "image/png", b"GIF89a")], "photo", "of this type"),
    ("/photos", [("photo", "x.jpg", "image/jpeg", b"MZ\x90\0\3")], "photo", "of this type"),
    ("/photos", [("photo", "x.png", "image/png", PNG + bytes(32768))], "photo", "too large. Please choose one of at most 32K"),
    ("/photos", [("photo", "1.png", "image/png", PNG), ("photo", "2.png", "image/png", PNG)], "photo", "only one file"),
    ("/photos", [("more", "x", "text/plain", b"good"), ("photo", "x.png", "image/png", b"bad")], "photo", "of this type"),
    ("/photos", [("more", "x", "text/plain", b"good"), ("who", "x" * 21)], "who", "at most 20 characters"),
]


def check_refused(program, path, parts, field, message):
    parts = [("who", "A & B"), *parts] if ("who", "x" * 21) not in parts else parts
    answer = upload(program, *parts, path=path)
    page = Page(answer.text)
    assert answer.status == 422 and message in answer.text
    assert page.named(field)[0][1]["aria-invalid"] == "true"
    assert page.named("who")[0][1]["value"] == (dict(part[:2] for part in parts))["who"]
    files = {part[0] for part in parts if len(part) > 2}  # which have to be chosen again
    assert {attributes["href"] for tag, attributes in page.tags if tag == "a"} == {f"#field-{name}" for name in files | {field}}
    check_nothing_kept(program)
    problem = json.loads(upload(program, *parts, path=path, HTTP_ACCEPT="application/json").text)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_file_that_breaks_a_rule_is_422_with_all_else_kept(program):
    for rule in RULES:
        check_refused(program, *rule)


def test_a_parameter_of_the_type_does_not_get_other_content_through(program):
    for kind in ("image/png; charset=binary", "image/png;", "IMAGE/PNG ; x=y"):
        check_refused(program, "/photos", [("photo", "x.png", kind, b"plain text")], "photo", "of this type")
        assert upload(program, ("photo", "x.png", kind, PNG), path="/photos").status == 303
        for path in on_disk(program):
            path.unlink()
        for path in program.data.glob("photos/*.jsonl"):
            path.unlink()


def test_a_file_within_its_rules_is_kept(program):
    photo = ("photo", "x.png", "image/png", PNG + bytes(32768 - len(PNG)))
    assert upload(program, photo, ("who", "Ada"), path="/photos").status == 303
    check_kept(program, "photos", [photo])
    paper = ("paper", "x.pdf", "Application/PDF", b"%PDF-1.7\n")
    assert upload(program, paper, path="/needed").status == 303
    assert program.records("needed")[0]["files"][0]["size"] == 9


KINDS = """
[form kinds]
[fields kinds]
img = file accept=image/png,image/jpeg
csv = file accept=text/csv
doc = file accept=application/vnd.openxmlformats-officedocument.wordprocessingml.document
pdf = file accept=.pdf
any = file accept=*/*
heic = file accept=image/heic
"""
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize("field, filename, kind, content, status", [
    ("img", "IMG_1", "application/octet-stream", b"\xff\xd8\xff\xe0", 303), ("img", "a.jpg", "image/jpeg", PNG, 303), ("img", "a", None, PNG, 303),
    ("img", "a.png", "image/png", b"GIF89a", 422), ("img", "a.png", "image/png", b"<svg/>", 422), ("csv", "a.csv", "application/vnd.ms-excel", b"a,b\r\n1,2\r\n", 303),
    ("csv", "a.csv", "text/csv", b"", 303), ("csv", "a.csv", "text/csv", b"a\0b", 422), ("csv", "a.csv", "text/csv", b"\xff\xfea\0,\0", 303), ("doc", "a.docx", DOCX, OLE, 303),
    ("doc", "a.docx", "application/zip", b"PK\x03\x04" + bytes(40), 303), ("doc", "a.zip", "application/zip", b"PK\x03\x04" + bytes(40), 422), ("doc", "a.docx", DOCX, PNG, 422),
    ("pdf", "a.pdf", "application/pdf", b"\r\n\0junk" + bytes(1000) + b"%PDF-1.4", 303), ("pdf", "scan", "application/octet-stream", b"%PDF-1.4", 303),
    ("pdf", "a.pdf", "application/pdf", bytes(1100) + b"%PDF-1.4", 422), ("any", "x", None, b"MZ\x90\0\3", 303), ("any", "a.png", "image/png", b"\0\1", 303),
    ("heic", "a.heic", "image/heif", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", 303), ("heic", "a.heic", "image/heic", b"\0\0\0\x18ftypisom\0\0\0\0mp41isom", 422)])
def test_a_file_is_what_its_bytes_are(program, field, filename, kind, content, status):
    program.configure(more=KINDS)
    assert upload(program, (field, filename, kind, content), path="/kinds").status == status


def test_a_form_that_is_urlencoded_posts_only_the_name_and_is_told_so(program):
    answer = program.post(b"who=Ada&paper=x.pdf", "/needed")
    assert answer.status == 422 and "Only the name" in answer.text
    assert program.post(b"who=Ada&photo=", "/photos").status == 303
    assert on_disk(program) == []


def test_a_file_for_a_field_that_is_not_there_is_400(program):
    for name in ("nothing", "who", ""):
        parts = ("more", "kept", "text/plain", b"x"), (name, "x", "text/plain", b"x")
        assert upload(program, *parts, path="/photos").status == 400
        assert upload(program, (name, "x", "text/plain", b""), path="/photos").status == 400
    check_nothing_kept(program)


def test_an_input_without_a_file_does_no_harm_though_the_form_does_not_know_it(program):
    assert upload(program, ("who", "Ada"), ("unknown", "", "application/octet-stream", b""), path="/photos").status == 303


LIMITS = [
    ([("more", "x", "text/plain", bytes(65536))], 303), ([("more", "x", "text/plain", bytes(65537))], 413),
    ([("more", "x", "text/plain", b"x"), ("more", "x", "text/plain", bytes(65537))], 413),
    ([("photo", "x", "image/png", bytes(65537))], 413),
    ([("more", "x", "text/plain", b"x")] * 4, 303), ([("more", "x", "text/plain", b"x")] * 5, 413),
    ([("more", "x", "text/plain", b"x")] * 4 + [("photo", "x", "image/png", PNG)], 413),
    ([("more", "x", "text/plain", b"x")] * 4 + [("more", "", "text/plain", b"")] * 4, 303),
    ([("more", "x", "text/plain", b"x"), ("extra", "x" * 4096)], 303),
    ([("more", "x", "text/plain", b"x"), ("extra", "x" * 4097)], 413),
    ([("more", "x", "text/plain", b"x"), ("extra", "x" * 2048), ("extra", "x" * 2049)], 413),
    ([("more", "x", "text/plain", bytes(65536))] * 5, 413), ([("extra", "x")] * 101, 413),
    ([("more", "x", "text/plain", b"x")] + [("extra", "x")] * 100, 413),
]


def test_the_limits_hold_to_the_byte(program):
    for parts, status in LIMITS:
        kept = set(on_disk(program)), program.lines("photos")
        assert upload(program, *parts, path="/photos").status == status
        if status == 303:
            check_kept(program, "photos", [part for part in parts if len(part) == 4 and part[1]])
        else:
            assert (set(on_disk(program)), program.lines("photos")) == kept


def test_a_body_that_is_said_to_be_too_large_is_not_read(program):
    assert upload(program, ("who", "x"), path="/photos", CONTENT_LENGTH=str(4096 + 4 * 65536 + 1)).status == 413
    assert upload(program, ("who", "x"), path="/contact", CONTENT_LENGTH=str((1 << 20) + 1)).status == 413


MALFORMED = [
    ("multipart/form-data", b""), ("multipart/form-data; boundary=", b""), ("multipart/form-data; boundary=" + "x" * 201, b""),
    (MULTIPART + "b", b""), (MULTIPART + "b", b"--b\r\n"), (MULTIPART + "b", b"--b\r\n" + header("f", "x") + b"1\r\n--bX\r\n"),
    (MULTIPART + "b", b"--b\r\n" + header("f", "x") + b"1\r\n--b\r\n" + header("f", "x") + b"2"),
    (MULTIPART + "b", b"--b\r\n" + header("f", "x") + b"1\r\n--b\r\n\r\n2\r\n--b--\r\n"),
    (MULTIPART + "b", b"--b\n" + header("f", "x") + b"1\r\n--b--\r\n"),
]


def test_a_body_that_is_malformed_is_400(program):
    for kind, body in MALFORMED:
        assert program.post(body, "/any", CONTENT_TYPE=kind).status == 400, body
        check_nothing_kept(program)


# --- what is cut, and what is left ---


def long_body():
    chance = random.Random(8)
    return multipart(("who", "Ada"), ("more", "1", "text/plain", chance.randbytes(9000)), ("photo", "2", "image/png", PNG * 60),
                     ("more", "3", "text/plain", chance.randbytes(20000)), ("end", "x" * 500))


@pytest.mark.parametrize("way", ["cgi"])
def test_a_body_that_is_cut_leaves_nothing(start):
    program = configured(start())
    body, kind = long_body()
    values = variables("POST", "/photos", body, CONTENT_TYPE=kind)
    cuts = random.Random(CUTS).choices(range(len(body)), k=CUTS)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda cut: program.call(values, body[:cut]).status, cuts))
    assert set(answers) == {400}
    check_nothing_kept(program)
    assert program.call(values, body).status == 303


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_connection_that_is_cut_leaves_nothing(start):
    program = configured(start(count=1))
    supervisors = program.workers.supervisors()
    chance = random.Random(CUTS)
    body, kind = long_body()
    values = variables("POST", "/photos", body, CONTENT_TYPE=kind)
    head = fastcgi.head(values)
    for _ in range(CUTS):
        whole = head + fastcgi.stream(fastcgi.STDIN, body, chance.choice([100, 5000, 65535]))
        cut = chance.randrange(len(head), len(whole) - 8)  # without the record that ends the body
        with fastcgi.connect(program.workers.socket) as connection:
            connection.sendall(whole[:cut])
            if chance.random() < 0.5:  # else it is gone at once
                connection.shutdown(socket.SHUT_WR)
                assert b"303" not in fastcgi.read(connection)[0]
    assert program.get("/nothing").status == 404
    wait_for("the files of the last of them to go", lambda: not on_disk(program))
    assert program.lines("photos") == [] and program.workers.supervisors() == supervisors
    assert program.call(values, body).status == 303  # by now the last of them, too, was dealt with
    record, = program.records("photos")
    wait_for("the kept files alone", lambda: len(on_disk(program)) == len(record["files"]))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_amid_a_file_leaves_nothing(start, how):
    program = configured(start(count=1))
    body, kind = multipart(("who", "Ada"), ("file", "x", "text/plain", b"x" * 400000))
    values = variables("POST", "/any", body, CONTENT_TYPE=kind)

    def writes(pid):
        with contextlib.suppress(OSError):
            return any("/incoming/" in os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd"))

    if program.workers:
        program.get("/any")  # under the configuration that is in force now
        program.workers.killed = True
        pid, = program.workers.pids()
        with fastcgi.connect(program.workers.socket) as connection:
            connection.sendall(fastcgi.head(values) +
                               fastcgi.stream(fastcgi.STDIN, body[:300000])[:-8])
            wait_for("the file", lambda: writes(pid))
            os.kill(pid, how)
            if how == signal.SIGTERM:  # it ends once it has answered
                connection.shutdown(socket.SHUT_WR)
                assert b"303" not in fastcgi.read(connection)[0]
            wait_for("the end", lambda: not os.path.exists(f"/proc/{pid}"))
        wait_for("the next worker", program.workers.ready)
    else:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([program.binary], env=program.environment | values, **pipes) as process:
            process.stdin.write(body[:300000])
            process.stdin.flush()
            wait_for("the file", lambda: writes(process.pid))
            process.send_signal(how)
            process.wait(10)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
    check_nothing_kept(program)
    assert program.call(values, body).status == 303


# --- a disk that fails ---


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_a_full_disk_is_503_and_leaves_nothing(program, durable):
    configured(program, general=f"durable = {durable}\nreserve = 0")
    with small_disk(program.data):
        answer = upload(program, ("file", "x", "text/plain", b"1"), ("file", "x", "text/plain", bytes(100000)))
        check_said(answer, program.log())
        check_nothing_kept(program)
        assert upload(program, ("file", "x", "text/plain", b"1")).status == 303
        before = program.lines("any")
        room = os.statvfs(program.data)
        fits = bytes(room.f_bavail * room.f_frsize)
        assert upload(program, ("a", "x" * 5000), ("file", "x", "text/plain", fits)).status == 503  # the line does not
        assert program.lines("any") == before and len(on_disk(program)) == 1
        assert upload(program, ("file", "x", "text/plain", b"2")).status == 303
        program.check_whole()


def test_a_folder_that_can_t_be_made_is_503(program):
    (program.data / "any").mkdir(parents=True)
    (program.data / "any" / "files").write_text("in the way")
    check_said(upload(program, ("file", "x", "text/plain", b"1")), program.log())
    assert program.lines("any") == []
    (program.data / "any" / "files").unlink()
    assert upload(program, ("file", "x", "text/plain", b"1")).status == 303


def test_a_503_says_when_to_come_again(program):
    """As it does where the line could not be kept."""
    configured(program, general="reserve = 0")
    with small_disk(program.data):
        answer = upload(program, ("file", "x", "text/plain", bytes(100000)))
    assert answer.status == 503 and answer.headers.get("retry-after") == "60"


def test_a_file_that_meets_a_size_limit_is_503_and_leaves_nothing(start):
    program = configured(start(prefix=["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"]))
    check_said(upload(program, ("file", "x", "text/plain", bytes(20000))), program.log())
    check_nothing_kept(program)
    assert upload(program, ("file", "x", "text/plain", bytes(4000))).status == 303


@pytest.fixture
def failing(start, tmp_path, way):
    """Gives a program whose folders are there, in which a call fails once; what starts the worker is not traced."""
    def start_one(call, error, when=1, path=None):
        prefix = traced(tmp_path / "trace", call, error) + (["-P", str(path)] if path else [])
        prefix = [word.replace("when=1", f"when={when}") for word in prefix]
        environment = UNCHECKED | {"SEEOTHER_CONFIG": str(tmp_path / "program0" / "cgi-bin" / "config.ini")}
        if way == "fastcgi":
            script = tmp_path / "traced"
            script.write_text(f"#!/bin/sh\nexec {shlex.join([*prefix, str(BINARY)])}\n")
            script.chmod(0o755)
            program = start(count=1, binary=script, environment=environment)
        else:
            program = start(count=1, prefix=prefix, environment=environment)
        (program.data / "any" / "files" / "incoming").mkdir(parents=True)
        return configured(program, general="durable = yes\nsandbox = no")  # one process, in which the calls are counted

    return start_one


def has_failed(program):
    assert "INJECTED" in (program.folder.parent / "trace").read_text()
    program.prefix = []
    return True


@pytest.mark.parametrize("call, error, when", [
    ("write", "EIO", 1), ("write", "ENOSPC", 1), ("write", "EDQUOT", 1), ("fsync", "EIO", 1), ("fsync", "EIO", 2),
    ("fsync", "EIO", 3), ("fsync", "EIO", 4), ("linkat", "EIO", 1), ("linkat", "ENOSPC", 1), ("utimensat", "EIO", 1),
    ("fdatasync", "EIO", 1), ("pwrite64", "ENOSPC", 1)])
def test_a_call_that_fails_is_503_and_leaves_nothing(failing, call, error, when):
    program = failing(call, error, when)
    files = [("file", "1", "text/plain", b"1" * 30000), ("file", "2", "text/plain", b"2")]
    check_said(upload(program, *files), program.log())
    assert has_failed(program)
    check_nothing_kept(program)
    assert upload(program, *files).status == 303
    check_kept(program, "any", files)


@pytest.mark.parametrize("way", ["cgi"])
def test_many_files_cost_few_flushes(start, tmp_path):
    flushes = []
    for n in (1, 4, 90):
        trace = tmp_path / f"trace{n}"
        program = start(prefix=["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=fsync,fdatasync,syncfs"], environment=UNCHECKED)
        program.configure(general="durable = yes\nsandbox = no", more="[form many]\nfiles = yes\nmax_files = 100\nmax_fields = 100\n")
        files = [("f", f"{i}.txt", "text/plain", b"%d" % i) for i in range(n)]
        assert upload(program, *files, path="/many").status == 303
        program.prefix = []
        check_kept(program, "many", files)
        flushes.append(len(re.findall("sync", trace.read_text())))
    assert flushes[2] <= flushes[1] <= flushes[0] + 8, flushes


def test_a_flush_of_many_files_that_fails_is_503_and_leaves_nothing(failing):
    program = failing("syncfs", "EIO")
    files = [("file", f"{i}", "text/plain", b"%d" % i) for i in range(8)]
    check_said(upload(program, *files), program.log())
    assert has_failed(program)
    check_nothing_kept(program)
    assert upload(program, *files).status == 303
    check_kept(program, "any", files)


@pytest.mark.parametrize("call, when", [("write", 1), ("fsync", 1)])
def test_an_interrupted_call_is_made_again(failing, call, when):
    program = failing(call, "EINTR", when)
    file = ("file", "1", "text/plain", b"1" * 30000)
    assert upload(program, file).status == 303 and has_failed(program)
    check_kept(program, "any", [file])


def incoming(tmp_path):
    return tmp_path / "program0" / "cgi-bin" / ".." / "data" / "any" / "files" / "incoming"


@pytest.mark.parametrize("error", ["EOPNOTSUPP", "EISDIR"])
def test_a_file_system_without_nameless_files_does_too(failing, tmp_path, error):
    program = failing("openat", error, path=incoming(tmp_path))
    files = [("file", "1", "text/plain", b"1" * 30000), ("file", "2", "text/plain", b"2")]
    assert upload(program, *files).status == 303 and has_failed(program)
    check_kept(program, "any", files)
    assert len(on_disk(program)) == 2


def test_a_file_with_a_name_is_removed_when_it_is_refused(failing, tmp_path):
    program = failing("openat", "EOPNOTSUPP", path=incoming(tmp_path))
    body, kind = multipart(("file", "1", "text/plain", b"1" * 30000))
    assert program.post(body[:20000], "/any", CONTENT_TYPE=kind).status == 400 and has_failed(program)
    check_nothing_kept(program)


def age(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)


def begin_day_anew(program):
    """Makes the next upload the first of its day; gives what was in its folder."""
    for folder in program.data.glob("*/files/????-??-??"):
        folder.rmdir()


def test_a_file_that_can_t_be_moved_is_kept_where_it_is_and_moved_later(failing):
    program = failing("rename", "EIO", 2)  # the first is that of the look at the clock
    file = ("file", "1", "text/plain", b"1" * 30000)
    answer = upload(program, file)
    assert answer.status == 303 and "can't be moved" in answer.errors + program.log() and has_failed(program)
    kept, = on_disk(program)
    assert kept.parent.name == "incoming" and kept.read_bytes() == file[3]
    assert program.records("any")[0]["files"][0]["path"].endswith("/" + kept.name)
    age(kept, 2 * 3600)
    begin_day_anew(program)
    assert upload(program, ("file", "2", "text/plain", b"2")).status == 303
    assert not kept.exists() and (program.data / "any" / program.records("any")[0]["files"][0]["path"]).read_bytes() == file[3]


# --- the sweep ---


def back_to_incoming(program, form="any"):
    """Undoes the last step of what was kept, as if the process had died before it; gives (where it was, where it is)."""
    moved = []
    for path in program.data.glob(f"{form}/files/????-??-??/*"):
        moved.append((path, path.parent.parent / "incoming" / path.name))
        path.rename(moved[-1][1])
    begin_day_anew(program)
    return moved


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_the_first_upload_of_a_day_sweeps_what_a_crash_left(program, durable):
    configured(program, general=f"durable = {durable}")
    content = random.Random(9).randbytes(5000)
    assert upload(program, ("file", "1", "text/plain", content), ("file", "2", "text/plain", b"2")).status == 303
    moved = back_to_incoming(program)
    assert len(moved) == 2
    incoming = program.data / "any" / "files" / "incoming"
    stale, fresh = incoming / ("a" * 32), incoming / ("b" * 32)
    for path in (stale, fresh):
        path.write_bytes(b"no line names it")
    for path in (stale, *(here for _, here in moved)):
        age(path, 3700)
    age(fresh, 3500)
    assert upload(program, ("file", "3", "text/plain", b"3")).status == 303
    for there, here in moved:
        assert there.exists() and not here.exists()
    assert not stale.exists() and fresh.read_bytes() == b"no line names it"
    age(fresh, 3700)
    assert upload(program, ("file", "4", "text/plain", b"4")).status == 303
    assert fresh.exists()  # it is not the first of its day
    fresh.unlink()


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("call", ["read", "openat", "getdents64"])
def test_a_sweep_that_can_t_look_through_the_logs_removes_nothing(program, tmp_path, call):
    configured(program)
    assert upload(program, ("file", "1", "text/plain", b"1")).status == 303
    (there, here), = back_to_incoming(program)
    age(here, 2 * 3600)
    log, = (program.data / "any").glob("*.jsonl")
    path = log.parent if call == "getdents64" else log
    trace = tmp_path / "trace"
    program.prefix = ["strace", "-f", "-qq", "-o", str(trace), "-P", str(path), "-P", os.path.realpath(path), "-P",
                      str(program.config.parent / "../data" / path.relative_to(program.data)), "-e", f"trace={call}", "-e",
                      f"inject={call}:error=EIO" + (":when=2+" if call == "openat" else "")]
    program.environment |= UNCHECKED
    answer = upload(program, ("file", "2", "text/plain", b"2"))
    program.prefix = []
    assert answer.status == 303 and "INJECTED" in trace.read_text()
    assert here.read_bytes() == b"1" and "left there" in answer.errors
    age(here, 2 * 3600)
    for path in program.data.glob("any/files/????-??-??/*"):
        path.unlink()
    begin_day_anew(program)
    log.write_text(log.read_text().splitlines(keepends=True)[0])
    assert upload(program, ("file", "3", "text/plain", b"3")).status == 303 and there.read_bytes() == b"1"


def another_day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days)).strftime("%Y-%m-%d")


def as_of(program, days, path, logged):
    """Makes the line name the file of path as one of another day, in the log of a third; gives where the line wants it."""
    log, = program.data.glob("any/*.jsonl")
    there = program.data / "any" / "files" / another_day(days) / path.name
    log.write_text(log.read_text().replace(str(path.relative_to(program.data / "any")), f"files/{another_day(days)}/{path.name}"))
    log.rename(log.parent / f"{another_day(logged)}.jsonl")
    return there


def test_a_file_of_a_day_that_has_no_folder_is_moved_too(program):
    """The process died before it made the folder, and no other upload came on that day."""
    assert upload(program, ("file", "1", "text/plain", b"1")).status == 303
    (there, here), = back_to_incoming(program)
    there = as_of(program, -3, there, -3)
    age(here, 3 * 86400)
    assert upload(program, ("file", "2", "text/plain", b"2")).status == 303
    assert there.exists() and not here.exists()


def test_a_file_that_came_before_midnight_is_moved_to_where_its_line_says(program):
    """Its line is in the log of the day after."""
    assert upload(program, ("file", "1", "text/plain", b"1")).status == 303
    (there, here), = back_to_incoming(program)
    there = as_of(program, -3, there, -2)
    for day in (-3, -2):  # others came on both days
        (program.data / "any" / "files" / another_day(day)).mkdir()
    age(here, 3 * 86400)
    assert upload(program, ("file", "2", "text/plain", b"2")).status == 303
    assert [path.parent.name for path in on_disk(program) if path.name == there.name] == [another_day(-3)]


def test_a_line_of_another_node_counts_as_well(program):
    assert upload(program, ("file", "1", "text/plain", b"1")).status == 303
    log, = program.data.glob("any/*.jsonl")
    log.rename(log.with_suffix(".web2.jsonl"))
    (there, here), = back_to_incoming(program)
    age(here, 3700)
    assert upload(program, ("file", "2", "text/plain", b"2")).status == 303
    assert there.exists() and not here.exists()


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_post_that_takes_hours_is_not_acknowledged_without_a_file_that_was_swept(start):
    program = configured(start(count=2))
    body, kind = multipart(("file", "1", "text/plain", b"first"), ("file", "2", "text/plain", b"x" * 400000))
    values = variables("POST", "/any", body, CONTENT_TYPE=kind)
    with fastcgi.connect(program.workers.socket) as slow:
        slow.sendall(fastcgi.head(values) +
                     fastcgi.stream(fastcgi.STDIN, body[:300000])[:-8])
        time.sleep(0.2)
        for path in on_disk(program):
            age(path, 2 * 3600)  # as if the rest had come slowly
        assert upload(program, ("file", "3", "text/plain", b"3")).status == 303
        slow.sendall(fastcgi.stream(fastcgi.STDIN, body[300000:]))
        out, errors, _ = fastcgi.read(slow)
    assert b"Status: 503" in out and b"is gone before its line was written" in errors
    check_kept(program, "any", [("file", "3", "text/plain", b"3")])


def test_a_form_that_is_drawn_again_asks_for_its_files_again(program):
    """A page can't hold them: an optional one would be missing from the next post, and nobody would notice."""
    again = "Please choose the file again."
    refused = upload(program, ("who", "x" * 21), ("photo", "a.png", "image/png", PNG), path="/photos")
    assert refused.status == 422 and Page(refused.text)
    assert refused.text.count(again) == 2 and f'<a href="#field-photo">photo</a>: {again}' in refused.text
    assert refused.text.index("#field-who") < refused.text.index("#field-photo") and 'id="fault-more"' not in refused.text
    problem = upload(program, ("who", "x" * 21), ("photo", "a.png", "image/png", PNG), path="/photos", HTTP_ACCEPT="application/json")
    assert [error["field"] for error in json.loads(problem.text)["errors"]] == ["who"]
    token = re.search('name="_token" value="([^"]+)"', program.get("/photos").text)[1]
    assert upload(program, ("_token", token), ("who", "Ada"), path="/photos").status == 303
    other = upload(program, ("_token", token), ("who", "Eve"), ("more", "b", "text/plain", "x"), path="/photos")
    assert other.status == 422 and "press the button again" in other.text and other.text.count(again) == 2
    assert 'id="fault-more"' in other.text and "Nothing was sent yet" not in other.text


def test_the_size_of_a_small_file_is_said_in_no_language_of_its_own(program):
    answer = upload(program, ("photo", "a.png", "image/png", PNG), path="/photos")
    assert f"({len(PNG)} B)</dd>" in program.get(answer.headers["location"].removeprefix("http://example.org/seeother")).text
