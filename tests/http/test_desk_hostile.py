"""Enemies of the owner's desk: other owners, other sites, what visitors send and what stands in a log, and two windows at once."""
import csv
import html
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from harness.bodies import multipart
from harness.posts import id_of
from test_desk import OWNER, PAGE, change, contact, desk, get, listed, token_in  # noqa: F401

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&lt;svg/onload=alert(3)>"


@pytest.fixture
def two(program):
    """Each form has an owner of its own."""
    program.configure(contact="owners = alice", more="[form other]\nowners = bob\nfiles = yes\n")
    return program


def test_the_owner_of_another_form_gets_and_changes_nothing(two):
    theirs, mine = id_of(two.post("secret=unmistakable", "/other")), contact(two, "Ada")
    bob = {"REMOTE_USER": "bob"}
    token, own = token_in(get(two, "/-/other", **bob)), token_in(get(two, "/-/contact"))
    for path in ("/-/other", f"/-/other/{theirs}", f"/-/contact/{theirs}"):
        for query in ("", "as=csv", "as=json", "q=unmistakable", f"before={theirs}", f"after={theirs}", "view=all"):
            answer = get(two, path, QUERY_STRING=query)
            assert answer.status in (403, 404) and "unmistakable" not in answer.text and "content-disposition" not in answer.headers
        for act in ("erase", "erase-now", "star", "spam", "note", "retry"):
            for each in (token, own):
                answer = two.post(f"_token={each}&act={act}&note=x&id={theirs}", path, **(OWNER | PAGE))
                assert answer.status in (403, 404) and "unmistakable" not in answer.text
    for query in ("before=", "after="):  # ids of another form lead nowhere in one's own
        assert "unmistakable" not in get(two, "/-/contact", QUERY_STRING=query + theirs).text
    two.post(f"_token={own}&act=erase-now&id={theirs}&id={mine}", "/-/contact", **(OWNER | PAGE))
    assert "unmistakable" in get(two, f"/-/other/{theirs}", **bob).text and listed(two) == []
    assert not list(two.data.glob("other/marks/*")) or len(re.findall(b'"of"', next(two.data.glob("other/marks/*")).read_bytes())) == 1


@pytest.mark.parametrize("forged", [{"REMOTE_USER": "alice", "AUTH_TYPE": ""}, {"REMOTE_USER": "alice", "HTTP_AUTH_TYPE": "Basic", "AUTH_TYPE": ""},
                                    {"HTTP_REMOTE_USER": "alice", "AUTH_TYPE": "Basic", "REMOTE_USER": ""}])
def test_a_name_that_the_server_did_not_check_downloads_and_changes_nothing(desk, forged):
    one = contact(desk, "Ada", "unmistakable")
    token = token_in(get(desk, "/-/contact"))
    for query in ("as=csv", "as=json", f"after={one}"):
        answer = get(desk, "/-/contact", QUERY_STRING=query, **forged)
        assert answer.status == 403 and "unmistakable" not in answer.text
    for act in ("erase", "erase-now", "star"):
        assert desk.post(f"_token={token}&act={act}&id={one}", "/-/contact", **(OWNER | PAGE | forged)).status == 403
    assert listed(desk, "view=unread") == [one]


@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize("headers, status", [
    ({"HTTP_SEC_FETCH_SITE": "same-origin"}, 303), ({"HTTP_SEC_FETCH_SITE": "same-site"}, 403), ({"HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
    ({"HTTP_ORIGIN": "{scheme}://example.org"}, 303), ({"HTTP_ORIGIN": "{other}://example.org"}, 403), ({"HTTP_ORIGIN": "null"}, 403),
    ({"HTTP_ORIGIN": "{scheme}://evil.test"}, 403), ({"HTTP_ORIGIN": "{scheme}://example.org.evil.test"}, 403), ({"HTTP_ORIGIN": "{scheme}://example.org:8080"}, 403),
    ({"HTTP_SEC_FETCH_SITE": "none"}, 403),
    ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "{scheme}://example.org"}, 403)])
