"""The state of everything, one immutable value: a moment that can be kept, compared and returned to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kdisco.config import ClusterConfig
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, stamp
from kdisco.store.events import Change, Event
from kdisco.store.table import Table, View
from kdisco.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EPOCH", "Sandbox", "State"]

EPOCH = 1767225600.0  # 2026-01-01T00:00:00Z: cluster time 0 unless a dump says otherwise


@frozen(kw_only=True)
class Sandbox:
    """What runs of one Pod on its node, whatever the API says. Times in seconds of cluster time.

    ``ips`` are its addresses from the node's IPAM (host-network Pods have the node's);
    ``started`` when its containers came up, ``ready`` since when its probe succeeds,
    ``stopping`` since when it has been asked to stop; None where that has not happened.
    """

    pod: Key
    uid: str
    node: str
    ips: tuple[str, ...]
    created: float
    started: float | None = None
    ready: float | None = None
    stopping: float | None = None

    @property
    def running(self) -> bool:
        """Whether its containers run: it answers packets."""
        return self.started is not None


@frozen(kw_only=True)
class State:
    """One moment of a cluster. Seconds of cluster time in ``now``; ``epoch`` is its zero in Unix time.

    ``tables`` is what the API server has stored; ``seen`` what each component knows of it: the entry
    ``kube-proxy@node-2``, where there is one, goes before ``kube-proxy``. ``queues`` hold the keys that
    controllers have yet to work on, ``agenda`` what is due when, ``due`` the deliveries already on it,
    ``timers`` where on it each controller's key stands, ``background`` how many of them come again and again.
    ``sandboxes`` is what the nodes run, ``leases`` the last address each node gave, ``conntrack`` the
    connections each node's kernel tracks. ``draws`` counts the random numbers drawn from ``seed``.
    """

    config: ClusterConfig = field(factory=ClusterConfig)
    epoch: float = EPOCH
    now: float = 0.0
    revision: int = 0
    draws: int = 0
    ticket: int = 0
    tables: FrozenMap[str, Table] = FrozenMap()
    watchers: FrozenMap[str, tuple[str, ...]] = FrozenMap()
    seen: FrozenMap[str, View] = FrozenMap()
    held: frozenset[str] = frozenset()
    queues: FrozenMap[str, Tree[Key, int]] = FrozenMap()
    agenda: Tree[tuple[float, int], Event] = field(factory=Tree)
    due: frozenset[str] = frozenset()
    timers: Tree[tuple[str, Key], tuple[float, int]] = field(factory=Tree)
    background: int = 0
    sandboxes: Tree[Key, Sandbox] = field(factory=Tree)
    leases: FrozenMap[str, int] = FrozenMap()
    conntrack: FrozenMap[str, Any] = FrozenMap()
    changes: tuple[Change, ...] = field(default=(), repr=False)

    @property
    def settled(self) -> bool:
        """Whether nothing is due but what comes again and again."""
        return len(self.agenda) == self.background

    @property
    def view(self) -> View:
        """What the API server itself knows."""
        return View(self.revision, self.tables)

    def seen_by(self, component: str) -> View:
        """What a component knows: ``kube-proxy@node-2`` falls back to ``kube-proxy``, then to the store."""
        for name in (component, component.partition("@")[0]):
            found = self.seen.get(name)
            if found is not None:
                return found
        return self.view

    def time(self, offset: float = 0.0) -> str:
        """Now (plus seconds) as the API writes times."""
        return stamp(self.epoch + self.now + offset)

    def deliveries(self) -> Mapping[str, tuple[str, ...]]:
        """Which components watch each resource."""
        return self.watchers
