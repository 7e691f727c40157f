"""Pages in the visitor's language: chosen, complete, never in the way of the page itself."""
import configparser
import json
import os
import re
import subprocess
from urllib.parse import urlencode

import pytest

from harness.clients import variables
from harness.pages import Page
from harness.paths import BINARY, TOP

SHIPPED = sorted(path.stem for path in (TOP / "languages").glob("*.ini"))
GOOD = urlencode({"name": "Ada", "email": "ada@example.org"})
ROOT = "http://example.org/seeother"
IN = f"catalogues = {TOP}/languages\nlanguage = "
ENGLISH = dict(re.findall(r'X\((\w+), "(.*)"\)', re.search(r"#define MESSAGE_LIST.*?\n\n",
                                                           (TOP / "src" / "config" / "message.h").read_text(), re.S)[0]))


def catalogue(tag):
    """A shipped catalogue, read by other means than the program's."""
    ini = configparser.ConfigParser(interpolation=None, comment_prefixes=(";",), delimiters=("=",))
    ini.read(TOP / "languages" / f"{tag}.ini", "utf-8")
    return {section: {key: value.strip().removeprefix('"').removesuffix('"') for key, value in ini[section].items()}
            for section in ini.sections()}


def language_of(answer):
    (tag, attributes), = [tag for tag in Page(answer.text).tags if tag[0] == "html"]
    return attributes.get("lang"), attributes.get("dir")


def check(path):
    done = subprocess.run([BINARY, "check", path], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"]})
    return done.returncode, done.stdout + done.stderr


def own_catalogue(program, text, tag="xx", **parts):
    """Puts a catalogue beside the configuration, and has it used."""
    folder = program.config.parent / "languages"
    folder.mkdir(exist_ok=True)
    (folder / f"{tag}.ini").write_bytes(text if isinstance(text, bytes) else text.encode())
    program.configure(general=f"language = {tag}", **parts)


# --- what is shipped ---

@pytest.mark.parametrize("tag", SHIPPED)
def test_each_shipped_catalogue_is_complete_and_sound(tmp_path, tag):
    path = tmp_path / "config.ini"
    path.write_text(f"[seeother]\n{IN}{tag}\n[form f]\n")
    status, said = check(path)
    assert status == 0, said
    texts = catalogue(tag)
    assert set(texts) == {"language", "messages"} and texts["language"]["direction"] in ("ltr", "rtl")
    assert {key.upper() for key in texts["messages"]} == set(ENGLISH)
    lines = re.findall(r"^(\w+) = ", (TOP / "languages" / f"{tag}.ini").read_text(), re.M)
    assert len(lines) == len(set(lines)) == len(ENGLISH) + 1


@pytest.mark.parametrize("tag", SHIPPED)
def test_each_shipped_text_keeps_the_holes_of_the_english_one(tag):
    for key, text in catalogue(tag)["messages"].items():
        english = ENGLISH[key.upper()]
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english)), key
        assert text.strip() == text and "<" not in text and "\\" not in text, key


def test_the_shipped_languages_are_those_of_the_manual():
    manual = (TOP / "man" / "seeother.ini.5").read_text()
    assert SHIPPED == ["ar", "de", "es", "fr"] and all(f"({tag})" in manual or f"Pq {tag}" in manual for tag in SHIPPED)
    assert len(ENGLISH) > 100


