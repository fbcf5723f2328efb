"""Connections that are made while time runs: what a rolling update looks like to those who use the Service.

Each connection is a moment of the cluster's own history: the name is looked up, a packet sent, an answer read; one
that lasts is looked at again when it is over. Nothing here is by chance but what the cluster's own dice throw.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kdisco import arguments
from kdisco.attempt import ANSWERED, TIMEOUT, Attempt, arrived, resolved, unresolved
from kdisco.errors import UsageError
from kdisco.load import RESET, Bin, Load, Loss
from kdisco.model.frozen import FrozenMap
from kdisco.net.ends import end_of
from kdisco.net.packet import asked
from kdisco.store.events import LookedUp, Send, Travelled

if TYPE_CHECKING:
    from kdisco.dns.lookup import Lookup
    from kdisco.machine import Machine
    from kdisco.store.state import State

__all__ = ["load"]

SILENT = ("DROP", "LOST")  # verdicts after which nobody hears anything, though the other end is there
SAME = ("seen", "sandboxes", "held", "remembered", "hosts")  # of a state, beside its revision: what answers hang on
FIRST_PORT, PORTS = 32768, 28232  # net.ipv4.ip_local_port_range
MOST_CONNECTIONS = 100_000


Deeds = Mapping[float, Callable[[Any], object]]


def load(  # noqa: PLR0913 - each is a part of one question
    cluster: Machine,
    *,
    source: str,
    to: str,
    port: int = 80,
    rate: float = 50,
    seconds: float = 30,
    lasts: float = 0,
    every: float = 1,
    deeds: Deeds | None = None,
) -> Load:
    """Make ``rate`` connections a second for so many seconds while the cluster's time runs.

    ``source`` is ``pod/ns/name``, ``node/name`` or an outside address, ``to`` an address, or a name that is looked
    up there each time. A connection ``lasts`` seconds: one whose other end goes away meanwhile is reset.
    ``deeds`` are done on the way, each at its second: ``{5: lambda c: c.rollout("deployment/web").restart()}``.
    A source that stops running ends the load. Raises UsageError for what cannot be meant.
    """
    span = arguments.duration("seconds", seconds)
    width = _positive("every", every)
    many = math.floor(span * _positive("rate", rate) + 1e-9)
    if many > MOST_CONNECTIONS:
        msg = f"rate: {many} connections are more than {MOST_CONNECTIONS}; take fewer a second, or fewer seconds"
        raise UsageError(msg)
    arguments.texts(source=source, to=to)
    asked(to if arguments.is_address(to) else "0.0.0.0", port, "tcp")  # noqa: S104 - any address will do to check the port
    end_of(cluster.state, source)
    if not arguments.is_address(to):
        resolved(cluster.state, source, to)
    run = _Run(cluster, source, to, port, arguments.duration("lasts", lasts))
    plan: list[tuple[float, Callable[[Any], object]]] = [(number / rate, run.connect) for number in range(many)]
    for at, deed in (deeds or {}).items():
        plan.append((arguments.duration("deeds", at), arguments.function("deeds", deed)))
    run.follow(sorted(plan, key=lambda each: each[0]), span)
    return run.told(rate, width, span)


def _positive(name: str, value: Any) -> float:
    if not arguments.duration(name, value):
        msg = f"{name}: {value!r} is not a number above 0"
        raise UsageError(msg)
    return float(value)


@frozen
class _Open:
    """A connection that lasts: from when till when, by which source port to which address, and how it began."""

    began: float
    over: float
    flow: int
    address: str
    first: Attempt


class _Run:
    """A load under way."""

    def __init__(self, cluster: Machine, source: str, to: str, port: int, lasts: float) -> None:
        self.cluster, self.source, self.to, self.port, self.lasts = cluster, source, to, port, lasts
        self.began = cluster.now
        self.flows = (FIRST_PORT + number % PORTS for number in count(int(cluster.now * 1000)))  # none is in use twice
        self.open: deque[_Open] = deque()
        self.ended: list[tuple[float, str, Attempt]] = []  # when it began, how it ended, what was seen
        self.known: tuple[State, tuple[str, ...], Lookup | None] | None = None

    def follow(self, plan: list[tuple[float, Callable[[Any], object]]], span: float) -> None:
        """Do what is planned, each at its time; connections that are over in between are looked at then."""
        for at, deed in plan:
            self._until(self.began + at)
            if deed == self.connect and not self._runs():
                break
            deed(self.cluster)
        else:
            self._until(self.began + span)
        while self.open:
            self._finish(self.open.popleft())

    def connect(self, cluster: Machine) -> None:
        """Make one connection."""
        now, (addresses, lookup) = cluster.now, self._addresses(cluster)
        flow = next(self.flows)
        found = self._sent(addresses[0], flow, close=not self.lasts) if addresses else unresolved(self.to, lookup)
        if found.answered and self.lasts:
            self.open.append(_Open(now, now + self.lasts, flow, addresses[0], found))
        else:
            self.ended.append((now, found.outcome, found))

    def told(self, rate: float, every: float, span: float) -> Load:
        """What became of it all."""
        counts: dict[int, Counter[str]] = {number: Counter() for number in range(math.ceil(span / every))}
        pods: Counter[str] = Counter()
        losses = []
        for began, outcome, found in sorted(self.ended, key=lambda each: each[0]):
            counts[int((began - self.began) / every + 1e-9)][outcome] += 1
            if outcome == ANSWERED:
                pods[found.listener] += 1
            else:
                losses.append(Loss(at=began, outcome=outcome, why=found.why))
        return Load(
            source=self.source,
            to=self.to,
            port=self.port,
            rate=rate,
            began=self.began,
            every=every,
            bins=tuple(Bin(start=number * every, counts=FrozenMap(each)) for number, each in counts.items()),
            pods=FrozenMap(sorted(pods.items())),
            losses=tuple(losses),
        )

    def _until(self, end: float) -> None:
        """Let time run, and look on the way at what is over."""
        while self.open and self.open[0].over <= end:
            found = self.open.popleft()
            self.cluster._until(found.over)  # noqa: SLF001 - the machine's own hand
            self._finish(found)
        self.cluster._until(end)  # noqa: SLF001 - the machine's own hand

    def _finish(self, found: _Open) -> None:
        """Look whether a connection still has its other end, and close it."""
        if found.over > self.cluster.now or not self._runs():  # the load ended first
            self.ended.append((found.began, ANSWERED, found.first))
            return
        last = self._sent(found.address, found.flow, close=True)
        lost = last.outcome == TIMEOUT and last.trace is not None and last.trace.verdict in SILENT
        same = last.answered and last.endpoint == found.first.endpoint
        self.ended.append((found.began, ANSWERED if same else TIMEOUT if lost else RESET, last))

    def _addresses(self, cluster: Machine) -> tuple[tuple[str, ...], Lookup | None]:
        """What the name leads to now; an address leads to itself.

        A name with one address is not looked up again while nothing but packets has moved: it would be the same one.
        """
        if arguments.is_address(self.to):
            return (self.to,), None
        if self.known is None or not _alike(self.known[0], cluster.state):
            event = arguments.look_up(self.source, self.to, next(cluster._turns))  # noqa: SLF001 - the same hands
            found: Lookup = next(fact.lookup for fact in cluster._ask(event) if isinstance(fact, LookedUp))  # noqa: SLF001 - the same hands
            if len(found.addresses) != 1:
                return found.addresses, found
            self.known = cluster.state, found.addresses, found
        return self.known[1:]

    def _sent(self, address: str, flow: int, *, close: bool) -> Attempt:
        event = Send(source=self.source, destination=address, port=self.port, flow=flow, close=close)
        facts = self.cluster._event(event)  # noqa: SLF001 - the machine's own hand
        return next(arrived(fact.trace) for fact in facts if isinstance(fact, Travelled))

    def _runs(self) -> bool:
        """Whether the source can still send."""
        try:
            end_of(self.cluster.state, self.source)
        except UsageError:
            return False
        return True


def _alike(old: State, new: State) -> bool:
    return old.revision == new.revision and all(getattr(old, name) is getattr(new, name) for name in SAME)
