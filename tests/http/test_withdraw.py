"""Withdrawing: who may erase an outcome and when, that it is gone then, and that nothing else is."""
import contextlib
import datetime
import json
import os
import re
import subprocess
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import clients
from harness.bodies import multipart
from harness.clients import variables
from harness.pages import Page
from harness.posts import id_of, on_disk, upload
from harness.processes import wait_for
from harness.tasks import post, task
from harness.tracing import UNCHECKED, order_of, traced

SECRET = "Xanthippe-wrote-this"
GOOD = f"name=Ada&email=ada%40example.org&message={SECRET}".encode()
CONTENT = b"Recognisable-bytes-of-an-upload." * 4000
OWNER = {"REMOTE_USER": "olga", "AUTH_TYPE": "Basic"}
SETTING = "withdraw = 1h\nowners = olga, otto"
ERASE = b"_method=delete"


@pytest.fixture
def program(start):
    place = start()
    place.configure(contact=SETTING, more=SETTING)
    return place


def kept(program, body=GOOD, form="contact", **more):
    """Keeps a post; gives the path of its outcome."""
    answer = program.post(body, "/" + form, **more)
    assert answer.status == 303, answer.text
    return f"/{form}/" + id_of(answer)


def kept_upload(program, *names):
    answer = upload(program, ("text", SECRET), *(("file", name, "text/plain", CONTENT) for name in names or ["x.txt"]))
    return "/any/" + id_of(answer)


def delete(program, path, **more):
    return program.call(variables("DELETE", path, **more))


def withdraw(program, path, body=ERASE, **more):
    return program.post(body, path, **more)


def is_gone(program, path):
    assert program.get(path).status == 410 and SECRET not in program.get(path).text


def aged(program, seconds, form="contact"):
    """Makes all outcomes so much older."""
    for path in program.data.glob(f"{form}/*.jsonl"):
        def older(match):
            at = datetime.datetime.strptime(match[1].decode(), "%Y-%m-%dT%H:%M:%S.%fZ") - datetime.timedelta(seconds=seconds)
            return b'"received":"%s"' % (at.isoformat(timespec="milliseconds") + "Z").encode()
        path.write_bytes(re.sub(rb'"received":"([^"]*)"', older, path.read_bytes()))


def offers(program, path, **more):
    """Tells whether the page of an outcome leads to one that withdraws it, and that one has a button."""
    name = path.rsplit("/", 1)[1]
    links = [attributes for tag, attributes in Page(program.get(path, **more).text).tags if attributes.get("href") == f"{name}?withdraw"]
    answer = program.get(path, QUERY_STRING="withdraw", **more)
    forms = [attributes for tag, attributes in Page(answer.text).tags if tag == "form"]
    assert (answer.status, len(forms)) == ((200, 1) if links else (403, 0)) and len(links) <= 1
    assert [form["action"] for form in forms] in ([], [name]) and SECRET not in answer.text
    return len(forms) == 1


def button(program, path, **more):
    """What the button of the page that asks once more posts."""
    tags = Page(program.get(path, QUERY_STRING="withdraw", **more).text).tags
    return urllib.parse.urlencode([(each["name"], each["value"]) for tag, each in tags if tag == "input"]).encode()


# --- who may, and when ---


def test_a_visitor_withdraws_by_the_button_of_the_page(program):
    path = kept(program)
    page = Page(program.get(path).text)
    assert offers(program, path) and not [tag for tag in page.tags if tag[0] == "form"]
    assert button(program, path) == ERASE and SECRET in program.get(path).text  # looking erases nothing
    answer = withdraw(program, path, button(program, path))
    assert answer.status == 303 and answer.headers["location"] == "http://example.org/seeother" + path
    is_gone(program, path)
    assert ("a", {"href": "http://example.org/seeother/contact"}) in Page(program.get(path).text).tags
    assert program.get("/contact").status == 200


def test_a_program_withdraws_by_delete(program):
    path = kept(program)
    answer = delete(program, path)
    assert answer.status == 303 and answer.headers["location"] == "http://example.org/seeother" + path
    is_gone(program, path)


