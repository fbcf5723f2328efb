"""The controls that panels are made of: each with a label that says what it is, and kept when its choices change."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ipywidgets import HTML, Button, Combobox, Dropdown, HBox, ToggleButtons

from kdisco.errors import UsageError
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ipywidgets import Widget

__all__ = ["LABEL", "Chooser", "button", "choose", "combo", "labels_text", "menu", "row", "scroll", "shown", "terminal"]

LABEL = {"description_width": "initial"}  # a label is never cut
WIDE = "300px"


class Chooser(Dropdown):
    """One of several things by name; what was chosen stays while it is there, else the first is."""

    def __init__(self, label: str, width: str = WIDE) -> None:
        super().__init__(description=label, style=LABEL, layout={"width": width})  # type: ignore[no-untyped-call]  # ipywidgets is not annotated

    def lead(self, names: Iterable[str]) -> None:
        """Offer these from now on."""
        listed, held = tuple(names), self.value
        if listed == tuple(self.options):
            return
        self.options = listed
        self.value = held if held in listed else next(iter(listed), None)


def choose(field: Dropdown | ToggleButtons, value: str) -> None:
    """Choose from Python what is offered; raises UsageError for what is not."""
    if value not in field.options:
        known = ", ".join(field.options) or Phrase("none")
        msg = Phrase("{field} {value} is not one of {known}", field=field.description, value=repr(value), known=known)
        raise UsageError(msg)
    field.value = value


def menu(label: str, options: Iterable[str], width: str = "150px") -> Dropdown:
    """One of a few words."""
    return Dropdown(options=tuple(options), description=label, style=LABEL, layout={"width": width})


def combo(label: str, value: str = "", hint: str = "", width: str = WIDE) -> Combobox:
    """A text with suggestions: anything may be typed."""
    return Combobox(
        description=label, value=value, placeholder=hint, continuous_update=False, style=LABEL, layout={"width": width}
    )


def button(word: str, icon: str, act: Callable[[], object], say: Mapping[str, str]) -> Button:
    """A button with its word, its tip and what it does."""
    made = Button(description=say[word], icon=icon, tooltip=say.get(f"{word} tip", say[word]), layout={"width": "auto"})
    made.on_click(lambda _: act())
    return made


def row(*children: Widget) -> HBox:
    """Controls side by side, on several lines where the page is narrow."""
    made = HBox(children)
    made.add_class("kdisco-row")
    return made


def shown() -> HTML:
    """A place for text and tables: put what ``terminal`` and ``scroll`` make into its ``value``."""
    made = HTML()
    made.add_class("kdisco-shown")
    return made


def terminal(text: str, label: str) -> str:
    """Text as a terminal shows it, as HTML; keys scroll it, its label is read aloud."""
    return f'<pre tabindex="0" role="region" aria-label="{escape(label)}">{escape(text)}</pre>' if text else ""


def scroll(table: str, label: str) -> str:
    """A table (HTML of our own making) that may be longer than its place."""
    return f'<div class="kdisco-scroll" tabindex="0" role="region" aria-label="{escape(label)}">{table}</div>'


def labels_text(labels: Mapping[str, str]) -> str:
    """Labels as kubectl shows and takes them: ``app=web,tier=front``."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
