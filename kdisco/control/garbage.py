"""Garbage collection: what was made for an owner goes when the owner is gone, and a namespace takes its content along.

Upstream: pkg/controller/garbagecollector, pkg/controller/namespace.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Write, delete, own_key, update
from kdisco.model.kinds import RESOURCES, resource_of
from kdisco.model.meta import Key, Object
from kdisco.model.node import Namespace, NamespaceSpec
from kdisco.store.table import View

__all__ = ["GARBAGE", "NAMESPACE"]

DEPENDENTS = ("replicasets", "pods", "endpointslices")
OWNERS = ("deployments", "replicasets", "services", "endpoints")


def collect(context: Context, key: Key) -> Iterator[Write]:
    """Delete the dependents of one owner's uid (the key's second part) unless somebody with it is left."""
    uid = key[1]
    view = context.view
    for name in DEPENDENTS:
        for found in view.table(name).find("owner", uid):
            if not found.deleting and not _owned(view, found):
                yield delete(found)


def _owned(view: View, found: Object) -> bool:
    """Whether any owner that the object names still exists; one of an unknown kind cannot be looked up, so it may."""
    for ref in found.metadata.owner_references:
        row = resource_of(ref.kind, ref.api_version)
        if row is None:
            return True
        owner = view.get(row.plural, (found.namespace if row.namespaced else "", ref.name))
        if owner is not None and owner.metadata.uid == ref.uid:
            return True
    return False


def _uid(view: View, found: Object) -> Iterator[Key]:
    """An owner that is gone, by its uid."""
    plural = next(name for name in OWNERS if RESOURCES[name].kind == found.KIND)
    now = view.get(plural, found.key)
    if now is None or now.metadata.uid != found.metadata.uid:
        yield ("", found.metadata.uid)


def _owner_uids(view: View, found: Object) -> Iterator[Key]:
    """The owners of a dependent that had gone before it came."""
    if found.metadata.owner_references and not _owned(view, found):
        yield from (("", ref.uid) for ref in found.metadata.owner_references)


def _both(view: View, found: Object) -> Iterator[Key]:
    yield from _uid(view, found)
    yield from _owner_uids(view, found)


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
        freed = evolve(namespace, spec=NamespaceSpec())
        yield update(freed.with_meta(resource_version="", deletion_grace_period_seconds=0))


def _own_namespace(view: View, found: Object) -> Iterator[Key]:
    """The namespace of a changed object, if it is on its way out."""
    namespace = view.get("namespaces", ("", found.namespace))
    if namespace is not None and namespace.deleting:
        yield namespace.key


GARBAGE = Controller(
    "garbage",
    {
        "deployments": _uid,
        "services": _uid,
        "endpoints": _uid,
        "replicasets": _both,
        "pods": _owner_uids,
        "endpointslices": _owner_uids,
    },
    collect,
)
CONTENT = [row.plural for row in RESOURCES.values() if row.namespaced and row.plural != "events"]
NAMESPACE = Controller("namespace", {"namespaces": own_key} | dict.fromkeys(CONTENT, _own_namespace), empty)
