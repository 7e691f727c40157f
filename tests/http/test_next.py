"""Where a visitor is sent on to: only where the configuration leads; and nothing that is posted becomes markup or a header."""
import html.parser
import json
import re
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from harness.clients import variables
from harness.fastcgi import as_bytes
from harness.pages import Page

ROOT = "http://example.org/seeother"
GOOD = {"name": "Ada", "email": "ada@example.org"}
ALLOW = "next_allow = https://www.example.com/thanks, /done/ http://[2001:db8::1]:8080/x"


def as_form(fields):
    return urlencode(fields), {}


def as_multipart(fields):
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    return parts + "--b--\r\n", {"CONTENT_TYPE": "multipart/form-data; boundary=b"}


def as_json(fields):
    return json.dumps(fields), {"CONTENT_TYPE": "application/json", "HTTP_ACCEPT": "text/html"}


WRITERS = [as_form, as_multipart, as_json]


def sent_to(program, target, write=as_form, path="/contact"):
    """Posts with a _next and gives where that leads to."""
    body, more = write(GOOD | {"_next": target})
    answer = program.post(body, path, **more)
    assert answer.status == 303, answer.text
    assert_sound(answer)
    return answer.headers["location"]


def assert_sound(answer):
    """Every header is one of the program's; clients.Answer has seen to it that each line is one, and none comes twice."""
    known = {"location", "status", "content-type", "content-length", "content-security-policy", "x-content-type-options", "vary",
             "cache-control", "content-language", "access-control-allow-origin", "access-control-expose-headers", "etag", "last-modified", "referrer-policy", "x-robots-tag", "allow", "accept", "accept-encoding",
             "retry-after", "link", "accept-ranges", "content-disposition", "cross-origin-resource-policy", "content-range"}
    head = answer.raw.partition(b"\r\n\r\n")[0]
    assert set(answer.headers) <= known, answer.lines
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", head), head
    if answer.headers.get("content-type", "").startswith("text/html"):
        Suspicious(answer.text)


class Suspicious(html.parser.HTMLParser):
    """Fails where a page has an element or attribute that the program never writes."""

    TAGS = set("html head meta title style body main h1 h2 p br a ul li form input label span select option textarea button "
               "fieldset legend div dl dt dd code strong optgroup time bdi".split())
    ATTRIBUTES = set("lang dir charset name content href method action accept-charset enctype type id value class for required "
                     "maxlength minlength min max step pattern autocomplete rows tabindex aria-hidden aria-invalid "
                     "aria-describedby role checked selected multiple accept label hidden datetime".split())

    def __init__(self, text):
        super().__init__()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        assert tag in self.TAGS, tag
        for name, value in attrs:
            assert name in self.ATTRIBUTES, f"{tag} {name}"
            if name in ("href", "action"):
                assert not re.match(r"\s*(javascript|data|vbscript):|//", value or "", re.I), value


