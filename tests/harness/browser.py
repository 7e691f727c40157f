"""A visitor with a real browser: Chromium, driven by selenium."""
import json
import shutil

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from harness.processes import wait_for

OPTIONS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
           "--disable-component-update --disable-sync --disable-dev-shm-usage").split()


def chromium(folder):
    options = Options()
    for option in [*OPTIONS, f"--user-data-dir={folder}/profile"]:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def fresh_window(browser):
    """Opens a window that nothing was done in, and closes all others."""
    old = browser.window_handles
    browser.switch_to.new_window("window")
    fresh = browser.current_window_handle
    for handle in old:
        browser.switch_to.window(handle)
        browser.close()
    browser.switch_to.window(fresh)
    browser.delete_all_cookies()
    browser.get_log("performance")


def set_width(browser, width, height=800):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 400})


def fits(browser):
    """Tells whether the page is no wider than the window."""
    return browser.execute_script("const page = document.documentElement; return page.scrollWidth <= page.clientWidth")


def arrived(browser):
    try:
        return browser.execute_script("return !window.leaving && document.readyState === 'complete'")
    except WebDriverException:
        return False  # between two pages


def leave(browser, act):
    """Does what leads to another page, and waits for that."""
    browser.execute_script("window.leaving = true")
    act()
    wait_for("the next page", lambda: arrived(browser), 20)


def submit(browser):
    """Presses the button and waits for the page that comes of it."""
    leave(browser, browser.find_element(By.CSS_SELECTOR, "button").click)


def pages_asked_for(browser):
    """Methods of the requests for pages since the last call, redirects among them."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [event["params"]["request"]["method"] for event in events
            if event["method"] == "Network.requestWillBeSent" and event["params"]["type"] == "Document"]
