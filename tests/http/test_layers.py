"""The check of the tree's structure finds what is planted: an include that goes up, a circle, a name used twice."""
import shutil
import subprocess

import pytest

from harness.paths import TOP

pytestmark = pytest.mark.parametrize("way", ["cgi"])


@pytest.fixture
def tree(tmp_path, way):
    shutil.copytree(TOP / "src", tmp_path / "src")
    for name in ("seeother.c", "seeother.h", "fcgi_main.c"):
        shutil.copy(TOP / name, tmp_path)
    return tmp_path


def check(tree):
    done = subprocess.run([TOP / "tests" / "layers", str(tree)], cwd=tree, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


def plant(tree, path, line):
    file = tree / "src" / path
    file.write_text(line + "\n" + file.read_text())


def test_the_tree_is_in_order(tree):
    assert check(tree)[0] == 0, check(tree)[1]


@pytest.mark.parametrize("path, line, said", [
    ("base/arena.c", '#include "keep/log.h"', "keep/log.h, which is above it"),
    ("keep/log.h", '#include "answer/page.h"', "answer/page.h, which is above it"),
    ("base/arena.h", '#include "base/text.h"', "a circle of includes"),
    ("keep/id.c", "static int take_mark_line(void)\n{\n}", "take_mark_line is the name of functions in"),
    ("keep/id.c", "int nothing_of_id(void)\n{\n}", "nothing_of_id is not declared in id.h"),
    ("http/range.c", '#include "range.h"', "none of the folders"),
])
def test_what_is_planted_is_found(tree, path, line, said):
    plant(tree, path, line)
    status, faults = check(tree)
    assert status == 1 and said in faults


def test_a_folder_without_a_place_is_found(tree):
    (tree / "src" / "extra").mkdir()
    assert "src/extra is not in src/LAYERS" in check(tree)[1]
