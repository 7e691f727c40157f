"""The outcome's own page: HTML and JSON, conditions, HEAD, and what is not there."""
import email.utils
import json
import os
import re
import time

import pytest

from harness.clients import variables
from harness.processes import wait_for

GOOD = b"name=Ada+%26+%3Cb%3E&email=ada%40example.org&message=one%0D%0Atwo"


def path_of(program, body=GOOD, form="/contact"):
    location = program.post(body, form).headers["location"]
    return location[len("http://example.org/seeother"):]


@pytest.mark.parametrize("accept, kind", [
    (None, "text/html; charset=utf-8"), ("*/*", "text/html; charset=utf-8"), ("application/json", "application/json"),
    ("text/html;q=0.5, application/json", "application/json"), ("text/*, application/json;q=0.9", "text/html; charset=utf-8"),
    ("text/html;q=0, */*", "application/json"), ("application/*;q=0.1", "application/json"),
])
def test_accept_chooses_html_or_json(program, accept, kind):
    answer = program.get(path_of(program), HTTP_ACCEPT=accept)
    assert answer.status == 200 and answer.headers["content-type"] == kind and answer.headers["vary"] == "Accept"
    if kind == "application/json":
        shown = json.loads(answer.text)
        assert shown["fields"] == {"name": "Ada & <b>", "email": "ada@example.org", "message": "one\r\ntwo"}
        assert set(shown) == {"id", "form", "received", "fields", "files"}


def test_a_type_that_is_not_to_be_had_is_406(program):
    answer = program.get(path_of(program), HTTP_ACCEPT="image/png, text/html;q=0")
    assert answer.status == 406 and "application/json" in answer.text


def test_the_page_shows_what_was_sent_escaped(program):
    answer = program.get(path_of(program))
    assert "Ada &amp; &lt;b&gt;" in answer.text and "<b>" not in answer.text
    assert "Your e-mail address" in answer.text and "website" not in answer.text
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_show_says_what_the_visitor_sees(program):
    path = path_of(program)
    program.configure(contact="show = none")
    assert "Ada" not in program.get(path).text
    assert json.loads(program.get(path, HTTP_ACCEPT="application/json").text)["fields"] == {}
    program.configure(contact="show = name")
    page = program.get(path).text
    assert "Ada" in page and "ada@example.org" not in page


def test_validators_make_a_304_and_never_a_wrong_one(program):
    path = path_of(program)
    first = program.get(path)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert re.fullmatch(r'"[0-9a-f]+"', etag)
    later = email.utils.formatdate(email.utils.parsedate_to_datetime(modified).timestamp() + 60, usegmt=True)
    earlier = email.utils.formatdate(email.utils.parsedate_to_datetime(modified).timestamp() - 60, usegmt=True)
    cases = [
        ({"HTTP_IF_NONE_MATCH": etag}, 304), ({"HTTP_IF_NONE_MATCH": "W/" + etag}, 304), ({"HTTP_IF_NONE_MATCH": "*"}, 304),
        ({"HTTP_IF_NONE_MATCH": f'"x", {etag}, "y"'}, 304), ({"HTTP_IF_NONE_MATCH": '"x"'}, 200),
        ({"HTTP_IF_NONE_MATCH": etag[:-1]}, 200), ({"HTTP_IF_NONE_MATCH": '"x"', "HTTP_IF_MODIFIED_SINCE": later}, 200),
        ({"HTTP_IF_MODIFIED_SINCE": modified}, 304), ({"HTTP_IF_MODIFIED_SINCE": later}, 304),
        ({"HTTP_IF_MODIFIED_SINCE": earlier}, 200), ({"HTTP_IF_MODIFIED_SINCE": "rubbish"}, 200),
        ({"HTTP_IF_NONE_MATCH": etag, "HTTP_ACCEPT": "application/json"}, 200),
    ]
    for more, status in cases:
        answer = program.get(path, **more)
        assert answer.status == status, more
        if status == 304:
            assert answer.body == b"" and answer.headers["etag"] == etag and answer.headers["vary"] == "Accept"
            assert "content-type" not in answer.headers and "content-length" not in answer.headers


