"""Pages that fit into a site: the list of forms, style, header and footer, forms pasted into its own pages, groups of options."""
import base64
import hashlib
import html.parser
import os
import re
import subprocess
from urllib.parse import urlencode

import pytest

from harness import fastcgi
from harness.clients import variables
from harness.pages import Page
from harness.paths import BINARY

ROOT = "http://example.org/seeother"
GOOD = urlencode({"name": "Ada", "email": "ada@example.org"})


def run(*arguments, **environment):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20,
                          env={"PATH": os.environ["PATH"]} | environment)


def links(answer):
    page = Page(answer.text)
    return [attributes["href"] for tag, attributes in page.tags if tag == "a"]


# --- the list of forms ---

def test_forms_are_listed_where_index_says_so(program):
    program.configure(general="index = yes",
                      more="[form c-d_1]\ntitle = <b>C & D</b>\nindex = no\n[form last]\ntitle = <b>Last</b>\n")
    for path in ("", "/"):
        answer = program.get(path)
        assert answer.status == 200 and links(answer) == [f"{ROOT}/contact", f"{ROOT}/any", f"{ROOT}/last"]
        assert "Write to us" in answer.text and "&lt;b&gt;Last&lt;/b&gt;" in answer.text and "C &amp; D" not in answer.text
        assert all(program.get(link.removeprefix(ROOT)).status == 200 for link in links(answer))
    head = program.call(variables("HEAD", ""))
    assert head.status == 200 and head.body == b"" and head.headers["content-length"] == answer.headers["content-length"]
    assert program.call(variables("OPTIONS", "/")).headers["allow"] == "GET, HEAD, OPTIONS"
    assert program.post("a=b", "/").status == program.post("a=b", "").status == 405


def test_one_form_may_be_listed_alone(program):
    program.configure(more="index = yes\n")
    assert links(program.get("/")) == [f"{ROOT}/any"]


def test_without_index_there_is_no_list(program):
    for general in ("", "index = no"):
        program.configure(general=general)
        for path in ("", "/"):
            answer = program.get(path)
            assert answer.status == 404 and links(answer) == [] and "contact" not in answer.text
    assert program.get("//").status == program.get("/index").status == 404


@pytest.mark.parametrize("general, more, root", [
    ("base = https://forms.example/x/", {}, "https://forms.example/x"),
    ("base = https://forms.example", {}, "https://forms.example"),
    ("", {"HTTPS": "on", "HTTP_HOST": "Example.ORG:8443"}, "https://example.org:8443/seeother"),
    ("", {"SCRIPT_NAME": ""}, "http://example.org"),
    ("", {"SCRIPT_NAME": "/a b/\"<é>"}, "http://example.org/a%20b/%22%3C%C3%A9%3E"),
    ("", {"HTTP_HOST": "[::1]:8080"}, "http://[::1]:8080/seeother"),
])
def test_links_of_the_list_are_absolute_and_right(program, general, more, root):
    program.configure(general=general + "\nindex = yes")
    # With a base that has no path, a SCRIPT_NAME without PATH_INFO may as well be the whole path of a server that does not split it.
    for path in ("/",) if root == "https://forms.example" else ("", "/", None):
        assert links(program.get(path, **more)) == [f"{root}/contact", f"{root}/any"]


def test_the_list_through_a_web_server(web):
    web.configure(general="index = yes")
    for path in ("", "/"):
        answer = web.get(path)
        assert answer.status == 200
        assert re.findall('href="([^"]*)"', answer.text) == [f"{web.origin}{web.root}/contact", f"{web.origin}{web.root}/any"]


# --- style, header, footer ---

def as_parsed(content):
    """What an HTML parser makes of a style element's bytes (WHATWG HTML, "preprocessing the input stream", "RAWTEXT state")."""
    return re.sub("\r\n?", "\n", content.decode("utf-8", "replace")).replace("\0", "\ufffd").encode()


