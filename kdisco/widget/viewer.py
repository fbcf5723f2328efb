"""One picture of a cluster, alive: it follows whatever happens, and its things can be looked at and acted upon."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

from kdisco.errors import KdiscoError, UsageError
from kdisco.phrase import complaint
from kdisco.view.gallery import GALLERY, diagram
from kdisco.widget.diagram import DiagramWidget
from kdisco.widget.inspector import Inspector
from kdisco.widget.locks import lock_of
from kdisco.widget.route import stops

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.cluster import Cluster

__all__ = ["Viewer"]


class Viewer(DiagramWidget):
    """A picture of GALLERY that keeps up with its cluster: ``Viewer(cluster, "topology", namespace=None)``.

    Keywords are those of ``cluster.diagram``. An action in the page is done and settled; ``settles`` False lets
    time stand. Raises UsageError for an unknown kind, keyword or language.
    """

    def __init__(
        self, cluster: Cluster, kind: str = "topology", lang: str | None = None, *, settles: bool = True, **what: Any
    ) -> None:
        if "since" in what:
            msg = f"view {kind}: since is found by itself, from what was drawn before"
            raise UsageError(msg)
        super().__init__(lang=lang)
        self.cluster, self.kind, self.what, self.settles = cluster, kind, what, settles
        self._lock = lock_of(cluster)
        self._busy = False
        self._drawn: int | None = None
        self.redraw()
        self.inspector = Inspector(self, cluster, self._do, lambda: self.settles)
        own = WeakMethod(self._follow)
        cluster.observe(lambda *_: (heard := own()) and heard())

    def redraw(self) -> None:
        """Draw the cluster as it is now. Raises KdiscoError where there is nothing of the kind to draw."""
        with self._lock:
            known = inspect.signature(GALLERY[self.kind]).parameters if self.kind in GALLERY else {}
            since = {"since": self._drawn} if "since" in known else {}
            picture = diagram(self.cluster, self.kind, self.lang, **self.what, **since)
            self._drawn = self.cluster.revision
            path, notes = stops(picture.svg)
            with self.hold_sync():
                if path and path != self.path:
                    self.path, self.notes, self.position, self.playing = path, notes, 0, False
                self.show(picture)

    def _do(self, action: Callable[[], object]) -> object:
        """Change the cluster and redraw once."""
        with self._lock:
            self._busy = True
            try:
                return action()
            finally:
                self._busy = False
                self._follow()

    def _follow(self) -> None:
        """Redraw after a change; what cannot be drawn any more is told in the page, and the last picture stays."""
        if self._busy:
            return
        try:
            self.redraw()
        except KdiscoError as wrong:
            self.problem = complaint(wrong, self.lang)
