"""Values of config.ini that look right and can't work."""
import os
import subprocess

import pytest

from harness.paths import BINARY


def check(path, text):
    path.write_text(text)
    done = subprocess.run([BINARY, "check", path], capture_output=True, text=True, stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]})
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("url", ["/thanks/%zz", "/%", "/a%2", "https://example.org/100%", "/a%2Fb%g0", "/%%41"])
@pytest.mark.parametrize("where", ["[form f]\nnext = ", "[form f]\npage = ", "[form f]\nerror = ", "[form f]\nnext_allow = /fine, ",
                                   "[forward f]\npath = /f\nto = ", "[thing f]\npath = /f\ntext/html = ", "[seeother]\nbase = https://example.org"])
def test_an_escape_that_is_none_is_a_fault(tmp_path, where, url):
    if "base" in where and not url.startswith("/"):
        url = "/" + url[-4:]
    status, said = check(tmp_path / "config.ini", f"{where}{url}\n[form other]\n")
    assert status == 1 and "takes a % only with two hexadecimal digits after it" in said, said


@pytest.mark.parametrize("url", ["/a%20b", "/%2F%2e", "https://example.org/%C3%BC?a=%26"])
def test_an_escape_is_no_fault(tmp_path, url):
    assert check(tmp_path / "config.ini", f"[form f]\nnext = {url}\npage = {url}\nerror = {url}\n[forward g]\npath = /g\nto = {url}\n")[0] == 0