ASTRAY = [
    "https://evil.example/", "http://www.example.com/thanks", "https://www.example.com/", "https://www.example.com/thanksgiving",
    "https://www.example.com/thank", "https://www.example.com/Thanks", "https://www.example.com:8443/thanks",
    "https://www.example.com.evil.example/thanks", "https://evilwww.example.com/thanks", "https://www.example.com./thanks",
    "https://www.example.com@evil.example/thanks", "https://user:pass@www.example.com/thanks",
    "https://www.example.com%40evil.example/thanks",
    "https://evil.example/https://www.example.com/thanks", "https://evil.example?https://www.example.com/thanks",
    "https://evil.example#@www.example.com/thanks", "https://evil.example\\@www.example.com/thanks",
    "https://www.example.com\\thanks",
    "https:\\\\www.example.com\\thanks", "https:www.example.com/thanks", "https:/www.example.com/thanks",
    "https:///www.example.com/thanks",
    "https://www.example.com//thanks", "https://www.example.com/thanks/../", "https://www.example.com/thanks/%2e%2e/",
    "https://www.example.com/thanks/.%2E/x",
    "https://www.example.com/thanks/..;/x", "https://www.example.com/thanks/%252e%252e/",
    "https://www.example.com/thanks%2f..%2f",
    "https://www.example.com/thanks/..%5cx", "https://www.example.com/%74hanks", "https://www.example.com/thanks/%c0%ae%c0%ae/",
    "https://www.ехample.com/thanks", "https://www.example。com/thanks", "https://www.example.com\u2044thanks",
    "https://www.exam\u00adple.com/thanks",
    "https://www.xn--example-2of.com/thanks", "//www.example.com/thanks", "///www.example.com/thanks",
    "/\\www.example.com/thanks",
    "\\\\www.example.com\\thanks", "//evil.example/done/", "/", "", " ", "/done", "/done/..", "/done/../", "/done/../../x",
    "/done/%2e%2e/x", "/done//x",
    "/DONE/", "/./done/", "done/", "./done/", "../done/", "?done", "#done", "/done/#x", "https://www.example.com/thanks#x",
    "/seeother/contact",
    "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)",
    "javascript://www.example.com/thanks%0aalert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "mailto:a@b", "file:///etc/passwd", "ftp://www.example.com/thanks",
    "blob:https://www.example.com/thanks",
    "https://www.example.com/thanks\r\nX-Evil: 1", "https://www.example.com/thanks\nX-Evil: 1",
    "https://www.example.com/thanks\rX-Evil: 1",
    "https://www.example.com/thanks/%0d%0aX-Evil:%201", "https://www.example.com/thanks/%0a",
    "/done/\r\n\r\n<script>alert(1)</script>",
    "https://www.example.com/thanks\u2028X-Evil: 1", "/done/嘊嘍X-Evil:1", "https://www.example.com/thanks/%00",
    "https://www.example.com/thanks\x0b", "/done/\t",
    " https://www.example.com/thanks", "https://www.example.com/thanks ", "https://www.example.com/thanks x",
    "/done/\"><script>alert(1)</script>",
    "/done/<b>", "/done/{id}", "/done/{outcome}", "https://www.example.com/thanks?{form}", "/done/%", "/done/%zz", "/done/^|`",
    "/done/ä",
    "https://www.example.com/thanks/" + "x" * 2000, "/done/" + "x" * 60000, "http://[2001:db8::1]/x",
    "http://[2001:db8::2]:8080/x",
    "http://[2001:db8::1%25eth0]:8080/x", "http://2001:db8::1:8080/x"]


@pytest.mark.parametrize("write", WRITERS)
def test_a_post_never_leads_where_next_allow_does_not(start, write):
    program = start(count=1)
    program.configure(contact=ALLOW + "\nnext = https://next.example/{form}")
    for target in ASTRAY:
        assert sent_to(program, target, write) == "https://next.example/contact", target
    assert len(program.lines()) == len(ASTRAY)


@pytest.mark.parametrize("write", WRITERS)
def test_a_post_leads_where_next_allow_does(program, write):
    program.configure(contact=ALLOW)
    for target, location in (
            ("https://www.example.com/thanks", None), ("https://www.example.com/thanks/", None),
            ("https://www.example.com/thanks/a/b.html", None),
            ("https://www.example.com/thanks?a=1&b=%20%C3%A4?//evil.example/../", None),
            ("HTTPS://WWW.Example.com:443/thanks", "https://www.example.com/thanks"),
            ("/done/", "http://example.org/done/"), ("/done/x?y=/z&q=%7Bid%7D", "http://example.org/done/x?y=/z&q=%7Bid%7D"),
            ("http://example.org/done/it", None), ("http://example.org:80/done/it", "http://example.org/done/it"),
            ("http://[2001:DB8::1]:8080/x/y", "http://[2001:db8::1]:8080/x/y")):
        assert sent_to(program, target, write) == (location or target)
    assert all(set(record["fields"]) == {"name", "email"} and "extra" not in record for record in program.records())


def test_a_path_in_next_allow_belongs_to_the_origin_of_base(program):
    program.configure(general="base = https://forms.example/cgi-bin/seeother", contact=ALLOW)
    assert sent_to(program, "/done/x") == "https://forms.example/done/x"
    assert sent_to(program, "https://forms.example/done/x") == "https://forms.example/done/x"
    assert sent_to(program, "http://example.org/done/x").startswith("https://forms.example/cgi-bin/seeother/contact/")


