"""Charsets: what a post declares counts, for each value by itself; nothing else is guessed."""
from urllib.parse import quote

import pytest

MULTIPART = {"CONTENT_TYPE": "multipart/form-data; boundary=b"}


def kept(program, form="any"):
    record = program.records(form)[-1]
    return record["fields"] | record.get("extra", {})


def urlencoded(charset, **values):
    return f"_charset_={charset}&" + "&".join(f"{name}={quote(value)}" for name, value in values.items())


def part(name, value, charset=None, filename=None):
    head = b'--b\r\nContent-Disposition: form-data; name="' + name + b'"' + (b'; filename="' + filename + b'"' if filename else b"")
    return head + (b"\r\nContent-Type: text/plain; charset=" + charset if charset else b"") + b"\r\n\r\n" + value + b"\r\n"


# --- text whose bytes happen to be valid UTF-8 ---

AMBIGUOUS = [("GBK", "gbk", "女"), ("gb2312", "gbk", "女士"), ("gb18030", "gb18030", "女"), ("Shift_JIS", "cp932", "ﾃﾄ"), ("big5", "big5", "譽"), ("EUC-KR", "cp949", "척"),
             ("windows-1251", "cp1251", "Рђ"), ("KOI8-R", "koi8-r", "ц╪"), ("windows-1252", "cp1252", "Ã¼"), ("iso-8859-15", "iso8859-15", "Ãœ")]


@pytest.mark.parametrize("charset, codec, text", AMBIGUOUS)
def test_a_declared_charset_counts_though_the_bytes_are_valid_utf_8(program, charset, codec, text):
    raw = text.encode(codec)
    assert program.post(urlencoded(charset, t=raw), "/any").status == 303
    assert kept(program)["t"] == text, "by _charset_"
    assert program.post(f"t={quote(raw)}", "/any", CONTENT_TYPE=f'application/x-www-form-urlencoded; charset="{charset}"').status == 303
    mild = "ü" if charset == "windows-1252" else text  # Latin-1 that is valid UTF-8 hardly exists
    assert kept(program)["t"] == mild, "by the Content-Type"
    assert program.post(part(b"t", raw, charset.encode()) + b"--b--\r\n", "/any", **MULTIPART).status == 303
    assert kept(program)["t"] == text, "by the part"
    assert program.post(raw, "/any", CONTENT_TYPE=f"text/plain; charset={charset}").status == 303
    assert kept(program)["text"] == mild, "by the Content-Type of a text"


def test_other_fields_make_no_difference(program):
    gender = "女".encode("gbk")
    for other in (b"", b"x", "é".encode(), "中文".encode("gbk"), b"\xff"):
        answer = program.post(urlencoded("GBK", gender=gender, other=other), "/any")
        assert answer.status == (400 if other == b"\xff" else 303), other
        assert kept(program)["gender"] == "女", other


def test_names_and_file_names_are_converted_too(program):
    girl = "女".encode("gbk")
    body = part(b"_charset_", b"gbk") + part(girl, girl) + part(girl, b"content", filename=girl + b".txt") + b"--b--\r\n"
    assert program.post(body, "/any", **MULTIPART).status == 303
    record = program.records("any")[-1]
    assert record["fields"]["女"] == "女" and record["files"][0]["field"] == "女" and record["files"][0]["filename"] == "女.txt"


# --- what can't be converted ---

def test_a_value_that_is_not_in_the_declared_charset_may_be_utf_8(program):
    """A script that adds a field to a form of an old page adds it in UTF-8."""
    assert program.post(urlencoded("Shift_JIS", a="日本".encode("cp932"), b="😀".encode()), "/any").status == 303
    assert kept(program) == {"_charset_": "Shift_JIS", "a": "日本", "b": "😀"}
    assert program.post(urlencoded("Shift_JIS", a=b"\xff\xfe"), "/any").status == 400


@pytest.mark.parametrize("charset", ["utf-7", "utf-32", "UCS-4", "IBM037", "JOHAB", "ISO-2022-KR", "hz-gb-2312", "x-user-defined", "replacement", "cp437",
                                     "gbk//IGNORE", "gbk//TRANSLIT", "/etc/passwd", "nonesuch", "utf-16", "utf-16le", "x" * 300])
