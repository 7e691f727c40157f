"""Mail: what a post becomes as a message, under visitors who want it to become another one."""
import base64
import random
import re
import shutil
import signal
import socket
import threading
from urllib.parse import quote_from_bytes

import pytest

from harness import servers
from harness.bodies import multipart
from harness.mailing import FROM, OWNER, VISITOR, Post, attachments, date_of, parsed, text_of, values_of
from harness.processes import wait_for
from harness.program import WAYS
from harness.tasks import end_worker

@pytest.fixture
def post(tmp_path):
    place = Post(tmp_path)
    try:
        yield place
    finally:
        place.stop()


# --- the message ---


@pytest.mark.parametrize("way", WAYS)
def test_a_post_is_mailed_to_the_owner_and_a_receipt_to_the_visitor(tmp_path, way):
    post = Post(tmp_path, way)
    try:
        post.configure(general="base = https://example.net/cgi-bin/seeother")
        identity = post.send([("name", "Ada"), ("email", VISITOR), ("message", "Hello"), ("code", "x1"), ("website", "")])
        owner, receipt = post.message(identity), post.message(identity, "receipt")
        assert (owner["To"], owner["Reply-To"], owner["Subject"]) == (OWNER, f"Ada <{VISITOR}>", "Write to us")
        assert (owner["Auto-Submitted"], receipt["Auto-Submitted"]) == ("auto-generated", "auto-replied")
        received = date_of(post.program.records("letter")[0])
        end = f"-- \nWrite to us, {received}\nhttps://example.net/cgi-bin/seeother/letter/{identity}\n"
        seen = f"name:\nAda\n\nemail:\n{VISITOR}\n\nYour message:\nHello\n\n"
        assert text_of(owner) == seen + "code:\nx1\n\n" + end
        assert (receipt["To"], receipt["Reply-To"], receipt["Subject"]) == (VISITOR, None, "Write to us")
        assert text_of(receipt) == seen + end
        assert owner["Message-ID"] != receipt["Message-ID"]
        post.wait_idle()
        assert len(post.raw()) == 2
        assert not list(post.program.data.glob("*/tasks/*/work.*"))
    finally:
        post.stop()


def test_the_program_gets_the_arguments_of_sendmail_and_nothing_of_a_visitor(post):
    for value in ("-bp", "-Ofoo=bar", "|sh", "-f root"):
        post.send([("name", value), ("email", VISITOR), ("message", value)])
    post.wait(8)
    for path in post.sink.glob("*.arguments"):
        assert path.read_text().split("\n") == ["-t", "-i", "-f", FROM, ""]


TEXTS = [
    "plain", ".", "..", ".\n.\n", "a\n.\nb", "From me", "a\nFrom me\n>From you\nFrom", "x" * 10000, "x " * 5000, ("x" * 74 + " ") * 50,
    "=", "=3D", "=\n=", "a=\r\nb", "tab\there", "\tfirst", "last\t", "last ", "last \nnext", " first", "   ", "a\n\n\nb", "\n", "\n\na",
    "Grüße, Ελλάδα, 日本語, 👩‍👩‍👧‍👦", "ü" * 3000, "👍" * 2000, "x" * 73 + ".y", "x" * 75 + ".", "x" * 75 + "From me", "x" * 74 + "=",
    "=_boundary", "--=_", "\x1b[31mred", "\x7f", "\x0b\x0c", "\u2028\u2029\x85", "\ufeffmark", "soft\u00adhyphen", "%s%n", "{name}",
    "a" * 75, "a" * 76, "a" * 77, "a" * 75 + " ", "ü" * 25, "ü" * 26,
]


def test_texts_arrive_as_they_were_posted(post):
    sent = [(post.send([("message", text)], path="/open"), text) for text in TEXTS]
    for identity, text in sent:
        message = text_of(post.message(identity))
        assert message.startswith(f"message:\n{text}\n\n-- \n".replace("\r\n", "\n")), text[:50]


def test_every_line_length_around_a_soft_break_arrives(post):
    chance = random.Random(6)
    text = "\n".join("".join(chance.choice("a .=ü\t👍F") for _ in range(n)) for n in range(60, 260))
    identity = post.send([("message", text)])
    assert text in text_of(post.message(identity))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_whatever_ends_a_line_becomes_a_line_end(post, end):
    text = end.join(["a", "", "b ", ".", "From c", "", ""])
    identity = post.send([("message", text + "x")])
    assert "Your message:\na\n\nb \n.\nFrom c\n\nx\n\n" in text_of(post.message(identity))


