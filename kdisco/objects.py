"""The API of a cluster as Python: read objects, watch them, write them; what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve

from kdisco import arguments, client
from kdisco.config import ClusterConfig
from kdisco.errors import UsageError
from kdisco.model.kinds import Resource, resource
from kdisco.source import Source, read
from kdisco.step import step
from kdisco.store.apiserver import not_found
from kdisco.store.events import Refused, Request, StagePassed, Warned
from kdisco.store.history import Timeline, WatchEvent
from kdisco.store.state import State

__all__ = ["Objects"]

SUBRESOURCES = (None, "status")
PATCHES = ("merge", "strategic", "json")
Maker = Callable[[State], Request]


class Objects:
    """The objects of a cluster and the API that reads and writes them, over a past that grows."""

    history: Timeline
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
        state, moments, results, warnings = self.state, [], [], []
        for make in makers:
            request = make(state)
            after, facts = step(state, request)
            for fact in facts:
                if isinstance(fact, Refused):
                    self.history.add(evolve(self.state, changes=()), request, facts)
                    raise fact.error
            state = evolve(state, changes=()) if request.dry_run else after
            moments.append((state, request, facts))
            warnings += [fact.text for fact in facts if isinstance(fact, Warned)]
            results.append([fact.after for fact in facts if isinstance(fact, StagePassed)][-1])
        if state.revision != self.revision:
            self.history.mark()
        for moment in moments:
            self.history.add(*moment)
        self.warnings = tuple(warnings)
        self._tell()
        return tuple(results)

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
