"""Back and forward, with and without the cache in which a browser keeps whole pages for them."""
import pytest

from harness.browser import BROWSERS

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
