"""Forwards: any method, each status, the query kept, merged or dropped, and a body that nobody reads."""
import threading
from urllib.parse import quote

import pytest

from harness import fastcgi
from harness.clients import variables

HOST = "http://example.org"
STATUSES = (301, 302, 303, 307, 308)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
FORWARDS = """
[seeother]
data = ../data

[forward plain]
path = /plain/{rest...}
to = https://api.example/v2/{rest}

[forward drop]
path = /drop/{x}
to = /dropped/{x}
query = drop
cache = 10m

[forward merge]
path = /merge/{x}
to = "https://api.example/find?q={x}#{x}"

[forward hash]
path = /hash
to = "/page#part?x"

[forward bare]
path = /bare
to = https://api.example

[form contact]
[fields contact]
name = text
""" + "".join(f"\n[forward s{status}]\npath = /s{status}/{{x}}\nto = /t{status}/{{x}}\nstatus = {status}\n"
    for status in STATUSES)


@pytest.fixture
def program(start):
    place = start()
    place.configure_text(FORWARDS)
    return place


def location(answer, status=303):
    assert answer.status == status, answer.lines
    return answer.headers["location"].removeprefix(HOST)


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_for_each_method(program, status):
    for method in METHODS:
        answer = program.call(variables(method, f"/s{status}/a b", b"x=y", QUERY_STRING="q=1", CONTENT_LENGTH="3"), b"x=y")
        assert location(answer, status) == f"/t{status}/a%20b?q=1", method
        assert answer.headers["cache-control"] == "private, no-cache" and answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "vary" not in answer.headers and "etag" not in answer.headers
        assert (answer.body == b"") == (method == "HEAD") and int(answer.headers["content-length"]) > 0
        assert method == "HEAD" or f'<a href="{HOST}/t{status}/a%20b?q=1">' in answer.text


@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", None, "rubbish"])
def test_statuses_are_the_same_for_every_protocol(program, protocol):
    for status in STATUSES:
        for method in ("GET", "POST", "PUT"):
            answer = program.call(variables(method, f"/s{status}/x", SERVER_PROTOCOL=protocol))
            assert location(answer, status) == f"/t{status}/x"


def test_options_and_allow_and_what_is_no_method(program):
    allow = "GET, HEAD, POST, OPTIONS, PUT, PATCH, DELETE"
    options = program.call(variables("OPTIONS", "/s307/x"))
    assert options.status == 204 and options.headers["allow"] == allow and "location" not in options.headers
    for method in ("TRACE", "CONNECT"):
        answer = program.call(variables(method, "/s307/x"))
        assert answer.status == 405 and answer.headers["allow"] == allow and "location" not in answer.headers
    for method in ("PROPFIND", "BREW", "get", "", "GET\t", "M-SEARCH", "QUERY"):
        answer = program.call(variables(method, "/s307/x"))
        assert answer.status == 501 and "location" not in answer.headers


@pytest.mark.parametrize("query, encoded", [
    ("a=b", "a=b"), ("a=b&c=d", "a=b&c=d"), ("a=%20b", "a=%20b"), ("?", "?"), ("a b", "a%20b"), ("#frag", "%23frag"),
    ("a=é", "a=%C3%A9"),
    ("<script>", "%3Cscript%3E"), ("\"", "%22"), ("a[]=1&b[x]=2", "a%5B%5D=1&b%5Bx%5D=2"), ("\r\nX-Evil: 1", "%0D%0AX-Evil:%201"),
    ("\x01\x7f", "%01%7F"),
    ("\\", "%5C"), ("{x}", "%7Bx%7D"), ("%", "%"), ("%zz", "%zz"), ("\udcff\udcfe", "%FF%FE"), ("x" * 6000, "x" * 6000),
    ("u=https://x.example/?y=z", "u=https://x.example/?y=z"),
    ("a+b", "a+b"), ("~!*'();:@,/$-_.", "~!*'();:@,/$-_."), ("&", "&"), ("=", "=")])
def test_a_query_is_kept_and_does_no_harm(program, query, encoded):
    answer = program.get("/plain/x", QUERY_STRING=query)
    assert location(answer) == "https://api.example/v2/x?" + encoded
    assert "x-evil" not in answer.headers and "<script" not in answer.text
    assert location(program.get("/drop/x", QUERY_STRING=query)) == "/dropped/x"
    assert location(program.get("/merge/x", QUERY_STRING=query)) == f"https://api.example/find?q=x&{encoded}#x"
    assert location(program.get("/hash", QUERY_STRING=query)) == f"/page?{encoded}#part?x"


