"""Things: a URI of what is no document is answered with 303 to the description that Accept asks for."""
import html.parser
import json
import os
import re
import subprocess
import threading
from urllib.parse import quote

import pytest

from harness.clients import variables
from harness.commands import check
from harness.pages import Page
from harness.processes import wait_for
from harness.program import Program

HOST = "http://example.org"
THINGS = """
[seeother]
data = ../data

[thing people]
path = /id/{name}
text/html = /people/{name}.html
text/turtle = /people/{name}.ttl
application/rdf+xml = /people/{name}.rdf
application/ld+json = /people/{name}.jsonld

[thing books]
path = /book/{name}
text/html de = /de/{name}.html
text/html en = /en/{name}.html
text/html pt-BR = /br/{name}.html
text/turtle = /{name}.ttl
cache = 1h

[thing data]
path = /data/{name}
text/html = /data/{name}.html
text/turtle = /data/{name}.ttl
default = text/turtle

[thing loose]
path = /loose/{name}
text/html = /loose/{name}.html
text/turtle = /loose/{name}.ttl
application/rdf+xml = /loose/{name}.rdf
default = text/turtle
strict = no

[thing works]
path = /opus/{rest...}
text/html = "https://other.example/w/{rest}?of={rest}#top"

[thing pairs]
path = /pair/{a}/with/{b}
text/html = /{b}/{a}/{b}

[form contact]
[fields contact]
name = text
"""


@pytest.fixture
def program(start):
    place = start()
    place.configure_text(THINGS)
    return place


def ask(program, path, accept=None, **more):
    return program.get(path, HTTP_ACCEPT=accept, **more)


def target(answer):
    assert answer.status == 303, (answer.lines, answer.text)
    return answer.headers["location"].removeprefix(HOST)


# --- which description ---

CHROMIUM = ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
            "application/signed-exchange;v=b3;q=0.7")
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8"
SAFARI = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
OLD_IE = "image/gif, image/x-xbitmap, image/jpeg, image/pjpeg, application/x-shockwave-flash, */*"
OLD_IE_OFFICE = "image/gif, image/pjpeg, application/x-ms-application, application/vnd.ms-excel, application/msword, */*"
JENA = "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,*/*;q=0.3"
JENA_3 = ("text/turtle,application/n-triples;q=0.9,application/rdf+xml;q=0.7,text/trig,application/n-quads;q=0.9,"
          "text/x-nquads;q=0.8,application/x-trig;q=0.7,application/ld+json;q=0.8,*/*;q=0.5")
JENA_XML = "application/rdf+xml,text/turtle;q=0.9,*/*;q=0.3"
RAPPER = "application/rdf+xml, text/rdf;q=0.6"
RAPPER_GUESS = ("application/n-quads, text/x-nquads;q=0.9, application/rdf+xml;q=0.8, text/turtle;q=0.7, application/json;q=0.5, "
                "text/html;q=0.2, application/xhtml+xml;q=0.4, */*;q=0.1")
OWLAPI = "application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09"
OWLAPI_5 = ("application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6,text/turtle; q=0.5, application/ld+json; q=0.4, "
            "application/trig; q=0.3, application/n-triples; q=0.2, application/n-quads; q=0.19, "
            "text/n3; q=0.18, text/plain; q=0.1, */*; q=0.09")
ANY_RDF = ("application/rdf+xml, application/x-turtle, application/rdf+turtle, application/turtle, text/turtle; q=0.9, "
           "text/n3; q=0.9, application/rss+xml; q=0.8, application/xhtml+xml; q=0.7, application/xml; q=0.7, text/html; q=0.3, */*; q=0.1")
HTML, TURTLE, XML, LD, NONE = ".html", ".ttl", ".rdf", ".jsonld", None