@pytest.mark.parametrize("tag", SHIPPED)
def test_every_page_is_in_the_language(program, tag):
    texts = catalogue(tag)["messages"]
    program.configure(general=IN + tag, contact="show = all")
    drawn, faulty, missing = program.get("/contact"), program.post("topic=x"), program.get("/nothing")
    sent = program.post(GOOD)
    outcome = program.get(sent.headers["location"].removeprefix(ROOT))
    direction = "rtl" if tag == "ar" else None
    for answer in (drawn, faulty, missing, outcome, program.post(b"a", CONTENT_LENGTH="9"),
                   program.call(variables("PUT", "/contact"))):
        assert language_of(answer) == (tag, direction), answer.text
    assert f'<html lang="{tag}"' in sent.text and texts["see"] in sent.text

    def words(answer):
        return " ".join(Page(answer.text).words)
    assert texts["button"] in words(drawn) and texts["optional"] in words(drawn)
    for key in ("summary", "missing", "not_offered"):
        assert texts[key] in words(faulty)
    assert texts["error_title"].replace("{title}", "Write to us") in words(faulty)
    assert texts["title_404"] in words(missing) and texts["no_address"] in words(missing)
    year, month, day, *_ = re.split("[-T]", program.records()[0]["received"])
    months = [texts[name.lower()] for name in ENGLISH
              if name in "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER".split()]
    time = program.records()[0]["received"][11:16]
    date = texts["date"].replace("{day}", str(int(day))).replace("{month}", months[int(month) - 1]).replace("{year}",
            year).replace("{time}", time)
    received = texts["received"].replace("{date}", f'<time datetime="{program.records()[0]["received"]}">{date}</time>')
    assert f"<h1>{texts['thanks']}</h1>\n<p>{received}</p>" in outcome.text
    assert texts["reference"] in words(outcome) and texts["back"] in words(outcome)
    problem = json.loads(program.post("", HTTP_ACCEPT="application/json").text)
    assert problem["detail"] == texts["fields_wrong"] and problem["errors"][0]["detail"] == texts["missing"]


# --- the choice ---

