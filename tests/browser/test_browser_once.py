"""A real browser: one message is kept once, whatever a visitor does; what is wrong is found and put right; for everybody."""
import http.server
import shutil
import threading
from functools import partial

import pytest
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from harness.browser import fits, leave, submit
from harness.paths import TOP
from harness.processes import wait_for

FORM = """
[form ask]
title = Ask us

[fields ask]
name = text required
email = email required
topic = choice options=sales,support
days = checkbox required options=Saturday,Sunday
born = date max=2020-12-31
message = textarea max=200
photo = file
agree = checkbox required
website = trap

[help ask]
email = For the reply.

[patterns ask]
message = [^<]*
"""
one_way = pytest.mark.one_way  # what is drawn is the same both ways
TITLE, ERROR = "Received: Write to us", "Error: Write to us"


def field(browser, name):
    return browser.find_element(By.NAME, name)


def value(browser, name):
    return field(browser, name).get_attribute("value")


def page_text(browser):
    return browser.find_element(By.TAG_NAME, "main").text


def send(browser):
    return browser.find_element(By.CSS_SELECTOR, "button")


def fill(browser, name="Ada", message="Hello"):
    field(browser, "name").send_keys(name)
    field(browser, "email").send_keys("ada@example.org")
    browser.find_element(By.CSS_SELECTOR, "[value=support]").click()
    field(browser, "message").send_keys(message)


def write_to_us(web, browser):
    browser.get(web.origin + web.root + "/contact")
    fill(browser)


def wait_for_title(browser, title):
    wait_for(f"the page {title}", lambda: browser.title == title)


def outcome_of(web, form="contact"):
    kept, = web.records(form)
    return f"{web.origin}{web.root}/{form}/{kept['id']}"


def check_silent(browser):
    with pytest.raises(NoAlertPresentException):
        browser.switch_to.alert.accept()


# --- once ---

def test_the_outcome_can_be_reloaded_and_left_and_come_back_to(web, browser):
    write_to_us(web, browser)
    submit(browser)
    assert browser.current_url == outcome_of(web) and browser.title == TITLE
    assert browser.pages_asked_for() == ["GET", "POST", "GET"]
    for act in (browser.refresh, browser.refresh, browser.back, browser.forward, browser.refresh):
        act()
        check_silent(browser)
        at_form = act == browser.back
        assert browser.title == ("Write to us" if at_form else TITLE)
        assert at_form or (browser.current_url == outcome_of(web) and "ada@example.org" in page_text(browser))
    assert set(browser.pages_asked_for()) == {"GET"}
    assert len(web.lines()) == 1


def test_back_and_send_again_leads_to_the_first_outcome(web, browser):
    write_to_us(web, browser)
    submit(browser)
    first = browser.current_url
    browser.back()
    assert value(browser, "name") == "Ada" and value(browser, "message") == "Hello"
    submit(browser)
    assert browser.current_url == first == outcome_of(web)
    assert browser.pages_asked_for().count("POST") == 2


def test_back_and_send_something_else_asks_first_and_then_makes_a_second_line(web, browser):
    write_to_us(web, browser)
    submit(browser)
    first = browser.current_url
    browser.back()
    field(browser, "message").send_keys(", and <more>")
    submit(browser)
    assert browser.title == ERROR and len(web.lines()) == 1
    assert "This form was sent before" in browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
    assert browser.find_element(By.CSS_SELECTOR, "[role=alert] a").get_attribute("href") == first
    assert [value(browser, name) for name in ("name", "email", "message")] == ["Ada", "ada@example.org", "Hello, and <more>"]
    assert browser.find_element(By.CSS_SELECTOR, ":checked").get_attribute("value") == "support"
    submit(browser)
    assert browser.title == TITLE and browser.current_url != first
    assert [kept["fields"]["message"] for kept in web.records()] == ["Hello", "Hello, and <more>"]
    browser.get(first)
    assert "more" not in page_text(browser)


