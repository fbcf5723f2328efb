"""The API server: every write goes through the same stages, each of which says what it did.

Upstream: apiserver pkg/endpoints/handlers, pkg/registry/generic/registry/store.go. Defaulting happens
while decoding, before admission; addresses are allocated before validation; what was allocated is
given back when a later stage refuses, because nothing is stored before the stage ``store``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, frozen

from kdisco.errors import AlreadyExists, ApiError, Conflict, Invalid, MethodNotAllowed, ServerError
from kdisco.model.kinds import RESOURCES, Resource
from kdisco.model.meta import ObjectMeta
from kdisco.model.service import Service
from kdisco.phrase import Phrase
from kdisco.store import admission, remove
from kdisco.store.allocate import allocate, ip_address
from kdisco.store.authorize import asked, authenticate, authorize, known_as
from kdisco.store.carry import carried
from kdisco.store.decode import decoded, details, not_found
from kdisco.store.escalate import confirm
from kdisco.store.events import Change, Request, StagePassed
from kdisco.store.field import invalid
from kdisco.store.preconditions import check, precondition_failed
from kdisco.store.rbac import User
from kdisco.store.scale import scale_problems
from kdisco.store.serverside import tracked
from kdisco.store.service_types import node_ports
from kdisco.store.service_warnings import service_warnings
from kdisco.store.transaction import Transaction
from kdisco.store.update import CONDITIONAL, finished_create, finished_update
from kdisco.store.validate import causes

__all__ = ["DELETE_STAGES", "STAGES", "not_found", "serve"]

STALE = "the object has been modified; please apply your changes to the latest version and try again"
NAME_BASE = 58  # generateName is cut so that five letters still fit into 63
NAME_TRIES = 8  # to find letters that are not taken
VERBS = ("create", "update", "patch", "delete")
NOTHING_TO_ALLOCATE, NOBODY = Phrase("nothing to allocate"), Phrase("nobody to tell")
SPEC_STAYS, VALID = Phrase("the spec is as it was"), Phrase("every field follows the rules")
REFUSED_BY = Phrase("refused by")


@frozen(kw_only=True)
class Draft:
    """A write on its way: the request, what is stored under its name, and what it is becoming.

    ``began`` is the number of facts that its transaction held before it; ``told`` the parts of the last
    stage that had any.
    """

    request: Request
    row: Resource
    began: int
    user: User | None = None
    old: Any = None
    new: Any = None
    told: tuple[tuple[str, str], ...] = ()


Stage = Callable[[Transaction, Draft], tuple[Draft, str]]


def serve(txn: Transaction, request: Request) -> Any:
    """Answer a write: the object as stored (of a delete, its last state).

    Raises ApiError when a stage refuses; the transaction must then be thrown away.
    """
    row = RESOURCES[request.resource]
    if request.verb not in VERBS:
        msg = f'{request.verb} is not supported on resources of kind "{row.qualified}"'
        raise MethodNotAllowed(msg, details(row, ""))
    draft = Draft(request=request, row=row, began=len(txn.facts))
    for name, stage in (DELETE_STAGES if request.verb == "delete" else STAGES).items():
        before, told = draft.new or draft.old, draft.told
        try:
            draft, note = stage(txn, draft)
        except ApiError as refusal:
            by = tuple((REFUSED_BY, part) for part in getattr(refusal, "__notes__", ()))
            txn.facts.append(StagePassed(stage=name, note=refusal.message, passed=False, details=by, before=before))
            raise
        parts = draft.told if draft.told is not told else ()
        txn.facts.append(StagePassed(stage=name, note=note, details=parts, before=before, after=draft.new))
    return draft.new


def _authentication(_txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    user = authenticate(draft.request.user, draft.request.groups)
    return evolve(draft, user=user), known_as(user)


def _authorization(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    return _authorized(txn, draft, draft.request.verb)


def _authorized(txn: Transaction, draft: Draft, verb: str) -> tuple[Draft, str]:
    assert draft.user is not None  # noqa: S101 - authentication comes first
    request = draft.request
    name = "" if verb == "create" else request.name
    found = authorize(
        txn.view, draft.user, asked(draft.row, verb, request.namespace, name, request.subresource)
    )
    return evolve(draft, told=found.parts), found.note


def _decode(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    request, old, new, note = decoded(txn, draft.row, draft.request)
    return evolve(draft, request=request, old=old, new=new), note


def _mutating(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    new, told, note = admission.mutate(txn, draft.row, draft.request, draft.new)
    return evolve(draft, new=new, told=told), note


def _allocation(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    """The fields that the server sets: metadata, then a Service's addresses and ports."""
    request, old = draft.request, draft.old
    if draft.user is not None:
        confirm(txn.view, draft.user, draft.row, draft.new, old)
    new = _created(txn, draft.row, draft.new) if old is None else tracked(txn, draft.row, request, _updated(draft), old)
    if not isinstance(new, Service) or request.subresource or new == _unversioned(old):
        return evolve(draft, new=new), NOTHING_TO_ALLOCATE
    service = allocate(txn, carried(new, old), old, dry_run=request.dry_run)
    return evolve(draft, new=service), _allocated(service, old)


def _unversioned(old: Any) -> Any:
    """What is stored as a request without a change would have it: without its version."""
    return old and old.with_meta(resource_version="")


