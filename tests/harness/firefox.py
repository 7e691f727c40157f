"""Firefox for selenium without geckodriver, which Debian does not have: Firefox's own protocol, Marionette, is spoken here.

Marionette is WebDriver (https://www.w3.org/TR/webdriver2/) in packets over TCP: LENGTH:JSON, with [0, number, command, parameters]
sent and [1, number, error, result] received. It also runs scripts with the browser's own rights, by which a test sees what was asked
for and shows a page as on a narrow screen or in print.
"""
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess

from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.webdriver import WebDriver

from harness.processes import wait_for

# What selenium calls a command, what Firefox does, and what a parameter is called there.
COMMANDS = {
    Command.NEW_SESSION: "NewSession", Command.GET: "Navigate", Command.GET_CURRENT_URL: "GetCurrentURL",
    Command.GET_TITLE: "GetTitle", Command.GET_PAGE_SOURCE: "GetPageSource", Command.GO_BACK: "Back", Command.GO_FORWARD: "Forward",
    Command.REFRESH: "Refresh", Command.FIND_ELEMENT: "FindElement", Command.FIND_ELEMENTS: "FindElements",
    Command.FIND_CHILD_ELEMENT: "FindElement", Command.FIND_CHILD_ELEMENTS: "FindElements", Command.CLICK_ELEMENT: "ElementClick",
    Command.CLEAR_ELEMENT: "ElementClear", Command.SEND_KEYS_TO_ELEMENT: "ElementSendKeys",
    Command.GET_ELEMENT_TEXT: "GetElementText", Command.GET_ELEMENT_TAG_NAME: "GetElementTagName",
    Command.GET_ELEMENT_PROPERTY: "GetElementProperty", Command.GET_ELEMENT_RECT: "GetElementRect",
    Command.GET_ELEMENT_VALUE_OF_CSS_PROPERTY: "GetElementCSSValue", Command.IS_ELEMENT_SELECTED: "IsElementSelected",
    Command.IS_ELEMENT_ENABLED: "IsElementEnabled", Command.W3C_GET_ACTIVE_ELEMENT: "GetActiveElement",
    Command.GET_ELEMENT_ARIA_ROLE: "GetComputedRole", Command.GET_ELEMENT_ARIA_LABEL: "GetComputedLabel",
    Command.W3C_EXECUTE_SCRIPT: "ExecuteScript", Command.W3C_EXECUTE_SCRIPT_ASYNC: "ExecuteAsyncScript",
    Command.W3C_GET_CURRENT_WINDOW_HANDLE: "GetWindowHandle", Command.W3C_GET_WINDOW_HANDLES: "GetWindowHandles",
    Command.SWITCH_TO_WINDOW: "SwitchToWindow", Command.SWITCH_TO_FRAME: "SwitchToFrame",
    Command.SWITCH_TO_PARENT_FRAME: "SwitchToParentFrame", Command.NEW_WINDOW: "NewWindow", Command.CLOSE: "CloseWindow",
    Command.SET_WINDOW_RECT: "SetWindowRect", Command.GET_WINDOW_RECT: "GetWindowRect", Command.SET_TIMEOUTS: "SetTimeouts",
    Command.W3C_ACTIONS: "PerformActions", Command.W3C_CLEAR_ACTIONS: "ReleaseActions", Command.W3C_ACCEPT_ALERT: "AcceptAlert",
    Command.W3C_DISMISS_ALERT: "DismissAlert", Command.W3C_GET_ALERT_TEXT: "GetAlertText",
    Command.W3C_SET_ALERT_VALUE: "SendAlertText", Command.GET_ALL_COOKIES: "GetCookies", Command.ADD_COOKIE: "AddCookie",
    Command.DELETE_COOKIE: "DeleteCookie", Command.DELETE_ALL_COOKIES: "DeleteAllCookies", Command.SCREENSHOT: "TakeScreenshot",
    Command.PRINT_PAGE: "Print",
}
CHILD = (Command.FIND_CHILD_ELEMENT, Command.FIND_CHILD_ELEMENTS)

PREFERENCES = {
    "marionette.port": 0,  # any that is free; Firefox writes it into the profile
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.disable_beforeunload": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "services.settings.server": "data:,",  # nothing is fetched from Mozilla
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


def program():
    """Where Firefox is, or None."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Marionette:
    """The connection to a Firefox, in the place of selenium's connection to a driver."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 120)
        self.stream, self.numbers = self.socket.makefile("rb"), itertools.count(1)
        self.receive()  # what it says first: who it is

    def receive(self):
        length = b""
        while (character := self.stream.read(1)) != b":":
            if not character:
                raise ConnectionError("Firefox has ended")
            length += character
        return json.loads(self.stream.read(int(length)))

    def send(self, command, parameters):
        """Gives the result of a command, and the error, one of which is None."""
        packet = json.dumps([0, next(self.numbers), command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(packet), packet))
        _, _, error, result = self.receive()
        return result, error

    def execute(self, command, parameters):
        """What selenium calls: its command and parameters to Firefox's, and the answer back."""
        parameters = {name: value for name, value in parameters.items() if name not in ("sessionId", "pageLoadStrategy")}
        if command == Command.NEW_SESSION:
            parameters = parameters["capabilities"]["firstMatch"][0] | parameters["capabilities"].get("alwaysMatch", {})
        if command in CHILD:
            parameters["element"] = parameters.pop("id")
        if command == Command.ADD_COOKIE:
            parameters = {"cookie": parameters["cookie"]}
        result, error = self.send(f"WebDriver:{COMMANDS[command]}", parameters)
        if error:
            return {"status": 500, "value": json.dumps({"value": error})}
        alone = isinstance(result, dict) and set(result) == {"value"}
        return {"value": result["value"] if alone else result}

    def close(self):
        self.stream.close()
        self.socket.close()


class Firefox(WebDriver):
    """A Firefox without a window of its own on the screen, with a profile in the folder."""

    def __init__(self, folder, preferences):
        profile = folder / "profile"
        profile.mkdir(parents=True)
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in (PREFERENCES | preferences).items())
        (profile / "user.js").write_text("".join(lines))
        with open(folder / "firefox.log", "ab") as log:
            self.process = subprocess.Popen(
                [program(), "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=os.environ | {"MOZ_HEADLESS_WIDTH": "1300", "MOZ_HEADLESS_HEIGHT": "900", "HOME": str(folder)})
        try:
            port = profile / "MarionetteActivePort"
            wait_for("Firefox", lambda: self.process.poll() is not None or (port.exists() and port.read_text()), 60)
            assert self.process.poll() is None, (folder / "firefox.log").read_text(errors="replace")[-2000:]
            options = ArgOptions()
            options._caps = {"acceptInsecureCerts": True}
            super().__init__(Marionette(int(port.read_text())), options=options)
            self._is_remote = False  # it can read the files of this machine, so none has to be sent over
        except BaseException:
            self.end()
            raise

    def as_browser(self, script, *arguments):
        """Runs a script with the rights of the browser itself; there, `page` is the browsing context of the tab."""
        self.command_executor.send("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.execute_script("const page = gBrowser.selectedBrowser.browsingContext;" + script, *arguments)
        finally:
            self.command_executor.send("Marionette:SetContext", {"value": "content"})

    def end(self):
        """Ends all its processes; nothing in the profile is wanted any more."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)

    def quit(self):
        self.command_executor.close()
        self.end()
