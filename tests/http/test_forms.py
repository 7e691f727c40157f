"""A folder of forms: a file for each form, read when the form is asked for, and seen by every command."""
import os
from urllib.parse import urlencode

import pytest

from harness.clients import variables
from harness.commands import command
from harness.processes import wait_for
from harness.tasks import script, start_service, wait_for_words, words

FOLDER = "forms = ../forms.d\n"
GOOD = urlencode({"name": "Ada"})
OWNER = {"REMOTE_USER": "alice", "AUTH_TYPE": "Basic"}


def sections(name, keys="", fields="name = text required max=20"):
    return f"[form {name}]\n{keys}\n[fields {name}]\n{fields}\n"


def file_of(place, name):
    return place.folder / "forms.d" / f"{name}.ini"


def put(place, name, text=None, **parts):
    """Puts a form's file in place, by rename."""
    file = file_of(place, name)
    fresh = file.with_suffix(".new")
    fresh.write_text(sections(name, **parts) if text is None else text)
    fresh.rename(file)


@pytest.fixture
def folder(program):
    """A program with an empty folder of forms, besides the forms of config.ini."""
    (program.folder / "forms.d").mkdir()
    program.configure(general=FOLDER)
    return program


def test_a_form_of_the_folder_is_as_one_of_the_configuration(folder):
    put(folder, "guests", keys="title = Who comes?\nwithdraw = 1h")
    drawn = folder.get("/guests")
    assert drawn.status == 200 and "Who comes?" in drawn.text and 'name="name"' in drawn.text
    assert folder.post("name=", "/guests").status == 422
    kept = folder.post(GOOD, "/guests")
    assert kept.status == 303 and [record["fields"] for record in folder.records("guests")] == [{"name": "Ada"}]
    assert "Ada" in folder.get(kept.headers["location"].removeprefix("http://example.org/seeother")).text
    assert folder.get("/guests/").status == 308
    assert folder.get("/contact").status == folder.get("/any").status == 200


def test_a_site_may_have_forms_in_the_folder_alone(folder):
    folder.configure_text("[seeother]\ndata = ../data\n" + FOLDER)
    assert folder.get("/guests").status == 404
    put(folder, "guests")
    assert folder.post(GOOD, "/guests").status == 303 and len(folder.lines("guests")) == 1


def test_whoever_changes_a_file_and_then_connects_gets_the_new_form(start):
    folder = start(count=1)
    (folder.folder / "forms.d").mkdir()
    folder.configure(general=FOLDER)
    put(folder, "guests", keys="title = First")
    assert folder.post(GOOD, "/guests").status == 303  # which makes the secret
    assert "First" in folder.get("/guests").text
    before = folder.workers.pids() if folder.workers else []
    for i in range(6):
        put(folder, "guests", keys=f"title = Title {i}", fields=f"name = text max={i + 1}")
        assert f"Title {i}" in folder.get("/guests").text
        assert folder.post(f"name={'x' * (i + 2)}", "/guests").status == 422
        assert folder.post(f"name={'x' * (i + 1)}", "/guests").status == 303
    file_of(folder, "guests").unlink()
    assert folder.get("/guests").status == folder.post(GOOD, "/guests").status == 404
    put(folder, "guests", keys="title = Again")
    assert "Again" in folder.get("/guests").text and len(folder.lines("guests")) == 7
    assert before == (folder.workers.pids() if folder.workers else [])  # no process was replaced for it


def test_the_general_limits_and_languages_hold_for_them(folder):
    folder.configure(general=FOLDER + "max_value = 5\nlanguage = de, en\ncatalogues = " + os.path.abspath("languages"))
    put(folder, "guests")
    assert folder.post("name=Ada", "/guests").status == 303
    assert folder.post("name=Augusta", "/guests").status == 422 or folder.post("name=Augusta", "/guests").status == 413
    assert 'lang="de"' in folder.get("/guests").text
    put(folder, "invites", keys="language = fr")  # of which a process in the sandbox hasn't known
    assert 'lang="fr"' in folder.get("/invites").text and "Envoyer" in folder.get("/invites").text


