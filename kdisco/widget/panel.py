"""What all panels share: they stand around one cluster, change it under its lock, and follow one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from weakref import WeakMethod

from ipywidgets import VBox

from kdisco.errors import KdiscoError
from kdisco.language import language
from kdisco.phrase import complaint
from kdisco.widget.diagram import DiagramWidget, with_picture
from kdisco.widget.inspector import Inspector
from kdisco.widget.keywords import checked
from kdisco.widget.locks import lock_of
from kdisco.widget.status import Status
from kdisco.widget.words import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipywidgets import Widget

    from kdisco.cluster import Cluster
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["Panel"]

Made = TypeVar("Made")


class Panel(VBox):
    """Controls, a ``diagram`` and a ``status`` line in words, around one cluster: all panels of it follow one another.

    Subclasses ``stand`` their controls up, say in ``follow`` what must keep up with the cluster, and in
    ``picture`` what is drawn. ``lang`` None is the language that was set. Raises UsageError for unknown keywords.
    """

    KNOWN: ClassVar[tuple[str, ...]] = ("cluster", "lang", "namespace")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        checked(type(self).__name__, options, self.KNOWN)
        self.cluster, self.namespace, self.lang = cluster, namespace, language(lang)
        self.say = words(self.lang)
        self._lock = lock_of(cluster)  # widgets' callbacks may run in several threads
        self._busy, self._awake = False, True
        self._drawn = cluster.state
        self.diagram = DiagramWidget(lang=self.lang)
        self.inspector = Inspector(self.diagram, cluster, self.act, lambda: self.settles)
        self.status = Status()
        super().__init__()  # type: ignore[no-untyped-call]  # ipywidgets is not annotated
        self.add_class("kdisco-panel")  # type: ignore[no-untyped-call]  # likewise
        own = WeakMethod(self._heard)
        cluster.observe(lambda *_: (heard := own()) and heard())

    def stand(self, *children: Widget) -> None:
        """Show these, and how the cluster is now."""
        self.children = children
        self.redraw()

    def follow(self, state: State) -> str:
        """Bring the controls up to ``state``; gives the status in words, "" where there is nothing to say."""
        del state
        return ""

    def picture(self, state: State, since: int | None) -> Diagram | None:
        """What is to be drawn of ``state``, None: what was drawn stays; what is newer than ``since`` may be marked."""
        del state, since
        return None

    def presented(self) -> None:
        """A new picture was shown: choose in it, or let a packet run."""

    @property
    def settles(self) -> bool:
        """Whether what is done to a thing in the picture settles at once."""
        return True

    @property
    def awake(self) -> bool:
        """Whether it follows the cluster; one that nobody looks at may sleep, and catches up when it wakes."""
        return self._awake

    @awake.setter
    def awake(self, awake: bool) -> None:
        """Wake the panel, which then catches up, or let it sleep."""
        behind = awake and not self._awake
        self._awake = awake
        if behind:
            self.redraw()

    def act(self, action: Callable[[], Made]) -> Made:
        """Do something to the cluster, then redraw once; an error is shown in the status line, and raised."""
        with self._lock:
            if self._busy:  # a part of something greater
                return action()
            self._busy = True
            problem = ""
            try:
                return action()
            except KdiscoError as wrong:
                problem = complaint(wrong, self.lang)
                raise
            finally:
                self._busy = False
                self.redraw(problem)

    def change(self, action: Callable[[], object]) -> bool:
        """The same for a hand in the page: an error is shown only, and False is given."""
        try:
            self.act(action)
        except KdiscoError:
            return False
        return True

    def redraw(self, problem: str = "") -> None:
        """Show the cluster as it is now; what cannot be shown is said in the status line."""
        with self._lock:
            before, self._drawn = self._drawn, self.cluster.state
            busy, self._busy = self._busy, True
            try:
                told = self.follow(self._drawn)
                picture = self.picture(self._drawn, before.revision if before is not self._drawn else None)
                if picture is not None and picture is not self.diagram.diagram:
                    self.diagram.show(picture)
                    self.presented()
            except KdiscoError as wrong:
                told = complaint(wrong, self.lang)
            finally:
                self._busy = busy
        self.status.value = problem or told

    def redraw_by_hand(self, _: Any = None) -> None:
        """Redraw after a control was moved; not while the panel itself moves it."""
        if not self._busy:
            self.redraw()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The panel, and its picture as SVG for saved notebooks and exports."""
        bundle = super()._repr_mimebundle_(**options)  # type: ignore[no-untyped-call]  # ipywidgets is not annotated
        return with_picture(bundle, self.diagram.diagram)

    def _heard(self) -> None:
        if self._awake and not self._busy:
            self.redraw()
