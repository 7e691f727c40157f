"""
What tests with a real browser can ask for: `browser` is one in which nothing was done yet. Each test runs in Chromium, both ways,
and in Firefox, by FastCGI; those with the mark `chromium` or `one_way` in fewer. A browser that is not installed lets its tests be
skipped, but fails them under continuous integration (CI=true).
"""
import os

import pytest

from harness.browser import BROWSERS, Missing
from harness.program import WAYS


def pytest_configure(config):
    config.addinivalue_line("markers", "chromium: asks for what only Chromium can be asked")
    config.addinivalue_line("markers", "fails_in: fails in one browser, for a reason that is known and to be mended")
    config.addinivalue_line("markers", "one_way: by FastCGI alone, since the answers are the same as CGI")


def pytest_generate_tests(metafunc):
    if not {"browser", "way"} <= set(metafunc.fixturenames):
        return
    marks = {mark.name: mark.kwargs for mark in metafunc.definition.iter_markers()}
    wrong = marks.get("fails_in", {"browser": None})
    pairs = [(name, way) for name in BROWSERS for way in WAYS
             if (name == "chromium" or "chromium" not in marks) and
             (way == "fastcgi" or len(WAYS) == 1 or (name == "chromium" and "one_way" not in marks))]
    metafunc.parametrize("browser, way", indirect=True, ids=["-".join(pair) for pair in pairs], argvalues=[
        pytest.param(*pair, marks=[pytest.mark.xfail(reason=wrong["reason"], strict=True)] if pair[0] == wrong["browser"] else [])
        for pair in pairs])


@pytest.fixture
def way(request):
    return request.param


@pytest.fixture(scope="session")
def open_browser(tmp_path_factory):
    """Gives the browser of a name, which is started when it is first asked for, with or without its back-forward cache."""
    started = {}

    def give(name, back_forward_cache=True):
        chosen = name, back_forward_cache
        if chosen not in started:
            try:
                started[chosen] = BROWSERS[name](tmp_path_factory.mktemp(name), back_forward_cache)
            except Missing as missing:
                started[chosen] = missing
        if isinstance(started[chosen], Missing):
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(started[chosen]))
        started[chosen].fresh_window()
        return started[chosen]

    yield give
    for browser in started.values():
        if not isinstance(browser, Missing):
            browser.quit()


@pytest.fixture
def browser(request, open_browser):
    return open_browser(request.param)
