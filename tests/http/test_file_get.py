"""An upload is given back: as an attachment that no browser runs, in parts, on conditions, and to those only who may see it."""
import json
import os
import re
import subprocess

import pytest

from harness.clients import variables

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
FORM = "[form up]\nshow_files = yes\n{form}\n[fields up]\nname = text\npicture = file multiple\n"


def multipart(*parts, boundary="boundary"):
    """A body of (name, value) and (name, filename, content) parts, and its type."""
    out = b""
    for name, *rest in parts:
        filename = f'; filename="{rest[0]}"'.encode() if len(rest) > 1 else b""
        out += b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n' % (boundary.encode(), name.encode(), filename)
        out += (b"Content-Type: image/png\r\n" if filename else b"") + b"\r\n" + rest[-1] + b"\r\n"
    return out + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@pytest.fixture
def posted(program):
    """A program with one upload, and the paths of the outcome and of the file."""
    program.configure(general="", more=FORM.format(form=""))
    body, kind = multipart(("name", b"Ada"), ("picture", "a b\u00fc\"%.png".replace('"', "%22"), PNG))
    answer = program.post(body, "/up", CONTENT_TYPE=kind)
    assert answer.status == 303
    program.outcome = answer.headers["location"][len("http://example.org/seeother"):]
    link = re.search(r'<a href="([^"]*/files/1/[^"]*)">([^<]*)</a> \(10 KB\)', program.get(program.outcome).text)
    assert link[2] == "a bü%22%.png" and link[1].endswith("/files/1/a%20b%C3%BC%2522%25.png")
    program.file = program.outcome + "/files/1/a bü%22%.png"
    return program


def test_an_upload_comes_back_as_it_was_and_as_an_attachment(posted):
    answer = posted.get(posted.file)
    assert answer.status == 200 and answer.body == PNG and int(answer.headers["content-length"]) == len(PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"a b__22_.png\"; filename*=UTF-8''a%20b%C3%BC%2522%25.png")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache" and answer.headers["referrer-policy"] == "same-origin"
    head = posted.call(variables("HEAD", posted.file))
    assert head.lines == answer.lines and head.body == b""


@pytest.mark.parametrize("header, status, part", [
    ("bytes=0-9", 206, slice(0, 10)), ("bytes=10-", 206, slice(10, None)), ("bytes=-5", 206, slice(-5, None)),
    ("bytes=0-0", 206, slice(0, 1)), ("BYTES=5-999999", 206, slice(5, None)), ("bytes=-999999", 206, slice(None)),
    ("bytes=10248-", 416, None), ("bytes=-0", 416, None), ("bytes=0-1,5-6", 200, slice(None)), ("bytes=9-3", 200, slice(None)),
    ("bytes=x-", 200, slice(None)), ("bytes=", 200, slice(None)), ("bytes=-", 200, slice(None)), ("lines=0-1", 200, slice(None)),
    ("bytes=99999999999999999999999999-", 200, slice(None)), ("bytes 0-1", 200, slice(None))])
def test_ranges(posted, header, status, part):
    answer = posted.get(posted.file, HTTP_RANGE=header)
    assert answer.status == status and answer.headers.get("accept-ranges") == (None if status == 416 else "bytes")
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{len(PNG)}"
        return
    assert answer.body == PNG[part]
    if status == 206:
        first = range(len(PNG))[part][0]
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.body) - 1}/{len(PNG)}"


def test_ranges_of_an_empty_upload(program):
    body, kind = multipart(("f", "empty.txt", b""))
    answer = program.post(body, "/any", CONTENT_TYPE=kind)
    path = answer.headers["location"][len("http://example.org/seeother"):] + "/files/1/empty.txt"
    for header, status in (("bytes=-5", 200), ("bytes=-0", 416), ("bytes=0-", 416), ("bytes=0-4", 416)):
        assert program.get(path, HTTP_RANGE=header).status == status, header


def test_conditions(posted):
    whole = posted.get(posted.file)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    old = "Thu, 01 Jan 2015 00:00:00 GMT"
    cases = [({"HTTP_IF_NONE_MATCH": etag}, 304), ({"HTTP_IF_NONE_MATCH": '"x"'}, 200), ({"HTTP_IF_MODIFIED_SINCE": modified}, 304),
             ({"HTTP_IF_MATCH": etag}, 200), ({"HTTP_IF_MATCH": "*"}, 200), ({"HTTP_IF_MATCH": '"x"'}, 412),
             ({"HTTP_IF_MATCH": "W/" + etag}, 412), ({"HTTP_IF_UNMODIFIED_SINCE": old}, 412),
             ({"HTTP_IF_UNMODIFIED_SINCE": modified}, 200), ({"HTTP_RANGE": "bytes=0-1", "HTTP_IF_RANGE": etag}, 206),
             ({"HTTP_RANGE": "bytes=0-1", "HTTP_IF_RANGE": '"x"'}, 200), ({"HTTP_RANGE": "bytes=0-1", "HTTP_IF_RANGE": modified}, 206),
             ({"HTTP_RANGE": "bytes=0-1", "HTTP_IF_RANGE": old}, 200), ({"HTTP_RANGE": "bytes=0-1", "HTTP_IF_NONE_MATCH": etag}, 304)]
    for more, status in cases:
        answer = posted.get(posted.file, **more)
        assert answer.status == status, more
        assert status == 412 or len(answer.body) == {200: len(PNG), 206: 2, 304: 0}[status]


