"""What must be true after a post of which a call failed: the answer, the data, the next post, the tasks; and nothing is left."""
import json
import re
import time
from collections import namedtuple

from harness import clients
from harness.clients import whole
from calls_place import CONTENT, expect, grow_old, post_of

KILL = "SIGKILL"

Call = namedtuple("Call", "name number text peer started")
Case = namedtuple("Case", "kind way call what")


# --- what is allowed, and why ---

def may_be_broken(case):
    """The answer can't come whole where the request can't be read, nor the answer written; nor by a worker that can't start."""
    return case.what == KILL or case.call.peer or not case.call.started


def may_blame_request(case):
    """A body that ends early is refused as such: whether the peer went or its connection failed is not to be told apart."""
    return case.call.peer and case.call.name in ("read", "recvfrom")


def may_stay(case, name):
    """What a death, or an unlink that failed, leaves to the sweeps of src/job.c and src/table_make.c; the draft of a secret."""
    draft = re.fullmatch(r"(\.secret\.\w{6}|clock(\.[ab])?\.\d+\.new|\w+/decided\.[ab]\.\d+\.new|\w+/expiry\.\d+\.new|\w+/keys\.new|rates\.new|\w+/tasks/\w+/cursor\.\d+\.new)", name)
    return draft and (case.what == KILL or case.call.name == "unlink")


def may_be_missed(case):
    """
    How often a worker that strace comes to late waits and accepts depends on the moment, how often the C library draws a number
    for a name on the number; exit_group is not always traced.
    """
    return case.call.name in ("epoll_wait", "accept4", "getrandom", "exit_group")


def must_flush(call):
    """Without these an outcome is not on the disk; what comes after its line, a day's folder for uploads, may fail."""
    return call.name == "fdatasync" or (call.name == "fsync" and "/filed/files>" not in call.text)


# --- what is looked at ---

def check_shown(place, call, form, answer, marker):
    """The outcome that an answer leads to shows what was posted, its file too."""
    path = answer.headers["location"].removeprefix("http://example.org/seeother")
    shown = whole(call(clients.variables("GET", path))[0])
    expect(path.startswith(f"/{form}/") and shown and shown.status == 200 and marker in shown.text, "its outcome is not shown")
    if f"{path}/files/1/a.txt" in shown.text:
        file = whole(call(clients.variables("GET", f"{path}/files/1/a.txt"))[0])
        expect(file and file.status == 200 and file.body == CONTENT, "its file is not shown")


def check_answer(place, case, call, answer, raw, said):
    """Whether it is one of the answers that may come."""
    if not answer:
        expect(may_be_broken(case), f"a broken answer: {raw[:80]!r}, {said}")
        return
    if answer.status == 303:
        check_shown(place, call, case.kind.form, answer, "posted")
        return
    expect(answer.status in (500, 503) or (may_blame_request(case) and answer.status == 400), f"{answer.status}: {said}")
    expect(answer.status != 503 or ("not kept" in answer.text and "retry-after" in answer.headers), "a 503 that does not say so")
    expect(answer.status == 400 or re.search(r'^seeother: .*["/]', said, re.M), f"{answer.status}, and not a word why: {said!r}")


def count(place, form, marker):
    return sum(f'"said":"{marker}"'.encode() in line for line in place.raw_lines(form))


def check_data(place, case, answer, earlier):
    """One line for a 303, none for another answer; what was there before is there still."""
    form, had = case.kind.form, sum(b'"posted"' in line for line in earlier)
    lines, kept = place.raw_lines(form), count(place, form, "posted")
    expect(list(filter(None, lines))[:len(earlier)] == earlier, "an earlier line is not what it was")
    if answer:
        undecided = case.kind.node and answer.status == 503  # a line may have been left for the worker
        expect(undecided or kept == (answer.status == 303 or had), f"{answer.status}, and {kept} lines")
    expect(kept <= 1, f"{kept} lines")
    if answer and case.what not in (KILL, "EINTR") and must_flush(case.call):
        expect(answer.status == 503, f"{answer.status}, although the disk did not take it")
    if answer and case.what != KILL:
        expect(not lines[-1] or case.kind.name == "after a torn line", "a torn line")


