"""What a post may take of the disk: files only where a form has a place for them, shown to owners, within quota and reserve."""
import fcntl
import json
import sys
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from harness.bodies import multipart
from test_form import Page
from test_log import id_of

OWNER = {"REMOTE_USER": "ada", "AUTH_TYPE": "Basic"}
FILE = ("file", "x.txt", "text/plain", b"Xanthippe")
FORMS = "[form open]\nowners = ada\n[form drop]\nfiles = yes\nowners = ada\n[form public]\nfiles = yes\nshow_files = yes\n" \
        "[form photo]\nowners = ada\n[fields photo]\nfile = file\n"


@pytest.fixture
def program(start):
    place = start()
    place.configure(more=FORMS)
    return place


def post(program, form, *parts):
    body, kind = multipart(("a", "b"), *parts)
    return program.post(body, "/" + form, CONTENT_TYPE=kind)


def files(program):
    return [path for path in program.data.glob("*/files/**/*") if path.is_file()]


def test_a_form_without_fields_takes_no_files_unless_it_says_so(program):
    answer = post(program, "open", FILE)
    assert answer.status == 400 and "no field for" in answer.text and not program.lines("open") and not files(program)
    assert post(program, "open", ("file", "", "application/octet-stream", b"")).status == 303  # nothing was chosen
    assert post(program, "open", FILE, FILE).status == 400
    large = post(program, "open", ("file", "x.bin", "text/plain", b"x" * 2_000_000))
    assert large.status in (400, 413) and not files(program)
    assert post(program, "drop", FILE).status == 303 and len(files(program)) == 1
    assert post(program, "photo", FILE).status == 303 and len(files(program)) == 2


@pytest.mark.parametrize("form", ["drop", "photo"])
def test_uploads_are_for_owners(program, form):
    path = f"/{form}/" + id_of(post(program, form, FILE))
    file = f"{path}/files/1/x.txt"
    page, owner = program.get(path), program.get(path, **OWNER)
    assert page.status == 200 and "x.txt" in page.text and "files/1" not in page.text and "files/1" in owner.text
    assert program.get(file).status == 404 and program.get(file, REMOTE_USER="ada").status == 404
    assert program.get(file, **OWNER).body == b"Xanthippe"
    said, = json.loads(program.get(path, HTTP_ACCEPT="application/json").text)["files"]
    assert said["filename"] == "x.txt" and said["size"] == 9


def test_a_form_may_show_its_uploads_to_whoever_has_the_link(program):
    path = "/public/" + id_of(post(program, "public", FILE))
    assert program.get(f"{path}/files/1/x.txt").body == b"Xanthippe" and "files/1" in program.get(path).text


def test_below_the_reserve_nothing_is_taken_and_the_log_says_so_once(program):
    program.configure(more=FORMS)
    assert post(program, "drop").status == 303  # the folder is there from now on
    program.configure(general="reserve = 1000000G", more=FORMS)
    said, before = "", len(program.log())
    for form in ("drop", "drop", "open", "photo"):
        answer = post(program, form)
        said += answer.errors
        assert answer.status == 503 and int(answer.headers["retry-after"]) > 0
        assert "not kept" in answer.text and Page(answer.text)
    said += program.log()[before:]
    assert said.count("bytes are free") == 1 and "answered 503 until there is room again" in said
    assert post(program, "drop", FILE).status == 503 and len(program.lines("drop")) == 1 and not files(program)
    assert program.get("/photo").status == 200  # what is read is not affected
    program.configure(more=FORMS)
    assert post(program, "drop").status == 303 and not (program.data / "low").exists()


def test_over_its_quota_a_form_takes_nothing_more(program, clock):
    program.configure(more=FORMS.replace("files = yes", "quota = 100K\nfiles = yes", 1))
    big = ("file", "x.txt", "text/plain", b"x" * 30_000)
    answers = [post(program, "drop", big) for _ in range(6)]
    assert [answer.status for answer in answers] == [303, 303, 303, 503, 503, 503]
    said = "".join(answer.errors for answer in answers) + program.log()
    assert said.count('"quota" allows 102400') == 1
    assert post(program, "drop").status == 303 and post(program, "public", big).status == 303  # what fits still does
    assert len(files(program)) == 4


