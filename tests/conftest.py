"""
What every pytest file can ask for. Each test of requests runs both ways: `program` is the binary without a web server, as CGI and
as FastCGI workers; `web` is a site, the binary behind lighttpd. After each test the workers must be alive, the logs whole line by
line, and nothing left in the data folder that does not belong there. A test that fails shows its last requests, their answers,
and the logs.
"""
import shutil

import pytest

from harness import exchanges
from harness.clock import Clock
from harness.program import WAYS, Program
from harness.site import Site


# --- programs and sites ---

@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def start(tmp_path, way):
    """Starts programs with a setting of their own; ends them after the test, and looks at what they leave."""
    started = []

    def start_one(**setting):
        folder = tmp_path / f"program{len(started)}"
        folder.mkdir()
        started.append(Program(folder, way, **setting))
        return started[-1]

    yield start_one
    for program in started:
        try:
            program.check_alive()
            program.wait_for_worker()
            program.check_whole()
        finally:
            program.stop()


@pytest.fixture
def program(start):
    return start()


@pytest.fixture
def web(tmp_path, way):
    site = Site(tmp_path, way)
    try:
        yield site
        site.check_alive()
        site.wait_for_worker()
        site.check_whole()
    finally:
        site.stop()


@pytest.fixture
def clock(tmp_path):
    """A time of day for programs that are started with clock.environment."""
    return Clock(tmp_path)


@pytest.fixture
def later(tmp_path):
    """A clock for workers of hosts, by which lines of now are not young any more."""
    (tmp_path / "later").mkdir()
    clock = Clock(tmp_path / "later")
    clock.set(20)
    return clock


# --- what a failing test shows, and what a passing one leaves ---

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    exchanges.forget()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test's folder is removed once it has passed: each holds a program, and all together would take 15 GB."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.has_failed = True
        report.sections += [(title, text) for title, text in exchanges.report() if text]
    if call.when == "teardown" and not getattr(item, "has_failed", False) and "tmp_path" in getattr(item, "funcargs", {}):
        shutil.rmtree(item.funcargs["tmp_path"], ignore_errors=True)
