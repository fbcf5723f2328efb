"""A cluster in somebody's hands: how it stands, who asks, and who is told of changes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Self

from kdisco import arguments
from kdisco.config import ClusterConfig
from kdisco.model.kinds import Resource, resource
from kdisco.store.authorize import Access, access, asked, authenticate, authorize
from kdisco.store.events import ADMIN
from kdisco.store.history import Timeline
from kdisco.store.state import State

__all__ = ["Handle"]


class Handle:
    """A cluster in the hands of ``user`` of ``groups``: its administrator, unless ``as_user`` says otherwise."""

    history: Timeline
    user: str = ADMIN
    groups: tuple[str, ...] = ()
    warnings: tuple[str, ...]
    """What the API server warned of in the last request that it took."""
    _observers: dict[object, Callable[[State], object]]

    # How things stand

    @property
    def state(self) -> State:
        """How things stand now: one immutable value."""
        return self.history.state

    @property
    def config(self) -> ClusterConfig:
        """What the cluster was made with."""
        return self.state.config

    @property
    def now(self) -> float:
        """Seconds of cluster time."""
        return self.state.now

    @property
    def revision(self) -> int:
        """The number of writes so far over all kinds: the newest resourceVersion."""
        return self.state.revision

    # Who asks

    def as_user(self, name: str | None, groups: Iterable[str] = ()) -> Self:
        """The same cluster in the hands of another user: what it reads and writes is authorized by RBAC.

        ``groups`` are those that its credentials name; ServiceAccounts (``system:serviceaccount:NS:NAME``) and
        the cluster's own users bring theirs. None or "" is nobody with valid credentials (401),
        ``system:anonymous`` somebody without any. Past, time and observers are shared. Only the API asks
        who you are: names, packets, pictures and time do not.
        """
        arguments.texts(name=name or "")
        other = copy.copy(self)
        other.user, other.groups, other.warnings = name or "", arguments.names("groups", groups), ()
        return other

    def can_i(self, verb: str, kind: str, name: str = "", namespace: str | None = "default") -> Access:
        """Whether the user may do it, and by which rule of which role: a truth value with ``reason`` and ``grant``.

        ``kind`` may name a subresource, ``deployments/scale``; ``namespace`` None is all of them. Raises
        Unauthorized for nobody.
        """
        arguments.texts(verb=verb, kind=kind, name=name, namespace=namespace or "")
        base, _, subresource = kind.partition("/")
        wish = asked(resource(base), verb, namespace or "", name, subresource)
        return access(self.state.view, authenticate(self.user, self.groups), wish)

    def _authorized(self, state: State, verb: str, row: Resource, namespace: str | None, name: str = "") -> None:
        """Raise Unauthorized or Forbidden unless the user may read."""
        authorize(state.view, authenticate(self.user, self.groups), asked(row, verb, namespace or "", name))

    # Company

    def observe(self, observer: Callable[[State], object]) -> Callable[[], None]:
        """Call ``observer`` with the state after every change; gives the function that ends it."""
        seat = object()
        self._observers[seat] = arguments.function("observer", observer)

        def leave() -> None:
            self._observers.pop(seat, None)

        return leave

    def _tell(self) -> None:
        for observer in tuple(self._observers.values()):
            observer(self.state)