def test_only_charsets_of_the_web_are_known(program, charset):
    body = f"_charset_={quote(charset, '')}&t=%2BAGEAYg-%C5%AE%E4"
    answer = program.post(body, "/any")
    assert answer.status == 400 and "character set" in answer.text and program.lines("any") == []
    raw = part(b"t", b"+AGEAYg-\xe4", charset.encode()) + b"--b--\r\n"
    assert program.post(raw, "/any", **MULTIPART).status == 400
    assert program.post("t=abc", "/any", CONTENT_TYPE=f'application/x-www-form-urlencoded; charset="{charset}"').status == (
        400 if charset.startswith("utf-16") else 303)


def test_a_charset_that_nobody_knows_does_no_harm_to_utf_8(program):
    assert program.post("t=%C3%BC", "/any", CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf8mb4").status == 303
    assert kept(program) == {"t": "ü"}


def test_without_a_charset_what_is_not_utf_8_is_replaced(program):
    assert program.post("a=J%FCrgen&b=%C3%BC", "/any").status == 303
    assert kept(program) == {"a": "J\ufffdrgen", "b": "ü"}
    assert program.post("_charset_=utf-8&a=J%FCrgen", "/any").status == 303
    assert kept(program)["a"] == "J\ufffdrgen"


# --- encodings that are not a superset of ASCII ---

def test_iso_2022_jp_is_converted(program):
    text = "日本語①ｶﾅ¥abc髙"
    raw = b"\x1b$BF|K\\8l-!\x1b(I6E\x1b(J\\\x1b(Babc\x1b$B|b\x1b(B"
    assert program.post(urlencoded("ISO-2022-JP", t=raw, plain=b"a~\\b"), "/any").status == 303
    assert kept(program) == {"_charset_": "ISO-2022-JP", "t": text, "plain": "a~\\b"}
    assert program.post(part(b"t", raw, b"iso-2022-jp") + b"--b--\r\n", "/any", **MULTIPART).status == 303
    assert kept(program) == {"t": text}


@pytest.mark.parametrize("raw", [b"\x1b$BF", b"\x1b$BF\x0a", b"\x1b$B\x1b", b"\x1b$Z", b"a\x0eb", b"a\x0f", b"\x1b(I\x20", b"\x1b$B\x21\xa1", b"\x1b(B\x1b"])
def test_iso_2022_jp_that_is_ill_formed_is_refused_and_never_kept_raw(program, raw):
    assert program.post(urlencoded("iso-2022-jp", t=raw), "/any").status == 400
    assert program.post(part(b"t", raw, b"ISO-2022-JP") + b"--b--\r\n", "/any", **MULTIPART).status == 400
    assert program.lines("any") == []


@pytest.mark.parametrize("charset, raw", [
    (b"utf-16", "ü€😀a".encode("utf-16le")), (b"utf-16le", "ü€😀a".encode("utf-16le")), (b"utf-16be", "ü€😀a".encode("utf-16be")),
    (b"utf-16", b"\xfe\xff" + "ü€😀a".encode("utf-16be")), (b"utf-16be", b"\xff\xfe" + "ü€😀a".encode("utf-16le"))])
def test_a_part_in_utf_16_is_converted(program, charset, raw):
    assert program.post(part(b"t", raw, charset) + b"--b--\r\n", "/any", **MULTIPART).status == 303
    assert kept(program) == {"t": "ü€😀a"}


@pytest.mark.parametrize("raw", [b"abc", b"\x00\xd8a\x00", b"a\x00\x00\xdc"])
def test_a_part_in_utf_16_that_is_ill_formed_is_refused(program, raw):
    assert program.post(part(b"t", raw, b"utf-16le") + b"--b--\r\n", "/any", **MULTIPART).status == 400
    assert program.lines("any") == []


# --- names that mean more on the web than elsewhere ---

@pytest.mark.parametrize("charset, raw, text", [
    ("gbk", b"\x80\xc4\xe3\x80", "€你€"), ("GB2312", b"\xa2\xe3", "€"), ("gb18030", b"\x94\x39\xda\x33", "💩"), ("euc-jp", b"\xad\xa1\xa1\xc1\x8e\xb6", "①～ｶ"),
    ("x-euc-jp", b"\x8f\xb0\xa1", "丂"), ("sjis", b"\x87\x40\xfb\xfc\x81\x60", "①髙～"), ("ks_c_5601-1987", b"\x8c\x63", "똠"), ("big5", b"\x87\x40\xa1\x40", "䏰\u3000"),
    ("big5-hkscs", b"\x87\x40", "䏰"), ("tis-620", b"\x80\xa1", "€ก"), ("iso-8859-11", b"\xa1", "ก"), ("logical", b"\xe0", "א"), ("cp866", b"\x80", "А"), ("x-mac-ukrainian", b"\xb4", "і"),
    ("macintosh", b"\x8a", "ä"), ("koi8-ru", b"\xa4", "є"), ("Latin1", b"\x80", "€"), ("us-ascii", b"\x93", "“"), ("ISO-8859-9", b"\x80\xdd", "€İ"), (" windows-1250 ", b"\xb9", "ą"),
    ("windows-1253", b"\xe1", "α"), ("windows-1255", b"\xe0", "א"), ("windows-1256", b"\xc7", "ا"), ("windows-1257", b"\xe0", "ą"), ("windows-1258", b"a\xec", "a\u0301"),
    ("iso-8859-2", b"\xb1", "ą"), ("iso-8859-16", b"\xaa", "Ș")])
def test_a_name_means_what_browsers_mean_by_it(program, charset, raw, text):
    assert program.post(urlencoded(quote(charset), t=raw), "/any").status == 303
    assert kept(program)["t"] in (text, "á")  # a base and its mark may come as one


# --- UTF-8 that is called something else ---

@pytest.mark.parametrize("name", [b"iso-8859-1", b"ISO_8859-1", b"latin1", b"US-ASCII"])
def test_utf_8_in_a_part_that_is_called_latin_1_is_utf_8(program, name):
    assert program.post(part(b"t", "ü€".encode(), name) + part(b"u", b"\xfc", name) + b"--b--\r\n", "/any", **MULTIPART).status == 303
    assert kept(program) == {"t": "ü€", "u": "ü"}


# --- the key for pages that say none ---

@pytest.mark.parametrize("charset, codec, text", AMBIGUOUS)
def test_the_charset_of_a_form_s_pages(program, charset, codec, text):
    program.configure(more=f"[form f]\ncharset = {charset}\n")
    assert program.post(f"t={quote(text.encode(codec))}", "/f").status == 303
    assert kept(program, "f") == {"t": "ü" if charset == "windows-1252" else text}
    assert program.post(f"t={quote('日本')}", "/f", CONTENT_TYPE="application/x-www-form-urlencoded;charset=UTF-8").status == 303
    assert kept(program, "f") == {"t": "日本"}
    assert program.post('{"t":"女"}', "/f", CONTENT_TYPE="application/json").status == 303
    assert kept(program, "f") == {"t": "女"}
    assert program.post(part(b"t", text.encode(codec)) + b"--b--\r\n", "/f", **MULTIPART).status == 303
    assert program.post(f"t={text}\r\n".encode(codec), "/f", CONTENT_TYPE="text/plain").status == 303
    assert [fields["t"] for fields in (record["fields"] for record in program.records("f")[-2:])] == [kept(program, "f")["t"]] * 2


def test_old_pages_in_latin_1_and_scripts_in_utf_8(program):
    program.configure(general="charset = latin1")
    for value in ("J%FCrgen", "J%C3%BCrgen"):
        assert program.post(f"t={value}", "/any").status == 303
        assert kept(program) == {"t": "Jürgen"}


def test_json_is_utf_8_whatever_is_said(program):
    assert program.post('{"_charset_":"gbk","t":"ü"}'.encode(), "/any", CONTENT_TYPE="application/json; charset=iso-8859-1").status == 303
    assert kept(program)["t"] == "ü"
