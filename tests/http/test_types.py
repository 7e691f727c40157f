"""Bodies other than urlencoded ones: JSON, and the text/plain of HTML."""
import json

import pytest

JSON = {"CONTENT_TYPE": "application/json"}
PLAIN = {"CONTENT_TYPE": "text/plain"}


def kept(program, form="any"):
    return program.records(form)[-1]["fields"]


def test_an_object_is_a_submission(program):
    sent = {"name": "Ada", "ü": "😀\n", "n": 7, "big": -9223372036854775808, "real": 0.1, "tiny": 1e-7, "long": 0.1 + 0.2,
            "place": 7.381379331315293, "half": 2.5, "yes": True, "no": False, "nothing": None, "list": ["a", 1, True], "empty": [],
            "": "x", "nul": "a\0b"}
    answer = program.post(json.dumps(sent), "/any", **JSON)
    assert answer.status == 303
    assert kept(program) == {"name": "Ada", "ü": "😀\n", "n": "7", "big": "-9223372036854775808", "real": "0.1", "tiny": "1e-07",
                             "long": "0.30000000000000004", "place": "7.381379331315293", "half": "2.5", "yes": "true", "no": "false",
                             "list": ["a", "1", "true"], "": "x", "nul": "a\0b"}
    assert program.get("/any/" + answer.headers["location"].rsplit("/")[-1]).status == 200


@pytest.mark.parametrize("body", [
    "", "{", "[]", '"x"', "1", "null", '{"a":{"b":{}}}', '{"a":{"b":[{}]}}', '{"a":[[1]]}', '{"a":[{}]}', '{"a":[{"b":1}]}',
    '{"a":1,"a":2}', '{"a":1,"a":{"b":1}}', '{"a":{"b":1,"b":2}}', '{"a":{"b":1},"a[b]":2}', '{"a":null,"\\u0061":1}', '{"a":NaN}',
    '{"a":Infinity}', '{"a":01}', '{"a":-}', '{"a":1.}', '{"a":.5}', '{"a":1e}', '{"a":+1}', '{"a":0x1}', '{"a":1}x', "{'a':1}",
    '{"a":1,}', '{"a":[1,]}', '{"a":[,1]}', '{"a" 1}', '{"a":1 "b":2}', '{,}', '{"a"}', '{"a":}', '{"a":tru}', '{"a":True}', '{"a":nulll}',
    '{1:2}', '{"a":1}{"b":2}', '{"a":]', '{"a":[1}', b'{"a":"\xff"}', b'{"\xff":1}', b'{"a":"\xed\xa0\xbd"}', '{"a":"\n"}', '{"a":"\\x"}',
    '{"a":"\\u12"}', '{"a":"\\u12g4"}', '{"a":"\\', '{"a":"b', '{"a":1\0}', '{"a":1}\0', '{"a":true\0}',
    '{"a":null\0,"b":1}', '\0{"a":1}', '{"a":[1\0]}', b'\xef\xbb\xbf', b'\xef\xbb\xbf\xef\xbb\xbf{"a":1}', b'\xfe\xff\0{\0}', "[" * 100000,
    '{"a":' * 5000])
def test_json_that_is_no_object_of_fields_is_400_and_nothing_is_kept(program, body):
    answer = program.post(body, "/any", **JSON)
    assert answer.status == 400 and "JSON" in answer.text
    assert program.lines("any") == []


@pytest.mark.parametrize("number", [
    "0", "-0", "7", "0.10", "1.0", "1e5", "1E+5", "1e-7", "12345678901234567890", "-9223372036854775809", "1e999", "0.1000000000000000055",
    "3.141592653589793238462643383279502884197"])
def test_a_number_is_kept_as_it_was_written(program, number):
    assert program.post(f'{{"a":{number}, "b":[ {number}\n]}}', "/any", **JSON).status == 303
    assert kept(program) == {"a": number, "b": number}