HEADERS = [
    # browsers, tools and libraries
    (CHROMIUM, HTML), (FIREFOX, HTML), (SAFARI, HTML), (OLD_IE, HTML), (OLD_IE_OFFICE, HTML), ("*/*", HTML), (None, HTML),
    ("", HTML),
    ("text/html, text/plain;q=0.8, image/*;q=0.5, */*;q=0.01", HTML), ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", HTML),
    ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML),
    ("application/xml,application/xhtml+xml,text/html;q=0.9,*/*;q=0.5", HTML),
    (JENA, TURTLE), (JENA_3, TURTLE), (JENA_XML, XML), (RAPPER, XML), (RAPPER_GUESS, XML), (OWLAPI, XML), (OWLAPI_5, XML),
    (ANY_RDF, XML),
    ("application/rdf+xml, */*;q=0.1", XML), ("text/turtle, application/x-turtle, */*;q=0.1", TURTLE),
    ("text/n3, */*;q=0.1", HTML),
    ("application/ld+json, application/json;q=0.9, */*;q=0.1", LD), ("application/ld+json, application/json;p=0.9, */*;q=0.1",
    LD),
    ("application/rdf+xml,text/rdf+n3;q=0.9,application/xhtml+xml;q=0.5, */*;q=0.1", XML), ("application/json, */*;q=0.5", HTML),
    ("application/json, text/javascript, */*; q=0.01", HTML), ("application/json, text/plain, */*", HTML),
    # qualities
    ("text/html;q=0.5, text/turtle;q=0.6", TURTLE), ("text/html;q=0.500, text/turtle;q=0.501", TURTLE),
    ("text/turtle;q=0.1", TURTLE),
    ("text/html;q=0, */*", TURTLE), ("*/*, text/html;q=0.0", TURTLE), ("text/html;q=0.000, text/turtle;q=0, */*;q=0.001", XML),
    ("text/*;q=0, */*;q=0.2", XML), ("text/*;q=0, text/turtle;q=0.1, */*;q=0", TURTLE), ("*/*;q=0, application/ld+json", LD),
    ("text/turtle;q=1.000, text/html;q=0.999", TURTLE), ("text/turtle;q=1., text/html;q=0.", TURTLE),
    ("text/turtle;Q=0.9, text/html;Q=0.1", TURTLE),
    # specificity, and ties to the order of the configuration
    ("application/rdf+xml, text/turtle, text/html", HTML), ("application/ld+json, application/rdf+xml", XML),
    ("application/*", XML),
    ("text/*, application/rdf+xml;q=0.9", HTML), ("text/*;q=0.3, text/turtle;q=0.7, */*;q=0.5", TURTLE),
    ("application/*;q=0.9, text/html;q=0.8", XML),
    ("*/*;q=1, text/*;q=0.2", XML), ("*/*;q=0.9, text/html;q=0.1, text/turtle;q=0.2, application/rdf+xml;q=0.3", LD),
    # case, white space, parameters
    ("TEXT/TURTLE", TURTLE), ("Application/RDF+XML", XML), (" text/turtle ; q=0.9 , text/html ; q=0.1 ", TURTLE),
    ("text/turtle\t;\tq=1", TURTLE),
    ("text/html;level=1, text/turtle;q=0.3", HTML), ("application/ld+json;profile=\"a,b;q=0\", text/turtle;q=0.2", LD),
    ("text/turtle;q=0.9;ext=1;q=0, text/html;q=0.5", TURTLE),
    # malformed: what can't be read is passed over
    (",,,text/turtle,,", TURTLE), (";q=1, text/turtle", TURTLE), ("text/turtle;q=nan, text/html;q=0.1", HTML),
    ("text/turtle;q=2, text/html;q=0.1", HTML),
    ("text/turtle;q=-1, text/html;q=0.1", HTML), ("text/, /turtle, text//html, application/rdf+xml;q=0.1", XML),
    ("*/turtle, text/html;q=0.1", HTML),
    ("text", HTML), ("rubbish", HTML), ("/", HTML), ("\"text/turtle", HTML), ("text/turtle\\;q=0", HTML), ("*", HTML),
    (";;;;", HTML), ("text/html text/turtle", HTML),
    ("text/\xe9, text/turtle;q=0.1", TURTLE), ("x" * 5000 + "/y, text/turtle", TURTLE), ("a/b," * 1500 + "text/turtle", TURTLE),
    # JSON-LD is JSON
    ("application/json", LD), ("application/json, text/n3", LD),
    # nothing that is there
    ("image/png", NONE), ("text/n3", NONE), ("*/*;q=0", NONE),
    ("text/*;q=0, application/*;q=0", NONE),
    ("application/xml", NONE), ("text/turtlex", NONE), ("text/html;q=0", NONE), ("multipart/*", NONE),
    ("image/*, video/*;q=0.5", NONE),
]


def test_accept_chooses_the_description(program):
    assert len(HEADERS) >= 80
    wrong = []
    for accept, ending in HEADERS:
        answer = ask(program, "/id/ada", accept)
        got = answer.headers.get("location") if answer.status == 303 else None
        if got != (ending and f"{HOST}/people/ada{ending}") or answer.status not in (303, 406):
            wrong.append((accept, ending, answer.status, got))
        assert "Accept" in answer.headers["vary"].split(", ")
    assert wrong == []


@pytest.mark.parametrize("accept, ending", [
    (None, TURTLE), ("*/*", TURTLE), ("text/*", TURTLE), ("text/html, text/turtle", TURTLE),
    ("text/html;q=0.3, text/turtle;q=0.3", TURTLE),
    ("text/html, text/turtle;q=0.999", HTML), ("text/html", HTML), (CHROMIUM, HTML), ("*/*, text/turtle;q=0", HTML),
    ("rubbish", TURTLE)])
def test_a_tie_goes_to_the_default_but_no_more_than_a_tie(program, accept, ending):
    assert target(ask(program, "/data/x", accept)) == "/data/x" + ending


@pytest.mark.parametrize("accept, ending", [
    ("image/png", TURTLE), ("*/*;q=0", TURTLE), ("text/turtle;q=0", TURTLE), ("application/rdf+xml", XML), ("text/html", HTML)])
def test_what_is_not_strict_falls_back_on_the_default(program, accept, ending):
    assert target(ask(program, "/loose/x", accept)) == "/loose/x" + ending


@pytest.mark.parametrize("language, where", [
    (None, "/de/x.html"), ("en", "/en/x.html"), ("de", "/de/x.html"), ("fr", "/de/x.html"), ("en-GB", "/en/x.html"),
    ("EN-us,de;q=0.9", "/en/x.html"),
    ("de-AT, en;q=0.5", "/de/x.html"), ("pt", "/br/x.html"), ("pt-BR", "/br/x.html"), ("fr, en;q=0.1", "/en/x.html"),
    ("*", "/de/x.html"),
    ("de;q=0, *", "/en/x.html"), ("de;q=0.5, en;q=0.6", "/en/x.html"), ("de-CH-1996, en;q=0.2", "/de/x.html"),
    ("rubbish;;;=", "/de/x.html"),
    ("e n", "/de/x.html"), ("en;q=0", "/de/x.html")])
def test_of_one_type_the_language_chooses(program, language, where):
    answer = ask(program, "/book/x", "text/html", HTTP_ACCEPT_LANGUAGE=language)
    assert target(answer) == where
    assert {"Accept", "Accept-Language"} <= set(answer.headers["vary"].split(", "))
    assert target(ask(program, "/book/x", "text/turtle", HTTP_ACCEPT_LANGUAGE=language)) == "/x.ttl"