def test_a_made_up_host_leads_nobody_elsewhere(program):
    program.configure(contact=ALLOW)
    body = urlencode(GOOD | {"_next": "https://evil.example/done/"})
    for header in ("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_SERVER", "HTTP_FORWARDED", "HTTP_REFERER", "HTTP_ORIGIN"):
        answer = program.post(body, **{header: "https://evil.example" if header[5] in "RO" else "evil.example"})
        assert answer.headers["location"].startswith(ROOT + "/contact/")


def test_without_next_allow_no_post_says_where_it_leads(program):
    for target in ("https://www.example.com/thanks", "/done/", "/seeother/contact", ROOT + "/contact", "https://evil.example/"):
        location = sent_to(program, target)
        assert location == f"{ROOT}/contact/{program.records()[-1]['id']}"


def test_of_several_targets_the_first_counts(program):
    program.configure(contact=ALLOW)
    for first, second, location in (("/done/a", "https://evil.example/", "http://example.org/done/a"),
                                    ("https://evil.example/", "/done/a", None)):
        values = [("name", "Ada"), ("email", "a@b"), ("_next", first), ("_next", second)]
        for body, more in ((urlencode(values), {}), (json.dumps({"name": "Ada", "email": "a@b", "_next": [first, second]}),
                                                     {"CONTENT_TYPE": "application/json", "HTTP_ACCEPT": "text/html"})):
            answer = program.post(body, **more)
            assert answer.status == 303
            assert answer.headers["location"] == (location or f"{ROOT}/contact/{program.records()[-1]['id']}")


@pytest.mark.parametrize("value", [None, True, 7, 1.5, [], {}, {"a": "/done/"}, [["/done/"]], "/done/\0", "\0", "/done/\0/../x"])
def test_a_target_in_json_that_is_none_is_passed_over_or_refused(program, value):
    program.configure(contact=ALLOW)
    answer = program.post(json.dumps(GOOD | {"_next": value}), CONTENT_TYPE="application/json")
    if value == [["/done/"]]:
        assert answer.status == 400 and program.lines() == []
    else:
        assert answer.status == 303 and answer.headers["location"].startswith(ROOT + "/contact/")


def test_how_a_post_is_to_be_taken_is_no_part_of_what_is_kept(program):
    program.configure(contact=ALLOW, more="next_allow = /done/\n")
    token = re.search(r'name="_token" value="([\w-]+)"', program.get("/contact").text)[1]
    control = {"_token": token, "_next": "/done/"}
    assert program.post(urlencode(GOOD | control)).status == 303
    assert program.post(urlencode({"a": "b", "_next": "/done/", "_Next": "x", "_next ": "y"}),
                        "/any").headers["location"] == "http://example.org/done/"
    record, = program.records()
    assert record["fields"] == GOOD and "extra" not in record
    assert program.records("any")[0]["fields"] == {"a": "b", "_Next": "x", "_next ": "y"}
    assert token not in program.lines()[0] and "/done/" not in program.lines()[0]


def test_next_is_filled_in_and_what_was_posted_is_not(program):
    program.configure(contact='next = "https://example.com/{form}/{id}?o={outcome}&again={id}#top"')
    answer = program.post(urlencode(GOOD | {"id": "<evil>", "outcome": "javascript:x", "name": "{id}"}))
    record, = program.records()
    outcome = quote(f"{ROOT}/contact/{record['id']}", safe="")
    assert answer.headers["location"] == f"https://example.com/contact/{record['id']}?o={outcome}&again={record['id']}#top"
    assert record["fields"]["name"] == "{id}"
    program.configure(contact="next = /thanks?{id}")
    assert program.post(urlencode(GOOD)).headers["location"] == f"http://example.org/thanks?{program.records()[-1]['id']}"


