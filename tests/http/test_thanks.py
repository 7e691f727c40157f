"""What visitors read after a post: the thanks and what happens next, how to come back, and where a refusal leads on."""
import json
import re

import pytest

from harness.commands import command

BODY = b"name=Ada&email=ada%40example.org&topic=sales"
LINK = '<a href="http://example.org/seeother/contact">Back to the form</a>'


def page_of(program, body=BODY, path="/contact", **more):
    answer = program.post(body, path)
    assert answer.status == 303, answer.raw
    return program.get(f"{path}/" + answer.headers["location"].rsplit("/")[-1], **more)


def test_the_page_has_a_heading_a_moment_and_what_was_sent_below_the_title(program):
    page = page_of(program)
    assert "<h1>Thank you</h1>" in page.text and "<title>Received: Write to us</title>" in page.text
    record, = program.records()
    said = re.search(r'received on <time datetime="([^"]+)">(\d+ \w+ \d{4}, \d\d:\d\d UTC)</time> and saved', page.text)
    assert said[1] == record["received"]
    assert page.text.index("</time>") < page.text.index("<h2>Write to us</h2>\n<dl>") < page.text.index("Reference:")


def test_what_happens_next_is_filled_once_and_escaped(program):
    program.configure(contact="thanks = Dear {NAME}, see <{topic}> & {email}, {website}{id}.")
    page = page_of(program, "name=%3Cb%3E{email}&email=a%40b&topic=sales")
    record, = program.records()
    assert ('<p dir="auto">Dear <bdi>&lt;b&gt;{email}</bdi>, see &lt;<bdi>sales</bdi>&gt; &amp; <bdi>a@b</bdi>, '
            f"<bdi>{record['id']}</bdi>.</p>") in page.text
    assert "Dear" not in page_of(program, "name=x&email=c%40d", HTTP_ACCEPT="application/json").text


def test_several_values_and_labels_are_said_in_a_list(program):
    program.configure(more="\n[form days]\nthanks = On {day}. {other}\n[fields days]\nday = checkbox options=a,b\n"
                           "[options days]\nday = a|Monday, b|Tuesday\n")
    page = page_of(program, "day=a&day=b&other=extra", "/days")
    assert '<p dir="auto">On <bdi>Monday</bdi>, <bdi>Tuesday</bdi>. </p>' in page.text


def test_a_form_that_shows_nothing_has_no_list(program):
    program.configure(contact="show = none\nthanks = Bye.")
    page = page_of(program).text
    assert "<h2>" not in page and "<dl>" not in page and '<p dir="auto">Bye.</p>' in page


def test_paper_has_the_address(program):
    page = page_of(program).text
    record, = program.records()
    assert f'<p class="soft paper">Address of this page: <code>http://example.org/seeother/contact/{record["id"]}</code></p>' in page
    assert ".paper{display:none}@media print{" in page and ".paper{display:block}" in page


@pytest.mark.parametrize("text, wrong", [("{nam}", "{nam} is not a field of this form"), ("{name", 'a brace is not closed: "{name"')])
@pytest.mark.parametrize("way", ["cgi"])
def test_check_tells_of_holes_that_nothing_fills(program, text, wrong):
    program.configure(contact=f"thanks = Dear {text}")
    checked = command(program, "check")
    assert checked.returncode == 1 and wrong in checked.stderr
    assert f"Dear {text}"[:8] in page_of(program).text or text == "{nam}"


# --- refusals

def test_a_refused_post_leads_back_and_tells_how_to_get_what_was_typed(program):
    program.configure(contact="rate = 1/day\nmax_body = 1K\norigins = https://example.net")
    refusals = [(program.post("name=" + "x" * 2000, HTTP_SEC_FETCH_SITE="same-origin"), 413),
                (program.post(BODY, HTTP_SEC_FETCH_SITE="same-origin"), 429),
                (program.post(BODY, HTTP_SEC_FETCH_SITE="cross-site"), 403)]
    for answer, status in refusals:
        assert answer.status == status and LINK in answer.text and "your browser&#39;s Back button" in answer.text, answer.raw


def test_what_is_gone_or_was_never_there_leads_to_the_form(program):
    program.configure(contact="withdraw = 1h")
    path = "/contact/" + program.post(BODY).headers["location"].rsplit("/")[-1]
    assert program.post("_method=delete", path).status == 303
    for where, status in ((path, 410), ("/contact/" + "a" * 29, 404), (path + "/status", 404)):
        answer = program.get(where)
        assert answer.status == status and LINK in answer.text and "Back button" not in answer.text
    problem = program.get(path, HTTP_ACCEPT="application/json")
    assert problem.status == 410 and json.loads(problem.text)["status"] == 410 and LINK not in problem.text


def test_without_a_form_to_go_back_to_there_is_no_link(program):
    assert "Back to" not in program.get("/any/" + "a" * 29).text
    assert "Back to" not in program.get("/nothing").text
    program.configure(contact="owners = ada")
    assert "Back to" not in program.get("/-/contact").text  # nobody is logged in at the desk
