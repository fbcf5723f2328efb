"""One diagram that is alive in the page: things can be chosen, changes move, packets run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from kdisco.view.palette import STYLE
from kdisco.widget.keywords import checked
from kdisco.widget.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kdisco.view.diagram import Diagram

__all__ = ["DiagramWidget", "spoken", "with_picture"]

STATIC = Path(__file__).parent / "static"
MOST_SAID = 6  # changes said one by one; the rest are counted


class DiagramWidget(anywidget.AnyWidget):
    """A Diagram in the page.

    ``selected`` is the id of the chosen thing, "" for none; observe it to hear clicks. ``path`` is a list of
    edge ids along which a packet runs ("-" before an id: backwards), ``position`` how many it has passed,
    ``playing`` whether it runs. ``said`` is what screen readers were told last.
    """

    _esm = STATIC / "diagram.js"
    _css = STYLE + (STATIC / "diagram.css").read_text(encoding="utf-8")
    KNOWN: ClassVar[tuple[str, ...]] = ("diagram", "lang", "layout", "path", "selected")

    svg = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    path = traitlets.List(traitlets.Unicode(), []).tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)  # noqa: FBT003 - a trait's first value
    said = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Dict({}).tag(sync=True)

    def __init__(self, diagram: Diagram | None = None, lang: str = "en", **options: Any) -> None:
        checked(type(self).__name__, options, self.KNOWN)
        self._say = words(lang)
        labels = {"play": self._say["play"], "pause": self._say["pause"], "step": self._say["step packet"]}
        super().__init__(words=labels, **options)
        self.diagram: Diagram | None = None
        if diagram is not None:
            self.show(diagram)

    def show(self, diagram: Diagram) -> None:
        """Draw another picture: what both have slides to its new place, and the difference is said in words."""
        before, self.diagram = self.diagram, diagram
        with self.hold_sync():
            self.svg = diagram.svg.replace(f"<style>{STYLE}</style>", "")
            if before is not None and before.text != diagram.text:
                self.said = spoken(before.text, diagram.text, self._say)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and the picture as SVG for saved notebooks and exports."""
        return with_picture(super()._repr_mimebundle_(**options), self.diagram)


def with_picture(bundle: Any, diagram: Diagram | None) -> tuple[dict[str, str], dict[str, Any]]:
    """A widget's MIME bundle with a picture's SVG and words beside it."""
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
    picture = {"image/svg+xml": diagram.svg, "text/plain": diagram.text} if diagram is not None else {}
    return {**data, **picture}, metadata


def spoken(before: str, after: str, say: Mapping[str, str]) -> str:
    """What changed between two text twins, in words: of the things in their lists where any changed, else of all."""
    old, new = before.splitlines(), after.splitlines()
    listed = [line for line in {*old} ^ {*new} if line.startswith(" ")]
    old, new = ([line for line in lines if not listed or line.startswith(" ")] for lines in (old, new))
    held, kept = set(old), set(new)
    parts = []
    sides = {"appeared": [each for each in new if each not in held], "gone": [each for each in old if each not in kept]}
    for key, lines in sides.items():
        told = [each.strip() for each in lines[:MOST_SAID]]
        if len(lines) > MOST_SAID:
            told.append(say["more"].format(count=len(lines) - MOST_SAID))
        if told:
            parts.append(say[key].format(what="; ".join(told)))
    return ". ".join(parts)
