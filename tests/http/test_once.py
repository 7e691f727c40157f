"""Exactly once: however often and wherever a post comes in, whatever dies or is damaged meanwhile, its key makes one line."""
import contextlib
import itertools
import json
import os
import random
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import clients
from harness.bodies import multipart
from harness.disks import small_disk
from harness.pages import Page, token_of
from harness.posts import GOOD, drawn, id_of, keyed, location, on_disk, with_token
from harness.processes import wait_for
from harness.tracing import UNCHECKED, order_of

ROUNDS = int(os.environ.get("ROUNDS", 5))
OTHER = b"name=Eve&email=eve%40example.org"
FORMS = """
[form other]
[fields other]
name = text required max=20
email = email required

[form strict]
idempotency = required
[fields strict]
name = text required max=20
email = email required

[form same]
same = 1h
[fields same]
name = text required max=20
email = email required

[form short]
remember = 2s
same = 2s
[fields short]
name = text required max=20
email = email required

[form onward]
next = /thanks?{id}
next_allow = /there
[fields onward]
name = text required max=20
email = email required
"""


@pytest.fixture
def program(start):
    program = start()
    program.configure(more=FORMS)
    return program


def check_one_line_per_key(program, keys, form="contact"):
    """The log has as many lines as keys came, each with a key of its own."""
    written = [record["key"] for record in program.records(form) if "void" not in record]
    assert len(written) == len(set(written)) == keys


# --- what is the same ---


def test_the_same_token_twice_is_one_line_and_one_location(program):
    token = drawn(program)
    first = location(program.post(with_token(token)))
    for _ in range(3):
        assert location(program.post(with_token(token))) == first
    record, = program.records()
    assert first.endswith(record["id"]) and "_token" not in record["fields"] and token not in program.lines()[0]
    assert drawn(program) != token


def test_the_same_key_twice_is_one_line_and_one_location(program):
    first = location(keyed(program, "8e03978e"))
    for _ in range(3):
        assert location(keyed(program, "8e03978e")) == first
    assert location(keyed(program, "8e03978e", REMOTE_ADDR="198.51.100.1", HTTP_USER_AGENT="another")) == first
    assert location(keyed(program, "8e03978f")) != first
    record, _ = program.records()
    assert first.endswith(record["id"]) and "8e03978e" not in program.lines()[0]


def test_a_key_that_is_not_there_makes_nothing_the_same(program):
    assert location(program.post(GOOD)) != location(program.post(GOOD))
    assert len(program.records()) == 2 and not [record for record in program.records() if "key" in record]
    assert not (program.data / "contact" / "keys").exists()


def test_the_order_of_fields_and_how_they_are_encoded(program):
    first = location(keyed(program, "k"))
    body = json.dumps({"name": "Ada", "email": "ada@example.org"}).encode()
    assert location(keyed(program, "k", body, CONTENT_TYPE="application/json")) == first
    body, kind = multipart(("name", "Ada"), ("email", "ada@example.org"))
    assert location(keyed(program, "k", body, CONTENT_TYPE=kind)) == first
    assert keyed(program, "k", b"email=ada%40example.org&name=Ada").status == 422
    assert keyed(program, "k", GOOD + b"&more=1").status == 422
    assert len(program.lines()) == 1


