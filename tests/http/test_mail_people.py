"""Mail for people: names beside addresses, copies, the order of the form, HTML, links, and templates."""
import email
from email.header import decode_header, make_header
from email.utils import parseaddr
from urllib.parse import urlencode

import pytest

from harness.commands import command
from harness.mailing import FROM, OWNER, VISITOR, Post, attachments, date_of, html_of, parsed, text_of
from harness.paths import TOP

BASE = "base = https://example.net/cgi-bin/seeother\n"


@pytest.fixture
def post(tmp_path):
    place = Post(tmp_path)
    try:
        yield place
    finally:
        place.stop()


def people(header):
    return [(address.display_name, address.addr_spec) for address in header.addresses]


def replier(post, identity):
    """Gives whom a mail names in Reply-To, read by the older functions: the newer ones put blanks between encoded words of a name."""
    post.message(identity)
    raw, = [one for one in post.raw() if f"<{identity}.owner@".encode() in one]
    name, address = parseaddr(email.message_from_bytes(raw)["Reply-To"].replace("\n", ""))
    return str(make_header(decode_header(name))), address


def owner_mail(post, *fields, **more):
    return post.message(post.send(list(fields), **more))


# --- names and addresses


def test_a_mail_goes_to_several_people_by_name_with_copies(post):
    post.configure(letter="after = owner", owner="mail = Ada Lovelace <ada@example.org>, 'boss@example.org'\n"
                   "cc = Zoë Ñandú <zoe@example.org>, b.ob@example.org\nbcc = 'secret@example.org'".replace("'", ""))
    message = owner_mail(post, ("name", "Ada"))
    assert people(message["To"]) == [("Ada Lovelace", "ada@example.org"), ("", "boss@example.org")]
    assert people(message["Cc"]) == [("Zoë Ñandú", "zoe@example.org"), ("", "b.ob@example.org")]
    assert people(message["Bcc"]) == [("", "secret@example.org")]


NAMES = ["Ada", "Ada Lovelace", "Lovelace, Ada", 'Ada "the first" Lovelace', "back\\slash", "Ada <evil@example.com>", "evil@example.com", "Zoë", "日本 太郎",
         "x" * 90, "ü" * 50, "=?UTF-8?B?QWRh?=", "a  b", "(comment)", "a:b;", "'", ".", "\u202eabc", "y" * 58]


def test_a_reply_goes_to_the_visitor_by_the_name_that_was_typed(post):
    post.configure(letter="after = owner")
    sent = [(post.send([("name", name), ("email", VISITOR)]), name) for name in NAMES]
    for identity, name in sent:
        assert replier(post, identity) == (name, VISITOR)


def test_the_field_that_browsers_fill_in_with_a_name_has_it(post):
    post.configure(letter="after = owner")
    text = post.program.config.read_text().replace("message = textarea", "message = textarea\nwho = text autocomplete=name")
    post.program.configure_text(text)
    assert people(owner_mail(post, ("name", "wrong"), ("who", "Ada"), ("email", VISITOR))["Reply-To"]) == [("Ada", VISITOR)]


@pytest.mark.parametrize("name, seen", [("", ""), (" \t", ""), ("a\nb\r\nBcc: evil@example.com", "a b  Bcc: evil@example.com"),
                                        ("z" * 200, "z" * 100 + "…"), ("ü" * 200, "ü" * 50 + "…")])
def test_a_name_that_is_none_is_left_out_and_a_long_one_cut(post, name, seen):
    assert replier(post, post.send([("name", name), ("email", VISITOR)], path="/open")) == (seen, VISITOR)


def test_the_sender_has_a_name_of_the_site_or_of_the_visitor(post):
    post.configure(general="from = 'Forms of Zoë <forms@example.net>'".replace("'", ""), letter="after = owner")
    assert people(owner_mail(post, ("name", "Ada"))["From"]) == [("Forms of Zoë", FROM)]
    post.wait_idle()
    post.configure(letter="after = owner", owner="from_name = {name} by our site")
    assert people(owner_mail(post, ("name", "Ada, <a@b>"))["From"]) == [("Ada, <a@b> by our site", FROM)]


def test_the_mail_program_is_given_the_address_without_the_name(post):
    post.configure(general="from = Forms <forms@example.net>", letter="after = owner")
    owner_mail(post, ("name", "Ada"))
    arguments, = [path.read_text().split("\n") for path in post.sink.glob("*.arguments")]
    assert arguments == ["-t", "-i", "-f", FROM, ""]