def test_through_a_web_server_too_a_post_leads_where_it_may_and_only_there(web):
    web.configure(contact="next_allow = https://www.example.com/thanks, /done/")
    for target, location in (("https://www.example.com/thanks?a=%20b", None), ("/done/x", web.origin + "/done/x")):
        answer = web.post(urlencode(GOOD | {"_next": target}))
        assert answer.status == 303 and answer.getheader("Location") == (location or target)
    for target in ("https://evil.example/", "//evil.example/done/", "/done/\r\nX-Evil: 1", "/done/%0d%0aX-Evil:%201",
                   "/\\evil.example/done/"):
        answer = web.post(urlencode(GOOD | {"_next": target}))
        assert answer.status == 303 and answer.getheader("X-Evil") is None
        assert "Thank you" in web.follow(answer).text


# --- error and page ---

ERROR_FORM = '''
[form f]
error = "{error}"
[fields f]
name = text required
mail = "email name=E-Mail&x=1#"
code = text name=ä,b max=2
'''


@pytest.mark.parametrize("error, start_of_location, end", [
    ("https://www.example.com/form", "https://www.example.com/form?faults=", ""),
    ("/form.html", "http://example.org/form.html?faults=", ""),
    ("/form.html?lang=de", "http://example.org/form.html?lang=de&faults=", ""),
    ("/form.html#form", "http://example.org/form.html?faults=", "#form"),
    ("/form.html?a=b#form?c", "http://example.org/form.html?a=b&faults=", "#form?c"),
    ("/form.html#?", "http://example.org/form.html?faults=", "#?"),
    ("/", "http://example.org/?faults=", ""),
])
def test_error_leads_to_the_site_s_own_page_with_the_names_alone(program, error, start_of_location, end):
    program.configure(more=ERROR_FORM.replace("{error}", error))
    secret = "s3cret<script>"
    answer = program.post(urlencode({"name": "", "E-Mail&x=1#": secret, "ä,b": secret, "extra": secret,
                                     "_next": "https://evil.example/"}), "/f")
    assert answer.status == 303
    assert_sound(answer)
    location = answer.headers["location"]
    assert location == start_of_location + "name,E-Mail%26x%3D1%23,%C3%A4%2Cb" + end
    assert "s3cret" not in location + answer.text and "Accept" in answer.headers["vary"]
    assert program.lines("f") == []
    faults = parse_qs(urlsplit(location).query)["faults"]
    assert faults == ["name,E-Mail&x=1#,ä,b"]


def test_programs_get_422_where_error_is_set_too(program):
    program.configure(contact="error = /form.html")
    answer = program.post("name=Ada", HTTP_ACCEPT="application/json")
    assert answer.status == 422 and [one["field"] for one in json.loads(answer.text)["errors"]] == ["email"]
    assert program.post("name=Ada").status == 303
    assert program.post(urlencode(GOOD)).headers["location"].startswith(ROOT)
    assert program.post("name=Ada", SERVER_PROTOCOL="HTTP/1.0").status == 303
    assert len(program.lines()) == 1


def test_page_leads_readers_to_the_site_and_keeps_taking_posts(program):
    program.configure(contact="page = \"https://www.example.com/form?x#y\"")
    for method in ("GET", "HEAD"):
        answer = program.call(variables(method, "/contact", QUERY_STRING="evil=1"))
        assert answer.status == 303 and answer.headers["location"] == "https://www.example.com/form?x#y"
    assert program.post(urlencode(GOOD)).status == 303 and len(program.lines()) == 1
    assert program.post("name=Ada").status == 422
    back, = [attributes["href"] for tag, attributes in Page(program.get("/contact/" + program.records()[0]["id"]).text).tags
             if tag == "a"]
    assert back == "../contact"


# --- markup and headers ---

EVIL = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
        "\" autofocus onfocus=\"alert(1)", "</style><svg onload=alert(1)>",
        "</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>", "<!--<script>", "javascript:alert(1)",
        "{id}", "%3Cscript%3E", "&lt;script&gt;",
        "\u2028<b>", "\x00<b>", "\x0c<b>", "+ADw-script+AD4-", "a\r\nX-Evil: 1\r\n\r\n<script>", "%s%n%1$s", "\ud83d<b>",
        "\u202e<b>"]


