"""Back and forward, with and without the cache in which a browser keeps whole pages for them."""
import pytest

from selenium.webdriver.common.by import By

from harness.browser import BROWSERS, submit
from harness.processes import wait_for

PAGE = "<!DOCTYPE html><meta charset=utf-8><title>{title}</title>"


@pytest.fixture(params=BROWSERS)
def name(request):
    return request.param


@pytest.mark.parametrize("way", ["fastcgi"], indirect=True)
@pytest.mark.parametrize("cache", [True, False], ids=["cache", "no-cache"])
def test_back_loads_a_page_again_just_where_the_browser_has_no_cache_for_that(web, open_browser, name, cache):
    """The other tests rest on this: a form that is loaded again has lost what only its page knew."""
    browser = open_browser(name, back_forward_cache=cache)
    for title in ("first", "second"):
        (web.folder / "htdocs" / f"{title}.html").write_text(PAGE.format(title=title))
    browser.get(web.origin + "/first.html")
    browser.execute_script("window.kept = true")
    browser.get(web.origin + "/second.html")
    browser.back()
    assert browser.title == "first" and bool(browser.execute_script("return window.kept")) == cache


@pytest.mark.parametrize("way", ["fastcgi"], indirect=True)
@pytest.mark.parametrize("cache", [True, False], ids=["cache", "no-cache"])
@pytest.mark.parametrize("steps", [1, 3])
def test_back_and_send_again_makes_no_second_outcome(web, open_browser, name, cache, steps):
    """Also where the browser loads the form again: what was typed comes back, and with it the token that was sent."""
    browser = open_browser(name, back_forward_cache=cache)
    web.configure(more="[form note]\ntitle = Note\n[fields note]\nwho = text\n")
    (web.folder / "htdocs" / "other.html").write_text(PAGE.format(title="other"))
    browser.get(f"{web.origin}{web.root}/note")
    browser.find_element(By.NAME, "who").send_keys("Xanthippe")
    submit(browser)
    outcome = browser.current_url
    assert browser.title == "Received: Note" and len(web.lines("note")) == 1
    for step in range(steps - 1):
        browser.get(f"{web.origin}/other.html?{step}")
    for _ in range(steps):
        browser.back()
    wait_for("the form", lambda: browser.title == "Note")
    assert browser.find_element(By.NAME, "who").get_attribute("value") == "Xanthippe"
    submit(browser)
    assert browser.current_url == outcome and len(web.lines("note")) == 1