# --- names ---

@pytest.mark.parametrize("path", ["/../guests", "/..%2fguests", "/.guests", "/guests.ini", "/Guests", "/GUESTS", "/guests%00", "/-guests",
                                  "/g\u00fcsts", "/" + "x" * 65, "/" + "x" * 4000, "/%2e%2e", "/sub/guests", "/sub%2Fguests"])
def test_only_a_name_leads_to_a_file(folder, path):
    put(folder, "guests")
    (folder.folder / "forms.d/sub").mkdir()
    for name in ("sub/guests", ".guests", "../guests", "-guests", "Guests", "x" * 65, "guests.ini"):
        file_of(folder, name).write_text(sections("guests"))
    assert folder.get(path).status in (400, 404)
    assert folder.post(GOOD, path).status in (400, 404)
    assert not folder.logs("guests")


def test_a_section_may_be_written_in_capitals_but_a_file_may_not(folder):
    put(folder, "guests", "[Form Guests]\n[FIELDS GUESTS]\nName = text required\n")
    assert folder.post("Name=Ada", "/guests").status == 303
    put(folder, "Invites")
    said = command(folder, "check")
    assert said.returncode == 1 and "forms.d/Invites.ini: is not a name for the file of a form" in said.stderr
    assert folder.get("/Invites").status == folder.get("/invites").status == 404


@pytest.mark.parametrize("path", ["/guests//x", "/guests/a/b/c/d/e/f", "/contact//x", "/contact/a/b/c/d/e/f", "//guests"])
def test_a_path_that_can_t_be_one_is_not_a_fault_of_the_form(folder, path):
    put(folder, "guests")
    assert folder.get(path).status == folder.post(GOOD, path).status == 404


# --- faults ---

WRONG = {
    "a key": ("[form bad]\ntitel = x\n", 'bad.ini:2: [form bad] titel: there is no such key; did you mean "title"?'),
    "another form": ("[form bad]\n[form other]\n", 'bad.ini:2: [form other] this file describes the form "bad" alone'),
    "another section": ("[form bad]\n[task x]\ncommand = /bin/true\n", "bad.ini:2: [task x] this file describes"),
    "the general section": ("[seeother]\ndurable = no\n[form bad]\n", "bad.ini:1: [seeother] this file describes"),
    "no section": ("; nothing\n", "bad.ini: needs a section [form bad]"),
    "a task": ("[form bad]\nafter = nobody\n", "bad.ini:2: [form bad] after: there is no [task nobody]"),
    "a line": ("[form bad]\nnonsense\n", "bad.ini:2: syntax error"),
    "too large": ("[form bad]\n" + "; x\n" * 300_000, "bad.ini: is larger than 1 MB"),
    "no field": ("[form bad]\n[fields bad]\na = text\n[labels bad]\nb = B\n", "bad.ini:5: [labels bad] b: there is no such field"),
}


@pytest.mark.parametrize("text, fault", WRONG.values(), ids=WRONG.keys())
def test_a_file_at_fault_stops_its_own_form_alone(folder, text, fault):
    put(folder, "bad", text)
    put(folder, "guests")
    answer = folder.get("/bad")
    assert answer.status == 500 and "location" not in answer.headers
    assert folder.post(GOOD, "/bad").status == 500 and not folder.logs("bad")
    assert fault in answer.errors + folder.log()
    assert folder.post(GOOD, "/guests").status == 303 and folder.get("/contact").status == 200
    said = command(folder, "check")
    assert said.returncode == 1 and fault in said.stderr
    listed = command(folder, "list", "--form", "guests")
    assert "Ada" in listed.stdout and listed.returncode == 1 and fault in listed.stderr
    put(folder, "bad")
    assert folder.post(GOOD, "/bad").status == 303
    assert command(folder, "check").returncode == 0