def test_what_an_erased_outcome_answers(program):
    path = kept_upload(program)
    file = path + "/files/1/x.txt"
    assert program.get(file).body == CONTENT
    assert withdraw(program, path).status == 303
    page = program.get(path)
    assert page.status == 410 and page.headers["content-type"] == "text/html; charset=utf-8" and "etag" not in page.headers
    assert Page(page.text) and page.headers["cache-control"] == "no-store"
    problem = program.get(path, HTTP_ACCEPT="application/json")
    assert problem.status == 410 and json.loads(problem.text)["status"] == 410
    assert problem.headers["content-type"] == "application/problem+json"
    for answer in (program.get(file), program.get(path + "/files/2/y"), delete(program, path), withdraw(program, path),
            delete(program, path, **OWNER),
                   program.get(path, HTTP_IF_NONE_MATCH="*"), program.get(path,
                   HTTP_IF_MODIFIED_SINCE="Mon, 23 Nov 2037 00:00:00 GMT")):
        assert answer.status == 410 and "location" not in answer.headers
    head = program.call(variables("HEAD", path))
    assert head.status == 410 and head.body == b"" and head.lines == page.lines
    assert program.call(variables("OPTIONS", path)).status == 204


def test_a_visitor_has_so_long(program):
    program.configure(contact="withdraw = 10m")
    path = kept(program)
    aged(program, 590)
    assert offers(program, path) and withdraw(program, path).status == 303
    path = kept(program)
    aged(program, 601)
    assert not offers(program, path)
    for answer in (withdraw(program, path), delete(program, path), delete(program, path, **OWNER)):
        assert answer.status == 403 and "location" not in answer.headers
    assert SECRET in program.get(path).text


def test_time_passes_while_the_page_is_open(program):
    program.configure(contact="withdraw = 2s")
    path = kept(program)
    assert offers(program, path)
    time.sleep(2.1)
    assert not offers(program, path) and withdraw(program, path).status == 403 and program.get(path).status == 200


@pytest.mark.parametrize("setting", ["", "withdraw = never", "withdraw = 0"])
def test_without_a_time_no_visitor_may(program, setting):
    program.configure(contact=setting + "\nowners = olga")
    path = kept(program)
    assert not offers(program, path) and withdraw(program, path).status == 403 and delete(program, path).status == 403
    problem = delete(program, path, HTTP_ACCEPT="application/json")
    assert problem.status == 403 and json.loads(problem.text)["status"] == 403
    assert SECRET in program.get(path).text


def test_owners_always_may_and_nobody_else(program):
    program.configure(contact="owners = olga, otto")
    path = kept(program)
    aged(program, 10 * 365 * 86400)
    for user in ("mallory", "olg", "olga2", "olga,", "olga, otto", "Olga", "", " olga", ","):
        assert delete(program, path, REMOTE_USER=user, AUTH_TYPE="Basic").status == 403, user
        assert not offers(program, path, REMOTE_USER=user, AUTH_TYPE="Basic"), user
    otto = {"REMOTE_USER": "otto", "AUTH_TYPE": "Digest"}
    assert offers(program, path, **OWNER) and withdraw(program, path, button(program, path, **otto), **otto).status == 303
    is_gone(program, path)


