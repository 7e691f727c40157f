"""Which resource a request names, however the web server splits its path, and with which bytes a path goes on to a target."""
from urllib.parse import unquote

import pytest

from harness.clients import variables
from harness.place import configuration

ROUTES = """
[thing person]
path = /id/{name}
text/turtle = /people/{name}.ttl
[forward moved]
path = /moved/{rest...}
to = https://new.example/x/{rest}
[forward search]
path = /search/{word}
to = https://new.example/?q={word}
"""
BASE = "base = https://example.org/seeother"


def program_with(start, general=""):
    return start(text=configuration(general=general, more=ROUTES))


def ask(program, **values):
    """A GET in which the test alone says where the program is and what is asked for."""
    return program.call(variables("GET", None, SCRIPT_NAME=values.pop("SCRIPT_NAME", None), **values))


# How servers send a request for /seeother/contact, by their name. None: not at all.
LAYOUTS = {
    "lighttpd, Apache, nginx as in the manual": ("/seeother/contact", "/seeother", "/contact"),
    "h2o below a path": ("/seeother/contact", None, "/seeother/contact"),
    "h2o below a path, empty SCRIPT_NAME": ("/seeother/contact", "", "/seeother/contact"),
    "nginx with fastcgi_params alone": ("/seeother/contact", "/seeother/contact", None),
    "HAProxy without path-info": ("/seeother/contact", "/seeother/contact", ""),
    "ProxyPass alone": ("/seeother/contact", "/seeother/contact", "/contact"),
    "neither": ("/seeother/contact", None, None),
    "PATH_INFO twice": ("/seeother/contact", "/seeother", "/seeother/contact"),
    "no REQUEST_URI": (None, "/seeother", "/contact"),
    "no REQUEST_URI, all in SCRIPT_NAME": (None, "/seeother/contact", None),
    "no REQUEST_URI, all in PATH_INFO": (None, None, "/seeother/contact"),
    "absolute form": ("https://example.org/seeother/contact?x=/y", "/seeother", "/contact"),
    "http in capitals": ("HTTP://example.org/seeother/contact", "", ""),
    "encoded": ("/see%6fther/cont%61ct", "/seeother", "/contact"),
    "a query": ("/seeother/contact?a=b/c", "/seeother/contact", None),
    "put in order by the server": ("/seeother//./contact", "/seeother", "/contact"),
    "mapped by a proxy in front": ("/cgi-bin/forms.cgi/contact", "/cgi-bin/forms.cgi", "/contact"),
    "mapped by a proxy in front, rewritten": ("/other/contact", "/cgi-bin/forms.cgi", "/contact"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_with_base_every_layout_finds_the_form(start, layout):
    uri, script, info = LAYOUTS[layout]
    answer = ask(program_with(start, BASE), REQUEST_URI=uri, SCRIPT_NAME=script, PATH_INFO=info)
    assert answer.status == 200 and "<form" in answer.text, answer.lines


@pytest.mark.parametrize("uri, script, info", [
    ("/cgi-bin/seeother/contact", "/cgi-bin/seeother", "/contact"), ("/contact", "", "/contact"), ("/contact", None, None),
    ("/contact", "/contact", None), ("/contact", "/", "/contact"), (None, "", "/contact")])
def test_a_base_without_a_path(start, uri, script, info):
    answer = ask(program_with(start, "base = https://forms.example.org"), REQUEST_URI=uri, SCRIPT_NAME=script, PATH_INFO=info)
    assert answer.status == 200 and "<form" in answer.text


def test_a_base_with_escapes(start):
    program = program_with(start, "base = https://example.org/%7Esite/a%20b/")
    for uri in ("/~site/a%20b/contact", "/%7esite/a%20b/contact", "/%7Esite/%61%20b/contact"):
        assert ask(program, REQUEST_URI=uri).status == 200
    for uri in ("/~site/a%20bc/contact", "/~site%2Fa%20b/contact", "/~site/a%20b%2Fcontact", "/~SITE/a%20b/contact"):
        assert ask(program, REQUEST_URI=uri).status == 404


@pytest.mark.parametrize("uri, script, info", [
    ("/seeother/contact", "/seeother", "/contact"), (None, "/seeother", "/contact"), ("/seeother/contact", "/seeother", None),
    ("/seeother/contact", "/seeother", ""), ("/contact", "", "/contact"), ("/contact", None, None), ("/contact", "/", ""),
    ("/rewritten", "/seeother", "/contact"), ("/seeother/x/../contact", "/seeother", "/contact"), ("*", "/seeother", "/contact"),
    ("/seeother/con%74act", "/seeother", "/contact")])
def test_without_base_the_server_says_it(start, uri, script, info):
    answer = ask(program_with(start), REQUEST_URI=uri, SCRIPT_NAME=script, PATH_INFO=info)
    assert answer.status == 200 and "<form" in answer.text


@pytest.mark.parametrize("uri, script, info", [
    ("/seeother", "/seeother", None), ("/seeother/", "/seeother", "/"), ("/seeother/", "/seeother", ""), ("/seeother?x", "/seeother", ""),
    (None, "/seeother", None), (None, None, None), ("/", "", "/"), ("/", None, None), ("*", "/seeother", "")])
def test_the_start_page(start, uri, script, info):
    program = program_with(start, "index = yes")
    answer = ask(program, REQUEST_URI=uri, SCRIPT_NAME=script, PATH_INFO=info)
    assert answer.status == 200 and "<form" not in answer.text and "Write to us" in answer.text
    assert "base" not in answer.errors


@pytest.mark.parametrize("uri, script, info, status", [
    ("/seeother/contact", "/seeother/contact", None, 500), ("/seeother/contact", "/seeother/contact", "", 500),
    (None, "/seeother/contact", None, 500), ("/seeother/contact", None, None, 404), ("/seeother/contact", None, "/seeother/contact", 404),
    ("/seeother/contact", "", "/seeother/contact", 404), ("/seeother/id/ada", "/seeother/id/ada", None, 500),
    ("/seeother/moved/a/b", "/seeother/moved/a/b", None, 500), ("/seeother/id/ada", "", "/seeother/id/ada", 404)])
def test_a_path_that_is_not_split_is_told_in_the_log(start, uri, script, info, status):
    program = program_with(start)
    answer = ask(program, REQUEST_URI=uri, SCRIPT_NAME=script, PATH_INFO=info)
    assert answer.status == status
    assert '"base" is not set' in answer.errors and "SCRIPT_NAME" in answer.errors and "PATH_INFO" in answer.errors
    assert answer.errors.count("\n") == 1


def test_a_plain_404_says_nothing(start):
    program = program_with(start)
    for uri, script, info in (("/seeother/nothing", "/seeother", "/nothing"), ("/nothing", "", "/nothing")):
        answer = ask(program, REQUEST_URI=uri, SCRIPT_NAME=script, PATH_INFO=info)
        assert answer.status == 404 and answer.errors == ""


SENT = ["things:batchGet", "a(b)", "a;v=1", "a@b", "a+b", "a%2Fb", "a%2fb", "!$&'()*+,;=:@", "%C3%BC", "a%20b", "http:%2F%2Fx.example%2F"]


@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("general", ["", BASE])
def test_paths_go_on_byte_for_byte(start, sent, general):
    program = program_with(start, general)
    for path, target in ((f"/id/{sent}", f"/people/{sent}.ttl"), (f"/moved/x/{sent}", f"https://new.example/x/x/{sent}")):
        answer = ask(program, REQUEST_URI="/seeother" + path, SCRIPT_NAME="/seeother", PATH_INFO=unquote(path))
        assert answer.status == 303 and answer.headers["location"].endswith(target), answer.headers
    answer = ask(program, REQUEST_URI="/seeother/search/" + sent, SCRIPT_NAME="/seeother", PATH_INFO="/search/" + unquote(sent))
    query = answer.headers["location"].partition("?q=")[2]
    assert not set(query) & set(":@!$&'()*+,;=") and unquote(query) == unquote(sent)


def test_without_request_uri_reserved_characters_stay_as_they_are(start):
    program = program_with(start)
    answer = ask(program, SCRIPT_NAME="/seeother", PATH_INFO="/id/things:batchGet(1);v+a@b c?#%")
    assert answer.headers["location"].endswith("/people/things:batchGet(1);v+a@b%20c%3F%23%25.ttl")


@pytest.mark.parametrize("sent", ["..", "%2e%2e", ".%2E", "..;x", "a%2F..%2Fb", "%2e%2e%2Fb", "a%5Cb", "a%00b", "a%0Ab", "%FF", "."])
def test_paths_that_lead_elsewhere_are_not_found(start, sent):
    program = program_with(start, BASE)
    assert ask(program, REQUEST_URI="/seeother/id/" + sent).status == 404
    assert ask(program, REQUEST_URI=f"/seeother/moved/x/{sent}/y").status == 404


def test_a_nul_in_a_path_does_not_end_it(start):
    program = program_with(start, BASE)
    assert ask(program, REQUEST_URI="/seeother/contact%00").status == 404
    assert ask(program, REQUEST_URI="/seeother/contact%00/x").status == 404
