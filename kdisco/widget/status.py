"""The line of a panel that says how things stand: always the same element, so that screen readers hear it change."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

__all__ = ["Status"]

STATIC = Path(__file__).parent / "static"


class Status(anywidget.AnyWidget):
    """``value`` is plain text, shown as it is and read aloud when it changes."""

    _esm = STATIC / "status.js"
    _css = STATIC / "panel.css"

    value = traitlets.Unicode("").tag(sync=True)