@pytest.mark.parametrize("text, value", [
    ("\\ud83d", "\ufffd"), ("\\ude00", "\ufffd"), ("x\\ud83dy", "x\ufffdy"), ("\\ud83d\\u0041", "\ufffdA"), ("\\ud83d\\ud83d\\ude00", "\ufffd😀"),
    ("\\ude00\\ud83d", "\ufffd\ufffd"), ("\\ud83d\\n", "\ufffd\n"), ("\\uD83D\\uDE00", "😀"), ("\\u00e9\\/\\b\\f\\n\\r\\t\\\\\\\"", "é/\b\f\n\r\t\\\""),
    ("\\uffff\\u0800\\u07ff\\u0080\\u007f", "\uffff\u0800\u07ff\x80\x7f"), ("\\udbff\\udfff", "\U0010ffff")])
def test_half_of_a_surrogate_pair_becomes_a_replacement_character(program, text, value):
    assert program.post(f'{{"a":"{text}","{text}b":"c"}}', "/any", **JSON).status == 303
    assert kept(program) == {"a": value, value + "b": "c"}


def test_a_byte_order_mark_before_json_is_skipped(program):
    assert program.post(b'\xef\xbb\xbf {"a":"1"}', "/any", **JSON).status == 303
    assert kept(program) == {"a": "1"}
    assert program.post('{"\ufeffa":"\ufeff1"}', "/any", **JSON).status == 303
    assert kept(program) == {"\ufeffa": "\ufeff1"}


@pytest.mark.parametrize("body, fields", [
    ('{"a":{"b":1}}', {"a[b]": "1"}), ('{"a":{}}', {}), ('{}', {}), ('{"a":{"b":{}}}', None), ('{"a":{"b":[1,2],"c":null},"d":3}',
    {"a[b]": ["1", "2"], "d": "3"}), ('{"":{"":true}}', {"[]": "true"}), ('{"a":{"b":1},"c":{"b":2}}', {"a[b]": "1", "c[b]": "2"}),
    ('{"a":{"b]":"x"}}', {"a[b]]": "x"})])
def test_one_level_of_nesting_becomes_names_in_brackets(program, body, fields):
    assert program.post(body, "/any", **JSON).status == (400 if fields is None else 303)
    assert fields is None or kept(program) == fields


def test_all_values_of_json_count_as_fields(program):
    program.configure(more="[form f]\nmax_fields = 3\n")
    for body, status in (("[]", 303), ("null", 303), ("{}", 303), ("[1,2,3]", 303), ("[1,2,null,4]", 413), ('{"a":1,"b":null,"c":[]}', 303),
                         ('{"a":1,"b":null,"c":[],"d":{}}', 413)):
        assert program.post(f'{{"a":{body}}}', "/f", **JSON).status == status, body


def test_json_goes_through_the_same_rules(program):
    program.configure(more="[form f]\nmax_fields = 3\n[fields f]\nname = text required max=5\nagree = checkbox\nn = number max=9\n")
    assert program.post('{"name":"Ada","agree":true,"n":9}', "/f", **JSON).status == 303
    assert kept(program, "f") == {"name": "Ada", "agree": "on", "n": "9"}
    assert program.post('{"name":"Ada","agree":false}', "/f", **JSON).status == 303
    assert kept(program, "f") == {"name": "Ada"}
    refused = program.post('{"name":"Ada King","n":10}', "/f", HTTP_ACCEPT="application/json", **JSON)
    assert refused.status == 422 and [e["field"] for e in json.loads(refused.text)["errors"]] == ["name", "n"]
    assert program.post('{"name":["a","b"]}', "/f", **JSON).status == 422
    assert program.post('{"a":1,"b":2,"c":3,"d":4}', "/f", **JSON).status == 413


def test_limits_hold_for_json_and_text(program):
    program.configure(more="[form small]\nmax_name = 3\nmax_value = 5\nmax_fields = 2\n")
    for body, kind, status in (('{"abc":"12345"}', JSON, 303), ('{"abcd":"1"}', JSON, 413), ('{"abc":"123456"}', JSON, 413),
                               ('{"a":[1,2]}', JSON, 303), ('{"a":[1,2,3]}', JSON, 413), ("abc=12345\r\n", PLAIN, 303),
                               ("abcd=1\r\n", PLAIN, 413), ("abc=123456\r\n", PLAIN, 413), ("123456", PLAIN, 413),
                               ("a=1\r\nb=2\r\nc=3\r\n", PLAIN, 413)):
        assert program.post(body, "/small", **kind).status == status, body