def test_a_running_process_keeps_the_form_that_it_had(start):
    program = start(count=1)
    (program.folder / "forms.d").mkdir()
    program.configure(general=FOLDER)
    put(program, "guests", keys="title = Sound")
    assert program.post(GOOD, "/guests").status == 303  # which makes the secret: then the process is replaced once
    assert program.get("/guests").status == 200
    before = program.workers and program.workers.pids()
    put(program, "guests", "[form guests]\ntitel = Broken\n")
    said = ""
    for _ in range(3):
        answer = program.get("/guests")
        said += answer.errors
        assert answer.status == 200 and "Sound" in answer.text if program.workers else answer.status == 500
    assert before == (program.workers and program.workers.pids())
    if program.workers:
        assert said.count("there is no such key") == 1 and 'the form "guests" stays as it was before' in said
    put(program, "guests", keys="title = Mended")
    assert "Mended" in program.get("/guests").text


def test_a_form_in_both_places_is_a_fault_and_the_configuration_counts(folder):
    put(folder, "contact", keys="title = Of the folder")
    assert "Write to us" in folder.get("/contact").text
    said = command(folder, "check")
    assert said.returncode == 1 and "contact.ini:1: [form contact] " in said.stderr
    assert "config.ini has a section for this form too; keep one of them" in said.stderr


def test_a_form_must_not_have_the_address_of_a_thing(folder):
    folder.configure(general=FOLDER, more="[thing people]\npath = /id/{name}\ntext/html = /people/{name}\n[forward old]\npath = /old\nto = /new\n")
    assert folder.get("/id/ada").status == folder.get("/old").status == 303
    for name, section in (("id", "thing people"), ("old", "forward old")):
        put(folder, name)
        said = command(folder, "check")
        assert said.returncode == 1 and f"{name}.ini:1: [form {name}] [{section}] in " in said.stderr
        file_of(folder, name).unlink()
    assert folder.get("/id/ada").status == 303


def test_a_byte_order_mark_is_told_by_check(folder):
    put(folder, "guests", "\ufeff" + sections("guests"))
    said = command(folder, "check")
    assert said.returncode == 1 and "guests.ini: begins with a byte order mark" in said.stderr


@pytest.mark.parametrize("way", ["cgi"])
def test_the_folder_itself(program):
    program.configure(general="forms = ../missing")
    said = command(program, "check")
    assert said.returncode == 1 and "[seeother] forms: the folder " in said.stderr and "No such file" in said.stderr
    (program.data / "forms").mkdir(parents=True)
    program.configure(general="forms = ../data/forms")
    assert "is inside the data folder" in command(program, "check").stderr
    (program.data / "forms").rmdir()
    (program.folder / "www/forms.d").mkdir(parents=True)
    program.configure(general="forms = ../www/forms.d")
    assert program.get("/contact").status == 200
    answer = program.call(variables("GET", "/contact", DOCUMENT_ROOT=str(program.folder / "www")))
    assert answer.status == 500 and "[seeother] forms: the folder" in answer.errors
    program.configure()


# --- what sees them all ---

def test_the_list_of_forms_and_the_desk_see_them(folder):
    folder.configure(general=FOLDER + "index = yes")
    put(folder, "guests", keys="title = Guests\nowners = alice")
    put(folder, "hidden", keys="index = no\nowners = bob")
    text = folder.get("/").text
    assert "/seeother/guests" in text and "/seeother/contact" in text and "/hidden" not in text
    assert folder.post(GOOD, "/guests").status == 303
    overview = folder.call(variables("GET", "/-/", **OWNER))
    assert overview.status == 200 and "/-/guests" in overview.text and "/-/hidden" not in overview.text
    assert "Ada" in folder.call(variables("GET", "/-/guests", **OWNER)).text
    assert folder.call(variables("GET", "/-/hidden", **OWNER)).status == 403
    assert folder.call(variables("GET", "/-/nothing", **OWNER)).status == 404
    assert folder.call(variables("GET", "/-/", **OWNER | {"REMOTE_USER": "eve"})).status == 403
    folder.configure(general=FOLDER)
    put(folder, "guests", keys="index = yes")
    assert folder.get("/").status == 404  # which reads no other file


