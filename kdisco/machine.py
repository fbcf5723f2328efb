"""A cluster's time: let things happen, hold a component, look at the past, go back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from os import PathLike
from typing import Any, Self

from attrs import evolve

from kdisco import arguments
from kdisco.collection import collection_paused
from kdisco.config import configured
from kdisco.control.queue import AT_REST
from kdisco.errors import KdiscoError, UsageError
from kdisco.meter import counted
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import resource_of
from kdisco.model.manifest import find_resource, to_object
from kdisco.objects import Objects
from kdisco.source import Source, read
from kdisco.step import next_due, step, tick
from kdisco.store.delays import Delay, delay_of
from kdisco.store.events import Adjust, Elapse, Event, Fact, Hold, Release
from kdisco.store.history import Moment, Timeline
from kdisco.store.state import State

__all__ = ["Machine", "Turns"]

MOST_STEPS = 10_000_000  # of one settle: more would mean that two controllers undo each other's work


class Turns(Iterator[int]):
    """Numbers for questions, so that those that are alike are told apart: 0, 1, 2, ..."""

    def __init__(self, following: int = 0) -> None:
        self.following = following

    def __next__(self) -> int:
        self.following += 1
        return self.following - 1


class _Load:
    """``Cluster.load(path)`` reads a saved cluster; ``c.load(rate=50, ...)`` puts a load on one."""

    def __get__(self, cluster: Machine | None, cls: type[Machine]) -> Callable[..., Any]:
        return cls._of_file if cluster is None else cluster._loaded  # noqa: SLF001 - two methods of one name


class Machine(Objects):
    """The objects of a cluster, the clock that lets controllers react to what is written, and the past."""

    def __init__(self, **settings: Any) -> None:
        self._begin(Timeline(_boot().new_cluster(configured(**settings))))
        self.settle()
        self.history = Timeline(evolve(self.state, changes=()))

    @classmethod
    def from_dump(cls, source: Source, now: str | None = None, **settings: Any) -> Self:
        """A cluster from what ``kubectl get ... -o yaml`` gave: objects as they are, no admission, no add-ons.

        Controllers rest until ``settle``. ``now`` (RFC 3339) fixes the clock. Kinds that the model does
        not have are left out and named in ``ignored``.
        """
        objects, ignored = [], []
        with counted("load") as count:
            for each in read(source):
                if resource_of(str(each.get("kind")), str(each.get("apiVersion"))):
                    objects.append(to_object(each))
                elif each.get("kind") and each.get("apiVersion"):
                    ignored.append(f"{each['kind']}/{(each.get('metadata') or {}).get('name', '')}")
                else:
                    find_resource(each)
                count(1)
        return cls._of(Timeline(_boot().from_objects(objects, configured(**settings), now)), tuple(ignored))

    @classmethod
    def _of(cls, history: Timeline, ignored: tuple[str, ...] = ()) -> Self:
        cluster = cls.__new__(cls)
        cluster._begin(history, ignored)  # noqa: SLF001 - of this class
        return cluster

    def _begin(self, history: Timeline, ignored: tuple[str, ...] = ()) -> None:
        self.history = history
        self.ignored = ignored
        self.warnings: tuple[str, ...] = ()
        self.kubeconfig: dict[str, str] = {}  # what kubectl's context sets: a namespace
        self._turns = Turns()
        self._observers = {}

    # Time

    def step(self) -> Moment | None:
        """Let the next thing happen; gives what it was, None when nothing is due."""
        if next_due(self.state) is None:
            return None
        self._tick()
        self._tell()
        return self.history[-1]

    def settle(self) -> Self:
        """Let everything happen until nothing can change any more but what comes again and again (a crash loop)."""
        try:
            if AT_REST in self.state.held:
                self._event(Release(AT_REST))
            self._advance(math.inf)
        finally:
            self._tell()  # of an interrupt too: what happened so far has happened
        return self

    def run(self, seconds: float) -> Self:
        """Let so many seconds of cluster time pass."""
        end = self.now + arguments.duration("seconds", seconds)
        try:
            self._until(end)
        finally:
            self._tell()
        return self

    def run_until(self, condition: Callable[[Self], object], limit: float = 600.0) -> Moment | None:
        """Let things happen until a condition holds; gives the moment at which it does.

        The condition is called with this cluster, now and after everything that happens: ``lambda c: c.get("pod",
        "web").ready``, or one of ``kdisco.breakpoints``. None where ``limit`` seconds have passed and it never did.
        """
        holds = arguments.function("condition", condition)
        end = self.now + arguments.duration("limit", limit)
        try:
            found = self._follow(holds, end, at_once=not getattr(condition, "event", False))
        finally:
            self._tell()
        return self.history[-1] if found else None

    def _follow(self, holds: Callable[[Self], object], end: float, *, at_once: bool) -> bool:
        """Let things happen up to ``end`` until a condition holds; whether it does."""
        if at_once and holds(self):
            return True
        while (due := next_due(self.state)) is not None and due[0] <= end:
            self._tick()
            if holds(self):
                return True
        self._until(end)
        return bool(holds(self))

    def hold(self, component: str) -> Self:
        """Keep a component from hearing of changes: ``coredns``, ``kube-proxy@node-2``, ``kubelet@node-2``, ..."""
        self._event(Hold(self._component(component)))
        self._tell()
        return self

    def release(self, component: str) -> Self:
        """Let a held component hear again; it catches up when time moves."""
        self._event(Release(self._component(component)))
        self._tell()
        return self

    @property
    def delays(self) -> Mapping[str, Delay]:
        """How long news and work take, in seconds, by component, and by instance where one has its own.

        Set them with ``delay``. What else makes the window: a Pod's probe periods and ``preStop`` are in its spec,
        the DNS cache is in the Corefile (``DnsConfig.cache``, ``ttl``). Upstream: see ``kdisco.store.delays``.
        """
        names = {each for watching in self.state.watchers.values() for each in watching} | {*self.state.delays}
        return FrozenMap({name: delay_of(self.state.delays, name) for name in sorted(names)})

    def delay(self, component: str, **seconds: float | None) -> Delay:
        """Set the delays of ``kube-proxy``, ``kube-proxy@node-2``, ``kubelet@node-1``, ...; gives what holds now.

        ``watch``, ``work`` and ``min_sync`` in seconds, None the usual one again; without any it only tells.
        """
        known, own = ("watch", "work", "min_sync"), {**self.state.delays.get(self._component(component), {})}
        for name, value in seconds.items():
            arguments.one_of("delay", name, known)
            own.pop(name, None)
            if value is not None:
                own[name] = float(arguments.duration(name, value))
        if seconds:
            self._event(Adjust(component, FrozenMap(own)))
            self._tell()
        return delay_of(self.state.delays, component)

    load = _Load()

    def _loaded(self, rate: float = 50, **what: Any) -> Any:
        """Make connections while time runs: see ``kdisco.traffic.load``."""
        if isinstance(rate, str | PathLike):
            msg = f"rate: {rate!r} is no number of connections a second; a saved cluster is read by Cluster.load(path)"
            raise UsageError(msg)
        load = _above("traffic").load
        arguments.keywords(load, what, required=("source", "to"))
        try:
            return load(self, rate=rate, **what)
        finally:
            self._tell()

    def _component(self, name: str) -> str:
        known = {each for names in self.state.watchers.values() for each in names}
        base, at, instance = name.partition("@") if isinstance(name, str) else ("", "", "")
        if base not in known or (at and not self._runs(base, instance)):
            msg = f"no component {name!r}; there are {', '.join(sorted(known))}, one instance as kube-proxy@node-1"
            raise UsageError(msg)
        return name

    def _runs(self, component: str, instance: str) -> bool:
        """Whether there is such an instance: of kube-proxy or a kubelet on a node, of CoreDNS in a Pod ``ns/name``."""
        namespace, _, name = instance.rpartition("/")
        resources = {"kube-proxy": "nodes", "kubelet": "nodes", "coredns": "pods"}
        return component in resources and self.state.view.get(resources[component], (namespace, name)) is not None

    def _until(self, end: float) -> None:
        """Let time pass to ``end``, in seconds of cluster time."""
        self._advance(end)
        self._event(Elapse(end))

    def _advance(self, end: float) -> None:
        """Let everything happen that is due up to ``end``, in seconds of cluster time."""
        with collection_paused(), counted("settle" if end == math.inf else "run") as count:
            for _ in range(MOST_STEPS):
                due = next_due(self.state)
                if due is None or due[0] > end or (end == math.inf and self.state.settled):
                    return
                self._tick()
                count(1)
        msg = f"the cluster did not come to rest within {MOST_STEPS} steps"
        raise KdiscoError(msg)

    def _tick(self) -> None:
        with self.history.guard:
            self.history.add(*tick(self.state))

    def _event(self, event: Event) -> tuple[Fact, ...]:
        with self.history.guard:
            state, facts = step(self.state, event)
            self.history.add(state, event, facts)
        return facts

    def _ask(self, event: Event) -> tuple[Fact, ...]:
        """Let something happen that is remembered only where it leaves a trace in the state."""
        state, facts = step(self.state, event)
        if state is not self.state:
            self.history.add(state, event, facts)
        return facts

    # The past

    def at(self, revision: int) -> Self:
        """An independent cluster as things stood when a revision was the newest."""
        return self._beside(self.history.until(revision))

    def branch(self) -> Self:
        """An independent cluster with the same past: what if?"""
        return self._beside(self.history.branch())

    def _beside(self, history: Timeline) -> Self:
        """Another cluster, in the hands of the same user."""
        other = self._of(history, self.ignored)
        other._turns = Turns(self._turns.following)  # noqa: SLF001 - of this class
        other.user, other.groups, other.kubeconfig = self.user, self.groups, {**self.kubeconfig}
        return other

    def undo(self) -> Self:
        """Go back to before the last write, and all that followed from it."""
        with self.history.guard:
            self.history.undo()
        self._tell()
        return self

    def compact(self, revision: int) -> Self:
        """Forget the past before a revision, as ``etcdctl compact`` does: watching from it is then 410 Expired."""
        self.history.compact(arguments.whole("revision", revision))
        return self

    def diff(self, before: int | Self, after: int | Self) -> Any:
        """What differs between two revisions, or two clusters: ``.objects``, ``.dns``, ``.rules``, ``.fates``."""
        return _above("contrast.difference").difference(self._moment(before), self._moment(after))

    def _moment(self, which: int | Self) -> State:
        return which.state if isinstance(which, Machine) else self.history.until(which).state

    # In a file

    def save(self, path: str | PathLike[str]) -> Self:
        """Write all of it to a file, the past too: ``Cluster.load(path)`` goes on from there just as this would."""
        saving = _above("saving")
        saving.save(
            saving.Saved(
                history=self.history,
                turn=self._turns.following,
                user=self.user,
                groups=self.groups,
                ignored=self.ignored,
            ),
            path,
        )
        return self

    @classmethod
    def _of_file(cls, path: str | PathLike[str]) -> Self:
        """The cluster that was saved in a file; raises UsageError in one line for what holds none."""
        found = _above("saving").load(path)
        cluster = cls._of(found.history, found.ignored)
        cluster.user, cluster.groups = found.user, found.groups
        cluster._turns = Turns(found.turn)  # noqa: SLF001 - of this class
        return cluster


def _above(name: str) -> Any:
    """A module that only some clusters need: loaded when first asked for."""
    return import_module(f"kdisco.{name}")


def _boot() -> Any:
    """How clusters begin: with it come all controllers, a third of the import, which the name needs not."""
    return _above("boot")