def test_a_description_without_a_language_is_for_those_whose_language_there_is_not(program):
    program.configure_text(THINGS + "[thing mixed]\npath = /mixed/{x}\ntext/html = /{x}.html\ntext/html de = /{x}.de.html\n"
                           "[thing other]\npath = /other/{x}\ntext/html de = /{x}.de.html\n"
                           "text/html en = /{x}.en.html\ntext/html = /{x}.html\n")
    for path in ("/mixed/x", "/other/x"):
        assert target(ask(program, path, "text/html", HTTP_ACCEPT_LANGUAGE="de")) == "/x.de.html"
        assert target(ask(program, path, "text/html", HTTP_ACCEPT_LANGUAGE="de-AT, fr")) == "/x.de.html"
        assert target(ask(program, path, "text/html", HTTP_ACCEPT_LANGUAGE="fr")) == "/x.html"
    assert target(ask(program, "/mixed/x", "text/html")) == "/x.html"


# --- what else the answer says ---


def links(answer):
    """The Link header as RFC 8288 (appendix B.2) reads it: (target, {parameter: value})."""
    found, rest = [], answer.headers["link"]
    while rest:
        uri, rest = re.match(r"<([^>]*)>(.*)", rest).groups()
        parameters = {}
        while part := re.match(r'\s*;\s*([\w!#$%&+.^`|~*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&+.^`|~*-]+))(.*)', rest):
            name, quoted, token, rest = part.groups()
            assert name not in parameters
            parameters[name] = quoted if token is None else token
        found.append((uri, parameters))
        assert not rest or re.match(r"\s*,\s*<", rest), rest
        rest = rest.lstrip(" ,")
    return found


class Anchors(html.parser.HTMLParser):
    """The links of a note, which needs no closing tags."""

    def __init__(self, text):
        super().__init__()
        self.hrefs, self.tags = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "a":
            self.hrefs.append(dict(attrs)["href"])


def test_links_name_all_descriptions_with_their_types(program):
    answer = ask(program, "/id/ada", "text/turtle")
    base = HOST + "/people/ada"
    assert links(answer) == [
        (base + ".html", {"rel": "alternate", "type": "text/html"}), (base + ".ttl", {"rel": "describedby",
        "type": "text/turtle"}),
        (base + ".rdf", {"rel": "alternate", "type": "application/rdf+xml"}),
        (base + ".jsonld", {"rel": "alternate", "type": "application/ld+json"})]
    german = links(ask(program, "/book/x", "text/html", HTTP_ACCEPT_LANGUAGE="de"))
    assert (HOST + "/de/x.html", {"rel": "describedby", "type": "text/html", "hreflang": "de"}) in german
    assert [entry[1].get("hreflang", "").lower() for entry in german] == ["de", "en", "pt-br", ""]


def test_the_note_links_to_the_chosen_one_first_and_to_the_others(program):
    answer = ask(program, "/id/ada", "application/rdf+xml")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(answer.body)
    note = Anchors(answer.text)
    assert note.hrefs == [HOST + "/people/ada" + ending for ending in (XML, HTML, TURTLE, LD)]
    assert "script" not in note.tags and "meta" in note.tags
    assert "text/turtle" in answer.text and "application/ld+json" in answer.text
    alone = Anchors(ask(program, "/opus/x").text)
    assert alone.hrefs == ["https://other.example/w/x?of=x#top"] and "ul" not in alone.tags


def test_caches_are_told_for_how_long(program):
    assert ask(program, "/id/ada").headers["cache-control"] == "private, no-cache"
    assert ask(program, "/book/x").headers["cache-control"] == "private, max-age=3600"
    assert ask(program, "/book/x", "image/png").headers["cache-control"] == "no-store"


def test_a_406_lists_what_there_is(program):
    answer = ask(program, "/book/x", "image/png")
    assert answer.status == 406 and "location" not in answer.headers
    hrefs = [attributes["href"] for tag, attributes in Page(answer.text).tags if tag == "a"]
    assert hrefs == [HOST + path for path in ("/de/x.html", "/en/x.html", "/br/x.html", "/x.ttl")]
    assert {parameters["rel"] for _, parameters in links(answer)} == {"alternate"}
    assert {"Accept", "Accept-Language"} <= set(answer.headers["vary"].split(", "))


def test_a_406_for_programs_lists_what_there_is_too(program):
    answer = ask(program, "/book/x", "application/json")
    problem = json.loads(answer.text)
    assert answer.status == 406 and answer.headers["content-type"] == "application/problem+json" and problem["status"] == 406
    for path, kind in (("/de/x.html", "text/html"), ("/en/x.html", "text/html"), ("/br/x.html", "text/html"),
            ("/x.ttl", "text/turtle")):
        assert HOST + path in answer.text and kind in answer.text


def test_head_is_get_without_the_body(program):
    for path in ("/id/ada", "/book/x", "/opus/a/b", "/id/..", "/data/x"):
        for accept in ("text/turtle", "image/png"):
            whole = ask(program, path, accept)
            head = program.call(variables("HEAD", path, HTTP_ACCEPT=accept))
            assert head.lines == whole.lines and head.body == b"" and whole.body != b""


@pytest.mark.parametrize("condition", [
    {"HTTP_IF_NONE_MATCH": "*"}, {"HTTP_IF_NONE_MATCH": '"x"'}, {"HTTP_IF_MODIFIED_SINCE": "Mon, 23 Nov 2037 00:00:00 GMT"},
    {"HTTP_IF_MATCH": '"x"'}, {"HTTP_IF_UNMODIFIED_SINCE": "Mon, 23 Nov 1998 00:00:00 GMT"}, {"HTTP_RANGE": "bytes=0-1"}])
def test_no_condition_makes_anything_but_a_303(program, condition):
    """RFC 9110 §13.2.1: preconditions are for what would be 2xx."""
    answer = ask(program, "/id/ada", "text/turtle", **condition)
    assert target(answer) == "/people/ada.ttl"
    assert not {"etag", "last-modified", "content-range"} & set(answer.headers) and answer.body != b""


