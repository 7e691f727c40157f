"""The program by hand, and what stands in the tree."""
import os
import re
import subprocess

import pytest

from harness.paths import BINARY, TOP


def run(*arguments, **environment):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=10,
                          env={"PATH": os.environ["PATH"]} | environment)


def test_by_hand_it_says_what_it_is_and_how_to_call_it():
    done = run()
    assert done.returncode == 2 and "303 See Other" in done.stderr and "  check " in done.stderr and done.stdout == ""


def test_help_and_version_are_said_on_standard_output():
    assert run("--help").returncode == 0 and "  check " in run("--help").stdout
    version = re.search(r"^VERSION = (.*)$", (TOP / "Makefile").read_text(), re.M)[1]
    assert run("--version").stdout == f"seeother {version}\n"


@pytest.mark.parametrize("typed, meant", [("chekc", "check"), ("exprot", "export"), ("task", "tasks"), ("--halp", None), ("", None)])
def test_a_mistyped_command_is_refused_in_one_line_that_names_the_nearest(typed, meant):
    done = run(typed)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
    assert f'"{typed}" is not a command' in done.stderr
    assert f'did you mean "{meant}"?' in done.stderr if meant else "seeother help" in done.stderr


def test_help_explains_each_command_whichever_way_it_is_asked_for():
    listed = re.findall(r"^  ([a-z-]+) ", run("help").stdout, re.M)
    assert {"check", "work", "export", "help", "version"} <= set(listed) and run("-h").stdout == run("--help").stdout == run("help").stdout
    for name in listed:
        said = run("help", name)
        assert said.returncode == 0 and said.stdout.startswith(f"usage: seeother {name}") and said.stdout.count("\n") >= 4
        assert run(name, "--help").stdout == run(name, "-h").stdout == said.stdout
    assert run("help", "chekc").returncode == 2 and 'did you mean "check"?' in run("help", "chekc").stderr


@pytest.mark.parametrize("arguments", [["form"], ["form", "a", "b"], ["export"], ["keys", "now"], ["retry", "a", "b"], ["check", "a", "b"]])
def test_a_command_with_too_few_or_many_arguments_says_how_to_call_it(arguments):
    done = run(*arguments)
    assert done.returncode == 2 and done.stdout == "" and re.fullmatch(rf"usage: seeother {arguments[0]}.*\n", done.stderr)


def test_retry_of_an_unknown_job_fails(tmp_path):
    config = tmp_path / "config.ini"
    config.write_text("[seeother]\ndata = data\n[form a]\nafter = t\n[task t]\ncommand = /bin/true\n")
    done = run("retry", "xyz", SEEOTHER_CONFIG=str(config))
    assert done.returncode == 1 and "no such job" in done.stderr and '"xyz"' in done.stderr


def test_a_command_that_can_t_write_its_output_fails():
    with open("/dev/full", "w") as full:
        assert subprocess.run([BINARY, "keys"], stdout=full, stdin=subprocess.DEVNULL).returncode != 0


def manual_entries(manual):
    """The entries of seeother.ini(5): what is said of each key, by section and key."""
    entries = {}
    for section in re.split(r"^\.Ss ", manual, flags=re.M)[1:]:
        name, text = section.split("\n", 1)
        for entry in re.split(r"^\.It Cm ", re.split(r"^\.S[hs] ", text, flags=re.M)[0], flags=re.M)[1:]:
            key, said = entry.split("\n", 1)
            assert (name, key) not in entries, f"{name} {key}"
            entries[name, key] = said
    return entries