@pytest.mark.parametrize("body, fields", [
    ("a=1\r\nb=x=y\r\n", {"a": "1", "b": "x=y"}), ("a=\r\na=2\r\n", {"a": ["", "2"]}), ("=\r\n", {"": ""}),
    ("ü=😀\r\n", {"ü": "😀"}), ("a=1\r\nb", {"text": "a=1\r\nb"}), ("a=1\nb=2\n", {"text": "a=1\nb=2\n"}),
    ("a=1\r\nsecond line\r\n", {"text": "a=1\r\nsecond line\r\n"}), ("just text", {"text": "just text"}),
    ("a=1\r\r\n", {"text": "a=1\r\r\n"}), ("a=\0\r\n", {"a": "\0"}), ("a%20b=+\r\n", {"a%20b": "+"})])
def test_plain_text_is_fields_only_where_it_can_be_nothing_else(program, body, fields):
    assert program.post(body, "/any", **PLAIN).status == 303
    assert kept(program) == fields


def test_plain_text_for_a_form_with_fields_must_name_them(program):
    program.configure(more="[form f]\n[fields f]\na = text\ntext = textarea\n")
    assert program.post("a=1\r\n_charset_=utf-8\r\n", "/f", **PLAIN).status == 303
    assert kept(program, "f") == {"a": "1"}
    assert program.post("a=1\r\nx=2\r\n", "/f", **PLAIN).status == 303
    assert kept(program, "f") == {"text": "a=1\r\nx=2\r\n"}


@pytest.mark.parametrize("body, fields", [
    ('{"a":"1","text":"x"}', {"a": "1", "text": "x"}), (' \r\n{"a":{"b":1}}\n', {"a[b]": "1"}), (b'\xef\xbb\xbf{"a":1.50}', {"a": "1.50"}),
    ('{"a":1', {"text": '{"a":1'}), ("{hello}", {"text": "{hello}"}), ('{"a":1} and more', {"text": '{"a":1} and more'}),
    ('["a"]', {"text": '["a"]'}), ('{"a":[{}]}', None), ('{"a":"' + "x" * 70000 + '"}', None)])
def test_plain_text_that_is_json_is_read_as_json_where_the_form_has_fields(program, body, fields):
    program.configure(more="[form f]\n[fields f]\na = text\ntext = textarea\n")
    answer = program.post(body, "/f", CONTENT_TYPE="text/plain;charset=UTF-8")
    if fields is None:
        assert answer.status in (400, 413) and program.lines("f") == []
    else:
        record = program.records("f")[-1]
        assert answer.status == 303 and record["fields"] | record.get("extra", {}) == fields
    if fields and isinstance(body, str):
        assert program.post(body, "/any", **PLAIN).status == 303
        assert kept(program) == {"text": body}, "a form without fields keeps the text"


def test_a_nul_in_the_name_of_a_field_is_refused(program):
    assert program.post("a\0b=1\r\n", "/any", **PLAIN).status == 400 and program.lines("any") == []
    assert program.post('{"a\\u0000b":1}', "/any", **JSON).status == 400 and program.lines("any") == []


def test_plain_text_that_is_no_utf_8_is_refused(program):
    assert program.post(b"a=\xff\r\n", "/any", **PLAIN).status == 400 and program.lines("any") == []


@pytest.mark.parametrize("kind", [JSON, PLAIN])
def test_a_body_that_is_cut_is_refused(program, kind):
    assert program.post('{"a":1}', "/any", CONTENT_LENGTH="8", **kind).status == 400
    assert program.post('{"a":1}', "/any", CONTENT_LENGTH="6", **kind).status == 400
    assert program.lines("any") == []


def test_json_through_lighttpd(web):
    answer = web.request("POST", "/any", json.dumps({"a": "1"}), {"Content-Type": "application/json; charset=utf-8"})
    assert answer.status == 303 and web.records("any")[0]["fields"] == {"a": "1"}


@pytest.mark.parametrize("charset, text", [
    ("windows-1252", "caf\u00e9 \u20ac\u201c"), ("ISO-8859-1", "\u00fc"), ("iso-8859-15", "\u20ac\u00fc"), ("windows-1251", "\u041f\u0440\u0438"),
    ("shift_jis", "\u65e5\u672c"), ("iso-2022-jp", "\u65e5\u672c"), ("ibm866", "\u041f"), ("gb18030", "\u4e2d\u6587"), ("koi8-r", "\u041f"), ("cp1258", "\u00e9 A")])
