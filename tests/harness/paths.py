"""Where things are: the source tree, the program under test, and the small C programs of tests/tools, which are built here."""
import functools
import os
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("SEEOTHER", TOP / "seeother")).resolve()
TOOLS = TOP / "tests" / "tools"
BUILD = Path(os.environ.get("BUILD", TOP / "build")).resolve() / "tools"
WARNINGS = "-Wall -Wextra -Wpedantic -Wshadow -Wconversion".split()


def compile_tool(name, *flags):
    """Compiles tests/tools/NAME.c to build/tools/NAME and gives that path; a NAME that ends in .so becomes a shared library.

    The result is put in place by a rename, so that tests that run at the same time may compile the same tool.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    built, fresh = BUILD / name, BUILD / f".{name}.{os.getpid()}"
    shared = ["-shared", "-fPIC"] if name.endswith(".so") else []
    subprocess.run([*os.environ.get("CC", "cc").split(), "-std=c11", "-O2", *WARNINGS, *shared, "-o", fresh,
                    TOOLS / f"{name.removesuffix('.so')}.c", *flags], check=True)
    fresh.rename(built)
    return built


@functools.cache
def sanitized():
    """Tells whether the program under test is the sanitized one."""
    return BINARY.exists() and b"__asan_init" in BINARY.read_bytes()


def preload(name):
    """Compiles a library to be loaded before the program. The sanitizer's has to come first, so with it such a test is skipped."""
    if sanitized():
        import pytest  # the measurements have none
        pytest.skip(f"{name} would come before the library of the sanitizer")
    return str(compile_tool(name))