def test_the_manual_explains_each_key_and_ends_with_its_default():
    """Only the last entry of a list has something behind its default: the end of the list."""
    entries = manual_entries((TOP / "man" / "seeother.ini.5").read_text())
    listed, section = set(), None
    for line in run("keys").stdout.splitlines():
        if line.startswith("["):
            section = line
        elif found := re.match(r"  (\w+) +(?!=)(\S+) ", line):
            key, default = found.groups()
            listed.add((section, key))
            said = entries.get((section, key))
            assert said, f"{section} {key} is not in the manual"
            last = re.search(r"^\.Pp\nDefault: (.*)\n(\.El\n.*)?\Z", said, re.M | re.S)
            assert last, f"{section} {key} does not end with its default"
            told = last[1].split("\n")[0].split(",")[0].split(";")[0]
            assert told == default if default != "-" else told, f"{section} {key} has the default {default}, not {told}"
            assert not re.match(r"Whether|How", said), f"{section} {key} should begin with a verb"
    assert set(entries) == listed, set(entries) - listed


def test_the_manual_names_each_section_type_and_rule():
    manual = (TOP / "man" / "seeother.ini.5").read_text()
    for section in re.findall(r"^\[.*\]$", run("keys").stdout, re.M):
        assert f".Ss {section}\n" in manual, section
    source = (TOP / "src" / "config" / "field.c").read_text()
    types = re.findall(r'\[FIELD_\w+\] = \{"(\w+)"', source)
    rules = re.findall(r'\{"(\w+)", RULE_\w+, (true|false)\}', source)
    assert len(types) > 10 and len(rules) > 8
    for kind in types:
        assert f".It Li {kind}\n" in manual, kind
    for rule, has_value in rules:
        assert re.search(rf"^\.It Li {rule}{'=' if has_value == 'true' else '$'}", manual, re.M), rule


def test_each_command_is_in_the_manual():
    manual = (TOP / "man" / "seeother.1").read_text()
    for name, argument in re.findall(r"^  ([a-z-]+) +(\S*)  ", run("help").stdout, re.M):
        assert re.search(rf"^\.It Cm {name}\b", manual, re.M) and f".Cm {name}\n" in manual, name


def test_the_first_example_of_the_readme_does_what_it_shows(tmp_path):
    """Typed as it stands there but for make, in a folder that has no data folder yet."""
    section = (TOP / "README.md").read_text().split("## Without a web server\n")[1].split("\n## ")[0]
    typed = re.findall(r"^    \$ ((?:.*\\\n)*.*)$", section, re.M)
    assert typed.pop(0) == "make" and len(typed) == 3
    (tmp_path / "seeother").symlink_to(BINARY)
    done = subprocess.run(["sh", "-ec", "\n".join(typed)], cwd=tmp_path, capture_output=True, text=True, timeout=10)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    made = re.match(r"Status: 303 See Other\nLocation: http://localhost/contact/(\w+)\nContent-Type: text/html; charset=utf-8\n", done.stdout)
    assert made and f'{{"id":"{made[1]}","form":"contact",' in done.stdout and '"fields":{"name":"Ada","message":"Hello"}' in done.stdout


def test_the_shipped_configuration_is_right(tmp_path):
    text = (TOP / "config.ini").read_text()
    path = tmp_path / "config.ini"
    path.write_text(re.sub(r"^data .*$", "data = data", text, flags=re.M))
    done = run("check", str(path))
    assert done.returncode == 0, done.stderr


def test_each_library_of_one_purpose_is_seen_by_one_file():
    seen = {"iniparser.h": {"ini_values.c"}, "fcgiapp.h": {"fcgi.c"}, "fcgi_stdio.h": set(), "pcre2.h": {"pattern.c"}, "cdb.h": {"map.c"},
            "landlock.h": {"landlock.c"}, "seccomp.h": {"seccomp.c"}}
    for header, places in seen.items():
        found = {path.name for path in [*TOP.glob("*.[ch]"), *TOP.glob("src/*/*.[ch]")]
                 if re.search(rf"#include <(\w+/)?{re.escape(header)}>", path.read_text())}
        assert found == places, header


def test_every_file_says_what_it_is_for():
    for path in [*TOP.glob("*.[ch]"), *TOP.glob("src/*/*.[ch]"), *TOP.glob("tests/unit/*.c")]:
        text = path.read_text()
        assert text.startswith("/*"), path.name
    for path in TOP.glob("tests/*.py"):
        assert path.read_text().startswith('"""'), path.name
