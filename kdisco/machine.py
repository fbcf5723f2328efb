"""Objects and their time: read them, write them, let things happen, go back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from attrs import evolve

from kdisco import arguments, boot, client
from kdisco.collection import collection_paused
from kdisco.config import ClusterConfig, configured
from kdisco.control.queue import AT_REST
from kdisco.errors import KdiscoError, UsageError
from kdisco.model.kinds import Resource, resource, resource_of
from kdisco.model.manifest import find_resource, to_object
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

        Controllers rest until ``settle``. ``now`` (RFC 3339) fixes the clock. Kinds that the model does
        not have are left out and named in ``ignored``.
        """
        objects, ignored = [], []
        for each in read(source):
            if resource_of(str(each.get("kind")), str(each.get("apiVersion"))):
                objects.append(to_object(each))
            elif each.get("kind") and each.get("apiVersion"):
                ignored.append(f"{each['kind']}/{(each.get('metadata') or {}).get('name', '')}")
            else:
                find_resource(each)
        return cls._of(Timeline(boot.from_objects(objects, configured(**settings), now)), tuple(ignored))

    @classmethod
    def _of(cls, history: Timeline, ignored: tuple[str, ...] = ()) -> Self:
        cluster = cls.__new__(cls)
        cluster._begin(history, ignored)  # noqa: SLF001 - of this class
        return cluster

    def _begin(self, history: Timeline, ignored: tuple[str, ...] = ()) -> None:
        self.history = history
        self.ignored = ignored
        self._observers: dict[object, Callable[[State], object]] = {}

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
        row = _row(kind, name, namespace)
        found = self.state.view.get(row.plural, (namespace if row.namespaced else "", name))
        if found is None:
            raise not_found(row, name)
        return found

    def list(
        self, kind: str, namespace: str | None = None, selector: str | Mapping[str, str] | None = None
    ) -> tuple[Any, ...]:
        """All objects of a kind in key order; of one namespace or (None) all, with these labels."""
        row, wanted = _row(kind, "", namespace or ""), arguments.selected(selector)
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
        row = _row(kind, "", namespace or "")
        space = namespace if row.namespaced else None
        after = self.revision if since is None else arguments.whole("since", since, self.revision)
        return tuple(self.history.watch(row.plural, space, arguments.selected(selector), after))

    # Writes

    def create(self, source: Source, namespace: str = "default", *, dry_run: bool = False) -> Any:
        """POST every document; gives the object, or a tuple for several. If one is refused, none is stored."""
        return self._documents("create", client.creation, source, namespace, dry_run=dry_run)

    def apply(self, source: Source, namespace: str = "default", *, dry_run: bool = False) -> Any:
        """What ``kubectl apply -f`` does with every document: create it, or patch what differs."""
        return self._documents("apply", client.application, source, namespace, dry_run=dry_run)

    def replace(self, source: Source, namespace: str = "default", *, dry_run: bool = False) -> Any:
        """PUT every document; raises Conflict for a stale resourceVersion."""
        return self._documents("replace", client.replacement, source, namespace, dry_run=dry_run)

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
        arguments.one_of("type", type, PATCHES)
        arguments.one_of("subresource", subresource, SUBRESOURCES)
        row = _row(kind, name, namespace)
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
        row = _row(kind, name, namespace)
        if grace_period is not None:
            arguments.whole("grace_period", grace_period)
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
        self,
        command: str,
        make: Callable[[State, Mapping[str, Any], str], Request],
        source: Source,
        namespace: str,
        *,
        dry_run: bool,
    ) -> Any:
        arguments.texts(namespace=namespace)
        makers = [self._maker(make, document, namespace, dry_run=dry_run) for document in read(source)]
        if not makers:
            msg = f"error: no objects passed to {command}"
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
        if state.revision != self.revision:
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
        if AT_REST in self.state.held:
            self._event(Release(AT_REST))
        self._advance(math.inf)
        self._tell()
        return self

    def run(self, seconds: float) -> Self:
        """Let so many seconds of cluster time pass."""
        end = self.now + arguments.duration("seconds", seconds)
        self._advance(end)
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
        base, at, instance = name.partition("@") if isinstance(name, str) else ("", "", "")
        if base not in known or (at and not self._runs(base, instance)):
            msg = f"no component {name!r}; there are {', '.join(sorted(known))}, one instance as kube-proxy@node-1"
            raise UsageError(msg)
        return name

    def _runs(self, component: str, instance: str) -> bool:
        """Whether there is such an instance: of kube-proxy on a node, of CoreDNS in a Pod ``ns/name``."""
        namespace, _, name = instance.rpartition("/")
        resources = {"kube-proxy": "nodes", "coredns": "pods"}
        return component in resources and self.state.view.get(resources[component], (namespace, name)) is not None

    def _advance(self, end: float) -> None:
        """Let everything happen that is due up to ``end``, in seconds of cluster time."""
        with collection_paused():
            for _ in range(MOST_STEPS):
                due = next_due(self.state)
                if due is None or due[0] > end:
                    return
                self._tick()
        msg = f"the cluster did not come to rest within {MOST_STEPS} steps"
        raise KdiscoError(msg)

    def _tick(self) -> None:
        self.history.add(*tick(self.state))

    def _event(self, event: Event) -> tuple[Fact, ...]:
        state, facts = step(self.state, event)
        self.history.add(state, event, facts)
        return facts

    # The past

    def at(self, revision: int) -> Self:
        """An independent cluster as things stood when a revision was the newest."""
        return self._of(self.history.until(revision), self.ignored)

    def branch(self) -> Self:
        """An independent cluster with the same past: what if?"""
        return self._of(self.history.branch(), self.ignored)

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
        seat = object()
        self._observers[seat] = arguments.function("observer", observer)

        def leave() -> None:
            self._observers.pop(seat, None)

        return leave

    def _tell(self) -> None:
        for observer in tuple(self._observers.values()):
            observer(self.state)


def _row(kind: str, name: str, namespace: str) -> Resource:
    """The resource of a kind, once it is clear that name and namespace can be asked for."""
    arguments.texts(name=name, namespace=namespace)
    return resource(kind)
