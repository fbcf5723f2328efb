"""The API server: every write goes through the same stages, each of which says what it did.

Upstream: apiserver pkg/endpoints/handlers, pkg/registry/generic/registry/store.go. Defaulting happens
while decoding, before admission; addresses are allocated before validation; what was allocated is
given back when a later stage refuses, because nothing is stored before the stage ``store``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, frozen

from kdisco.errors import AlreadyExists, ApiError, BadRequest, Conflict, Invalid, NotFound
from kdisco.model.kinds import RESOURCES, Resource
from kdisco.model.manifest import to_object
from kdisco.model.meta import Object, ObjectMeta
from kdisco.model.service import Service
from kdisco.store import remove
from kdisco.store.admission import MUTATING, VALIDATING, mutate
from kdisco.store.allocate import allocate, ip_address
from kdisco.store.authorize import authenticate, authorize
from kdisco.store.carry import carried
from kdisco.store.defaults import defaulted
from kdisco.store.events import Change, Request, StagePassed
from kdisco.store.patch import patched
from kdisco.store.service_types import node_ports
from kdisco.store.transaction import Transaction
from kdisco.store.update import finished_create, finished_update
from kdisco.store.validate import causes

__all__ = ["STAGES", "not_found", "serve"]

STALE = "the object has been modified; please apply your changes to the latest version and try again"
NAME_BASE = 58  # generateName is cut so that five letters still fit into 63
NAME_TRIES = 8  # to find letters that are not taken
MADE_BY_PUT = ("Endpoints", "Service")


@frozen(kw_only=True)
class Draft:
    """A write on its way: the request, what is stored under its name, and what it is becoming.

    ``began`` is the number of facts that its transaction held before it.
    """

    request: Request
    row: Resource
    began: int
    old: Any = None
    new: Any = None


Stage = Callable[[Transaction, Draft], tuple[Draft, str]]


def serve(txn: Transaction, request: Request) -> Any:
    """Answer a write: the object as stored (of a delete, its last state).

    Raises ApiError when a stage refuses; the transaction must then be thrown away.
    """
    draft = Draft(request=request, row=RESOURCES[request.resource], began=len(txn.facts))
    names = DELETE_STAGES if request.verb == "delete" else STAGES
    for name, stage in names.items():
        before = draft.new or draft.old
        try:
            draft, note = stage(txn, draft)
        except ApiError as refusal:
            txn.facts.append(StagePassed(stage=name, note=refusal.message, passed=False, before=before))
            raise
        txn.facts.append(StagePassed(stage=name, note=note, before=before, after=draft.new))
    return draft.new


def not_found(row: Resource, name: str) -> NotFound:
    """The error for an object that is not there."""
    return NotFound(f'{row.qualified} "{name}" not found', _details(row, name))


def _authentication(_txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    return draft, authenticate(draft.request.user)


def _authorization(_txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    return draft, authorize(draft.row, draft.request)


def _decode(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    """JSON to an object of the kind, with its defaults; a patch is applied to what is stored."""
    request, row = draft.request, draft.row
    old: Any = txn.get(row.plural, (request.namespace, request.name)) if request.name else None
    body = request.body
    if request.verb == "patch":
        if old is None:
            raise not_found(row, request.name)
        body = patched(old.to_dict(), body, request.patch_type)
    elif request.verb != "create" and old is None:
        if row.kind not in MADE_BY_PUT:
            raise not_found(row, request.name)
        request = evolve(request, verb="create")
    sent: Object = _read(body, row) if isinstance(body, Mapping) else body
    if draft.request.verb == "create" and sent.metadata.resource_version:
        msg = "resourceVersion should not be set on objects to be created"
        raise BadRequest(msg)
    if row.namespaced and sent.namespace and sent.namespace != request.namespace:
        msg = "the namespace of the provided object does not match the namespace sent on the request"
        raise BadRequest(msg)
    if draft.request.verb != "create" and sent.name != request.name:
        words = f"the name of the object ({sent.name}) does not match the name on the URL ({request.name})"
        raise BadRequest(words)
    placed = sent.with_meta(namespace=request.namespace if row.namespaced else "")
    new = placed if request.subresource else defaulted(placed)  # a subresource takes no spec
    note = "read as " + row.kind + ("" if new == placed else ", defaults filled in")
    return evolve(draft, request=request, old=None if request.verb == "create" else old, new=new), note


def _read(body: Mapping[str, Any], row: Resource) -> Object:
    """The object that a body describes; kind and apiVersion go without saying, but may not be others."""
    version, kind = body.get("apiVersion") or row.cls.API_VERSION, body.get("kind") or row.kind
    if version != row.cls.API_VERSION:
        words = f"({version}) does not match the expected API version ({row.cls.API_VERSION})"
        msg = f"the API version in the data {words}"
        raise BadRequest(msg)
    if kind != row.kind:
        words = f"converting ({row.version}.{kind}) to (core.{row.kind}): unknown conversion"
        msg = f'{kind} in version "{row.version}" cannot be handled as a {row.kind}: {words}'
        raise BadRequest(msg)
    return to_object({**body, "apiVersion": version, "kind": kind})


def _mutating(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    new, changed = mutate(txn, draft.row, draft.request, draft.new)
    told = f"changed by {', '.join(changed)}" if changed else "nothing to change"
    return evolve(draft, new=new), f"{len(MUTATING)} plugins: {told}"


def _allocation(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    """The fields that the server sets: metadata, then a Service's addresses and ports."""
    request, old = draft.request, draft.old
    new = _created(txn, draft.row, draft.new) if old is None else _updated(draft)
    if not isinstance(new, Service) or request.subresource:
        return evolve(draft, new=new), "nothing to allocate"
    service = allocate(txn, carried(new, old), old, dry_run=request.dry_run)
    return evolve(draft, new=service), _allocated(service, old)


