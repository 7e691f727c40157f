"""What clients that are scripts get: JSON where they name it, however they spell it."""
import json

import pytest

from harness.place import configuration

BODY = b"name=Ada&email=ada%40example.org"


@pytest.mark.parametrize("accept", [
    "application/json, text/plain, */*", "application/json, text/javascript, */*; q=0.01", "*/*, application/json", "application/vnd.api+json",
    "application/vnd.api+json; profile=\"x\"", "application/hal+json, */*;q=0.5", "application/json;version=2"])
def test_scripts_get_json(program, accept):
    answer = program.post(b"name=", HTTP_ACCEPT=accept)
    assert answer.status == 422 and answer.headers["content-type"] == "application/problem+json", answer.headers
    assert json.loads(answer.text)["errors"]
    kept = program.post(BODY, HTTP_ACCEPT=accept)
    outcome = kept.headers["location"].partition("/seeother")[2]
    answer = program.get(outcome, HTTP_ACCEPT=accept)
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("accept", [
    None, "*/*", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html, application/json, */*", "text/*, */*"])
def test_everybody_else_gets_a_page(program, accept):
    answer = program.post(b"name=", HTTP_ACCEPT=accept)
    assert answer.status == 422 and answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("kind", ["application/json", "application/vnd.api+json", "application/ld+json; profile=\"x\"", "Application/X+JSON"])
def test_who_sends_json_gets_json(program, kind):
    for accept in (None, "*/*"):
        answer = program.post(b'{"name": ""}', CONTENT_TYPE=kind, HTTP_ACCEPT=accept)
        assert answer.status == 422 and answer.headers["content-type"] == "application/problem+json"
    assert program.post(b'{"name": "Ada", "email": "a@b"}', CONTENT_TYPE=kind).status == 303
    assert program.records()[-1]["fields"]["name"] == "Ada"
    page = program.post(b'{"name": ""}', CONTENT_TYPE=kind, HTTP_ACCEPT="text/html")
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("kind", ["application/jsonp", "text/x+json", "application/+json", "application/x+jsons"])
def test_what_only_looks_like_json_is_not_taken(program, kind):
    assert program.post(b'{"name": "Ada", "email": "a@b"}', CONTENT_TYPE=kind).status == 415


THING = """
[thing t]
path = /id/{name}
text/html = /{name}.html
text/turtle = /{name}.ttl
application/ld+json = /{name}.jsonld
"""


@pytest.mark.parametrize("accept, end", [
    ("application/json", "jsonld"), ("application/json, image/png", "jsonld"), ("application/json, text/plain, */*", "html"), ("application/json, text/html", "html"),
    ("application/json, text/html;q=0.5", "html"), ("application/json;q=0.2, */*;q=0.3", "html"), ("*/*", "html"),
    ("application/ld+json;profile=\"http://www.w3.org/ns/json-ld#compacted\"", "jsonld"),
    ("text/turtle, */*", "ttl"), ("text/turtle;version=1.2, text/html;q=0.5", "ttl")])
def test_things_have_json_for_those_who_ask_for_it(program, accept, end):
    program.configure_text(configuration(more=THING))
    answer = program.get("/id/ada", HTTP_ACCEPT=accept)
    assert answer.status == 303 and answer.headers["location"].endswith("/ada." + end)
