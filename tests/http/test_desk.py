"""The owner's desk: who may come in, what they see and change, and that nobody else can."""
import html
import json
import re
import subprocess
import time
from urllib.parse import quote

import pytest

from harness.bodies import multipart
from harness.processes import wait_for
from test_log import id_of

OWNER = {"REMOTE_USER": "alice", "AUTH_TYPE": "Basic"}
PAGE = {"HTTP_SEC_FETCH_SITE": "same-origin"}


@pytest.fixture
def desk(program):
    program.configure(contact="owners = alice", general="owners = root")
    return program


def get(desk, path, **more):
    return desk.get(path, **(OWNER | more))


def token_in(answer):
    return re.search(r'name="_token" value="([\w-]+)"', answer.text)[1]


def change(desk, path, act, ids=(), page=None, **more):
    """Presses a button of a page of the desk."""
    token = token_in(get(desk, page or path))
    body = f"_token={token}&act={act}" + "".join(f"&id={each}" for each in ids)
    return desk.post(body, path, **(OWNER | PAGE | more))


def contact(desk, name, message="hello", more=""):
    return id_of(desk.post(f"name={name}&email={name}%40example.org&message={message}{more}"))


def listed(desk, query=""):
    """The ids in a list, in their order."""
    answer = get(desk, "/-/contact", QUERY_STRING=query)
    assert answer.status == 200
    return re.findall(r'<input type="checkbox" name="id" value="(\w+)"', answer.text)


@pytest.mark.parametrize("who", [{}, {"REMOTE_USER": "alice"}, {"AUTH_TYPE": "Basic"}, {"REMOTE_USER": "alice", "AUTH_TYPE": ""},
                                 {"REMOTE_USER": "mallory", "AUTH_TYPE": "Basic"}, {"REMOTE_USER": "alic", "AUTH_TYPE": "Basic"}])
def test_nobody_else_comes_in(desk, who):
    one = contact(desk, "Ada", "secret+word")
    for path in ("/-/", "/-", "/-/contact", f"/-/contact/{one}"):
        for answer in (desk.get(path, **who), desk.post("act=erase-now&id=" + one, path, **(who | PAGE))):
            assert answer.status == 403 and "secret word" not in answer.text and "owners" in answer.text
    assert desk.get(f"/contact/{one}").status == 200


def test_an_owner_of_one_form_sees_no_other(desk):
    other = id_of(desk.post("a=unmistakable", "/any"))
    overview = get(desk, "/-/")
    assert overview.status == 200 and "/-/contact" in overview.text and "/-/any" not in overview.text
    for path in ("/-/any", f"/-/any/{other}"):
        assert get(desk, path).status == 403 and "unmistakable" not in get(desk, path).text
    root = {"REMOTE_USER": "root"}
    assert "/-/any" in get(desk, "/-/", **root).text and "unmistakable" in get(desk, f"/-/any/{other}", **root).text
    assert get(desk, f"/-/contact/{other}").status == 404


def test_a_mark_is_taken_for_no_leap_of_the_clock(desk):
    one = contact(desk, "Ada")
    assert change(desk, "/-/contact", "star", [one]).status == 303
    assert json.loads((desk.data / "clock").read_text())["leap"] == 0
    assert "leapt" not in desk.log()


def test_the_overview_counts_what_came_in(desk):
    for i in range(3):
        contact(desk, f"n{i}")
    contact(desk, "robot", more="&website=x")
    assert listed(desk)
    get(desk, f"/-/contact/{listed(desk)[0]}")  # which is read now
    text = get(desk, "/-/").text
    numbers = re.findall(r'<td class="number">(?:<a [^>]*>)?(\d+)', text)
    assert numbers == ["2", "3", "3", "1", "0"] and '<svg role="img"' in text
    assert re.search("[0-9] [GM]B are free", text)


