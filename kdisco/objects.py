"""The API of a cluster as Python: read objects, watch them, write them; what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve

from kdisco import arguments, client
from kdisco.errors import UsageError
from kdisco.handle import Handle
from kdisco.model.kinds import Resource, resource
from kdisco.source import Source, read
from kdisco.step import step
from kdisco.store.decode import DEPRECATED, not_found
from kdisco.store.events import Refused, Request, StagePassed, Warned
from kdisco.store.fields import field_selector as fields_of
from kdisco.store.scale import SCALABLE
from kdisco.store.state import State
from kdisco.store.watch import Listed, WatchEvent, bookmark, chosen, events, present, too_large

__all__ = ["Objects"]

SUBRESOURCES = (None, "status", "scale")
PATCHES = ("merge", "strategic", "json")
VALIDATIONS = ("", "Strict", "Warn", "Ignore")
POLICIES = (None, "Background", "Foreground", "Orphan")
Maker = Callable[[State], Request]


class Objects(Handle):
    """The objects of a cluster and the API that reads and writes them, over a past that grows."""

    # Reads

    def get(self, kind: str, name: str, namespace: str = "default") -> Any:
        """One object; raises NotFound. ``kind`` is any name that kubectl takes."""
        row = _row(kind, name, namespace)
        self._authorized(self.state, "get", row, namespace, name)
        self._warn_of(row)
        return self._stored(row, name, namespace)

    def _stored(self, row: Resource, name: str, namespace: str) -> Any:
        """What is stored, whoever asks; raises NotFound."""
        found = self.state.view.get(row.plural, (namespace if row.namespaced else "", name))
        if found is None:
            raise not_found(row, name)
        return found

    def list(
        self,
        kind: str,
        namespace: str | None = None,
        selector: str | Mapping[str, str] | None = None,
        *,
        field_selector: str | None = None,
    ) -> Listed:
        """All objects of a kind in key order, with the ``resource_version`` that they are of; namespace None is all."""
        row, fits = self._chosen(kind, namespace, selector, field_selector)
        self._authorized(self.state, "list", row, namespace)
        self._warn_of(row)
        found = self.state.view.list(row.plural, namespace if row.namespaced else None)
        return Listed((each for each in found if fits(each)), self.revision)

    def watch(
        self,
        kind: str,
        namespace: str | None = None,
        selector: str | Mapping[str, str] | None = None,
        since: int | None = None,
        *,
        field_selector: str | None = None,
        initial: bool = False,
        bookmarks: bool = False,
    ) -> tuple[WatchEvent, ...]:
        """What happened to a kind after revision ``since`` (None: now, so nothing yet; 0: ADDED for all there is).

        ``initial`` begins with what there is too; ``bookmarks`` ends with a BOOKMARK. Raises Expired, or Timeout.
        """
        row, fits = self._chosen(kind, namespace, selector, field_selector)
        after = self.revision if since is None else arguments.whole("since", since)
        self._authorized(self.state, "watch", row, namespace)
        self._warn_of(row)
        if after > self.revision:
            raise too_large(after, self.revision)
        space = namespace if row.namespaced else None
        if initial or since == 0:
            sent = present(self.state.view, row.plural, space, fits)
        else:
            sent = events(self.history.changes(after), row.plural, space, fits)
        return (*sent, *([bookmark(row, self.revision, initial_end=initial)] if bookmarks else ()))

    def _chosen(
        self, kind: str, namespace: str | None, selector: str | Mapping[str, str] | None, fields: str | None
    ) -> tuple[Resource, Callable[[Any], bool]]:
        """A kind's resource, and which of its objects are asked for."""
        row = _row(kind, "", namespace or "")
        arguments.texts(field_selector=fields or "")
        return row, chosen(arguments.selected(selector), fields_of(row, fields) if fields else None)

    def _warn_of(self, row: Resource) -> None:
        """Note the warning that comes with every answer of a deprecated resource."""
        if row.plural in DEPRECATED:
            self.warnings = (DEPRECATED[row.plural],)

    # Writes

    def create(
        self, source: Source, namespace: str = "default", *, dry_run: bool = False, field_validation: str = ""
    ) -> Any:
        """POST every document; gives the object, or a tuple for several. If one is refused, none is stored.

        ``field_validation`` Strict, Warn or Ignore: what becomes of unknown fields; "" is Strict.
        """
        how: dict[str, Any] = {"dry_run": dry_run, "field_validation": field_validation}
        return self._documents("create", client.creation, source, namespace, **how)

    def apply(
        self,
        source: Source,
        namespace: str = "default",
        *,
        server_side: bool = False,
        field_manager: str = "kubectl",
        force_conflicts: bool = False,
        dry_run: bool = False,
        field_validation: str = "",
    ) -> Any:
        """What ``kubectl apply -f`` does with every document: look, then create it, or patch what differs.

        ``server_side`` lets the server merge it, and raises Conflict where a field is another manager's.
        """
        how: dict[str, Any] = {"dry_run": dry_run, "field_validation": field_validation}
        if not server_side:
            return self._documents("apply", self._application, source, namespace, **how)
        arguments.texts(field_manager=field_manager)
        make = client.server_side(field_manager, force=force_conflicts)
        return self._documents("apply", make, source, namespace, **how)

    def _application(self, state: State, document: Mapping[str, Any], namespace: str) -> Request:
        request = client.application(state, document, namespace)
        name = request.name or str(request.body["metadata"]["name"])
        self._authorized(state, "get", resource(request.resource), request.namespace, name)
        return request

    def replace(
        self, source: Source, namespace: str = "default", *, dry_run: bool = False, field_validation: str = ""
    ) -> Any:
        """PUT every document; raises Conflict for a stale resourceVersion."""
        how: dict[str, Any] = {"dry_run": dry_run, "field_validation": field_validation}
        return self._documents("replace", client.replacement, source, namespace, **how)

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
        """PATCH one object: ``type`` merge, strategic or json; ``subresource`` None, "status" or "scale"."""
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
        """Want so many Pods of ``deployment/web``, ``replicaset/...`` or ``statefulset/...``: PATCH its ``scale``."""
        row, (space, name) = client.target(target, namespace)
        if row.plural not in SCALABLE:
            msg = f"error: {row.qualified} cannot be scaled; {', '.join(SCALABLE[:-1])} and {SCALABLE[-1]} can"
            raise UsageError(msg)
        if type(replicas) is not int or replicas < 0:
            msg = "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"
            raise UsageError(msg)
        request = Request(
            verb="patch",
            resource=row.plural,
            namespace=space,
            name=name,
            body={"spec": {"replicas": replicas}},
            subresource="scale",
            dry_run=dry_run,
        )
        return self._write([lambda _: request])[0]

    def delete(
        self,
        kind: str,
        name: str,
        namespace: str = "default",
        *,
        grace_period: int | None = None,
        propagation_policy: str | None = None,
        dry_run: bool = False,
    ) -> Any:
        """DELETE one object; gives its last state.

        ``grace_period`` in seconds, 0 at once, None the object's own; ``propagation_policy`` Background (what it
        owns goes after it), Foreground (before it), Orphan (not at all) or None, the kind's own.
        """
        arguments.one_of("propagation_policy", propagation_policy, POLICIES)
        row = _row(kind, name, namespace)
        if grace_period is not None:
            arguments.whole("grace_period", grace_period)
        request = Request(
            verb="delete",
            resource=row.plural,
            namespace=namespace if row.namespaced else "",
            name=name,
            grace_period=grace_period,
            propagation=propagation_policy or "",
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
        field_validation: str,
        **how: Any,
    ) -> Any:
        arguments.texts(namespace=namespace)
        arguments.one_of("field_validation", field_validation, VALIDATIONS)
        if field_validation:
            how["field_validation"] = field_validation
        makers = [self._maker(make, document, namespace, how) for document in read(source)]
        if not makers:
            msg = f"error: no objects passed to {command}"
            raise UsageError(msg)
        stored = self._write(makers)
        return stored[0] if len(stored) == 1 else stored

    @staticmethod
    def _maker(
        make: Callable[..., Request], document: Mapping[str, Any], namespace: str, how: Mapping[str, Any]
    ) -> Maker:
        return lambda state: evolve(make(state, document, namespace), **how)

    def _write(self, makers: Iterable[Maker]) -> tuple[Any, ...]:
        """Carry out requests one after the other; the first refusal takes all of them back."""
        with self.history.guard:
            results = self._carry_out(makers)
        self._tell()
        return results

    def _carry_out(self, makers: Iterable[Maker]) -> tuple[Any, ...]:
        state, moments, results, warnings = self.state, [], [], []
        for make in makers:
            request = evolve(make(state), user=self.user, groups=self.groups)
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
        return tuple(results)


def _row(kind: str, name: str, namespace: str) -> Resource:
    """The resource of a kind, once it is clear that name and namespace can be asked for."""
    arguments.texts(name=name, namespace=namespace)
    return resource(kind)
