"""A form is posted, kept, and answered with 303."""
import re

from harness.clients import FORM, variables

GOOD = b"name=Ada&email=ada%40example.org&topic=sales&message=Hello+there&website="


def test_a_post_through_lighttpd_is_kept_and_answered_with_303(web):
    answer = web.post(GOOD)
    assert (answer.status, answer.reason) == (303, "See Other")
    location = answer.getheader("Location")
    assert re.fullmatch(re.escape(web.origin + web.root) + r"/contact/[a-z2-7]{29}", location)
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
    assert int(answer.getheader("Content-Length")) == len(answer.body)
    assert f'<a href="{location}">' in answer.text
    kept, = web.records()
    assert kept["fields"] == {"name": "Ada", "email": "ada@example.org", "topic": "sales", "message": "Hello there"}
    assert kept["id"] == location.rsplit("/")[-1] and kept["form"] == "contact" and kept["files"] == []
    assert kept["client"] == {"address": "127.0.0.1", "agent": None}
    assert "spam" not in kept and "extra" not in kept
    assert web.follow(answer).status == 200


def test_the_303_is_whole_and_starts_as_servers_want_it(program):
    answer = program.post(GOOD)
    first = ["Location", "Status"] if program.workers else ["Status", "Location"]
    assert [line.split(":")[0] for line in answer.lines[:4]] == [*first, "Content-Type", "Content-Length"]
    assert answer.headers["status"] == "303 See Other"
    location = answer.headers["location"]
    assert re.fullmatch(r"http://example\.org/seeother/contact/[a-z2-7]{29}", location)
    assert answer.text.count(location) == 2
    assert "#" not in location
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_protocol_gets_303(program):
    for protocol in ("HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3", "odd", None):
        answer = program.post(GOOD, SERVER_PROTOCOL=protocol)
        assert answer.status == 303 and "location" in answer.headers


def test_the_location_is_built_from_what_the_server_says(program):
    cases = [
        ({"HTTP_HOST": "example.org:8080"}, "http://example.org:8080/seeother"),
        ({"HTTP_HOST": "example.org:80"}, "http://example.org/seeother"),
        ({"HTTP_HOST": "Example.ORG"}, "http://example.org/seeother"),
        ({"HTTP_HOST": "[2001:db8::1]:81"}, "http://[2001:db8::1]:81/seeother"),
        ({"HTTPS": "on"}, "https://example.org/seeother"),
        ({"HTTPS": "on", "HTTP_HOST": "example.org:443"}, "https://example.org/seeother"),
        ({"HTTPS": "on", "HTTP_HOST": "example.org:80"}, "https://example.org:80/seeother"),
        ({"HTTPS": "off"}, "http://example.org/seeother"),
        ({"REQUEST_SCHEME": "https"}, "https://example.org/seeother"),
        ({"HTTP_HOST": None}, "http://example.org/seeother"),
        ({"HTTP_HOST": None, "SERVER_PORT": "8081"}, "http://example.org:8081/seeother"),
        ({"HTTP_HOST": None, "SERVER_NAME": "::1", "SERVER_PORT": "82"}, "http://[::1]:82/seeother"),
        ({"HTTP_HOST": None, "SERVER_NAME": "", "SERVER_ADDR": "192.0.2.1", "SERVER_PORT": "82"}, "http://192.0.2.1:82/seeother"),
        ({"SCRIPT_NAME": "/a b/ü"}, "http://example.org/a%20b/%C3%BC"),
        ({"SCRIPT_NAME": None}, "http://example.org"),
        ({"SCRIPT_NAME": "/"}, "http://example.org"),
    ]
    for more, root in cases:
        answer = program.post(GOOD, **more)
        assert answer.status == 303
        assert answer.headers["location"].startswith(root + "/contact/"), (more, answer.headers["location"])


def test_base_outranks_what_the_server_says(program):
    program.configure(general="base = HTTPS://Forms.Example.org:443/f/")
    answer = program.post(GOOD, HTTP_HOST="inner:8080", SCRIPT_NAME="/x")
    assert answer.headers["location"].startswith("https://forms.example.org/f/contact/")


