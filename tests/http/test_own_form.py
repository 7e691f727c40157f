"""The program's own drawn form is never refused for where it comes from, and Back shows what was sent."""
import urllib.parse

import pytest

from harness.clients import variables
from test_form import Page

TYPED = {"name": "Ada", "email": "ada@example.org"}
ORIGINS = "origins = https://www.example.com"
# What browsers send with our own form: a site that adds Referrer-Policy: no-referrer (on plain http no Sec-Fetch-Site comes), a TLS
# terminator or a mapped port without base, a proxy with another Host.
OWN = [{"HTTP_ORIGIN": "null"}, {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"}, {},
       {"HTTP_ORIGIN": "https://example.org"}, {"HTTP_ORIGIN": "https://example.org", "HTTP_SEC_FETCH_SITE": "same-origin"},
       {"HTTP_ORIGIN": "http://example.org:8080"}, {"HTTP_ORIGIN": "http://forms.example", "HTTP_REFERER": "http://forms.example/contact"},
       {"HTTP_REFERER": "https://example.org/seeother/contact"}]


def drawn(program, path="/contact"):
    """Our own form, filled in: what its browser posts, and where to."""
    page = Page(program.get(path).text)
    (_, form), = [tag for tag in page.tags if tag[0] == "form"]
    (_, token), = page.named("_token")
    return form["action"], urllib.parse.urlencode(TYPED | {"_token": token["value"]})


@pytest.mark.parametrize("headers", OWN)
def test_our_own_form_is_never_refused(program, headers):
    program.configure(contact=ORIGINS)
    _, body = drawn(program)
    assert program.post(body, QUERY_STRING="post", **headers).status == 303
    wrong = program.post(drawn(program)[1].replace("Ada", ""), **headers)
    assert wrong.status == 422 and Page(wrong.text).named("_token")
    assert len(program.lines()) == 1


@pytest.mark.parametrize("headers", [headers for headers in OWN if headers.get("HTTP_SEC_FETCH_SITE") != "same-origin"])
def test_without_its_token_a_post_has_to_say_where_it_comes_from(program, headers):
    program.configure(contact=ORIGINS, more=ORIGINS)
    other = urllib.parse.urlencode(TYPED | {"_token": "x" * 43})
    for body in (urllib.parse.urlencode(TYPED), other):
        answer = program.post(body, **headers)
        assert answer.status == 403 and "location" not in answer.headers, body
    assert program.post(drawn(program)[1], "/any", **headers).status == 403  # another form's token
    assert program.lines() == [] and program.lines("any") == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "rubbish"])
def test_a_browser_that_names_another_page_is_believed(program, site):
    """Somebody may have fetched a token for a page of their own."""
    program.configure(contact=ORIGINS)
    for origin in ("https://evil.example", "null", None):
        assert program.post(drawn(program)[1], HTTP_SEC_FETCH_SITE=site, HTTP_ORIGIN=origin).status == 403
    assert program.post(drawn(program)[1], HTTP_SEC_FETCH_SITE=site, HTTP_ORIGIN="https://www.example.com").status == 303


def test_a_token_that_has_expired_still_says_whose_form_it_is(start, clock):
    program = start(environment=clock.environment)
    program.configure(contact=ORIGINS + "\nremember = 1h")
    _, body = drawn(program)
    clock.set(7200)
    answer = program.post(body, HTTP_ORIGIN="null")
    assert answer.status == 422 and "open for so long" in answer.text


def test_a_form_posts_to_a_uri_of_its_own_and_both_are_taken(program):
    """A post to the form's own URI would invalidate it in the browser's cache, and Back would fetch it with a fresh token."""
    action, body = drawn(program)
    assert action == "contact?post"
    first, again = program.post(body, QUERY_STRING="post"), program.post(body)
    assert first.status == again.status == 303 and first.headers["location"] == again.headers["location"]
    wrong = program.post(body.replace("Ada", ""), QUERY_STRING="post")
    (_, form), = [tag for tag in Page(wrong.text).tags if tag[0] == "form"]
    assert wrong.status == 422 and form["action"] == "contact?post"
    assert program.get("/contact", QUERY_STRING="post").status == 200  # who reloads what 422 has shown by its address
    assert program.get("/contact").headers["cache-control"] == "private, no-cache"
    assert program.call(variables("OPTIONS", "/contact", QUERY_STRING="post")).headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert len(program.lines()) == 1