def styles(answer):
    """The texts of the style elements, each of which must be allowed by its hash."""
    texts = [as_parsed(text) for text in re.findall(rb"<style>(.*?)</style", answer.body, re.S)]
    sources = re.search(r"style-src ([^;]*)", answer.headers["content-security-policy"])[1].split()
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in texts]
    assert [source for source in sources if "sha256" in source] == hashes
    return texts


def site_files(program, **files):
    """Writes the site's files, of the keys' names, beside the configuration and has them used."""
    for key, content in files.items():
        (program.config.parent / f"{key}.txt").write_bytes(fastcgi.as_bytes(content))
    program.configure(general="\n".join(f"{key} = {key}.txt" for key in files))


def each_page(program):
    sent = program.post(GOOD)
    yield from (program.get("/contact"), program.post(""), program.get("/nothing"),
                program.get(sent.headers["location"].removeprefix(ROOT)),
                program.get("/any"), program.call(variables("PUT", "/contact")))


def test_each_page_has_the_site_s_rules_header_and_footer(program):
    rules = ":root{--act:#070}\nh1::after{content:\"ä <>&\"}\n"
    header, footer = "<header><img src=\"/logo.png\"> Ünser</header>\n", "<footer>End</footer>\n"
    site_files(program, css=rules, header=header, footer=footer)
    for answer in each_page(program):
        assert styles(answer)[1:] == [rules.encode()]
        assert f"<body>\n{header}<main>" in answer.text and f"</main>\n{footer}</body>" in answer.text
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'" in policy
        assert "script" not in policy and "unsafe" not in policy and answer.headers["content-length"] == str(len(answer.body))


def test_without_files_of_the_site_nothing_is_loaded(program):
    for answer in each_page(program):
        assert len(styles(answer)) == 1
        policy = answer.headers["content-security-policy"]
        assert "img-src" not in policy and "font-src" not in policy and "'self';" not in policy


@pytest.mark.parametrize("rules", [
    b"p{color:red}\r\nb{color:blue}\r\n", b"p{color:red}\rb{}\r\r\n\n\r", b"\xef\xbb\xbfp{color:red}",
    b"p::after{content:'\xe4'}", b"a{}\0b{}",
    b"p::after{content:'\xf0\x9f\x98\x80'}", b"<!-- p{color:red} -->", b"a{b:'<'}", b"", b"\n", b"x" * 262144])
def test_the_site_s_rules_are_allowed_as_a_browser_reads_them(program, rules):
    site_files(program, css=rules)
    answer = program.get("/contact")
    found = styles(answer)
    assert found[1:] == ([as_parsed(rules.removeprefix(b"\xef\xbb\xbf"))] if rules else [])
    assert answer.errors + program.log() == ""


@pytest.mark.parametrize("rules", ["a{}</style><script>alert(1)</script>", "a{}</STYLE >x", "a{content:'</'}", "</style", "<</",
                                   "a{}</"])
def test_rules_that_would_end_the_style_element_are_left_out_and_the_log_says_so(program, rules):
    site_files(program, css=rules)
    answer = program.get("/contact")
    assert answer.status == 200 and len(styles(answer)) == 1 and "<script" not in answer.text
    assert "css.txt: contains \"</\"; pages are sent without it" in answer.errors + program.log()


@pytest.mark.parametrize("key", ["css", "header", "footer"])
def test_a_file_that_can_t_be_read_costs_no_page_and_the_log_says_so(program, key):
    path = program.config.parent / f"{key}.txt"

    def drawn(reason):
        answer = program.get("/contact")
        assert answer.status == 200 and "</main>" in answer.text and len(styles(answer)) == 1
        assert "xyz" not in answer.text
        assert f"{path}: can't be read; pages are sent without it" in answer.errors + program.log()
        assert reason in answer.errors + program.log()

    site_files(program, **{key: "xyz"})
    path.unlink()
    drawn("No such file")
    path.write_text("xyz" + " " * (256 * 1024 - 2))
    drawn("too large")
    path.unlink()
    path.mkdir()
    drawn("Is a directory")