def test_a_condition_that_does_not_hold_gives_no_empty_file(posted):
    page = posted.get(posted.file, HTTP_IF_MATCH='"x"')
    assert page.headers["content-type"] == "text/html; charset=utf-8" and "The condition is not met" in page.text
    assert "content-disposition" not in page.headers and "etag" not in page.headers
    problem = posted.get(posted.file, HTTP_IF_MATCH='"x"', HTTP_ACCEPT="application/json")
    assert problem.headers["content-type"] == "application/problem+json" and json.loads(problem.text)["status"] == 412


def test_what_names_no_upload_is_404(posted):
    base = posted.outcome + "/files"
    for wrong in (base, base + "/", base + "/1", base + "/1/", base + "/1/other.png", base + "/0/a bü%22%.png",
                  base + "/2/a bü%22%.png", base + "/01/a bü%22%.png", base + "/-1/a bü%22%.png", base + "/1/../secret",
                  posted.outcome + "/other/1/a bü%22%.png", posted.file + "/x", posted.file.replace("/up/", "/any/")):
        assert posted.get(wrong).status == 404, wrong
    assert posted.call(variables("DELETE", posted.file)).status == 405


def test_only_who_may_see_it_gets_it(posted):
    posted.configure(more=FORM.format(form="show = name\nowners = alice, bob"))
    shown = posted.get(posted.outcome, HTTP_ACCEPT="application/json")
    assert json.loads(shown.text)["files"] == [] and "files/1" not in posted.get(posted.outcome).text
    assert posted.get(posted.file).status == 404
    assert posted.get(posted.file, REMOTE_USER="mallory", AUTH_TYPE="Basic").status == 404
    assert posted.get(posted.file, REMOTE_USER="bob", AUTH_TYPE="Basic").body == PNG
    assert "files/1" in posted.get(posted.outcome, REMOTE_USER="alice", AUTH_TYPE="Basic").text
    file, = json.loads(posted.get(posted.outcome, HTTP_ACCEPT="application/json", REMOTE_USER="alice", AUTH_TYPE="Basic").text)["files"]
    assert file["size"] == len(PNG) and file["filename"] == "a bü%22%.png" and "path" not in file
    assert posted.get(posted.file, HTTP_REMOTE_USER="alice", AUTH_TYPE="Basic").status == 404


def test_what_looks_like_a_page_is_sent_as_mere_bytes(program):
    body, kind = multipart(("f", "x.html", b"<script>alert(1)</script>"))
    answer = program.post(body, "/any", CONTENT_TYPE=kind)
    got = program.get(answer.headers["location"][len("http://example.org/seeother"):] + "/files/1/x.html")
    assert got.headers["content-type"] == "application/octet-stream" and got.body.startswith(b"<script>")


@pytest.mark.parametrize("name, shown", [("../../etc/passwd", ".._.._etc_passwd"), ("..", "file"), ("a/b\\c", "a_b_c"), ("\x01", "_")])
def test_no_name_leads_out_of_its_place(program, name, shown):
    body, kind = multipart(("f", name, b"x"))
    answer = program.post(body, "/any", CONTENT_TYPE=kind)
    path = answer.headers["location"][len("http://example.org/seeother"):]
    assert program.get(f"{path}/files/1/{shown}").body == b"x"
    assert program.records("any")[0]["files"][0]["filename"] == name


def test_the_web_server_can_be_left_to_send_it(posted):
    path = posted.records("up")[0]["files"][0]["path"]
    posted.configure(general="sendfile = yes", more=FORM.format(form=""))
    answer = posted.get(posted.file)
    assert answer.headers["x-sendfile"].endswith("/data/up/" + path) and answer.body == b""
    assert os.path.getsize(answer.headers["x-sendfile"]) == len(PNG)
    posted.configure(general="sendfile = /internal", more=FORM.format(form=""))
    for more in ({}, {"HTTP_IF_MATCH": '"nginx-s-own"'}, {"HTTP_RANGE": "bytes=0-1"}):
        answer = posted.get(posted.file, **more)
        assert answer.status == 200 and answer.headers["x-accel-redirect"] == "/internal/up/" + path
        assert "accept-ranges" not in answer.headers and answer.body == b""


def test_an_upload_through_lighttpd_and_back(web):
    web.configure(more=FORM.format(form=""))
    body, kind = multipart(("name", b"Ada"), ("picture", "a.png", PNG), ("picture", "b.png", PNG[::-1]))
    answer = web.request("POST", "/up", body, {"Content-Type": kind})
    assert answer.status == 303
    path = answer.getheader("Location")[len(web.origin + web.root):]
    assert web.get(path + "/files/1/a.png").body == PNG and web.get(path + "/files/2/b.png").body == PNG[::-1]
    part = web.get(path + "/files/1/a.png", Range="bytes=2-4")
    assert part.status == 206 and part.body == PNG[2:5]
    done = subprocess.run(["curl", "-s", "-OJ", "-w", "%{http_code}", web.origin + web.root + path + "/files/1/a.png"],
                          cwd=web.folder, capture_output=True, text=True)
    assert done.stdout == "200" and (web.folder / "a.png").read_bytes() == PNG


def test_lighttpd_sends_an_upload_when_it_is_left_to(web):
    web.configure(general="sendfile = yes", more=FORM.format(form=""))
    body, kind = multipart(("picture", "a.png", PNG))
    path = web.request("POST", "/up", body, {"Content-Type": kind}).getheader("Location")[len(web.origin + web.root):]
    answer = web.get(path + "/files/1/a.png")
    assert answer.status == 200 and answer.body == PNG and answer.getheader("X-Sendfile") is None
    assert answer.getheader("Content-Disposition").startswith("attachment") and answer.getheader("Content-Type") == "image/png"
    assert web.get(path + "/files/1/a.png", Range="bytes=2-4").body == PNG[2:5]
