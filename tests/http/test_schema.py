"""seeother schema: a JSON Schema that takes every configuration that can be loaded, and refuses what the table of keys refuses."""
import configparser
import json
import re
import subprocess

import pytest

from harness.paths import BINARY, TOP

jsonschema = pytest.importorskip("jsonschema")

SAMPLES = ["", "yes", "Off", "1", "0", "10", "64K", "2M", "1.5", "-1", "ten", "5m", "1h", "90d", "3 s", "1M", "never", "forever", "10/minute", "5/day",
           "100/2h", "10/", "x", "web-1", "a b", "../data", "/var/lib/x", "//host", "/", "/thanks.html?a={id}", "/id/{name}", "/x?y#z",
           "https://example.org", "https://example.org/cgi-bin/seeother", "HTTP://example.org/a", "ftp://example.org", "https://e.org/%20?q#f",
           "a@example.org", "Ada <ada@example.org>, b@example.org", "text/html", "text", "en", "en, de", "pt-BR", "é", "*", "app://host",
           "127.0.0.1, ::1, 10.0.0.0/8", "10.0.0.0/8 fd00::/8", "utf-8", "shift_jis", "utf-99", "required", "optional", "keep", "drop", "303", "200",
           "private", "group", "only", "no", "json", "slack", "Slack", "all", "none", "name email", "/bin/cat -n", "cat", "tell-owner, note"]
LOOSE = {"charset", "origins", "embed", "languages", "language", "next_allow", "path", "to", "from", "mail", "cc", "bcc", "columns", "next",
         "page", "error", "base", "webhook", "proxies", "after", "default", "type", "show", "sendfile", "command", "rate"}


@pytest.fixture(scope="module")
def schema():
    found = json.loads(subprocess.run([BINARY, "schema"], check=True, capture_output=True, text=True).stdout)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def as_json(text):
    """A configuration as an editor's converter has it: sections, keys and strings."""
    ini = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), delimiters=("=",), strict=False)
    ini.read_string(text)
    return {section: {key: re.sub('^"(.*)"$', r"\1", value) for key, value in ini.items(section)} for section in ini.sections()}


def faults(schema, config):
    return [tuple(error.absolute_path) for error in jsonschema.Draft202012Validator(schema).iter_errors(config)]


def keys():
    """The sections that have a table of keys, with their keys, as "seeother keys" lists them."""
    found, section = {}, None
    for line in subprocess.run([BINARY, "keys"], check=True, capture_output=True, text=True).stdout.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not section.split()[0] in ("fields", "labels", "help", "options", "patterns"):
            found.setdefault(section, []).append(line.split()[0])
    return found


def test_it_has_every_key_with_its_default_and_meaning(schema):
    for section, names in keys().items():
        part = schema["properties"].get(section) or next(
            value for pattern, value in schema["patternProperties"].items() if re.search(pattern, section.replace("NAME", "x")))
        assert sorted(part["properties"]) == sorted(names) and part["additionalProperties"] is False
        assert all(key["type"] == "string" and key["description"] for key in part["properties"].values())
    assert schema["properties"]["seeother"]["properties"]["reserve"]["default"] == "1M"
    assert len(schema["patternProperties"]) == 9


def test_what_is_shipped_fits(schema):
    texts = [path.read_text() for path in [TOP / "config.ini", *TOP.glob("examples/**/*.ini"), *TOP.glob("packaging/**/config*.ini")]]
    for path in (TOP / "README.md", *TOP.glob("docs/*.md")):
        texts += re.findall(r"^```ini\n(.*?)^```$", path.read_text(), re.M | re.S)
    assert len(texts) >= 4
    for text in texts:
        assert not faults(schema, as_json(text)), text


@pytest.mark.parametrize("text, at", [
    ("[seeother]\ncolour = red", ("seeother",)), ("[seeother]\ndurable = maybe", ("seeother", "durable")), ("[sether]\ndata = x", ()),
    ("[form a]\nkeep = 90", ("form a", "keep")), ("[form a b]\nkeep = 90d", ()), ("[forward x]\nstatus = 200", ("forward x", "status")),
    ("[task x]\nstyle = irc", ("task x", "style")), ("[fields a]\nname = string required", ("fields a", "name")),
    ("[thing x]\npath = id", ("thing x", "path")), ("[thing x]\nhtml = /x", ("thing x",)), ("[seeother]\nmax_body = 2MB", ("seeother", "max_body"))])
def test_what_is_wrong_is_refused_where_it_is(schema, text, at):
    assert faults(schema, as_json(text)) == [at]


def test_it_agrees_with_check(schema, tmp_path):
    """Every key is given each sample: the schema refuses none that is loaded, and few that are not pass it."""
    file, missed, both = tmp_path / "config.ini", [], 0
    for sample in SAMPLES:
        config = {section.replace("NAME", "x"): {name: sample for name in names} for section, names in keys().items()}
        file.write_text("".join(f"[{section}]\n" + "".join(f'{name} = "{value}"\n' for name, value in values.items()) for section, values in config.items()))
        said = subprocess.run([BINARY, "check", str(file)], capture_output=True, text=True, timeout=30).stderr
        refused = set(re.findall(rf'^[^\[]*\[([^]]+)\] (\w+): .*, not "{re.escape(sample)}"$', said, re.M))
        by_schema = set(faults(schema, config))
        assert by_schema <= refused, (sample, by_schema - refused)
        both += len(by_schema & refused)
        missed += [(sample, *key) for key in refused - by_schema if key[1] not in LOOSE]
    assert not missed and both > 1000, (missed, both)
