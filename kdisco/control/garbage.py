"""Garbage collection: what was made for an owner goes when the owner is gone, and a namespace takes its content along.

Upstream: pkg/controller/garbagecollector, pkg/controller/namespace.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Keys, Write, delete, own_key, update
from kdisco.model.kinds import RESOURCES, resource_of
from kdisco.model.meta import Key, Object, OwnerReference
from kdisco.model.node import Namespace, NamespaceSpec
from kdisco.store.remove import FOREGROUND, ORPHAN
from kdisco.store.table import View

__all__ = ["GARBAGE", "NAMESPACE"]

DEPENDENTS = ("replicasets", "controllerrevisions", "pods", "endpointslices")
BUSY = ("events", "ipaddresses", "leases", "servicecidrs")  # own nothing that goes with them, or change all the time
SOLID, WAITING, GONE = "solid", "waiting", "gone"  # how it is with an owner
OWNERS = ("deployments", "replicasets", "statefulsets", "daemonsets", "services", "endpoints")


def collect(context: Context, key: Key) -> Iterator[Write]:
    """What is to be done for an owner's uid (the key's second part): it is gone, or it waits for its dependents."""
    place, uid = key
    if place:
        yield from _finish(context.view, place, uid)
        return
    for found in _dependents(context.view, uid):
        yield from _attempt(context.view, found)


def _dependents(view: View, uid: str) -> list[Object]:
    """All that names an owner of this uid."""
    return [found for name in DEPENDENTS for found in view.table(name).find("owner", uid)]


def _attempt(view: View, found: Object) -> Iterator[Write]:
    """Delete a dependent that no owner keeps; of one that is kept, forget the owners that are gone or going."""
    if found.deleting:
        return
    refs = {ref: _standing(view, found, ref) for ref in found.metadata.owner_references}
    kept = tuple(ref for ref, standing in refs.items() if standing == SOLID)
    if kept and len(kept) < len(refs):
        yield update(found.with_meta(owner_references=kept))
    elif refs and not kept:
        first = WAITING in refs.values() and _dependents(view, found.metadata.uid)
        yield evolve(delete(found), propagation="Foreground" if first else "")


def _standing(view: View, found: Object, ref: OwnerReference) -> str:
    """How it is with an owner; one of an unknown kind cannot be looked up, so it may be there."""
    row = resource_of(ref.kind, ref.api_version)
    if row is None:
        return SOLID
    owner = view.get(row.plural, (found.namespace if row.namespaced else "", ref.name))
    if owner is None or owner.metadata.uid != ref.uid:
        return GONE
    return WAITING if owner.deleting and FOREGROUND in owner.metadata.finalizers else SOLID


def _finish(view: View, place: str, uid: str) -> Iterator[Write]:
    """Let an owner go that waits: in the foreground when those that block it are gone, or when all are orphans."""
    plural, namespace, name = place.split("/")
    owner: Object | None = view.get(plural, (namespace, name))
    if owner is None or owner.metadata.uid != uid or not owner.deleting:
        return
    dependents = _dependents(view, uid)
    if ORPHAN in owner.metadata.finalizers:
        for found in dependents:
            left = tuple(ref for ref in found.metadata.owner_references if ref.uid != uid)
            yield update(found.with_meta(owner_references=left))
        yield _freed(owner, ORPHAN)
    elif FOREGROUND in owner.metadata.finalizers:
        refs = [ref for found in dependents for ref in found.metadata.owner_references]
        if not any(ref.uid == uid and ref.block_owner_deletion for ref in refs):
            yield _freed(owner, FOREGROUND)
        for found in dependents:
            yield from _attempt(view, found)


def _freed(owner: Object, finalizer: str) -> Write:
    return update(owner.with_meta(finalizers=tuple(each for each in owner.metadata.finalizers if each != finalizer)))


def _place(plural: str, found: Object) -> Key:
    return "/".join((plural, *found.key)), found.metadata.uid


def _concerned(plural: str) -> Keys:
    """The owners that a changed object of this resource is, or has."""

    def keys(view: View, found: Object) -> Iterator[Key]:
        meta = found.metadata
        if found.deleting and (FOREGROUND in meta.finalizers or ORPHAN in meta.finalizers):
            yield _place(plural, found)
        if plural in OWNERS:
            now = view.get(plural, found.key)
            if now is None or now.metadata.uid != meta.uid:
                yield ("", meta.uid)
        for ref in meta.owner_references:
            standing, row = _standing(view, found, ref), resource_of(ref.kind, ref.api_version)
            if standing == GONE:
                yield ("", ref.uid)
            elif standing == WAITING and row is not None:
                yield f"{row.plural}/{found.namespace if row.namespaced else ''}/{ref.name}", ref.uid

    return keys


def empty(context: Context, key: Key) -> Iterator[Write]:
    """Delete all that is in a namespace that is going; then let it go."""
    namespace: Namespace | None = context.view.get("namespaces", key)
    if namespace is None or not namespace.deleting:
        return
    content = [
        found for row in RESOURCES.values() if row.namespaced for found in context.view.list(row.plural, namespace.name)
    ]
    yield from (delete(found) for found in content if not found.deleting)
    if not content and namespace.spec.finalizers:
        yield update(evolve(namespace, spec=NamespaceSpec()).with_meta(resource_version=""), "finalize")


def _own_namespace(view: View, found: Object) -> Iterator[Key]:
    """The namespace of a changed object, if it is on its way out."""
    namespace = view.get("namespaces", ("", found.namespace))
    if namespace is not None and namespace.deleting:
        yield namespace.key


GARBAGE = Controller("garbage", {name: _concerned(name) for name in RESOURCES if name not in BUSY}, collect)
CONTENT = [row.plural for row in RESOURCES.values() if row.namespaced and row.plural != "events"]
NAMESPACE = Controller("namespace", {"namespaces": own_key} | dict.fromkeys(CONTENT, _own_namespace), empty)
