"""What stands in config.ini is read in one way, whatever the version of iniparser, and check tells of what can be mistaken."""
import os
import subprocess

import pytest

from harness.paths import BINARY
from harness.processes import wait_for


def check(path, text, **environment):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = subprocess.run([BINARY, "check", path], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"]} | environment)
    return done.returncode, done.stdout + done.stderr


ZIP = "[form f]\n[fields f]\nzip = text\nagain = text\n[patterns f]\n"


@pytest.mark.parametrize("pattern, good, bad", [
    (r'"\d{5}"', "12345", "ddddd"), (r"'\d{5}'", "12345", "ddddd"), (r"\d{5}", "12345", "ddddd"),
    (r'"a\\b"', "a\\b", "ab"), (r'"[;#]\w"', "#x", "#-"), (r'"\p{Lu}" ; a capital', "É", "pLu"), (r"'\"'", '"', "x"), (r'"\\"', "\\", '"'),
])
def test_a_backslash_between_quotes_stands_for_itself(start, pattern, good, bad):
    program = start()
    program.configure_text(f"[seeother]\ndata = ../data\n{ZIP}zip = {pattern}\n")
    assert program.post("zip=" + quote(good), "/f").status == 303
    assert program.post("zip=" + quote(bad), "/f").status == 422


def quote(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.parametrize("value", [r'"a\\b"', r'"a \"b\" c"', r"'it\'s'"])
def test_check_tells_of_escapes_that_can_be_read_in_two_ways(tmp_path, value):
    status, said = check(tmp_path / "config.ini", f"[form f]\nintro = {value}\n")
    assert "config.ini:2: [form f] intro: " in said and "is taken as it is written" in said


def test_a_pattern_between_quotes_is_nothing_to_tell_of(tmp_path):
    assert check(tmp_path / "config.ini", ZIP + 'zip = "\\d{5}"\n') == (0, f"{tmp_path}/config.ini: fine, 1 form, data in {tmp_path}/data\n")


def test_faults_have_line_numbers_and_none_hides_the_others(tmp_path):
    path = tmp_path / "config.ini"
    said = check(path, "[seeother]\nbogus = 1\n[form f] ; a comment\n\nno value here\n[form g]\nrate = often\n[fields g]\na = txt\n")[1]
    assert [line.removeprefix(f"{path}:").split(":")[0] for line in said.splitlines()] == ["3", "5", "2", "7", "9"], said
    assert "a comment needs a line of its own" in said and '"no value here"' in said


def test_lines_that_are_too_long_hide_no_other_faults(tmp_path):
    path = tmp_path / "config.ini"
    said = check(path, f"[form f]\ntitle = {'x' * 2000}\nintro = {'y' * 3000}\nbogus = 1\n")[1]
    assert [line.removeprefix(f"{path}:").split(":")[0] for line in said.splitlines()] == ["2", "3", "4"], said


def test_faults_of_many_sections_come_at_once_with_the_line_that_counts(tmp_path):
    path = tmp_path / "config.ini"
    said = check(path, "[form f]\nafter = none\n[fields f]\na = text \\\n  min=9 max=8\nb = text\n[fields f]\nb = choice\n[labels f]\nc = C\n")[1]
    for fault in (":2: [form f] after: there is no [task none]", ":4: [fields f] a: min is more than max", ":8: [fields f] b: a choice needs",
                  ":10: [labels f] c: there is no such field"):
        assert f"{path}{fault}" in said, said


def test_a_byte_order_mark_is_skipped(start, tmp_path):
    for first in ("[seeother]\ndata = ../data\n", "; a comment\n[seeother]\ndata = ../data\n", "\n# a = b\n[seeother]\ndata = ../data\n"):
        assert check(tmp_path / "config.ini", "\ufeff" + first + "[form f]\n")[0] == 0
    program = start()
    program.configure_text("\ufeff[seeother]\ndata = ../data\n[form f]\ntitle = \"a\\b\"\n[fields f]\na = text\n")
    assert "<h1>a\\b</h1>" in program.get("/f").text and program.post("a=b", "/f").status == 303
    assert not list(tmp_path.glob("seeother.*"))


def test_a_file_in_utf_16_is_refused(tmp_path):
    status, said = check(tmp_path / "config.ini", "[form f]\ntitle = x\n".encode("utf-16"))
    assert status == 1 and said


@pytest.mark.parametrize("line, cut", [
    ("intro = Tea; coffee", ";"), ("title = Room#2", "#"), ("intro = a;b", ";"), ("title =#1", "#"), ("title = C# or C", "#"),
])
def test_check_complains_of_a_value_that_is_cut(tmp_path, line, cut):
    status, said = check(tmp_path / "config.ini", f"[form f]\n{line}\n")
    assert status == 1 and f"config.ini:2: [form f] {line.split()[0]}: is cut at the {cut}" in said, said


@pytest.mark.parametrize("line", ["intro = Tea ; coffee", "title = Room #2", 'intro = "Tea; coffee"', "title = 'C#' # a language", "title = x\t;y"])
def test_check_takes_a_comment_that_has_a_blank_before_it(tmp_path, line):
    assert check(tmp_path / "config.ini", f"[form f]\n{line}\n")[0] == 0


@pytest.mark.parametrize("command", ["/nonexistent/program", "/etc/passwd", "/usr"])
def test_check_complains_of_programs_that_can_t_be_run(tmp_path, command):
    status, said = check(tmp_path / "config.ini", f"[form f]\nafter = t\n[task t]\ncommand = {command} x\n")
    assert status == 1 and f"[task t] command: {command} can't be run: " in said, said
    status, said = check(tmp_path / "config.ini", f"[seeother]\nfrom = a@example.org\nsendmail = {command}\n[form f]\nafter = t\n[task t]\nmail = b@example.org\n")
    assert status == 1 and f"[seeother] sendmail: {command} can't be run: " in said, said


@pytest.mark.parametrize("key, text, complaint", [
    ("subject", "From {nam}", "{nam} is not a field"), ("text", "Dear {name}, {x", "a brace is not closed"), ("subject", "{name} {}", "{} is not a field"),
])
def test_check_complains_of_holes_that_name_no_field(tmp_path, key, text, complaint):
    mail = "[seeother]\nfrom = a@example.org\nsendmail = /bin/true\n[form f]\nafter = t\n[fields f]\nname = text\n[task t]\nmail = b@example.org\n"
    status, said = check(tmp_path / "config.ini", f"{mail}{key} = {text}\n")
    assert status == 1 and f"config.ini:10: [task t] {key}: {complaint}" in said, said
    assert check(tmp_path / "config.ini", f"{mail}{key} = To {{Name}}\n")[0] == 0


@pytest.mark.parametrize("text, warning", [
    ("[form f]\n[fields f]\na = file\n", "[form f] warning: takes files without a rate"),
    ("[form f]\nfiles = yes\n", "[form f] warning: takes files without a rate"),
    ("[seeother]\nfrom = a@example.org\nsendmail = /bin/true\n[form f]\nafter = t\n[fields f]\na = email\n[task t]\nreply = a\n",
     "[form f] warning: sends receipts without a rate"),
    ("[thing t]\npath = /t/{n}\ntext/html = /p/{n}\ncache = 1h\n", "[thing t] cache: warning: without base"),
    ("[forward t]\npath = /t/{n}\nto = /p/{n}\ncache = 1h\n", "[forward t] cache: warning: without base"),
])
def test_check_warns_of_what_is_unwise(tmp_path, text, warning):
    status, said = check(tmp_path / "config.ini", text)
    assert status == 0 and warning in said and ": fine, " in said, said
    fixed = text.replace("[form f]\n", "[form f]\nrate = 9/minute\n").replace("[thing t]", "[seeother]\nbase = https://example.org\n[thing t]")
    assert "warning" not in check(tmp_path / "config.ini", fixed.replace("[forward t]", "[seeother]\nbase = https://example.org\n[forward t]"))[1]


# --- names with capitals

CAPITALS = """[seeother]
data = ../data
[form Contact]
show = Email, topic
after = NoteIt
[fields Contact]
Email = email required
Topic = choice options=A,B
full = text name=Full-Name
[labels Contact]
EMAIL = Your address
[task NoteIt]
command = /bin/true
"""


@pytest.mark.parametrize("name", ["Email", "email", "EMAIL"])
def test_a_field_is_found_in_any_case_and_kept_as_it_is_configured(start, name):
    program = start()
    program.configure_text(CAPITALS)
    drawn = program.get("/contact").text
    assert 'name="Email"' in drawn and 'name="Topic"' in drawn and "Your address" in drawn
    answer = program.post(f"{name}=ada%40example.org&TOPIC=A&full-name=Ada", "/contact")
    assert answer.status == 303, answer.text
    assert program.records()[0]["fields"] == {"Email": "ada@example.org", "Topic": "A", "Full-Name": "Ada"}
    assert program.post(f"{name}=nobody", "/contact").status == 422
    outcome = program.get(answer.headers["location"].split("/seeother")[1]).text
    assert "Your address" in outcome and "ada@example.org" in outcome and "Full-Name" not in outcome


def test_an_exact_name_comes_before_one_in_another_case(start):
    program = start()
    program.configure_text("[seeother]\ndata = ../data\n[form f]\n[fields f]\na = text\nb = text name=A\n")
    assert program.post("a=1&A=2", "/f").status == 303
    assert program.records("f")[0]["fields"] == {"a": "1", "A": "2"}


# --- options

COUNTRIES = "\ufeffEurope:\r\nde|Germany\nfr | France, with Corsica\n\nAsia:\nJapan\n"
OPTIONS = """[seeother]
data = ../data
from = site@example.org
[form f]
after = tell
[fields f]
country = choice options=@countries.txt
size = choice options=s|Small,m|Medium
city = choice
group = choice
[options f]
city = '"Washington, D.C.", ny|"New York, NY", Boston'
group = Fruit: a|Apple, Pear | Roots: Carrot
[task tell]
mail = owner@example.org
subject = {country} {city}
"""


def test_options_come_from_a_file_with_commas_and_with_labels(start):
    program = start()
    program.config.with_name("countries.txt").write_text(COUNTRIES)
    program.configure_text(OPTIONS.replace("after = tell\n", ""))
    page = program.get("/f").text
    for drawn in ('value="de"', "<span>Germany</span>", "<span>France, with Corsica</span>", "<legend>Europe</legend>", "<span>Japan</span>",
                  "<span>Medium</span>", "<span>Washington, D.C.</span>", "<span>New York, NY</span>", "<legend>Roots</legend>", "<span>Apple</span>"):
        assert drawn in page, drawn
    answer = program.post("country=fr&size=m&city=ny&group=a", "/f")
    assert answer.status == 303
    assert program.records("f")[0]["fields"] == {"country": "fr", "size": "m", "city": "ny", "group": "a"}
    outcome = program.get(answer.headers["location"].split("/seeother")[1]).text
    for shown in ("France, with Corsica", "Medium", "New York, NY", "Apple"):
        assert f"<dd>{shown}</dd>" in outcome
    for bad in ("country=Germany", "size=Medium", "city=Washington", "country=", "country=de&group=Fruit"):
        assert program.post(bad, "/f").status == (303 if bad == "country=" else 422), bad
    assert program.post("city=Washington%2C+D.C.", "/f").status == 303


def test_a_long_list_of_labelled_options_is_a_select(start):
    program = start()
    program.config.with_name("countries.txt").write_text("".join(f"c{i}|Country {i}\n" for i in range(200)) + "Other\n")
    program.configure_text("[seeother]\ndata = ../data\n[form f]\n[fields f]\ncountry = choice options=@countries.txt default=c7\n")
    page = program.get("/f").text
    assert '<option value="c7" selected>Country 7</option>' in page and "<option>Other</option>" in page
    assert program.post("country=c199", "/f").status == 303


def test_a_mail_shows_the_labels_of_options(start, tmp_path):
    program = start()
    sent, script = tmp_path / "sent", tmp_path / "sendmail"
    script.write_text(f"#!/bin/sh\ncat >{sent}.new; mv {sent}.new {sent}\n")
    script.chmod(0o755)
    program.config.with_name("countries.txt").write_text(COUNTRIES)
    program.configure_text(OPTIONS.replace("[seeother]\n", f"[seeother]\nsendmail = {script}\n"))
    assert program.post("country=de&city=Boston&size=s", "/f").status == 303
    wait_for("the mail", sent.exists)
    mail = sent.read_text()
    assert "Subject: Germany Boston\n" in mail and "\nGermany\n" in mail and "\nSmall\n" in mail


@pytest.mark.parametrize("content, complaint", [
    (None, "No such file or directory"), ("", "has no options"), ("a\n\x01\n", ":2: has a control character"), (b"\xff\n", ":1: has a control character, or is not UTF-8"),
])
def test_a_list_of_options_that_can_t_be_read_is_a_fault(tmp_path, content, complaint):
    if content is not None:
        (tmp_path / "list.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
    status, said = check(tmp_path / "config.ini", "[form f]\n[fields f]\na = choice options=@list.txt\n")
    assert status == 1 and f"config.ini:3: [fields f] a: {tmp_path}/list.txt" in said and complaint in said, said