@pytest.mark.parametrize("query", ["", None])
def test_without_a_query_nothing_is_added(program, query):
    for path, where in (("/plain/x", "https://api.example/v2/x"), ("/merge/x", "https://api.example/find?q=x#x"),
            ("/hash", "/page#part?x"), ("/drop/x", "/dropped/x"),
                        ("/bare", "https://api.example")):
        assert location(program.get(path, QUERY_STRING=query)) == where
    assert program.get("/drop/x").headers["cache-control"] == "private, max-age=600"


def test_what_was_captured_adds_neither_query_nor_fragment(program):
    for name in ("a?b=c", "a#b", "a&b=c", "a%26b", "a;b", "ü", "a+b"):
        assert location(program.get("/plain/" + name)) == "https://api.example/v2/" + quote(name, safe="&;=+")
        assert location(program.get("/merge/" + name,
                QUERY_STRING="z")) == f"https://api.example/find?q={quote(name, safe='')}&z#{quote(name, safe='')}"


def test_the_rest_of_a_path_may_end_in_a_slash(program):
    for rest in ("orders/", "a/b/c/", "a", "a/b"):
        assert location(program.get("/plain/" + rest)) == "https://api.example/v2/" + rest
    program.configure_text(FORWARDS + "[forward old]\npath = /old/\nto = /new/\n")
    assert location(program.get("/old/")) == "/new/"
    for path in ("/plain", "/plain/", "/plain//", "/plain//x", "/plain/a//", "/plain/a//b", "/plain/../x", "/plain/a/..",
            "/plain/a/./b", "/plain/\\evil.example", "/old", "/old/x",
                 "/drop/a/b", "/drop/"):
        assert program.get(path).status == 404, path


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("size", [1, 70000, 6 << 20])
def test_a_body_is_left_unread_and_the_client_gets_its_answer(program, method, size):
    body = b"x" * size
    answer = program.call(variables(method, "/s307/x", body, CONTENT_LENGTH=str(size), CONTENT_TYPE="application/octet-stream"),
        body)
    assert location(answer, 307) == "/t307/x" and not program.data.exists()


@pytest.mark.parametrize("more", [
    {"CONTENT_LENGTH": "rubbish"}, {"CONTENT_LENGTH": "99999999999999999999"}, {"CONTENT_LENGTH": "1"}, {"CONTENT_LENGTH": None},
    {"CONTENT_TYPE": "image/png"},
    {"HTTP_CONTENT_ENCODING": "gzip"}, {"HTTP_EXPECT": "100-continue"}, {"HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_IF_NONE_MATCH": "*"}, {"HTTP_ACCEPT": "image/png;q=0"}])
def test_nothing_that_is_said_of_a_body_matters(program, more):
    answer = program.call(variables("POST", "/s308/x", b"a=b", **more), b"a=b")
    assert location(answer, 308) == "/t308/x"


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_client_that_sends_slowly_has_its_answer_before_it_is_done(start):
    program = start(count=2)
    program.configure_text(FORWARDS)
    values = variables("PUT", "/s307/x", CONTENT_LENGTH="1000000")
    with fastcgi.connect(program.workers.socket) as slow:
        slow.sendall(fastcgi.head(values) + fastcgi.record(fastcgi.STDIN,
            b"x" * 1000))
        out, _, ended = fastcgi.read(slow)
        assert ended and b"Status: 307" in out and b"/t307/x" in out


@pytest.mark.parametrize("way", ["fastcgi"])
def test_bodies_that_nobody_reads_hold_up_nobody(start):
    program = start(count=2)
    program.configure_text(FORWARDS)
    body, wrong = b"x" * (2 << 20), []

    def put():
        for _ in range(5):
            answer = program.call(variables("PUT", "/s307/x", CONTENT_LENGTH=str(len(body))), body)
            if answer.status != 307:
                wrong.append(answer.lines)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_host_that_is_none_is_refused_and_base_comes_first(program):
    assert program.get("/s303/x", HTTP_HOST="a b").status == 400
    assert program.get("/s303/x", HTTP_HOST="evil.example\r\nX: y").status == 400
    program.configure_text(FORWARDS.replace("data = ../data", "data = ../data\nbase = https://site.example:8443/so"))
    assert program.get("/s303/x", HTTP_HOST="evil.example").headers["location"] == "https://site.example:8443/t303/x"