def test_a_list_has_the_newest_first_and_unread_ones_stand_out(desk):
    ids = [contact(desk, f"n{i}") for i in range(5)]
    assert listed(desk) == ids[::-1]
    assert get(desk, "/-/contact").text.count('<tr class="unread">') == 5
    get(desk, f"/-/contact/{ids[2]}")
    assert get(desk, "/-/contact").text.count('<tr class="unread">') == 4
    assert listed(desk, "view=unread") == [ids[4], ids[3], ids[1], ids[0]]
    assert listed(desk, "q=N3") == [ids[3]] and listed(desk, "from=2100-01-01") == [] and listed(desk, "to=2100-01-01&from=2000-01-01") == ids[::-1]
    assert listed(desk, "q=%ff%00&from=nonsense&view=x&before=") == ids[::-1]  # what makes no sense is as if it were not there


def test_opening_reads_but_looking_ahead_does_not(desk):
    one = contact(desk, "Ada")
    get(desk, f"/-/contact/{one}", HTTP_SEC_PURPOSE="prefetch;prerender")
    desk.get(f"/-/contact/{one}", **(OWNER | {"REQUEST_METHOD": "HEAD"}))
    assert listed(desk, "view=unread") == [one]
    get(desk, f"/-/contact/{one}")
    assert listed(desk, "view=unread") == []


def test_pages_go_on_where_the_last_one_ended(desk):
    ids = [contact(desk, f"n{i}") for i in range(120)][::-1]
    seen, query = [], ""
    for _ in range(3):
        answer = get(desk, "/-/contact", QUERY_STRING=query)
        seen += re.findall(r'name="id" value="(\w+)"', answer.text)
        older = re.search(r'rel="next" href="[^"?]*\?([^"]*)"', answer.text)
        query = html.unescape(older[1]) if older else None
    assert seen == ids and query is None


