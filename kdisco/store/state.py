"""The state of everything, one immutable value: a moment that can be kept, compared and returned to."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from kdisco.config import ClusterConfig
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, stamp
from kdisco.store.events import Change, Event
from kdisco.store.host import Host
from kdisco.store.table import Table, View
from kdisco.tree import Tree

__all__ = ["EPOCH", "Outcome", "Process", "Program", "Sandbox", "State"]

EPOCH = 1767225600.0  # 2026-01-01T00:00:00Z: cluster time 0 unless a dump says otherwise


Outcome = tuple[bool, float, int]  # what a probe finds, since when, and how many failures have been told


@frozen(kw_only=True)
class Program:
    """What a program does whose configuration is known.

    It ends at once with exit status 1 when there is a ``problem``, which is what it says then; else it answers on
    ``ports`` (number, protocol), over HTTP with the ``statuses`` by port that are not 200.
    """

    problem: str = ""
    ports: tuple[tuple[int, str], ...] = ()
    statuses: FrozenMap[int, int] = FrozenMap()


@frozen(kw_only=True)
class Process:
    """What runs of one container. Times in seconds of cluster time, None where it has not happened.

    ``started`` and ``ended`` are of the newest run, which ended with exit status ``code``; ``last`` is the run
    before, ``restarts`` how many there were. ``up`` is when it counted as started (its startup probe succeeded),
    ``ready`` what its readiness probe says, ``killed`` when its liveness or startup probe had it killed.
    ``delay`` is the back-off (infinite where nobody knows what comes next) that was ``decided`` at the last
    restart, ``waiting`` whether it is told to be in back-off. ``pulls`` counts failures to pull its image, the
    newest at ``ended``. ``outcomes`` are of its startup, liveness and readiness probe. ``services`` and
    ``configmaps`` are what its kubelet had seen of them when it was started: what its environment was made from.
    ``program`` is what it does, where that hangs on more than the Pod.
    """

    started: float | None = None
    ended: float | None = None
    code: int = 0
    restarts: int = 0
    up: float | None = None
    ready: bool = False
    killed: float | None = None
    waiting: bool = False
    delay: float = 0.0
    decided: float = 0.0
    pulls: int = 0
    outcomes: tuple[Outcome | None, Outcome | None, Outcome | None] = (None, None, None)
    last: Process | None = None
    services: Table | None = field(default=None, eq=False, repr=False)
    configmaps: Table | None = field(default=None, eq=False, repr=False)
    program: Program | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self.started is not None and self.ended is None


@frozen(kw_only=True)
class Sandbox:
    """What runs of one Pod on its node, whatever the API says. Times in seconds of cluster time.

    ``ips`` are its addresses from the node's IPAM (host-network Pods have the node's); ``started`` when its
    first container came up, ``stopping`` since when it has been asked to stop; None where that has not happened.
    ``processes`` are its init containers and its containers, in order; none listed: all have run since ``started``.
    ``resolv_conf`` is the file that it was made with, None where nobody saw it made.
    """

    pod: Key
    uid: str
    node: str
    ips: tuple[str, ...]
    created: float
    started: float | None = None
    stopping: float | None = None
    processes: tuple[Process, ...] = ()
    resolv_conf: str | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether a container runs: it answers packets."""
        if not self.processes:
            return self.started is not None
        return any(each.running for each in self.processes)


@frozen(kw_only=True)
class State:
    """One moment of a cluster. Seconds of cluster time in ``now``; ``epoch`` is its zero in Unix time.

    ``tables`` is what the API server has stored; ``seen`` what each component knows of it: the entry
    ``kube-proxy@node-2``, where there is one, goes before ``kube-proxy``; ``held`` are those cut off, each
    ``held_since`` a time. ``queues`` hold the keys that controllers have yet to work on, ``agenda`` what is
    due when, ``due`` the deliveries already on it,
    ``timers`` where on it each controller's key stands, ``background`` how many of them come again and again.
    ``sandboxes`` is what the nodes run, ``leases`` the number of the last address each node gave, ``conntrack`` the
    connections each node's kernel tracks, ``remembered`` what each CoreDNS remembers (``ns/name`` of its Pod).
    ``counters`` is what the nodes' kernels have counted at their rules, None before any packet.
    ``heard`` is when a component last heard of what alters its answers. ``delays`` are those set by hand, by
    component or instance; ``synced`` is when those that bide their time last took in what they heard. ``hosts``
    are the machines with which something is wrong, ``faults`` those injected and how to undo them. ``draws`` counts
    the random numbers drawn from ``seed``.
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
    held_since: FrozenMap[str, float] = FrozenMap()
    queues: FrozenMap[str, Tree[Key, int]] = FrozenMap()
    agenda: Tree[tuple[float, int], Event] = field(factory=Tree)
    due: frozenset[str] = frozenset()
    timers: Tree[tuple[str, Key], tuple[float, int]] = field(factory=Tree)
    background: int = 0
    sandboxes: Tree[Key, Sandbox] = field(factory=Tree)
    leases: FrozenMap[str, int] = FrozenMap()
    conntrack: FrozenMap[str, Any] = FrozenMap()
    remembered: FrozenMap[str, Any] = FrozenMap()
    counters: Any = None
    heard: FrozenMap[str, float] = FrozenMap()
    delays: FrozenMap[str, FrozenMap[str, float]] = FrozenMap()
    synced: FrozenMap[str, float] = FrozenMap()
    hosts: FrozenMap[str, Host] = FrozenMap()
    faults: FrozenMap[str, Any] = FrozenMap()
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

    def after_packets(self, draws: int, conntrack: FrozenMap[str, Any], counters: Any) -> State:
        """This state when packets have gone their ways, and nothing else has happened.

        Every field is named, which is quicker than to copy what stays.
        """
        return State(
            config=self.config,
            epoch=self.epoch,
            now=self.now,
            revision=self.revision,
            draws=draws,
            ticket=self.ticket,
            tables=self.tables,
            watchers=self.watchers,
            seen=self.seen,
            held=self.held,
            held_since=self.held_since,
            queues=self.queues,
            agenda=self.agenda,
            due=self.due,
            timers=self.timers,
            background=self.background,
            sandboxes=self.sandboxes,
            leases=self.leases,
            conntrack=conntrack,
            remembered=self.remembered,
            counters=counters,
            heard=self.heard,
            delays=self.delays,
            synced=self.synced,
            hosts=self.hosts,
            faults=self.faults,
            changes=(),
        )