def test_a_file_of_the_site_that_changes_is_seen_at_once(program):
    site_files(program, header="one")
    assert "<body>\none<main>" in program.get("/contact").text
    (program.config.parent / "header.txt").write_text("two")
    assert "<body>\ntwo<main>" in program.get("/contact").text


@pytest.mark.parametrize("key", ["css", "header", "footer"])
def test_check_names_a_file_of_the_site_that_is_not_there(tmp_path, key):
    path = tmp_path / "config.ini"
    path.write_text(f"[seeother]\n{key} = site.txt\n[form f]\n")
    done = run("check", path)
    assert done.returncode == 1 and done.stderr == f"{path}:2: [seeother] {key}: {tmp_path}/site.txt: No such file or directory\n"
    (tmp_path / "site.txt").write_text("x")
    assert run("check", path).returncode == 0


def test_check_names_a_file_of_the_site_that_pages_go_without(tmp_path):
    path, css = tmp_path / "config.ini", tmp_path / "css.txt"
    for key, content in (("css", "a{}</style>"), ("css", "x" * 262145), ("header", "x" * 262145), ("footer", None)):
        if content is None:
            css.unlink()
            css.mkdir()
        else:
            css.write_text(content)
        path.write_text(f"[seeother]\n{key} = css.txt\n[form f]\n")
        done = run("check", path)
        assert done.returncode == 1 and f"[seeother] {key}: {css}" in done.stderr


# --- forms to paste ---

