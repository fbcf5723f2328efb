"""One diagram that is alive in the page: things can be chosen, changes move, packets run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from kdisco.errors import KdiscoError
from kdisco.language import language
from kdisco.phrase import complaint
from kdisco.view.palette import STYLE
from kdisco.widget.captions import captions
from kdisco.widget.keywords import checked
from kdisco.widget.route import route
from kdisco.widget.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.trace import Trace
    from kdisco.view.diagram import Diagram

__all__ = ["DiagramWidget", "with_picture"]

STATIC = Path(__file__).parent / "static"
PARTS = ("clean", "motion", "packet", "zoom", "save", "facts", "detail", "render")  # joined in this order


class DiagramWidget(anywidget.AnyWidget):
    """A Diagram in the page.

    ``selected`` is the id of the chosen thing, "" for none; observe it to hear clicks. ``path`` is a list of ids
    along which a packet runs: edges ("-" before an id: backwards) and things; ``notes`` says a word at each,
    ``position`` is how many it has passed, ``playing`` whether it runs, ``speed`` how fast (1.0 is usual).
    ``facts`` are short texts by id, shown at hover and focus; ``detail`` is what is open beside the picture
    (``thing``, ``title``, ``yaml``, ``actions``). ``said`` is what screen readers were told last, ``problem``
    what went wrong last. Raises UsageError for an unknown keyword or language.
    """

    _esm = "\n".join((STATIC / "diagram" / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)
    _css = STYLE + (STATIC / "diagram.css").read_text(encoding="utf-8")
    KNOWN: ClassVar[tuple[str, ...]] = ("diagram", "lang", "layout", "path", "selected", "speed")

    svg = traitlets.Unicode("").tag(sync=True)
    dot = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    facts = traitlets.Dict({}).tag(sync=True)
    detail = traitlets.Dict({}).tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    path = traitlets.List(traitlets.Unicode(), []).tag(sync=True)
    notes = traitlets.List(traitlets.Unicode(), []).tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)  # noqa: FBT003 - a trait's first value
    speed = traitlets.Float(1.0).tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    lang = traitlets.Unicode("en").tag(sync=True)
    words = traitlets.Dict({}).tag(sync=True)

    def __init__(self, diagram: Diagram | None = None, lang: str | None = None, **options: Any) -> None:
        checked(type(self).__name__, options, self.KNOWN)
        self._say = captions(lang)
        super().__init__(words=dict(self._say), lang=language(lang), **options)
        self.diagram: Diagram | None = None
        self._doers: list[Callable[[str, str, Any], object]] = []
        self._followers: list[Callable[[], object]] = []
        self.on_msg(lambda _, content, __: self._heard(content))  # type: ignore[no-untyped-call]  # not annotated
        if diagram is not None:
            self.show(diagram)

    def show(self, diagram: Diagram) -> None:
        """Draw another picture: what both have slides to its new place, and the difference is said in words."""
        before, self.diagram = self.diagram, diagram
        with self.hold_sync():
            self.svg = diagram.svg.replace(f"<style>{STYLE}</style>", "")
            self.dot, self.text = diagram.dot, diagram.text
            if before is not None and before.text != diagram.text:
                self.said = spoken(before.text, diagram.text, self._say)
            for follow in tuple(self._followers):
                follow()

    def play(self, trace: Trace, *, run: bool = True) -> None:
        """Let a packet go the way of a trace through this picture; ``run`` False: it waits at the start."""
        path, notes = route(self.svg, trace, self.lang)
        with self.hold_sync():
            self.path, self.notes, self.position, self.playing = path, notes, 0, run and bool(path)

    def on_show(self, callback: Callable[[], object]) -> None:
        """Call back with every picture that is shown, before the page gets it."""
        self._followers.append(callback)

    def on_action(self, callback: Callable[[str, str, Any], object]) -> None:
        """Call back with what a learner wants done: the action's key, the thing's id, and what was typed, if anything.

        A KdiscoError that it raises is shown in the page.
        """
        self._doers.append(callback)

    def act(self, key: str, thing: str, value: Any = None) -> None:
        """Do what a button beside the picture does; what goes wrong becomes ``problem``."""
        self.problem = ""
        try:
            for do in tuple(self._doers):
                do(key, thing, value)
        except KdiscoError as wrong:
            self.problem = complaint(wrong, self.lang)

    def _heard(self, content: Any) -> None:
        if isinstance(content, dict) and "action" in content:
            self.act(str(content["action"]), str(content.get("thing", "")), content.get("value"))

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and the picture as SVG for saved notebooks and exports."""
        return with_picture(super()._repr_mimebundle_(**options), self.diagram)


def with_picture(bundle: Any, diagram: Diagram | None) -> tuple[dict[str, str], dict[str, Any]]:
    """A widget's MIME bundle with a picture beside it as SVG, alone and in HTML, and in words."""
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
    return {**data, **(diagram._repr_mimebundle_() if diagram is not None else {})}, metadata
