"""Export: what a form has kept, as a table for its owner."""
import csv
import io
import json
import os
import subprocess

import pytest

from harness.bodies import multipart
from harness.posts import id_of

HEAD = ["id", "received"]


def run(program, *arguments, status=0):
    done = subprocess.run([program.binary, "export", *arguments], env=program.environment, capture_output=True, timeout=60)
    assert done.returncode == status, done.stderr
    return done


def export(program, form="contact", status=0, options=()):
    done = run(program, form, *options, status=status)
    text = done.stdout.decode()
    assert text.count("\n") == 0 or text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True)), done.stderr.decode()


def post(program, body, path="/any", **more):
    answer = program.post(body, path, **more)
    assert answer.status == 303, answer.raw
    return id_of(answer)


def test_a_form_s_fields_are_columns_in_their_order_and_all_else_is_extra(program):
    one = post(program, "name=Ada&email=ada%40example.org&topic=sales&message=a+%22quote%22,%0d%0aa+line&odd=1&odd=2", "/contact")
    two = post(program, "message=%3cb%3e&name=%c3%9cn%c3%af&email=b%40example.org&website=spam", "/contact")
    (names, *rows), _ = export(program, options=["--spam"])
    columns = [dict(zip(names, row)) for row in rows]
    assert names[:2] == HEAD and names[-2:] == ["extra", "spam"] and names.index("name") < names.index("email") < names.index("message")
    assert [each["id"] for each in columns] == [one, two] and all(len(row) == len(names) for row in rows)
    assert columns[0]["message"] == 'a "quote",\r\na line' and json.loads(columns[0]["extra"]) == {"odd": ["1", "2"]}
    assert columns[0]["spam"] == "" and columns[1]["spam"] == "trap" and columns[1]["name"] == "Ünï"
    assert [each["received"] for each in columns] == [record["received"] for record in program.records()]


def test_a_form_that_takes_anything_has_a_column_for_each_name(program):
    post(program, "a=1&b=2")
    post(program, "b=3&c=4&b=5")
    body, kind = multipart(("file", "x.txt", "text/plain", b"content"), ("a", "6"))
    post(program, body, CONTENT_TYPE=kind)
    (names, *rows), _ = export(program, "any")
    assert names == [*HEAD, "a", "b", "c", "file", "spam"]
    assert [row[2:5] for row in rows] == [["1", "2", ""], ["", "3\n5", "4"], ["6", "", ""]]
    assert (program.data / "any" / rows[2][5]).read_bytes() == b"content"


@pytest.mark.parametrize("value, cell", [
    ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3+cmd|'x'!A0", "'-2+3+cmd|'x'!A0"),
    ("\t=1", "'\t'=1"), ("a;=1", "a;'=1"), ("a; -x", "a;' -x"), ("a\n@x", "a\n'@x"), ("a\t+x", "a\t'+x"), (';"=1', ';\'"=1'),
    ("＝1", "'＝1"), ("＋1", "'＋1"), ("－x", "'－x"), ("＠x", "'＠x"), ("a;＝1", "a;'＝1"), (" =1", "' =1"), ("a;b", "a;b"), ("1;-2", "1;-2"), ("+49 (170) 123-45", "+49 (170) 123-45"), ("-12.5", "-12.5"), ("a=1", "a=1"), ("", ""), ("'=1", "'=1")])
def test_no_spreadsheet_takes_a_value_for_a_formula(program, value, cell):
    answer = program.post(json.dumps({"a": value}), "/any", CONTENT_TYPE="application/json")
    assert answer.status == 303 and export(program, "any")[0][1][2] == cell


def test_what_is_withdrawn_or_damaged_is_left_out(program):
    program.configure(contact="withdraw = 1h")
    kept = [post(program, f"name=n{i}&email=a%40example.org&message=m", "/contact") for i in range(4)]
    assert program.post("_method=delete", f"/contact/{kept[1]}").status == 303
    log, = program.data.glob("contact/*.jsonl")
    lines = log.read_bytes().split(b"\n")
    log.write_bytes(b"\n".join([lines[0], lines[1], lines[2].replace(b"{", b"[", 1), lines[3], b'{"id":"torn']))
    (_, *rows), _ = export(program)
    assert [row[0] for row in rows] == [kept[0], kept[3]]
    log.write_bytes(b"\n".join(lines))


def test_nothing_posted_is_a_line_of_names(program):
    assert export(program, "any")[0] == [[*HEAD, "spam"]]
    assert export(program)[0][0][:3] == [*HEAD, "name"]
    assert 'has no form "none"' in export(program, "none", 1)[1]


