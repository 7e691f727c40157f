"""The owner's commands: list, search, show, erase and person, which read what came in without a web server."""
import contextlib
import json
import os
import pty
import subprocess

import pytest

from harness.bodies import multipart
from test_export import post

pytestmark = pytest.mark.parametrize("way", ["cgi"])


def run(program, *arguments, status=0):
    done = subprocess.run([program.binary, *arguments], env=program.environment, capture_output=True, timeout=60)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


def outcomes(program, *arguments, status=0):
    return [json.loads(line) for line in run(program, *arguments, status=status).stdout.decode().splitlines()]


def read_all(master):
    """What was written to a terminal whose other end is closed, or will be; one read may give a part of it."""
    seen = b""
    with contextlib.suppress(OSError):  # EIO when the other end is closed and all is read
        while piece := os.read(master, 65536):
            seen += piece
    os.close(master)
    return seen.decode()


def on_terminal(program, *arguments):
    """What a person sees: the program's standard output is a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen([program.binary, *arguments], env=program.environment, stdin=subprocess.DEVNULL, stdout=slave)
    os.close(slave)
    seen = read_all(master)
    assert process.wait(10) == 0
    return seen.replace("\r\n", "\n")


def contact(program, name, message="hello", more=""):
    return post(program, f"name={name}&email={name}%40example.org&message={message}{more}", "/contact")


def test_list_prints_the_newest_first_and_filters_alike(program):
    ids = [contact(program, f"n{i}", more="&topic=sales" if i % 2 else "") for i in range(6)]
    spam = contact(program, "robot", more="&website=x")
    other = post(program, "a=1&a=2")
    assert [each["id"] for each in outcomes(program, "list", "--form", "contact")] == ids[::-1]
    assert [each["id"] for each in outcomes(program, "list")] == [*ids[::-1], other]
    assert [each["id"] for each in outcomes(program, "list", "--form", "contact", "--spam")] == [spam, *ids[::-1]]
    assert [each["spam"] for each in outcomes(program, "list", "--only-spam")] == ["trap"]
    assert [each["id"] for each in outcomes(program, "list", "--field", "topic=sales")] == [ids[5], ids[3], ids[1]]
    assert [each["id"] for each in outcomes(program, "list", "--field", "a=2")] == [other]
    assert [each["id"] for each in outcomes(program, "list", "--form", "contact", "--limit", "2", "--before", ids[4])] == [ids[3], ids[2]]
    assert outcomes(program, "list", "--to", "2020-01-01") == [] and len(outcomes(program, "list", "--from", "1h", "--to", "2100-01-01")) == 7
    assert all(each["read"] is False and each["star"] is False for each in outcomes(program, "list"))


def test_search_finds_words_in_any_case_in_values_extras_and_file_names(program):
    one = contact(program, "Ada", "The+Gr%c3%bc%c3%9fe+of+K%c3%b6ln", "&odd=Surprise")
    two = contact(program, "Bob", "nothing+%22quoted%22+here")
    body, kind = multipart(("file", "Holiday Photo.jpg", "image/jpeg", b"content"))
    program.configure(more="[fields any]\nfile = file\n")
    three = post(program, body, CONTENT_TYPE=kind)
    for words, found in [(["ada"], [one]), (["GRÜSSE"], []), (["grüße", "KÖLN"], [one]), (["surprise"], [one]), (["holiday", "PHOTO"], [three]),
                         (["example.org"], [two, one]), (["nothing", "ada"], []), (['"quoted"'], [two]), (["\u212aöln"], [one]), (["zzz"], [])]:
        assert [each["id"] for each in outcomes(program, "search", *words)] == found, words


def test_show_prints_all_of_an_outcome(program):
    one = contact(program, "Ada", "first%0d%0asecond", "&odd=extra")
    record, = outcomes(program, "show", one)
    assert record["fields"]["name"] == "Ada" and record["extra"] == {"odd": "extra"} and record["client"]["address"] == "192.0.2.7"
    seen = on_terminal(program, "show", one)
    assert "Your e-mail address: Ada@example.org\n" in seen and "message: first\n         second\n" in seen and "odd: extra" in seen
    assert b"there is no outcome" in run(program, "show", "nonsense", status=1).stderr
    assert b"there is no outcome" in run(program, "show", one[:-1] + ("b" if one[-1] == "a" else "a"), status=1).stderr


def test_a_table_on_a_terminal_holds_no_control_characters(program):
    post(program, json.dumps({"a": "x\u009b31m\u0085y\u007f", "b": "l\u00e9"}), CONTENT_TYPE="application/json")
    for i in range(51):
        contact(program, f"n{i}")
    seen = on_terminal(program, "list")
    assert "\u009b" not in seen and "\u007f" not in seen and "\x1b" not in seen and "lé" in seen
    assert "More of them: --form contact --before" in seen
    assert len(on_terminal(program, "list", "--form", "contact", "--limit", "10").splitlines()) == 11
    assert len(outcomes(program, "list", "--form", "contact")) == 51


def test_erase_leaves_nothing_of_an_outcome(program):
    program.configure(more="[fields any]\nfile = file\n")
    body, kind = multipart(("file", "x.txt", "text/plain", b"content of the upload"), ("word", "unmistakable"))
    one, two = post(program, body, CONTENT_TYPE=kind), post(program, "a=kept")
    assert f"{one} erased" in run(program, "erase", one).stdout.decode()
    everything = b"".join(path.read_bytes() for path in program.data.rglob("*") if path.is_file())
    assert b"unmistakable" not in everything and b"content of the upload" not in everything and b"kept" in everything
    assert program.get(f"/any/{one}").status == 410 and program.get(f"/any/{two}").status == 200
    assert b"there is no outcome" in run(program, "erase", one, status=1).stderr
    assert [each["id"] for each in outcomes(program, "list")] == [two]


def test_person_prints_or_erases_what_an_address_sent_to_any_form(program):
    mine = [contact(program, "Ada"), post(program, "who=+ADA%40EXAMPLE.ORG&word=unmistakable"), contact(program, "ada", more="&website=x")]
    others = [contact(program, "Bob", "about+ada%40example.org"), post(program, "who=xada%40example.org")]
    assert {each["id"] for each in outcomes(program, "person", "ada@example.org")} == set(mine)
    done = run(program, "person", "Ada@Example.org", "--erase")
    assert done.stdout.decode().count("erased") == 3
    assert {each["id"] for each in outcomes(program, "list", "--spam")} == set(others)
    assert outcomes(program, "person", "ada@example.org") == []
    everything = b"".join(path.read_bytes() for path in program.data.rglob("*") if path.is_file())
    assert b"unmistakable" not in everything and b'"ada@example.org"' not in everything.lower()


@pytest.mark.parametrize("arguments, said", [
    (["list", "--form", "none"], "has no form"), (["list", "--nonsense"], "--nonsense"), (["list", "--from", "soon"], "--from"),
    (["list", "--field", "x"], "--field"), (["list", "word"], "search word"), (["search", "--json"], "a word"), (["list", "--before", "x"], "--form"),
    (["list", "--form", "contact", "--before", "x"], "no outcome x"), (["show"], "usage"), (["erase"], "usage"), (["erase", "--spam", "x"], "--spam"),
    (["person", "a@b", "c@d"], "usage"), (["list", "--limit", "-1"], "--limit")])
def test_a_wrong_option_is_named(program, arguments, said):
    post(program, "a=1")
    done = subprocess.run([program.binary, *arguments], env=program.environment, capture_output=True, text=True, timeout=10)
    assert done.returncode in (1, 2) and said in done.stderr and done.stdout == ""


def test_nothing_kept_is_an_empty_list(program):
    assert outcomes(program, "list") == [] and outcomes(program, "search", "x") == [] and outcomes(program, "person", "a@b") == []


def test_damaged_lines_are_passed_over(program):
    one, two = contact(program, "Ada"), contact(program, "Bob")
    log, = program.data.glob("contact/*.jsonl")
    first, second = log.read_bytes().splitlines()
    log.write_bytes(b"\n".join([b"nonsense", first, b'{"void":true}     ', b"[]", b'{"id":"x"}', second, b'{"id":"torn']))
    assert [each["id"] for each in outcomes(program, "list")] == [two, one]
    log.write_bytes(first + b"\n" + second + b"\n")


def test_ham_runs_the_tasks_once_and_spam_takes_an_outcome_out_of_the_list(program):
    seen, script = program.folder / "seen", program.folder / "task"
    script.write_text(f"#!/bin/sh\necho $SEEOTHER_ID >>{seen}\n")
    script.chmod(0o755)
    program.configure(contact="after = note", more=f"[task note]\ncommand = {script}\n")
    spam, good = contact(program, "robot", more="&website=x"), contact(program, "Ada")
    program.wait_for_worker()
    assert b"is not spam" in run(program, "ham", spam).stdout
    program.wait_for_worker()
    assert sorted(seen.read_text().split()) == sorted([spam, good])
    assert {each["id"] for each in outcomes(program, "list")} == {spam, good}
    run(program, "spam", spam, good)
    assert outcomes(program, "list") == [] and {each["spam"] for each in outcomes(program, "list", "--only-spam")} == {"trap", "owner"}
    run(program, "ham", spam, good)
    program.wait_for_worker()
    assert sorted(seen.read_text().split()) == sorted([spam, good])
    assert b"there is no outcome" in run(program, "ham", "nonsense", status=1).stderr


def said_beside(program, *arguments):
    """What stands on the terminal where standard error goes, while results go elsewhere."""
    master, slave = pty.openpty()
    done = subprocess.run([program.binary, *arguments], env=program.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    said = read_all(master)
    assert done.returncode == 0 and b"\x1b" not in done.stdout
    return said


def test_long_work_shows_its_progress_on_a_terminal(program):
    ids = [contact(program, f"n{i}") for i in range(70)]
    (program.folder / "people.map").write_text("".join(f"n{i}\t/people/{i}\n" for i in range(3000)))
    program.configure(more=f"[thing mapped]\npath = /mapped/{{name}}\nmap = {program.folder}/people.map\n")
    for arguments, wanted in [(["export", "contact"], "export: 1 outcomes"), (["person", "nobody@example.org"], "person: contact: back to 2"),
                              (["map"], "map: 1024 lines"), (["verify"], "verify: "), (["erase", *ids[:3]], "erase: 1 of 3")]:
        said = said_beside(program, *arguments)
        assert wanted in said and (said.endswith("\r\x1b[K") or arguments == ["verify"]), arguments
    assert "erase:" not in on_terminal(program, "erase", ids[4])
