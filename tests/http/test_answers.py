"""Headers and documents that clients and caches rely on: 202, problem types, no-store, Content-Language, frames."""
import json
import re

import pytest

from harness.bodies import multipart
from harness.clients import variables
from harness.paths import TOP
from test_form import Page
from test_log import id_of

GOOD = "name=Ada&email=a%40example.org"
ASYNC = {"HTTP_PREFER": "respond-async"}
JSON = {"HTTP_ACCEPT": "application/json"}
WORK = "[form job]\nresult = make\n[task make]\ncommand = /bin/echo made\n"
ROOT = "http://example.org/seeother"


def job(program):
    """Posts what takes some time; gives the path of its outcome."""
    return program.post("a=b", "/job", **ASYNC).headers["location"].removeprefix(ROOT).removesuffix("/status")


# --- 202 ---

def test_202_says_accepted_and_where_the_status_is(program):
    program.configure(more=WORK)
    answer = program.post("a=b", "/job", **ASYNC)
    status = answer.headers["location"]
    assert answer.status == 202 and status.startswith(f"{ROOT}/job/") and status.endswith("/status")
    assert answer.headers["link"] == f'<{status}>; rel="status"' and int(answer.headers["retry-after"]) > 0
    assert answer.headers["cache-control"] == "no-store" and answer.headers["preference-applied"] == "respond-async"
    assert "accepted" in answer.text and ("a", {"href": status}) in Page(answer.text).tags and "See other" not in answer.text


@pytest.mark.parametrize("headers", [JSON, {"HTTP_ACCEPT": "*/*", "CONTENT_TYPE": "application/json"}])
def test_202_is_json_for_those_who_prefer_it(program, headers):
    program.configure(more=WORK)
    answer = program.post('{"a":"b"}' if "CONTENT_TYPE" in headers else "a=b", "/job", **ASYNC, **headers)
    said = json.loads(answer.text)
    assert answer.status == 202 and answer.headers["content-type"] == "application/json"
    assert said["status"] == "queued" and said["links"]["status"] == answer.headers["location"]
    assert said["links"]["status"] == said["links"]["outcome"] + "/status"
    status = program.get(said["links"]["status"].removeprefix(ROOT), **JSON)
    assert status.status in (200, 303)


def test_a_status_is_never_updated_before_it_was_created(program):
    program.configure(more=WORK.replace("/bin/echo made", "/bin/sh -c 'sleep 3'"))
    for _ in range(5):
        path = job(program)
        said = json.loads(program.get(path + "/status", **JSON).text)
        assert said["updated"] >= said["created"], said


# --- problems ---

def problem(program, *arguments, **headers):
    """A problem document, and the same as a page; gives what the first one says."""
    page, answer = program.post(*arguments, **headers), program.post(*arguments, **headers, **JSON)
    said = json.loads(answer.text)
    assert page.status == answer.status == said["status"] and re.fullmatch(re.escape(ROOT) + r"/\?problems#[a-z-]+", said["type"])
    assert answer.headers["link"] == page.headers["link"] == f'<{said["type"]}>; rel="describedby"; type="text/html"'
    assert ("a", {"href": said["type"]}) in Page(page.text).tags
    explained = program.get("/", QUERY_STRING="problems")
    assert explained.status == 200 and said["type"].split("#")[1] in Page(explained.text).ids()
    return said


def test_what_is_wrong_with_a_key_is_explained(program):
    program.configure(contact="idempotency = required")
    assert problem(program, GOOD)["status"] == 400
    assert problem(program, GOOD, HTTP_IDEMPOTENCY_KEY='"')["status"] == 400
    assert program.post(GOOD, HTTP_IDEMPOTENCY_KEY='"k"').status == 303
    assert problem(program, GOOD.replace("Ada", "Bob"), HTTP_IDEMPOTENCY_KEY='"k"')["status"] == 422


def test_a_result_that_is_not_there_has_an_absolute_type_too(program):
    program.configure(more=WORK.replace("/bin/echo made", "/bin/sh -c 'sleep 3'"))
    path = job(program) + "/result"
    said = json.loads(program.get(path, **JSON).text)
    assert said["type"] == f"{ROOT}/?problems#result-not-ready"
    assert json.loads(program.get("/nowhere", **JSON).text)["type"] == "about:blank"


@pytest.mark.parametrize("key", ["8e03978e-40d5-43dd-bc93-6894a57f9324", "abc", "a/b:c+d=e", "123", "k" * 255])
def test_a_key_needs_no_quotes(program, key):
    first = program.post(GOOD, HTTP_IDEMPOTENCY_KEY=key)
    assert first.status == 303 and len(program.lines()) == 1
    for same in (key, f'"{key}"', f" {key} "):
        answer = program.post(GOOD, HTTP_IDEMPOTENCY_KEY=same)
        assert answer.status == 303 and answer.headers["location"] == first.headers["location"], same
    assert program.post(GOOD, HTTP_IDEMPOTENCY_KEY=key[:-1] + "x").headers["location"] != first.headers["location"]