def test_the_first_outcome_is_a_link_away_when_something_else_is_sent(web, browser):
    write_to_us(web, browser)
    submit(browser)
    browser.back()
    field(browser, "name").send_keys("!")
    submit(browser)
    leave(browser, browser.find_element(By.CSS_SELECTOR, "[role=alert] a").click)
    assert browser.title == TITLE and browser.current_url == outcome_of(web)


# Chromium itself makes one post of the quickest two, but not of those that come a little later.
TWICE = {
    "two clicks": lambda browser: ActionChains(browser, duration=0).double_click(send(browser)).perform(),
    "two clicks a moment apart": lambda browser: ActionChains(browser, duration=0)
    .move_to_element(send(browser)).click().pause(0.01).click().perform(),
    "a script": lambda browser: browser.execute_script("const form = document.forms[0]; form.submit(); form.submit()"),
    "a script that waits": lambda browser: browser.execute_script(
        "const form = document.forms[0]; form.submit(); setTimeout(() => form.submit(), 5)"),
}


@pytest.mark.parametrize("how", TWICE)
def test_a_form_that_is_sent_twice_at_once_makes_one_line(web, browser, how):
    write_to_us(web, browser)
    TWICE[how](browser)
    wait_for_title(browser, TITLE)
    browser.refresh()
    assert browser.current_url == outcome_of(web)


@pytest.mark.parametrize("how", ["two clicks a moment apart", "a script that waits"])
def test_a_page_of_the_site_that_is_sent_twice_at_once_makes_one_line(web, browser, how):
    web.configure(more="[form static]\ntitle = Inbox\nsame = 10m\n")
    page = web.folder / "htdocs" / "page.html"
    page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><title>Ours</title><form method="post" action="{web.root}/static">'
                    '<input name="a" value="ü &amp; = 😀"><button>Go</button></form>')
    browser.get(web.origin + "/page.html")
    TWICE[how](browser)
    wait_for_title(browser, "Received: Inbox")
    browser.refresh()
    assert browser.current_url == outcome_of(web, "static")


def test_one_form_sent_from_two_tabs_makes_one_line_that_both_show(web, browser):
    write_to_us(web, browser)
    form = browser.current_window_handle
    browser.execute_script("document.forms[0].target = '_blank'")
    for _ in range(2):
        send(browser).click()
    wait_for("two tabs", lambda: len(browser.window_handles) == 3)
    for tab in set(browser.window_handles) - {form}:
        browser.switch_to.window(tab)
        wait_for_title(browser, TITLE)
        assert browser.current_url == outcome_of(web)


def test_what_was_sent_is_withdrawn_by_a_button_on_its_page(web, browser):
    web.configure(contact="withdraw = 1h")
    write_to_us(web, browser)
    submit(browser)
    outcome = browser.current_url
    browser.find_element(By.LINK_TEXT, "Withdraw").click()
    wait_for_title(browser, "Withdraw what you sent?")
    browser.find_element(By.LINK_TEXT, "No, keep it").click()
    wait_for_title(browser, TITLE)
    browser.find_element(By.LINK_TEXT, "Withdraw").click()
    wait_for_title(browser, "Withdraw what you sent?")
    submit(browser)
    assert browser.title == "No longer available" and browser.current_url == outcome and "ada@example.org" not in "".join(web.lines())
    browser.get(outcome)
    assert browser.title == "No longer available"


# --- what is wrong ---

def ask(web, browser):
    """Sends a form in which most is wrong, past what the browser would not let through."""
    web.configure(more=FORM)
    browser.get(web.origin + web.root + "/ask")
    field(browser, "email").send_keys("ada")
    field(browser, "message").send_keys("<b>")
    browser.execute_script("document.forms[0].noValidate = true")
    submit(browser)
    assert browser.title == "Error: Ask us" and web.lines("ask") == []


def press(browser, key):
    ActionChains(browser).send_keys(key).perform()
    return browser.switch_to.active_element


