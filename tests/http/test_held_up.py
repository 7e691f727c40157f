"""Peers that send a long body slowly, or take a long answer slowly, but as fast as they must: others are answered meanwhile."""
import re
import signal
import os
import threading

import pytest

from harness import fastcgi
from harness.bodies import multipart
from harness.clients import Answer, variables
from harness.posts import GOOD, location, upload
from harness.processes import wait_for
from harness.slow_peers import LIMITS, honest, program  # noqa: F401

MOST = 16  # processes beside each worker
BODY, KIND = multipart(("file", "x.bin", "application/octet-stream", b"x" * 100_000))


class Upload:
    """A connection by which a file is sent: more of it than is looked at before somebody reads, and then the rest by and by."""

    def __init__(self, program):
        self.connection = fastcgi.connect(program.workers.socket)
        self.at = 0
        self.connection.sendall(fastcgi.head(variables("POST", "/any", BODY, CONTENT_TYPE=KIND)))
        self.send(40_000)

    def send(self, n):
        self.connection.sendall(fastcgi.record(fastcgi.STDIN, BODY[self.at:self.at + n]))
        self.at += n

    def finish(self):
        self.send(len(BODY))
        self.connection.sendall(fastcgi.record(fastcgi.STDIN))
        return self.answer()

    def answer(self):
        with self.connection:
            out, errors, _ = fastcgi.read(self.connection)
        return Answer(out, errors)


def processes(program):
    return len(program.workers.pids())


def test_slow_uploads_hold_no_worker_and_each_is_kept(program):
    uploads = [Upload(program) for _ in range(MOST)]
    honest(program)
    for upload in uploads:
        upload.send(100)
    honest(program)
    wait_for("a process for each", lambda: processes(program) == MOST + 1)
    assert [upload.finish().status for upload in uploads] == [303] * MOST
    wait_for("the processes to end", program.workers.ready)
    assert len(program.lines("any")) == MOST and len(program.lines()) == 2


def test_the_oldest_gives_way_where_too_many_are_slow(program):
    uploads = [Upload(program) for _ in range(MOST)]
    wait_for("a process for each", lambda: processes(program) == MOST + 1)
    more = Upload(program)
    honest(program)
    answers = [upload for upload in uploads if select_readable(upload.connection)]
    assert len(answers) == 1 and answers[0].answer().status == 408
    assert more.finish().status == 303
    assert [upload.finish().status for upload in uploads if upload not in answers] == [303] * (MOST - 1)
    assert len(program.lines("any")) == MOST
    assert "16 requests" in program.log()


def select_readable(connection):
    connection.settimeout(0.3)
    try:
        return connection.recv(1, 2) != b""  # MSG_PEEK
    except TimeoutError:
        return False
    finally:
        connection.settimeout(30)


def test_slow_readers_of_a_long_answer_hold_no_worker(program):
    place = location(upload(program, ("file", "x.bin", "a/b", b"x" * 2_000_000))).split("/seeother")[1]
    href, = re.findall('href="([^"]*/files/[^"]*)"', program.get(place).text)
    path = f"{place.rsplit('/', 1)[0]}/{href}"
    readers = [fastcgi.connect(program.workers.socket) for _ in range(3)]
    for reader in readers:
        reader.sendall(fastcgi.request(variables("GET", path)))
    honest(program)
    for reader in readers:
        with reader:
            assert len(Answer(fastcgi.read(reader)[0]).body) == 2_000_000


def test_a_job_of_a_slow_upload_is_done(program):
    program.configure(general=LIMITS, more="[form later]\nfiles = yes\nafter = note\n[task note]\ncommand = /bin/sh -c 'touch ../done'\n")
    assert program.get("/contact").status == 200
    slow = fastcgi.connect(program.workers.socket)
    slow.sendall(fastcgi.head(variables("POST", "/later", BODY, CONTENT_TYPE=KIND)) + fastcgi.record(fastcgi.STDIN, BODY[:40_000]))
    honest(program)
    slow.sendall(fastcgi.record(fastcgi.STDIN, BODY[40_000:]) + fastcgi.record(fastcgi.STDIN))
    with slow:
        assert Answer(fastcgi.read(slow)[0]).status == 303
    done = program.data / "later/tasks/note/done"
    wait_for("the job", done.exists)
    done.unlink()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP], ids=str)
def test_a_slow_upload_outlives_the_other_processes(program, how):
    slow = Upload(program)
    honest(program)
    supervisor, = program.workers.supervisors()
    os.kill(supervisor, how)
    assert slow.finish().status == 303
    wait_for("the worker's successor", program.workers.ready)
    honest(program)


def test_what_waits_is_answered_by_the_process_that_takes_over(program):
    waiting = fastcgi.connect(program.workers.socket)
    raw = fastcgi.request(variables("POST", "/contact", GOOD), GOOD)
    waiting.sendall(raw[:-20])
    honest(program)  # the worker has accepted that by now
    slow = Upload(program)
    honest(program)
    waiting.sendall(raw[-20:])
    with waiting:
        assert Answer(fastcgi.read(waiting)[0]).status == 303
    assert slow.finish().status == 303