# --- what the text says


def test_fields_are_in_the_order_of_the_form_with_each_label_once(post):
    post.configure(letter="after = owner")
    message = owner_mail(post, ("message", "Hello"), ("terms", "on"), ("topic", "support"), ("topic", "sales"), ("more", "x"), ("name", "Ada"))
    assert text_of(message).split("-- \n")[0] == (
        "name:\nAda\n\ntopic:\nsupport\nsales\n\nterms:\nyes\n\nYour message:\nHello\n\nmore:\nx\n\n")
    assert [line for line in html_of(message).split("\n") if line.startswith(("<dt>", "<dd"))] == [
        "<dt>name</dt>", '<dd dir="auto">Ada</dd>', "<dt>topic</dt>", '<dd dir="auto">support</dd>', '<dd dir="auto">sales</dd>',
        "<dt>terms</dt>", '<dd dir="auto">yes</dd>', "<dt>Your message</dt>", '<dd dir="auto">Hello</dd>', "<dt>more</dt>", '<dd dir="auto">x</dd>']


def test_the_words_are_in_the_language_of_the_form(post):
    post.configure(general=f"catalogues = {TOP / 'languages'}", letter="after = owner\nlanguage = ar, en")
    message = owner_mail(post, ("terms", "on"))
    assert "terms:\nنعم\n" in text_of(message)
    assert '<html lang="ar" dir="rtl">' in html_of(message)


EVIL = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</dd></dl><h1>x", "<!--", "&lt;", "{fields}", "a\r\nb\rc\nd", "javascript:x"]


def test_nothing_that_was_typed_is_markup(post):
    post.configure(letter="after = owner", owner="text = {message}")
    for evil in EVIL:
        answer = post.program.post(urlencode({"name": evil, "message": evil, evil: evil}).encode(), "/open")
        assert answer.status == 303
        page = html_of(post.message(answer.headers["location"].rsplit("/")[-1]))
        for part in ("<script", "<img", "<h1>x", "<!--"):
            assert part not in page
        assert "<a " not in page and page.endswith("</div>\n</body>\n</html>\n")
        assert page.count("<dl>") == page.count("</dl>") == 1


def test_a_line_end_is_a_break(post):
    page = html_of(owner_mail(post, ("message", "a\r\n\r\nb  <c>")))
    assert '<dd dir="auto">a<br>\n<br>\nb  &lt;c&gt;</dd>' in page


def test_a_mail_may_be_text_alone(post):
    post.configure(letter="after = owner", owner="html = no")
    message = owner_mail(post, ("name", "Ada"))
    assert message.get_content_type() == "text/plain" and "name:\nAda\n" in text_of(message)


def test_files_stand_beside_both_texts(post):
    message = post.message(post.send([("name", "Ada")], [("photo", "a.bin", "a/b", b"x")]))
    assert message.get_content_type() == "multipart/mixed"
    first, second = message.iter_parts()
    assert first.get_content_type() == "multipart/alternative" and attachments(message) == [("a.bin", "application/octet-stream", b"x")]
    assert "a.bin (1 bytes)" in text_of(message) and "<p>a.bin (1 bytes)</p>" in html_of(message)


# --- links


def test_an_owner_finds_links_to_the_outcome_and_to_the_desk(post):
    post.configure(general=BASE + "owners = boss")
    identity = post.send([("name", "Ada"), ("email", VISITOR)])
    outcome, desk = (f"https://example.net/cgi-bin/seeother/{part}letter/{identity}" for part in ("", "-/"))
    message, receipt = post.message(identity), post.message(identity, "receipt")
    lines = text_of(message).split("-- \n")[1].split("\n")
    assert lines[1:] == [outcome, f"Desk: {desk}", f"Spam: {desk}?ask=spam", f"Erase: {desk}?ask=erase", ""]
    for link in (outcome, desk, desk + "?ask=spam", desk + "?ask=erase"):
        assert f'<a href="{link}">' in html_of(message)
    assert outcome in text_of(receipt) and "/-/" not in text_of(receipt) + html_of(receipt)


def test_without_owners_nothing_leads_to_the_desk(post):
    post.configure(general=BASE)
    assert "/-/" not in post.message(post.send([("name", "Ada")])).as_string()


# --- templates


def template(post, name, text):
    (post.program.config.parent / name).write_text(text)


