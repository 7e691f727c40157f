"""A real browser: what is kept is what was typed and chosen."""
import hashlib

import pytest
from selenium.webdriver.common.by import By

from harness.browser import submit

FORM = """
[form up]
title = Send pictures
show_files = yes
[fields up]
name = text required
note = textarea
agree = checkbox required
pictures = file multiple required accept=image/png
website = trap
"""
PNG = b"\x89PNG\r\n\x1a\n" + b"\r\n--boundary--\r\n" * 50 + bytes(range(256)) * 100
NAMES = ["plain.png", "a b;c.png", "quote\"d'.png", "ümläut 😀.png", "100%22.png", "back\\slash.png", "=?.png"]


def test_a_browser_posts_files_odd_names_emoji_quotes_and_line_ends(web, browser, tmp_path):
    web.configure(more=FORM)
    paths = []
    for number, name in enumerate(NAMES):
        path = tmp_path / str(number) / name
        path.parent.mkdir()
        path.write_bytes(PNG + bytes([number]))
        paths.append(str(path))
    name, note = "Ada \"the first\" <b>&amp; 'ünïcode' 😀", "one\ntwo \\ %0D%0A\n\n--boundary\n"
    browser.get(web.origin + web.root + "/up")
    browser.find_element(By.NAME, "name").send_keys("x")
    browser.execute_script("arguments[0].value = arguments[1]", browser.find_element(By.NAME, "name"), name)
    browser.execute_script("arguments[0].value = arguments[1]", browser.find_element(By.NAME, "note"), note)
    browser.find_element(By.NAME, "agree").click()
    browser.find_element(By.NAME, "pictures").send_keys("\n".join(paths))
    submit(browser)
    assert "/up/" in browser.current_url and browser.title == "Received: Send pictures"
    kept, = web.records("up")
    assert kept["fields"] == {"name": name, "note": note.replace("\n", "\r\n"), "agree": "on"}
    assert [file["filename"] for file in kept["files"]] == [name.replace('"', "%22") for name in NAMES]
    for number, file in enumerate(kept["files"]):
        content = PNG + bytes([number])
        assert file["size"] == len(content) and file["sha256"] == hashlib.sha256(content).hexdigest()
        assert (web.data / "up" / file["path"]).read_bytes() == content
    links = [link.get_attribute("href") for link in browser.find_elements(By.CSS_SELECTOR, "dd a")]
    assert len(links) == len(NAMES)
    for number, link in enumerate(links):
        assert web.server.request("GET", link[len(web.origin):]).body == PNG + bytes([number])


def test_a_browser_shows_what_was_refused_with_all_that_was_typed(web, browser, tmp_path):
    web.configure(more=FORM)
    (tmp_path / "text.png").write_text("no picture")
    browser.get(web.origin + web.root + "/up")
    browser.find_element(By.NAME, "name").send_keys("Ada")
    browser.find_element(By.NAME, "note").send_keys("kept")
    browser.find_element(By.NAME, "agree").click()
    browser.find_element(By.NAME, "pictures").send_keys(str(tmp_path / "text.png"))
    submit(browser)
    assert browser.title == "Error: Send pictures"
    assert browser.find_element(By.NAME, "name").get_attribute("value") == "Ada"
    assert browser.find_element(By.NAME, "note").get_attribute("value") == "kept"
    assert browser.find_element(By.NAME, "agree").is_selected()
    assert "Files of this type are not accepted" in browser.find_element(By.ID, "fault-pictures").text
    assert web.lines("up") == [] and list(web.data.glob("up/files/*/*")) == []


def test_a_browser_posts_a_page_in_another_encoding(web, browser):
    page = web.folder / "htdocs" / "old.html"
    page.write_bytes(b'<!DOCTYPE html><meta charset="windows-1252"><form method="post" action="' + web.root.encode() + b'/any">'
                     b'<input type="hidden" name="_charset_"><input name="t" value="caf\xe9 \x80"><button>Go</button></form>')
    browser.get(web.origin + "/old.html")
    submit(browser)
    assert web.records("any")[0]["fields"] == {"_charset_": "windows-1252", "t": "café €"}


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_a_browser_posts_each_encoding_of_html(web, browser, kind):
    page = web.folder / "htdocs" / "form.html"
    page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><form method="post" enctype="{kind}" action="{web.root}/any">'
                    '<input name="a" value="ü &amp; = 😀"><input name="b" value=""><button>Go</button></form>')
    browser.get(web.origin + "/form.html")
    submit(browser)
    assert web.records("any")[0]["fields"] == {"a": "ü & = 😀", "b": ""}
    assert "/any/" in browser.current_url


def test_a_link_to_a_fault_shows_its_label_and_message_too(web, browser):
    web.configure(more=FORM + "[labels up]\nnote = Remarks\n[help up]\nname = As in your passport.\nagree = To the terms.\n")
    browser.get(web.origin + web.root + "/up")
    browser.execute_script("document.querySelector('form').noValidate = true")
    submit(browser)
    browser.set_width(360, 500)
    for link in browser.find_elements(By.CSS_SELECTOR, ".summary a"):
        browser.execute_script("arguments[0].click()", link)
        top = browser.execute_script("return document.querySelector(':target').closest('.field').getBoundingClientRect().top")
        assert top >= 0, link.text


def test_a_form_can_be_printed_and_buttons_for_withdrawing_are_not(web, browser):
    web.configure(more=FORM, contact="withdraw = 1h")
    browser.get(web.origin + web.root + "/up")
    browser.set_media("print")
    try:
        assert browser.find_element(By.NAME, "name").is_displayed()
        answer = web.post("name=Ada&email=ada@example.org")
        browser.get(answer.getheader("Location"))
        browser.set_media("print")
        assert "Ada" in browser.find_element(By.TAG_NAME, "dl").text and not browser.find_element(By.CSS_SELECTOR, ".withdraw a").is_displayed()
    finally:
        browser.set_media()