def test_everything_of_an_outcome_is_shown_escaped(desk):
    evil = quote('"><script>alert(1)</script>\'&')
    one = id_of(desk.post(f"name=Ada&email=ada%40example.org&message={evil}&{quote('<b>odd</b>')}={evil}", HTTP_USER_AGENT="<i>agent</i>"))
    for answer in (get(desk, f"/-/contact/{one}"), get(desk, "/-/contact", QUERY_STRING=f"q={evil}&from={evil}")):
        assert "<script>" not in answer.text and "<b>odd" not in answer.text and "<i>agent" not in answer.text
        assert "no-store" in answer.headers["cache-control"] and answer.headers["referrer-policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = get(desk, f"/-/contact/{one}").text
    assert "192.0.2.7" in text and "&lt;i&gt;agent" in text and "Your e-mail address" in text
    assert f'href="mailto:ada%40example.org?subject=Re%3A%20Write%20to%20us&amp;body=%0D%0A%0D%0A%3E%20' in text


@pytest.mark.parametrize("act, view, back", [("star", "starred", "unstar"), ("read", None, "unread"), ("spam", "spam", "ham")])
def test_marks_are_set_and_taken_back_for_all_that_are_ticked(desk, act, view, back):
    ids = [contact(desk, f"n{i}") for i in range(4)][::-1]
    answer = change(desk, "/-/contact", act, ids[1:3])
    assert answer.status == 303 and answer.headers["location"] == "http://example.org/seeother/-/contact"
    assert listed(desk, f"view={view}" if view else "view=unread") == (ids[1:3] if view else [ids[0], ids[3]])
    view_path = "/-/contact"
    assert change(desk, view_path, back, ids[1:3]).status == 303
    assert listed(desk) == ids and (not view or listed(desk, f"view={view}") == [])


def test_a_change_leads_back_to_the_same_view(desk):
    ids = [contact(desk, f"n{i}") for i in range(2)]
    token = token_in(get(desk, "/-/contact"))
    answer = desk.post(f"_token={token}&act=star&id={ids[0]}", "/-/contact", QUERY_STRING="view=unread&q=n0", **(OWNER | PAGE))
    assert answer.headers["location"] == "http://example.org/seeother/-/contact?view=unread&q=n0"


def test_a_note_is_kept_shown_and_erased(desk):
    one = contact(desk, "Ada")
    path = f"/-/contact/{one}"
    token = token_in(get(desk, path))
    answer = desk.post(f"_token={token}&act=note&note=call+%3cb%3e+back%0d%0asoon", path, **(OWNER | PAGE))
    assert answer.status == 303 and answer.headers["location"].endswith(path)
    assert "call &lt;b&gt; back" in get(desk, path).text and listed(desk, "q=back") == [one]
    assert desk.post("_method=delete", f"/contact/{one}").status in (303, 403)
    assert change(desk, path, "erase-now").status == 303
    everything = b"".join(file.read_bytes() for file in desk.data.rglob("*") if file.is_file())
    assert b"call <b> back" not in everything and b"ada@example.org" not in everything.lower()


def test_erasing_asks_first(desk):
    desk.configure(contact="owners = alice", more="[fields any]\nf = file\n")
    ids = [contact(desk, f"n{i}") for i in range(3)][::-1]
    question = change(desk, "/-/contact", "erase", ids[:2])
    assert question.status == 200 and listed(desk) == ids and all(f'value="{each}"' in question.text for each in ids[:2])
    body = f"_token={token_in(question)}&act=erase-now&id={ids[0]}&id={ids[1]}"
    answer = desk.post(body, "/-/contact", **(OWNER | PAGE))
    assert answer.status == 303 and listed(desk) == ids[2:] and desk.get(f"/contact/{ids[0]}").status == 410
    assert change(desk, f"/-/contact/{ids[2]}", "erase").status == 200 and listed(desk) == ids[2:]


@pytest.mark.parametrize("headers", [{"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"}, {"HTTP_SEC_FETCH_SITE": "none"},
                                     {"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_ORIGIN": "null"}])
def test_no_page_elsewhere_changes_anything(desk, headers):
    one = contact(desk, "Ada")
    token = token_in(get(desk, "/-/contact"))
    for path in ("/-/contact", f"/-/contact/{one}"):
        assert desk.post(f"_token={token}&act=erase-now&id={one}", path, **(OWNER | headers)).status == 403
    assert listed(desk, "view=unread") == [one]


def test_a_change_needs_a_token_of_this_user_and_form(desk):
    desk.configure(contact="owners = alice bob", general="owners = root")
    one = contact(desk, "Ada")
    desk.post("a=1", "/any")
    drawn = re.search(r'name="_token" value="([\w-]+)"', desk.get("/contact").text)[1]
    bobs = token_in(get(desk, "/-/contact", REMOTE_USER="bob"))
    other = token_in(get(desk, "/-/any", REMOTE_USER="root"))
    for token in ("", "x", drawn, bobs, other):
        assert desk.post(f"_token={token}&act=star&id={one}", "/-/contact", **(OWNER | PAGE)).status == 403
    assert listed(desk, "view=starred") == []


@pytest.mark.parametrize("body, status", [("act=nonsense&id={one}", 422), ("id={one}", 422), ("act=star", 303), ("act=star&id=nonsense", 303)])
def test_what_makes_no_sense_changes_nothing(desk, body, status):
    one = contact(desk, "Ada")
    token = token_in(get(desk, "/-/contact"))
    assert desk.post(f"_token={token}&" + body.format(one=one), "/-/contact", **(OWNER | PAGE)).status == status
    assert listed(desk, "view=starred") == []
    assert desk.post("{}", "/-/contact", CONTENT_TYPE="application/json", **(OWNER | PAGE)).status == 415
    assert get(desk, "/-/contact/nonsense").status == 404 and get(desk, "/-/contact/a/b").status == 404 and get(desk, "/-/none").status == 404
    assert desk.post("x=1", "/-/", **(OWNER | PAGE)).status == 405


def test_not_spam_runs_the_tasks_once(start):
    desk = start()
    seen = desk.folder / "seen"
    script = desk.folder / "task"
    script.write_text(f"#!/bin/sh\necho $SEEOTHER_ID >>{seen}\n")
    script.chmod(0o755)
    desk.configure(contact="owners = alice\nafter = note", more=f"[task note]\ncommand = {script}\n")
    spam, ham = contact(desk, "robot", more="&website=x"), contact(desk, "Ada")
    wait_for("the task", lambda: seen.exists() and seen.read_text().split() == [ham])
    desk.wait_for_worker()
    path = f"/-/contact/{spam}"
    assert listed(desk, "view=spam") == [spam] and change(desk, path, "ham").status == 303
    wait_for("the task of the other", lambda: seen.read_text().split() == [ham, spam])
    desk.wait_for_worker()
    assert change(desk, path, "spam").status == 303 and change(desk, path, "ham").status == 303
    desk.wait_for_worker()
    time.sleep(0.3)
    desk.wait_for_worker()
    assert seen.read_text().split() == [ham, spam] and sorted(listed(desk)) == sorted([spam, ham])


def test_hostile_lines_of_a_log_cost_nothing(desk):
    one = contact(desk, "Ada")
    log, = desk.data.glob("contact/*.jsonl")
    good = log.read_bytes()
    record = json.loads(good)
    bad = [b"nonsense", b"[]", b"{}", b'{"void":true}', json.dumps(record | {"fields": {"name": [1, None, {"a": 2}], "email": 7}}).encode(),
           json.dumps(record | {"fields": [], "files": "x"}).encode(), json.dumps(record | {"files": [1, {"field": 2}], "client": [], "spam": 3}).encode()]
    log.write_bytes(b"\n".join(bad) + b"\n" + good)
    assert get(desk, "/-/contact").status == 200 and get(desk, "/-/").status == 200
    assert one in get(desk, "/-/contact").text
    log.write_bytes(good)


def test_the_name_of_the_desk_is_no_form_s(desk):
    text = desk.config.read_text()
    desk.configure(more="[form -]\ntitle = x\n")
    done = subprocess.run([desk.binary, "check"], env=desk.environment, capture_output=True, text=True)
    assert done.returncode == 1 and "[form -]" in done.stderr and "desk" in done.stderr
    desk.configure_text(text)


@pytest.mark.parametrize("ask, act", [("erase", "erase-now"), ("spam", "spam")])
def test_a_link_in_a_mail_asks_first_and_a_click_answers(desk, ask, act):
    the_id = contact(desk, "Ada")
    for _ in range(2):
        page = get(desk, f"/-/contact/{the_id}", QUERY_STRING=f"ask={ask}")
        assert page.status == 200 and f'value="{act}"' in page.text and token_in(page)
    assert [record["id"] for record in desk.records("contact")] == [the_id] and listed(desk, "view=unread") == [the_id]
    assert not list(desk.data.glob("contact/*.marks.jsonl")), "the question marked something"
    assert change(desk, f"/-/contact/{the_id}", act).status == 303
    assert listed(desk) == []


def test_of_spam_the_link_asks_whether_it_is_not(desk):
    the_id = contact(desk, "Ada")
    change(desk, f"/-/contact/{the_id}", "spam")
    page = get(desk, f"/-/contact/{the_id}", QUERY_STRING="ask=spam")
    assert 'value="ham"' in page.text and 'value="spam"' not in page.text


def test_an_erasure_that_was_cut_short_is_finished(desk):
    one, two = contact(desk, "Ada", "unmistakable"), contact(desk, "Bob", "unmistakable")
    log, = desk.logs("contact")
    token = token_in(get(desk, "/-/contact"))
    log.write_bytes(b"".join(line[:39] + b"e" + line[40:] for line in log.read_bytes().splitlines(True)))  # as a power cut leaves it
    assert listed(desk, "view=all") == [] and log.read_bytes().count(b"unmistakable") == 2
    assert desk.post(f"_token={token}&act=erase-now&id={one}", "/-/contact", **(OWNER | PAGE)).status == 303
    assert log.read_bytes().count(b"unmistakable") == 1
    for status, said in ((0, "erased"), (1, "there is no outcome")):
        done = subprocess.run([desk.binary, "erase", two], env=desk.environment, capture_output=True, text=True)
        assert done.returncode == status and said in done.stdout + done.stderr
    assert b"unmistakable" not in log.read_bytes()


def test_what_can_not_be_read_is_no_success(desk):
    one = contact(desk, "Ada")
    change(desk, "/-/contact", "star", [one])
    marks, = desk.data.glob("contact/marks/*.jsonl")
    kept = marks.read_bytes()
    token = token_in(get(desk, "/-/contact"))
    marks.unlink()
    marks.mkdir()  # a folder can be opened, but not read as a file
    for act in ("star", "ham", "erase-now"):
        assert desk.post(f"_token={token}&act={act}&id={one}", "/-/contact", **(OWNER | PAGE)).status == 503
    marks.rmdir()
    marks.write_bytes(kept)
    assert listed(desk, "view=starred") == [one]