def tab_stops(browser):
    """What Tab leads to, from the page's beginning to its end: an element once, whatever parts it has."""
    stops = []
    for _ in range(40):
        stop = press(browser, Keys.TAB)
        if stop.tag_name in ("html", "body"):
            break
        name = stop.get_attribute("name") or stop.get_attribute("hash") or stop.tag_name
        if stops[-1:] != [name]:
            stops.append(name)
    return stops


@one_way
def test_tab_leads_through_the_summary_then_the_fields_in_order(web, browser):
    ask(web, browser)
    stops = tab_stops(browser)
    assert stops == ["#field-name", "#field-email", "#field-days", "#field-message", "#field-agree",
                     "name", "email", "topic", "days", "born", "message", "photo", "agree", "button"]


@one_way
def test_each_link_of_the_summary_leads_into_its_field(web, browser):
    ask(web, browser)
    links = browser.find_elements(By.CSS_SELECTOR, "[role=alert] a")
    assert [link.text for link in links] == ["name", "email", "days", "message", "agree"]
    for number, link in enumerate(links):
        link.send_keys(Keys.ENTER)
        assert browser.switch_to.active_element.get_attribute("name") == link.text, number
        assert browser.title == "Error: Ask us"


@one_way
def test_a_field_at_fault_says_so_and_points_to_why(web, browser):
    ask(web, browser)
    wrong = browser.find_elements(By.CSS_SELECTOR, "[aria-invalid=true]")
    assert [one.get_attribute("name") for one in wrong] == ["name", "email", "days", "days", "message", "agree"]
    for one in wrong:
        group = one.get_attribute("name") == "days"
        described = (one.find_element(By.XPATH, "ancestor::fieldset") if group else one).get_attribute("aria-describedby").split()
        assert described[-1] == "fault-" + one.get_attribute("name")
        assert all(browser.find_element(By.ID, id).is_displayed() for id in described)
    assert browser.find_element(By.NAME, "email").get_attribute("aria-describedby") == "hint-email fault-email"
    assert browser.find_element(By.ID, "fault-email").text == "Please enter an e-mail address, such as ada@example.org."
    assert not browser.find_elements(By.CSS_SELECTOR, "[name=born][aria-invalid], [name=topic][aria-invalid]")


@one_way
def test_what_is_no_date_is_kept_to_be_put_right(web, browser):
    web.configure(more=FORM)
    browser.get(web.origin + web.root + "/ask")
    browser.execute_script("document.forms[0].noValidate = true; arguments[0].type = 'text'", field(browser, "born"))
    field(browser, "born").send_keys("10 Dec 1990")
    submit(browser)
    assert value(browser, "born") == "10 Dec 1990" and browser.find_elements(By.ID, "fault-born")


@one_way
@pytest.mark.chromium  # Firefox shows nobody its tree of accessible objects
def test_nobody_sees_hears_or_reaches_the_trap(web, browser):
    browser.get(web.origin + web.root + "/contact")
    assert not field(browser, "website").is_displayed()
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    names = {node["name"]["value"] for node in nodes if not node["ignored"] and "name" in node}
    assert "message (optional)" in names and not any("website" in name for name in names)
    assert tab_stops(browser) == ["name", "email", "topic", "message", "button"]


# --- for everybody ---

def test_without_scripts_the_form_its_faults_and_its_outcome_work(web, browser):
    web.configure(more=FORM)
    browser.forbid_scripts()
    page = web.folder / "htdocs" / "script.html"
    page.write_text("<!DOCTYPE html><title>off</title><script>document.title = 'on'</script>")
    browser.get(web.origin + "/script.html")
    assert browser.title == "off"
    browser.get(web.origin + web.root + "/ask")
    field(browser, "name").send_keys("Ada")
    field(browser, "email").send_keys("ada@example.org")
    field(browser, "message").send_keys("<b>")
    field(browser, "agree").click()
    submit(browser)
    assert browser.title == "Error: Ask us" and value(browser, "name") == "Ada" and field(browser, "agree").is_selected()
    browser.find_elements(By.NAME, "days")[1].click()
    field(browser, "message").clear()
    submit(browser)
    assert browser.title == "Received: Ask us" and browser.current_url == outcome_of(web, "ask")
    assert web.records("ask")[0]["fields"]["days"] == "Sunday"


