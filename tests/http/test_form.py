"""The form itself: drawn, refused with what was typed, and the methods that it takes."""
import json

import pytest

from harness.clients import variables
from harness.pages import Page

TYPED = {"name": "", "email": "<ada>", "topic": "gossip", "message": "\"quoted\" & <b>\r\nsecond"}


def quoted(typed):
    from urllib.parse import urlencode
    return urlencode(typed)


def test_a_form_is_drawn_from_its_fields(program):
    answer = program.get("/contact")
    page = Page(answer.text)
    assert answer.status == 200 and page.named("name") == [
        ("input", {"type": "text", "id": "field-name", "name": "name", "value": "", "required": None, "maxlength": "20"})]
    (tag, email), = page.named("email")
    assert email["type"] == "email" and "required" in email
    assert [attributes["value"] for _, attributes in page.named("topic")] == ["sales", "support", "other"]
    assert page.named("message")[0][0] == "textarea"
    assert ("div", {"hidden": None}) in page.tags and page.named("website")
    (tag, form), = [tag for tag in page.tags if tag[0] == "form"]
    assert form["method"] == "post" and form["action"] == "contact?post"


def test_what_is_refused_comes_back_with_every_value_and_every_fault(program):
    answer = program.post(quoted(TYPED))
    page = Page(answer.text)
    assert answer.status == 422 and "<title>Error: Write to us</title>" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert page.named("email")[0][1]["value"] == "<ada>"
    assert "&quot;quoted&quot; &amp; &lt;b&gt;\nsecond</textarea>" in answer.text
    for name in ("name", "email", "topic"):
        for _, attributes in page.named(name):
            assert attributes["aria-invalid"] == "true"
    assert {attributes["aria-describedby"] for _, attributes in page.tags if "aria-describedby" in attributes} == {
        "fault-name", "fault-email", "fault-topic"} <= page.ids()
    assert "aria-invalid" not in page.named("message")[0][1]
    links = [attributes["href"][1:] for tag, attributes in page.tags if tag == "a"]
    assert links == ["field-name", "field-email", "field-topic"] and set(links) <= page.ids()
    assert program.lines() == []


def test_programs_get_a_problem_document(program):
    answer = program.post(quoted(TYPED), HTTP_ACCEPT="application/json")
    problem = json.loads(answer.text)
    assert answer.status == 422 and answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == 422 and problem["type"] == "about:blank"
    assert [error["field"] for error in problem["errors"]] == ["name", "email", "topic"]
    missing = program.get("/nothing", HTTP_ACCEPT="application/problem+json")
    assert missing.status == 404 and json.loads(missing.text)["status"] == 404 and "errors" not in json.loads(missing.text)


def test_a_value_that_comes_twice_is_a_fault_unless_several_may(program):
    program.configure(more="[form f]\n[fields f]\none = text\nmany = choice multiple options=a,b,c max=2\n")
    assert program.post("one=1&one=2", "/f").status == 422
    assert program.post("one=1&many=a&many=b", "/f").status == 303
    assert program.post("many=a&many=b&many=c", "/f").status == 422
    assert program.records("f")[0]["fields"] == {"one": "1", "many": ["a", "b"]}


def test_a_pattern_is_matched_whole_and_within_bounds(program):
    program.configure(more="[form f]\n[fields f]\ncode = text\nslow = text\n[patterns f]\ncode = [A-Z]{3}\nslow = (a+)+\n")
    assert program.post("code=ABC", "/f").status == 303
    for wrong in ("ABCD", "xABC", "abc", "ABC%0A"):
        assert program.post("code=" + wrong, "/f").status == 422, wrong
    answer = program.post("slow=" + "a" * 60 + "!", "/f")
    assert answer.status == 422


def test_unknown_paths_are_404(program):
    for path in ("", "/", "/nothing", "//contact", "contact", "/Contact", "/contact//", "/\0", "/seeother", "/form contact",
                 "/[fields]", "/any/../contact", "/" + "x" * 5000):
        if "\0" in path and not program.workers:
            continue
        assert program.get(path).status == 404, path


def test_methods(program):
    path = "/contact/" + "a" * 29
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "CONNECT"):
        assert program.call(variables(method, "/contact")).headers["allow"] == "GET, HEAD, POST, OPTIONS"
        assert program.call(variables(method, "/contact")).status == 405
    assert program.call(variables("PUT", path)).headers["allow"] == "GET, HEAD, POST, OPTIONS, DELETE"
    assert program.post(b"a=b", path + "/files/1/x").headers["allow"] == "GET, HEAD, OPTIONS"
    for method in ("BREW", "get", "GET ", "POST\n", "", None):
        assert program.call(variables() | {"REQUEST_METHOD": method} if method is not None else
                            {k: v for k, v in variables().items() if k != "REQUEST_METHOD"}).status == 501
    options = program.call(variables("OPTIONS", "/contact"))
    assert options.status == 204 and options.headers["allow"] == "GET, HEAD, POST, OPTIONS" and options.body == b""


def test_page_sends_get_to_the_site_s_own_page(program):
    program.configure(contact="page = /contact.html")
    answer = program.get("/contact", HTTP_HOST="example.org:81")
    assert answer.status == 303 and answer.headers["location"] == "http://example.org:81/contact.html"


def test_a_form_through_lighttpd(web):
    assert "Your e-mail address" in web.get("/contact").text
    refused = web.post(quoted(TYPED))
    assert refused.status == 422 and "&lt;ada&gt;" in refused.text
    assert web.get("/nothing").status == 404
    assert web.request("DELETE", "/contact").status == 405


@pytest.mark.parametrize("definition, good, bad", [
    ("email", ["a@b", "a.b+c@d-e.example", " a@b\n"], ["a", "@b", "a@", "a b@c", "a@b@c", "a@-b", "a@b..c"]),
    ("url", ["https://example.org/", "mailto:a@b", "HTTP://x", "http:x"], ["example.org", "https://", "https://?x", "://x", "https://a b"]),
    ("number min=1 max=9", ["1", "9", "1e0", "2.5"], ["0", "10", "x", "1,5", "+2", "0x2", "inf", "nan", "1e999", "2."]),
    ("date min=2026-01-01", ["2026-01-01", "2028-02-29"], ["2025-12-31", "2027-02-29", "1.1.2027", "2026-1-1"]),
    ("checkbox", ["on", "1"], []), ("tel max=5", ["+1 23"], ["+1 234"]), ("text min=2", ["ab", "äö", ""], ["a", "ä", "a\tb\nc"]),
    ("textarea max=3", ["a\r\nb", "😀😀😀"], ["abcd"]), ("hidden", ["x"], []),
])
def test_types_are_judged_as_browsers_do(program, definition, good, bad):
    program.configure(more=f"[form f]\n[fields f]\nvalue = {definition}\n")
    for text in good:
        assert program.post(quoted({"value": text}), "/f").status == 303, text
    for text in bad:
        assert program.post(quoted({"value": text}), "/f").status == 422, text


def test_a_pattern_is_said_only_of_inputs_that_may_have_one(program):
    program.configure(more="[form f]\n[fields f]\na = text\nb = number\nc = date\nd = textarea\n[patterns f]\n"
                           + "".join(f"{name} = 2.*\n" for name in "abcd"))
    page = program.get("/f").text
    assert page.count(' pattern="2.*"') == 1 and 'name="a" value="" pattern="2.*"' in page
    assert program.post(b"b=1", "/f").status == 422 and program.post(b"b=2", "/f").status == 303