def test_other_content_under_a_token_is_422_with_a_link_to_the_first_outcome(program):
    token = drawn(program)
    first = location(program.post(with_token(token)))
    answer = program.post(with_token(token, OTHER))
    page = Page(answer.text)
    assert answer.status == 422 and "This form was sent before" in answer.text and "location" not in answer.headers
    assert f"contact/{id_of_location(first)}" in [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert page.named("name")[0][1]["value"] == "Eve"
    assert len(program.lines()) == 1
    fresh = token_of(answer)
    assert fresh != token and location(program.post(with_token(fresh, OTHER))) != first
    assert [record["fields"]["name"] for record in program.records()] == ["Ada", "Eve"]
    assert location(program.post(with_token(token))) == first


def id_of_location(uri):
    return uri.rsplit("/")[-1]


def test_other_content_under_a_key_is_422(program):
    first = location(keyed(program, "k"))
    answer = keyed(program, "k", OTHER)
    assert answer.status == 422 and "This Idempotency-Key was used before" in answer.text
    assert id_of_location(first) not in answer.text
    for accept in ("application/json", "application/problem+json"):
        answer = keyed(program, "k", OTHER, HTTP_ACCEPT=accept)
        problem = json.loads(answer.text)
        assert answer.status == problem["status"] == 422 and "Idempotency-Key" in problem["detail"]
        assert answer.headers["content-type"] == "application/problem+json"
    assert len(program.lines()) == 1 and location(keyed(program, "k")) == first


def test_programs_get_a_problem_for_a_token_too(program):
    token = drawn(program)
    program.post(with_token(token))
    for body in (with_token(token, OTHER), with_token("x" * 43)):
        answer = program.post(body, HTTP_ACCEPT="application/json")
        assert answer.status == json.loads(answer.text)["status"] == 422
        assert answer.headers["content-type"] == "application/problem+json"
    assert len(program.lines()) == 1


def test_a_key_is_another_for_each_form(program):
    places = {location(keyed(program, "k", path=path)) for path in ("/contact", "/other", "/any", "/contact")}
    assert len(places) == 3
    for form in ("contact", "other", "any"):
        check_one_line_per_key(program, 1, form)


def test_a_form_without_fields_takes_keys_too(program):
    first = location(keyed(program, "k", b"a=1", "/any"))
    assert location(keyed(program, "k", b"a=1", "/any")) == first
    answer = keyed(program, "k", b"a=2", "/any")
    assert answer.status == 422 and "was used before" in answer.text
    answer = program.post(b"a=1&_token=" + b"x" * 43, "/any")
    assert answer.status == 422 and len(program.lines("any")) == 1


def test_equal_content_of_one_client_is_the_same_where_the_form_says_so(program):
    def post(body=GOOD, **more):
        return location(program.post(body, "/same", **({"REMOTE_ADDR": "192.0.2.1", "HTTP_USER_AGENT": "a"} | more)))

    first = post()
    assert post() == first
    places = {first, post(OTHER), post(REMOTE_ADDR="192.0.2.2"), post(HTTP_USER_AGENT="b"), post(HTTP_USER_AGENT=None),
              post(REMOTE_ADDR=None), post(REMOTE_ADDR="192.0.2.1\na", HTTP_USER_AGENT=None) if program.workers else "one more"}
    assert len(places) == 7 and post() == first
    token = drawn(program, "/same")
    assert location(program.post(with_token(token), "/same")) not in places
    assert location(keyed(program, "k", path="/same")) not in places


def test_what_is_at_fault_uses_no_key_up(program):
    token = drawn(program)
    answer = program.post(with_token(token, b"name=Ada&email=nobody"))
    assert answer.status == 422 and token_of(answer) == token
    assert keyed(program, "k", b"name=Ada&email=nobody").status == 422
    assert location(program.post(with_token(token))) != location(keyed(program, "k"))
    assert len(program.lines()) == 2


def test_where_a_key_is_required(program):
    answer = program.post(GOOD, "/strict")
    assert answer.status == 400 and "requires an Idempotency-Key" in answer.text and program.lines("strict") == []
    assert program.post(GOOD + b"&_token=", "/strict").status == 400
    assert json.loads(program.post(GOOD, "/strict", HTTP_ACCEPT="application/json").text)["status"] == 400
    assert location(keyed(program, "k", path="/strict")) == location(keyed(program, "k", path="/strict"))
    token = drawn(program, "/strict")
    assert location(program.post(with_token(token), "/strict")) == location(program.post(with_token(token), "/strict"))
    assert len(program.lines("strict")) == 2


BAD_KEYS = [
    "'k'", '""', '"', '"k', 'k"', '"' + "k" * 256 + '"', '"k" k', '"k"k',
    '"k";', '"k";A=1', '"k"; =1', '"k";a=', '"k",', '"a", "b"',
    '"a","a"', '"a\\b"', '"a\tb"', '"\x01"', '"\x7f"', '"é"', "?1", "k;a=1", "\t\"k\"", "\"k\"\t", "(\"k\")"]


def test_a_key_that_is_no_string_is_400(program):
    for header in BAD_KEYS:
        answer = program.post(GOOD, HTTP_IDEMPOTENCY_KEY=header)
        assert answer.status == 400 and "The Idempotency-Key is invalid" in answer.text, header
        answer = program.post(GOOD, HTTP_IDEMPOTENCY_KEY=header, HTTP_ACCEPT="application/json")
        assert answer.status == json.loads(answer.text)["status"] == 400, header
    assert program.lines() == []


def test_a_string_may_be_written_in_several_ways(program):
    first = location(program.post(GOOD, HTTP_IDEMPOTENCY_KEY='"k"'))
    for header in (' "k"', '"k" ', '"k";a', '"k";a=1;b="x";c=?0', '"k"; a=tok/en', '  "k";*a=-1.5  '):
        assert location(program.post(GOOD, HTTP_IDEMPOTENCY_KEY=header)) == first, header
    escaped = location(program.post(GOOD, HTTP_IDEMPOTENCY_KEY='"a\\"b\\\\"'))
    longest = location(keyed(program, "k" * 255))
    assert len({first, escaped, longest, location(keyed(program, " k")), location(keyed(program, "k" * 254)),
                location(program.post(GOOD, HTTP_IDEMPOTENCY_KEY='"a\\\\\\"b"'))}) == 6
    check_one_line_per_key(program, 6)


def test_a_key_goes_before_a_token(program):
    token = drawn(program)
    first = location(keyed(program, "k", with_token(token)))
    assert location(keyed(program, "k", with_token(drawn(program)))) == first
    assert location(keyed(program, "k")) == first
    second = location(program.post(with_token(token)))
    assert second != first and location(keyed(program, "k2", with_token(token))) not in (first, second)
    assert keyed(program, "k", with_token(token, OTHER)).status == 422
    assert program.post(with_token(token), HTTP_IDEMPOTENCY_KEY="b ad").status == 400
    check_one_line_per_key(program, 3)


def test_a_key_holds_though_the_token_beside_it_does_no_longer(program):
    first = location(keyed(program, "k", with_token("x" * 43)))
    assert location(keyed(program, "k")) == first
    assert location(keyed(program, "k", with_token(drawn(program, "/other")))) == first


def test_a_retry_has_the_same_answer_when_the_first_was_suspicious(program):
    program.configure(contact="fastest = 1h\nblocked = casino")
    token = drawn(program)
    fast = location(program.post(with_token(token)))
    trapped = location(keyed(program, "trap", GOOD + b"&website=x"))
    blocked = location(keyed(program, "blocked", GOOD + b"&message=Casino"))
    assert location(program.post(with_token(token))) == fast
    assert location(keyed(program, "trap", GOOD + b"&website=x")) == trapped
    assert location(keyed(program, "blocked", GOOD + b"&message=Casino")) == blocked
    assert [record["spam"] for record in program.records()] == ["fast", "trap", "blocked"]


def test_a_retry_is_sent_where_the_first_was(program):
    first = location(keyed(program, "k", path="/onward"))
    record, = program.records("onward")
    assert first == "http://example.org/thanks?" + record["id"] and location(keyed(program, "k", path="/onward")) == first
    asked = GOOD + b"&_next=%2Fthere%2Fhome"
    there = location(keyed(program, "l", asked, "/onward"))
    assert there.endswith("/there/home") and location(keyed(program, "l", asked, "/onward")) == there
    assert keyed(program, "l", GOOD, "/onward").status == 422
    assert len(program.lines("onward")) == 2


# --- tokens that are none ---


def test_a_token_that_is_not_this_form_s_is_refused_with_the_form(program):
    token = drawn(program)
    flipped = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    shifted = ("A" if token[3] != "A" else "B").join((token[:3], token[4:]))  # another time
    wrong = [drawn(program, "/other"), flipped, shifted, token[:-1], token + "A", token + "=", "x" * 43, "x",
             "%00" + token, token + "%00",
             token.upper(), "_" * 43, "=" * 43, "x" * 5000]
    for one in wrong:
        answer = program.post(with_token(one))
        assert answer.status == 422 and "open for so long" in answer.text, one
        assert Page(answer.text).named("name")[0][1]["value"] == "Ada" and token_of(answer) not in (one, token)
    assert program.lines() == []
    assert location(program.post(with_token(token_of(answer)))) != location(program.post(with_token(token)))


def test_bits_of_a_token_that_mean_nothing_make_no_second_one(program):
    """43 characters of base64 are 258 bits, a token has 256."""
    token = drawn(program)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    location(program.post(with_token(token)))
    for last in letters:
        program.post(with_token(token[:-1] + last))
    assert len(program.lines()) == 1


def test_a_token_of_another_secret_is_refused_with_the_form(program):
    token = drawn(program)
    (program.data / "secret").unlink()
    answer = program.post(with_token(token))
    assert answer.status == 422 and program.lines() == []
    assert program.post(with_token(token_of(answer))).status == 303


def test_a_key_is_another_under_another_secret(program):
    first = location(keyed(program, "k"))
    (program.data / "secret").rename(program.folder / "aside")
    assert subprocess.run([program.binary, "new-secret"], env=program.environment, capture_output=True).returncode == 0
    second = location(keyed(program, "k"))
    assert second != first and location(keyed(program, "k")) == second
    (program.folder / "aside").rename(program.data / "secret")
    assert location(keyed(program, "k")) == first
    assert len(program.lines()) == 2


def test_a_form_drawn_by_one_process_may_come_to_another(start):
    program = start(count=8)
    tokens = [drawn(program) for _ in range(16)]
    places = [location(program.post(with_token(token))) for token in tokens]
    for token, place in zip(tokens, places):
        assert {location(program.post(with_token(token))) for _ in range(4)} == {place}
        one = clients.cgi([program.binary], clients.variables(body=with_token(token)), with_token(token), program.environment)
        assert location(one) == place
    check_one_line_per_key(program, 16)


# --- how long ---


def test_a_key_is_forgotten_when_its_time_is_over(program):
    first = location(keyed(program, "k", path="/short"))
    assert location(keyed(program, "k", path="/short")) == first
    wait_for("the key to be forgotten", lambda: location(keyed(program, "k", path="/short")) != first, 5)
    fresh = location(keyed(program, "k", path="/short"))
    assert fresh != first and location(keyed(program, "k", path="/short")) == fresh
    lines = program.records("short")
    assert len(lines) == 2 and lines[0]["key"] == lines[1]["key"]


def test_equal_content_is_forgotten_when_its_time_is_over(program):
    first = location(program.post(GOOD, "/short"))
    wait_for("the content to be forgotten", lambda: location(program.post(GOOD, "/short")) != first, 5)
    assert len(program.lines("short")) == 2


def test_a_token_is_refused_when_its_time_is_over_and_never_makes_a_second_line(program):
    token, unused = drawn(program, "/short"), drawn(program, "/short")
    first = location(program.post(with_token(token), "/short"))
    answers = []
    wait_for("the token to be refused", lambda: answers.append(program.post(with_token(token), "/short")) or
                     answers[-1].status != 303, 5)
    assert {location(answer) for answer in answers[:-1]} <= {first}
    assert answers[-1].status == 422 and "open for so long" in answers[-1].text
    assert program.post(with_token(unused), "/short").status == 422
    assert len(program.lines("short")) == 1
    assert location(program.post(with_token(token_of(answers[-1])), "/short")) != first
    assert len(program.lines("short")) == 2


# --- files ---


FILES = [("a", "1"), ("file", "x.bin", "text/plain", b"x" * 40000), ("file", "y.bin", "text/plain", b"y")]


def upload(program, key, parts=FILES):
    body, kind = multipart(*parts)
    return keyed(program, key, body, "/any", CONTENT_TYPE=kind)


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_a_retry_with_files_keeps_one_set_of_them(program, durable):
    program.configure(general=f"durable = {durable}")
    first = location(upload(program, "k"))
    for _ in range(3):
        assert location(upload(program, "k")) == first
    record, = program.records("any")
    assert sorted(str(path.relative_to(program.data / "any")) for path in on_disk(program)) == sorted(
        file["path"] for file in record["files"])
    for other in (FILES[:-1], [FILES[0], FILES[2], FILES[1]], [*FILES[:2], ("file", "y.bin", "text/plain", b"z")],
                  [*FILES[:2], ("file", "z.bin", "text/plain", b"y")], [*FILES[:2], ("fil", "y.bin", "text/plain", b"y")]):
        assert upload(program, "k", other).status == 422
    assert len(on_disk(program)) == 2 and len(program.lines("any")) == 1


def test_uploads_at_once_with_one_key_keep_one_set_of_files(start):
    program = start(count=8)
    with ThreadPoolExecutor(16) as pool:
        places = {location(answer) for answer in pool.map(lambda _: upload(program, "k"), range(16))}
    assert len(places) == 1 and len(on_disk(program)) == 2
    check_one_line_per_key(program, 1, "any")


# --- at once ---


def crowd(call, count):
    """Calls so many times at once: none begins before all are ready."""
    gate = threading.Barrier(count)

    def one(i):
        gate.wait(30)
        return call(i)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_64_posts_at_once_with_one_key_are_one_line(start, durable):
    program = start(count=8)
    program.configure(general=f"durable = {durable}")
    places = set()
    for i in range(ROUNDS):
        answers = crowd(lambda _: keyed(program, f"key {i}"), 64)
        place, = {location(answer) for answer in answers}
        places.add(place)
        if i == 0:
            continue
        shutil.rmtree(program.data / "contact") if i == 1 else (program.data / "contact" / "keys").unlink(missing_ok=i % 2 == 0)
        places = places if i != 1 else set()
    assert len(places) == len(program.lines())
    check_one_line_per_key(program, len(places))


def test_posts_at_once_with_one_token_and_other_content_are_one_line(start):
    program = start(count=8)
    token = drawn(program)
    answers = crowd(lambda i: program.post(with_token(token, GOOD + b"&message=%d" % (i % 4))), 32)
    statuses = [answer.status for answer in answers]
    kept, = program.records()
    for i, answer in enumerate(answers):
        assert answer.status == (303 if str(i % 4) == kept["fields"]["message"] else 422)
        assert kept["id"] in (answer.headers.get("location", "") + answer.text)
    assert statuses.count(303) == 8


# --- a table that comes to harm ---


def table(program, form="contact"):
    return program.data / form / "keys"


def overwrite(path, at, content):
    with contextlib.suppress(FileNotFoundError), open(path, "r+b") as file:
        file.seek(at)
        file.write(content)


def size_of(path):
    return path.stat().st_size if path.exists() else 0


class Harm:
    """What may happen to a table; each takes the table, another form's, an older copy, and a source of chance."""

    def removed(path, other, older, chance):
        path.unlink(missing_ok=True)

    def emptied(path, other, older, chance):
        with contextlib.suppress(FileNotFoundError):
            os.truncate(path, 0)

    def cut(path, other, older, chance):
        with contextlib.suppress(FileNotFoundError):
            os.truncate(path, chance.randrange(size_of(path) + 1))

    def made_longer(path, other, older, chance):
        with contextlib.suppress(FileNotFoundError):
            os.truncate(path, size_of(path) + chance.choice([1, 255, 256, 65536]))

    def zeroed(path, other, older, chance):
        overwrite(path, 0, bytes(size_of(path)))

    def zeroed_behind_its_header(path, other, older, chance):
        overwrite(path, 256, bytes(max(0, size_of(path) - 256)))

    def filled_with_garbage(path, other, older, chance):
        overwrite(path, 0, chance.randbytes(size_of(path)))

    def filled_with_garbage_behind_its_header(path, other, older, chance):
        overwrite(path, 256, chance.randbytes(max(0, size_of(path) - 256)))

    def damaged_in_places(path, other, older, chance):
        for _ in range(20):
            overwrite(path, chance.randrange(size_of(path) + 1), b"x")

    def with_a_damaged_header(path, other, older, chance):
        overwrite(path, chance.randrange(256), b"\xff")

    def shuffled(path, other, older, chance):
        if path.is_file():
            content = path.read_bytes()
            blocks = [content[i:i + 256] for i in range(256, len(content), 256)]
            chance.shuffle(blocks)
            overwrite(path, 256, b"".join(blocks))

    def a_copy_of_another_form_s(path, other, older, chance):
        shutil.copy(other, path.with_name("keys.new"))
        path.with_name("keys.new").rename(path)

    def written_over_with_another_form_s(path, other, older, chance):
        shutil.copy(other, path)

    def a_link_to_another_form_s(path, other, older, chance):
        path.unlink(missing_ok=True)
        os.link(other, path)

    def a_symbolic_link_to_another_form_s(path, other, older, chance):
        path.unlink(missing_ok=True)
        os.symlink(other, path)

    def a_dangling_link(path, other, older, chance):
        path.unlink(missing_ok=True)
        os.symlink("keys.nowhere", path)

    def a_copy_of_an_older_one(path, other, older, chance):
        shutil.copy(older, path.with_name("keys.new"))
        path.with_name("keys.new").rename(path)

    def written_over_with_an_older_one(path, other, older, chance):
        shutil.copy(older, path)

    def a_pipe(path, other, older, chance):
        path.unlink(missing_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path)


HARM = [name for name in vars(Harm) if not name.startswith("_")]


def furnish(program):
    """Keys in both forms, and copies of their tables: one of before the last keys."""
    places = {}
    for key in "abcdefgh":
        places[key] = location(keyed(program, key))
        location(keyed(program, key + " of the other", path="/other"))
        if key == "d":
            shutil.copy(table(program), program.folder / "older")
    return places


@pytest.mark.parametrize("harm", HARM)
def test_a_table_that_comes_to_harm_between_posts_makes_no_second_line(program, harm):
    places, chance = furnish(program), random.Random(harm)
    for i in range(3):
        getattr(Harm, harm)(table(program), table(program, "other"), program.folder / "older", chance)
        for key, place in places.items():
            assert location(keyed(program, key)) == place
        fresh = f"fresh {i}"
        places[fresh] = location(keyed(program, fresh))
        assert location(keyed(program, fresh)) == places[fresh]
        assert keyed(program, fresh, OTHER).status == 422
    check_one_line_per_key(program, len(places))
    for key in "abcdefgh":
        location(keyed(program, key + " of the other", path="/other"))
    check_one_line_per_key(program, 8, "other")


def insist(program, key, body=GOOD):
    """Posts until there is an answer that is no 503, as a client does."""
    while True:
        with contextlib.suppress(AssertionError, OSError):
            answer = keyed(program, key, body)
            if answer.status != 503:
                return location(answer)


@pytest.mark.parametrize("way", ["fastcgi"])
@pytest.mark.parametrize("harms", [HARM, ["removed"], ["written_over_with_an_older_one", "a_link_to_another_form_s"]])
def test_a_table_that_comes_to_harm_under_load_makes_no_second_line(start, harms):
    program = start(count=8)
    program.configure(more=FORMS)
    places, chance, harmed = furnish(program), random.Random(ROUNDS), 0

    def post(i):
        for turn in range(3 * ROUNDS):
            key = f"{i % 4} of {turn}"
            place = insist(program, key)
            assert places.setdefault(key, place) == place
            assert insist(program, "h") == places["h"]

    with ThreadPoolExecutor(16) as pool:
        posting = [pool.submit(post, i) for i in range(16)]
        while not all(one.done() for one in posting):
            with contextlib.suppress(OSError):
                getattr(Harm, chance.choice(harms))(table(program), table(program, "other"), program.folder / "older", chance)
                harmed += 1
        for one in posting:
            one.result()
    assert harmed > 10
    check_one_line_per_key(program, 8 + 4 * 3 * ROUNDS)
    if table(program).is_symlink() or not table(program).is_file():
        table(program).unlink(missing_ok=True)


def test_a_folder_in_the_table_s_place_is_503_and_said(program):
    first = location(keyed(program, "k"))
    table(program).unlink()
    table(program).mkdir()
    for key in ("k", "l"):
        answer = keyed(program, key)
        assert answer.status == 503 and answer.headers["retry-after"].isdigit()
        assert "the keys of \"contact\" can't be looked up" in answer.errors + program.log()
    assert program.post(GOOD).status == 303  # what has no key needs no table
    table(program).rmdir()
    assert location(keyed(program, "k")) == first and len(program.records()) == 2


def test_a_table_that_is_made_anew_is_said(program):
    keyed(program, "a")
    keyed(program, "b")
    table(program).unlink()
    answer = keyed(program, "c")
    assert answer.status == 303 and "keys: rebuilt from the logs, with 2 keys" in answer.errors + program.log()


def test_no_room_for_a_table_is_503_and_nothing_is_kept(program):
    program.configure_text(program.config.read_text().replace("durable = no", "durable = no\nreserve = 0"))
    with small_disk(program.data):  # 64 KiB, and a table needs as many
        answer = keyed(program, "k")
        assert answer.status == 503 and "can't be looked up" in answer.errors + program.log()
        assert program.lines() == [] and not list(program.data.glob("contact/keys*"))
        assert program.post(GOOD).status == 303


def test_a_log_that_is_moved_away_takes_its_keys_along(program):
    first = location(keyed(program, "k"))
    log, = program.data.glob("contact/*.jsonl")
    log.rename(program.folder / "away")
    second = location(keyed(program, "k"))
    assert second != first and location(keyed(program, "k")) == second and len(program.lines()) == 1
    (program.folder / "away").rename(log)
    assert location(keyed(program, "k")) == first


def test_a_data_folder_that_is_taken_away_takes_its_keys_along(program):
    first = location(keyed(program, "k"))
    program.data.rename(program.folder / "away")
    second = location(keyed(program, "k"))
    assert second != first and location(keyed(program, "k")) == second and len(program.lines()) == 1
    shutil.rmtree(program.data)
    (program.folder / "away").rename(program.data)
    assert location(keyed(program, "k")) == first


# --- processes that die ---


@pytest.mark.parametrize("way", ["fastcgi"])
@pytest.mark.parametrize("durable", ["yes", "no"])
def test_kill_9_under_load_and_a_retry_make_one_line_per_key(start, durable):
    program = start(count=8)
    program.configure(general=f"durable = {durable}")
    places, turns, done = {}, [0] * 16, threading.Event()

    def post(i):
        while not done.is_set():
            key = f"{i % 8} of {turns[i]}"
            place = insist(program, key, GOOD + b"&message=" + b"x" * (turns[i] % 1000))
            assert places.setdefault(key, place) == place
            turns[i] += 1

    with ThreadPoolExecutor(16) as pool:
        posting = [pool.submit(post, i) for i in range(16)]
        try:
            for i in range(2 * ROUNDS):
                enough = sum(turns) + 8
                wait_for("more turns", lambda: sum(turns) >= enough, 60)
                time.sleep(random.Random(i).uniform(0, 0.05))  # any moment of theirs
                program.workers.kill()
                if i == ROUNDS:
                    table(program).unlink(missing_ok=True)
            wait_for("three turns of each", lambda: min(turns) > 2, 60)
        finally:
            done.set()
        for one in posting:
            one.result()
    wait_for("all workers", program.workers.ready)
    for key, place in random.Random(1).sample(sorted(places.items()), 20):
        assert insist(program, key, GOOD + b"&message=" + b"x" * (int(key.split()[-1]) % 1000)) == place
    check_one_line_per_key(program, len(places))


@pytest.mark.parametrize("way", ["cgi"])
def test_cgi_processes_that_are_killed_and_started_again_make_one_line_per_key(program):
    chance, places, killed = random.Random(ROUNDS), {}, [0]
    program.post(GOOD, "/any")  # makes the secret, of which a kill may leave an unnamed copy

    def post(i):
        for turn in range(ROUNDS):
            key, body = f"{i % 3} of {turn}", GOOD
            values = clients.variables(body=body, HTTP_IDEMPOTENCY_KEY=f'"{key}"')
            environment = program.environment | values
            for _ in range(3):
                with subprocess.Popen([program.binary], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, env=environment) as process:
                    process.stdin.write(body)
                    process.stdin.flush()
                    time.sleep(chance.choice((0, chance.uniform(0, 0.005))))  # any moment of its life
                    killed[0] += process.poll() is None
                    process.kill()
            place = insist(program, key, body)
            assert places.setdefault(key, place) == place

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(post, range(9)))
    assert killed[0] > ROUNDS
    check_one_line_per_key(program, 3 * ROUNDS)