def check_width(browser):
    for width in (320, 1280):
        browser.set_width(width)
        assert fits(browser), browser.title


@one_way
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_is_wider_than_a_narrow_window(web, browser, language):
    """320 pixels are also what is left of 1280 at a zoom of 400 % (WCAG 2.2, 1.4.10)."""
    shutil.copytree(TOP / "languages", web.config.parent / "languages")
    web.configure(general=f"language = {language}\nindex = yes", more=FORM)
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
    for path in ("", "/contact", "/ask", "/nothing"):
        browser.get(web.origin + web.root + path)
        assert browser.find_element(By.TAG_NAME, "html").get_attribute("dir") == ("rtl" if language == "ar" else "")
        check_width(browser)
    ask(web, browser)
    check_width(browser)
    browser.get(web.origin + web.root + "/contact")
    browser.execute_script("document.forms[0].noValidate = true")
    fill(browser, message=long)
    submit(browser)
    assert browser.current_url == outcome_of(web)
    check_width(browser)


@one_way
def test_a_german_visitor_reads_german(web, browser):
    shutil.copytree(TOP / "languages", web.config.parent / "languages")
    web.configure(general="language = en de")
    browser.set_languages("de-AT,de;q=0.9,en;q=0.8")
    browser.get(web.origin + web.root + "/contact")
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "de" and send(browser).text == "Senden"
    fill(browser)
    submit(browser)
    assert "Vielen Dank" in page_text(browser)
    browser.set_languages("fr")
    browser.refresh()
    assert "Thank you" in page_text(browser)


# --- pages of other sites ---

class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere(tmp_path):
    """The origin of another site."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "index.html").write_text("<!DOCTYPE html><title>Elsewhere</title>")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


FETCH = """
const [url, headers, done] = arguments
fetch(url, {method: "POST", headers: {Accept: "application/json", ...headers}, body: new URLSearchParams({name: "Ada ü"})})
    .then(async answer => done([answer.status, answer.url, await answer.json()]), error => done([error.name]))
"""


def fetch(browser, url, headers):
    return browser.execute_async_script(FETCH, url, headers)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": '"8e03978e"'}], ids=["plain", "keyed"])
def test_a_script_of_a_listed_origin_posts_and_reads_the_outcome(web, browser, elsewhere, headers):
    web.configure(more=f"[form open]\norigins = {elsewhere}\n")
    browser.get(elsewhere)
    answers = [fetch(browser, web.origin + web.root + "/open", headers) for _ in range(2)]
    for status, url, outcome in answers:
        assert status == 200 and outcome["fields"] == {"name": "Ada ü"} and url.endswith(outcome["id"])
    assert len(web.lines("open")) == (1 if headers else 2)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": '"8e03978e"'}], ids=["plain", "keyed"])
def test_a_script_of_another_origin_is_refused(web, browser, elsewhere, headers):
    web.configure(more="[form closed]\norigins = https://example.org\n")
    browser.get(elsewhere)
    assert fetch(browser, web.origin + web.root + "/closed", headers) == ["TypeError"]
    assert web.lines("closed") == []


def test_a_page_of_another_origin_is_refused_with_a_page_that_says_so(web, browser, elsewhere):
    web.configure(more="[form closed]\norigins = https://example.org\n")
    browser.get(elsewhere)
    leave(browser, lambda: browser.execute_script(
        "document.body.innerHTML = `<form method=post action=${arguments[0]}><input name=a value=b></form>`;"
        "document.forms[0].submit()", web.origin + web.root + "/closed"))
    assert browser.title == "Not allowed from there" and web.lines("closed") == []