def test_only_a_page_of_this_origin_changes_anything(desk, https, headers, status):
    """Browsers send Sec-Fetch-Site by https only, so by http the Origin must do."""
    schemes = {"scheme": "https", "other": "http"} if https else {"scheme": "http", "other": "https"}
    sent = {name: value.format(**schemes) for name, value in headers.items()} | ({"HTTPS": "on", "SERVER_PORT": "443"} if https else {})
    one = contact(desk, "Ada")
    for path in ("/-/contact", f"/-/contact/{one}"):
        token = token_in(get(desk, "/-/contact"))
        assert desk.post(f"_token={token}&act=star&id={one}", path, **(OWNER | sent)).status == status
    assert listed(desk, "view=starred") == ([one] if status == 303 else [])


def test_a_page_elsewhere_that_links_to_a_download_can_not_read_it(desk):
    contact(desk, "Ada")
    answer = get(desk, "/-/contact", QUERY_STRING="as=json", HTTP_SEC_FETCH_SITE="cross-site", HTTP_ORIGIN="https://evil.test")
    assert answer.headers["cross-origin-resource-policy"] == "same-origin" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment") and "access-control-allow-origin" not in answer.headers
    assert answer.headers["content-type"] == "application/jsonl"


def evil_post(desk):
    """All that a visitor has a say in: values, names, a file's name and type, headers."""
    body, kind = multipart(("name", EVIL), ("message", EVIL), ("email", EVIL), (f"x{EVIL}".replace('"', ""), EVIL),
                           ("up", EVIL.replace('"', "") + ".html", "text/html", EVIL.encode()))
    headers = {name: EVIL for name in ("HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_FOR", "HTTP_COOKIE")}
    return id_of(desk.post(body, "/other", CONTENT_TYPE=kind, **headers))


def tags(text):
    """Every tag and attribute of a page, as a browser would see them."""
    found = re.findall(r"<(\w+)([^>]*)>", text)
    return {name for name, _ in found}, {each for _, rest in found for each in re.findall(r"\b(on\w+)=", re.sub('"[^"]*"', "", rest))}


def test_nothing_that_was_sent_becomes_markup_on_any_page(two):
    one = evil_post(two)
    bob = {"REMOTE_USER": "bob", "HTTP_USER_AGENT": EVIL, "HTTP_REFERER": EVIL, "HTTP_ACCEPT_LANGUAGE": EVIL}
    path = f"/-/other/{one}"
    token = token_in(get(two, path, **bob))
    assert two.post(f"_token={token}&act=note&note={quote(EVIL)}", path, **(OWNER | PAGE | bob)).status == 303
    evil = quote(EVIL)
    query = "&".join(f"{name}={evil}" for name in ("q", "from", "to", "view", "before", "as"))
    pages = [get(two, "/-/", **bob), get(two, "/-/other", **bob), get(two, "/-/other", QUERY_STRING=f"q={evil}", **bob),
             get(two, "/-/other", QUERY_STRING=query, **bob), get(two, path, **bob), get(two, path, QUERY_STRING=query, **bob),
             two.post(f"_token={token}&act=erase&id={one}", "/-/other", QUERY_STRING=query, **(OWNER | PAGE | bob)),
             two.post(f"_token={token}&act=erase", path, QUERY_STRING=query, **(OWNER | PAGE | bob)),
             two.post(f"_token={token}&act={evil}&id={evil}", "/-/other", **(OWNER | PAGE | bob)), get(two, f"/-/{evil}", **bob),
             get(two, f"/-/other/{evil}", **bob)]
    known = {"html", "head", "meta", "title", "style", "body", "main", "h1", "nav", "a", "form", "label", "input", "select", "option", "button", "div",
             "table", "thead", "tbody", "tr", "th", "td", "span", "p", "strong", "dl", "dt", "dd", "textarea", "svg", "rect", "figure", "figcaption", "time"}
    for answer in pages:
        assert answer.status in (200, 404, 422) and tags(answer.text)[0] <= known and not tags(answer.text)[1], tags(answer.text)
        assert "script" not in answer.headers["content-security-policy"] and answer.headers["x-content-type-options"] == "nosniff"
    assert html.unescape(pages[4].text).count("<script>alert(1)") >= 6 and pages[2].text.count('name="id"') == 1
    assert two.get(path, **(OWNER | bob | {"QUERY_STRING": f"after={evil}"})).status == 200
    redirect = get(two, "/-/other", QUERY_STRING=f"after=x&q={evil}", **bob)
    assert redirect.status == 303 and "<script" not in redirect.text and not re.search("[<>\"' ]", redirect.headers["location"])