# --- a process that dies, or a call that fails, at each step ---

CALLS = ["openat", "flock", "pwrite64", "fdatasync", "rename", "ftruncate"]
if ROUNDS > 5:
    CALLS += ["newfstatat", "pread64", "fsync", "fallocate", "unlink", "mkdir", "write"]


def paths_of(program):
    data = str(program.data)
    paths = [data] + [f"{data}/{name}" for name in ("secret", "contact", "contact/keys", "contact/keys.new")]
    return paths + [str(path) for path in program.data.glob("contact/*.jsonl")]


def befallen(program, what, call, n, values, body, trace, paths=()):
    """One CGI post in which something befalls its n-th such call, on one of the paths; gives its answer, None where it died."""
    command = ["strace", "-y", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e", f"inject={call}:{what}:when={n}",
               *(word for path in paths for word in ("-P", path)), str(program.binary)]
    done = subprocess.run(command, input=body, env=program.environment | UNCHECKED | values, capture_output=True, timeout=30)
    assert done.returncode in (0, -9, 137), done
    return clients.Answer(done.stdout, done.stderr) if done.returncode == 0 else None


def arrange(program, state):
    """A form that nothing was sent to, that has keys, this one too, or a torn line, or no table; gives how many others it has."""
    shutil.rmtree(program.data / "contact", ignore_errors=True)
    if state == "new":
        return 0
    for key in ("before", "k") if state == "retried" else ("before",):
        assert keyed(program, key).status == 303
    if state == "torn":
        log, = program.data.glob("contact/*.jsonl")
        log.write_bytes(log.read_bytes() + b'{"id":"torn')
    if state == "unlisted":
        table(program).unlink()
    return 1


