"""What erasing leaves of a person in the data folder: nothing, wherever tasks, owners and uploads have put it."""
import re
import subprocess

import pytest

from harness.bodies import multipart
from harness.processes import wait_for
from harness.program import Program
from harness.tasks import end_worker, script

PERSON, NAME = "lovelace@example.org", "Unmistakable"
OWNER = {"REMOTE_USER": "alice", "AUTH_TYPE": "Basic", "HTTP_HOST": "example.net", "HTTP_ORIGIN": "http://example.net",
         "HTTP_SEC_FETCH_SITE": "same-origin"}
CONFIG = """
[seeother]
data = ../data
durable = no
owners = alice
from = forms@example.net
sendmail = {folder}/sendmail
[form contact]
files = yes
after = receipt, failing, digest
result = certificate
[fields contact]
name = text
email = email
photo = file
website = trap
[task receipt]
reply = email
quote = yes
pause = 1h
[task failing]
command = {folder}/failing
retries = 0
[task certificate]
command = {folder}/certificate
[task digest]
mail = owner@example.org
digest = 1d
"""

EVERYWHERE = {"contact/*.jsonl", "contact/marks/*.jsonl", "contact/files/*/*", "contact/tasks/receipt/*.json",
              "contact/tasks/failing/*.json", "contact/tasks/certificate/*.result", "worker.log"}


@pytest.fixture
def program(tmp_path, way):
    program = Program(tmp_path, way, text=CONFIG.format(folder=tmp_path))
    script(program, 'grep ^To: >&2; exit 75', "sendmail")
    script(program, 'cat >&2; exit 1', "failing")
    script(program, 'echo "This certifies:"; cat', "certificate")
    yield program
    end_worker(program)
    program.check_alive()
    program.stop()
    program.check_whole()


def send(program, name, email, more=()):
    body, kind = multipart(("name", name), ("email", email), *more, ("photo", f"{name}.txt", "text/plain", f"I am {name}, {email}".encode()))
    answer = program.post(body, "/contact", CONTENT_TYPE=kind, HTTP_USER_AGENT=f"{name}'s browser")
    assert answer.status == 303, answer.raw
    return re.search("/contact/([a-z2-7]{29})", answer.headers["location"])[1]


def change(program, the_id, act):
    """Does at the desk what an owner can do to an outcome."""
    page = program.get(f"/-/contact/{the_id}", **OWNER)
    token = re.search(r'name="_token" value="([^"]+)"', page.text)[1]
    assert program.post(f"_token={token}&act={act}", f"/-/contact/{the_id}", **OWNER).status == 303


def holding(program, *words):
    """The files of the data folder that hold one of these words in any case, in their names or as their content."""
    found = set()
    for path in program.data.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        name = str(path.relative_to(program.data))
        if any(word.lower().encode() in name.encode().lower() + content.lower() for word in words):
            found.add(re.sub(r"\d{4}-\d\d-\d\d|[0-9a-f]{32}|[a-z2-7]{29}", "*", name))
    return found


def run(program, *arguments):
    return subprocess.run([program.binary, *arguments], env=program.environment, capture_output=True, text=True, timeout=60, check=True).stdout


def made(program, the_id):
    """What the three tasks that have begun leave about an outcome."""
    folder = program.data / "contact/tasks"
    return [folder / "receipt" / f"{the_id}.json", folder / "failing" / f"{the_id}.json", folder / "certificate" / f"{the_id}.result"]


def wait_for_tasks(program, the_id):
    for path in made(program, the_id):
        wait_for(path, lambda: path.exists() and '"running"' not in path.read_text())


def test_nothing_of_a_person_is_left_in_the_data_folder(program):
    mine = [send(program, NAME, PERSON), send(program, NAME, PERSON.upper(), [("website", "spam")])]
    other = send(program, "Bystander", "bystander@example.org")
    change(program, mine[0], f"note&note={NAME}+called")
    change(program, other, "note&note=Bystander+called")
    wait_for_tasks(program, mine[0])
    wait_for_tasks(program, other)
    assert holding(program, NAME, PERSON) == holding(program, "Bystander") == EVERYWHERE

    assert run(program, "person", PERSON, "--erase").count("erased") == 2
    assert holding(program, NAME, PERSON) == set() and holding(program, "Bystander") == EVERYWHERE
    assert not any(path.exists() for path in made(program, mine[0])) and all(path.exists() for path in made(program, other))
    assert mine[0] in program.worker_log() and run(program, "list", "--spam", "--json").count('"id"') == 1

    change(program, other, "erase-now")
    assert holding(program, "Bystander") == set() and other in program.worker_log()
