"""Scripts and programs: what they may read from elsewhere, that they are never sent to a page, and that JSON is answered with JSON."""
import json

import pytest

from harness.clients import variables
from test_form import Page

APP, WEB = "app://localhost", "https://www.example.com"
JSON = {"HTTP_ACCEPT": "application/json"}
POST_JSON = {"CONTENT_TYPE": "application/json", "HTTP_ACCEPT": "*/*"}
ROUTES = "[thing t]\npath = /id/{name}\ntext/html = /people/{name}\n[forward f]\npath = /f/{name}\nto = /g/{name}\n"


def preflight(program, path="/contact", method="POST", headers=None, origin=WEB):
    return program.call(variables("OPTIONS", path, HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
                                  HTTP_ACCESS_CONTROL_REQUEST_HEADERS=headers))


@pytest.mark.parametrize("headers", ["hx-current-url,hx-request,hx-target,hx-trigger", "x-requested-with", "content-type, x-csrf-token"])
def test_a_preflight_allows_what_libraries_send(program, headers):
    program.configure(contact=f"origins = {WEB}")
    answer = preflight(program, headers=headers)
    allowed = [name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")]
    assert answer.status == 204 and set(name.strip() for name in headers.split(",")) <= set(allowed)
    assert {"content-type", "idempotency-key", "prefer"} <= set(allowed)
    assert "Access-Control-Request-Headers" in answer.headers["vary"] and "POST" in answer.headers["access-control-allow-methods"]
    for origin in ("https://evil.example", "null", None):
        assert not [name for name in preflight(program, headers=headers, origin=origin).headers if name.startswith("access-control")]


@pytest.mark.parametrize("headers", ["x\r\nset-cookie: a=b", "a b;c", "é", "x: y", "(", "a,,b/c"])
def test_what_names_no_headers_is_not_repeated(program, headers):
    program.configure(contact=f"origins = {WEB}")
    answer = preflight(program, headers=headers)
    assert answer.status == 204 and answer.headers["access-control-allow-headers"] == "Content-Type, Idempotency-Key, Prefer"


@pytest.mark.parametrize("path", ["/id/ada", "/f/ada", "/id/ada/x"])
def test_things_and_forwards_can_be_read_from_everywhere(program, path):
    program.configure(more=ROUTES)
    found = path != "/id/ada/x"
    for method in ("GET", "HEAD"):
        answer = program.call(variables(method, path, HTTP_ORIGIN="https://anywhere.example"))
        assert answer.status == (303 if found else 404)
        assert answer.headers.get("access-control-allow-origin") == ("*" if found else None)
    answer = preflight(program, path, "GET", "accept-profile")
    if found:
        assert answer.status == 204 and answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
        assert "accept-profile" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in program.post("a=b", "/f/ada", HTTP_ORIGIN="https://anywhere.example").headers


@pytest.mark.parametrize("origin", [APP, "capacitor://localhost", "ionic://localhost", "app://obsidian.md", "chrome-extension://abcdefghijklmnop"])
def test_apps_have_origins_too(program, origin):
    program.configure(contact=f"origins = {WEB}, {origin}")
    answer = program.post("name=Ada&email=a%40example.org", HTTP_ORIGIN=origin)
    assert answer.status == 303 and answer.headers["access-control-allow-origin"] == origin
    for other in (origin + ".evil", origin + "x", "https://" + origin.split("://")[1], origin.split("://")[0] + "://evil", "null"):
        answer = program.post("name=Ada&email=a%40example.org", HTTP_ORIGIN=other)
        assert answer.status == 403 and "access-control-allow-origin" not in answer.headers, other


@pytest.mark.parametrize("origin", ["null", "rubbish", "file://", WEB, APP])
def test_a_star_is_for_any_origin(program, origin):
    program.configure(contact='origins = "*"')
    answer = program.post("name=Ada&email=a%40example.org", HTTP_ORIGIN=origin)
    assert answer.status == 303 and answer.headers["access-control-allow-origin"] in ("*", origin)
    assert preflight(program, origin=origin).headers["access-control-allow-origin"] in ("*", origin)


# --- JSON ---

@pytest.mark.parametrize("setting", ["next = /thanks.html", "next = https://elsewhere.example/{id}", "next_allow = /thanks"])
def test_a_client_that_prefers_json_is_never_sent_to_a_page(program, setting):
    program.configure(contact=setting)
    body = "name=Ada&email=a%40example.org&_next=/thanks/x"
    page = program.post(body)
    assert page.status == 303 and "/contact/" not in page.headers["location"]
    for headers in (JSON, {"HTTP_ACCEPT": "application/json, text/plain, */*"}, {"HTTP_ACCEPT": "application/problem+json"}):
        answer = program.post(body, **headers)
        assert answer.status == 303 and answer.headers["location"].startswith("http://example.org/seeother/contact/")
        assert program.get(answer.headers["location"].removeprefix("http://example.org/seeother"), **JSON).status == 200


@pytest.mark.parametrize("accept", ["*/*", None, "application/*", "text/html;q=0.5, */*"])
def test_json_is_answered_with_json(program, accept):
    program.configure(contact="next = /thanks.html")
    answer = program.post('{"name":""}', **(POST_JSON | {"HTTP_ACCEPT": accept}))
    assert answer.status == 422 and answer.headers["content-type"] == "application/problem+json"
    assert {fault["field"] for fault in json.loads(answer.text)["errors"]} == {"name", "email"}
    answer = program.post('{"name":', **(POST_JSON | {"HTTP_ACCEPT": accept}))
    assert answer.status == 400 and answer.headers["content-type"] == "application/problem+json"
    answer = program.post('{"name":"Ada","email":"a@example.org"}', **(POST_JSON | {"HTTP_ACCEPT": accept}))
    assert answer.status == 303 and "/contact/" in answer.headers["location"]
    form = program.post("name=", HTTP_ACCEPT=accept)
    if accept in ("*/*", None):
        assert form.status == 422 and form.headers["content-type"].startswith("text/html")


def test_json_whose_sender_prefers_pages_is_answered_with_a_page(program):
    answer = program.post('{"name":""}', **(POST_JSON | {"HTTP_ACCEPT": "text/html, */*;q=0.1"}))
    assert answer.status == 422 and Page(answer.text).named("name")
