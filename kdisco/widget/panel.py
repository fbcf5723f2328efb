"""What all panels share: they stand around one cluster, change it under its lock, and follow one another."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakMethod

from ipywidgets import HTML, VBox

from kdisco.errors import KdiscoError
from kdisco.view.topology import topology
from kdisco.widget.diagram import DiagramWidget, with_picture
from kdisco.widget.locks import lock_of
from kdisco.widget.words import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.history import Timeline
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["LabCluster", "Panel"]


class LabCluster(Protocol):
    """What a panel needs of a Cluster."""

    history: Timeline

    @property
    def state(self) -> State:
        """The present moment."""

    def observe(self, callback: Callable[..., Any]) -> Any:
        """Call back after every change."""

    def scale(self, name: str, replicas: int, namespace: str = "default") -> Any:
        """Set a workload's replicas."""

    def settle(self) -> Any:
        """Let time pass until nothing can change."""

    def step(self) -> Any:
        """Let the next thing happen."""


class Panel(VBox):
    """A diagram of the cluster with controls above it. ``status`` says in words how things stand.

    Subclasses build ``controls`` and say in ``follow`` what else must keep up with the cluster.
    """

    def __init__(self, cluster: LabCluster, lang: str, namespace: str) -> None:
        self.cluster, self.namespace = cluster, namespace
        self._lock = lock_of(cluster)  # widgets' callbacks may run in several threads
        self.say = words(lang)
        self._lang = lang
        self._busy = False
        self._drawn = cluster.state
        self.diagram = DiagramWidget(self._picture(None), lang=lang)
        self.status = HTML()
        super().__init__()  # type: ignore[no-untyped-call]  # ipywidgets is not annotated
        own = WeakMethod(self._heard)
        cluster.observe(lambda *_: (heard := own()) and heard())

    def follow(self, state: State) -> str:
        """Bring the controls up to ``state``; gives the status in words, "" where there is nothing to say."""
        del state
        return ""

    def change(self, action: Callable[[], object]) -> bool:
        """Do something to the cluster and redraw once; an error becomes the status line, and False is given."""
        with self._lock:
            self._busy = True
            try:
                action()
            except KdiscoError as problem:
                self.redraw(str(problem))
                return False
            finally:
                self._busy = False
            self.redraw()
            return True

    def redraw(self, problem: str = "") -> None:
        """Show the cluster as it is now."""
        with self._lock:
            before, self._drawn = self._drawn, self.cluster.state
            busy, self._busy = self._busy, True
            try:
                told = self.follow(self._drawn)
            finally:
                self._busy = busy
            picture = self._picture(before.revision if before is not self._drawn else None)
        self.diagram.show(picture)
        self.status.value = f'<span role="status">{escape(problem or told)}</span>'

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The panel, and its picture as SVG for saved notebooks and exports."""
        bundle = super()._repr_mimebundle_(**options)  # type: ignore[no-untyped-call]  # ipywidgets is not annotated
        return with_picture(bundle, self.diagram.diagram)

    def _picture(self, since: int | None) -> Diagram:
        return topology(self.cluster.state, self._lang, self.namespace, since)

    def _heard(self) -> None:
        if not self._busy:
            self.redraw()