def test_what_was_sent_stays_data_in_a_download(two):
    one = evil_post(two)
    bob = {"REMOTE_USER": "bob"}
    for kind in ("csv", "json"):
        answer = get(two, "/-/other", QUERY_STRING=f"as={kind}&q={quote(EVIL)}", **bob)
        assert re.fullmatch(r'attachment; filename="other-[\d-]+\.(csv|jsonl)"', answer.headers["content-disposition"])
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox" and answer.headers["x-content-type-options"] == "nosniff"
    names, row = csv.reader(io.StringIO(get(two, "/-/other", QUERY_STRING="as=csv", **bob).body.decode("utf-8-sig"), newline=""), strict=True)
    assert row[0] == one and row[names.index("name")] == EVIL and len(row) == len(names)
    assert json.loads(get(two, "/-/other", QUERY_STRING="as=json", **bob).body)["fields"]["name"] == EVIL
    link = html.unescape(re.search(r'href="http://example.org/seeother(/other/[^"]*/files/1/[^"]*)"', get(two, f"/-/other/{one}", **bob).text)[1])
    upload = get(two, re.sub("%([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), link), **bob)
    assert upload.status == 200 and upload.headers["content-disposition"].startswith("attachment") and "text/html" not in upload.headers["content-type"]


HOSTILE = [b"nonsense", b"[]", b"{}", b"\0" * 500, b'{"id":"' + b"x" * 29 + b'","form":"contact"}', b"\xff\xfe{", b'{"id":' * 5000, b"x" * 300000]


def test_hostile_lines_of_a_log_cost_a_list_or_a_download_nothing(desk):
    ids = [contact(desk, f"n{i}") for i in range(3)]
    log, = desk.logs("contact")
    good = log.read_bytes().splitlines()
    record = json.loads(good[1])
    odd = [record | {"fields": {"name": [1, None, {"a": 2}], "email": 7}}, record | {"fields": [], "files": "x", "extra": 3}, record | {"spam": [1]},
           record | {"files": [1, {"field": 2}, {"field": "message", "path": "../../secret", "filename": "<b>"}], "client": []}]
    try:
        for bad in [*HOSTILE, *(json.dumps(each, separators=(",", ":")).encode() for each in odd)]:
            log.write_bytes(b"\n".join([good[0], bad, good[2]]) + b"\n")
            for query in ("", "q=n2", "view=all", "view=starred"):
                assert get(desk, "/-/contact", QUERY_STRING=query).status == 200
            assert listed(desk)[0] in ids and get(desk, "/-/").status == 200
            rows = list(csv.reader(io.StringIO(get(desk, "/-/contact", QUERY_STRING="as=csv").body.decode("utf-8-sig"), newline=""), strict=True))
            assert rows[0][0] == "Id" and all(len(row) == len(rows[0]) for row in rows) and len(rows) >= 2, bad[:50]
            for line in get(desk, "/-/contact", QUERY_STRING="as=json").body.splitlines():
                json.loads(line)
            for one in ids:
                assert get(desk, f"/-/contact/{one}").status in (200, 404)
    finally:
        log.write_bytes(b"\n".join(good) + b"\n")


def test_ten_thousand_marks_from_two_windows_at_once(desk):
    """Each window ticks all outcomes and presses a button, again and again; every mark is kept, and the last word counts."""
    ids = [contact(desk, f"n{i}") for i in range(250)]
    assert len(listed(desk)) == 50
    token = token_in(get(desk, "/-/contact"))
    body = f"_token={token}" + "".join(f"&id={each}" for each in ids)

    def press(acts):
        return [desk.post(f"{body}&act={act}", "/-/contact", **(OWNER | PAGE)).status for act in acts]

    with ThreadPoolExecutor(2) as windows:
        statuses = list(windows.map(press, [["star", "unstar"] * 10, ["read", "unread"] * 9 + ["star", "read"]]))
    assert set(sum(statuses, [])) == {303}
    marks, = desk.data.glob("contact/marks/*.jsonl")
    lines = [json.loads(line) for line in marks.read_bytes().splitlines()]
    assert len(lines) == 10000 and len({line["id"] for line in lines}) == 10000
    assert press(["star"]) == [303] and len(listed(desk, "view=starred")) == 50 and listed(desk, "view=unread") == []
    assert press(["unstar", "unread"]) == [303, 303] and listed(desk, "view=starred") == [] and listed(desk, "view=unread") == listed(desk)