def test_a_thing_takes_get_head_and_options_only(program):
    allow = "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"):
        answer = program.call(variables(method, "/id/ada", b"x"), b"x" if method == "POST" else b"")
        assert answer.status == 405 and answer.headers["allow"] == allow and "location" not in answer.headers
    options = program.call(variables("OPTIONS", "/id/ada"))
    assert options.status == 204 and options.headers["allow"] == allow and options.body == b""
    assert program.call(variables("PROPFIND", "/id/ada")).status == 501
    assert program.post("_method=delete", "/id/ada").status == 405


@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/0.9", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0", None, "", "INCLUDED", "HTTP/1.0\n"])
def test_every_protocol_gets_303(program, protocol):
    answer = ask(program, "/id/ada", "text/turtle", SERVER_PROTOCOL=protocol)
    assert answer.status == 303 and answer.headers["location"] == HOST + "/people/ada.ttl"
    assert program.post("name=Ada", SERVER_PROTOCOL=protocol).status == 303
    program.data.joinpath("contact/keys").unlink(missing_ok=True)


def test_the_query_of_a_thing_plays_no_part(program):
    assert target(ask(program, "/id/ada", "text/turtle", QUERY_STRING="a=b&name=x")) == "/people/ada.ttl"


# --- what the holes stand for ---

NAMES = [
    "a b", "%", "%2e%2e", "%2F", "%00", "100%", "\"", "'", "it's", "<script>alert(1)", "&amp;", "é", "日本語", "😀", "...",
    ".a", "a.",
    "..a", "a;b=c", "a,b", "a:b", "a@b", "a+b", "?x=y", "#frag", "a?b#c", "{name}", "{}", "}", "[1]", "|", "^", "`", "$(id)",
    "~ada", "-", "_", "!",
    "javascript:alert(1)", "x" * 3000, "ü" * 700, "\u202e", "\u2028", "\u00a0", "a=b&c", "*", "http:", ";", "%0d%0aX-Evil: 1",
    "\u560d\u560a"]


RESERVED = "!$&'()*+,;=:@"  # that a path may hold: encoding them would make another URI (RFC 3986 §2.2)


def test_any_name_is_filled_in_percent_encoded(program):
    for name in NAMES:
        answer = ask(program, "/id/" + name, "text/turtle")
        assert answer.status == 303, name
        encoded = answer.headers["location"].removeprefix(HOST + "/people/")
        assert encoded == quote(name, safe=RESERVED) + ".ttl", name
        assert set(answer.headers) <= {"location", "status", "content-type", "content-length", "link", "vary", "cache-control",
                                       "content-security-policy", "x-content-type-options", "content-language",
                                       "access-control-allow-origin", "access-control-expose-headers"}
        assert len(links(answer)) == 4 and len(Anchors(answer.text).hrefs) == 4 and "script" not in Anchors(answer.text).tags


FORBIDDEN = ["", ".", "..", "..;", ".;x", "a\\b", "\\", "..\\..", "a\nb", "a\rb", "\r\nX-Evil: 1", "a\tb", "\x01", "\x1f", "\x7f", "a\udcff",
    "\udcc0\udc80",
             "\udced\udca0\udc80", "\udce9", "a\udce2\udc82"]


def test_what_no_hole_stands_for_is_404(program):
    for name in FORBIDDEN:
        for path in ("/id/" + name, "/opus/" + name, "/opus/x/" + name + "/y", "/opus/x/" + name if name else "/id/x/",
                     "/pair/" + name + "/with/b", "/pair/a/with/" + name):
            answer = ask(program, path, "text/html")
            assert answer.status == 404 and "location" not in answer.headers, path
            assert "<script" not in answer.text
    if program.workers:
        for path in ("/id/\0", "/id/a\0", "/id/a\0/../x"):  # a C string ends there
            assert ask(program, path).status == 404 or ask(program, path).headers["location"] == HOST + "/people/a.html"


def test_a_hole_stands_for_one_segment_and_the_last_one_for_the_rest(program):
    for path in ("/id", "/id/", "/opus/", "/opus//", "/opus/a//", "/id/a/b", "/id//a", "//id/a", "/id/a/", "/ID/a", "/idx/a",
            "id/a", "/pair/a/with", "/pair/a/and/b", "/pair/a/with/b/c", "/opus"):
        assert ask(program, path).status == 404, path
    assert target(ask(program, "/pair/x y/with/a&b")) == "/a&b/x%20y/a&b"
    assert target(ask(program, "/opus/a/b c/%2F/ü")) == "https://other.example/w/a/b%20c/%252F/%C3%BC?of=a/b%20c/%252F/%C3%BC#top"
    assert target(ask(program, "/opus/a/b/")) == "https://other.example/w/a/b/?of=a/b/#top"
    assert target(ask(program, "/opus/" + "a/" * 900 + "z")).startswith("https://other.example/w/a/a/")


def test_the_first_route_that_matches_answers(program):
    program.configure_text(THINGS + "[thing ada]\npath = /people-of/ada\ntext/html = /only\n[thing rest]\npath = /people-of/{x}\n"
                           "text/html = /any/{x}\n[thing last]\npath = /people-of/{x...}\ntext/html = /deep/{x}\n")
    for path, where in (("ada", "/only"), ("bob", "/any/bob"), ("a/b", "/deep/a/b")):
        assert target(ask(program, "/people-of/" + path)) == where


def test_a_form_comes_before_a_thing(program):
    program.configure_text(THINGS + "[thing all]\npath = /{x}\ntext/html = /all/{x}\n")
    assert program.get("/contact").status == 200 and target(program.get("/x")) == "/all/x"
    program.configure_text(THINGS)


# --- the configuration ---