def each_step(program, state, what, calls, trace):
    """Lets it befall each step of a post in turn; gives its answer, whether it befell, and how many other lines there are."""
    program.configure(general=f"data = {program.data}\ndurable = yes")
    program.post(GOOD, "/any")  # makes the secret
    values = clients.variables(body=GOOD, HTTP_IDEMPOTENCY_KEY='"k"')
    for call in calls:
        for n in itertools.count(1):
            others = arrange(program, state)
            answer = befallen(program, what, call, n, values, GOOD, trace, paths_of(program))
            befell = not answer or "INJECTED" in trace.read_text()
            yield answer, befell, others
            if not befell:
                break


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("state", ["new", "begun", "retried", "torn", "unlisted"])
def test_a_process_that_is_killed_at_any_step_and_a_retry_make_one_line(program, tmp_path, state):
    died = 0
    for answer, _, others in each_step(program, state, "signal=KILL", CALLS, tmp_path / "trace"):
        place = location(keyed(program, "k"))
        assert location(keyed(program, "k")) == place
        assert not answer or location(answer) == place
        check_one_line_per_key(program, 1 + others)
        program.check_whole()
        died += not answer
    assert died >= 8


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("state", ["new", "begun", "retried"])
def test_a_call_that_fails_at_any_step_is_303_or_503_and_a_retry_makes_one_line(program, tmp_path, state):
    failed, trace = 0, tmp_path / "trace"
    for answer, befell, others in each_step(program, state, f"error={'ENOSPC' if state == 'begun' else 'EIO'}", CALLS, trace):
        lines = [record["id"] for record in program.records() if "void" not in record]
        assert answer.status in (303, 503), trace.read_text()
        if answer.status == 303:
            assert lines[-1] == id_of(answer)
        else:
            assert len(lines) == others + (state == "retried") and "seeother: " in answer.errors, trace.read_text()
            assert befell
        place = location(keyed(program, "k"))
        assert answer.status == 503 or location(answer) == place
        check_one_line_per_key(program, 1 + others)
        program.check_whole()
        failed += answer.status == 503
    assert failed >= 5


