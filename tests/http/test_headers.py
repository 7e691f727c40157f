"""Nothing that comes from outside makes a header of its own, or anything but text on a page."""
from urllib.parse import quote

import pytest

from harness.clients import variables

ATTACKS = ["\r\nX-Evil: 1", "\nX-Evil: 1", "\rX-Evil: 1", "\r\n\r\n<script>evil()</script>", "\x0bX-Evil: 1", "\u2028X-Evil: 1",
           "%0d%0aX-Evil:%201", "\"><script>evil()</script>", "'onload='evil()", "\u560d\u560aX-Evil: 1"]


def harmless(answer, *allowed):
    known = {"location", "status", "content-type", "content-length", "content-security-policy", "x-content-type-options", "vary",
             "cache-control", "content-language", "access-control-allow-origin", "access-control-expose-headers", "etag", "last-modified", "referrer-policy", "x-robots-tag", "allow", "accept", "accept-encoding", "retry-after"}
    assert set(answer.headers) <= known, answer.lines
    assert b"<script" not in answer.body and b"'onload" not in answer.body
    assert answer.status is not None and answer.status < 500 or answer.status in allowed, answer.lines


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_field_makes_a_header_or_markup(program, attack):
    for field in ("name", "email", "topic", "message", "website", attack):
        sent = {"name": "Ada", "email": "ada@example.org", "message": "x"} | {field: attack}
        body = "&".join(f"{quote(name)}={quote(value)}" for name, value in sent.items())
        answer = program.post(body)
        harmless(answer)
        if answer.status == 303:
            harmless(program.get(answer.headers["location"][len("http://example.org/seeother"):]))
        answer = program.post(body, "/any")
        harmless(answer)
        harmless(program.get(answer.headers["location"][len("http://example.org/seeother"):]))


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_variable_makes_a_header_or_markup(program, attack):
    names = ["PATH_INFO", "HTTP_HOST", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REQUEST_SCHEME", "HTTPS",
             "QUERY_STRING", "REMOTE_ADDR", "HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_REFERER", "CONTENT_TYPE", "HTTP_IF_NONE_MATCH",
             "HTTP_IF_MODIFIED_SINCE", "REQUEST_METHOD", "HTTP_CONTENT_ENCODING", "DOCUMENT_ROOT", "CONTENT_LENGTH"]
    body = b"name=Ada&email=ada%40example.org"
    for name in names:
        for value in (attack, "/contact" + attack, "example.org" + attack):
            for method in ("GET", "POST"):
                values = variables(method, "/contact", body) | {name: value}
                if name.startswith("SERVER_"):
                    del values["HTTP_HOST"]
                harmless(program.call(values, body if method == "POST" else b""), 500, 501)


@pytest.mark.parametrize("host", [
    "", "a b", "a/b", "a\\b", "user@host", "a:b", "a:", "a:0", "a:65536", "[::1", "[::1]x", "[gg::]", "a..b", ".a", "ä.example",
    "a%41", "a?b", "a#b", "<a>", "a,b", "x" * 254])
def test_a_host_that_is_none_is_refused(program, host):
    answer = program.post("name=Ada&email=a%40b", HTTP_HOST=host, SERVER_NAME=None)
    if host == "a:":
        assert answer.headers["location"].startswith("http://a/")  # RFC 3986 §3.2.3: an empty port is the scheme's own
    else:
        assert answer.status in (400, 500) and program.lines() == []


def test_placeholders_of_the_configuration_carry_no_markup(start):
    program = start(count=1)
    program.configure(contact='next = "https://example.org/?{form}={id}&o={outcome}#done"')
    answer = program.post("name=Ada&email=a%40b", HTTP_HOST="example.org")
    harmless(answer)
    assert answer.headers["location"].endswith("#done")
    for evil in ("//evil.example/", "javascript:alert(1)", "/x y", "/\\evil", "https://user@evil.example/", "/{name}", "/{id", "/}"):
        program.configure(contact=f"next = {evil}")
        page = program.post("name=Ada&email=a%40b")
        # a configuration that was right stays in force for a worker; a CGI process has none to go back to
        assert page.status == (303 if program.workers else 500)
        assert page.status == 500 or page.headers["location"].startswith("https://example.org/?contact=")


def test_every_answer_forbids_scripts_and_sniffing(program):
    for answer in (program.get("/contact"), program.get("/nothing"), program.post(""), program.post("a=b", "/any"),
                   program.call(variables("OPTIONS", "/contact"))):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
