"""seeother init: from four answers to a configuration that works, and to the settings of the web server."""
import getpass
import os
import re
import subprocess

import pytest

from harness import clients
from harness.clients import variables
from harness.paths import BINARY

ANSWERS = ["--data", "kept", "--language", "fr", "--base", "https://example.org/forms"]


@pytest.fixture
def init(tmp_path):
    """Runs the command in a folder of its own, with answers as somebody would type them."""
    def run(*arguments, typed="", environment=None):
        return subprocess.run([BINARY, "init", "--file", "config.ini", "--user", getpass.getuser(), *arguments], input=typed, capture_output=True, text=True, cwd=tmp_path,
                              env={"PATH": os.environ["PATH"], "LANG": "C"} | (environment or {}))
    return run


def settings(folder):
    return dict(re.findall(r"^(\w+) = (.*)$", (folder / "config.ini").read_text(), re.M))


def test_defaults_make_a_form_that_takes_a_post(init, tmp_path):
    done = init("--defaults")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Then open http://localhost/seeother/contact\n")
    assert f"{tmp_path}/data: tried" in done.stdout and (tmp_path / "data").stat().st_mode & 0o777 == 0o750
    environment = {"SEEOTHER_CONFIG": str(tmp_path / "config.ini")}
    body = b"name=Ada&email=a%40b&message=Hello"
    answer = clients.cgi([BINARY], variables("POST", "/contact", body), body, environment=environment)
    assert answer.status == 303
    assert len(list((tmp_path / "data/contact").glob("*.jsonl"))) == 1


def test_questions_are_asked_until_the_answers_are_right(init, tmp_path):
    done = init(typed="k;ept\nnobody\n  owner@example.org \nxx\nes\nexample.org\nhttps://example.org/forms/\n", environment={"PATH": "/nowhere"})
    assert done.stderr.count("E-mail address") == 2 and done.stderr.count("Language") == 2 and done.stderr.count("Address of") == 2
    assert '"nobody": this takes one e-mail address' in done.stderr
    found = settings(tmp_path)
    assert found["data"] == f'"{tmp_path}/k;ept"' and (tmp_path / "k;ept").is_dir()
    assert found["mail"] == found["from"] == "owner@example.org" and found["after"] == "tell-owner"
    assert found["language"] == "es" and found["title"] == "Escríbanos" and found["base"] == "https://example.org/forms"
    assert done.stdout.endswith("Then open https://example.org/forms/contact\n")


def test_the_end_of_the_input_takes_the_defaults(init, tmp_path):
    done = init(typed="elsewhere\n", environment={"LANG": "de_AT.UTF-8"})
    assert settings(tmp_path)["data"] == f"{tmp_path}/elsewhere"
    assert settings(tmp_path)["language"] == "de" and "mail" not in settings(tmp_path)
    assert "[de]" in done.stderr


def test_options_are_not_asked_for(init, tmp_path):
    done = init(*ANSWERS, typed="\n")
    assert "Language" not in done.stderr and done.stderr.count("]: ") == 1
    assert settings(tmp_path)["language"] == "fr"


@pytest.mark.parametrize("options", [["--mail", "nobody"], ["--language", "xx"], ["--base", "example.org"], ["--data", ""], ["--data", 'a"b'],
                                     ["--data", "a\nb"], ["--data", "x" * 2000], ["--user", "nobody at all"], ["--nothing"], ["--mail"], ["word"]])
def test_a_wrong_option_changes_nothing(init, tmp_path, options):
    done = init("--defaults", *options)
    assert done.returncode == (1 if "--user" in options else 2) and done.stderr.startswith("seeother: ") and done.stderr.count("\n") <= 2
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_that_is_there_stays(init, tmp_path):
    (tmp_path / "config.ini").write_text("[seeother]\ndata = mine\n")
    done = init(typed="")
    assert done.returncode == 1 and "--force" in done.stderr and "Folder" not in done.stderr
    assert settings(tmp_path) == {"data": "mine"} and not (tmp_path / "data").exists()
    assert init("--defaults", "--force").returncode == 0
    assert (tmp_path / "config.ini.old").read_text() == "[seeother]\ndata = mine\n" and settings(tmp_path)["data"] == f"{tmp_path}/data"


def test_a_data_folder_that_can_not_be_used_is_told(init, tmp_path):
    (tmp_path / "file").write_text("")
    done = init("--defaults", "--data", "file")
    assert done.returncode == 1 and "file" in done.stderr
    done = init("--defaults", "--force", "--data", "/proc/seeother")
    assert done.returncode == 1 and "/proc/seeother: can't be made" in done.stderr


def test_the_recipe_is_for_the_way_that_base_names(init):
    cgi = init("--defaults", "--base", "https://example.org/cgi-bin/seeother")
    assert "Copy " in cgi.stdout and "spawn-fcgi" not in cgi.stdout and "lighttpd-cgi.conf" in cgi.stdout and "nginx (nginx-fcgiwrap.conf)" in cgi.stdout
    fastcgi = init("--defaults", "--force", "--base", "https://example.org/a/b")
    assert "multiwatch -f 8 -t 1 -r 100000" in fastcgi.stdout and "SEEOTHER_CONFIG=/" in fastcgi.stdout and "/lighttpd.conf" in fastcgi.stdout
