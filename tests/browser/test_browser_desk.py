"""An owner at the desk with a real browser: by the keyboard alone and without scripts, and how the pages look."""
import csv
import io
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from harness.browser import fits, leave
from harness.paths import TOP
from harness.processes import wait_for

STOPS = 200  # of the Tab key
OUTCOMES = int(os.environ.get("OUTCOMES", "70"))  # that an owner has before them, at least 70


def fill(web, count):
    """Posts so many messages, one of which has a needle in it; gives their ids, the oldest first."""
    for i in range(count):
        words = "Do you sell needles?" if i == 20 else f"This is message {i}. " + "It goes on and on for a while. " * (i % 7)
        body = urlencode({"name": f"Visitor {i}", "email": f"visitor{i}@example.org", "topic": "sales", "message": words})
        assert web.post(body).status == 303
    return [record["id"] for record in web.records()]


def press(browser, *keys):
    ActionChains(browser).send_keys(*keys).perform()
    return browser.switch_to.active_element


def go_to(browser, wanted):
    """Presses Tab until what has the focus is wanted."""
    for _ in range(STOPS):
        stop = press(browser, Keys.TAB)
        if wanted(stop):
            return stop
    raise AssertionError("the Tab key does not lead there")


def go_to_text(browser, text):
    return go_to(browser, lambda stop: stop.text == text)


def open_link(browser, text):
    go_to_text(browser, text)
    leave(browser, lambda: press(browser, Keys.ENTER))


push = open_link  # a button is pressed as a link is followed


def enter(site, path=""):
    return site.origin.replace("://", "://alice:secret@") + site.root + "/-/" + path


def rows(browser):
    return browser.find_elements(By.CSS_SELECTOR, "tbody tr")


def download(site, link):
    """Fetches what a link of the page leads to, as the owner."""
    done = subprocess.run(["curl", "-sS", "-u", "alice:secret", link], capture_output=True, check=True)
    return list(csv.reader(io.StringIO(done.stdout.decode("utf-8-sig"), newline=""), strict=True))


def test_an_owner_does_a_day_s_work_by_the_keyboard_without_scripts(web, browser):
    seen = web.folder / "seen"
    script = web.folder / "task"
    script.write_text(f"#!/bin/sh\necho $SEEOTHER_ID >>{seen}\n")
    script.chmod(0o755)
    web.configure(contact="owners = alice")
    for i in range(OUTCOMES - 70):
        assert web.post(f"name=Visitor&email=v{i}%40example.org&message=This+is+an+old+message,+number+{i}").status == 303
    web.configure(contact="owners = alice\nafter = note\ncolumns = name message", more=f"[task note]\ncommand = {script}\n")
    ids = fill(web, 70)
    needle = ids[-50]
    browser.forbid_scripts()
    browser.get(enter(web))
    open_link(browser, "Write to us")
    assert len(rows(browser)) == 50 and len(browser.find_elements(By.CSS_SELECTOR, "tr.unread")) == 50

    field = go_to(browser, lambda stop: stop.get_attribute("name") == "q")  # finds a message
    field.send_keys("needle")
    leave(browser, lambda: press(browser, Keys.ENTER))
    row, = rows(browser)
    assert "needle" in row.text
    leave_by_row(browser)                                                  # reads it
    assert "needle" in browser.find_element(By.TAG_NAME, "dl").text and f"/{needle}" in browser.current_url

    push(browser, "Star")                                                  # stars it
    note = go_to(browser, lambda stop: stop.get_attribute("name") == "note")
    note.send_keys("Call back <soon>")
    push(browser, "Save the note")                                         # takes a note
    assert browser.find_element(By.ID, "note").get_property("value") == "Call back <soon>"
    wait_for("the task", lambda: seen.exists() and needle in seen.read_text())
    push(browser, "Spam")                                                  # marks it as spam and back
    push(browser, "Not spam")
    assert "needle" in browser.find_element(By.TAG_NAME, "dl").text
    open_link(browser, "Write to us")
    row, = rows(browser)
    assert "★" in row.text and "Note" in row.text and "unread" not in (row.get_attribute("class") or "")

    browser.get(enter(web, "contact"))
    for _ in range(10):                                                    # erases ten at once
        go_to(browser, lambda stop: stop.get_attribute("type") == "checkbox")
        press(browser, Keys.SPACE)
    push(browser, "Erase …")
    assert "10" in browser.find_element(By.TAG_NAME, "h1").text and len(web.records()) == OUTCOMES
    push(browser, "Yes, erase it")
    assert len(rows(browser)) == 50
    links = {link.text: link.get_attribute("href") for link in browser.find_elements(By.CSS_SELECTOR, ".downloads a")}
    assert [row[0] for row in download(web, links["Download as CSV"])[1:]] == ids[:-10]
    assert seen.read_text().split().count(needle) == 1


def leave_by_row(browser):
    go_to(browser, lambda stop: stop.tag_name == "a" and stop.find_elements(By.XPATH, "ancestor::td"))
    leave(browser, lambda: press(browser, Keys.ENTER))


@pytest.mark.one_way
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_desk_fits_a_narrow_window_and_dark(web, browser, language):
    """SHOTS names a folder for pictures of the pages, to be looked at."""
    shots = os.environ.get("SHOTS")
    shutil.copytree(TOP / "languages", web.config.parent / "languages")
    web.configure(general=f"language = {language}", contact="owners = alice")
    ids = fill(web, 60)
    paths = {"overview": "", "list": "contact", "end": f"contact?before={ids[50]}", "older": f"contact?before={ids[9]}&q=a", "outcome": f"contact/{ids[20]}"}
    for width in (1280, 360):
        for name, path in paths.items():
            browser.set_width(width, 1000)
            browser.get(enter(web, path))
            assert fits(browser), (width, name)
            if name == "end":
                browser.execute_script("scrollTo(0, document.body.scrollHeight)")
            for scheme in ("light", "dark") if shots else ():
                browser.set_media(scheme=scheme)
                Path(shots, f"{browser.name}-{language}-{width}-{scheme}-{name}.png").write_bytes(browser.get_screenshot_as_png())