def test_commands_see_them(folder):
    put(folder, "guests")
    the_id = folder.post(GOOD, "/guests").headers["location"].rpartition("/")[2]
    assert ", 3 forms," in command(folder, "check").stdout
    assert "Ada" in command(folder, "list").stdout and "Ada" in command(folder, "export", "guests").stdout
    assert "guests" in command(folder, "stats").stdout
    assert "Ada" in command(folder, "show", the_id).stdout
    verified = command(folder, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert command(folder, "erase", the_id).returncode == 0
    assert "Ada" not in "".join(folder.lines("guests"))


def test_tasks_of_the_folder_are_done(folder):
    act = folder.folder / "act"
    act.write_text(f"#!/bin/sh\necho $SEEOTHER_FORM >>{folder.folder}/done\n")
    act.chmod(0o755)
    folder.configure(general=FOLDER, more=f"[task act]\ncommand = {act}\n")
    put(folder, "bad", "[form bad]\nno = no\n")
    put(folder, "guests", keys="after = act")
    done = folder.folder / "done"
    assert folder.post(GOOD, "/guests").status == 303
    wait_for("the first job", lambda: done.exists() and done.read_text() == "guests\n")
    put(folder, "invites", keys="after = act")
    assert folder.post(GOOD, "/invites").status == 303
    wait_for("the second job", lambda: done.read_text() == "guests\ninvites\n")
    folder.wait_for_worker()
    assert "guests act: all done" in command(folder, "tasks").stdout


def test_a_worker_that_stays_takes_up_changed_files(folder):
    act = script(folder, f"echo $SEEOTHER_FORM >>{folder.folder}/done")
    folder.configure(general=FOLDER, more=f"[task act]\ncommand = {act}\n")
    put(folder, "guests")
    assert folder.post(GOOD, "/guests").status == 303
    service = start_service(folder)
    put(folder, "invites", keys="after = act")  # another file
    assert folder.post(GOOD, "/invites").status == 303
    wait_for_words(folder, 1, seconds=8)
    with file_of(folder, "guests").open("w") as file:  # the same file with other content
        file.write(sections("guests", keys="after = act"))
    assert folder.post("name=Bob", "/guests").status == 303
    wait_for_words(folder, 2, seconds=8)
    service.terminate()
    service.communicate(timeout=20)
    assert words(folder)[:2] == ["invites", "guests"]


# --- many ---

def test_many_forms_take_turns_in_a_process(start):
    program = start(count=1)
    (program.folder / "forms.d").mkdir()
    program.configure(general=FOLDER)
    names = ["form" + "".join(chr(97 + i // 26 ** k % 26) for k in (1, 0)) for i in range(150)]
    for name in names:
        put(program, name, keys=f"title = Title of {name}", fields="name = text required")
    for name in names[:100] + names[:5] + names[99:] if program.workers else names[::50]:
        assert f"Title of {name}" in program.get(f"/{name}").text
        key = {"HTTP_IDEMPOTENCY_KEY": '"one"'}
        first, second = program.post(f"name={name}", f"/{name}", **key), program.post(f"name={name}", f"/{name}", **key)
        assert first.status == 303 and first.headers["location"] == second.headers["location"]
    for path in sorted(program.data.glob("form*/*.jsonl")):
        lines = path.read_text().splitlines()
        assert len(lines) == 1 and f'"name":"{path.parent.name}"' in lines[0]
    assert ", 152 forms," in command(program, "check").stdout


def test_check_recommends_the_folder_for_many_forms_in_one_file(program):
    for n, recommended in ((90, False), (110, True)):
        program.configure_text("[seeother]\ndata = ../data\n" + "".join(f"[form form{i}]\n" for i in range(n)))
        said = command(program, "check")
        assert said.returncode == 0 and (f"forms: warning: {n} forms are in this file" in said.stderr) == recommended, said.stderr