def test_another_site_can_t_make_an_owner_s_browser_erase(program):
    """A visitor whose time is over knows the URI, and may lure an owner, whom the web server knows, to a page that posts."""
    program.configure(contact="owners = olga")
    path = kept(program)
    mine = button(program, path, **OWNER)
    assert b"_token=" in mine
    other = kept(program)
    other_token, (_, form_token) = button(program, other, **OWNER), Page(program.get("/contact").text).named("_token")[0]
    for headers in ({}, {"HTTP_SEC_FETCH_SITE": "same-origin"}, {"HTTP_ORIGIN": "http://example.org"}, {"HTTP_ORIGIN": "null"}):
        for body in (ERASE, other_token, ERASE + b"&_token=" + form_token["value"].encode(), ERASE + b"&_token=", mine[:-1] + b"-"):
            assert withdraw(program, path, body, **OWNER, **headers).status == 403, (headers, body)
        assert withdraw(program, path, mine, REMOTE_USER="otto", AUTH_TYPE="Basic", **headers).status == 403  # not an owner here
    for headers in ({"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"}, {"HTTP_SEC_FETCH_SITE": "none"},
                    {"HTTP_ORIGIN": "null"}, {"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_ORIGIN": "http://example.org:81"},
                    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://example.org"}):
        assert withdraw(program, path, mine, **OWNER, **headers).status == 403, headers
        assert delete(program, path, **OWNER, **headers).status == 403, headers
    assert SECRET in program.get(path, **OWNER).text
    assert withdraw(program, path, mine, **OWNER, HTTP_SEC_FETCH_SITE="same-origin", HTTP_ORIGIN="null").status == 303
    assert withdraw(program, other, other_token, **OWNER, HTTP_ORIGIN="http://example.org").status == 303
    third = kept(program)
    assert withdraw(program, third, button(program, third, **OWNER), **OWNER).status == 303  # an old browser says nothing
    fourth = kept(program)
    assert delete(program, fourth, **OWNER).status == 303  # no page elsewhere can send DELETE without asking first


def test_an_owner_s_token_ends_after_a_day(start, clock):
    program = start(environment=clock.environment)
    program.configure(contact="owners = olga")
    path = kept(program)
    mine = button(program, path, **OWNER)
    clock.set(86401)
    assert withdraw(program, path, mine, **OWNER).status == 403
    clock.set(86300)
    assert withdraw(program, path, mine, **OWNER).status == 303


@pytest.mark.parametrize("said", [{"REMOTE_USER": "olga"}, {"REMOTE_USER": "olga", "AUTH_TYPE": ""},
    {"AUTH_TYPE": "Basic"}, {"HTTP_AUTHORIZATION": "Basic b2xnYTp4"}, {"REMOTE_USER": "olga", "HTTP_AUTH_TYPE": "Basic"}])
def test_a_user_whom_no_server_has_authenticated_is_no_owner(program, said):
    """nginx's fastcgi_params sets REMOTE_USER from any Authorization header, without a look at the password."""
    program.configure(contact="owners = olga\nshow = none")
    path = kept(program)
    assert SECRET in program.get(path, **OWNER).text and SECRET not in program.get(path, **said).text
    assert SECRET not in program.get(path, HTTP_ACCEPT="application/json", **said).text
    assert delete(program, path, **said).status == 403 and not offers(program, path, **said)
    assert program.get(path).status == 200


@pytest.mark.parametrize("body, kind, status", [
    (b"_method=delete", "text/plain", 415), (b'{"_method":"delete"}', "application/json", 415), (b"_method=delete", None, 415),
    (b"_method=delete", "", 415),
    (b"_method=delete", "application/x-www-form-urlencoded2", 415), (b"", clients.FORM, 422), (b"a=b", clients.FORM, 422),
    (b"_method=", clients.FORM, 422),
    (b"_method=put", clients.FORM, 422), (b"_method=delete2", clients.FORM, 422), (b"_method", clients.FORM, 422),
    (b"_METHOD=delete", clients.FORM, 422),
    (b"x_method=delete", clients.FORM, 422), (b"_method=delet%00e", clients.FORM, 422), (b"_method=delete%00", clients.FORM, 422),
    (b"_method=put&_method=delete", clients.FORM, 422),
    (b"_method=delete&" + b"x" * 1100, clients.FORM, 413), (b"&".join(b"a=%d" % i for i in range(20)) + b"&_method=delete",
    clients.FORM, 413)])
def test_a_post_that_does_not_mean_delete_erases_nothing(program, body, kind, status):
    path = kept(program)
    assert withdraw(program, path, body, CONTENT_TYPE=kind).status == status
    body, kind = multipart(("_method", "delete"))
    assert withdraw(program, path, body, CONTENT_TYPE=kind).status == 415
    assert SECRET in program.get(path).text


def test_a_compressed_post_is_told_what_is_taken(program):
    path = kept(program)
    answer = withdraw(program, path, HTTP_CONTENT_ENCODING="gzip")
    assert answer.status == 415 and answer.headers["accept-encoding"] == "identity" and SECRET in program.get(path).text


@pytest.mark.parametrize("length", ["13", "15", "x", "-1", None, ""])
def test_a_post_of_another_length_erases_nothing(program, way, length):
    path = kept(program)
    answer = withdraw(program, path, CONTENT_LENGTH=length)
    if way == "fastcgi" and length in ("-1", None, ""):  # no length: the end of a FastCGI stream is certain
        assert answer.status == 303 and program.get(path).status == 410
    else:
        assert answer.status in (400, 411) and SECRET in program.get(path).text


@pytest.mark.parametrize("kind", [clients.FORM, clients.FORM + "; charset=UTF-8", clients.FORM.upper()])
@pytest.mark.parametrize("body", [b"_method=delete", b"_method=delete&reason=none", b"%5Fmethod=%64elete", b"_method=delete&",
    b"_method=DELETE"])
def test_a_post_that_means_delete_erases(program, body, kind):
    path = kept(program)
    assert withdraw(program, path, body, CONTENT_TYPE=kind).status == 303
    is_gone(program, path)


def test_what_is_not_there_can_t_be_withdrawn(program):
    path = kept(program)
    stem = path[:-1]
    for other in [stem, path + "a", "/contact/" + "a" * 29, path.replace("contact", "any"), "/contact/..",
            "/any/" + path.split("/")[2]]:
        assert delete(program, other).status == 404 and withdraw(program, other).status == 404, other
    assert delete(program, path + "/files/1/x").status == 405
    assert program.get(path).status == 200 and delete(program, "/contact").status == 405


def test_a_method_in_a_post_to_the_form_is_no_field_and_erases_nothing(program):
    path = kept(program)
    answer = program.post(GOOD + b"&_method=delete")
    assert answer.status == 303 and "_method" not in program.records()[1]["fields"] and "extra" not in program.records()[1]
    assert program.get(path).status == 200


def test_withdrawing_leads_to_a_page_that_is_there(program):
    """A form that takes anything has none of its own to show."""
    program.configure(contact=SETTING + "\npage = /contact.html", more=SETTING)
    path = kept(program)
    assert withdraw(program, path).headers["location"] == "http://example.org/seeother" + path
    assert ("a", {"href": "http://example.org/seeother/contact"}) in Page(program.get(path).text).tags
    assert program.get("/contact").headers["location"] == "http://example.org/contact.html"
    answer = withdraw(program, kept(program, b"a=b", "any"))
    path = answer.headers["location"].removeprefix("http://example.org/seeother")
    assert answer.status == 303 and program.get(path).status == 410


def test_a_withdrawal_that_fails_does_not_say_that_a_message_was_not_kept(program, tmp_path):
    program.configure(contact=SETTING)
    path = kept(program)
    answer = under_strace(program, tmp_path, "pwrite64:error=EIO", variables("POST", path, ERASE), ERASE)
    assert b"503 Service" in answer and b"not kept" not in answer and b"can&#39;t erase this" in answer


def test_http_1_0_gets_303(program):
    assert withdraw(program, kept(program), SERVER_PROTOCOL="HTTP/1.0").status == 303


# --- what is left ---


def all_bytes(program):
    return b"".join(path.read_bytes() for path in sorted(program.data.glob("**/*")) if path.is_file())


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_nothing_of_it_is_left_and_all_else_is(program, durable):
    program.configure(general=f"durable = {durable}", contact=SETTING, more=SETTING)
    others = [kept(program, GOOD.replace(SECRET.encode(), b"other%d" % i)) for i in range(5)]
    path = kept(program, GOOD + b"&more=" + SECRET.encode(), HTTP_USER_AGENT=SECRET, REMOTE_ADDR="198.51.100.77")
    others += [kept(program, GOOD.replace(SECRET.encode(), b"other%d" % i)) for i in range(5, 9)]
    log, = program.data.glob("contact/*.jsonl")
    before, size = log.read_bytes().split(b"\n"), log.stat()
    assert SECRET.encode() in all_bytes(program) and b"198.51.100.77" in all_bytes(program)
    assert delete(program, path).status == 303
    assert SECRET.encode() not in all_bytes(program) and b"198.51.100.77" not in all_bytes(program)
    after = log.read_bytes().split(b"\n")
    assert [len(line) for line in after] == [len(line) for line in before] and log.stat().st_ino == size.st_ino
    assert after[:5] + after[6:] == before[:5] + before[6:]
    assert json.loads(after[5]) == {"id": path.rsplit("/", maxsplit=1)[1], "erased": True}
    for i, other in enumerate(others):
        assert f"other{i}" in program.get(other).text
    assert f"other{0}" in program.get(others[0]).text and program.get(kept(program)).status == 200


def test_all_uploads_go_wherever_they_lie(program):
    path, other = kept_upload(program, "a.txt", "b.txt", "c.txt"), kept_upload(program, "d.txt")
    first = program.records("any")[0]["files"]
    incoming = program.data / "any" / "files" / "incoming"
    (program.data / "any" / first[1]["path"]).rename(incoming / first[1]["path"].rsplit("/",
        1)[1])  # its process died before it moved it
    (program.data / "any" / first[2]["path"]).unlink()
    assert program.get(path + "/files/2/b.txt").body == CONTENT
    assert delete(program, path).status == 303
    assert [str(file.relative_to(program.data / "any"))
            for file in on_disk(program)] == [program.records("any")[1]["files"][0]["path"]]
    assert program.get(other + "/files/1/d.txt").body == CONTENT
    is_gone(program, path)


def test_an_upload_that_is_a_link_is_not_followed(program):
    path = kept_upload(program)
    file, = on_disk(program)
    away = program.folder / "away"
    away.write_bytes(b"not to be touched")
    file.unlink()
    file.symlink_to(away)
    delete(program, path)
    assert away.read_bytes() == b"not to be touched"
    with contextlib.suppress(FileNotFoundError):
        file.unlink()


def test_a_record_of_a_million_bytes_goes_whole(program):
    body = b"&".join(b"f%d=" % i + SECRET.encode() * 4500 for i in range(12))
    first, path, last = kept(program, b"a=first", "any"), kept(program, body, "any"), kept(program, b"a=last", "any")
    assert len(program.lines("any")[1]) > 1000000
    assert delete(program, path).status == 303 and SECRET.encode() not in all_bytes(program)
    assert "first" in program.get(first).text and "last" in program.get(last).text
    is_gone(program, path)


def test_a_node_s_outcome_is_erased_by_another_node(program):
    program.configure(general="node = web1", contact=SETTING)
    path = kept(program)
    program.configure(general="node = web2", contact=SETTING)
    other = kept(program)
    assert delete(program, path).status == 303 and all_bytes(program).count(SECRET.encode()) == 1
    is_gone(program, path)
    assert program.get(other).status == 200


def test_a_key_that_was_withdrawn_makes_a_new_outcome(program):
    key = {"HTTP_IDEMPOTENCY_KEY": '"8e03978e"'}
    path = kept(program, **key)
    assert kept(program, **key) == path
    assert delete(program, path).status == 303
    fresh = kept(program, **key)
    assert fresh != path and kept(program, **key) == fresh and program.get(fresh).status == 200
    is_gone(program, path)
    assert delete(program, fresh).status == 303 and SECRET.encode() not in all_bytes(program)


def test_keys_that_are_made_anew_pass_over_what_was_erased(program):
    key = {"HTTP_IDEMPOTENCY_KEY": '"k"'}
    path, other = kept(program, **key), kept(program, HTTP_IDEMPOTENCY_KEY='"other"')
    delete(program, path)
    (program.data / "contact" / "keys").unlink()
    assert kept(program, HTTP_IDEMPOTENCY_KEY='"other"') == other and kept(program, **key) != path


@contextlib.contextmanager
def ext4(folder, image, options="loop"):
    """A file system with a journal, in a file that can be looked through."""
    if os.environ.get("PRIVATE_MOUNTS") == "no":
        pytest.skip("may not mount")
    with open(image, "wb") as file:
        file.truncate(24 << 20)
    subprocess.run(["/sbin/mkfs.ext4", "-q", "-F", str(image)], check=True)
    folder.mkdir()
    if subprocess.run(["mount", "-o", options, str(image), str(folder)]).returncode:
        pytest.skip("may not mount a file")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def raw(image):
    os.sync()
    return image.read_bytes()


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_the_raw_disk_holds_no_trace(start, tmp_path, durable):
    program = start(count=1)
    program.configure(general=f"durable = {durable}", contact=SETTING, more=SETTING)
    image = tmp_path / "image"
    with ext4(program.data, image):
        others = [kept(program, GOOD.replace(SECRET.encode(), b"other%d" % i)) for i in range(40)]
        paths = [kept(program), kept_upload(program, "x.txt", "y.txt"),
            kept(program, b"&".join(b"f%d=" % i + SECRET.encode() * 4000 for i in range(3)), "any")]
        others += [kept(program, GOOD.replace(SECRET.encode(), b"other%d" % i)) for i in range(40, 80)]
        before = raw(image)
        assert SECRET.encode() in before and b"Recognisable-bytes" in before and CONTENT in before
        assert [delete(program, path).status for path in paths] == [303] * 3
        after = raw(image)
        assert SECRET.encode() not in after and b"Recognisable-bytes" not in after and b"x.txt" not in after
        for i, other in enumerate(others):
            assert f"other{i}" in program.get(other).text
        for path in paths:
            is_gone(program, path)
        if program.workers:
            program.check_alive()
            program.workers.kill(15)


@pytest.mark.parametrize("way", ["cgi"])
def test_the_raw_disk_holds_no_trace_of_a_result(program, tmp_path):
    task(program, "sync; cat; sync", kind="result", form=SETTING)
    image = tmp_path / "image"
    with ext4(program.data, image):
        path = "/job/" + post(program, b"a=" + SECRET.encode() * 500)
        wait_for("the result", lambda: list(program.data.glob("job/tasks/act/*.result")))
        program.wait_for_worker()
        assert SECRET in program.get(f"{path}/result").text and SECRET.encode() in raw(image)
        assert delete(program, path).status == 303
        assert SECRET.encode() not in raw(image)


def test_what_a_task_made_goes_though_its_form_has_it_no_longer(program):
    task(program, "cat", kind="result", form=SETTING)
    path = "/job/" + post(program, b"a=" + SECRET.encode())
    wait_for("the result", lambda: list(program.data.glob("job/tasks/act/*.result")))
    program.wait_for_worker()
    program.configure(more=f"[form job]\n{SETTING}\n")
    assert delete(program, path).status == 303 and not list(program.data.glob("job/tasks/act/*.result"))


# --- death, errors, races ---


def under_strace(program, tmp_path, inject, values, body=b"", trace="trace"):
    """One CGI process in which a call fails, or is its last; gives what it said."""
    call = inject.split(":")[0]
    command = ["strace", "-f", "-qq", "-o", str(tmp_path / trace), "-e", f"trace={call}", "-e", f"inject={inject}",
        program.binary]
    environment = {key: os.fsencode(value) for key, value in (program.environment | UNCHECKED | values).items()}
    return subprocess.run(command, input=body, env=environment, capture_output=True).stdout


STEPS = [(call, n) for call, most in (("openat", 8), ("write", 5), ("fsync", 4), ("fdatasync", 3), ("unlink", 3), ("flock", 2),
    ("pwrite64", 2), ("pread64", 3))
         for n in range(1, most)]


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("how", ["signal=KILL", "error=EIO", "error=EIO:signal=KILL"])
def test_whatever_ends_an_erasure_a_second_one_finishes_it(program, tmp_path, how):
    program.configure(contact=SETTING, more=SETTING)
    struck = 0
    for call, n in STEPS:
        path, other = kept_upload(program, "x.txt", "y.txt"), kept(program, b"a=other", "any")
        said = under_strace(program, tmp_path, f"{call}:{how}:when={n}", variables("DELETE", path))
        struck += "INJECTED" in (tmp_path / "trace").read_text() or "KILL" in (tmp_path / "trace").read_text()
        assert not said or re.search(rb"Status: (303|503|500|404|410)", said), (call, n, said)
        if b"Status: 303" not in said:
            shown = program.get(path)
            assert shown.status == 410 or SECRET in shown.text, (call, n, shown.text)  # the line is whole or gone
            second = delete(program, path)
            assert second.status in (303, 410), (call, n)
        is_gone(program, path)
        assert SECRET.encode() not in all_bytes(program) and b"Recognisable" not in all_bytes(program), (call, n)
        assert on_disk(program, "any") == [] and "other" in program.get(other).text
    assert struck >= 12


@pytest.mark.parametrize("kept_of_it", [slice(0, 40), slice(0, 4096), slice(38, None), slice(60, None), slice(4096, None)])
@pytest.mark.parametrize("asked", ["GET", "DELETE"])
def test_what_a_power_cut_left_of_an_erasure_goes_when_it_is_asked_for(program, kept_of_it, asked):
    """Of what was written after the mark any part may be on the disk."""
    before = kept(program)
    path = kept(program, b"&".join(b"f%d=" % i + SECRET.encode() * 200 for i in range(3)), "any")
    log, = program.data.glob("any/*.jsonl")
    whole = log.read_bytes()
    assert delete(program, path).status == 303
    erased, torn = log.read_bytes(), bytearray(whole)
    torn[39] = erased[39]
    torn[kept_of_it] = erased[kept_of_it]
    assert whole[36:42] == b'","for' and len(torn) == len(whole)
    log.write_bytes(torn)
    answer = program.call(variables(asked, path))
    assert answer.status == 410 and SECRET not in answer.text
    assert log.read_bytes() == erased and program.get(before).status == 200


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("how", ["DELETE", "POST"])
def test_a_second_one_flushes_before_it_answers_that_it_is_gone(program, tmp_path, how):
    """Who asked first may have died before its flush."""
    path, body = kept(program, b"a=" + SECRET.encode(), "any"), ERASE if how == "POST" else b""
    assert delete(program, path).status == 303
    calls = order_of(program, tmp_path, variables(how, path, body), body, status=410)
    assert ("fdatasync", "any/DAY.jsonl") in calls[:calls.index(("write", "answer"))], calls
    assert ("fdatasync", "any/DAY.jsonl") not in order_of(program, tmp_path, variables("GET", path), b"", status=410)


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "unlink", "flock"])
def test_a_disk_error_is_503_and_the_next_attempt_works(start, tmp_path, call):
    program = start(count=1)
    program.configure(contact=SETTING, more=SETTING)
    path = kept_upload(program)
    said = under_strace(program, tmp_path, f"{call}:error=EIO:when=1", variables("DELETE", path))
    assert b"Status: 503" in said and b"Retry-After: " in said and b"Location" not in said
    assert traced and program.get(path).status in (200, 410)
    assert delete(program, path).status in (303, 410)
    is_gone(program, path)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_retry_that_is_under_way_does_not_bring_back_what_was_erased(program, tmp_path):
    """The first retry with a key writes the line once more, to make it durable."""
    program.configure(general="durable = yes", contact=SETTING)
    key = {"HTTP_IDEMPOTENCY_KEY": '"k"'}
    path = kept(program, **key)
    slow = threading.Thread(target=under_strace, args=(program, tmp_path, "pwrite64:delay_enter=700000",
        variables("POST", "/contact", GOOD, **key), GOOD))
    slow.start()
    time.sleep(0.35)
    assert delete(program, path).status == 303
    slow.join()
    assert "DELAYED" in (tmp_path / "trace").read_text()
    is_gone(program, path)
    assert SECRET.encode() not in all_bytes(program)