def _allocated(service: Service, old: Service | None) -> str:
    held = set(old.virtual_ips) if old else set()
    given = [f"ClusterIP {address}" for address in service.virtual_ips if address not in held]
    ports = node_ports(old.spec) if old else frozenset()
    given += [f"NodePort {number}" for number in sorted(node_ports(service.spec) - ports)]
    return ", ".join(given) or "nothing to allocate"


def _created(txn: Transaction, row: Resource, new: Any) -> Any:
    meta: ObjectMeta = new.metadata
    name = meta.name
    if not name and meta.generate_name:
        for _ in range(NAME_TRIES):
            name = meta.generate_name[:NAME_BASE] + txn.suffix()
            if txn.get(row.plural, (meta.namespace, name)) is None:
                break
    fresh = new.with_meta(
        name=name,
        uid=txn.uid(),
        creation_timestamp=txn.time(),
        deletion_timestamp=None,
        deletion_grace_period_seconds=None,
        resource_version="",
    )
    return finished_create(fresh)


def _updated(draft: Draft) -> Any:
    old, new, row = draft.old, draft.new, draft.row
    version, uid = new.metadata.resource_version, new.metadata.uid
    problem = ""
    if uid and uid != old.metadata.uid:
        problem = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.metadata.uid}"
    elif version and version != old.metadata.resource_version:
        problem = STALE
    elif draft.request.subresource == "binding" and old.spec.node_name:
        problem = f'pod {old.name} is already assigned to node "{old.spec.node_name}"'
    if problem:
        msg = f'Operation cannot be fulfilled on {row.qualified} "{old.name}": {problem}'
        raise Conflict(msg, _details(row, old.name))
    return finished_update(new, old, draft.request.subresource)


def _validation(_txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    if draft.request.subresource:
        return draft, "the spec is as it was"
    problems = list(causes(draft.new, draft.old, draft.request.subresource))
    if problems:
        raise Invalid(draft.row.kind, draft.row.group, draft.new.name, problems)
    return draft, "every field follows the rules"


def _validating(_txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    return draft, f"{len(VALIDATING)} plugins: no objection"


def _store(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    row, old, new = draft.row, draft.old, draft.new
    if draft.request.verb == "create" and txn.get(row.plural, new.key) is not None:
        msg = f'{row.qualified} "{new.name}" already exists'
        raise AlreadyExists(msg, _details(row, new.name))
    if draft.request.dry_run:
        return draft, "dry run: not stored"
    if old is not None and new.with_meta(resource_version=old.metadata.resource_version) == old:
        return evolve(draft, new=old), f"no change: still at revision {old.metadata.resource_version}"
    if isinstance(new, Service):
        _book(txn, new, old)
    if remove.is_due(new):
        return evolve(draft, new=remove.finally_removed(txn, row, new)), "its last finalizer is gone: removed"
    stored = txn.put(row.plural, new)
    if isinstance(old, Service) and isinstance(new, Service):
        for address in sorted({*old.virtual_ips} - {*new.virtual_ips}):
            remove.free_address(txn, address)
    return evolve(draft, new=stored), f"written to etcd at revision {stored.metadata.resource_version}"


def _book(txn: Transaction, new: Service, old: Service | None) -> None:
    """An IPAddress object for each address that a Service gains: stored before it, as the allocator does."""
    before = set(old.virtual_ips) if old else set()
    for address in sorted({*new.virtual_ips} - before):
        parent = ip_address(new, address)
        if txn.get("ipaddresses", parent.key) is None:
            txn.put("ipaddresses", parent.with_meta(uid=txn.uid(), creation_timestamp=txn.time()))


def _watch(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    changed = [fact.resource for fact in txn.facts[draft.began :] if isinstance(fact, Change)]
    told = {name for plural in changed for name in txn.state.watchers.get(plural, ())}
    return draft, f"{len(told)} watchers will hear of it" if told else "nobody to tell"


def _deletion(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    row, request = draft.row, draft.request
    old = txn.get(row.plural, (request.namespace, request.name))
    if old is None:
        raise not_found(row, request.name)
    mutate(txn, row, request, old)
    return evolve(draft, old=old, new=old), f"{len(PLUGINS_SEEN)} plugins: no objection"


def _removal(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    if draft.request.dry_run:
        return draft, "dry run: not deleted"
    new, note = remove.delete(txn, draft.row, draft.old, draft.request.grace_period)
    return evolve(draft, new=new), note


def _details(row: Resource, name: str) -> dict[str, str]:
    return {"name": name} | ({"group": row.group} if row.group else {}) | {"kind": row.plural}


PLUGINS_SEEN = (*MUTATING, *VALIDATING)
STAGES: dict[str, Stage] = {
    "authentication": _authentication,
    "authorization": _authorization,
    "decode + defaulting": _decode,
    "mutating admission": _mutating,
    "allocation": _allocation,
    "validation": _validation,
    "validating admission": _validating,
    "store": _store,
    "watch": _watch,
}
DELETE_STAGES: dict[str, Stage] = {
    "authentication": _authentication,
    "authorization": _authorization,
    "admission": _deletion,
    "store": _removal,
    "watch": _watch,
}
