"""A line to type and a button that runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Prompt"]

STATIC = Path(__file__).parent / "static"


class Prompt(anywidget.AnyWidget):
    """``value`` is the line; Enter and the button run it as the page shows it. ``history``: lines to bring back."""

    _esm = STATIC / "prompt.js"
    _css = STATIC / "panel.css"

    value = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    word = traitlets.Unicode("").tag(sync=True)
    tip = traitlets.Unicode("").tag(sync=True)
    history = traitlets.List(traitlets.Unicode(), []).tag(sync=True)

    def __init__(self, act: Callable[[], object], **traits: Any) -> None:
        super().__init__(**traits)
        self._act = act
        self.on_msg(self._heard)  # type: ignore[no-untyped-call]  # ipywidgets is not annotated

    def click(self) -> None:
        """Run the line, as the button does."""
        self._act()

    def _heard(self, _: object, content: Any, __: object) -> None:
        if isinstance(content, dict) and isinstance(content.get("line"), str):
            self.value = content["line"]
            self._act()