def test_a_template_says_how_the_text_looks(post):
    template(post, "mail.txt", "Hello!\n{name} wrote at {received}:\n{message}\n{ {fields!} {nothing}\n{outcome} {desk} {id}\n---\n{fields}end\n")
    post.configure(general=BASE, letter="after = owner\nowners = boss", owner="text_file = mail.txt")
    identity = post.send([("name", "{message}"), ("message", "one\ntwo")])
    message = post.message(identity)
    received = date_of(post.program.records("letter")[0])
    uri = "https://example.net/cgi-bin/seeother/"
    assert message.get_content_type() == "text/plain"
    assert text_of(message) == (f"Hello!\n{{message}} wrote at {received}:\none\ntwo\n{{ {{fields!}} \n{uri}letter/{identity} {uri}-/letter/{identity} "
                                f"{identity}\n---\nname:\n{{message}}\n\nYour message:\none\ntwo\n\nend\n")


def test_what_fills_a_template_of_html_is_escaped(post):
    template(post, "mail.html", "<style>p{color:red}a { margin: 0 }</style><p title=\"{name}\">{message}</p>{fields}")
    post.configure(letter="after = owner", owner="html_file = mail.html")
    message = owner_mail(post, ("name", '"><script>'), ("message", "<b>\n&"))
    assert html_of(message).startswith(
        "<style>p{color:red}a { margin: 0 }</style><p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;<br>\n&amp;</p><dl>\n<dt>name</dt>\n")
    assert "name:\n\"><script>\n" in text_of(message)


def test_a_visitor_gives_no_hole_another_meaning(post):
    template(post, "mail.txt", "{outcome}|{id}|{fields}")
    post.configure(general=BASE, owner="text_file = mail.txt")
    identity = post.send([("outcome", "https://evil.example/"), ("id", "evil"), ("fields", "evil")], path="/open")
    text = text_of(post.message(identity))
    assert text.startswith(f"https://example.net/cgi-bin/seeother/open/{identity}|{identity}|outcome:\n")


def test_a_mail_goes_without_a_template_that_cannot_be_read(post):
    post.configure(letter="after = owner", owner="text_file = missing.txt\nhtml_file = missing.html")
    assert "name:\nAda\n" in text_of(owner_mail(post, ("name", "Ada")))
    assert "missing.txt: can't be read; mails are sent without it" in post.log()


def test_a_template_that_has_no_line_end_or_is_long(post):
    template(post, "mail.txt", "x" * 100000)
    post.configure(letter="after = owner", owner="text_file = mail.txt")
    assert text_of(owner_mail(post, ("name", "Ada"))) == "x" * 100000 + "\n"


def test_raw_messages_have_no_line_of_a_visitor_in_their_header(post):
    post.configure(letter="after = owner", owner="from_name = {name}\nsubject = {name}")
    for evil in ("a\r\nBcc: evil@example.com", "\nX: y", "a" * 60 + "\n\nbody", "\"\r\nBcc: e@example.com\r\n\""):
        message = owner_mail(post, ("name", evil), ("email", VISITOR), path="/open")
        assert "Bcc" not in message and "X" not in message and people(message["To"]) == [("", OWNER)]
    for raw in post.raw():
        parsed(raw)


@pytest.mark.parametrize("key, name", [("text_file", "mail.txt"), ("html_file", "mail.html")])
def test_check_names_a_template_that_is_missing_or_has_a_strange_hole(post, key, name):
    post.configure(letter="after = owner", owner=f"{key} = {name}")
    done = command(post.program, "check")
    assert done.returncode == 1 and f"{key}: " in done.stdout + done.stderr and "No such file" in done.stdout + done.stderr
    template(post, name, "{name} {fields} {nonsense} {color:red}")
    done = command(post.program, "check")
    assert done.returncode == 1 and (done.stdout + done.stderr).count("is not a field of the form") == 1 and "{nonsense}" in done.stdout + done.stderr
    template(post, name, "{name} {fields} {color:red}")
    assert "is not a field" not in command(post.program, "check").stdout


def test_names_with_commas_stand_in_quotes(post):
    post.configure(letter="after = owner", owner="cc = Bob <bob@example.org>, \"Lovelace, Ada \\\"A\\\"\" <ada@example.org>")
    assert people(owner_mail(post, ("name", "Ada"))["Cc"]) == [("Bob", "bob@example.org"), ('Lovelace, Ada "A"', "ada@example.org")]
