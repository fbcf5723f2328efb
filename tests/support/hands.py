"""A reader with a keyboard and no mouse: walks a notebook by keys, and reads what a screen reader is told."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["POINTED", "Hands", "keyboard_only"]

WAIT = 90_000  # milliseconds: a shared machine may be slow
MOST = 60  # presses of a key until something has the focus
POINTING = (
    "check", "click", "clear", "dblclick", "drag_and_drop", "drag_to", "dispatch_event", "down", "fill", "focus",
    "hover", "move", "press_sequentially", "select_option", "set_checked", "tap", "uncheck", "up", "wheel",
)  # fmt: skip

POINTED = """(() => { window.pointed = [];
for (const kind of ["pointerdown", "mousedown", "touchstart", "wheel"])
    addEventListener(kind, event => event.isTrusted && window.pointed.push(kind), {capture: true});
})()"""
"""Run in a page before all else, it counts in ``pointed`` what comes from a mouse, a finger or a pen."""

FOCUS = """() => {
    const cells = [...document.querySelectorAll(".jp-Notebook .jp-Cell")];
    const held = document.activeElement, cell = held.closest(".jp-Cell");
    return [cells.indexOf(cell), held === cell, held.closest(".cm-editor") !== null];
}"""
AROUND = """held => {
    const box = held.getBoundingClientRect(), room = 5;
    return [Math.max(box.left - room, 0), Math.max(box.top - room, 0),
            Math.min(box.right + room, innerWidth), Math.min(box.bottom + room, innerHeight)];
}"""
RUN = """at => {
    const cell = document.querySelectorAll(".jp-Notebook .jp-Cell")[at];
    if (!cell.classList.contains("jp-CodeCell")) return true;
    return /\\[\\d+\\]/.test(cell.querySelector(".jp-InputPrompt").textContent);
}"""

SHOWN = """([at, role]) => {
    const tag = {radio: "input[type=radio]", textbox: "input, textarea", slider: "[role=slider]"};
    const found = document.querySelectorAll(".jp-Notebook .jp-Cell")[at].querySelector(".jp-OutputArea");
    return found && found.querySelector(tag[role] ?? role);
}"""

TOLD = """([at, words]) => [...document.querySelectorAll(".jp-Notebook .jp-Cell")[at].querySelectorAll(
    '[role="status"], [aria-live="polite"]')].some(each => each.textContent.includes(words))"""


@contextmanager
def keyboard_only() -> Iterator[None]:
    """Whatever moves a mouse, or the focus by any other way than keys, raises within this block."""
    from playwright.sync_api import ElementHandle, Frame, Locator, Mouse, Page, Touchscreen  # noqa: PLC0415 - only they need it

    def refused(*_: Any, **__: Any) -> None:
        msg = "there is no mouse here"
        raise AssertionError(msg)

    with pytest.MonkeyPatch.context() as patch:
        for kind in (ElementHandle, Frame, Locator, Mouse, Page, Touchscreen):
            for name in POINTING:
                if hasattr(kind, name):
                    patch.setattr(kind, name, refused)
        yield


class Hands:
    """Ten fingers on a page with a notebook."""

    def __init__(self, page: Any, home: Path) -> None:
        self.page, self.home = page, home
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.session = page.context.new_cdp_session(page)

    def press(self, key: str, times: int = 1) -> None:
        """Press a key."""
        for _ in range(times):
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(30)

    def focus(self) -> tuple[str, str]:
        """Role and name of what has the focus, by the accessibility tree."""
        found = self.session.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]["objectId"]
        asked = {"objectId": found, "fetchRelatives": False}
        node = self.session.send("Accessibility.getPartialAXTree", asked)["nodes"][0]
        role, name = (str(node.get(part, {}).get("value", "")) for part in ("role", "name"))
        return role, name

    def place(self) -> tuple[int, bool, bool]:
        """The number of the cell that holds the focus; whether it is the cell itself; whether letters are typed."""
        at, whole, typing = self.page.evaluate(FOCUS)
        return int(at), bool(whole), bool(typing)

    def go(self, wanted: int) -> None:
        """Go to a cell, from wherever the focus is in the notebook."""
        for _ in range(MOST):
            at, whole, typing = self.place()
            if whole and at == wanted:
                return
            if typing:
                self.press("Escape")
            elif not whole:
                self.press("Shift+Tab")
            else:
                self.press("ArrowDown" if at < wanted else "ArrowUp")
        pytest.fail(f"cell {wanted} is not reached; the focus is on {self.focus()} in {self.place()}")

    def run(self, at: int) -> None:
        """Run a cell, and wait until it has ended."""
        self.go(at)
        self.press("Shift+Enter")
        self.page.wait_for_function(RUN, arg=at, timeout=WAIT)

    def failed(self, name: str) -> list[str]:
        """What went wrong in the cells of a notebook, by the file that is saved now."""
        found = next(self.home.rglob(f"{name}.ipynb"))
        before = found.stat().st_mtime_ns
        self.press("Escape")
        self.press("Control+s")
        for _ in range(WAIT // 250):
            if found.stat().st_mtime_ns != before:
                break
            self.page.wait_for_timeout(250)
        self.page.wait_for_timeout(500)
        cells = json.loads(found.read_text(encoding="utf-8"))["cells"]
        outputs = [each for cell in cells for each in cell.get("outputs", ())]
        assert outputs, "the notebook was not saved"
        return [each["evalue"] for each in outputs if each["output_type"] == "error"]

    def into(self, at: int, role: str, name: str = "") -> None:
        """Press Tab until something of this role in a cell, and whose name says this, has the focus."""
        self.page.wait_for_function(SHOWN, arg=[at, role], timeout=WAIT)
        self.go(at)
        seen = []
        for _ in range(MOST):
            seen.append(self.focus())
            assert self.place()[0] == at, f"no {role} {name!r} is in cell {at}: {seen}"
            if seen[-1][0] == role and name in seen[-1][1]:
                return
            self.press("Tab")
        pytest.fail(f"no {role} {name!r} is reached: {seen}")

    def write(self, at: int, lines: str) -> None:
        """Type these lines into a new cell below ``at``, and run it."""
        self.go(at)
        self.press("b")
        self.go(at + 1)
        self.press("Enter")
        self.page.keyboard.type(lines)
        self.press("Escape")
        self.run(at + 1)

    def tree(self, role: str) -> list[dict[str, Any]]:
        """All nodes of a role in the page's accessibility tree: name, value, and their properties."""
        root = self.session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        found = self.session.send("Accessibility.queryAXTree", {"nodeId": root, "role": role})["nodes"]
        return [
            {
                "name": node.get("name", {}).get("value", ""),
                "value": node.get("value", {}).get("value"),
                **{each["name"]: each["value"].get("value") for each in node.get("properties", ())},
            }
            for node in found if not node["ignored"]
        ]  # fmt: skip

    def tag(self) -> str:
        """The tag and class of what has the focus."""
        return str(self.page.evaluate("() => document.activeElement.outerHTML.slice(0, 120)"))

    def visible(self) -> bool:
        """Whether what has the focus looks another way than it does without."""
        return self._look() != self._look(blurred=True)

    def _look(self, *, blurred: bool = False) -> bytes:
        """The pixels around what has the focus, which goes for a moment where it is ``blurred``."""
        held = self.page.evaluate_handle("document.activeElement")
        left, top, right, bottom = held.evaluate(AROUND)
        if blurred:
            held.evaluate("held => held.blur()")
        pixels = self.page.screenshot(clip={"x": left, "y": top, "width": right - left, "height": bottom - top})
        if blurred:
            held.evaluate("held => held.focus({preventScroll: true})")
        return bytes(pixels)

    def told(self, at: int, words: str) -> None:
        """Wait until a live region in a cell's output says this."""
        self.page.wait_for_function(TOLD, arg=[at, words], timeout=WAIT)