def posts_of(evil):
    """Bodies that have the text in each place where a body can have it."""
    in_quotes = as_bytes(evil.encode("utf-8", "surrogatepass")).replace(b'"', b"%22").replace(b"\r\n", b"%0D%0A").replace(b"\0",
            b"")
    text = evil.encode("utf-8", "surrogatepass")
    for name in ("name", "email", "topic", "message", "website", "_next", "_token", "unlisted", None):
        fields = {as_bytes(key): as_bytes(value) for key, value in GOOD.items()}
        fields[text.replace(b"\0", b"") if name is None else name.encode()] = text
        yield urlencode(fields).encode(), {}
        if name != "_token" and b"\r\n" not in text and b"\0" not in text:
            yield b"".join(b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (key.replace(b'"', b"%22"), value)
                           for key, value in fields.items()) + \
                b"--b--\r\n", {"CONTENT_TYPE": "multipart/form-data; boundary=b"}
    yield (b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\nContent-Type: text/html\r\n\r\n%s\r\n'
           b'--b--\r\n' % (in_quotes, text),
           {"CONTENT_TYPE": "multipart/form-data; boundary=b"})
    try:
        yield json.dumps({"name": evil, "email": evil, evil.replace("\0",
                ""): evil}).encode(), {"CONTENT_TYPE": "application/json", "HTTP_ACCEPT": "text/html"}
    except UnicodeError:
        pass


@pytest.mark.parametrize("way", ["fastcgi"])
def test_nothing_that_is_posted_becomes_markup_or_a_header(start):
    program = start(count=1)
    program.configure(contact="owners = ada\n" + ALLOW,
                      more="owners = ada\n[form up]\n[fields up]\nfile = file\nmessage = textarea\n[options contact]\n")
    for evil in EVIL:
        for body, more in posts_of(evil):
            for path in ("/contact", "/any", "/up"):
                answer = program.post(body, path, **more)
                assert answer.status in (303, 400, 422), answer.lines
                assert_sound(answer)
                location = answer.headers.get("location", "")
                assert not location or location.startswith(ROOT + path + "/")
                if location:
                    outcome = program.get(location.removeprefix(ROOT), REMOTE_USER="ada", AUTH_TYPE="Basic")
                    assert outcome.status == 200
                    assert_sound(outcome)
                    if path == "/up":
                        for href in re.findall(r'<dd><a href="([^"]*)"', outcome.text):
                            file = program.get("/up/" + href)
                            assert_sound(file)


@pytest.mark.parametrize("way", ["fastcgi"])
def test_nothing_in_a_request_becomes_markup_or_a_header(start):
    program = start(count=1)
    program.configure(general="language = en, de", contact="origins = https://a.example\n" + ALLOW)
    names = ["HTTP_IDEMPOTENCY_KEY", "HTTP_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO",
             "HTTP_ACCEPT_LANGUAGE",
             "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_USER_AGENT", "HTTP_ACCEPT", "QUERY_STRING", "REQUEST_URI", "REMOTE_USER",
             "REMOTE_ADDR", "SCRIPT_NAME",
             "HTTP_COOKIE", "HTTP_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_ACCESS_CONTROL_REQUEST_METHOD",
             "HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "PATH_INFO"]
    body = urlencode(GOOD).encode()
    for evil in EVIL:
        evil = evil.encode("utf-8", "surrogatepass").replace(b"\0", b"")
        for name in names:
            for value in (evil, b'"' + evil + b'"', b"/contact/" + evil, b"/" + evil, b"de;q=1, " + evil):
                for method, path in (("GET", "/contact"), ("POST", "/contact"), ("POST", "/any"), ("OPTIONS", "/contact")):
                    values = variables(method, path, body) | ({"HTTP_ORIGIN": "https://a.example"}
                            if name != "HTTP_ORIGIN" else {}) | {name: value}
                    answer = program.call(values, body if method == "POST" else b"")
                    shared = {key: value for key, value in answer.headers.items() if key.startswith("access-control-")}
                    for key in shared:
                        del answer.headers[key]
                    assert_sound(answer)
                    assert shared.get("access-control-allow-origin", "https://a.example") == "https://a.example"
