"""A browser that tells when a page is drawn, driven by the messages of its developer tools."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from tests.processes import PATIENCE

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
    "--window-size=1280,12000", "--remote-debugging-pipe",
)  # fmt: skip

CONNECT = """
import os, sys
for number, theirs in enumerate(sys.argv[1:3], start=3):
    os.dup2(int(theirs), number)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes another program, which reads from descriptor 3 and writes to 4."""

DRAWN = """new Promise((done) => {
  const open = (plot) => plot.offsetParent && !plot.classList.contains("js-plotly-plot");
  const look = () =>
    document.readyState === "complete" && !(WAIT && [...document.querySelectorAll(".plot")].some(open))
      ? done() : setTimeout(look, 20);
  look();
})"""
"""In the page: once it is loaded, and every figure that can be seen has been begun."""

LATER_MS = 15_000
"""Of the page's own time that passes then, at once, for all that is still to come of it."""


class Browser:
    """Chromium with one page."""

    def __init__(self, spawn: Callable[..., "subprocess.Popen[str]"], program: str, profile: Path) -> None:
        theirs, self._out = os.pipe()
        self._in, theirs_too = os.pipe()
        command = [sys.executable, "-c", CONNECT, str(theirs), str(theirs_too)]
        command += [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._log = profile / "log"
        with self._log.open("w") as log:
            self._process = spawn(command, stdout=subprocess.DEVNULL, stderr=log, pass_fds=(theirs, theirs_too))
        os.close(theirs)
        os.close(theirs_too)
        self._numbers, self._unread, self._happened = count(1), b"", set[str]()
        self._session: str | None = None
        page = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def dom(self, url: str, *, drawn: bool) -> str:
        """Open a page, and return what has become of it; with all figures that can be seen, if they are drawn."""
        self.ask("Page.navigate", url=url)
        self._wait_for("Page.loadEventFired")
        self._evaluate(DRAWN.replace("WAIT", json.dumps(drawn)))
        self.ask("Emulation.setVirtualTimePolicy", policy="advance", budget=LATER_MS)
        self._wait_for("Emulation.virtualTimeBudgetExpired")
        return self._evaluate("document.documentElement.outerHTML")

    def close(self) -> str:
        """End it, and return what it has written to its log."""
        self._session = None
        self._send("Browser.close")
        self._process.wait(PATIENCE)
        os.close(self._out)
        os.close(self._in)
        return self._log.read_text(errors="replace")

    def ask(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Send a message, and return what is answered."""
        number = self._send(method, **arguments)
        while (answer := self._read()).get("id") != number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def _send(self, method: str, **arguments: Any) -> int:
        """Send a message, and return its number."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": arguments}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return number

    def _evaluate(self, expression: str) -> Any:
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _wait_for(self, event: str) -> None:
        """Wait for what happens once."""
        while event not in self._happened:
            self._read()

    def _read(self) -> dict[str, Any]:
        """Return the next message, and take note of what it says has happened."""
        while b"\0" not in self._unread:
            assert select.select([self._in], [], [], PATIENCE)[0], "the browser says nothing any more"
            read = os.read(self._in, 2**16)
            assert read, self._log.read_text(errors="replace")
            self._unread += read
        message, _, self._unread = self._unread.partition(b"\0")
        told = json.loads(message)
        self._happened.add(told.get("method"))
        return told