FORM = "[seeother]\ndata = ../data\n[form f]\n"
BASED = "[seeother]\ndata = ../data\nbase = https://example.org/so\n[form f]\n"
HERE = "leads to another thing or forward of this file"
THING = "[thing t]\npath = /id/{x}\n"


@pytest.mark.parametrize("text, complaint", [
    (FORM + THING, "[thing t] needs a description"), (FORM + "[thing t]\ntext/html = /x\n", "[thing t] needs a path"),
    (FORM + "[thing t]\npath = id/{x}\ntext/html = /x\n", "takes a path that begins with a slash"),
    (FORM + "[thing t]\npath = /\ntext/html = /x\n", "takes a path that begins with a slash"),
    (FORM + "[thing t]\npath = /a//b\ntext/html = /x\n", "has an empty segment"),
    (FORM + "[thing t]\npath = /a{x}{y}\ntext/html = /x\n", "takes one {name} in a segment"),
    (FORM + "[thing t]\npath = /{x...}b\ntext/html = /x\n", "takes one {name} in a segment"),
    (FORM + "[thing t]\npath = /{}\ntext/html = /x\n", "takes one {name} in a segment"),
    (FORM + "[thing t]\npath = /{x...}/b\ntext/html = /x\n", "only at its end"),
    (FORM + "[thing t]\npath = /{x}/{x}\ntext/html = /x\n", "two holes of the same name"),
    (FORM + "[thing t]\npath = /{a b}\ntext/html = /x\n", "path: takes a path"),
    (FORM + "[thing t]\npath = /a?b\ntext/html = /x\n", "path: takes a path"),
    (FORM + "[thing t]\npath = /%61\ntext/html = /x\n", "path: takes a path"),
    (FORM + "[thing t]\npath = /" + "/".join("{a%d}" % i for i in range(9)) + "\ntext/html = /x\n", "more than 8 holes"),
    (FORM + THING + "text/html = /{y}\n", "text/html: has {y}, which is not in the path"),
    (FORM + THING + "text/html = /{x...}\n", "takes holes such as {name}"),
    (FORM + THING + "text/html = /{x\n", "takes holes such as {name}"),
    (FORM + THING + "text/html = /x}\n", "takes holes such as {name}"), (FORM + THING + "text/html = https://{x}/\n",
    "takes an absolute"),
    (FORM + THING + "text/html = https://{x}.example.org/\n", "takes an absolute"),
    (FORM + THING + "text/html = https://a.example:{x}/\n", "takes an absolute"),
    (FORM + THING + "text/html = {x}\n", "takes an absolute"), (FORM + THING + "text/html = //{x}/\n", "takes an absolute"),
    (FORM + THING + "text/html = javascript:{x}\n", "takes an absolute"),
    (FORM + THING + "text/html =\n", "needs a URL or a path"),
    (FORM + THING + "text/html = /a b\n", "takes a target, and behind it profile="), (FORM + THING + "text/html = /\\{x}\n", "takes an absolute"),
    (FORM + THING + "text/html = /x\ntext/html/x = /y\n", "takes a media type"),
    (FORM + THING + "text/ = /y\n", "takes a media type"),
    (FORM + THING + "text/html d_e = /y\n", "takes a language"), (FORM + THING + "text/html de en = /y\n", "takes a language"),
    (FORM + THING + "text/html = /{x}\ndefault = text/turtle\n", "default: \"text/turtle\" is not one of the types here"),
    (FORM + THING + "text/html = /{x}\nstrict = perhaps\n", "strict: takes yes or no"),
    (FORM + THING + "text/html = /{x}\ncache = long\n", "cache: takes a dur"),
    (FORM + THING + "text/html = /{x}\nstatus = 303\n", "status: there is no such key"),
    (FORM + THING + "text/html = /{x}\ncahce = 1h\n", "did you mean \"cache\"?"),
    (FORM + THING + "map = names\ntext/html = /{x}\n", "map: says where each name leads"),
    (FORM + "[thing t]\npath = /id\nmap = names\n", "map: needs a {name} in the path"),
    (FORM + "[thing]\npath = /id\ntext/html = /x\n", "[thing]"),
    (FORM + "[thing a/b]\npath = /id\ntext/html = /x\n", "needs a name of"),
    (FORM + "[things t]\npath = /id\n", "there is no such section"),
    (FORM + "[thing t]\npath = /f/{x}\ntext/html = /x\n", "the form \"f\" has this address"),
    (FORM + "[forward t]\npath = /f\nto = /x\n", "the form \"f\" has this"),
    (FORM + "[forward t]\npath = /a\n", "[forward t] needs to = URL"),
    (FORM + "[forward t]\nto = /a\n", "[forward t] needs a path"),
    (FORM + "[forward t]\npath = /a\nto = /b\nstatus = 300\n", "status: takes 301, 302, 303, 307 or 308, not \"300\""),
    (FORM + "[forward t]\npath = /a\nto = /b\nstatus = 0303\n", "status: takes 301"),
    (FORM + "[forward t]\npath = /a\nto = /b\nquery = yes\n", "takes keep or drop"),
    (FORM + "[forward t]\npath = /a/{x}\nto = /b/{y}\n", "to: has {y}"),
    (FORM + "[forward t]\npath = /a/{x}\nto = http://{x}/\n", "to: takes an absolute"),
    (FORM + "[forward t]\npath = /a\nto = /b\ntext/html = /c\n", "there is no such key"),
    (FORM + "[forward t]\npath = /a\nto = ftp://b/\n", "to: takes"),
    (BASED + THING + "text/html = /so/id/{x}\n", HERE), (BASED + THING + "text/html = https://example.org/so/id/{x}\n", HERE),
    (BASED + THING + "text/html = https://example.org/so/id/ada?a#b\n", HERE),
    (BASED + THING + "text/html = /so/{x}/ada\n", HERE),
    (BASED + THING + "text/html = HTTPS://EXAMPLE.org/so/id/ada\n", HERE),
    (BASED + THING + "text/html = https://example.org:443/so/id/ada\n", HERE),
    (BASED + THING + "text/html = /so/%69d/ada\n", HERE), (BASED + THING + "text/html = /x/../so/id/ada\n", HERE),
    (BASED + THING + "text/html = /so/./id/ada\n", HERE),
    (BASED + "[thing a]\ntext/html = /x\n" + THING + "text/html = /so/x/{x}\n", "[thing a] needs a path"),
    (BASED + "[forward a]\npath = b\nto = /c\n" + THING + "text/html = /so/x/{x}\n", "[forward a] path: takes a path"),
    (BASED + "[forward a]\npath = /a\nto = /so/b\n[forward b]\npath = /b\nto = /c\n", "[forward a] to: " + HERE),
    (BASED + "[forward a]\npath = /a\nto = /so/a\n", HERE), (BASED + "[forward a]\npath = /a/{x...}\nto = /so/a/b/{x}\n", HERE),
    (BASED + "[forward a]\npath = /a/{x...}\nto = /so/{x}\n[forward b]\npath = /b/c\nto = /c\n", "[forward a] to: " + HERE),
    (BASED + THING + "text/html = /{x}\n[forward a]\npath = /a\nto = /so/id/x\n", "[forward a] to: " + HERE),
])
def test_each_fault_of_a_route_is_named(tmp_path, text, complaint):
    path = tmp_path / "config.ini"
    path.write_text(text)
    status, said = check(path)
    assert status == 1 and str(path) in said and complaint in said, said


