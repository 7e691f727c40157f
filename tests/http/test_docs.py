"""What the documents say is true: their links, commands and configurations, and the formats that docs/format.md describes."""
import base64
import hashlib
import json
import os
import re
import struct
import subprocess

import pytest

from harness.bodies import multipart
from harness.paths import BINARY, TOP
from harness.processes import wait_for

DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/*.md"), *TOP.glob("tests/*.md")])
TEXTS = DOCUMENTS + [TOP / "NEWS", TOP / "config.ini", *sorted(TOP.glob("man/*.[1-8]"))]


def by_name(path):
    return str(path.relative_to(TOP))


def anchors(path):
    """The names of a document's headings in links, as GitHub and others make them."""
    headings = re.findall(r"^#+ +(.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_each_link_of_a_document_leads_somewhere(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("text", TEXTS, ids=by_name)
def test_each_target_of_make_that_is_named_exists(text):
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.M))
    named = re.findall(r"(?:`|^    |&& |\.Li |\.Ql )make ([a-z][a-z-]*)(?![a-z/-])", text.read_text(), re.M)
    assert set(named) <= targets, set(named) - targets


@pytest.mark.parametrize("text", TEXTS, ids=by_name)
def test_each_command_that_is_named_exists(text):
    listed = re.findall(r"^  ([a-z-]+) ", subprocess.run([BINARY, "help"], capture_output=True, text=True, check=True).stdout, re.M)
    named = re.findall(r"(?:`|\.Ql |\")seeother ([a-z-]+)", text.read_text())
    assert set(named) <= set(listed), set(named) - set(listed)


def check(folder, text):
    """Has the program check a configuration, with a data folder of the test's own and the shipped catalogues."""
    path = folder / "config.ini"
    text = re.sub(r"^data .*$", "data = data", text, flags=re.M)
    path.write_text(text if "sendmail" in text else text.replace("[seeother]\n", "[seeother]\nsendmail = /bin/true\n", 1))
    (folder / "languages").exists() or (folder / "languages").symlink_to(TOP / "languages")
    done = subprocess.run([BINARY, "check", path], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_each_configuration_that_is_shown_is_right(document, tmp_path):
    for block in re.findall(r"^```ini\n(.*?)^```$", document.read_text(), re.M | re.S):
        check(tmp_path, block)


def test_the_manuals_show_configurations_that_are_right(tmp_path):
    manual = (TOP / "man" / "seeother.ini.5").read_text()
    blocks = [block for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", manual, re.M | re.S) if re.match(r"\[(seeother|thing)", block)]
    assert len(blocks) == 2
    for block in blocks:
        check(tmp_path, block)


def test_the_readme_is_short():
    assert len((TOP / "README.md").read_text().splitlines()) <= 130


# --- docs/format.md -----------------------------------------------------------------------------------------------------

FORMAT = (TOP / "docs" / "format.md").read_text()


def table_below(heading):
    """The first column of the table below a heading."""
    section = FORMAT.split(f"\n{heading}\n")[1]
    rows = re.search(r"^\|.*\n\|[-|]+\n((?:\|.*\n)+)", section, re.M)[1]
    return [re.search(r"`([^`]*)`", row.split("|")[1])[1] for row in rows.splitlines()]


def siphash(key, data):
    """SipHash-2-4 (Aumasson and Bernstein, 2012)."""
    mask = (1 << 64) - 1
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]

    def rotated(x, n):
        return (x << n | x >> (64 - n)) & mask

    def rounds(n):
        for _ in range(n):
            v[0] = (v[0] + v[1]) & mask
            v[1] = rotated(v[1], 13) ^ v[0]
            v[0] = rotated(v[0], 32)
            v[2] = (v[2] + v[3]) & mask
            v[3] = rotated(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & mask
            v[3] = rotated(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & mask
            v[1] = rotated(v[1], 17) ^ v[2]
            v[2] = rotated(v[2], 32)

    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 255])
    for word, in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 255
    rounds(4)
    return struct.pack("<Q", v[0] ^ v[1] ^ v[2] ^ v[3])


def place_of(id, secret):
    """Day, node and offset of an id, as docs/format.md says."""
    whole = base64.b32decode(id.upper() + "=" * (-len(id) % 8))
    assert len(whole) == 18
    key = hashlib.blake2b(key=secret, digest_size=16, salt=struct.pack("<QQ", 1, 0), person=b"seeother".ljust(16, b"\0")).digest()
    plain = bytes(a ^ b for a, b in zip(whole[10:], siphash(key, whole[:10])))
    return int.from_bytes(plain[:2], "big"), plain[2], int.from_bytes(plain[3:], "big")


def test_siphash_is_that_of_its_authors():
    assert siphash(bytes(range(16)), bytes(range(15))).hex() == "e545be4961ca29a1"


@pytest.mark.parametrize("node", ["", "web1"])
def test_ids_name_day_node_and_offset(program, node):
    program.configure(general=f"node = {node}")
    for name in ("Ada", "Grace"):
        assert program.post(f"name={name}&email=a%40b.c").status == 303
    secret = (program.data / "secret").read_bytes()
    number = (siphash(bytes(16), node.encode())[0] or 1) if node else 0
    path, = (program.data / "contact").glob("*.jsonl")
    offset = 0
    for line in path.read_bytes().splitlines(keepends=True):
        record = json.loads(line)
        day = int(subprocess.run(["date", "-u", "-d", path.name[:10], "+%s"], capture_output=True, check=True).stdout) // 86400
        assert place_of(record["id"], secret) == (day, number, offset)
        offset += len(line)


def test_a_line_has_the_members_that_are_described(program):
    program.configure(contact="withdraw = 1h", more="[form upload]\n[fields upload]\nphoto = file\nwebsite = trap\n")
    body, kind = multipart(("photo", "me.png", "image/png", b"abc"), ("website", "x"), ("other", "y"))
    answer = program.post(body, "/upload", CONTENT_TYPE=kind, HTTP_IDEMPOTENCY_KEY='"k"')
    assert answer.status == 303, answer.text
    record, = program.records("upload")
    assert list(record) == table_below("## Logs")
    names = re.search(r"An upload has (.*?)\. If there", FORMAT, re.S)[1]
    assert set(record["files"][0]) == set(re.findall(r"`(\w+)`", names)) and len(record["key"]) == 32 and len(record["id"]) == 29
    assert set(record["client"]) == {"address", "agent"} and record["spam"] == "trap" and record["extra"] == {"other": "y"}
    assert (program.data / "upload" / record["files"][0]["path"]).read_bytes() == b"abc"


def test_the_byte_at_offset_39_tells_that_a_line_is_erased(program):
    program.configure(contact="withdraw = 1h")
    location = program.post("name=Ada&email=a%40b.c").headers["location"]
    before, = program.lines()
    path = "/contact/" + location.rsplit("/", 1)[1]
    assert program.post("_method=delete", path).status == 303
    after, = program.lines()
    assert "offset 39" in FORMAT and before[39] == "f" and after[39] == "e" and len(after) == len(before)
    assert re.fullmatch(r'\{"id":"\w{29}","erased":true\} +', after)


def state_of_failed_job(program):
    """Waits until the one job has failed and its worker has ended, and gives what its file holds."""
    jobs = (program.data / "contact" / "tasks" / "note").glob
    wait_for("the job to fail", lambda: any('"failed"' in path.read_text() for path in jobs("*.json")))
    program.wait_for_worker()
    job, = jobs("*.json")
    return json.loads(job.read_text())


def test_the_state_of_a_job_has_the_members_that_are_described(program):
    program.configure(contact="after = note", more="[task note]\ncommand = /bin/false\nretries = 0\n")
    assert program.post("name=Ada&email=a%40b.c").status == 303
    state = state_of_failed_job(program)
    described = table_below("## Tasks")
    assert [name for name in described if name in state] == list(state) and state["state"] == "failed" and state["attempts"] == 1
    day, before, now = (program.data / "contact" / "tasks" / "note" / "cursor").read_text().split()
    size = next((program.data / "contact").glob("*.jsonl")).stat().st_size
    assert int(day) > 20000 and int(before) == 0 and int(now) == size


def test_each_file_of_the_data_folder_is_in_the_list(program):
    program.configure(contact="rate = 100/minute\nafter = note", more="[form upload]\n[fields upload]\nphoto = file\n[task note]\ncommand = /bin/false\nretries = 0\n")
    body, kind = multipart(("photo", "me.png", "image/png", b"abc"))
    assert program.post(body, "/upload", CONTENT_TYPE=kind, HTTP_IDEMPOTENCY_KEY='"k"').status == 303
    assert program.post("name=Ada&email=a%40b.c").status == 303
    state_of_failed_job(program)
    listed = re.search(r"```\nDATA/\n(.*?)```", FORMAT, re.S)[1]
    for path in program.data.glob("**/*"):
        name = re.sub(r"\d{4}-\d\d-\d\d", "YYYY-MM-DD", path.name)
        name = re.sub(r"^[a-z2-7]{29}\.", "ID.", name)
        known = path.is_dir() or re.search(rf"[ /]{re.escape(name)} ", listed) or "files/YYYY" in listed and path.parent.parent.name == "files"
        assert known, path