@pytest.mark.parametrize("way", ["cgi"])
def test_an_upload_that_is_moved_meanwhile_goes_too(program, tmp_path):
    """As when its process, or a sweep, moves it to its place while it is being erased."""
    path = kept_upload(program)
    there, = on_disk(program)
    here = there.parent.parent / "incoming" / there.name
    there.rename(here)
    slow = threading.Thread(target=under_strace, args=(program, tmp_path, "openat:delay_exit=30000", variables("DELETE", path)))
    slow.start()
    while slow.is_alive():
        with contextlib.suppress(FileNotFoundError):
            text = (tmp_path / "trace").read_text()
            if "O_WRONLY" in text and here.exists():
                here.rename(there)
    slow.join()
    assert not there.exists() and not here.exists()
    is_gone(program, path)


@pytest.mark.parametrize("way", ["fastcgi"])
def test_erasing_while_others_append_loses_nothing(start):
    program = start(count=8)
    program.configure(contact=SETTING)
    done, erased = [], []

    def work(i):
        for j in range(12):
            path = kept(program, GOOD + b"-%d-%d" % (i, j), **({"HTTP_IDEMPOTENCY_KEY": f'"{i}-{j}"'} if j % 2 else {}))
            done.append((path, f"-{i}-{j}"))
            if j % 3 == 0:
                assert delete(program, path).status == 303
                erased.append(path)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert len(done) == 192 and len(erased) == 64 and len(program.lines()) == 192
    for path, mark in done:
        answer = program.get(path)
        assert answer.status == (410 if path in erased else 200) and (path in erased or SECRET + mark + "<" in answer.text)


def test_many_withdraw_one_outcome_at_once(program):
    path = kept_upload(program)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: delete(program, path).status, range(8)))
    assert 303 in statuses and set(statuses) <= {303, 410} and on_disk(program) == []
    is_gone(program, path)


def test_an_outcome_is_withdrawn_through_lighttpd(web):
    web.configure(contact=SETTING, more=SETTING)
    posted = web.post(GOOD)
    path = posted.getheader("Location")[len(web.origin + web.root):]
    assert "?withdraw" in web.follow(posted).text
    answer = web.post(ERASE, path)
    assert answer.status == 303 and web.follow(answer).status == 410
    again = web.post(GOOD).getheader("Location")[len(web.origin + web.root):]
    assert web.request("DELETE", again).status == 303 and web.get(again).status == 410
    assert web.request("DELETE", again).status == 410 and SECRET.encode() not in all_bytes(web)