CHOICES = [
    (None, "en"), ("", "en"), ("de", "de"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr;q=0.5, ar;q=0.7", "ar"),
    ("it, fr;q=0.1", "fr"),
    ("it", "en"), ("*", "en"), ("de;q=0, *", "en"), ("en;q=0, de;q=0.1", "de"), ("DE", "de"), ("rubbish,,;;q=x", "en"),
    ("x" * 9000, "en"),
    ("de;q=0.1, fr;q=0.1", "de"), ("../../etc/passwd", "en"), ("de/../fr", "en")]


def test_the_visitor_s_browser_chooses(program):
    program.configure(general=IN + "en, de fr,ar")
    for header, tag in CHOICES:
        asked = {"HTTP_ACCEPT_LANGUAGE": header}
        for answer in (program.get("/contact", **asked), program.post("", **asked), program.get("/no", **asked)):
            assert language_of(answer) == (tag, "rtl" if tag == "ar" else None), header
            assert "Accept-Language" in answer.headers["vary"].split(", ")


def test_of_one_language_there_is_no_choice(program):
    program.configure(general=IN + "de")
    answer = program.get("/contact", HTTP_ACCEPT_LANGUAGE="fr")
    assert language_of(answer) == ("de", None) and "vary" not in answer.headers


def test_the_first_language_is_for_everybody_else(program):
    program.configure(general=IN + "fr, de")
    assert language_of(program.get("/contact", HTTP_ACCEPT_LANGUAGE="it"))[0] == "fr"
    assert language_of(program.get("/contact"))[0] == "fr"


def test_a_form_may_have_languages_of_its_own(program):
    program.configure(general=IN + "de", contact="language = fr, es")
    assert language_of(program.get("/contact"))[0] == "fr"
    assert language_of(program.get("/contact", HTTP_ACCEPT_LANGUAGE="es"))[0] == "es"
    assert language_of(program.get("/contact", HTTP_ACCEPT_LANGUAGE="de"))[0] == "fr"
    assert language_of(program.get("/any", HTTP_ACCEPT_LANGUAGE="fr"))[0] == "de"
    assert language_of(program.get("/nothing", HTTP_ACCEPT_LANGUAGE="fr"))[0] == "de"


def test_an_outcome_in_two_languages_has_two_tags(program):
    program.configure(general=IN + "en, de")
    path = program.post(GOOD).headers["location"].removeprefix(ROOT)
    english, german = program.get(path), program.get(path, HTTP_ACCEPT_LANGUAGE="de")
    assert english.headers["etag"] != german.headers["etag"]
    assert program.get(path, HTTP_ACCEPT_LANGUAGE="de", HTTP_IF_NONE_MATCH=english.headers["etag"]).status == 200
    assert program.get(path, HTTP_ACCEPT_LANGUAGE="de", HTTP_IF_NONE_MATCH=german.headers["etag"]).status == 304
    assert {"Accept", "Accept-Language"} <= set(german.headers["vary"].split(", "))


# --- catalogues that are not as they should be ---

@pytest.mark.parametrize("text, said", [
    (None, "xx.ini: can't be read: No such file or directory"),
    ("[messages]\nthis is no line\n", "syntax error"),
    ("[messages]\nbutton = \"" + "x" * 2000 + "\"\n", "too long"),
    ("[messages]\nbotton = \"x\"\n", "[messages] botton: there is no such message"),
    ("[messages]\nbutton = \"\"\n", "[messages] button: has no text"),
    ("[messages]\nbutton = \"Send {now}\"\n", "[messages] button: can't contain {now}"),
    ("[messages]\nerror_title = \"{title} {}\"\n", "[messages] error_title: can't contain {}"),
    ("[messages]\nerror_title = \"{title} {Title}\"\n", "[messages] error_title: can't contain {}"),
    ("[messages]\ntoo_long = \"{max} {date}\"\n", "[messages] too_long: can't contain {date}"),
    ("[messages]\nbutton = \"a {\"\n", "[messages] button: can't contain {}"),
    (b"[messages]\nbutton = \"\xff\xfe\"\n", "[messages] button: has a control character, or is not UTF-8"),
    (b"[messages]\nbutton = \"a\x01\"\n", "[messages] button: has a control character, or is not UTF-8"),
    ("[language]\ndirection = up\n", "[language] direction: takes ltr or rtl"),
    ("[language]\ndirektion = rtl\n", "[language] direktion: there is no such key"),
    ("[sentences]\na = b\n", "[sentences] there is no such section"),
    ("stray = x\n", "stands before the first section"),
])
def test_a_catalogue_that_is_wrong_costs_no_page_and_is_said(start, text, said):
    program = start(count=1)
    own_catalogue(program, text or "")
    if text is None:
        (program.config.parent / "languages" / "xx.ini").unlink()
    errors = ""
    for answer in (program.get("/contact"), program.get("/contact"), program.post(""), program.post(GOOD)):
        errors += answer.errors
        assert answer.status in (200, 303, 422)
        assert answer.status == 303 or ">Send</button>" in answer.text or "Send" in answer.text
    assert said in errors + program.log()
    if program.workers:
        assert (errors + program.log()).count(said) <= 2  # once a process, not with each page; the data folder that the first post makes ends one
    status, complaints = check(program.config)
    assert status == 1 and said in complaints


def test_what_a_catalogue_lacks_is_said_in_english(program):
    own_catalogue(program, '[language]\ndirection = rtl\n[messages]\nbutton = "Ab damit"\nmissing = "Fehlt"\n')
    answer = program.post("")
    assert language_of(answer) == ("xx", "rtl")
    assert "Ab damit" in answer.text and "Fehlt" in answer.text and "Nothing was sent yet" in answer.text
    assert "xx.ini" not in answer.errors + program.log()  # what is only missing is for check to say


def test_an_empty_catalogue_is_english(program):
    own_catalogue(program, "")
    assert ">Send</button>" in program.get("/contact").text


def test_markup_in_a_catalogue_is_text(program):
    evil = "<b onclick='x()'>&amp;<script>1</script></style></title>"
    lines = "".join(f'{key.lower()} = "{evil}{"".join(re.findall(r"{.*?}", text))}"\n' for key, text in ENGLISH.items())
    own_catalogue(program, "[messages]\n" + lines)
    sent = program.post(GOOD)
    for answer in (program.get("/contact"), program.post("topic=x"), program.get("/no"), sent,
                   program.get(sent.headers["location"].removeprefix(ROOT)),
                   program.get("/any"), program.post(GOOD + "&_token=x")):
        assert answer.status in (200, 303, 404, 422) and "&lt;b onclick=&#39;x()&#39;&gt;&amp;amp;" in answer.text
        assert not re.search(r"<script|<b |&amp;<", answer.text)
    assert json.loads(program.post("", HTTP_ACCEPT="application/json").text)["detail"] == evil


def test_a_hole_may_be_left_out_or_come_twice(program):
    own_catalogue(program, '[messages]\nerror_title = "Fehler"\ntoo_long = "{n} > {max}, {n}!"\n')
    answer = program.post("name=" + "x" * 30)
    assert "<title>Fehler</title>" in answer.text and "30 &gt; 20, 30!" in answer.text


def test_values_are_not_filled_in_again(program):
    own_catalogue(program, '[messages]\nreceived_title = "{title}"\n',
                  more="[form f]\ntitle = {title}{date}\n[fields f]\na = text\n")
    assert "<h1>{title}{date}</h1>" in program.get("/f").text
    path = program.post("a=b", "/f").headers["location"].removeprefix(ROOT)
    assert "<title>{title}{date}</title>" in program.get(path).text


def test_a_mended_catalogue_is_read_once_the_configuration_has_changed(program):
    own_catalogue(program, "[messages]\nbutton = \"Eins\"\n")
    assert "Eins" in program.get("/contact").text
    own_catalogue(program, "[messages]\nbutton = \"Zwei\"\n", contact="intro = Now")
    assert "Zwei" in program.get("/contact").text


# --- seeother check ---

def test_check_names_each_message_that_a_catalogue_lacks(tmp_path):
    (tmp_path / "languages").mkdir()
    text = (TOP / "languages" / "de.ini").read_text()
    lines = [line for line in text.splitlines() if not re.match("(too_long|see) =", line)]
    (tmp_path / "languages" / "de.ini").write_text("\n".join(lines) + "\n")
    path = tmp_path / "config.ini"
    for general, form in (("language = de", ""), ("", "language = en, de"), ("language = de", "language = de")):
        path.write_text(f"[seeother]\n{general}\n[form f]\n{form}\n[form g]\n{form}\n")
        status, said = check(path)
        assert status == 1
        assert said.splitlines() == [
            f'{tmp_path}/languages/de.ini: [messages] {key}: is missing, so the English text is used: "{ENGLISH[key.upper()]}"'
            for key in ("too_long", "see")]


def test_check_names_a_catalogue_that_is_not_there(tmp_path):
    path = tmp_path / "config.ini"
    path.write_text("[seeother]\ncatalogues = nowhere\nlanguage = en, de\n[form f]\n")
    status, said = check(path)
    assert status == 1 and said == f"{tmp_path}/nowhere/de.ini: can't be read: No such file or directory\n"


def test_a_catalogue_beside_the_configuration_comes_before_the_installed_one(program):
    own_catalogue(program, '[messages]\nbutton = "Beside"\n', "de")
    assert "Beside" in program.get("/contact").text
    elsewhere = program.folder / "texts"
    elsewhere.mkdir()
    (elsewhere / "de.ini").write_text('[messages]\nbutton = "Elsewhere"\n')
    program.configure(general="language = de\ncatalogues = ../texts")
    assert "Elsewhere" in program.get("/contact").text
    program.configure(general=f"language = de\ncatalogues = {elsewhere}/")
    assert "Elsewhere" in program.get("/contact").text


@pytest.mark.parametrize("languages", ["", ",", "d_e", "../de", "de/../de", "en.", "deutschesprache", "de; fr", "x" * 40, "*",
                                       "-", "1de", "de-"])
def test_what_is_no_language_is_a_fault(tmp_path, languages):
    path = tmp_path / "config.ini"
    for section in ("seeother", "form f"):
        path.write_text(f'[{section}]\nlanguage = "{languages}"\n' + ("[form f]\n" if section == "seeother" else ""))
        status, said = check(path)
        assert status == 1 and f"[{section}] language: takes languages such as en, de or pt-BR" in said, said


def test_english_by_another_name_is_english(program):
    program.configure(general="language = en-GB")
    answer = program.get("/contact")
    assert ">Send</button>" in answer.text and language_of(answer) == ("en", None)
