"""Who may post, from where and how often; what looks like spam is kept, and only the owners see that it is marked."""
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

import pytest

from harness import clients, fastcgi
from harness.clients import variables
from harness.pages import Page

ROOT = "http://example.org/seeother"
GOOD = {"name": "Ada", "email": "ada@example.org", "message": "Hello"}
LISTED = "https://www.example.com"
ORIGINS = f"origins = {LISTED}, HTTP://Shop.Example:8080 https://[2001:db8::1]"
CORS = "access-control-"


def body(**more):
    return urlencode(GOOD | more)


def shared(answer):
    """The CORS headers of an answer."""
    return {name: value for name, value in answer.headers.items() if name.startswith(CORS)}


def varies(answer):
    """What an answer varies by; clients.Answer has seen to it that there is one such header at the most."""
    return {name for name in answer.headers.get("vary", "").split(", ") if name}


def path_of(answer):
    assert answer.status == 303, answer.text
    assert answer.headers["location"].startswith(ROOT + "/"), answer.headers["location"]
    return answer.headers["location"].removeprefix(ROOT)


def token_of(page):
    (_, field), = Page(page.text).named("_token")
    return field["value"]


# --- origins ---

@pytest.mark.parametrize("origin", [
    LISTED, "https://www.example.com:443", "HTTPS://WWW.EXAMPLE.COM", "http://shop.example:8080", "https://[2001:DB8::1]",
    "http://example.org", "http://example.org:80", "http://EXAMPLE.org"])
def test_pages_that_are_listed_and_the_program_s_own_may_post(program, origin):
    program.configure(contact=ORIGINS)
    assert program.post(body(), HTTP_ORIGIN=origin).status == 303
    assert program.post(body(), HTTP_REFERER=origin + "/page.html?a=https://evil.example#x").status == 303
    assert len(program.lines()) == 2


ELSEWHERE = [
    "null", "https://evil.example", "http://www.example.com", "https://www.example.com:8443", "http://shop.example",
    "https://shop.example:8080", "https://www.example.com.evil.example", "https://evilwww.example.com", "https://wwwXexample.com",
    "https://evil.example#https://www.example.com", "https://www.example.com@evil.example",
    "https://evil.example/https://www.example.com",
    "https://www.example.com%40evil.example", "https://www.example.com:443@evil.example",
    "https://evil.example?https://www.example.com",
    "https://www.example.com:0", "https://www.example.com:65979", "https://www.example.com:0443x",
    "https://www.example.com\\@evil.example",
    "https://www.example.com.", "https://example.com", "https://a.www.example.com", "https:www.example.com", "//www.example.com",
    "www.example.com", "file://", "javascript:alert(1)", "data:text/html,x", "https://",
    "https://www.example.com https://evil.example",
    "https://evil.example https://www.example.com", "https://www.example.com, https://evil.example", "https://www.example.com\t",
    "https://www.exämple.com", "https://www.example。com", "*", "https://*", "https", "https://[2001:db8::2]",
    "https://[2001:db8::1",
    "https://2001:db8::1", "https://example.org", "http://example.org:81", "http://example.org.evil.example",
    "http://example.org@evil.example", "x" * 5000, "https://" + "www.example.com." * 300]


@pytest.mark.parametrize("header", ["HTTP_ORIGIN", "HTTP_REFERER"])
def test_a_post_from_elsewhere_is_refused_and_nothing_of_it_kept(program, header):
    program.configure(contact=ORIGINS)
    for origin in ELSEWHERE:
        answer = program.post(body(), **{header: origin})
        assert answer.status == 403 and "does not accept messages from the page" in answer.text, origin
        assert shared(answer) == {} and "Origin" in varies(answer), origin
    assert program.lines() == []


def test_programs_are_told_of_it_in_a_problem_document(program):
    program.configure(contact=ORIGINS)
    answer = program.post(body(), HTTP_ORIGIN="https://evil.example", HTTP_ACCEPT="application/json")
    problem = json.loads(answer.text)
    assert answer.status == problem["status"] == 403 and answer.headers["content-type"] == "application/problem+json"
    assert "does not accept messages from the page" in problem["detail"] and varies(answer) == {"Accept", "Origin"}
    assert answer.headers["cache-control"] == "no-store"
    assert program.lines() == []


