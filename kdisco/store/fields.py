"""Field selectors: ``metadata.name=web,spec.nodeName!=node-1``, over the few fields that a kind can be found by.

Upstream: apimachinery pkg/fields/selector.go, pkg/apis/core/v1/conversion.go (AddFieldLabelConversionsFor...).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from kdisco.errors import BadRequest
from kdisco.model.kinds import Resource

__all__ = ["FieldSelector", "field_selector"]

META = ("metadata.name", "metadata.namespace")
FIELDS: Mapping[str, tuple[str, ...]] = {  # beside the two of all kinds
    "Event": (
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
        "reportingComponent", "source", "type",
    ),
    "Namespace": ("status.phase",),
    "Node": ("spec.unschedulable",),
    "Pod": (
        "spec.hostNetwork", "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "status.nominatedNodeName", "status.phase", "status.podIP", "status.podIPs",
    ),
    "Service": ("spec.clusterIP", "spec.type"),
}
ELSEWHERE = {"source": "source.component", "status.podIPs": "status.podIP"}  # fields whose value stands elsewhere
SIGNS = re.compile(r"(!=|==|=)")


@frozen
class FieldSelector:
    """Fields that must (or, with False, must not) have these values; absent is ""."""

    terms: tuple[tuple[str, str, bool], ...] = ()

    def selects(self, found: Any) -> bool:
        """Whether an object has them."""
        if not self.terms:
            return True
        document = found.to_dict()
        return all((_value(document, path) == value) is wanted for path, value, wanted in self.terms)


def field_selector(row: Resource, text: str) -> FieldSelector:
    """The selector that a text describes, for objects of a resource; raises BadRequest in the server's words."""
    terms = []
    for part in filter(None, text.split(",")):
        path, sign, value = (*SIGNS.split(part, maxsplit=1), "", "")[:3]
        if not sign:
            msg = f"invalid selector: '{text}'; can't understand '{part}'"
            raise BadRequest(msg)
        if path not in (*META, *FIELDS.get(row.kind, ())):
            words = f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'
            raise BadRequest(f"field label not supported: {path}" if row.kind in FIELDS else words)
        terms.append((path, value, sign != "!="))
    return FieldSelector(tuple(terms))


def _value(document: Mapping[str, Any], path: str) -> str:
    found: Any = document
    for name in ELSEWHERE.get(path, path).split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or path in ("spec.hostNetwork", "spec.unschedulable"):
        return str(bool(found)).lower()
    return "" if found is None else str(found)
