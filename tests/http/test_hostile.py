"""Attacks on the mends of security and on the owner's desk."""
import re
import time

import pytest

from test_desk import OWNER, PAGE, change, contact, desk, get, listed, token_in  # noqa: F401
from test_log import id_of


def test_a_name_without_a_check_is_no_owner(desk):
    one = contact(desk, "Ada")
    for forged in ({"REMOTE_USER": "alice"}, {"REMOTE_USER": "alice", "HTTP_AUTH_TYPE": "Basic"}, {"HTTP_REMOTE_USER": "alice", "HTTP_AUTH_TYPE": "Basic"},
                   {"REMOTE_USER": "alice", "AUTH_TYPE": ""}, {"REMOTE_USER": "", "AUTH_TYPE": "Basic"}, {"REMOTE_USER": "alice root", "AUTH_TYPE": "Basic"},
                   {"HTTP_AUTHORIZATION": "Basic YWxpY2U6eA=="}):
        assert desk.get("/-/contact", **forged).status == 403, forged
        assert desk.post("_method=delete", f"/contact/{one}", **(forged | PAGE)).status in (403, 405, 422), forged
    assert listed(desk) == [one]


@pytest.mark.parametrize("headers", [{"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_ORIGIN": "null"}, {}, {"HTTP_ORIGIN": "https://example.org.evil.test"},
                                     {"HTTP_ORIGIN": "http://example.org@evil.test"}, {"HTTP_ORIGIN": "http://example.org:81"},
                                     {"HTTP_ORIGIN": "http://evil.test", "HTTP_X_FORWARDED_HOST": "evil.test"}])
def test_no_page_elsewhere_erases_by_the_outcome(desk, headers):
    one = contact(desk, "Ada")
    for body in ("_method=delete", "_method=delete&_token=" + token_in(desk.get("/contact"))):
        assert desk.post(body, f"/contact/{one}", **(OWNER | headers)).status == 403
    assert listed(desk) == [one]


def test_a_query_is_no_way_out_of_the_desk(desk):
    one = contact(desk, "Ada")
    token = token_in(get(desk, "/-/contact"))
    evil = "q=%0d%0aSet-Cookie:a=b&before=//evil.test/%0d%0aX:y&from=https://evil.test&to=%22%3e%3cscript%3e"
    answer = desk.post(f"_token={token}&act=star&id={one}", "/-/contact", QUERY_STRING=evil, **(OWNER | PAGE))
    assert answer.status == 303 and answer.headers["location"].startswith("http://example.org/seeother/-/contact?")
    assert "set-cookie" not in answer.headers and "x" not in answer.headers
    page = get(desk, "/-/contact", QUERY_STRING=evil)
    assert page.status == 200 and "<script" not in page.text


def test_a_user_name_is_shown_escaped(desk):
    answer = desk.get("/-/", REMOTE_USER="<script>alert(1)</script>", AUTH_TYPE="Basic")
    assert answer.status == 403 and "<script" not in answer.text


def test_the_same_outcome_ticked_ten_thousand_times(desk):
    one = id_of(desk.post("name=Ada&email=a%40example.org&message=" + "x" * 900))
    token = token_in(get(desk, "/-/contact"))
    for act in ("star", "spam", "erase"):
        begun = time.monotonic()
        answer = desk.post(f"_token={token}&act={act}" + f"&id={one}" * 10000, "/-/contact", **(OWNER | PAGE))
        assert answer.status in (200, 303, 413) and time.monotonic() - begun < 10
        if act == "erase":
            assert answer.status == 413 or answer.text.count(f'value="{one}"') == 1
    assert sum(file.stat().st_size for file in desk.data.rglob("*") if file.is_file()) < 1000000


@pytest.mark.parametrize("act", ["star", "spam", "erase", "erase-now", "retry"])
def test_too_many_outcomes_at_once_are_refused_whole(desk, act):
    one = contact(desk, "Ada")
    token = token_in(get(desk, "/-/contact"))
    others = "".join(f"&id={n:029}" for n in range(520))
    answer = desk.post(f"_token={token}&act={act}&id={one}{others}", "/-/contact", **(OWNER | PAGE))
    assert answer.status == 413 and "At most 500" in answer.text and "Nothing was changed" in answer.text
    assert listed(desk) == [one] and not list(desk.data.glob("contact/marks/*"))
    fine = desk.post(f"_token={token}&act=star&id={one}" + others[:499 * 33], "/-/contact", **(OWNER | PAGE))
    assert fine.status == 303 and listed(desk, "view=starred") == [one]


def test_an_erased_outcome_is_nowhere(desk):
    one = contact(desk, "Zebedee", "unmistakable")
    path = f"/-/contact/{one}"
    token = token_in(get(desk, path))
    desk.post(f"_token={token}&act=note&note=tell-tale", path, **(OWNER | PAGE))
    change(desk, path, "star"), change(desk, path, "spam")
    assert change(desk, path, "erase-now").status == 303
    for view in ("inbox", "unread", "starred", "spam", "all"):
        assert listed(desk, f"view={view}") == []
    assert get(desk, path).status == 404 and desk.get(f"/contact/{one}").status == 410
    assert [int(n) for n in re.findall(r'<td class="number">(?:<a [^>]*>)?(\d+)', get(desk, "/-/").text)][:1] == [0]
    for file in desk.data.rglob("*"):
        assert not file.is_file() or not re.search(b"unmistakable|tell-tale|Zebedee", file.read_bytes()), file


def test_a_forged_host_gets_into_no_cache(desk):
    answer = desk.get("/id/ada", HTTP_HOST="evil.test", SERVER_NAME="evil.test")
    assert "public" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("body", ["[" + ",".join(["{}"] * 300000) + "]", "[" * 100000, '{"a":[' + ",".join(['""'] * 300000) + "]}", '{"a":' * 50000])
def test_hostile_json_is_refused_at_once(desk, body):
    begun = time.monotonic()
    assert desk.post(body, CONTENT_TYPE="application/json").status in (400, 413, 422) and time.monotonic() - begun < 3