def test_line_ends_of_every_kind_may_be_mixed(post):
    identity = post.send([("message", "a\r\n\r\rb\n\rc\r\n\nd\re")])
    assert "Your message:\na\n\n\nb\n\nc\n\nd\ne\n\n" in text_of(post.message(identity))


def test_a_nul_loses_nothing_that_stands_behind_it(post):
    post.configure(owner="subject = From {name}")
    identity = post.send([("name", "A\0B\0"), ("message", "before\0after\0")], path="/open")
    message = post.message(identity)
    assert message["Subject"] == "From A\ufffdB\ufffd"
    assert "message:\nbefore\ufffdafter\ufffd\n\n" in text_of(message)


def test_a_value_of_64k_arrives(post):
    for text in ("x" * 65536, "ü" * 32768, "\n" * 65536, "." * 65536, "\n.".join("y" * 32768)[:65536], "= " * 32768):
        identity = post.send([("message", text)])
        assert f"Your message:\n{text}\n\n" in text_of(post.message(identity))


def test_repeated_names_empty_fields_and_boxes_are_told_apart(post):
    identity = post.send([("name", ""), ("topic", "sales"), ("topic", "support"), ("message", "")])
    message = post.message(identity)
    assert values_of(message, "topic") == ["sales\nsupport"]
    assert "name:\n\n\n" in text_of(message) and "terms" not in text_of(message)
    identity = post.send([("terms", "on")])
    assert values_of(post.message(identity), "terms") == ["yes"]


def test_the_owner_is_mailed_fields_that_config_ini_does_not_know_and_the_visitor_is_not(post):
    identity = post.send([("name", "Ada"), ("email", VISITOR), ("strange", "told-1"), ("two", "a"), ("two", "b"), ("_next", "secret"), ("website", "")])
    text, receipt = text_of(post.message(identity)), text_of(post.message(identity, "receipt"))
    assert "strange:\ntold-1\n\ntwo:\na\nb\n\n" in text
    assert "secret" not in text and "website" not in text and "told" not in receipt and "two" not in receipt


# --- the subject ---


SUBJECTS = [
    "Ada", "Grüße", "👍", "x" * 50, "x" * 51, "x" * 60, "x" * 70, "x" * 244, "x" * 245, "ü" * 122, "👍" * 61, "a" + "👍" * 61, "日本" * 40,
    "=?UTF-8?B?QWRh?=", "=?utf-8?q?a?= b", "a =?", "?=", "=?x", "a\tb".replace("\t", " "), "a  b", "Re: a: b; <c@example.org>, (d)",
    "\"quoted\\\"", "a" * 30 + " " * 10 + "b" * 30, "e\u0301" * 30, "\u202eabc", "=" * 40,
] + ["y" * n + "ü" * 40 for n in range(30, 46)]


def test_subjects_arrive_as_they_were_posted(post):
    post.configure(owner="subject = From {name}")
    sent = [(post.send([("name", name)]), name) for name in SUBJECTS]
    for identity, name in sent:
        assert post.message(identity)["Subject"] == "From " + name


