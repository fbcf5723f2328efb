"""Objects and their time: read them, write them, let things happen, go back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from attrs import evolve

from kdisco import boot, client
from kdisco.config import ClusterConfig, configured
from kdisco.errors import KdiscoError, UsageError
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import resource, resource_of
from kdisco.model.manifest import find_resource, to_object
from kdisco.model.selector import LabelSelector, parse_selector
from kdisco.source import Source, read
from kdisco.step import next_due, step, tick
from kdisco.store.apiserver import not_found
from kdisco.store.difference import Difference, difference
from kdisco.store.events import Elapse, Event, Fact, Hold, Refused, Release, Request, StagePassed
from kdisco.store.history import Moment, Timeline, WatchEvent
from kdisco.store.state import State

__all__ = ["Machine"]

MOST_STEPS = 10_000_000  # of one settle: more would mean that two controllers undo each other's work
SUBRESOURCES = (None, "status")
PATCHES = ("merge", "strategic", "json")
Maker = Callable[[State], Request]


class Machine:
    """The objects of a cluster, the API that writes them, the clock that lets controllers react, and the past."""

    def __init__(self, **settings: Any) -> None:
        self._begin(Timeline(boot.new_cluster(configured(**settings))))
        self.settle()
        self.history = Timeline(evolve(self.state, changes=()))

    @classmethod
    def from_dump(cls, source: Source, now: str | None = None, **settings: Any) -> Self:
        """A cluster from what ``kubectl get ... -o yaml`` gave: objects as they are, no admission, no add-ons.

        Controllers rest until time moves. ``now`` (RFC 3339) fixes the clock. Kinds that the model does
        not have are left out and named in ``ignored``.
        """
        documents = read(source)
        known = [each for each in documents if resource_of(str(each.get("kind")), str(each.get("apiVersion")))]
        objects = [to_object(each) for each in known]
        others = [each for each in documents if each not in known]
        for each in others:
            if not (each.get("kind") and each.get("apiVersion")):
                find_resource(each)
        cluster = cls._of(Timeline(boot.from_objects(objects, configured(**settings), now)))
        cluster.ignored = tuple(f"{each['kind']}/{(each.get('metadata') or {}).get('name', '')}" for each in others)
        return cluster

    @classmethod
    def _of(cls, history: Timeline) -> Self:
        cluster = cls.__new__(cls)
        cluster._begin(history)  # noqa: SLF001 - of this class
        return cluster

    def _begin(self, history: Timeline) -> None:
        self.history = history
        self.ignored: tuple[str, ...] = ()
        self._observers: list[Callable[[State], object]] = []

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

    def get(self, kind: str, name: str, namespace: str = "default") -> Any:
        """One object; raises NotFound. ``kind`` is any name that kubectl takes."""
        row = resource(kind)
        found = self.state.view.get(row.plural, (namespace if row.namespaced else "", name))
        if found is None:
            raise not_found(row, name)
        return found

    def list(
        self, kind: str, namespace: str | None = None, selector: str | Mapping[str, str] | None = None
    ) -> tuple[Any, ...]:
        """All objects of a kind in key order; of one namespace or (None) all, with these labels."""
        row, wanted = resource(kind), _selector(selector)
        found = self.state.view.list(row.plural, namespace if row.namespaced else None)
        return tuple(each for each in found if wanted is None or wanted.selects(each.labels))

    def watch(
        self,
        kind: str,
        namespace: str | None = None,
        selector: str | Mapping[str, str] | None = None,
        since: int | None = None,
    ) -> tuple[WatchEvent, ...]:
        """What happened to a kind after revision ``since`` (None: now, so nothing yet); raises Expired."""
        row = resource(kind)
        space = namespace if row.namespaced else None
        after = self.revision if since is None else since
        return tuple(self.history.watch(row.plural, space, _selector(selector), after))

    # Writes

    def create(self, source: Source, namespace: str = "default", *, dry_run: bool = False) -> Any:
        """POST every document; gives the object, or a tuple for several. If one is refused, none is stored."""
        return self._documents(client.creation, source, namespace, dry_run=dry_run)

    def apply(self, source: Source, namespace: str = "default", *, dry_run: bool = False) -> Any:
        """What ``kubectl apply -f`` does with every document: create it, or patch what differs."""
        return self._documents(client.application, source, namespace, dry_run=dry_run)

    def replace(self, source: Source, namespace: str = "default", *, dry_run: bool = False) -> Any:
        """PUT every document; raises Conflict for a stale resourceVersion."""
        return self._documents(client.replacement, source, namespace, dry_run=dry_run)

    def patch(
        self,
        kind: str,
        name: str,
        patch: Any,
        namespace: str = "default",
        type: str = "merge",  # noqa: A002 - kubectl's own name for it
        *,
        subresource: str | None = None,
        dry_run: bool = False,
    ) -> Any:
        """PATCH one object: ``type`` merge, strategic or json; ``subresource`` None or "status"."""
        _one_of("type", type, PATCHES)
        _one_of("subresource", subresource, SUBRESOURCES)
        row = resource(kind)
        request = Request(
            verb="patch",
            resource=row.plural,
            namespace=namespace if row.namespaced else "",
            name=name,
            body=patch,
            patch_type=type,
            subresource=subresource or "",
            dry_run=dry_run,
        )
        return self._write([lambda _: request])[0]

    def scale(self, target: str, replicas: int, namespace: str = "default", *, dry_run: bool = False) -> Any:
        """Want so many Pods of ``deployment/web`` (or ``replicaset/...``)."""
        row, (_, name) = client.target(target, namespace)
        if row.plural not in ("deployments", "replicasets"):
            msg = f"error: {row.qualified} cannot be scaled; deployments and replicasets can"
            raise UsageError(msg)
        if type(replicas) is not int or replicas < 0:
            msg = "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"
            raise UsageError(msg)
        return self.patch(row.plural, name, {"spec": {"replicas": replicas}}, namespace, dry_run=dry_run)

    def delete(
        self,
        kind: str,
        name: str,
        namespace: str = "default",
        *,
        grace_period: int | None = None,
        dry_run: bool = False,
    ) -> Any:
        """DELETE one object; ``grace_period`` in seconds, 0 at once, None the object's own. Gives its last state."""
        row = resource(kind)
        request = Request(
            verb="delete",
            resource=row.plural,
            namespace=namespace if row.namespaced else "",
            name=name,
            grace_period=grace_period,
            dry_run=dry_run,
        )
        return self._write([lambda _: request])[0]

    def _documents(
        self, make: Callable[[State, Mapping[str, Any], str], Request], source: Source, namespace: str, *, dry_run: bool
    ) -> Any:
        makers = [self._maker(make, document, namespace, dry_run=dry_run) for document in read(source)]
        if not makers:
            msg = "error: no objects passed to " + make.__name__.replace("ion", "e")
            raise UsageError(msg)
        stored = self._write(makers)
        return stored[0] if len(stored) == 1 else stored

    @staticmethod
    def _maker(make: Callable[..., Request], document: Mapping[str, Any], namespace: str, *, dry_run: bool) -> Maker:
        return lambda state: evolve(make(state, document, namespace), dry_run=dry_run)

    def _write(self, makers: Iterable[Maker]) -> tuple[Any, ...]:
        """Carry out requests one after the other; the first refusal takes all of them back."""
        state, moments, results = self.state, [], []
        for make in makers:
            request = make(state)
            after, facts = step(state, request)
            for fact in facts:
                if isinstance(fact, Refused):
                    self.history.add(evolve(self.state, changes=()), request, facts)
                    raise fact.error
            state = evolve(state, changes=()) if request.dry_run else after
            moments.append((state, request, facts))
            results.append([fact.after for fact in facts if isinstance(fact, StagePassed)][-1])
        self.history.mark()
        for moment in moments:
            self.history.add(*moment)
        self._tell()
        return tuple(results)

    # Time

    def step(self) -> Moment | None:
        """Let the next thing happen; gives what it was, None when nothing is due."""
        if next_due(self.state) is None:
            return None
        self._tick()
        self._tell()
        return self.history[-1]

    def settle(self) -> Self:
        """Let everything happen until nothing can change any more."""
        for _ in range(MOST_STEPS):
            if next_due(self.state) is None:
                break
            self._tick()
        else:
            msg = f"the cluster did not come to rest within {MOST_STEPS} steps"
            raise KdiscoError(msg)
        self._tell()
        return self

    def run(self, seconds: float) -> Self:
        """Let so many seconds of cluster time pass."""
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
            msg = f"seconds: {seconds!r} is not a number of seconds from 0 on"
            raise UsageError(msg)
        end = self.now + seconds
        while (due := next_due(self.state)) is not None and due[0] <= end:
            self._tick()
        self._event(Elapse(end))
        self._tell()
        return self

    def hold(self, component: str) -> Self:
        """Keep a component from hearing of changes: ``coredns``, ``kube-proxy@node-2``, ``endpointslice``, ..."""
        self._event(Hold(self._component(component)))
        self._tell()
        return self

    def release(self, component: str) -> Self:
        """Let a held component hear again; it catches up when time moves."""
        self._event(Release(self._component(component)))
        self._tell()
        return self

    def _component(self, name: str) -> str:
        known = {each for names in self.state.watchers.values() for each in names}
        if not isinstance(name, str) or name.partition("@")[0] not in known:
            msg = f"no component {name!r}; there are {', '.join(sorted(known))}, one instance as kube-proxy@node-1"
            raise UsageError(msg)
        return name

    def _tick(self) -> None:
        self.history.add(*tick(self.state))

    def _event(self, event: Event) -> tuple[Fact, ...]:
        state, facts = step(self.state, event)
        self.history.add(state, event, facts)
        return facts

    # The past

    def at(self, revision: int) -> Self:
        """An independent cluster as things stood right after a revision was written."""
        return self._of(self.history.until(revision))

    def branch(self) -> Self:
        """An independent cluster with the same past: what if?"""
        return self._of(self.history.branch())

    def undo(self) -> Self:
        """Go back to before the last write, and all that followed from it."""
        self.history.undo()
        self._tell()
        return self

    def diff(self, before: int, after: int) -> Difference:
        """What differs between two revisions, field by field."""
        return difference(self.history.until(before).state, self.history.until(after).state)

    # Company

    def observe(self, observer: Callable[[State], object]) -> Callable[[], None]:
        """Call ``observer`` with the state after every change; gives the function that ends it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer) if observer in self._observers else None

    def _tell(self) -> None:
        for observer in tuple(self._observers):
            observer(self.state)


def _selector(selector: str | Mapping[str, str] | None) -> LabelSelector | None:
    if isinstance(selector, Mapping):
        return LabelSelector(match_labels=FrozenMap(selector))
    return None if selector is None else parse_selector(selector)


def _one_of(name: str, value: Any, known: tuple[str | None, ...]) -> None:
    if value not in known:
        msg = f"{name}: {value!r} is not one of {', '.join(map(repr, known))}"
        raise UsageError(msg)
