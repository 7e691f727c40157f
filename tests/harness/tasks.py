"""Tasks: a form "job" whose task is a shell script of the test's own, and the worker that runs it."""
import json
import os
import signal
import subprocess

from harness.processes import is_alive, wait_for

BODY = b"a=b"


def script(place, text, name="act"):
    """Puts a shell script in place by its name, whole: a shell that has just been started must not read it empty and succeed."""
    path, new = place.folder / name, place.folder / f"{name}.new"
    new.write_text("#!/bin/sh\n" + text + "\n")
    new.chmod(0o755)
    return new.rename(path)


def task(place, text, keys="", general="", kind="after", more="", form=""):
    """A form "job" whose task is a shell script, which finds the test's folder in $T."""
    path = script(place, f"T={place.folder}\n" + text)
    place.configure(general=general, more=f"\n[form job]\nfiles = yes\nshow_files = yes\nmax_body = 3M\nmax_value = 1M\n{kind} = act\n{form}\n"
                                          f"[task act]\ncommand = {path}\npause = 1s\n{keys}\n{more}\n")


def post(program, body=BODY, path="/job", **more):
    """Posts what makes a job; gives the outcome's id."""
    answer = program.post(body, path, **more)
    assert answer.status == 303, answer.raw
    location = answer.headers["location"]
    return location.rsplit("/")[-2 if location.endswith("/status") else -1]


def words(place, name="done"):
    """What the script has written to a file in the test's folder, word by word."""
    path = place.folder / name
    return path.read_text().split() if path.exists() else []


def wait_for_words(place, n, name="done", seconds=20):
    wait_for(f"{n} words in {name}", lambda: len(words(place, name)) >= n, seconds)


def note(place, the_id, form="job"):
    """The file that says where the task of an outcome stands; {} where there is none."""
    path = place.data / form / "tasks" / "act" / f"{the_id}.json"
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return {}


def wait_for_state(place, the_id, state, seconds=20):
    wait_for(f"the state {state}", lambda: note(place, the_id).get("state") == state, seconds)


def finish_work(place):
    """Waits until all lines of "job" were taken, and the worker has ended."""
    def taken():
        log, = place.data.glob("job/*.jsonl")
        return (place.data / "job/tasks/act/cursor").read_text().split()[2] == str(log.stat().st_size)
    wait_for("the end of the log", taken, 30)
    place.wait_for_worker()


def end_worker(place, how=signal.SIGTERM):
    """Ends the worker. One that is ending may have no command line and no files any more, but its lock still."""
    pids = place.workers_of_tasks()
    for pid in pids:
        os.kill(pid, how)
    wait_for("the end of the worker", lambda: not any(map(is_alive, pids)) and not place.workers_of_tasks())


def start_service(place, environment=None):
    """Starts "seeother work", as an init system would, and waits until it is the worker."""
    environment = {"PATH": os.environ["PATH"], "SEEOTHER_CONFIG": str(place.config)} | (environment or {})
    process = subprocess.Popen([place.binary, "work"], env=environment, stderr=subprocess.PIPE, text=True)
    wait_for("the lock", lambda: process.pid in place.workers_of_tasks())
    return process


def end_service(process):
    """Ends "seeother work" as an init system would."""
    process.terminate()
    assert process.wait(10) == 0
    process.stderr.close()