def _allocated(service: Service, old: Service | None) -> str:
    held = set(old.virtual_ips) if old else set()
    given = [f"ClusterIP {address}" for address in service.virtual_ips if address not in held]
    ports = node_ports(old.spec) if old else frozenset()
    given += [f"NodePort {number}" for number in sorted(node_ports(service.spec) - ports)]
    return ", ".join(given) or NOTHING_TO_ALLOCATE


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
    )
    return finished_create(fresh)


def _updated(draft: Draft) -> Any:
    old, new, row, request = draft.old, draft.new, draft.row, draft.request
    version, uid = new.metadata.resource_version, new.metadata.uid
    problem = ""
    if request.verb == "update" and uid and uid != old.metadata.uid:
        problem = precondition_failed(row, old, "UID", uid)
    elif version and version != old.metadata.resource_version:
        problem = STALE
    elif not version and row.kind in CONDITIONAL:
        cause = invalid("metadata.resourceVersion", 0, "must be specified for an update")
        raise Invalid(row.plural, row.group, old.name, [cause])  # upstream names the resource here, not the kind
    elif request.subresource == "binding" and old.spec.node_name:
        problem = f'pod {old.name} is already assigned to node "{old.spec.node_name}"'
    if problem:
        msg = f'Operation cannot be fulfilled on {row.qualified} "{old.name}": {problem}'
        raise Conflict(msg, details(row, old.name))
    return finished_update(new, old, request.subresource, whole=_by_a_client(request))


def _by_a_client(request: Request) -> bool:
    """Whether it is JSON that was sent; components write the objects that they know."""
    return request.verb == "patch" or isinstance(request.body, Mapping)


def _validation(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    request, row = draft.request, draft.row
    if request.subresource == "scale" and (problems := scale_problems(draft.new)):
        kind = "Scale"
        raise Invalid(kind, "autoscaling", draft.new.name, problems)
    if request.subresource and not _by_a_client(request):
        return draft, SPEC_STAYS
    if problems := list(causes(draft.new, draft.old, request.subresource)):
        raise Invalid(row.kind, row.group, draft.new.name, problems)
    if isinstance(draft.new, Service) and not request.subresource:
        for text in service_warnings(draft.new):
            txn.warn(text)
    return draft, SPEC_STAYS if request.subresource else VALID


def _validating(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    if draft.request.verb == "create" and draft.request.name:
        _authorized(txn, draft, "create")  # a PUT that creates
    told, note = admission.validate()
    return evolve(draft, told=told), note


def _store(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    row, old, new = draft.row, draft.old, draft.new
    if draft.request.verb == "create":
        _check_new(txn, draft)
        new = new.with_meta(resource_version="")
    if draft.request.dry_run:
        version = old.metadata.resource_version if old is not None else ""
        return evolve(draft, new=new.with_meta(resource_version=version)), Phrase("dry run: not stored")
    if old is not None and new.with_meta(resource_version=old.metadata.resource_version) == old:
        return evolve(draft, new=old), Phrase("no change: still at revision {revision}", revision=_revision(old))
    if isinstance(new, Service):
        _book(txn, new, old)
    if remove.is_due(new):
        return evolve(draft, new=remove.finally_removed(txn, row, new)), Phrase("its last finalizer is gone: removed")
    stored = txn.put(row.plural, new)
    if isinstance(old, Service) and isinstance(new, Service):
        for address in sorted({*old.virtual_ips} - {*new.virtual_ips}):
            remove.free_address(txn, address)
    return evolve(draft, new=stored), Phrase("written to etcd at revision {revision}", revision=_revision(stored))


def _revision(found: Any) -> str:
    version: str = found.metadata.resource_version
    return version


def _check_new(txn: Transaction, draft: Draft) -> None:
    """Raise unless etcd takes a new object: it brings no version, and its name is free."""
    row, meta = draft.row, draft.new.metadata
    if meta.resource_version.strip("0").isdecimal() and not draft.request.dry_run:
        msg = "resourceVersion should not be set on objects to be created"
        raise ServerError(msg)
    if txn.get(row.plural, draft.new.key) is None:
        return
    going = txn.get(row.plural, draft.new.key).deleting
    msg = f'{"object is being deleted: " if going else ""}{row.qualified} "{meta.name}" already exists'
    if not meta.generate_name:
        raise AlreadyExists(msg, details(row, meta.name))
    words = f"{msg}, the server was not able to generate a unique name for the object"
    raise AlreadyExists(words, details(row, meta.name) | {"retryAfterSeconds": 1})


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
    return draft, Phrase("{count} watchers will hear of it", count=len(told)) if told else NOBODY


def _deletion(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    row, request = draft.row, draft.request
    old = txn.get(row.plural, (request.namespace, request.name))
    if old is None:
        raise not_found(row, request.name)
    told, note = admission.deletion(txn, row, request, old)
    return evolve(draft, old=old, new=old, told=told), note


def _removal(txn: Transaction, draft: Draft) -> tuple[Draft, str]:
    check(draft.row, draft.old, draft.request.preconditions)
    if draft.request.dry_run:
        return draft, Phrase("dry run: not deleted")
    new, note = remove.delete(txn, draft.row, draft.old, draft.request)
    return evolve(draft, new=new), note


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
