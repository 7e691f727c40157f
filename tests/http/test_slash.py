"""A slash at the end of a path loses nothing."""
import json

import pytest

from harness.clients import variables
from test_form import Page
from test_log import id_of

GOOD, ROOT = "name=Ada&email=ada%40example.org", "http://example.org/seeother"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_reader_is_sent_to_the_address_without_it(program, method):
    outcome = "/contact/" + id_of(program.post(GOOD))
    for path, query in (("/contact", ""), ("/any", ""), (outcome, ""), ("/contact", "a=b&c=%20%22"), (outcome, "withdraw")):
        answer = program.call(variables(method, path + "/", QUERY_STRING=query))
        assert answer.status == 308, path
        assert answer.headers["location"] == ROOT + path + ("?" + query if query else "") and "private" in answer.headers["cache-control"]
        assert bool(answer.body) == (method == "GET")


def test_a_post_is_kept_as_without_it(program):
    answer = program.post(GOOD, "/contact/")
    assert answer.status == 303 and answer.headers["location"].startswith(ROOT + "/contact/")
    outcome = program.get(answer.headers["location"].removeprefix(ROOT))
    assert outcome.status == 200 and "Ada" in outcome.text


def test_what_is_drawn_again_posts_to_the_right_place(program):
    answer = program.post("name=", "/contact/", QUERY_STRING="post")
    (_, form), = [tag for tag in Page(answer.text).tags if tag[0] == "form"]
    assert answer.status == 422 and form["action"] == "../contact?post"
    (_, token), = Page(program.get("/contact").text).named("_token")
    assert program.post(GOOD + "&_token=" + token["value"], "/contact/").status == 303
    other = program.post(GOOD.replace("Ada", "Bob") + "&_token=" + token["value"], "/contact/")
    assert other.status == 422 and any(each.get("href", "").startswith("../contact/") for _, each in Page(other.text).tags)


def test_an_outcome_is_withdrawn_as_without_it(program):
    program.configure(contact="withdraw = 1h")
    for method, body in (("DELETE", ""), ("POST", "_method=delete")):
        outcome = "/contact/" + id_of(program.post(GOOD))
        answer = program.call(variables(method, outcome + "/", body.encode()), body.encode())
        assert answer.status == 303 and program.get(outcome).status == 410


@pytest.mark.parametrize("path", ["/contact//", "//contact/", "//", "/nowhere/", "/contact/x//", "/contact//x"])
def test_other_paths_with_slashes_are_nowhere(program, path):
    assert program.get(path).status == 404 and program.post(GOOD, path).status == 404 and program.lines() == []


def test_allow_is_the_same(program):
    assert program.call(variables("OPTIONS", "/contact/")).headers["allow"] == "GET, HEAD, POST, OPTIONS"
    problem = program.call(variables("PUT", "/contact/", HTTP_ACCEPT="application/json"))
    assert problem.status == 405 and json.loads(problem.text)["status"] == 405


def test_owners_see_what_was_posted_besides_the_fields(program):
    program.configure(contact="owners = ada")
    outcome = "/contact/" + id_of(program.post(GOOD + "&utm=Xanthippe&many=1&many=2"))
    owner, as_json = {"REMOTE_USER": "ada", "AUTH_TYPE": "Basic"}, {"HTTP_ACCEPT": "application/json"}
    assert "Xanthippe" in program.get(outcome, **owner).text and "<dt>many</dt>" in program.get(outcome, **owner).text
    assert json.loads(program.get(outcome, **owner, **as_json).text)["extra"] == {"utm": "Xanthippe", "many": ["1", "2"]}
    assert "Xanthippe" not in program.get(outcome).text + program.get(outcome, **as_json).text
