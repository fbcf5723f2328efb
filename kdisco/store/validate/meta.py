"""What every object's metadata must be. Upstream: apimachinery pkg/api/validation/objectmeta.go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kdisco.model.kinds import resource
from kdisco.model.meta import ObjectMeta, OwnerReference
from kdisco.store.field import Cause, forbidden, invalid, required, too_long
from kdisco.store.validate.names import (
    DNS_1035_LABEL,
    DNS_1123_LABEL,
    DNS_1123_SUBDOMAIN,
    Pattern,
    labels,
    qualified,
    qualified_name,
)

__all__ = ["annotation_map", "deletion_cost", "object_meta"]

NAMES: dict[str, Pattern] = {
    "Service": DNS_1035_LABEL,
    "Namespace": DNS_1123_LABEL,
    "StatefulSet": DNS_1123_LABEL,
}
FREE_NAMES = ("IPAddress",)  # its name is an address, with rules of its own
PATH_NAMES = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")  # whatever may stand in a URL
SIGNS = re.compile("[/%]")
STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
COST = "controller.kubernetes.io/pod-deletion-cost"
MAX_COST = 2**31
Cost = re.compile(r"0|-?[1-9][0-9]*")
ANNOTATION_BYTES = 256 * 1024
FIXED = ("uid", "creation_timestamp", "deletion_timestamp", "deletion_grace_period_seconds")
SPELT = {
    "creation_timestamp": "creationTimestamp",
    "deletion_timestamp": "deletionTimestamp",
    "deletion_grace_period_seconds": "deletionGracePeriodSeconds",
}


def object_meta(new: Any, old: Any) -> Iterator[Cause]:
    """The rules of names, namespaces, labels, annotations, owners and finalizers, and of what may not change."""
    meta: ObjectMeta = new.metadata
    if old is None:
        yield from _names(new.KIND, meta)
        if resource(new.KIND).namespaced and not meta.namespace:
            yield required("metadata.namespace")
    else:
        yield from _changes(meta, old.metadata)
    yield from labels("metadata.labels", meta.labels)
    yield from annotation_map("metadata.annotations", meta.annotations)
    yield from _owners("metadata.ownerReferences", meta.owner_references)
    if old is None:
        yield from _finalizers(meta.finalizers)


def annotation_map(field: str, pairs: Mapping[str, str]) -> Iterator[Cause]:
    """What is wrong with a map of annotations: keys as labels have them in any case, 256 KiB in all."""
    for key in sorted(pairs):
        yield from (invalid(field, key, words) for words in qualified_name(key.lower()))
    if sum(len(key.encode()) + len(value.encode()) for key, value in pairs.items()) > ANNOTATION_BYTES:
        yield too_long(field, ANNOTATION_BYTES)


def deletion_cost(at: str, annotations: Mapping[str, str]) -> Iterator[Cause]:
    """The price of a Pod that decides who goes first."""
    text = annotations.get(COST)
    if text is not None and not (Cost.fullmatch(text) and -MAX_COST <= int(text) < MAX_COST):
        yield invalid(f"{at}[{COST}]", text, "must be a 32bit integer")


def _names(kind: str, meta: ObjectMeta) -> Iterator[Cause]:
    base = meta.generate_name
    if base:
        masked = f"{base[:-2]}a" if len(base) > 1 and base.endswith("-") else base  # a dash may end what is no end
        yield from (invalid("metadata.generateName", base, words) for words in _name_problems(kind, masked))
    if not meta.name:
        yield required("metadata.name", "name or generateName is required")
    else:
        yield from (invalid("metadata.name", meta.name, words) for words in _name_problems(kind, meta.name))


def _name_problems(kind: str, name: str) -> Iterator[str]:
    if kind in PATH_NAMES:
        if name in (".", ".."):
            yield f"may not be '{name}'"
        yield from (f"may not contain '{sign}'" for sign in sorted(set(SIGNS.findall(name)), reverse=True))
    elif kind not in FREE_NAMES:
        yield from NAMES.get(kind, DNS_1123_SUBDOMAIN).problems(name)


def _changes(new: ObjectMeta, old: ObjectMeta) -> Iterator[Cause]:
    added = sorted(set(new.finalizers) - set(old.finalizers))
    if old.deletion_timestamp is not None and added:
        listed = ", ".join(f'"{each}"' for each in added)
        words = "no new finalizers can be added if the object is being deleted, found new finalizers "
        yield forbidden("metadata.finalizers", words + f"[]string{{{listed}}}")
    for name in FIXED:
        value = getattr(new, name)
        if value != getattr(old, name):
            yield invalid(f"metadata.{SPELT.get(name, name)}", value, "field is immutable")


def _owners(at: str, owners: tuple[OwnerReference, ...]) -> Iterator[Cause]:
    """Owners that can be found, of which one at most controls."""
    first = ""
    for owner in owners:
        if not owner.api_version.rpartition("/")[2]:
            yield invalid(f"{at}.apiVersion", owner.api_version, "version must not be empty")
        for name, value in (("kind", owner.kind), ("name", owner.name), ("uid", owner.uid)):
            if not value:
                yield invalid(f"{at}.{name}", value, "must not be empty")
        if (owner.api_version, owner.kind) == ("v1", "Event"):
            yield invalid(at, owner, "/v1, Kind=Event is disallowed from being an owner")
        if owner.controller and first:
            words = 'Only one reference can have Controller set to true. Found "true" in references for '
            yield invalid(at, owners, f"{words}{first} and {owner.kind}/{owner.name}")
        elif owner.controller:
            first = f"{owner.kind}/{owner.name}"


def _finalizers(finalizers: tuple[str, ...]) -> Iterator[Cause]:
    at = "metadata.finalizers"
    for name in finalizers:
        yield from qualified(at, name)
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        yield invalid(at, finalizers, "finalizer orphan and foregroundDeletion cannot be both set")
    for i, name in enumerate(finalizers):
        if "/" not in name and name not in STANDARD_FINALIZERS:
            words = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid(f"{at}[{i}]", name, words)
