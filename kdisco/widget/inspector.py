"""What stands behind a picture: the facts of its things, the YAML of the chosen one, and a hand that acts on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdisco.errors import UsageError
from kdisco.widget.actions import offered, perform
from kdisco.widget.captions import captions
from kdisco.widget.locks import lock_of
from kdisco.widget.things import address, facts, find, ids, title, yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.cluster import Cluster
    from kdisco.model.meta import Object
    from kdisco.store.state import State
    from kdisco.widget.diagram import DiagramWidget

__all__ = ["Inspector"]


class Inspector:
    """Joins a DiagramWidget to the cluster that it shows: ``Inspector(widget, cluster)``.

    ``act`` is how a panel does things (under its lock, redrawing once); ``settles`` says whether time goes on
    after each. Errors are shown in the picture.
    """

    def __init__(
        self,
        diagram: DiagramWidget,
        cluster: Cluster,
        act: Callable[[Callable[[], object]], object] | None = None,
        settles: Callable[[], bool] = lambda: True,
    ) -> None:
        self.diagram, self.cluster, self.settles = diagram, cluster, settles
        self._act = act or self._locked
        self._say = captions(diagram.lang)
        self._told: dict[str, tuple[Object, str]] = {}  # objects never change: what was told of one stays true
        diagram.on_show(self.follow)
        diagram.on_action(self.act)
        diagram.observe(self._choose, "selected")
        self.follow()

    def follow(self) -> None:
        """Bring facts and YAML up to the cluster's present."""
        state = self.cluster.state
        self._told = {thing: told for thing in ids(self.diagram.svg) if (told := self._of(state, thing))}
        self.diagram.facts = {thing: words for thing, (_, words) in self._told.items()}
        self._open(state)

    def act(self, key: str, thing: str, value: Any = None) -> None:
        """Do something to a thing, then let time pass. Raises KdiscoError in the words of who refuses."""

        def do() -> str:
            found = find(self.cluster.state, thing)
            if found is None:
                found = self._missed(thing)
            told = perform(self.cluster, key, found, value, self._say)
            if self.settles():
                self.cluster.settle()
            return told

        told = self._act(do)
        if told:
            self.diagram.problem = str(told)

    def _missed(self, thing: str) -> Object:
        """What the API server says of a thing that it has not."""
        meant = address(thing)
        if meant is None:
            raise UsageError(self._say["no such action"].format(thing=thing))
        found: Object = self.cluster.get(meant[0], meant[1][1], meant[1][0])
        return found

    def _locked(self, do: Callable[[], object]) -> object:
        with lock_of(self.cluster):
            return do()

    def _of(self, state: State, thing: str) -> tuple[Object, str] | None:
        found = find(state, thing)
        if found is None:
            return None
        known = self._told.get(thing)
        return known if known is not None and known[0] is found else (found, facts(state, found))

    def _choose(self, _change: Any) -> None:
        self._open(self.cluster.state)

    def _open(self, state: State) -> None:
        """Show the chosen thing; what is gone is not chosen any more."""
        chosen = self.diagram.selected
        found = find(state, chosen) if chosen else None
        if found is not None:
            actions = offered(state, found, self._say)
            self.diagram.detail = {"thing": chosen, "title": title(found), "yaml": yaml(found), "actions": actions}
            return
        self.diagram.detail = {}
        if chosen and chosen not in ids(self.diagram.svg):
            self.diagram.selected = ""