def test_without_any_host_nothing_is_kept(program):
    answer = program.post(GOOD, HTTP_HOST=None, SERVER_NAME=None)
    assert answer.status == 500 and program.lines() == []


def test_next_sends_the_visitor_on(program):
    program.configure(contact="next = /thanks.html?ref={id}&form={form}&to={outcome}")
    answer = program.post(GOOD)
    kept, = program.records()
    assert answer.headers["location"] == (
        f"http://example.org/thanks.html?ref={kept['id']}&form=contact"
        f"&to=http%3A%2F%2Fexample.org%2Fseeother%2Fcontact%2F{kept['id']}")
    assert answer.headers["location"].replace("&", "&amp;") in answer.text
    program.configure(contact="next = https://other.example/thanks")
    assert program.post(GOOD).headers["location"] == "https://other.example/thanks"


def test_a_form_without_fields_takes_anything_in_its_order(program):
    program.post("b=2&a=1&b=3&=x&%C3%BC=%F0%9F%98%80%0D%0A", "/any")
    kept, = program.records("any")
    assert list(kept["fields"].items()) == [("b", ["2", "3"]), ("a", "1"), ("", "x"), ("ü", "😀\r\n")]


def test_fields_that_the_form_does_not_know_are_kept_apart(program):
    assert program.post(GOOD + b"&colour=red").status == 303
    kept, = program.records()
    assert kept["extra"] == {"colour": "red"} and "colour" not in kept["fields"]
    assert "red" not in program.get("/contact/" + kept["id"]).text


def test_a_filled_trap_is_kept_and_marked_and_looks_like_success(program):
    answer = program.post(GOOD + b"http%3A%2F%2Fspam.example")
    kept, = program.records()
    assert answer.status == 303 and kept["spam"] == "trap" and kept["fields"]["website"] == "http://spam.example"


def test_what_was_sent_is_what_is_kept(program):
    """Every byte that UTF-8 can hold in a value, NUL among them."""
    text = "".join(chr(i) for i in range(0x180)) + "\u2028\u202e\ufeff\uffff\U0010ffff"
    body = "t=" + "".join(f"%{byte:02x}" for byte in text.encode())
    assert program.post(body, "/any").status == 303
    kept, = program.records("any")
    assert kept["fields"] == {"t": text}
    shown = program.get("/any/" + kept["id"], HTTP_ACCEPT="application/json")
    assert shown.status == 200 and '"t"' in shown.text
    assert program.get("/any/" + kept["id"]).status == 200


def test_the_client_is_recorded_as_it_is_known(program):
    program.post(GOOD, HTTP_USER_AGENT=b"x\xff" + b"y" * 1000)
    program.post(GOOD, REMOTE_ADDR=None)
    first, second = program.records()
    assert first["client"] == {"address": "192.0.2.7", "agent": "x\ufffd" + "y" * 498}
    assert second["client"] == {"address": None, "agent": None}


def test_a_node_writes_to_a_file_of_its_own(program):
    program.configure(general="node = web1")
    answer = program.post(GOOD)
    assert [path.name[10:] for path in (program.data / "contact").iterdir()] == [".web1.jsonl"]
    program.configure(general="node = web2")
    assert program.get(answer.headers["location"][len("http://example.org/seeother"):]).status == 200


def test_durable_posts_are_kept_too(program):
    program.configure(general="durable = yes")
    assert program.post(GOOD).status == 303
    assert len(program.records()) == 1


def test_arguments_from_a_query_make_no_command(program):
    """RFC 3875 §4.4: a query without "=" becomes the command line."""
    if program.way == "cgi":
        from harness.clients import cgi
        answer = cgi([program.binary, "--version"], variables("GET", "/contact", QUERY_STRING="--version"))
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/html")


def test_the_type_may_have_parameters_and_any_case(program):
    for kind in (FORM + "; charset=UTF-8", FORM.upper(), f" {FORM} ;charset=windows-1252"):
        assert program.post(GOOD, CONTENT_TYPE=kind).status == 303