@pytest.mark.parametrize("key", ["a b", "a,b", '"a', 'a"', "a;b", "k" * 256, "é", '""', "a, a", "\\"])
def test_a_key_that_may_be_cut_or_two_is_refused(program, key):
    assert program.post(GOOD, HTTP_IDEMPOTENCY_KEY=key).status == 400 and program.lines() == []


# --- caches ---

def test_what_answers_a_post_or_delete_is_never_stored(program):
    program.configure(contact="withdraw = 1h\nerror = /faults.html", more=WORK)
    first = program.post(GOOD)
    answers = [first, program.post("name="), program.post("a=b", "/job", **ASYNC), program.post("a=b", "/job"),
               program.call(variables("DELETE", "/contact/" + id_of(first)))]
    assert [answer.status for answer in answers] == [303, 303, 202, 303, 303]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


CACHED = "[thing t]\npath = /id/{name}\ntext/html = /people/{name}\ntext/turtle = https://data.example/{name}\ncache = 1h\n" \
         "[forward own]\npath = /own/{name}\nto = /g/{name}\ncache = 1h\n[forward away]\npath = /away\nto = https://data.example/x\ncache = 1h\n"


def test_no_public_cache_keeps_an_answer_with_the_host_of_a_request(program):
    program.configure(more=CACHED)
    for host in ("example.org", "evil.example"):
        for path in ("/id/ada", "/own/ada"):
            answer = program.get(path, HTTP_HOST=host)
            assert answer.status == 303 and answer.headers["location"].startswith(f"http://{host}/")
            assert answer.headers["cache-control"] == "private, max-age=3600", path
        # the description elsewhere is chosen, but the one here is linked to
        assert program.get("/id/ada", HTTP_HOST=host, HTTP_ACCEPT="text/turtle").headers["cache-control"] == "private, max-age=3600"
        assert program.get("/away", HTTP_HOST=host).headers["cache-control"] == "max-age=3600"
    program.configure(general="base = https://forms.example/s", more=CACHED)
    for path in ("/id/ada", "/own/ada", "/away"):
        answer = program.get(path, HTTP_HOST="evil.example")
        assert answer.headers["cache-control"] == "max-age=3600" and "evil" not in answer.raw.decode()


# --- languages and frames ---

def test_pages_say_their_language(program):
    program.configure(general=f"language = en, de\ncatalogues = {TOP}/languages")
    for accept, tag in (("de", "de"), ("en", "en"), ("fr", "en")):
        page, wrong = program.get("/contact", HTTP_ACCEPT_LANGUAGE=accept), program.post("name=", HTTP_ACCEPT_LANGUAGE=accept)
        data = program.post("name=", HTTP_ACCEPT_LANGUAGE=accept, **JSON)
        note = program.post(GOOD, HTTP_ACCEPT_LANGUAGE=accept)
        assert [answer.status for answer in (page, wrong, data, note)] == [200, 422, 422, 303]
        for answer in (page, wrong, data, note):
            assert answer.headers["content-language"] == tag and "Accept-Language" in answer.headers["vary"]


def framers(answer):
    return re.search(r"frame-ancestors ([^;]*)", answer.headers["content-security-policy"])[1].split()


def test_a_form_can_be_embedded(program):
    program.configure(contact="embed = https://www.example.com, https://shop.example:8443\nwithdraw = 1h\nowners = ada")
    allowed = ["'self'", "https://www.example.com", "https://shop.example:8443"]
    path = "/contact/" + id_of(program.post(GOOD))
    owner = {"REMOTE_USER": "ada", "AUTH_TYPE": "Basic"}
    for answer in (program.get("/contact"), program.post("name="), program.get(path), program.get(path, QUERY_STRING="withdraw")):
        assert framers(answer) == allowed
    assert framers(program.get(path, **owner)) == ["'self'"]  # nobody frames an owner's buttons
    assert framers(program.get("/any")) == ["'self'"] == framers(program.get("/nowhere"))
    assert program.call(variables("DELETE", path)).status == 303 and framers(program.get(path)) == allowed


def test_what_a_form_takes_does_not_end_in_a_frame_rule(program):
    body, kind = multipart(("name", "https://evil.example"), ("email", "a@example.org"))
    assert framers(program.post(body, CONTENT_TYPE=kind)) == ["'self'"]


def test_a_page_that_is_replaced_by_a_problem_says_its_language_once(program):
    path = "/contact/" + id_of(program.post(GOOD))
    answer = program.get(path, HTTP_IF_MATCH='"x"')
    assert answer.status == 412 and answer.headers["content-language"] == "en"