def test_a_post_that_does_not_say_where_it_comes_from_is_refused(program):
    program.configure(contact=ORIGINS)
    for headers in ({}, {"HTTP_ORIGIN": "", "HTTP_REFERER": ""}):
        answer = program.post(body(), **headers)
        assert answer.status == 403 and "does not say which page it comes from" in answer.text
    assert program.lines() == []


def test_the_referer_counts_only_where_there_is_no_origin(program):
    program.configure(contact=ORIGINS)
    assert program.post(body(), HTTP_ORIGIN="null", HTTP_REFERER=LISTED + "/").status == 403
    assert program.post(body(), HTTP_ORIGIN="https://evil.example", HTTP_REFERER=LISTED + "/").status == 403
    assert program.post(body(), HTTP_ORIGIN=LISTED, HTTP_REFERER="https://evil.example/").status == 303
    assert program.post(body(), HTTP_REFERER=LISTED).status == 303
    assert len(program.lines()) == 2


def test_the_program_s_own_origin_is_that_of_base(program):
    program.configure(general="base = https://forms.example/cgi-bin/seeother", contact=ORIGINS)
    assert program.post(body(), HTTP_ORIGIN="https://forms.example").status == 303
    assert program.post(body(), HTTP_ORIGIN="http://example.org").status == 403


def test_a_star_lets_posts_from_anywhere_in(program):
    program.configure(contact='origins = "*"')
    for headers in ({}, {"HTTP_ORIGIN": "null"}, {"HTTP_ORIGIN": "rubbish"}):
        answer = program.post(body(), **headers)
        assert answer.status == 303 and varies(answer) == {"Origin"}
        assert shared(answer).get(CORS + "allow-origin") == ("*" if headers else None)
    answer = program.post(body(), HTTP_ORIGIN="https://Anything.example:8443")
    assert answer.status == 303
    assert shared(answer)["access-control-allow-origin"] == "https://anything.example:8443"


