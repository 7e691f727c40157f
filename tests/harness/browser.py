"""A visitor with a real browser, Chromium or Firefox, driven by selenium: one interface to what the two have each in its own way."""
import json
import shutil

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from harness import firefox
from harness.processes import wait_for

CHROMIUM = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
            "--disable-component-update --disable-sync --disable-dev-shm-usage").split()


class Missing(Exception):
    """A browser that is not installed; which, and what would install it."""


class Windows:
    """What both browsers do in the same way."""

    def fresh_window(self):
        """Opens a window that nothing was done in, and closes all others."""
        old = self.window_handles
        self.switch_to.new_window("window")
        fresh = self.current_window_handle
        for handle in old:
            self.switch_to.window(handle)
            self.close()
        self.switch_to.window(fresh)
        self.delete_all_cookies()
        self.begin_window()


class Chromium(Windows, webdriver.Chrome):
    """Chromium, by chromedriver."""

    name = "chromium"

    def __init__(self, folder, back_forward_cache=True):
        if not shutil.which("chromedriver"):
            raise Missing("there is no chromedriver (Debian's packages chromium and chromium-driver)")
        options = Options()
        for option in [*CHROMIUM, f"--user-data-dir={folder}/profile"]:
            options.add_argument(option)
        if not back_forward_cache:
            options.add_argument("--disable-features=BackForwardCache")
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        super().__init__(options=options, service=Service(shutil.which("chromedriver")))

    def begin_window(self):
        self.get_log("performance")

    def pages_asked_for(self):
        """Methods of the requests for pages since the last call, redirects among them."""
        events = [json.loads(entry["message"])["message"] for entry in self.get_log("performance")]
        return [event["params"]["request"]["method"] for event in events
                if event["method"] == "Network.requestWillBeSent" and event["params"]["type"] == "Document"]

    def set_width(self, width, height=800):
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                             {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 400})

    def set_media(self, media="", scheme=""):
        """Shows the page that is open as in print, or to one who likes it dark; nothing given, as ever. The next may be as ever."""
        self.execute_cdp_cmd("Emulation.setEmulatedMedia",
                             {"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def set_languages(self, header):
        """What Accept-Language says from now on."""
        agent = self.execute_script("return navigator.userAgent")
        self.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": header})

    def forbid_scripts(self):
        """The scripts of pages in this window are not run from now on."""
        self.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})


class Firefox(Windows, firefox.Firefox):
    """Firefox, by its own protocol."""

    name = "firefox"

    def __init__(self, folder, back_forward_cache=True):
        if not firefox.program():
            raise Missing("there is no Firefox (Debian's package firefox-esr)")
        super().__init__(folder, {} if back_forward_cache else {"browser.sessionhistory.max_total_viewers": 0})

    def begin_window(self):
        self.as_browser("""
            Services.prefs.clearUserPref("intl.accept_languages")
            window.askedFor = []
            window.observer = {observe(subject) {
                const channel = subject.QueryInterface(Ci.nsIHttpChannel)
                if (channel.loadInfo.externalContentPolicyType === Ci.nsIContentPolicy.TYPE_DOCUMENT)
                    window.askedFor.push(channel.requestMethod)
            }}
            Services.obs.addObserver(window.observer, "http-on-modify-request")
            window.addEventListener("unload", () => Services.obs.removeObserver(window.observer, "http-on-modify-request"))""")

    def pages_asked_for(self):
        """Methods of the requests for pages since the last call, redirects among them."""
        return self.as_browser("return window.askedFor.splice(0)")

    def set_width(self, width, height=800):
        self.as_browser("""
            for (const edge of ["min", "max"]) {
                gBrowser.selectedBrowser.style.setProperty(`${edge}-width`, `${arguments[0]}px`)
                gBrowser.selectedBrowser.style.setProperty(`${edge}-height`, `${arguments[1]}px`)
            }""", width, height)
        wait_for("the width", lambda: self.execute_script("return innerWidth") == width)

    def set_media(self, media="", scheme=""):
        """Shows the page that is open as in print, or to one who likes it dark; nothing given, as ever. The next may be as ever."""
        self.as_browser("page.mediumOverride = arguments[0]; page.prefersColorSchemeOverride = arguments[1]", media, scheme or "none")

    def set_languages(self, header):
        """What Accept-Language says from now on."""
        self.as_browser("Services.prefs.setCharPref('intl.accept_languages', arguments[0])", header)

    def forbid_scripts(self):
        """The scripts of pages in this window are not run from now on."""
        self.as_browser("page.allowJavascript = false")


BROWSERS = {browser.name: browser for browser in (Chromium, Firefox)}


# --- what visitors do, with either ---

def fits(browser):
    """Tells whether the page is no wider than the window."""
    return browser.execute_script("const page = document.documentElement; return page.scrollWidth <= page.clientWidth")


def arrived(browser):
    try:
        return browser.execute_script("return !window.leaving && document.readyState === 'complete' && location.href !== 'about:blank'")
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
