"""Control characters in a line that was edited by hand: no page and no JSON shows them as they are."""
import json
import re

from harness.posts import id_of
from test_desk import OWNER, desk, get  # noqa: F401

CONTROLS = [chr(c) for c in (*range(1, 32), *range(0x7F, 0xA0)) if chr(c) not in "\t\n\r"]
RAW = re.compile("[" + re.escape("".join(CONTROLS)) + "]")


def test_pages_show_a_replacement_for_each_control_character(desk):
    one = id_of(desk.post("name=Ada&email=a%40example.org&message=plain"))
    log, = (desk.data / "contact").glob("????-??-??.jsonl")
    line = log.read_text()
    record = json.loads(line)
    record["fields"] |= {"name": "Ada\x1b]0;x\x07", "message": "".join(CONTROLS), "more\x9b": "\x9b31m"}
    for ascii_only in (True, False):
        log.write_text(json.dumps(record, separators=(",", ":"), ensure_ascii=ascii_only) + "\n")
        for answer in (desk.get(f"/contact/{one}"), desk.get(f"/contact/{one}", **OWNER), get(desk, f"/-/contact/{one}"), get(desk, "/-/contact"),
                       get(desk, "/-/"), desk.get(f"/contact/{one}", HTTP_ACCEPT="application/json")):
            assert answer.status == 200 and not RAW.search(answer.text), (ascii_only, RAW.search(answer.text))
        page = get(desk, f"/-/contact/{one}").text
        assert page.count("\ufffd") >= len(CONTROLS)
    log.write_text(line)
