"""What tests with a real browser can ask for: `browser` is one that nothing was done in yet."""
import pytest

from harness.browser import chromium as start_chromium, fresh_window


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    driver = start_chromium(tmp_path_factory.mktemp("chromium"))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def browser(chromium):
    fresh_window(chromium)
    return chromium
