"""config.ini: read strictly, renewed while workers run, and never with data where anybody could fetch them."""
import multiprocessing
import os
import subprocess

import pytest

from harness import clients
from harness.commands import check
from harness.paths import BINARY
from harness.place import configuration
from harness.processes import wait_for
from harness.tracing import UNCHECKED

GOOD = b"name=Ada&email=ada%40example.org"


@pytest.mark.parametrize("text, complaint", [
    ("[seeother]\ndurabel = yes\n", "[seeother] durabel: there is no such key; did you mean \"durable\"?"),
    ("[form f]\nmax_body = 2MB\n", "[form f] max_body: takes a size such as 500, 64K or 2M, not \"2MB\""),
    ("[seeother]\nparallel = 0\n[form f]\n", "[seeother] parallel: takes a number from 1 to 1000"),
    ("[seeother]\nparallel = 9000000000000\n[form f]\n", "[seeother] parallel: takes a number from 1 to 1000"),
    ("[form f]\nmax_fields = many\n", "[form f] max_fields: takes a whole number, not \"many\""),
    ("[seeother]\ndurable = maybe\n", "[seeother] durable: takes yes or no, not \"maybe\""),
    ("[fields g]\na = text\n", "[fields g] there is no [form g]"),
    ("[form f]\n[fields f]\na = text\n[labels f]\nb = B\n", "[labels f] b: there is no such field"),
    ("[form f]\n[fields f]\na = txt\n", "[fields f] a: there is no field type \"txt\"; the types are: text email"),
    ("[form f]\n[fields f]\na = text wanted\n", "[fields f] a: there is no rule \"wanted\""),
    ("[form f]\n[fields f]\na = trap required\n", "[fields f] a: a trap field has no rule \"required\""),
    ("[form f]\n[fields f]\na = text min=5 max=4\n", "[fields f] a: min is more than max"),
    ("[form f]\n[fields f]\na = text\n[patterns f]\na = (\n", "[patterns f] a: missing closing parenthesis"),
    ("[form f]\n[fields f]\na = file\n[patterns f]\na = x\n", "[fields f] a: a file field has no pattern"),
    ("[form f]\n[fields f]\na = choice\n", "[fields f] a: a choice needs options="),
    ("[form f]\n[task a/b]\n", "[task a/b] a task needs a name"),
    ("[form f]\n[task t]\n", "[task t] needs one of command, mail, reply and webhook"),
    ("[form f]\n[task t]\ncommand = /bin/true\nmail = a@example.org\n", "[task t] needs one of command, mail, reply and webhook"),
    ("[form f]\n[task t]\nmail = a@example.org\n", "[task t] sends mail, so [seeother] needs from = ADDRESS"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nreply = email\ninput = photo\n", "[task t] input: is for commands only"),
    ("[form f]\n[task t]\ncommand = /bin/true\ntimeout = 0\n", "[task t] timeout: takes a duration of at least a second"),
    ("[form f]\n[task t]\ncommand = /bin/true\noutput = 0\n", "[task t] output: takes a size of at least a byte"),
    ("[form f]\n[task t]\ncommand = /bin/true\nmemory = 0K\n", "[task t] memory: takes a size of at least a byte"),
    ("[form f]\n[task t]\ncommand = true\n", "[task t] command: takes the whole path of a program"),
    ("[form f]\n[task t]\ncommand = /bin/echo 'a b\n", "[task t] command: takes a command whose quotes are closed"),
    ("[form f]\n[task t]\nmail = owner\n", "[task t] mail: takes e-mail addresses"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = a@example.org,\n", "[task t] mail: takes e-mail addresses"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = ,a@example.org\n", "[task t] mail: takes e-mail addresses"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = Ada <a@example.org\n", "[task t] mail: takes e-mail addresses"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = Ada, Bob <a@example.org>\n", "[task t] mail: takes e-mail addresses"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = A <b> <a@example.org>\n", "[task t] mail: takes e-mail addresses"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = a@example.org b@example.org\n", "[task t] mail: takes e-mail addresses"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx <a@example.org>\n", "[task t] mail: takes e-mail addresses"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\ncommand = /bin/true\ncc = a@example.org\n", "[task t] cc: is for mail only"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nreply = email\nbcc = a@example.org\n", "[task t] bcc: is for mail only"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\ncommand = /bin/true\ntext_file = a.txt\n", "[task t] text_file: is for mail only"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\ncommand = /bin/true\ndigest = 1d\n", "[task t] digest: is for mail only"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = a@example.org\nsuspicious = only\n", "[task t] suspicious: needs a digest"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = a@example.org\nsuspicious = yes\n", "[task t] suspicious: takes no or only"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = a@example.org\ndigest = 1d\nsubject = {name}\n", "[task t] digest: takes no {field} in subject and text"),
    ("[seeother]\nfrom = a@example.org\n[form f]\n[task t]\nmail = a@example.org\ndigest = 1d\nhtml_file = a.html\n", "[task t] digest: has no templates"),
    ("[seeother]\nfrom = a@example.org, b@example.org\n[form f]\n", "[seeother] from: takes one e-mail address"),
    ("[form f]\nafter = t\n", "[form f] after: there is no [task t]"),
    ("[form f]\nafter = -\n", "[form f] after: takes names of tasks"),
    ("[form f]\nresult = t\n", "[form f] result: there is no [task t] with a command"),
    ("[form f]\nafter = t\nresult = t\n[task t]\ncommand = /bin/true\n",
     "[form f] after: the task \"t\" makes the result already"),
    ("[form f]\nafter = t\n[fields f]\na = text\n[task t]\ncommand = /bin/true\ninput = a\n",
     "the file field \"a\", which this form does not have"),
    ("[seeother]\nfrom = a@example.org\n[form f]\nafter = t\n[fields f]\na = text\n[task t]\nreply = a\n",
     "the email field \"a\", which this form does not have"),
    ("[form f]\n[fields f]\na = file accept=png\n", "[fields f] a: accept= takes media types"),
    ("[form f]\n[fields f]\na = choice options=x,y min=1\n", "[fields f] a: min and max count options"),
    ("[seeother]\nsendfile = maybe\n[form f]\n", "[seeother] sendfile: takes yes, no or a path"),
    ("[form f]\n[thing t]\npath = /t/{n}\nmap = none.tsv\n", "\"seeother map\" makes it"),
    ("[from f]\n", "[from f] there is no such section"),
    ("[form f]\nshow = colour\n[fields f]\na = text\n", "\"colour\" is not one"),
    ("[form f]\ntitle = x\n[form g]\ntitle = y\n[Form F]\nTitle = z\n", "[form f] Title: is set in line 2 and again in line 6"),
    ("[form f]\ntitle = 'x' ; y\nbutton = \"a 'b' c\"\nintro = \"Say \"hi\"\"\n",
     "[form f] intro: what stands behind the closing quote is lost"),
    ("[form f]\n[task t]\ncommand = \"/bin/echo\" 'a b' c\n", "[task t] command: what stands behind the closing quote"),
    ("[form f]\nshow =\n", "[form f] show: takes all, none or names of fields"),
    ("[form secret]\n", "[form secret] the data folder has a file of that name"),
    ("[form f]\n[form f:x]\na = b\n", "[form f:x] a section's name can't hold a colon"),
    ("[form f]\n[form  f]\ntitle = x\n", "[form  f] there is another section for this form"),
    ("[form f]\n[fields f]\na = number min=0x1\n", "[fields f] a: \"0x1\" is not a number"),
    ("[form f]\nnext = //evil.example\n", "[form f] next: takes an absolute"),
    ("[seeother]\nbase = example.org\n", "[seeother] base: takes an absolute"),
    ("[form a/b]\n", "[form a/b] a form needs a name"),
    ("title = x\n", "\"title\" stands before the first section"),
    ("[form f] ; here\n", "syntax error"), ("[form f]\n" + "x = " + "y" * 2000 + "\n", "too long"), ("", "there is no form in it"),
])
def test_each_fault_is_named_with_file_section_and_key(tmp_path, text, complaint):
    path = tmp_path / "config.ini"
    path.write_text(text if "[form" in text or "syntax" in complaint or not text else text + "[form f]\n")
    status, said = check(path)
    assert status == 1 and str(path) in said and complaint in said, said


def test_all_faults_are_named_at_once(tmp_path):
    path = tmp_path / "config.ini"
    path.write_text("[form f]\ntitel = x\nbutten = y\n[fields f]\na = txt\n")
    assert len(check(path)[1].splitlines()) == 3


def test_a_fault_is_not_followed_by_others_that_are_none(tmp_path):
    path = tmp_path / "config.ini"
    path.write_text("[form f]\nresult = t\n[task t]\ncommand = /bin/sh -c 'one; two'\n")  # where a comment begins
    status, said = check(path)
    assert status == 1 and len(said.splitlines()) == 1 and "[task t] command: " in said, said


def test_check_is_content_with_what_is_right(tmp_path):
    path = tmp_path / "config.ini"
    path.write_text(configuration())
    status, said = check(path)
    assert status == 0 and "fine, 2 forms" in said
    assert not (tmp_path.parent / "data").exists()  # made by whom it belongs to, the web server


def test_check_tells_of_a_data_folder_that_can_t_be_used(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "config.ini"
    path.write_text("[seeother]\ndata = file/data\n[form f]\n")
    assert check(path)[0] == 1 and "[seeother] data: " in check(path)[1]
    path.write_text("[seeother]\ndata = data\n[form f]\n")
    status, said = check(path, DOCUMENT_ROOT=str(tmp_path))
    assert status == 1 and "document root" in said and not (tmp_path / "data").exists()


@pytest.mark.skipif("4294967295" not in open("/proc/self/uid_map").read() or os.geteuid() != 0, reason="needs another user")
def test_the_folder_above_the_data_need_not_be_readable(tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o011)  # one of them may be /tmp itself
    tmp_path.chmod(0o711)
    (tmp_path / "data").mkdir()
    os.chown(tmp_path / "data", 65534, 65534)
    (tmp_path / "config.ini").write_text("[seeother]\ndata = data\n[form any]\n")
    binary = tmp_path / "seeother"
    binary.write_bytes(BINARY.read_bytes())
    binary.chmod(0o755)
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary]
    answer = clients.cgi(command, clients.variables(path="/any", body=b"a=b"), b"a=b", {"PATH": os.environ["PATH"]})
    assert answer.status == 303, answer.errors


def test_a_data_folder_in_the_document_root_is_refused(program):
    link = program.folder / "link"
    link.symlink_to(program.folder)
    for root in (program.folder, f"{program.folder}/", link, program.data):
        answer = program.post(GOOD, DOCUMENT_ROOT=str(root))
        assert answer.status == 500 and "document root" in answer.errors + program.log() and not program.data.exists()
    for root in (program.folder / "htdocs", program.folder / "dat", None):
        assert program.post(GOOD, DOCUMENT_ROOT=root and str(root)).status == 303


def test_a_broken_configuration_is_500_and_said_in_the_log(start):
    program = start()
    program.configure_text("[form f]\nbogus = 1\n")
    if program.workers:
        program.workers.kill()  # those that come after have never seen a right one
        wait_for("new workers", program.workers.ready)
    answer = program.post(GOOD)
    assert answer.status == 500 and "out of order" in answer.text and "bogus" not in answer.text
    assert "[form f] bogus: there is no such key" in answer.errors + program.log()
    program.configure()
    assert program.post(GOOD).status == 303


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_changed_configuration_is_picked_up_and_a_broken_one_is_not(start):
    program = start(count=1)
    supervisors = program.workers.supervisors()
    assert "<h1>Write to us</h1>" in program.get("/contact").text
    program.configure(contact="button = Off you go")
    assert "Off you go" in program.get("/contact").text
    program.configure_text("[form contact]\nrubbish = 1\n")
    answer = program.get("/contact")
    assert answer.status == 200 and "Off you go" in answer.text
    assert "rubbish" in answer.errors and "stays in force" in answer.errors
    assert program.get("/contact").errors == ""  # said once
    program.config.unlink()
    assert program.post(GOOD).status == 303
    program.configure()
    assert "Off you go" not in program.get("/contact").text and program.workers.supervisors() == supervisors


@pytest.mark.parametrize("way", ["fastcgi"])
def test_who_has_changed_the_configuration_is_served_by_it_whoever_else_posts(start):
    program = start(count=2)
    others = [multiprocessing.Process(target=lambda: [program.post(GOOD) for _ in range(100_000)]) for _ in range(3)]
    for other in others:
        other.start()
    try:
        for i in range(100):
            program.configure(contact=f"button = Number {i}!")
            assert f"Number {i}!" in program.get("/contact").text
    finally:
        for other in others:
            other.kill()
            other.join()


@pytest.mark.parametrize("way", ["fastcgi"])
def test_a_changed_data_folder_is_picked_up(start):
    program = start(count=1)
    program.post(GOOD)
    program.configure(general="data = ../elsewhere")
    assert program.post(GOOD).status == 303
    assert len(program.lines()) == 1 and len(list((program.folder / "elsewhere").glob("contact/*.jsonl"))) == 1


def test_the_configuration_may_be_named_by_a_variable(tmp_path, way, start):
    other = tmp_path / "other.ini"
    other.write_text("[seeother]\ndata = kept\n[form elsewhere]\n")
    program = start(environment={"SEEOTHER_CONFIG": str(other)})
    assert program.post("a=b", "/elsewhere").status == 303 and (tmp_path / "kept").is_dir()


def test_a_request_can_t_name_the_configuration(start):
    program = start(count=1)
    if program.workers:
        assert program.get("/contact", SEEOTHER_CONFIG="/nonexistent").status == 200
    assert program.get("/contact", HTTP_SEEOTHER_CONFIG="/nonexistent").status == 200


# --- what can't be read for a while

MUCH = ("; " + "x" * 98 + "\n") * 50  # more than is read at once


def failing(folder, inject):
    """A prefix under which a call on the configuration fails, once in each process."""
    call, path = inject.split(":")[0], folder / "program0" / "cgi-bin" / "config.ini"
    return ["strace", "-D", "-f", "-qq", "-o", str(folder / "trace"), "-P", str(path), "-e", f"trace={call}",
            "-e", f"inject={inject}"]


@pytest.fixture
def times(tmp_path):
    """How often a configuration is opened to be read: iniparser before 4.2 reads files by their names only, and so once more."""
    file, trace = tmp_path / "plain.ini", tmp_path / "opened"
    file.write_text("[seeother]\ndata = kept\n[form contact]\n")
    subprocess.run(["strace", "-qq", "-o", trace, "-P", file, "-e", "trace=openat", BINARY], check=True, capture_output=True,
                   env=clients.variables("GET", "/contact", SEEOTHER_CONFIG=str(file)) | UNCHECKED)
    return trace.read_text().count("openat(")


@pytest.mark.parametrize("when", [1, 2, 4], ids=["first", "end", "second time"])
def test_a_configuration_that_can_t_be_read_to_its_end_is_not_taken_for_whole(start, tmp_path, way, times, when):
    if when > 2 * times:
        pytest.skip("it is opened only once")
    first_look = 2 * times if way == "fastcgi" else 0  # a short one, and its end
    program = start(count=1, prefix=failing(tmp_path, f"read:error=EIO:when={first_look + when}"), environment=UNCHECKED)
    if program.workers:
        program.get("/contact")  # it has taken its first look
    program.configure(contact="button = Off you go", more=MUCH + "\n[form late]\n")
    answer = program.get("/contact")
    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert "config.ini: can't be read: Input/output error" in answer.errors + program.log()
    assert "Off you go" not in answer.text and answer.status == (200 if program.workers else 500)
    program.prefix = []
    wait_for("all of it", lambda: "Off you go" in program.get("/contact").text)
    assert program.get("/late").status == 200


@pytest.mark.parametrize("way", ["fastcgi"])
@pytest.mark.parametrize("error", ["EMFILE", "EIO"])
@pytest.mark.parametrize("when", [1, 2])
def test_a_configuration_that_can_t_be_opened_for_a_while_is_tried_again(start, tmp_path, times, error, when):
    if when > times:
        pytest.skip("it is opened only once")
    program = start(count=1, prefix=failing(tmp_path, f"openat:error={error}:when={times + when}"), environment=UNCHECKED)
    program.get("/contact")  # it has taken its first look
    program.configure(contact="button = Off you go")
    answer = program.get("/contact")
    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert answer.status == 200 and "Off you go" not in answer.text and "stays in force" in answer.errors + program.log()
    wait_for("what is there", lambda: "Off you go" in program.get("/contact").text)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_configuration_that_can_t_be_looked_for_is_not_one_that_is_not_there(start, tmp_path):
    program = start(environment=UNCHECKED)
    program.prefix = failing(tmp_path, "access,faccessat,faccessat2:error=EIO:when=1")
    answer = program.post(GOOD)
    assert "INJECTED" in (tmp_path / "trace").read_text() and answer.status == 303
    program.prefix = []