@pytest.mark.parametrize("text", [
    BASED + THING + "text/html = /people/{x}.html\n", BASED + THING + "text/html = /soy/id/{x}\n",
    BASED + THING + "text/html = /so/f\n",
    BASED + THING + "text/html = https://example.org.evil.example/so/id/{x}\n",
    BASED + THING + "text/html = https://example.org:8443/so/id/{x}\n",
    BASED + THING + "text/html = http://example.org/so/id/{x}\n", BASED + THING + "text/html = https://example.org/id/{x}\n",
    BASED + THING + "text/html = /so/id/{x}/page\n", BASED + THING + "text/html = /so/id\n",
    FORM + "[thing t]\npath = /{x...}\ntext/html = /p/{x}\n",
    BASED + "[forward a]\npath = /a\nto = https://example.org\n",
    BASED + "[forward a]\npath = /a/{x...}\nto = \"/b/{x}?q={x}#{x}\"\nstatus = 308\n",
    BASED + "[forward a]\npath = /a/{x}\nto = https://b.example?q={x}\n",
    BASED + "[forward a]\npath = /a/{x}\nto = /b/{x}?next=https://c.example/\n",
    BASED + "[forward a]\npath = /a/\nto = /b\n",
])
def test_what_is_right_is_no_fault(tmp_path, text):
    path = tmp_path / "config.ini"
    path.write_text(text)
    status, said = check(path)
    assert status == 0 and "fine" in said, said


BACK = """
[thing t]
path = /id/{name}
text/html = /{first}/id/{name}
[forward f]
path = /f/{rest...}
to = /seeother/{rest}
[forward g]
path = /g/{x}
to = http://example.org/seeother/id/{x}
"""


def test_what_leads_back_is_500_and_said_where_no_base_tells_it_before(program):
    program.configure_text(FORM.replace("[form f]", "[form contact]") + BACK.replace("/{first}/id/{name}", "/seeother/f/{name}"))
    for path, name in (("/id/x", "thing t:"), ("/f/id/x", "forward f:"), ("/g/x", "forward g:"), ("/f/f/f/f", "forward f:")):
        answer = program.get(path)
        assert answer.status == 500 and "location" not in answer.headers, path
        assert name in answer.errors + program.log() and "again" in answer.errors + program.log()
    assert target(program.get("/f/elsewhere")) == "/seeother/elsewhere"
    assert program.get("/id/x", SCRIPT_NAME="/other").status == 303  # not its own address there


@pytest.mark.parametrize("fault", [
    "[thing a]\ntext/html = /x\n", "[thing a]\npath = x\ntext/html = /x\n", "[forward a]\nto = /x\n",
    "[forward a]\npath = b\nto = /x\n"])
def test_a_route_without_a_path_leaves_the_old_configuration_in_force(start, fault):
    program = start(count=1)
    based = THINGS.replace("data = ../data", "data = ../data\nbase = http://example.org/seeother")
    based += "[thing own]\npath = /own/{x}\ntext/html = /seeother/contact\n"
    program.configure_text(based)
    assert target(ask(program, "/id/ada")) == "/people/ada.html"
    program.configure_text(based + fault)
    before = program.workers and program.workers.supervisors()
    answer = ask(program, "/id/ada")
    assert answer.status == (303 if program.workers else 500) and "path" in answer.errors
    assert not program.workers or program.workers.supervisors() == before


# --- maps ---

MAPPED = FORM + """
[thing t]
path = /id/{name}
map = names
default = text/turtle
[thing deep]
path = /deep/{name...}
map = names
strict = no
"""


