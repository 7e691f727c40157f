"""What browsers, frameworks and people put around a value: it is taken away before the value is validated and kept."""
import json
from urllib.parse import urlencode

import pytest

FORM = """
[form f]
[fields f]
name = text required max=20
email = email
site = url
n = number
d = date
tel = tel
message = textarea
secret = hidden
agree = checkbox
terms = checkbox options=yes,no
topic = choice options=sales,support
website = trap
[form r]
[fields r]
agree = checkbox required
also = checkbox options=a,b required
[form named]
[fields named]
v = text required
"""


@pytest.fixture
def program(start):
    program = start()
    program.configure(more=FORM)
    return program


def post(program, pairs, form="f", **more):
    return program.post(urlencode(pairs, encoding="utf-8", errors="surrogateescape"), f"/{form}", **more)


def kept(program, form="f"):
    return program.records(form)[-1]["fields"]


@pytest.mark.parametrize("field, value", [("email", "ada@example.org"), ("site", "https://example.org/"), ("n", "7.5"), ("d", "2026-11-28"), ("tel", "+44 20")])
@pytest.mark.parametrize("before, after", [("", " "), (" ", ""), ("\t", "\r\n"), ("\n\n", " \t "), ("\f", "\v"), ("\x00", "\x7f")])
def test_blanks_around_a_value_go_where_browsers_take_them_away(program, field, value, before, after):
    assert post(program, [("name", "Ada"), (field, before + value + after)]).status == 303
    assert kept(program)[field] == value


def test_blanks_around_text_stay(program):
    assert post(program, [("name", " Ada "), ("message", " a \r\n b \r\n"), ("secret", " x ")]).status == 303
    assert kept(program) == {"name": " Ada ", "message": " a \r\n b \r\n", "secret": " x "}


@pytest.mark.parametrize("sent, value", [
    ("a\vb", "a b"), ("a\fb", "a b"), ("a\x85b", "a b"), ("a\x01b\x1f", "ab"), ("\x1b[31mred", "[31mred"), ("a\x7fb", "ab"), ("a\bb", "ab"), ("a\0b", "ab"),
    ("a\x9bb\x80", "ab"), ("a\u00a0b", "a\u00a0b"), ("a\u00e9\u0800😀", "a\u00e9\u0800😀"), ("a\tb", "a\tb")])
def test_control_characters_that_people_paste_do_not_refuse_a_post(program, sent, value):
    assert post(program, [("name", sent), ("message", sent + "\r\n" + sent), ("secret", sent)]).status == 303
    assert kept(program) == {"name": value, "message": value + "\r\n" + value, "secret": value}
    assert program.post(json.dumps({"name": sent}), "/f", CONTENT_TYPE="application/json").status == 303
    assert kept(program) == {"name": value}


def test_a_line_end_in_a_single_line_is_still_refused(program):
    assert post(program, [("name", "a\nb")]).status == 422 and post(program, [("name", "x"), ("email", "a@b\n.c")]).status == 422


# --- checkboxes ---

@pytest.mark.parametrize("values, value", [
    (["0", "1"], "1"), (["false", "true"], "true"), (["true", "false"], "true"), (["off", "on"], "on"), (["no", "yes"], "yes"), (["", "1"], "1"), (["1"], "1"),
    (["0"], None), (["off"], None), (["false"], None), (["no"], None), ([""], None), (["False"], None), (["NO"], None), (["0", "0"], None), ([" 0 "], None),
    (["00"], "00"), (["none"], "none"), (["on"], "on")])
def test_a_checkbox_takes_what_frameworks_send(program, values, value):
    assert post(program, [("name", "Ada")] + [("agree", each) for each in values]).status == 303
    assert kept(program).get("agree") == value
    required = post(program, [("agree", each) for each in values] + [("also", "a")], "r")
    assert required.status == (422 if value is None else 303)


def test_a_checkbox_ticked_twice_is_still_one_too_many(program):
    assert post(program, [("name", "Ada"), ("agree", "1"), ("agree", "1")]).status == 422


@pytest.mark.parametrize("body", ['{"agree":"0","also":"a"}', '{"agree":0,"also":"a"}', '{"agree":false,"also":"a"}', '{"agree":null,"also":"a"}', '{"agree":true,"also":[""]}'])
def test_an_unticked_box_in_json_does_not_satisfy_required(program, body):
    assert program.post(body, "/r", CONTENT_TYPE="application/json").status == 422


def test_the_hidden_value_of_a_group_of_checkboxes_is_no_option_and_goes(program):
    assert post(program, [("agree", "1"), ("also", ""), ("also", "0"), ("also", "b")], "r").status == 303
    assert kept(program, "r") == {"agree": "1", "also": "b"}
    assert post(program, [("agree", "1"), ("also", "0")], "r").status == 422
    assert post(program, [("name", "x"), ("terms", "no")]).status == 303
    assert kept(program)["terms"] == "no", "an option may be called no"


# --- traps ---

@pytest.mark.parametrize("value", ["", " ", "\t\r\n", "\u00a0", "\u200b", "0", "off", "false", "No"])
def test_a_trap_that_holds_nothing_catches_nobody(program, value):
    assert post(program, [("name", "Ada"), ("website", value)]).status == 303
    assert "spam" not in program.records("f")[-1]


@pytest.mark.parametrize("value", ["x", "http://spam.example", "1", "on", "00", "."])
def test_a_trap_that_holds_something_catches(program, value):
    assert post(program, [("name", "Ada"), ("website", value)]).status == 303
    assert program.records("f")[-1]["spam"] == "trap"


# --- required ---

@pytest.mark.parametrize("value", [
    "", " ", "\t", "\u00a0", "\u3000", "\u200b", "\u200d\u200c", "\ufeff", "\u2060", "\u00ad", "\u3164", "\uffa0", "\u115f", "\u2800", "\u180e", "\U000e0020", "\ufe0f",
    "\u034f", "\u2028", "\x01", "\x85", "\u202e \u202c", " \u200b\u00a0\v"])
def test_what_can_t_be_seen_does_not_satisfy_required(program, value):
    assert post(program, [("v", value)], "named").status == 422 and program.lines("named") == []


@pytest.mark.parametrize("value", ["a", ".", "\u200b.", "0", "ー", "한", "👨\u200d👩", "\u0301", "\u2603\ufe0f", "\u0e33", "\ufffd"])
def test_what_can_be_seen_satisfies_required_and_is_kept_whole(program, value):
    assert post(program, [("v", value)], "named").status == 303
    assert kept(program, "named") == {"v": value}