class Form(html.parser.HTMLParser):
    """The one form of a page, as a browser would post it: its action and its fields with what they begin with."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.fields, self.select, self.area, self.hidden, self.seen = [], [], None, None, 0, []
        self.feed(text)
        self.close()
        self.form, = self.forms

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.forms.append(attributes)
        if tag == "div":
            self.hidden += "hidden" in attributes or self.hidden > 0
        if "name" in attributes and tag in ("input", "select",
                                            "textarea") and not self.hidden and attributes.get("type") != "hidden":
            self.seen.append(attributes["name"])
        if tag == "input" and (attributes["type"] not in ("radio", "checkbox") or "checked" in attributes):
            self.fields.append((attributes["name"], attributes.get("value", "")))
        if tag == "select":
            self.select = attributes["name"]
        if tag == "option" and "selected" in attributes:
            self.fields.append((self.select, attributes.get("value", "")))
        if tag == "textarea":
            self.fields.append((attributes["name"], ""))

    def handle_endtag(self, tag):
        if tag == "div" and self.hidden:
            self.hidden -= 1


PASTED = """
[form paste]
title = To paste
button = Off <you> go
[fields paste]
name = text required max=20 default=Ada
mail = email
born = date
note = textarea
size = choice options=S,M,L default=M
many = choice multiple options=a,b,c
agree = checkbox required default=yes
from = hidden default=paste
website = trap
[labels paste]
name = Your "name"
[options paste]
many = First: a, b | c
"""


def test_a_pasted_form_can_be_sent_and_leads_to_its_outcome(web):
    web.configure(general=f"base = {web.origin}{web.root}", more=PASTED)
    done = run("form", "paste", SEEOTHER_CONFIG=str(web.config))
    assert done.returncode == 0 and done.stderr == ""
    (web.folder / "htdocs" / "page.html").write_text(f"<!DOCTYPE html><title>Ours</title><h1>Ours</h1>\n{done.stdout}")
    page = web.server.request("GET", "/page.html")
    assert page.status == 200
    Page(done.stdout)  # it nests, and no id stands twice
    form = Form(page.text)
    assert form.form["method"] == "post" and form.form["action"] == f"{web.origin}{web.root}/paste" and "enctype" not in form.form
    assert dict(form.fields) == {"name": "Ada", "mail": "", "born": "", "note": "", "size": "M", "from": "paste", "website": ""}
    assert ">Off &lt;you&gt; go</button>" in page.text and "Your &quot;name&quot;" in page.text and "_token" not in page.text
    sent = web.post(urlencode(form.fields + [("many", "b"), ("many", "c"), ("agree", "yes")]), "/paste")
    assert sent.status == 303
    assert "Ada" in web.follow(sent).text
    record, = web.records("paste")
    assert record["fields"]["name"] == "Ada" and record["fields"]["many"] == ["b", "c"] and record["fields"]["from"] == "paste"
    assert "spam" not in record and "extra" not in record
    refused = web.post(urlencode(form.fields), "/paste")
    assert refused.status == 422 and Form(refused.text).form["action"] == "paste?post"


def test_nobody_sees_the_trap_of_a_pasted_form(tmp_path):
    """A page of the site has no rules for .trap, and what a person fills in there would be kept as spam."""
    path = tmp_path / "config.ini"
    path.write_text(PASTED)
    form = Form(run("form", "paste", SEEOTHER_CONFIG=str(path)).stdout)
    assert "website" not in form.seen and "website" in dict(form.fields)
    assert form.seen[0] == "name" and "note" in form.seen


def test_a_pasted_form_with_files_is_multipart(tmp_path):
    path = tmp_path / "config.ini"
    path.write_text("[form f]\n[fields f]\nfile = file accept=image/png\n")
    form = Form(run("form", "f", SEEOTHER_CONFIG=str(path)).stdout)
    assert form.form["enctype"] == "multipart/form-data"


def test_a_pasted_form_is_in_its_first_language(tmp_path):
    path = tmp_path / "config.ini"
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "xx.ini").write_text('[messages]\nbutton = "Los <jetzt>"\n')
    path.write_text("[seeother]\nbase = https://a.example\n[form f]\nlanguage = xx, en\n[fields f]\na = text\n")
    done = run("form", "f", SEEOTHER_CONFIG=str(path))
    assert ">Los &lt;jetzt&gt;</button>" in done.stdout and done.stderr == "" and 'action="https://a.example/f"' in done.stdout
    (tmp_path / "languages" / "xx.ini").unlink()
    done = run("form", "f", SEEOTHER_CONFIG=str(path))
    assert done.returncode == 0 and ">Send</button>" in done.stdout and "xx.ini: can't be read" in done.stderr


def test_where_base_is_not_set_the_form_says_where_it_posts_to(tmp_path):
    path = tmp_path / "config.ini"
    path.write_text("[form f]\n[fields f]\na = text\n")
    done = run("form", "f", SEEOTHER_CONFIG=str(path))
    assert done.returncode == 0 and 'action="/cgi-bin/seeother/f"' in done.stdout
    assert "base is not set" in done.stderr and "/cgi-bin/seeother/f" in done.stderr


def test_what_can_t_be_printed_is_said(tmp_path):
    path = tmp_path / "config.ini"
    path.write_text("[form f]\n[form g]\n[fields g]\na = text\n")
    for arguments, status, said in (
            (("form", "x"), 1, "has no form \"x\""), (("form", "F"), 1, "has no form \"F\""),
            (("form", ""), 1, "has no form \"\""),
            (("form", "f"), 1, "lists no fields"), (("form",), 2, "seeother form"), (("form", "g", "h"), 2, "seeother form")):
        done = run(*arguments, SEEOTHER_CONFIG=str(path))
        assert done.returncode == status and said in done.stderr and done.stdout == "", arguments
    done = run("form", "g", SEEOTHER_CONFIG=str(tmp_path / "none.ini"))
    assert done.returncode == 1 and "none.ini" in done.stderr and done.stdout == ""
    path.write_text("[form g]\nbad = 1\n[fields g]\na = text\n")
    done = run("form", "g", SEEOTHER_CONFIG=str(path))
    assert done.returncode == 1 and "[form g] bad" in done.stderr and done.stdout == ""


# --- options in groups ---

class Groups(html.parser.HTMLParser):
    """The options of a drawn field by the labels of their groups, None for those of none."""

    def __init__(self, text, name):
        super().__init__()
        self.name, self.groups, self.depth, self.legend, self.option, self.inside = name, [], [], None, None, False
        self.feed(text)
        self.close()

    def add(self, option):
        label = self.depth[-1] if self.depth else None
        if not self.groups or self.groups[-1][0] != label:
            self.groups.append((label, []))
        self.groups[-1][1].append(option)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "optgroup":
            self.depth.append(attributes["label"])
        elif tag == "fieldset" and attributes.get("class") == "group":
            self.legend = ""
        elif tag == "option" and attributes.get("value") != "":
            self.option = ""
        elif tag == "input" and attributes.get("name") == self.name:
            self.add(attributes["value"])

    def handle_data(self, data):
        if self.legend is not None:
            self.legend += data
        if self.option is not None:
            self.option += data

    def handle_endtag(self, tag):
        if tag == "optgroup":
            self.depth.pop()
        elif tag == "legend" and self.legend is not None:
            self.depth.append(self.legend.strip())
            self.legend = None
        elif tag == "fieldset" and self.depth:
            self.depth.pop()
        elif tag == "option":
            if self.option:
                self.add(self.option)
            self.option = None


@pytest.mark.parametrize("text, groups", [
    ("A: a, b | B: c", [("A", ["a", "b"]), ("B", ["c"])]),
    ("a, b | B: c", [(None, ["a", "b"]), ("B", ["c"])]),
    ("A: a | b", [("A", ["a"]), (None, ["b"])]),
    ("A: a |", [("A", ["a"])]),
    ("| A: a", [("A", ["a"])]),
    ("A: | B: b", [("B", ["b"])]),
    ("A: a | | B: b || ", [("A", ["a"]), ("B", ["b"])]),
    (": a | B: b", [(None, ["a"]), ("B", ["b"])]),
    ("A: a:b, c | B: d", [("A", ["a:b", "c"]), ("B", ["d"])]),
    ("A <&>: <b>, \\' | B: b", [("A <&>", ["<b>", "\\'"]), ("B", ["b"])]),
    ("A: a,, , b, | B: ,b", [("A", ["a", "b"]), ("B", ["b"])]),
    ("10:00, 11:00", [(None, ["10:00", "11:00"])]),
    ("a, b,", [(None, ["a", "b"])]),
    ("Größe: groß, klein | Ünten: 😀", [("Größe", ["groß", "klein"]), ("Ünten", ["😀"])]),
])
@pytest.mark.parametrize("kind", ["choice", "choice multiple", "checkbox", "choice many"])
def test_options_are_drawn_in_their_groups(tmp_path, kind, text, groups):
    if kind == "choice many":  # more than fit on radio buttons
        text, groups = text + " | Z: 1, 2, 3, 4, 5, 6, 7", groups + [("Z", list("1234567"))]
        if "|" not in text.partition(" | Z")[0] and ":" in text.partition(" | Z")[0]:
            return  # it has become a list of groups, and another one
    path = tmp_path / "config.ini"
    path.write_text(f'[form f]\n[fields f]\nx = {kind.removesuffix(" many")}\n[options f]\nx = "{text}"\n')
    done = run("form", "f", SEEOTHER_CONFIG=str(path))
    assert done.returncode == 0, done.stderr
    assert Groups(done.stdout, "x").groups == groups
    Page(done.stdout)
    assert ("<select" in done.stdout) == (kind == "choice many") and ("<optgroup" in done.stdout) == (kind == "choice many")


def test_options_in_groups_are_posted_and_judged_like_others(program):
    program.configure(more="[form f]\n[fields f]\nx = choice required\ny = checkbox max=2\nz = choice default=c\n[options f]\n"
                           "x = A: a, b | B: c\ny = A: a, b | B: c\nz = A: a, b | B: c, d, e | F: f, g\n")
    page = Page(program.get("/f").text)
    assert [attributes.get("value") for tag, attributes in page.tags if attributes.get("name") == "x"] == ["a", "b", "c"]
    assert program.get("/f").text.count("<option selected>") == 1 and "<option selected>c</option>" in program.get("/f").text
    assert program.post("x=c&y=a&y=c&z=g", "/f").status == 303
    for wrong in ("x=", "x=A", "x=A%3A%20a", "x=A: a", "x=a&x=c", "x=a&y=a&y=b&y=c", "x=a&z=F", "x=a%20|%20B"):
        assert program.post(wrong, "/f").status == 422, wrong
    again = program.post("x=B&y=c&z=e", "/f")
    assert again.text.count(" checked") == 1 and "<option selected>e</option>" in again.text
    assert program.records("f")[0]["fields"] == {"x": "c", "y": ["a", "c"], "z": "g"}


@pytest.mark.parametrize("options", ["|", "A: |", "A: | B:", " , | , ", "A:"])
def test_a_choice_without_any_option_is_a_fault(tmp_path, options):
    path = tmp_path / "config.ini"
    path.write_text(f"[form f]\n[fields f]\nx = choice\n[options f]\nx = {options}\n")
    done = run("check", path)
    if options == "A:":  # no bar, no groups: an option named so
        assert done.returncode == 0
    else:
        assert done.returncode == 1 and "[fields f] x: a choice needs options=" in done.stderr


# --- the configuration ---

@pytest.mark.parametrize("section, key, values, complaint", [
    ("seeother", "proxies", ["nowhere", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "::/129", "10.0.0.0/-1", "10.0.0.1:80",
                             "fe80::1%eth0", "all", "10.1", "1.2.3.4/8x"],
     "takes addresses, and ranges of them such as 10.0.0.0/8 or fd00::/8"),
    ("seeother", "index", ["", "maybe", "2"], "takes yes or no"),
    ("form f", "index", ["", "contact"], "takes yes or no"),
    ("form f", "idempotency", ["", "yes", "Required", "required optional"], "takes optional or required"),
    ("form f", "remember", ["", "24", "1 h", "-1h", "h", "1.5h", "forever", "99999999999d"],
     "takes a duration such as 3s, 10m, 24h or 90d"),
    ("form f", "same", ["", "10", "ten"], "takes a duration such as 3s, 10m, 24h or 90d"),
    ("form f", "fastest", ["", "3", "fast", "-3s"], "takes a duration such as 3s, 10m, 24h or 90d"),
    ("form f", "rate", ["10", "/minute", "0/minute", "-1/minute", "10/", "10/0s", "10/fortnight", "10/minute x", "1.5/s",
                        "10 /minute", "10/ minute", "99999999/s", "10/9999d"],
     "takes a rate such as 10/minute or 100/day"),
    ("form f", "origins", ["example.org", "https://example.org/form", "https://example.org/?", "https://*.example.org", "null",
                           "ftp://example.org", "https://user@example.org",
                           "https://exämple.org", "https://example.org:99999", "https://", "**", "https://example.org, nope"],
                           "takes origins such as https://example.org or app://host, or *"),
    ("form f", "next_allow", ["example.org", "//example.org/", "https://example.org/?x", "https://example.org/*", "*", "/a/../b",
                              "javascript:x", "https://u@example.org/",
                              "/ä", "/a b", "/%2e%2e/", "/a\\b"],
                              "takes absolute http or https URLs, and paths that begin with one slash, without a query"),
    ("form f", "error", ["form.html", "//example.org/", "javascript:x", "/{id}", "/a b", "/\\evil"],
     "takes an absolute http or https URL, or a path that begins with one slash"),
    ("form f", "page", ["form.html", "//example.org/", "/{id}"],
     "takes an absolute http or https URL, or a path that begins with one slash"),
])
def test_a_wrong_value_is_a_fault_named_by_section_and_key(tmp_path, section, key, values, complaint):
    path = tmp_path / "config.ini"
    for value in values:
        path.write_text(f'[{section}]\n{key} = "{value}"\n' + ("[form f]\n" if section == "seeother" else ""))
        done = run("check", path)
        assert done.returncode == 1, (key, value)
        assert re.search(rf"^{re.escape(str(path))}:\d+: \[{section}\] {key}: takes ", done.stderr, re.M), done.stderr
        assert complaint in done.stderr and f', not "{value}"' in done.stderr


@pytest.mark.parametrize("section, key, value", [
    ("seeother", "proxies", "10.0.0.0/8, 192.0.2.1 ::1 fd00::/8"), ("seeother", "proxies", ""), ("seeother", "index", "on"),
    ("form f", "index", "no"),
    ("form f", "idempotency", "required"), ("form f", "remember", "90d"), ("form f", "same", "0"), ("form f", "fastest", "3s"),
    ("form f", "rate", "10/minute"), ("form f", "rate", "5/10m"), ("form f", "rate", "100/day"), ("form f", "rate", "1/2s"),
    ("form f", "rate", ""),
    ("form f", "origins", "https://example.org/ HTTP://Example.com:80, https://[::1]:8443"), ("form f", "origins", "*"),
    ("form f", "next_allow", "https://example.org /thanks, /a/%20b/"), ("form f", "error", "/form.html?x#y"),
    ("form f", "blocked", "a, b c"),
    ("form f", "owners", "ada charles"), ("form f", "language", "en"),
])
def test_right_values_are_taken(tmp_path, section, key, value):
    path = tmp_path / "config.ini"
    path.write_text(f'[{section}]\n{key} = "{value}"\n' + ("[form f]\n" if section == "seeother" else ""))
    done = run("check", path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("section, misspelt, key", [
    ("seeother", "proxy", None), ("seeother", "proxys", "proxies"), ("seeother", "languages", "language"),
    ("seeother", "ccs", "css"), ("seeother", "heading", None),
    ("form f", "origin", "origins"), ("form f", "rates", "rate"), ("form f", "next_allowed", "next_allow"),
    ("form f", "block", None), ("form f", "owner", "owners"),
    ("form f", "fasted", "fastest"), ("form f", "css", None), ("form f", "proxies", None), ("seeother", "rate", None),
    ("seeother", "origins", None)])
def test_a_misspelt_or_misplaced_key_is_a_fault(tmp_path, section, misspelt, key):
    path = tmp_path / "config.ini"
    path.write_text(f"[{section}]\n{misspelt} = x\n" + ("[form f]\n" if section == "seeother" else ""))
    done = run("check", path)
    assert done.returncode == 1 and f"[{section}] {misspelt}: there is no such key" in done.stderr
    assert not key or f'did you mean "{key}"?' in done.stderr


@pytest.mark.parametrize("fields, lines, wrong", [
    ("text", "", 101), ("trap", "", 101), ("checkbox", "", 0), ("text", "max_fields = 101", 0), ("text", "page = /form.html", 0),
    ("checkbox required", "", 101), ("choice options=a,b", "", 0), ("choice options=a,b required", "", 101),
    ("choice options=a,b,c,d,e,f,g", "", 101), ("choice options=a,b,c,d,e,f,g multiple", "", 0)])
def test_a_drawn_form_must_not_have_more_fields_than_are_taken(tmp_path, fields, lines, wrong):
    path = tmp_path / "config.ini"
    path.write_text(f"[form f]\n{lines}\n[fields f]\n" + "".join(f"a{i} = {fields}\n" for i in range(100)))
    done = run("check", path)
    assert done.returncode == bool(wrong) and (not wrong or f"[form f] max_fields: must be at least {wrong}" in done.stderr)


@pytest.mark.parametrize("lines, wrong", [
    ("remember = 0", True), ("remember = 3s\nfastest = 3s", True), ("fastest = 1d", True), ("remember = 4s\nfastest = 3s", False),
    ("fastest = 23h", False)])
def test_a_drawn_form_must_hold_longer_than_it_is_too_fast(tmp_path, lines, wrong):
    path = tmp_path / "config.ini"
    path.write_text(f"[form f]\n{lines}\n[fields f]\na = text\n")
    done = run("check", path)
    assert done.returncode == wrong and (not wrong or "[form f] remember: must be more than fastest" in done.stderr)
    path.write_text(f"[form f]\n{lines}\n")
    assert run("check", path).returncode == 0  # none is drawn