def test_a_condition_that_does_not_hold_is_412_with_a_page_or_a_problem(program):
    path = path_of(program)
    whole = program.get(path)
    etag, old = whole.headers["etag"], "Thu, 01 Jan 2015 00:00:00 GMT"
    for more, status in (
            ({"HTTP_IF_MATCH": etag}, 200), ({"HTTP_IF_MATCH": "*"}, 200), ({"HTTP_IF_MATCH": '"x"'}, 412),
            ({"HTTP_IF_MATCH": "W/" + etag}, 412), ({"HTTP_IF_UNMODIFIED_SINCE": whole.headers["last-modified"]}, 200),
            ({"HTTP_IF_UNMODIFIED_SINCE": old}, 412), ({"HTTP_IF_MATCH": etag, "HTTP_IF_UNMODIFIED_SINCE": old}, 200),
            ({"HTTP_IF_MATCH": '"x"', "HTTP_IF_NONE_MATCH": etag}, 412),
            ({"HTTP_IF_MATCH": etag, "HTTP_IF_NONE_MATCH": etag}, 304)):
        assert program.get(path, **more).status == status, more
    page = program.get(path, HTTP_IF_MATCH='"x"')
    assert "The condition is not met" in page.text and "etag" not in page.headers and "Ada" not in page.text
    problem = program.get(path, HTTP_IF_MATCH='"x"', HTTP_ACCEPT="application/json")
    assert problem.headers["content-type"] == "application/problem+json" and json.loads(problem.text)["status"] == 412


def test_what_changes_the_page_makes_it_modified(program):
    """Whether it can be withdrawn yet, and a file of the site's."""
    program.configure(contact="withdraw = 3s")
    os.utime(program.config, (1e9, 1e9))
    path = path_of(program)
    first = program.get(path)
    wait_for("the end of its time", lambda: "?withdraw" not in program.get(path).text)
    answer = program.get(path, HTTP_IF_MODIFIED_SINCE=first.headers["last-modified"])
    assert "?withdraw" in first.text and answer.status == 200 and "?withdraw" not in answer.text
    footer = program.config.parent / "footer.html"
    footer.write_text("<footer>one</footer>")
    os.utime(footer, (1e9, 1e9))
    program.configure(general="footer = footer.html")
    os.utime(program.config, (1e9, 1e9))
    first = program.get(path)
    time.sleep(1.1)
    footer.write_text("<footer>two</footer>")
    answer = program.get(path, HTTP_IF_MODIFIED_SINCE=first.headers["last-modified"])
    assert "one" in first.text and answer.status == 200 and "two" in answer.text


def test_no_page_at_the_address_of_an_outcome_gives_it_away(program):
    path = path_of(program)
    for answer, status in ((program.get(path), 200), (program.get(path, HTTP_ACCEPT="image/png"), 406),
                           (program.get(path, HTTP_IF_MATCH='"x"'), 412), (program.post(b"_method=delete", path), 403),
                           (program.call(variables("PUT", path)), 405), (program.get(path + "/result"), 404)):
        assert answer.status == status and answer.headers["referrer-policy"] == "same-origin", status


def test_head_is_get_without_the_body(program):
    for path in (path_of(program), "/contact", "/nothing"):
        whole, head = program.get(path), program.call(variables("HEAD", path))
        assert head.lines == whole.lines and head.body == b""
        assert int(whole.headers["content-length"]) == len(whole.body)


def test_an_id_that_names_nothing_is_404(program):
    path = path_of(program)
    stem, last = path[:-1], path[-1]
    wrong = [stem, path + "a", path.upper().replace("/CONTACT/", "/contact/"), path + "/x", "/contact/" + "a" * 29,
             "/contact/" + "2" * 29, "/contact/../secret", "/contact/%00", path.replace("contact", "any"),
             "/contact/" + "é" * 14 + "a"]
    wrong += [stem + letter for letter in "abcdefghijklmnopqrstuvwxyz234567" if letter != last]
    for other in wrong:
        assert program.get(other).status == 404, other
    assert program.get(path).status == 200


def test_a_large_outcome_is_shown_whole(program):
    path = path_of(program, b"&".join(b"f%d=" % i + b"x" * 90000 for i in range(30)), "/any")
    assert program.get(path).text.count("x" * 90000) == 30


def test_a_data_folder_that_is_not_there_is_404_not_made(program):
    assert program.get("/contact/" + "a" * 29).status == 404
    assert not program.data.exists()


def test_outcomes_through_lighttpd(web):
    page = web.follow(web.post(GOOD))
    assert page.status == 200 and "Ada &amp;" in page.text
    again = web.get(f"/contact/{web.records()[0]['id']}", If_None_Match=page.getheader("ETag"))
    assert again.status == 304
    as_json = web.get(f"/contact/{web.records()[0]['id']}", Accept="application/json")
    assert json.loads(as_json.text)["id"] == web.records()[0]["id"]
    head = web.request("HEAD", f"/contact/{web.records()[0]['id']}")
    assert head.status == 200 and head.body == b"" and int(head.getheader("Content-Length")) == len(page.body)