UPLOAD_CALLS = ["flock", "pwrite64", "fdatasync", "fsync", "linkat", "rename", "unlink", "utimensat", "write"]


@pytest.mark.parametrize("way", ["cgi"])
def test_an_upload_that_is_killed_at_any_step_and_a_retry_make_one_line_with_its_files(program, tmp_path):
    program.configure(general="durable = yes")
    body, kind = multipart(*FILES)
    values, died, keys = clients.variables("POST", "/any", body, CONTENT_TYPE=kind), 0, 1
    assert upload(program, "before").status == 303
    for call in UPLOAD_CALLS:
        for n in itertools.count(1):
            key, keys = f"{call} {n}", keys + 1
            with_key = values | {"HTTP_IDEMPOTENCY_KEY": f'"{key}"'}
            answer = befallen(program, "signal=KILL", call, n, with_key, body, tmp_path / "trace")
            retry = upload(program, key)
            check_one_line_per_key(program, keys, "any")
            for i, (_, filename, _, content) in enumerate(FILES[1:], 1):
                got = program.get(f"/any/{id_of(retry)}/files/{i}/{filename}")
                assert got.status == 200 and got.body == content
            if answer:
                assert location(answer) == location(retry)
                break
            died += 1
    assert died > 8
    for path in on_disk(program):
        if "incoming" in path.parts:
            path.unlink()  # as a later day's first upload does


