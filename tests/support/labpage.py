"""JupyterLab in Chromium for tests: a server with the chapters, and pages whose cells are run by keys."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["PODS", "VIEW", "Shown", "chromium", "jupyterlab", "notebook", "opened", "run_until"]

ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost):\d+/lab/tree/\S+\?token=\w+")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

VIEW = ".jp-OutputArea .kdisco-diagram"
PODS = 'g.pod[id^="pod.default.my-app-"]'


@contextmanager
def jupyterlab(home: Path) -> Iterator[str]:
    """The address that ``kdisco lab --no-browser`` prints, with its token, of the first chapter in ``home``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    private = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **private}
    environment.pop("KDISCO_PROGRESS", None)  # a learner's answers are kept, in this home
    command = [sys.executable, "-m", "kdisco.shell.cli", "lab", "--no-browser", "--port", str(port)]
    log = home / "log"
    with log.open("wb") as out, subprocess.Popen(command, cwd=home, env=environment, stdout=out, stderr=out) as server:
        try:
            yield _printed(log, server)
        finally:
            server.terminate()


def _printed(log: Path, server: subprocess.Popen[bytes]) -> str:
    """Wait up to a minute for the line with the address."""
    for _ in range(240):
        found = ADDRESS.search(log.read_text(encoding="utf-8"))
        if found or server.poll() is not None:
            break
        time.sleep(0.25)
    assert found, log.read_text(encoding="utf-8")
    return found[0]


def notebook(home: Path, url: str, name: str, cells: Sequence[str]) -> str:
    """Write a notebook of these code cells beside the first chapter; gives its address, in a workspace of its own."""
    first = urlsplit(url).path.partition("/lab/tree/")[2]
    beside = next(home.rglob(first.rpartition("/")[2]))
    kernel = json.loads(beside.read_text(encoding="utf-8"))["metadata"]
    blank: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    made = [{**blank, "id": f"cell-{at}", "source": text} for at, text in enumerate(cells)]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": made}
    beside.with_name(f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")
    return url.replace(beside.stem, name).replace("/lab/tree/", f"/lab/workspaces/{name}/tree/")


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only these tests need it

    with sync_playwright() as play:
        found = shutil.which("chromium") or "/usr/bin/chromium"
        browser = play.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Any, url: str, wanted: str, **context: Any) -> Any:
    """A page whose notebook is run until ``wanted`` is in it; ``page.errors`` gathers what goes wrong in it."""
    shown = browser.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True, **context).new_page()
    shown.errors = []
    shown.on("pageerror", lambda error: shown.errors.append(str(error)))
    shown.on("console", lambda told: shown.errors.append(told.text) if _ours(told) else None)
    shown.goto(url)
    run_until(shown, wanted)
    return shown


def _ours(told: Any) -> bool:
    """Whether an error on the console may come from a widget; Lab itself asks for files that are not there (404)."""
    return told.type == "error" and "Failed to load resource" not in told.text


def run_until(shown: Any, wanted: str) -> None:
    """Run cell after cell by Shift+Enter until something is there; what no kernel heard yet is said again."""
    shown.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content", timeout=60_000)
    for _ in range(120):
        if shown.locator(wanted).count():
            break
        asked = shown.locator(".jp-Dialog").all_inner_texts()
        assert not asked, asked  # Lab wants to know something, and no cell would run
        waiting = _unrun(shown)
        if waiting is not None:
            waiting.locator(".cm-content").click()
            shown.keyboard.press("Shift+Enter")
        shown.wait_for_timeout(500)
    assert shown.locator(wanted).count(), [shown.locator(".jp-Notebook").inner_text(), *shown.errors]
    shown.locator(wanted).first.scroll_into_view_if_needed()


def _unrun(shown: Any) -> Any:
    """The first code cell that has never run, None while one runs or when there is none."""
    cells = shown.locator(".jp-Notebook .jp-CodeCell")
    for at in range(cells.count()):
        prompt = cells.nth(at).locator(".jp-InputPrompt").inner_text()
        if "*" in prompt:
            return None
        if "[ ]" in prompt and cells.nth(at).locator(".cm-content").inner_text().strip():
            return cells.nth(at)
    return None


class Shown:
    """A page with live pictures, and a folder for its screenshots."""

    def __init__(self, page: Any, folder: Path) -> None:
        self.page, self.folder = page, folder

    def view(self, at: int = 0) -> Any:
        """One of the pictures."""
        return self.page.locator(VIEW).nth(at)

    def pods(self) -> list[str]:
        """The Pods of my-app that are drawn."""
        found = self.view().locator(PODS)
        return [found.nth(at).get_attribute("id") for at in range(found.count())]

    def until(self, script: str, value: Any = None, at: int = 0) -> None:
        """Wait until a script holds of a picture, ``view``, and a ``value``."""
        inside = f"value => {{ const view = document.querySelectorAll({VIEW!r})[{at}]; return {script}; }}"
        self.page.wait_for_function(inside, arg=value, timeout=10_000)

    def focused(self) -> str:
        """The id of what has the focus."""
        return str(self.page.evaluate("() => document.activeElement.id"))

    def photograph(self, name: str) -> None:
        """Keep a screenshot."""
        self.page.screenshot(path=str(self.folder / f"{name}.png"))