def test_without_origins_anything_goes_and_no_script_is_let_in(program):
    for headers in ({}, {"HTTP_ORIGIN": LISTED}, {"HTTP_ORIGIN": "null"}, {"HTTP_REFERER": "rubbish"}):
        answers = [program.post(body(), **headers), program.post("", **headers), program.get("/contact", **headers),
                   program.call(variables("OPTIONS", "/contact", HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST", **headers))]
        answers.append(program.get(path_of(answers[0]), **headers))
        assert [answer.status for answer in answers] == [303, 422, 200, 204, 200]
        for answer in answers:
            assert shared(answer) == {} and "Origin" not in varies(answer)


def test_one_form_s_origins_are_not_another_s(program):
    program.configure(contact=ORIGINS)
    answer = program.post("a=b", "/any", HTTP_ORIGIN="https://evil.example")
    assert answer.status == 303 and shared(answer) == {} and "Origin" not in varies(answer)


def test_no_other_page_makes_an_owner_withdraw_an_outcome(program):
    """Whoever posted knows the address of the outcome; the browser of an owner says who it is, whatever page has it post."""
    program.configure(contact="owners = ada")
    path = path_of(program.post(body()))
    for headers in ({"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_ORIGIN": "http://example.org:81"}, {"HTTP_ORIGIN": "rubbish"},
                    {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"}):
        assert program.post("_method=delete", path, REMOTE_USER="ada", AUTH_TYPE="Basic", **headers).status == 403, headers
        assert program.get(path).status == 200


# --- scripts of other origins (CORS) ---

def test_a_preflight_says_what_a_script_may_send(program):
    program.configure(contact=ORIGINS)
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
             "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "content-type,idempotency-key,x-evil"}
    answer = program.call(variables("OPTIONS", "/contact", HTTP_ORIGIN=LISTED, **asked))
    assert answer.status == 204 and answer.body == b"" and answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert shared(answer) == {
        CORS + "allow-origin": LISTED, CORS + "allow-methods": "GET, HEAD, POST, DELETE",
        CORS + "allow-headers": "Content-Type, Idempotency-Key, Prefer, content-type,idempotency-key,x-evil", CORS + "max-age": "600"}
    assert varies(answer) == {"Origin", "Access-Control-Request-Headers"}
    for origin in ("https://evil.example", "null", "http://example.org", LISTED + ".evil.example", None):
        answer = program.call(variables("OPTIONS", "/contact", HTTP_ORIGIN=origin, **asked))
        assert answer.status == 204 and shared(answer) == {} and varies(answer) == {"Origin"}, origin


FILES = """
[form up]
origins = https://www.example.com
language = en, de
max_files = 1
show_files = yes
[fields up]
name = text required
file = file
"""
UPLOAD = (b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda\r\n'
          b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
          b'hello\r\n--b--\r\n')


def each_answer(program, **headers):
    """An answer of each kind to reading and asking at /up, with its status; what is read was sent from a listed page."""
    outcome = path_of(program.post(UPLOAD, "/up", CONTENT_TYPE="multipart/form-data; boundary=b", HTTP_ORIGIN=LISTED))
    file, tag = outcome + "/files/1/a.txt", program.get(outcome).headers["etag"]
    for path, status, more in (
            ("/up", 200, {}), (outcome, 200, {}), (outcome, 304, {"HTTP_IF_NONE_MATCH": tag}),
            (outcome, 406, {"HTTP_ACCEPT": "image/png"}),
            ("/up/" + "a" * 29, 404, {}), (file, 200, {}), (file, 206, {"HTTP_RANGE": "bytes=1-2"}),
            (file, 304, {"HTTP_IF_NONE_MATCH": "*"}), (file, 412, {"HTTP_IF_MATCH": '"x"'}),
            (file, 416, {"HTTP_RANGE": "bytes=9-"}),
            (file + "x", 404, {})):
        yield status, program.get(path, **headers, **more)
    yield 405, program.call(variables("DELETE", "/up", **headers))
    yield 204, program.call(variables("OPTIONS", "/up", **headers))


def each_post(program):
    """A post of each kind from a listed page, with its status."""
    yield 303, program.post("name=Ada", "/up", HTTP_ORIGIN=LISTED)
    yield 400, program.post("a=b", "/up", CONTENT_LENGTH="7", HTTP_ORIGIN=LISTED)
    yield 413, program.post("a=" + "b" * 70000, "/up", HTTP_ORIGIN=LISTED)
    yield 415, program.post("a=b", "/up", CONTENT_TYPE="image/png", HTTP_ORIGIN=LISTED)
    yield 422, program.post("a=b", "/up", HTTP_ORIGIN=LISTED)


def test_scripts_of_a_listed_origin_may_read_every_answer(program):
    program.configure(more=FILES)
    for status, answer in [*each_answer(program, HTTP_ORIGIN=LISTED), *each_post(program)]:
        assert answer.status == status
        assert answer.headers.get(CORS + "allow-origin") == LISTED, answer.lines
        assert "Origin" in varies(answer) and CORS + "allow-credentials" not in answer.headers, answer.lines
        assert status == 204 or answer.headers[CORS + "expose-headers"] == "Location, Link, Retry-After"
        if "cross-origin-resource-policy" in answer.headers:  # of no meaning to a script that asks by CORS; for all who do not
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_scripts_of_no_other_origin_may_read_any_and_caches_are_told_why(program, origin):
    program.configure(more=FILES)
    for status, answer in each_answer(program, HTTP_ORIGIN=origin):
        assert answer.status == status
        assert shared(answer) == {} and "Origin" in varies(answer), answer.lines


def test_a_refused_rate_is_told_to_scripts_too(program):
    program.configure(contact=ORIGINS + "\nrate = 1/hour")
    assert program.post(body(), HTTP_ORIGIN=LISTED).status == 303
    answer = program.post(body(), HTTP_ORIGIN=LISTED)
    assert answer.status == 429 and answer.headers[CORS + "allow-origin"] == LISTED
    assert "Retry-After" in answer.headers[CORS + "expose-headers"]


# --- rates ---

def test_more_posts_than_the_rate_are_refused_until_its_time_has_passed(program):
    program.configure(contact="rate = 2/3s")
    assert [program.post(body()).status for _ in range(2)] == [303, 303]
    refused = program.post(body())
    asked = program.post(body(), HTTP_ACCEPT="application/json")
    assert refused.status == asked.status == 429 and len(program.lines()) == 2
    wait = refused.headers["retry-after"]
    assert wait.isdecimal() and 1 <= int(wait) <= 2
    assert f"again in {wait} seconds" in refused.text and refused.headers["cache-control"] == "no-store"
    assert json.loads(asked.text)["status"] == 429
    time.sleep(int(asked.headers["retry-after"]))
    assert program.post(body()).status == 303
    assert len(program.lines()) == 3


def test_a_long_wait_is_said_in_minutes(program):
    program.configure(contact="rate = 1/day")
    program.post(body())
    answer = program.post(body())
    assert answer.status == 429 and 86300 < int(answer.headers["retry-after"]) <= 86400
    assert "again in 1440 minutes" in answer.text


def test_a_rate_is_one_client_s_and_one_form_s(program):
    program.configure(contact="rate = 1/hour", more="rate = 1/hour\n")
    assert program.post(body()).status == 303
    assert program.post(body()).status == 429
    assert program.post(body(), REMOTE_ADDR="192.0.2.8").status == 303
    assert program.post("a=b", "/any").status == 303
    assert program.post("a=b", "/any").status == 429
    assert program.get("/contact").status == 200
    assert (len(program.lines()), len(program.lines("any"))) == (2, 1)


def test_a_post_with_faults_counts_and_one_from_elsewhere_does_not(program):
    program.configure(contact="rate = 2/hour\n" + ORIGINS)
    for _ in range(3):
        assert program.post(body(), HTTP_ORIGIN="https://evil.example").status == 403
    assert program.post("", HTTP_ORIGIN=LISTED).status == 422
    assert program.post(body(), HTTP_ORIGIN=LISTED).status == 303
    assert program.post("", HTTP_ORIGIN=LISTED).status == 429


def test_of_many_posts_at_once_exactly_as_many_pass_as_may(start):
    program = start(count=8)
    program.configure(contact="rate = 10/hour")
    with ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(lambda _: program.post(body()).status, range(64)))
    assert (statuses.count(303), statuses.count(429)) == (10, 54)
    assert len(program.lines()) == 10


def passes(program, address, **more):
    status = program.post(body(), REMOTE_ADDR=address, **more).status
    assert status in (303, 429)
    return status == 303


def test_a_client_is_an_ipv4_address_or_a_64_of_ipv6(program):
    program.configure(contact="rate = 1/hour")
    for first, same, other in (
            ("192.0.2.1", ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "0:0:0:0:0:FFFF:192.0.2.1"], "::ffff:192.0.2.2"),
            ("2001:db8::1", ["2001:db8::2", "2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8::"], "2001:db8:0:1::1"),
            ("::ffff:192.0.2.99", ["192.0.2.99"], "192.0.2.98"),
            ("fe80::1", ["fe80::1%eth0", "fe80::2"], "fe80:0:0:1::1"),
            ("unix:", ["unix:"], "unix:/socket")):
        assert passes(program, first)
        for address in same:
            assert not passes(program, address), address
        assert passes(program, other), other


def test_where_the_web_server_names_no_address_one_rate_is_for_all_and_the_log_says_so(program):
    program.configure(contact="rate = 1/hour")
    answer = program.post(body(), REMOTE_ADDR=None, HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert answer.status == 303 and "sends no REMOTE_ADDR" in answer.errors + program.log()
    assert program.post(body(), REMOTE_ADDR=None, HTTP_X_FORWARDED_FOR="198.51.100.2").status == 429
    assert program.post(body(), REMOTE_ADDR="").status == 429
    assert program.post(body()).status == 303
    assert program.records()[0]["client"]["address"] is None


@pytest.mark.parametrize("peer, forwarded, client", [
    ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
    ("10.0.0.1", None, "10.0.0.1"),
    ("192.0.2.1", "198.51.100.7", "192.0.2.1"),                              # no proxy of ours
    ("11.0.0.1", "198.51.100.7", "11.0.0.1"),
    ("10.0.0.1", "198.51.100.66, 198.51.100.7", "198.51.100.7"),             # the left one is made up
    ("10.0.0.1", "10.0.0.9, 198.51.100.7", "198.51.100.7"),
    ("10.0.0.1", "198.51.100.66, 198.51.100.7, 203.0.113.5, 10.9.9.9", "198.51.100.7"),  # several hops
    ("10.0.0.1", "198.51.100.7, 203.0.113.6", "203.0.113.6"),
    ("fd00::1", "2001:db8::7", "2001:db8::7"),
    ("fd00::1", "[2001:db8::7]:4711, ::ffff:10.0.0.2", "2001:db8::7"),
    ("::ffff:10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
    ("10.0.0.1", "198.51.100.7, rubbish", "10.0.0.1"),
    ("10.0.0.1", "198.51.100.7, unknown, 203.0.113.5", "203.0.113.5"),
    ("10.0.0.1", "198.51.100.7,", "10.0.0.1"),
    ("10.0.0.1", ",", "10.0.0.1"),
    ("10.0.0.1", "x" * 5000, "10.0.0.1"),
])
def test_a_client_behind_a_proxy_of_ours_is_the_first_that_is_none(program, peer, forwarded, client):
    program.configure(general="proxies = 10.0.0.0/8, fd00::/8 203.0.113.5", contact="rate = 1/hour")
    assert program.post(body(), REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded).status == 303
    assert program.records()[0]["client"]["address"] == client
    assert program.post(body(), REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded).status == 429
    assert program.post(body(), REMOTE_ADDR=client).status == 429


@pytest.mark.parametrize("way", ["fastcgi"])
def test_several_lines_of_a_header_are_one_list(program):
    """nginx before 1.23 passes each line as a variable; a proxy may have put its own behind one that a client made up."""
    program.configure(general="proxies = 10.0.0.1")
    lines = [variables(body=body(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.66"),
             {"HTTP_X_FORWARDED_FOR": "198.51.100.67"}, {"HTTP_X_FORWARDED_FOR": "198.51.100.7"},
             {"CONTENT_LENGTH": "1", "HTTP_HOST": "other.example"}]
    with fastcgi.connect(program.workers.socket) as connection:
        connection.sendall(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, b"".join(map(fastcgi.parameters, lines))) +
                           fastcgi.stream(fastcgi.STDIN, body().encode()))
        out, errors, ended = fastcgi.read(connection)
    assert ended and path_of(clients.Answer(out, errors))
    assert program.records()[0]["client"]["address"] == "198.51.100.7"


def test_nobody_gets_round_a_rate_with_made_up_headers(program):
    program.configure(contact="rate = 1/hour", general="proxies = 10.0.0.1")
    made_up = ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_CLIENT_IP", "HTTP_TRUE_CLIENT_IP",
               "HTTP_REMOTE_ADDR"]
    assert passes(program, "192.0.2.1")
    for name in made_up:
        assert not passes(program, "192.0.2.1", **{name: "198.51.100.1"})
    assert passes(program, "10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7")
    for spoofed in ("198.51.100.8", "10.0.0.1", "rubbish", ""):
        assert not passes(program, "10.0.0.1", HTTP_X_FORWARDED_FOR=spoofed + ", 198.51.100.7")


def spoil(path, how):
    """Puts something else in the place of a file."""
    content, other = path.read_bytes(), path.with_name("other")
    if how == "removed":
        path.unlink()
    elif how == "fifo":
        os.mkfifo(other)
        other.rename(path)
    else:
        other.write_bytes({"garbage": os.urandom(len(content)), "zeros": bytes(len(content)), "empty": b"", "copied": content,
                          "short": content[:len(content) // 2], "long": content + bytes(256), "text": b"see other\n"}[how])
        other.rename(path)


@pytest.mark.parametrize("how", ["removed", "garbage", "zeros", "empty", "short", "long", "copied", "text", "fifo"])
def test_a_table_of_rates_that_is_spoilt_is_made_anew(program, how):
    program.configure(contact="rate = 1/hour")
    path = program.data / "rates"
    assert passes(program, "192.0.2.1") and not passes(program, "192.0.2.1")
    size = path.stat().st_size
    spoil(path, how)
    assert passes(program, "192.0.2.1")
    assert not passes(program, "192.0.2.1")
    assert path.is_file() and path.stat().st_size == size


@pytest.mark.parametrize("how", ["entries", "cut in place"])
def test_a_table_of_rates_that_is_damaged_in_place_is_made_anew(program, how):
    program.configure(contact="rate = 1/hour")
    path = program.data / "rates"
    assert passes(program, "192.0.2.1")
    with open(path, "r+b") as table:
        if how == "entries":
            table.seek(256)
            table.write(b"\xff" * (path.stat().st_size - 256))
        else:
            table.truncate(256)
    passed = [passes(program, "192.0.2.1") for _ in range(4)]
    assert passed[-1] is False, "no rate holds any more"


def test_where_no_table_of_rates_can_be_posts_are_taken_and_the_log_says_so(program):
    program.configure(contact="rate = 1/hour")
    path = program.data / "rates"
    path.mkdir(parents=True)
    answers = [program.post(body()) for _ in range(3)]
    assert [answer.status for answer in answers] == [303] * 3
    assert "without a check of its rate" in answers[0].errors + program.log()
    path.rmdir()
    assert passes(program, "192.0.2.7") and not passes(program, "192.0.2.7")


@pytest.mark.skipif(os.environ.get("PRIVATE_MOUNTS") != "yes", reason="needs a mount table of its own")
def test_hosts_that_share_the_data_folder_count_each_for_itself(start, tmp_path):
    """Another host has another boot and another clock, which is told from its boot's id."""
    hosts = []
    for name in ("a", "b"):
        boot = tmp_path / f"boot-{name}"
        boot.write_text(f"{name * 8}-0000-4000-8000-000000000000\n")
        hosts.append(start(prefix=["unshare", "-m", "sh", "-c",
                                   'mount -t proc proc /proc && mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"',
                                   str(boot)]))
        hosts[-1].configure(general=f"data = {hosts[0].data}\nnode = {name}", contact="rate = 2/hour")
    passed = [passes(host, "192.0.2.1") for _ in range(3) for host in hosts]
    assert passed == [True, True, True, True, False, False]
    for path in hosts[0].data.glob("rates.*"):
        path.unlink()  # what is looked at after each test is one host's


@pytest.mark.parametrize("way", ["fastcgi"])
def test_the_table_of_rates_does_not_grow_with_the_clients(program):
    program.configure(contact="rate = 2/hour", general="durable = no")
    assert passes(program, "192.0.2.1") and passes(program, "192.0.2.1")
    size = (program.data / "rates").stat().st_size
    assert size <= (1 << 20) + 256  # a router's flash has to hold it
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda n: passes(program, f"2001:db8:{n:x}::1"), range(1000)))
    assert (program.data / "rates").stat().st_size == size and not passes(program, "192.0.2.1")


# --- through a web server ---

def test_what_is_refused_through_a_web_server_is_told_whatever_its_size(web):
    web.configure(contact="rate = 2/hour\norigins = https://www.example.com")
    large = body() + "&message=" + "x" * 5000000
    for sent in (body(), large):
        answer = web.post(sent, Origin="https://evil.example")
        assert answer.status == 403 and "Nothing was kept" in answer.text and answer.getheader(CORS + "allow-origin") is None
    answer = web.post(body(), Origin=LISTED)
    assert answer.status == 303 and answer.getheader(CORS + "allow-origin") == LISTED and answer.getheader("Vary") == "Origin"
    assert web.post(body(), Referer=web.origin + "/page.html").status == 303
    for sent in (body(), large):
        answer = web.post(sent, Origin=web.origin)
        assert answer.status == 429 and 0 < int(answer.getheader("Retry-After")) <= 1800
    asked = {"Origin": LISTED, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
    preflight = web.request("OPTIONS", "/contact", headers=asked)
    assert preflight.status == 204 and preflight.getheader(CORS + "allow-headers").endswith(", idempotency-key")
    assert len(web.lines()) == 2 and {record["client"]["address"] for record in web.records()} == {"127.0.0.1"}


# --- suspicions ---

def assert_marked(program, answer, reason, form="contact"):
    """The visitor sees nothing of a suspicion, the owners see all of it."""
    record = program.records(form)[-1]
    assert record.get("spam") == reason and answer.status == 303
    path = path_of(answer)
    assert path == f"/{form}/{record['id']}"
    page, data = program.get(path), program.get(path, HTTP_ACCEPT="application/json")
    assert page.status == data.status == 200
    seen = (answer.text + str(answer.headers) + page.text + str(page.headers) + data.text).lower()
    assert "spam" not in seen and "suspicious" not in seen and "website" not in seen
    assert "Thank you" in page.text
    page, data = program.get(path, REMOTE_USER="ada", AUTH_TYPE="Basic"), program.get(path, HTTP_ACCEPT="application/json", REMOTE_USER="ada", AUTH_TYPE="Basic")
    if reason:
        assert f"Marked as suspicious: {reason}" in page.text and json.loads(data.text)["spam"] == reason
    else:
        assert "uspicious" not in page.text and "spam" not in json.loads(data.text)
    other = program.get(path, HTTP_ACCEPT="application/json", REMOTE_USER="eve", AUTH_TYPE="Basic")
    assert "spam" not in json.loads(other.text)


def test_what_is_posted_into_a_trap_is_kept_and_marked(program):
    program.configure(contact="owners = ada, charles")
    answer = program.post(body(website="https://pills.example/"))
    assert_marked(program, answer, "trap")
    path = path_of(answer)
    assert "pills.example" not in program.get(path).text + program.get(path, HTTP_ACCEPT="application/json").text
    assert "pills.example" in program.get(path, REMOTE_USER="charles", AUTH_TYPE="Basic").text
    assert_marked(program, program.post(body(website="")), None)
    assert_marked(program, program.post(body()), None)
    assert_marked(program, program.post(body() + "&website=&website=x"), "trap")


def test_a_drawn_form_that_comes_back_at_once_is_marked(program):
    program.configure(contact="fastest = 3s\nowners = ada")
    drawn = [token_of(program.get("/contact")) for _ in range(2)]
    assert_marked(program, program.post(body(_token=drawn[0])), "fast")
    time.sleep(3.1)
    assert_marked(program, program.post(body(_token=drawn[1])), None)
    assert_marked(program, program.post(body()), "no token")
    assert_marked(program, program.post(body(), HTTP_IDEMPOTENCY_KEY='"k"'), "no token")
    program.configure(contact="fastest = 3s\nowners = ada\npage = /contact.html")
    assert_marked(program, program.post(body()), None)  # a form on a page of the site tells no time


def test_without_fastest_nothing_is_too_fast(program):
    program.configure(contact="owners = ada")
    assert_marked(program, program.post(body(_token=token_of(program.get("/contact")))), None)


def test_a_form_that_has_to_be_sent_once_more_is_not_too_fast(program):
    """The page says: to send it now, press the button again. Who does that at once is no robot for it."""
    program.configure(contact="fastest = 1h\nowners = ada")
    again = program.post(body(_token="a" * 43))
    assert again.status == 422 and "open for so long" in again.text
    assert_marked(program, program.post(body(_token=token_of(again))), "fast")  # nobody has drawn that one
    first = token_of(program.get("/contact"))
    assert_marked(program, program.post(body(_token=first)), "fast")
    other = program.post(body(_token=first, name="Grace"))
    assert other.status == 422 and "sent before" in other.text
    assert_marked(program, program.post(body(_token=token_of(other), name="Grace")), "fast")


def test_faults_do_not_make_a_form_slower(program):
    program.configure(contact="fastest = 1h\nowners = ada")
    drawn = token_of(program.get("/contact"))
    again = program.post(body(_token=drawn, name=""))
    assert again.status == 422 and token_of(again) == drawn
    assert_marked(program, program.post(body(_token=drawn)), "fast")


BLOCKED = 'blocked = "casino, Cheap  Pills,ärger, http://, c++, a.b, (x|y)*, $$$, [z], \\d, пароль, 💰, straße, x_1, ΣΟΦΟΣ"'


WORDS = [
    ("casino", True), ("CASINO!", True), ("the Casino.", True), ("casinos", False), ("mycasino", False), ("casino_", False),
    ("(casino)", True), ("ca sino", False), ("cheap pills", True), ("cheap \r\n\tpills", True), ("cheap\u00a0pills", True),
    ("cheap pillsx", False), ("cheappills", False), ("cheap, pills", False), ("Ärger", True), ("ÄRGER", True),
    ("Verärgert", False),
    ("xärger", False), ("see http://x.example", True), ("HTTP://X", True), ("xhttp://x", False), ("https://x", False),
    ("http:/", False),
    ("C++", True), ("I do C++11", True), ("c+", False), ("abc++", False), ("a.b", True), ("axb", False), ("(x|y)*", True),
    ("x", False),
    ("xy", False), ("$$$", True), ("US$$$5", True), ("$$", False), ("[z]", True), ("z", False), ("\\d", True), ("5", False),
    ("ПАРОЛЬ", True), ("паролью", False), ("💰", True), ("win💰now", True), ("STRAßE", True), ("Hauptstraße", False), ("x_1", True),
    ("x_12", False), ("σοφος", True), ("σοφοσ", True), ("", False), ("%", False),
]


def test_blocked_words_are_found_whole_in_any_case_and_as_they_are_written(program):
    program.configure(contact=BLOCKED + "\nowners = ada")
    for text, held in WORDS:
        assert program.post(body(message=text)).status == 303
        assert program.records()[-1].get("spam") == ("blocked" if held else None), text
    assert_marked(program, program.post(body(message="casino")), "blocked")


def test_a_phrase_is_looked_for_in_each_value_by_itself(program):
    program.configure(contact="blocked = cheap pills, casino")
    for sent in ("name=cheap&email=a%40b&message=pills", "name=cheap&email=a%40b&pills=x",
                 "name=Ada&email=a%40b&message=cheap&message2=pills",
                 "name=Ada&email=a%40b&casino=x", "name=Ada&email=a%40b&message=cheap%1e"):
        answer = program.post(sent)
        assert answer.status in (303, 422)
    assert program.post("a=cheap&a=pills", "/any").status == 303
    assert program.lines() and all("spam" not in record for record in program.records())
    program.post(body(unlisted="Casino"))
    assert program.records()[-1]["spam"] == "blocked"  # also in what the form does not know


def test_where_a_visitor_is_sent_is_no_blocked_word(program):
    program.configure(contact="blocked = http://, https://, thanks\nnext_allow = https://example.com/thanks")
    answer = program.post(body(_next="https://example.com/thanks"))
    assert answer.status == 303 and answer.headers["location"] == "https://example.com/thanks"
    assert "spam" not in program.records()[-1]


def test_a_megabyte_of_text_is_searched_in_good_time(program):
    program.configure(more="blocked = cheap pills, a, aaab, http://\nmax_value = 2M\n")
    for text, reason in (("cheap " + " " * 1000000 + "pill", None), ("aa" * 500000, None), ("cheap  " * 150000, None),
                         ("b " * 500000 + "A", "blocked"), ("cheap" + "\n" * 1000000 + "pills", "blocked")):
        before = time.monotonic()
        assert program.post("text=" + quote(text), "/any").status == 303
        assert time.monotonic() - before < 10
        assert program.records("any")[-1].get("spam") == reason, text[:20]