def test_a_quota_is_measured_anew(start, clock):
    program = start(environment=clock.environment)
    program.configure(contact="withdraw = 1h", more="[form drop]\nfiles = yes\nquota = 100K\nwithdraw = 1h\n")
    big = ("file", "x.txt", "text/plain", b"x" * 90_000)
    path = "/drop/" + id_of(post(program, "drop", big))
    assert post(program, "drop", big).status == 503
    assert program.post("_method=delete", path).status == 303
    clock.set(61)
    assert post(program, "drop", big).status == 303
    (program.data / "drop" / "usage").write_bytes(b"torn")
    assert post(program, "drop", big).status == 503


BIG = ("file", "x.txt", "text/plain", b"x" * 30_000)


def test_a_quota_holds_for_posts_that_announce_no_length(program, clock):
    program.configure(more="[form drop]\nfiles = yes\nquota = 100K\n")
    body, kind = multipart(("a", "b"), BIG)
    assert post(program, "drop", BIG).status == 303
    answers = [program.post(body, "/drop", CONTENT_TYPE=kind, CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")
               for _ in range(5)]
    assert [answer.status for answer in answers] == [303, 303, 503, 503, 503]
    said = "".join(answer.errors for answer in answers) + program.log()
    assert said.count('"quota" allows 102400') == 1 and len(files(program)) == 3 == len(program.lines("drop"))
    assert post(program, "drop").status == 303


def test_refused_posts_take_nothing_of_the_quota(program, clock):
    program.configure(more="[form drop]\nquota = 100K\n[fields drop]\nfile = file max=40K\nemail = email required\n")
    good, wrong, large = ("email", "a@example.org"), ("email", "wrong"), ("file", "x.txt", "text/plain", b"x" * 50_000)
    assert post(program, "drop", good, BIG).status == 303
    for parts, status in [((wrong, BIG), 422), ((good, large), 422)] * 3:
        assert post(program, "drop", *parts).status == status
    body, kind = multipart(good, BIG)
    again = [program.post(body, "/drop", CONTENT_TYPE=kind, HTTP_IDEMPOTENCY_KEY="0123456789abcdef-one") for _ in range(2)]
    assert [answer.status for answer in again] == [303, 303]  # the retry is kept once
    assert [post(program, "drop", good, BIG).status for _ in range(2)] == [303, 503]


def test_what_another_post_takes_of_the_quota_meanwhile_is_not_lost(program, clock):
    program.configure(more="[form drop]\nfiles = yes\nquota = 100K\n")
    assert [post(program, "drop").status for _ in range(2)] == [303, 303]
    with open(program.data / "drop" / "usage", "r+b") as usage, ThreadPoolExecutor(1) as other:
        fcntl.flock(usage, fcntl.LOCK_EX)
        waiting = other.submit(post, program, "drop", BIG)
        wait([waiting], timeout=0.5)
        usage.write((100 << 10).to_bytes(8, sys.byteorder))  # the bytes that the form holds
        usage.flush()
        fcntl.flock(usage, fcntl.LOCK_UN)
        assert waiting.result().status == 503


@pytest.mark.parametrize("way", ["cgi"])
def test_simultaneous_posts_are_all_counted(program, clock):
    program.configure(more="[form drop]\nfiles = yes\nquota = 100K\n")
    assert post(program, "drop").status == 303
    body, kind = multipart(("file", "x.txt", "text/plain", b"x" * 6_000))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: program.post(body, "/drop", CONTENT_TYPE=kind).status, range(24)))
    assert answers.count(303) == 16 and answers.count(503) == 8  # 102400 / (6000 + what frames a file)