def make_map(program, *lines, raw=None):
    (program.config.parent / "names").write_bytes(raw if raw is not None else "".join(line + "\n"
        for line in lines).encode("utf-8", "surrogateescape"))
    environment = program.environment | {"SEEOTHER_CONFIG": str(program.config)}
    done = subprocess.run([program.binary, "map"], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def mapped(program):
    program.configure_text(MAPPED)
    return program


def test_a_map_says_where_each_name_leads(mapped):
    status, said, _ = make_map(mapped, "# people", "", "ada\t/a.html\ttext/html", "ada\t/a.ttl\ttext/turtle",
        "ada\thttps://x.example/a\tapplication/rdf+xml",
                               "bob\t/b", "a/b\t/ab", "# no\t/x", "tab\t/t\t", "\r")
    assert status == 0 and "names.cdb: 6 entries" in said
    for accept, where in ((None, "/a.ttl"), ("*/*", "/a.ttl"), ("text/html", "/a.html"), ("application/*", "https://x.example/a"),
            (JENA, "/a.ttl"), (FIREFOX, "/a.html")):
        assert target(ask(mapped, "/id/ada", accept)) == where
    assert ask(mapped, "/id/ada", "image/png").status == 406 and target(ask(mapped, "/deep/ada", "image/png")) == "/a.html"
    for accept in (None, "image/png", "text/html", "*/*;q=0"):  # nothing is known of its type
        answer = ask(mapped, "/id/bob", accept)
        assert target(answer) == "/b" and links(answer) == [(HOST + "/b", {"rel": "describedby"})]
    assert target(ask(mapped, "/deep/a/b")) == "/ab" and target(ask(mapped, "/id/tab")) == "/t"
    for path in ("/id/nobody", "/id/", "/id/# no", "/id/#", "/id/ADA", "/id/a/b", "/id/ada\t", "/deep/a", "/id/names"):
        assert ask(mapped, path).status == 404, path


def test_names_of_a_map_are_as_they_are_asked_for_decoded(mapped):
    names = [name for name in NAMES if name[0] != "#"]
    status, _, errors = make_map(mapped, *(f"{name}\t/n/{i}" for i, name in enumerate(names)))
    assert status == 0, errors
    for i, name in enumerate(names):
        assert target(ask(mapped, "/id/" + name)) == f"/n/{i}", name


@pytest.mark.parametrize("line, complaint", [
    ("ada", "takes NAME TAB TARGET"), ("ada /x", "takes NAME TAB TARGET"), ("\t/x", "no name before the tab"),
    ("ada\t", "takes an absolute"),
    ("ada\tx", "takes an absolute"), ("ada\t//evil.example/", "takes an absolute"), ("ada\tjavascript:x", "takes an absolute"),
    ("ada\t/a b", "takes an absolute"),
    ("ada\t/x\ttext", "takes a media type"), ("ada\t/x\ttext/html\tmore", "takes a media type"),
    ("ada\t/{name}", "takes no holes"), ("ada\t/x\t/", "takes a media type"),
    ("ada\t/<b>", "takes an absolute"), ("ada\t/\xfc", "takes an absolute"), ("a\0b\t/x", "takes NAME TAB"),
    ("ada\t/x\0y", "takes NAME TAB"), ("   ", "takes NAME TAB"),
    ("ada\t/x\ry", "takes an absolute")])
def test_faults_of_a_map_are_named_by_file_and_line_and_nothing_changes(tmp_path, line, complaint):
    place = Program(tmp_path, "cgi")
    place.configure_text(MAPPED)
    assert make_map(place, "ada\t/old")[0] == 0
    before = (place.config.parent / "names.cdb").read_bytes()
    status, said, errors = make_map(place, "ok\t/x", "# note", line, "fine\t/y")
    assert status == 1 and re.search(r"names:3: .*" + re.escape(complaint), errors), errors
    assert (place.config.parent / "names.cdb").read_bytes() == before and sorted(path.name
            for path in place.config.parent.glob("names*")) == ["names", "names.cdb"]


@pytest.mark.parametrize("way", ["cgi"])
def test_many_faults_are_counted(mapped):
    status, _, errors = make_map(mapped, *["wrong"] * 5000)
    assert status == 1 and "names:20: " in errors and "names:21: " not in errors and "and 4980 faults more" in errors
    assert len(errors.splitlines()) < 50


@pytest.mark.parametrize("way", ["cgi"])
def test_a_map_that_can_t_be_made_says_why(mapped):
    done = subprocess.run([mapped.binary, "map"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env=mapped.environment)
    assert done.returncode == 1 and "names: No such file or directory" in done.stderr
    (mapped.config.parent / "names").mkdir()  # which can be opened, but not read
    done = subprocess.run([mapped.binary, "map"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env=mapped.environment)
    assert done.returncode == 1 and "names: Is a directory" in done.stderr
    assert not (mapped.config.parent / "names.cdb").exists()
    (mapped.config.parent / "names").rmdir()
    assert make_map(mapped, raw=b"ada\t/no-newline")[0] == 0 and target(ask(mapped, "/id/ada")) == "/no-newline"
    assert make_map(mapped, raw=b"")[0] == 0 and ask(mapped, "/id/ada").status == 404
    (mapped.config.parent / "names.cdb").unlink()
    (mapped.config.parent / "names.cdb").mkdir()
    status, _, errors = make_map(mapped, "ada\t/x")
    assert status == 1 and "names.cdb: Is a directory" in errors and not (mapped.config.parent / "names.cdb.new").exists()


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("call", ["write", "fdatasync", "fsync", "rename"])
def test_a_map_that_can_t_be_written_leaves_the_old_one(mapped, tmp_path, call):
    assert make_map(mapped, "ada\t/old")[0] == 0
    (mapped.config.parent / "names").write_text("ada\t/new\n")
    trace = tmp_path / "trace"
    command = ["strace", "-qq", "-o", trace, "-e", f"trace={call}", "-e", f"inject={call}:error=ENOSPC:when=1", mapped.binary,
        "map"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env=mapped.environment | {"ASAN_OPTIONS": "detect_leaks=0"})
    if "INJECTED" in trace.read_text():
        assert done.returncode == 1 and "names.cdb: No space left on device" in done.stderr, done.stderr
        assert target(ask(mapped, "/id/ada")) == "/old"
    else:
        assert call == "fdatasync" or call == "fsync"
    assert not (mapped.config.parent / "names.cdb.new").exists()


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_map_is_replaced_while_workers_serve_and_a_broken_one_is_not(mapped):
    make_map(mapped, "ada\t/0", *(f"n{i}\t/x" for i in range(2000)))
    stop, seen, wrong = threading.Event(), set(), []

    def read():
        while not stop.is_set():
            answer = ask(mapped, "/id/ada")
            (seen if answer.status == 303 else wrong).__getattribute__("add"
                if answer.status == 303 else "append")(target(answer) if answer.status == 303 else answer.lines)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(1, 31):
        assert make_map(mapped, f"ada\t/{i}", *(f"n{j}\t/x" for j in range(i * 37 % 2000)))[0] == 0
        assert {target(ask(mapped, "/id/ada")) for _ in range(4)} == {f"/{i}"}
        assert make_map(mapped, "ada\t/broken", "broken")[0] == 1
        assert {target(ask(mapped, "/id/ada")) for _ in range(4)} == {f"/{i}"}
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == [] and len(seen) > 5


@pytest.mark.parametrize("way", ["cgi"])
def test_two_that_make_a_map_at_once_leave_a_whole_one(mapped, tmp_path):
    """One is held up in the middle while another, begun later, makes the map of a newer file."""
    names = mapped.config.parent / "names"
    names.write_text("".join(f"name{i}\t/old/{i}\n" for i in range(60000)))
    trace = tmp_path / "trace"
    command = ["strace", "-qq", "-o", trace, "-e", "trace=write", "-e", "inject=write:delay_enter=400000:when=20", mapped.binary,
        "map"]
    slow = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        env=mapped.environment | {"ASAN_OPTIONS": "detect_leaks=0"})
    wait_for("the slow one", lambda: trace.exists() and trace.read_text().count("write(") > 10)
    newer = names.with_suffix(".newer")
    newer.write_text("".join(f"name{i}\t/new/{i}\n" for i in range(50000)))
    newer.rename(names)
    assert subprocess.run([mapped.binary, "map"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            env=mapped.environment).returncode == 0
    assert slow.wait() == 0 and "DELAYED" in trace.read_text()
    for i in range(0, 50000, 997):
        assert target(ask(mapped, f"/id/name{i}")) == f"/new/{i}"
    assert ask(mapped, "/id/name55555").status == 404 and not names.with_suffix(".cdb.new").exists()


def test_a_missing_map_is_503_and_said(mapped):
    answer = ask(mapped, "/id/ada")
    assert answer.status == 503 and answer.headers["retry-after"].isdigit() and "location" not in answer.headers
    assert "names.cdb: can't be read" in answer.errors and "seeother map" in answer.errors
    assert ask(mapped, "/id/..").status == 404
    make_map(mapped, "ada\t/x")
    assert target(ask(mapped, "/id/ada")) == "/x"
    (mapped.config.parent / "names.cdb").unlink()
    assert ask(mapped, "/id/ada").status == 503


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 2047, b"\xff" * 2048, b"\xff" * 5000, b"\x41" * 100000,
    bytes(range(256)) * 40])
def test_a_map_that_is_garbage_is_503_or_404_and_no_death(mapped, content):
    (mapped.config.parent / "names.cdb").write_bytes(content)
    for name in ("ada", "b", "x" * 200):
        answer = ask(mapped, "/id/" + name)
        assert answer.status in (503, 404) and "location" not in answer.headers
        assert answer.status == 404 or re.search(r"names\.cdb: (can't be read|is damaged)", answer.errors)


def test_a_map_that_is_damaged_gives_no_header_of_its_own(mapped):
    make_map(mapped, "ada\t/" + "x" * 60 + "\ttext/html")
    path = mapped.config.parent / "names.cdb"
    whole = path.read_bytes()
    for i, damage in enumerate((b"\r\nX-Evil: 1\r\n\r\n<script>", b">; rel=evil, <http://evil.example/",
            b'"><script>evil()</script>', b"\xff\xfe\x80\x81", b"\0\0")):
        path.with_suffix(".other").write_bytes(whole.replace(b"/" + b"x" * 60, (b"/" + damage).ljust(61, b"x")))
        path.with_suffix(".other").rename(path)
        answer = ask(mapped, "/id/ada")
        assert "x-evil" not in answer.headers and b"<script" not in answer.body
        assert answer.status != 303 or (">;" not in answer.headers["location"] and answer.headers["location"].isascii()), damage


def test_a_name_has_up_to_16_descriptions(mapped):
    make_map(mapped, *(f"ada\t/{i}\ta/t{i}" for i in range(16)))
    assert target(ask(mapped, "/id/ada", "a/t15")) == "/15" and len(links(ask(mapped, "/id/ada"))) == 16


@pytest.mark.parametrize("size", [0, 1, 2047, 2048, 2049, 3000, "half", "last"])
def test_a_map_that_is_cut_in_place_ends_no_worker(mapped, size):
    """Not replaced: the processes have it open."""
    assert make_map(mapped, "ada\t/a", *(f"n{i}\t/x{i}" for i in range(300)))[0] == 0
    assert ask(mapped, "/id/ada").status == 303
    path = mapped.config.parent / "names.cdb"
    content = path.read_bytes()
    stamp = path.stat()
    os.truncate(path, {"half": len(content) // 2, "last": len(content) - 1}.get(size, size))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    for _ in range(3):
        for name in ("ada", "nobody", "x"):
            answer = ask(mapped, f"/id/{name}")
            assert answer.status in (303, 404, 503) and (answer.status != 503 or "names.cdb: is damaged" in answer.errors + mapped.log())
    mapped.check_alive()
    path.write_bytes(content)
    assert ask(mapped, "/id/ada").status == 303
