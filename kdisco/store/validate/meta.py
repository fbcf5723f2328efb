"""What every object's metadata must be. Upstream: apimachinery pkg/api/validation/objectmeta.go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kdisco.model.kinds import resource
from kdisco.store.field import Cause, forbidden, invalid, required, too_long
from kdisco.store.validate.names import (
    DNS_1035_LABEL,
    DNS_1123_LABEL,
    DNS_1123_SUBDOMAIN,
    Pattern,
    labels,
    qualified_name,
)

__all__ = ["annotation_map", "object_meta"]

NAMES: dict[str, Pattern] = {"Service": DNS_1035_LABEL, "Namespace": DNS_1123_LABEL}
FREE_NAMES = ("IPAddress",)  # its name is an address, with rules of its own
ANNOTATION_BYTES = 256 * 1024


def object_meta(new: Any, old: Any) -> Iterator[Cause]:
    """The rules of names, namespaces, labels and annotations, and of what may not change."""
    meta = new.metadata
    if not meta.name:
        yield required("metadata.name", "name or generateName is required")
    elif new.KIND not in FREE_NAMES:
        pattern = NAMES.get(new.KIND, DNS_1123_SUBDOMAIN)
        yield from (invalid("metadata.name", meta.name, words) for words in pattern.problems(meta.name))
    if resource(new.KIND).namespaced and not meta.namespace:
        yield required("metadata.namespace")
    yield from labels("metadata.labels", meta.labels)
    yield from annotation_map("metadata.annotations", meta.annotations)
    if sum(1 for owner in meta.owner_references if owner.controller) > 1:
        yield invalid(
            "metadata.ownerReferences", meta.owner_references, "Only one reference can have Controller set to true"
        )
    if old is not None and old.deleting and set(meta.finalizers) - set(old.metadata.finalizers):
        added = sorted(set(meta.finalizers) - set(old.metadata.finalizers))
        listed = ", ".join(f'"{each}"' for each in added)
        words = "no new finalizers can be added if the object is being deleted, found new finalizers "
        yield forbidden("metadata.finalizers", words + f"[]string{{{listed}}}")


def annotation_map(field: str, pairs: Mapping[str, str]) -> Iterator[Cause]:
    """What is wrong with a map of annotations: keys as labels have them in any case, 256 KiB in all."""
    for key in sorted(pairs):
        yield from (invalid(field, key, words) for words in qualified_name(key.lower()))
    if sum(len(key.encode()) + len(value.encode()) for key, value in pairs.items()) > ANNOTATION_BYTES:
        yield too_long(field, ANNOTATION_BYTES)
