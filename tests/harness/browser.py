"""Headless Chromium, driven by its DevTools protocol over a pipe: needs no package."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.harness.program import LIMIT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

OPTIONS = [
    "--headless",
    "--no-sandbox",  # tests run as root, too
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]


class Browser:
    """A page in Chromium."""

    def __init__(self, process: subprocess.Popen[bytes], commands: int, events: int) -> None:
        self._process = process
        self._commands = commands
        self._events = events
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.errors: list[str] = []
        """What the page has logged as an error, and its exceptions."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, address: str) -> None:
        """Opens a page."""
        result = self._call("Page.navigate", url=address)
        assert "errorText" not in result, result["errorText"]

    def evaluate(self, code: str) -> Any:
        """Returns the value of an expression of JavaScript; of a promise, what it resolves to."""
        result = self._call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait(self, code: str, limit: float = LIMIT) -> float:
        """Waits until an expression is true. Returns the seconds that this took."""
        begin = time.monotonic()
        while not self.evaluate(code):
            assert time.monotonic() < begin + limit, f"timeout before {code}: {self.text()}, {self.errors}"
            time.sleep(0.02)
        return time.monotonic() - begin

    def text(self, selector: str = "body") -> str:
        """The visible text of an element; empty if there is none."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def click(self, selector: str) -> None:
        """Clicks on an element."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def type(self, selector: str, text: str) -> None:
        """Types into a field."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self._call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Presses Tab or Enter."""
        number, text = {"Tab": (9, ""), "Enter": (13, "\r")}[key]
        common = {"key": key, "code": key, "windowsVirtualKeyCode": number}
        self._call("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self._call("Input.dispatchKeyEvent", type="keyUp", **common)

    def show_as(self, width: int, scheme: str = "light", motion: str = "no-preference") -> None:
        """Sets the width of the window, the colours and the motion that the user prefers."""
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self._call("Emulation.setEmulatedMedia", features=features)

    def screenshot(self, path: Path) -> None:
        """Writes a picture of the whole page."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        picture = self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(picture["data"]))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result
            self._event(answer)

    def _event(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(json.dumps(parameters["exceptionDetails"]))
            case "Log.entryAdded" if parameters["entry"]["level"] == "error":
                self.errors.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")
            case "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                if not url.startswith(("http://127.0.0.1:", "http://localhost:", "about:", "data:")):
                    self.errors.append(f"a request to {url}")

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + LIMIT
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._events], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "Chromium does not answer"
            piece = os.read(self._events, 2**20)
            assert piece, f"Chromium has ended with code {self._process.wait()}"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a new profile in the folder `profile`."""
    assert CHROMIUM is not None
    from_us, commands = os.pipe()
    events, to_us = os.pipe()
    # It reads from the file descriptor 3, and writes to 4.
    start = "import os, sys; from fcntl import F_DUPFD, fcntl; "
    start += "pipes = [fcntl(int(number), F_DUPFD, 10) for number in sys.argv[1:3]]; "
    start += "os.dup2(pipes[0], 3); os.dup2(pipes[1], 4); os.execv(sys.argv[3], sys.argv[3:])"
    command = [sys.executable, "-c", start, str(from_us), str(to_us), CHROMIUM, *OPTIONS, f"--user-data-dir={profile}"]
    with (profile.parent / f"{profile.name}.log").open("wb") as log:
        process = subprocess.Popen(command, pass_fds=(from_us, to_us), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    os.close(from_us)
    os.close(to_us)
    try:
        yield Browser(process, commands, events)
    finally:
        os.close(commands)  # it ends
        os.close(events)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