# --- a flush that fails while a retry comes ---


class Flushing:
    """A CGI post whose first flush of the log fails, but only after a while."""

    def __init__(self, program, trace, key="k"):
        values = clients.variables(body=GOOD, HTTP_IDEMPOTENCY_KEY=f'"{key}"')
        self.process = subprocess.Popen(
            ["strace", "-qq", "-o", str(trace), "-e", "trace=fdatasync,flock",
             "-e", "inject=fdatasync:error=EIO:delay_exit=1500000:when=1", str(program.binary)],
            env=program.environment | UNCHECKED | values, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.process.stdin.write(GOOD)
        self.process.stdin.flush()
        before = len(program.lines())
        wait_for("the line", lambda: len(program.lines()) > before)

    def answer(self):
        assert self.process.poll() is None, "the flush came back too soon for the test"
        out, errors = self.process.communicate(timeout=30)
        return clients.Answer(out, errors)


@pytest.fixture
def durable(program):
    program.configure(general="durable = yes", more=FORMS)
    location(keyed(program, "before"))
    return program


@pytest.mark.parametrize("way", ["cgi"])
def test_a_flush_that_fails_takes_its_line_back(durable, tmp_path):
    first = Flushing(durable, tmp_path / "trace")
    assert first.answer().status == 503 and len(durable.lines()) == 1
    first = Flushing(durable, tmp_path / "trace")
    location(keyed(durable, "after"))
    assert first.answer().status == 503
    assert [("void" in record) for record in durable.records()] == [False, True, False]
    assert location(keyed(durable, "k")) == location(keyed(durable, "k"))
    check_one_line_per_key(durable, 3)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_flush_that_fails_does_not_take_back_what_a_retry_made_durable(durable, tmp_path):
    first = Flushing(durable, tmp_path / "trace")
    place = location(keyed(durable, "k"))
    assert location(first.answer()) == place == location(keyed(durable, "k"))
    check_one_line_per_key(durable, 2)


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("harm", ["removed", "zeroed", "a_pipe"])
def test_a_flush_that_fails_does_not_take_back_what_a_retry_made_durable_though_the_table_is_lost(durable, tmp_path, harm):
    first = Flushing(durable, tmp_path / "trace")
    place = location(keyed(durable, "k"))
    getattr(Harm, harm)(table(durable), None, None, None)
    first.answer()
    assert durable.get("/contact/" + id_of_location(place)).status == 200
    assert location(keyed(durable, "k")) == place
    check_one_line_per_key(durable, 2)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_flush_that_fails_does_not_take_back_what_a_retry_made_durable_though_the_table_can_t_be_had(durable, tmp_path):
    first = Flushing(durable, tmp_path / "trace")
    place = location(keyed(durable, "k"))
    table(durable).unlink()
    table(durable).mkdir()
    first.answer()
    table(durable).rmdir()
    assert durable.get("/contact/" + id_of_location(place)).status == 200
    assert location(keyed(durable, "k")) == place
    check_one_line_per_key(durable, 2)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_retry_whose_own_flush_fails_too_promises_nothing(durable, tmp_path):
    first = Flushing(durable, tmp_path / "trace")
    failing = ["strace", "-qq", "-o", str(tmp_path / "second"), "-e", "inject=fdatasync:error=EIO:when=1"]
    second = clients.cgi([*failing, str(durable.binary)], clients.variables(body=GOOD, HTTP_IDEMPOTENCY_KEY='"k"'), GOOD,
                         durable.environment | UNCHECKED)
    assert second.status == first.answer().status == 503
    assert len(durable.lines()) == 1
    location(keyed(durable, "k"))
    check_one_line_per_key(durable, 2)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_retry_that_can_t_leave_its_mark_promises_nothing_that_is_taken_back(durable, tmp_path):
    first = Flushing(durable, tmp_path / "trace")
    command = ["strace", "-qq", "-o", str(tmp_path / "second"), "-P", str(table(durable)), "-e", "trace=pwrite64",
               "-e", "inject=pwrite64:error=EIO:when=1", str(durable.binary)]
    second = clients.cgi(command, clients.variables(body=GOOD, HTTP_IDEMPOTENCY_KEY='"k"'), GOOD, durable.environment | UNCHECKED)
    first.answer()
    if second.status == 303:
        assert durable.get("/contact/" + id_of(second)).status == 200
    place = location(keyed(durable, "k"))
    assert second.status == 503 or location(second) == place
    check_one_line_per_key(durable, 2)


@pytest.mark.parametrize("way", ["cgi"])
def test_a_log_that_is_moved_away_during_a_retry_is_not_written_to(durable, tmp_path):
    """What is in the file of that name by now is another's."""
    for key in "abc":
        keyed(durable, key)
    log, = durable.data.glob("contact/*.jsonl")
    written = durable.folder / "cgi-bin" / ".." / "data" / "contact" / log.name  # as the program writes it
    command = ["strace", "-qq", "-o", str(tmp_path / "trace"), "-P", str(log), "-P", str(written), "-e", "trace=openat,pread64",
               "-e", "inject=openat:delay_enter=500000:when=2", str(durable.binary)]
    values = clients.variables(body=GOOD, HTTP_IDEMPOTENCY_KEY='"c"')
    with subprocess.Popen(command, env=durable.environment | UNCHECKED | values, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as retry:
        retry.stdin.write(GOOD)
        retry.stdin.close()
        trace = tmp_path / "trace"
        wait_for("the retry to have read its line", lambda: trace.exists() and "pread64" in trace.read_text())
        log.rename(durable.folder / "away")
        location(durable.post(OTHER))
        before = log.read_bytes()
        retry.stdout.read()
    assert log.read_bytes() == before
    assert b"\0" not in (durable.folder / "away").read_bytes()


# --- what a power cut may leave


@pytest.mark.parametrize("listed", [False, True])
def test_a_line_without_its_middle_is_not_taken_for_a_key_s(program, listed):
    """Of a line that was not flushed its first and its last block may be on the disk, and not what is between."""
    lost = location(keyed(program, "k"))
    log, = program.data.glob("contact/*.jsonl")
    whole = log.read_bytes()
    middle = whole.index(b'"fields"') + 10
    log.write_bytes(whole[:middle] + bytes(len(whole) - middle - 3) + whole[-3:])
    if not listed:
        table(program).unlink()
    place = location(keyed(program, "k"))
    assert place != lost and program.get("/contact/" + id_of_location(place)).status == 200
    assert location(keyed(program, "k")) == place and len(program.lines()) == 2
    assert program.get("/contact/" + id_of_location(lost)).status == 500
    log.write_bytes(log.read_bytes()[len(whole):])


@pytest.mark.parametrize("way", ["cgi"])
def test_what_is_erased_is_flushed_by_the_post_that_passes_it_over(program, tmp_path):
    """Its eraser may have died before: a power cut could bring it back beside the line that takes its place."""
    program.configure(general="durable = yes", contact="owners = root")
    first = location(keyed(program, "k"))
    erase = clients.variables("DELETE", "/contact/" + id_of_location(first), REMOTE_USER="root", AUTH_TYPE="Basic")
    assert program.call(erase).status == 303
    values = clients.variables(body=GOOD, HTTP_IDEMPOTENCY_KEY='"k"')
    calls = [call for call, of in order_of(program, tmp_path, values, GOOD) if of == "contact/DAY.jsonl"]
    assert calls == ["lock", "pwrite64", "fdatasync", "lock", "pwrite64", "unlock", "fdatasync"], calls
    assert location(keyed(program, "k")) != first and len(program.lines()) == 2


@pytest.mark.parametrize("way", ["cgi"])
def test_a_table_is_made_of_what_is_on_the_disk(durable, tmp_path):
    table(durable).unlink()
    values = clients.variables(body=GOOD, HTTP_IDEMPOTENCY_KEY='"k"')
    calls = order_of(durable, tmp_path, values, GOOD)
    assert ("fdatasync", "contact/DAY.jsonl") in calls[:calls.index(("rename", "contact/keys"))], calls


@pytest.mark.parametrize("way", ["cgi"])
@pytest.mark.parametrize("call", ["flock", "pwrite64"])  # before the key is set down, and before the table's note of it
def test_an_older_table_put_over_the_one_that_a_post_has_open_makes_no_second_line(durable, tmp_path, call):
    older, place = table(durable).read_bytes(), location(keyed(durable, "k"))
    log, = durable.data.glob("contact/*.jsonl")
    trace = tmp_path / "trace"
    command = ["strace", "-qq", "-o", str(trace), "-P", str(log), "-e", "trace=flock,pwrite64",
               "-e", f"inject={call}:delay_enter=500000:when=1", str(durable.binary)]
    values = clients.variables(body=GOOD, HTTP_IDEMPOTENCY_KEY='"held"')
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(clients.cgi, command, values, GOOD, durable.environment | UNCHECKED)
        wait_for("the post to hold the table", lambda: trace.exists() and call + "(" in trace.read_text())
        overwrite(table(durable), 0, older)
        held = holding.result()
    assert location(keyed(durable, "k")) == place
    again = location(keyed(durable, "held"))
    assert held.status == 503 or location(held) == again
    check_one_line_per_key(durable, 3)