def check_next(place, case, call, answer):
    """Another post works, and one with the same key leads to what was kept with it."""
    kind = case.kind
    if answer and answer.status == 500:
        time.sleep(1)  # a configuration that could not be read is tried again after a second
    raw, said = call(*post_of(kind, "another"))
    fresh = whole(raw)
    expect(fresh and fresh.status == 303, f"the next post gets {fresh and fresh.status}: {said}")
    check_shown(place, call, kind.form, fresh, "another")
    if kind.key:
        raw, said = call(*post_of(kind, "posted"))
        again = whole(raw)
        expect(again and again.status == 303, f"the retry gets {again and again.status}: {said}")
        expect(not answer or answer.status != 303 or answer.headers["location"] == again.headers["location"], "another outcome")
        check_shown(place, call, kind.form, again, "posted")
        if kind.node:
            place.decide()
        expect(count(place, kind.form, "posted") == 1, "not one line after the retry")
    expect(count(place, kind.form, "another") == 1, "not one line of the next post")


def check_tasks(place, case):
    """Of all that was kept since there is the task, it is done; of nothing else."""
    done = place.done.read_text() if place.done.exists() else ""
    for marker in ("posted", "another"):
        expect((f'"said":"{marker}"' in done) == count(place, "tasked", marker), f"tasks and lines differ for {marker}")
    expect(case.kind.name != "first task" or '"said":"earlier"' not in done, "a task for what came before it")


def check_litter(place, case):
    """Every line is whole, and there is nothing that no line and no part of the program wants."""
    known = (r"secret|(rates|clock|worker|refusals)(\.[ab])?|worker\.log|\w+/\d{4}-\d\d-\d\d(\.[ab])?\.jsonl|"
             r"\w+/(keys|flushes|expiry|decided)(\.[ab])?|"
             r"\w+/tasks/\w+/(cursor|[a-z2-7]{29}\.json)|"
             rf"filed/files/incoming/{'0' * 32}")
    everything = [path for path in place.data.rglob("*") if path.is_file()]
    for form in ("plain", "filed", "tasked", "rated"):
        for line in filter(None, place.raw_lines(form)[:-1]):
            json.loads(line)
        expect(place.raw_lines(form)[-1] == b"", "a torn line is left")
    lines = b"".join(place.raw_lines("filed")).decode()
    for path in everything:
        name = str(path.relative_to(place.data))
        upload = name.startswith("filed/files/") and (path.name in lines or case.what == KILL)
        expect(upload or re.fullmatch(known, name) or may_stay(case, name), f"litter: {name}")


def check_sweep(place, call, case):
    """The first upload of a day leaves none in incoming that no line names, and none of them gets lost."""
    for path in place.uploads("incoming"):
        grow_old(path)
    day = next(place.data.glob("filed/files/????-??-??"))
    aside = day.rename(day.parent / "aside")
    raw, said = call(*post_of(case.kind, "sweeping"))
    expect(whole(raw) and whole(raw).status == 303, f"the sweeping post failed: {said}")
    expect(not place.uploads("incoming"), "an upload is left in incoming")
    there = {path.name for path in place.uploads(day.name) + place.uploads(aside.name)}
    named = re.findall(rb'"path":"files/[\d-]+/(\w+)"', b"".join(place.raw_lines("filed")))
    expect(there == {name.decode() for name in named}, "uploads are not those that lines name")


def check(place, case, call, raw, said, earlier):
    answer = whole(raw)
    check_answer(place, case, call, answer, raw, said)
    check_data(place, case, answer, earlier)
    check_next(place, case, call, answer)
    if case.kind.form == "filed":
        check_sweep(place, call, case)