def test_a_long_subject_is_cut_between_two_characters(post):
    post.configure(owner="subject = {message}")
    for one in ("x", "ü", "日", "👍"):
        subject = post.message(post.send([("message", one * (65536 // len(one.encode())))]))["Subject"]
        assert subject == one * (250 // len(one.encode())) + "…"


def test_a_subject_of_nothing_is_the_title(post):
    post.configure(owner="subject = {name}")
    for name in ("", " ", "\n", "\x01\x02", "\t \r\n"):
        assert post.message(post.send([("name", name)], path="/open"))["Subject"] == "Anything", name
    assert post.message(post.send([("name", "  Ada ")], path="/open"))["Subject"] == "Ada"


def test_holes_are_filled_once_with_all_values_of_a_field(post):
    post.configure(owner="subject = {topic}/{name}/{nothing}/{name\ntext = {name}, {message}.")
    message = post.message(post.send([("name", "{message}"), ("topic", "sales"), ("topic", "support"), ("message", "a\nb")]))
    assert message["Subject"] == "sales, support/{message}//name"
    assert text_of(message).startswith("{message}, a b.\n\n")


# --- nothing in the visitor's hand adds a header or a recipient ---


EVIL = [
    "\r\nBcc: evil@example.com", "\nBcc: evil@example.com", "\rBcc: evil@example.com", "a\r\nTo: evil@example.com\r\n\r\nbody",
    "a\r\n\r\nevil body", "a\n\nevil body", "a\n .\nBcc: evil@example.com", "a\r\n.\r\nMAIL FROM:<evil@example.com>", "a\n.\n", "\n.\n",
    "%0ABcc:evil@example.com", "%0d%0aBcc: evil@example.com", "\\nBcc: evil@example.com", "=0D=0ABcc: evil@example.com",
    "=?UTF-8?Q?=0ABcc:_evil@example.com?=", "=?UTF-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5jb20=?=", "?=\r\nBcc: evil@example.com\r\n=?",
    "\x0bBcc: evil@example.com", "\x0cBcc: evil@example.com", "\x85Bcc: evil@example.com", "\u2028Bcc: evil@example.com",
    "\u2029Bcc: evil@example.com", "\x1c\x1d\x1eBcc: evil@example.com", "\u560a\u560dBcc: evil@example.com", "\0\nBcc: evil@example.com",
    "evil@example.com, other@example.com", "<evil@example.com>", "\"a\" <evil@example.com>", "a\r\n\tBcc: evil@example.com",
    "a\n Bcc: evil@example.com", "-- \nevil", "--=_\n\nevil", "\"; filename=\"evil.exe", "Content-Type: text/html\n\n<b>",
    "x\nContent-Transfer-Encoding: 8bit\n\nx", "a\r\nResent-To: evil@example.com", "a\r\nReply-To: evil@example.com",
    "a\r\nDisposition-Notification-To: evil@example.com", "x" * 998 + "\nBcc: evil@example.com", " " * 998 + "\nBcc: evil@example.com",
    "ü" * 40 + "\nBcc: evil@example.com", "\ud83d".encode("utf-8", "replace").decode() + "\nBcc: evil@example.com", "%s%n\n{email}\n{message}",
]
assert len(EVIL) >= 40


def check_only(post, n, receipts):
    """All that was sent has the expected headers, which parsed() sees to, and goes to the expected addresses."""
    post.wait(n + receipts)
    post.wait_idle()
    messages = [parsed(one) for one in post.raw()]
    assert len(messages) == n + receipts
    people = [message["To"].addresses[0].addr_spec for message in messages]
    assert (people.count(OWNER), people.count(VISITOR)) == (n, receipts)
    assert {address.addr_spec for message in messages if message["Reply-To"] for address in message["Reply-To"].addresses} <= {VISITOR}
    for message in messages:
        plain = [part for part in message.walk() if part.get_content_type() == "text/plain"]
        assert len(plain) == 1 and message.epilogue in (None, "") and message.preamble in (None, "")
    return messages


def test_no_value_adds_a_header_or_a_recipient(post):
    post.configure(owner="subject = {name} {message} {code}\ntext = {message}", receipt="subject = {name}\ntext = {message}")
    drawn = 0
    for evil in EVIL:
        post.send([("name", evil), ("email", VISITOR), ("message", evil), ("code", evil)], path="/open")
        body, kind = multipart(("email", VISITOR), ("message", evil))
        drawn += post.program.post(body, "/letter", CONTENT_TYPE=kind).status == 303  # some hold what no browser sends
    assert drawn >= 30
    check_only(post, len(EVIL) + drawn, 5)


def test_no_file_name_adds_a_header_or_a_part(post):
    sent = 0
    for evil in EVIL:
        for name in (evil, "ü" + evil, evil.replace("\r\n", "\n").replace("\n", "\r"), evil.replace("\r", "").replace("\n", "")):
            body, kind = multipart(("photo", name.replace('"', "%22"), "application/x-thing", b"abc"))
            sent += post.program.post(body, "/letter", CONTENT_TYPE=kind).status == 303
    assert sent >= 2 * len(EVIL)
    for raw in post.wait(sent, OWNER):
        message = parsed(raw)
        (name, kind, content), = attachments(message)
        part, = message.iter_attachments()
        assert content == b"abc" and kind == "application/octet-stream" and name and not re.search(r"[\x00-\x1f/\\]", name)
        assert part.keys() == ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]
        assert list(part["Content-Disposition"].params) == ["filename"]


def test_no_name_of_a_field_adds_a_header_or_a_line(post):
    post.configure(owner="subject = {name}{name: x}")
    for evil in EVIL:
        if "\0" not in evil and len(evil.encode()) <= 200:
            body = b"&".join(quote_from_bytes(one.encode()).encode() + b"=value" for one in (evil, "name\n" + evil, evil + "\n\nname"))
            assert post.program.post(body, "/open").status == 303
    short = [evil for evil in EVIL if "\0" not in evil and len(evil.encode()) <= 200]
    for message in check_only(post, len(short), 0):
        lines = text_of(message).split("\n\n")
        assert len(lines) == 4 and all(re.fullmatch("[^\n]*:\nvalue", one) for one in lines[:3]), lines


def test_nothing_else_of_a_request_adds_a_header_or_a_recipient(post):
    for evil in EVIL:
        if "\0" in evil:
            continue
        values = {"HTTP_USER_AGENT": evil, "HTTP_X_FORWARDED_FOR": evil, "HTTP_REFERER": evil, "HTTP_ACCEPT_LANGUAGE": evil,
                  "HTTP_ORIGIN": evil, "HTTP_FROM": evil, "REMOTE_USER": evil}
        post.send([("name", "Ada"), ("email", VISITOR)], **values)
    messages = check_only(post, len(EVIL) - 1, 5)
    assert not any("evil" in text_of(message) for message in messages)


def test_an_idempotency_key_is_not_mailed(post):
    for number, evil in enumerate(EVIL[:10]):
        body, kind = multipart(("name", "Ada"))
        key = "\"" + re.sub(r"[^ !#-\[\]-~]", "?", evil) + f"{number:020}\""
        assert post.program.post(body, "/letter", CONTENT_TYPE=kind, HTTP_IDEMPOTENCY_KEY=key).status == 303
    assert not any("Bcc" in text_of(message) for message in check_only(post, 10, 0))


NO_ADDRESSES = [
    "a@b.c, evil@example.com", "a@b.c;evil@example.com", "a@b.c evil@example.com", "<evil@example.com>", "\"evil\"@example.com",
    "evil(comment)@example.com", "evil@example.com (comment)", "Evil <evil@example.com>", "group: evil@example.com;",
    "evil@example.com\r\nBcc: x@example.com", "evil@[192.0.2.1]", "evil@example.com,", "@example.com:evil@example.com",
    "evil@@example.com", "evïl@example.com", "evil@exämple.com", "evil@", "@example.com",
    "evil\\@example.com", "evil@example..com", "e" * 250 + "@example.com", "evil@example.com\u2028",
]


def test_only_one_plain_address_is_one_to_reply_to(post):
    """The form that takes anything has no field that says it is an address; the other refuses what is none."""
    for number, address in enumerate(NO_ADDRESSES):
        post.send([("email", address), ("number", str(number))], path="/open")
        body, kind = multipart(("email", address))
        answer = post.program.post(body, "/letter", CONTENT_TYPE=kind)
        assert answer.status in (303, 422)
    post.send([("name", "the last"), ("email", "")])
    post.send([("name", "the last"), ("email", VISITOR), ("other", "other@example.com")])
    wait_for("the last one", lambda: len([one for one in post.raw() if b"the last" in one]) == 3, 20)
    post.wait_idle()
    for raw in post.raw():
        message = parsed(raw)
        assert message["To"] in (OWNER, VISITOR)
        assert "Reply-To" not in message or message["Reply-To"].addresses[0].addr_spec in (VISITOR, "evil@example.com")


def test_replies_go_to_the_first_address_of_the_form(post):
    message = post.message(post.send([("email", ""), ("other", "other@example.com")]))
    assert message["Reply-To"] == "other@example.com"
    message = post.message(post.send([("email", "ada@example.com"), ("email", "evil@example.com")], path="/open"))
    assert "Reply-To" not in message
    post.wait_idle()
    assert {parsed(raw)["To"] for raw in post.raw()} == {OWNER}


@pytest.mark.parametrize("address", [".a@example.com", "a.@example.com", "a..b@example.com", "...@example.com", "a!#$%&'*+/=?^_`{|}~-@b",
                                     "e" * 64 + "@" + ".".join(["d" * 60] * 3) + ".com"])
def test_what_html_takes_for_an_address_is_written_as_one(post, address):
    """HTML allows dots where RFC 5322 has none without quotes."""
    identity = post.send([("email", address)])
    owner, receipt = post.message(identity), post.message(identity, "receipt")
    local, _, domain = address.partition("@")
    for one in (owner["Reply-To"].addresses[0], receipt["To"].addresses[0]):
        assert (one.username, one.domain) == (local, domain)


# --- uploads ---


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
FILES = [
    ("plain.txt", "text/plain", b"text\r\n.\r\nFrom x\n"), ("picture.png", "image/png", PNG), ("a b-c_d.bin", "x/y", b""),
    ("quote%22s.txt", "text/html", b"<script>"), ("Grüße 日本 👍.pdf", "application/pdf", b"%PDF-1.7\n" + bytes(1000)),
    ("'apostrophe'.txt", "message/rfc822", b"Subject: x\n\nx"), ("semi;colon, comma.txt", "multipart/mixed; boundary=x", b"--x--"),
    ("%41%0d%0a.txt", "", b"\0"), ("=?UTF-8?B?QWRh?=", "a/b", b"="), ("*.txt", "a/b", b"x"), ("n" * 60, "a/b", b"x"), ("n" * 61, "a/b", b"x"),
    ("n" * 1000 + ".txt", "a/b", b"x"), ("ü" * 500 + ".tx", "a/b", b"x"), ("👍" * 255, "a/b", b"x"), ("a" + "👍" * 255, "a/b", b"x"),
    (".hidden", "a/b", b"x"), ("filename*0*=UTF-8''x", "a/b", b"x"),
]


def test_uploads_arrive_byte_for_byte_under_their_names(post):
    identity = post.send([("name", "Ada")], [("photo", *file) for file in FILES])
    message = post.message(identity)
    found = attachments(message)
    assert [(name, content) for name, _, content in found] == [(name, content) for name, _, content in FILES]
    types = {"picture.png": "image/png", "Grüße 日本 👍.pdf": "application/pdf"}
    assert [kind for _, kind, _ in found] == [types.get(name, "application/octet-stream") for name, _, _ in FILES]
    assert [line.rsplit(" (")[0] for line in re.findall(r"^.* bytes\)$", text_of(message), re.M)] == [name for name, _, _ in FILES]
    assert "not attached" not in text_of(message)


@pytest.mark.parametrize("name, seen", [
    ("../../etc/passwd", ".._.._etc_passwd"), ("/etc/passwd", "_etc_passwd"), ("C:\\x.txt", "C:_x.txt"), ("..", "file"), (".", "file"),
    ("", "file"), ("a\tb", "a_b"), ("a\x7fb", "a_b"), ("a\x1bb", "a_b"),
])
def test_a_name_that_is_a_path_or_no_name_is_made_one(post, name, seen):
    message = post.message(post.send([("name", "Ada")], [("photo", name, "a/b", b"x")]))
    assert attachments(message) == [(seen, "application/octet-stream", b"x")]
    assert f"\n{seen} (1 bytes)\n" in text_of(message)


def test_uploads_of_every_length_around_a_line_arrive(post):
    chance = random.Random(3)
    files = [(f"{n}.bin", "a/b", chance.randbytes(n)) for n in [0, 1, 2, 3, 55, 56, 57, 58, 59, 113, 114, 115, 100000, 1 << 20]]
    message = post.message(post.send([("name", "Ada")], [("photo", *file) for file in files]))
    assert [content for _, _, content in attachments(message)] == [content for _, _, content in files]


def test_beyond_attach_uploads_are_named_but_not_attached(post):
    post.configure(owner="attach = 100")
    files = [("a.bin", 60), ("b.bin", 60), ("c.bin", 40), ("d.bin", 1), ("e.bin", 0)]
    message = post.message(post.send([("name", "Ada")], [("photo", name, "a/b", b"x" * n) for name, n in files]))
    assert [(name, len(content)) for name, _, content in attachments(message)] == [("a.bin", 60), ("c.bin", 40), ("e.bin", 0)]
    assert ("a.bin (60 bytes)\nb.bin (60 bytes, not attached)\nc.bin (40 bytes)\nd.bin (1 bytes, not attached)\ne.bin (0 bytes)\n"
            in text_of(message))
    post.program.wait_for_worker()  # one that is still there may have read what was in force before
    post.configure(owner="attach = 0")
    message = post.message(post.send([("name", "Ada")], [("photo", "a.bin", "a/b", b"x")]))
    assert attachments(message) == [] and "a.bin (1 bytes, not attached)" in text_of(message)


def test_an_upload_that_cannot_be_read_is_named_and_the_rest_is_sent(post):
    post.sink.joinpath("exits").write_text("75\n75\n")
    identity = post.send([("name", "Ada")], [("photo", "a.bin", "a/b", b"lost"), ("photo", "b.bin", "a/b", b"there")])
    record, = post.program.records("letter")
    (post.program.data / "letter" / record["files"][0]["path"]).unlink()
    (post.program.data / "letter" / "files" / "incoming" / record["files"][0]["path"].rsplit("/")[-1]).unlink(missing_ok=True)
    message = post.message(identity)
    assert attachments(message) == [("b.bin", "application/octet-stream", b"there")]
    assert "a.bin (4 bytes, not attached)\nb.bin (5 bytes)\n" in text_of(message)
    assert "can't be read, so the mail goes without it" in post.log()


# --- receipts ---


@pytest.mark.parametrize("show, seen", [
    ("all", ["name", "email", "Your message", "photo"]), ("none", []), ("name, code", ["name", "code"]), ("photo", ["photo"]),
])
def test_a_receipt_shows_what_the_outcome_shows(post, show, seen):
    post.configure(letter=f"show = {show}")
    fields = [("name", "Ada"), ("email", VISITOR), ("message", "Hello"), ("code", "x1")]
    message = post.message(post.send(fields, [("photo", "me.png", "image/png", PNG)]), "receipt")
    text = text_of(message)
    assert [label for label in ("name", "email", "Your message", "code") if values_of(message, label)] == [s for s in seen if s != "photo"]
    assert ("me.png" in text) == ("photo" in seen)
    assert attachments(message) == [] and base64.b64encode(PNG)[:20].decode() not in text and "not attached" not in text


def test_what_looks_like_spam_gets_neither_mail_nor_receipt(post):
    post.configure(letter="blocked = casino")
    post.send([("name", "Ada"), ("email", VISITOR), ("website", "http://x")])
    post.send([("name", "Ada"), ("email", VISITOR), ("message", "Casino")])
    identity = post.send([("name", "Ada"), ("email", VISITOR)])
    post.message(identity), post.message(identity, "receipt")
    post.wait_idle()
    assert len(post.raw()) == 2 and [("spam" in record) for record in post.program.records("letter")] == [True, True, False]


def test_an_address_gets_five_receipts_a_day_from_all_forms_and_workers(post):
    addresses = ["ada@example.com", "ADA@example.com", "ada@EXAMPLE.com", "ada+1@example.com", "Ada+x+y@Example.Com"]
    for number in range(9):
        post.send([("email", addresses[number % 5])], path=("/letter", "/open", "/second")[number % 3])
        if number % 4 == 3:
            post.wait_idle()
    post.send([("email", "grace@example.com")])
    post.wait(7, OWNER)
    post.wait(1, "grace@example.com")
    post.wait_idle()
    people = [parsed(raw)["To"].addresses[0].addr_spec for raw in post.raw()]
    assert sum(one.lower().startswith("ada") for one in people) == 5
    assert (people.count(OWNER), people.count("grace@example.com")) == (7, 1)


def test_a_receipt_that_cannot_be_counted_waits(post):
    """A table that can't be used must not open a relay to everybody."""
    rates = post.program.data / "rates"
    rates.mkdir(parents=True)
    post.configure(receipt="retries = 20", letter="after = receipt")
    identities = [post.send([("email", VISITOR)], path="/second") for _ in range(7)]
    wait_for("the worker to say so of each", lambda: post.log().count("could not be counted") >= len(identities), 30)
    assert post.raw(VISITOR) == []
    rates.rmdir()
    post.wait(5, VISITOR)
    post.wait_idle()
    assert len(post.raw(VISITOR)) == 5 < len(identities)


def test_a_receipt_that_is_tried_again_counts_once(post):
    post.sink.joinpath("exits").write_text("1\n" * 4)
    post.configure(receipt="retries = 20", letter="after = receipt")
    for _ in range(5):
        post.send([("email", VISITOR)], path="/second")
    post.wait(5, VISITOR)
    post.wait_idle()
    assert len(post.raw()) == 5


def test_a_receipt_that_is_begun_again_and_again_counts_once(post):
    post.write_sendmail(more="while [ -e hold ]; do sleep 0.02; done")
    (post.sink / "hold").touch()
    identity = post.send([("email", VISITOR)], path="/second")
    tries = post.sink / "tries"
    for n in range(1, 8):
        wait_for("the next try", lambda: tries.exists() and len(tries.read_text()) == n)
        end_worker(post.program, signal.SIGKILL)
        post.send([("name", "no address")], path="/second")
    wait_for("the last try", lambda: len(tries.read_text()) == 8)
    (post.sink / "hold").unlink()
    post.wait_idle()
    post.message(identity, "receipt")
    assert len(tries.read_text()) == 8


# --- delivery ---


def test_a_form_s_first_post_is_mailed_while_the_worker_is_busy_with_another_form(post):
    post.write_sendmail(more="while [ -e hold ]; do sleep 0.02; done")
    (post.sink / "hold").touch()
    post.configure(letter="after = owner")
    post.send([("name", "first")])
    wait_for("the worker to be busy", (post.sink / "tries").exists)
    post.send([("name", "second")], path="/open")
    wait_for("the post's own wake to be over", lambda: len(post.workers()) == 1)
    (post.sink / "hold").unlink()
    post.wait(2)


def test_five_failures_lose_nothing_and_double_nothing(post):
    post.sink.joinpath("exits").write_text("75\n1\n69\n2\n127\n")
    post.configure(general="parallel = 1", letter="after = owner", owner="retries = 8")
    identities = [post.send([("name", f"Ada {n}")], path="/letter") for n in range(5)]
    post.wait(5)
    post.wait_idle()
    messages = [parsed(raw) for raw in post.raw()]
    assert sorted(message["Message-ID"].split(".")[0][1:] for message in messages) == sorted(identities)
    assert len(post.sink.joinpath("tries").read_text()) == 10
    assert post.log().count("it will be tried again") == 5


def test_exit_status_100_is_final_and_others_after_the_last_retry(post):
    post.configure(letter="after = owner", owner="retries = 1")
    post.sink.joinpath("exits").write_text("100\n")
    post.send([("name", "refused")])
    wait_for("it to be given up", lambda: post.log().count("given up") == 1)
    post.wait_idle()
    post.sink.joinpath("exits").write_text("75\n75\n")
    post.send([("name", "down")])
    wait_for("it to be given up", lambda: post.log().count("given up") == 2)
    post.wait_idle()
    assert post.raw() == [] and len(post.sink.joinpath("tries").read_text()) == 3


def test_a_mail_program_that_is_missing_is_said_and_tried_again(post):
    hidden = post.sendmail.with_suffix(".hidden")
    post.sendmail.rename(hidden)
    post.configure(letter="after = owner")
    identity = post.send([("name", "Ada")])
    wait_for("the failure", lambda: "No such file or directory" in post.log())
    hidden.rename(post.sendmail)
    post.message(identity)
    post.wait_idle()
    assert len(post.raw()) == 1


def test_a_mail_program_that_reads_nothing_gets_no_signal(post):
    post.write_program(f"#!/bin/sh\n: >>{post.sink}/ran\nexit 0\n")
    post.configure(letter="after = owner")
    post.send([("message", "x" * 60000)])
    wait_for("the program", (post.sink / "ran").exists)
    post.wait_idle()
    assert post.log() == ""


def test_delivery_in_the_background_is_left_to_end(post):
    """exim and sendmail answer when the message is in their queue, and go on with it in a process of their own."""
    go = post.sink / "go"
    post.write_sendmail(more="exec 3<&0\n(while [ ! -e go ]; do sleep 0.05; done; cat <&3 >late) &\nexit 0")
    post.configure(letter="after = owner")
    post.send([("name", "Ada")])
    post.wait_idle()
    go.touch()
    wait_for("the late delivery", lambda: (post.sink / "late").exists() and b"Ada" in (post.sink / "late").read_bytes(), 3)
    parsed((post.sink / "late").read_bytes())


def test_a_mail_program_may_write_to_a_large_mailbox(post):
    post.configure(letter="after = owner", owner="output = 1K")
    post.write_sendmail(more="head -c 100000 /dev/zero >>mailbox || exit 1")
    post.message(post.send([("name", "Ada")]))
    assert (post.sink / "mailbox").stat().st_size == 100000


# --- a real mail program ---


class Smtp:
    """A server that keeps what it is given: envelope and content, as they came over the wire."""

    def __init__(self, port):
        self.kept, self.port = [], port
        self.listener = socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(20)
                self.talk(connection.makefile("rwb"))

    def talk(self, stream):
        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        sender, people = None, []
        say("220 sink")
        while line := stream.readline():
            word = line[:4].upper()
            if word == b"MAIL":
                sender = line
            elif word == b"RCPT":
                people.append(line)
            elif word == b"DATA":
                say("354 go on")
                lines = list(iter(stream.readline, b".\r\n"))
                self.kept.append((sender, people, lines))
            say("221 bye" if word == b"QUIT" else "250 sink")
            if word == b"QUIT":
                return

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def by_msmtp(post):
    """The mail program is msmtp; what it is given is kept beside."""
    if not shutil.which("msmtp"):
        pytest.skip("msmtp is not installed")
    port = servers.free_port()
    settings = post.sink / "msmtprc"
    settings.write_text(f"account default\nhost 127.0.0.1\nport {port}\nfrom nobody@example.org\ntls off\nauth off\n")
    post.write_program(f"#!/bin/sh\necho >>{post.sink}/tries\npart=$(mktemp {post.sink}/XXXXXX)\ncat >$part\n"
                       f"msmtp -C {settings} \"$@\" <$part || exit\nmv $part $part.message\n")
    post.port = port
    return post


def check_arrived(post, smtp, n):
    wait_for(f"{n} messages", lambda: len(smtp.kept) >= n and len(post.raw()) >= n, 30)
    post.wait_idle()
    assert len(smtp.kept) == n
    composed = post.raw()
    for sender, people, lines in smtp.kept:
        assert all(line.endswith(b"\r\n") and b"\r" not in line[:-2] and len(line) <= 1000 for line in lines)
        arrived = b"".join(line.removeprefix(b".")[:-2] + b"\n" for line in lines)
        assert arrived in composed
        message = parsed(arrived)
        assert sender.split()[1].rstrip() == f"FROM:<{FROM}>".encode()
        assert [one.strip() for one in people] == [f"RCPT TO:<{message['To'].addresses[0].addr_spec}>".encode()]
    return [parsed(one) for one in composed]


def test_msmtp_delivers_what_was_composed(by_msmtp):
    smtp = Smtp(by_msmtp.port)
    try:
        for text in [".", "..\n.\n", "From me\n", "x" * 5000, "Grüße\r\n.\r\nQUIT", *EVIL[:10]]:
            by_msmtp.send([("name", text), ("message", text)], path="/open")
            by_msmtp.send([("message", text.replace("\0", ""))], [("photo", "ü.png", "image/png", PNG)])
        identity = by_msmtp.send([("name", "Ada"), ("email", VISITOR)])
        messages = check_arrived(by_msmtp, smtp, 32)
        assert [m["To"] for m in messages if m["Message-ID"].startswith(f"<{identity}.receipt")] == [VISITOR]
        assert all(attachments(message) == [("ü.png", "image/png", PNG)] for message in messages if message.get_content_type() == "multipart/mixed")
    finally:
        smtp.stop()


def test_a_blind_copy_is_delivered_and_not_told_of(by_msmtp):
    by_msmtp.configure(letter="after = owner", owner="cc = Bob <bob@example.org>\nbcc = Eve <secret@example.org>")
    smtp = Smtp(by_msmtp.port)
    try:
        by_msmtp.send([("name", "Ada")])
        wait_for("the mail", lambda: smtp.kept, 30)
        by_msmtp.wait_idle()
        (_, people, lines), = smtp.kept
        assert {re.search(rb"<(.*)>", one)[1] for one in people} == {OWNER.encode(), b"bob@example.org", b"secret@example.org"}
        assert b"bob@example.org" in b"".join(lines) and b"secret" not in b"".join(lines) and b"Eve" not in b"".join(lines)
    finally:
        smtp.stop()


def test_a_mail_server_that_is_down_at_first_loses_and_doubles_nothing(by_msmtp):
    identities = [by_msmtp.send([("name", f"Ada {n}")]) for n in range(5)]
    wait_for("each to be tried", lambda: by_msmtp.log().count("tried again") >= 5, 20)
    smtp = Smtp(by_msmtp.port)
    try:
        messages = check_arrived(by_msmtp, smtp, 5)
        assert sorted(message["Message-ID"].split(".")[0][1:] for message in messages) == sorted(identities)
    finally:
        smtp.stop()