@pytest.mark.parametrize("way", ["cgi"])
def test_all_nodes_are_in_it(program):
    for node in ("", "node = a", "node = b"):
        program.configure(general=node)
        post(program, "a=" + node.replace(" ", "+").replace("=", "%3d"))
    (program.data / "any" / "2020-01-01.jsonl.gz").write_bytes(b"no log")
    assert sorted(row[2] for row in export(program, "any")[0][1:]) == ["", "node = a", "node = b"]
    os.unlink(program.data / "any" / "2020-01-01.jsonl.gz")


def test_more_names_than_a_table_takes_are_said(program):
    for part in range(6):
        post(program, "&".join(f"a{part}x{i}=1" for i in range(200)))
    (names, *rows), said = export(program, "any", 1)
    assert len(names) == 1000 + 3 and len(rows) == 6 and "the rest is left out" in said


def contact(program, name, more=""):
    return post(program, f"name={name}&email=a%40example.org{more}", "/contact")


def test_it_filters_as_list_does_and_leaves_spam_out(program):
    ids = [contact(program, f"n{i}", "&topic=sales" if i % 2 else "") for i in range(4)]
    spam = contact(program, "robot", "&website=x")
    for options, found in [([], ids), (["--spam"], [*ids, spam]), (["--only-spam"], [spam]), (["--field", "topic=sales"], [ids[1], ids[3]]),
                           (["--from", "1h"], ids), (["--to", "2020-01-01"], []), (["--from", "2100-01-01"], []), (["--starred"], []),
                           (["--unread", "--spam"], [*ids, spam])]:
        assert [row[0] for row in export(program, options=options)[0][1:]] == found, options
        listed = [json.loads(line)["id"] for line in run(program, "contact", "--json", *options).stdout.splitlines()]
        assert listed == found, options


def test_the_owner_s_word_on_spam_counts(program):
    """Marks as the program keeps them: one outcome is spam by the owner's word, one is not."""
    good, bad = contact(program, "Ada"), contact(program, "robot", "&website=x")
    log, = program.logs("contact")
    marks = log.parent / "marks" / log.name
    marks.parent.mkdir()
    marks.write_text("".join('{"id":"%s","of":"%s","at":"2026-01-01T00:00:00.000Z","by":"","spam":%s}\n' % ("a" * 29, one, spam)
                             for one, spam in [(good, "true"), (bad, "false")]))
    try:
        assert [row[0] for row in export(program)[0][1:]] == [bad]
        assert [(row[0], row[-1]) for row in export(program, options=["--spam"])[0][1:]] == [(good, "owner"), (bad, "")]
    finally:
        marks.unlink()


def test_excel_gets_a_byte_order_mark_and_moments_that_it_knows(program):
    contact(program, "%c3%9cn%c3%af", "&message=a%0d%0ab%0d%0a%3d1")
    plain, excel = run(program, "contact").stdout, run(program, "contact", "--excel").stdout
    assert excel.startswith(b"\xef\xbb\xbf") and not plain.startswith(b"\xef") and excel.endswith(b"\r\n")
    (names, row), (same, other) = [list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True)) for text in (plain, excel)]
    assert names == same and row[2:] == other[2:] and other[1] == row[1][:10] + " " + row[1][11:19] and "Ünï" in other
    assert run(program, "any", "--excel").stdout == b"\xef\xbb\xbf\"id\",\"received\",\"spam\"\r\n"


def test_labels_are_headings_if_they_are_asked_for(program):
    contact(program, "Ada")
    (names, row), _ = export(program, options=["--labels"])
    assert names[:2] == ["Id", "Received"] and names[-2:] == ["Extra", "Spam"] and "Your e-mail address" in names and "email" not in names
    assert row == export(program)[0][1] and row[names.index("Your e-mail address")] == "a@example.org"
    program.configure(more='[labels any]\na = no field, so no label\n')


def test_json_lines_are_those_of_list(program):
    for i in range(3):
        contact(program, f"n{i}")
    listed = subprocess.run([program.binary, "list", "--form", "contact"], env=program.environment, capture_output=True, check=True).stdout
    assert run(program, "contact", "--json").stdout.splitlines() == listed.splitlines()[::-1]


@pytest.mark.parametrize("arguments, said", [(["contact", "x"], "usage"), (["--spam"], "usage"), (["contact", "--form", "any"], "--form"),
                                             (["contact", "--from", "soon"], "--from"), (["contact", "--json", "--excel"], "--excel"),
                                             (["contact", "--json", "--labels"], "--labels"), (["contact", "--limit", "3"], "--limit")])
def test_a_wrong_option_is_named(program, arguments, said):
    done = run(program, *arguments, status=2)
    assert said in done.stderr.decode() and done.stdout == b"" and done.stderr.count(b"\n") == 1
