"""One request under valgrind, each way: no error, no leak, no descriptor left open."""
import re

from harness.paths import TOP

GOOD = b"name=Ada&email=ada%40example.org&topic=sales"


def test_valgrind_finds_nothing(start, tmp_path):
    report = tmp_path / "valgrind.%p"
    valgrind = ["valgrind", "-q", f"--log-file={report}", "--leak-check=full", "--trace-children=yes", "--error-exitcode=9",
                "--trace-children-skip=*multiwatch,*spawn-fcgi"]
    program = start(count=1, binary=TOP / "seeother", prefix=valgrind, environment={"PATH": "/usr/bin:/bin"})
    program.configure(general="sandbox = no")  # valgrind has calls of its own to make
    posted = program.post(GOOD)
    assert posted.status == 303
    assert program.get("/contact/" + posted.headers["location"].rsplit("/")[-1]).status == 200
    assert program.post(b"name=").status == 422
    if program.workers:
        program.workers.stop()
        program.workers = None
        program.prefix = []
    reports = list(tmp_path.glob("valgrind.*"))
    assert reports and [text for path in reports if (text := path.read_text())] == []
    assert not re.search("==[0-9]+==", posted.errors)