def test_what_says_its_charset_is_converted(program, charset, text):
    encoded = "".join(f"%{byte:02x}" for byte in text.encode(charset))
    assert program.post(f"_charset_={charset}&t={encoded}", "/any").status == 303
    assert kept(program)["t"] == text
    assert program.post(f"t={encoded}", "/any", CONTENT_TYPE=f"application/x-www-form-urlencoded; charset={charset}").status == 303
    assert kept(program)["t"] == text


@pytest.mark.parametrize("charset, codec, text", [
    ("Shift_JIS", "cp932", "\u2460\u9ad9\uff5e C:\\a ~b"), ("EUC-KR", "cp949", "\ub620\ubc29\uac01\ud558"), ("gb2312", "gbk", "\u9555"),
    ("ISO-8859-9", "cp1254", "\u201c\u20ac\u201d"), ("ISO-8859-8-I", "iso8859-8", "\u05d0")])
def test_the_name_of_a_charset_means_what_browsers_mean_by_it(program, charset, codec, text):
    encoded = "".join(f"%{byte:02x}" for byte in text.encode(codec))
    assert program.post(f"_charset_={charset}&t={encoded}", "/any").status == 303
    assert kept(program)["t"] == text


def test_the_field_that_names_the_charset_is_so_in_any_case(program):
    assert program.post("_Charset_=iso-8859-15&t=%a4", "/any").status == 303
    assert kept(program)["t"] == "\u20ac"


def test_a_part_s_own_charset_comes_before_that_of_the_whole(program):
    parts = (("_charset_", "", b"koi8-r"), ("a", "; charset=ISO-8859-15", b"\xa4"), ("b", "", b"\xf0"), ("c", "; charset=utf-8", b"\xc3\xbc"))
    body = b"".join(b'--b\r\nContent-Disposition: form-data; name="%b"\r\nContent-Type: text/plain%b\r\n\r\n%b\r\n' % (
        name.encode(), charset.encode(), value) for name, charset, value in parts) + b"--b--\r\n"
    assert program.post(body, "/any", CONTENT_TYPE="multipart/form-data; boundary=b").status == 303
    assert kept(program) == {"_charset_": "koi8-r", "a": "\u20ac", "b": "\u041f", "c": "\u00fc"}
    assert program.post(body.replace(b"ISO-8859-15", b"nonesuch"), "/any", CONTENT_TYPE="multipart/form-data; boundary=b").status == 400


@pytest.mark.parametrize("charset", ["nonesuch", "utf-7//TRANSLIT", "IBM037", "utf-16le", "euc-jp", "../../x", "x" * 90])
def test_what_can_t_be_converted_is_refused_and_says_why(program, charset):
    answer = program.post(f"_charset_={charset}&t=%ff%fe", "/any")
    assert answer.status == 400 and "character set" in answer.text and program.lines("any") == []


def test_a_multipart_form_in_another_charset_is_converted_with_its_file_names(program):
    body = (b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\nwindows-1252\r\n--b\r\n'
            b'Content-Disposition: form-data; name="f"; filename="\xfc.txt"\r\n\r\n\xff\r\n--b--')
    assert program.post(body, "/any", CONTENT_TYPE="multipart/form-data; boundary=b").status == 303
    file, = program.records("any")[0]["files"]
    assert file["filename"] == "\u00fc.txt" and file["size"] == 1


def test_a_charset_does_not_carry_a_file_past_its_field_s_rules(program):
    program.configure(more="[form f]\n[fields f]\nwho = text\nphoto = file accept=image/png max=1K\n")
    for charset in (b"IBM037", b"utf-8", b"windows-1252", b"cp1258"):
        body = (b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n' + charset + b'\r\n--b\r\n'
                b'Content-Disposition: form-data; name="who"\r\n\r\n\xff\xfe\r\n--b\r\n'
                b'Content-Disposition: form-data; name="photo"; filename="x.exe"\r\n\r\nMZ not a png\r\n--b--')
        answer = program.post(body, "/f", CONTENT_TYPE="multipart/form-data; boundary=b")
        assert answer.status in (400, 422), charset
    assert program.lines("f") == [] and list(program.data.glob("f/files/*/*")) == []
