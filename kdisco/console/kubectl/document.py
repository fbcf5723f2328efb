"""Objects as kubectl sees them: JSON that the API server sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kdisco.console.kubectl.age import ago
from kdisco.model.codec import decode
from kdisco.model.selector import LabelSelector, Requirement

__all__ = [
    "Document", "age_of", "at", "format_labels", "label_selector", "name_of", "pairs", "selector_text", "several",
]

Document = Mapping[str, Any]
NONE = "<none>"


def at(document: Any, *path: str | int, default: Any = None) -> Any:
    """The value at a path of field names and indices, ``default`` where there is none."""
    found = document
    for step in path:
        if isinstance(step, str):
            found = found.get(step) if isinstance(found, Mapping) else None
        else:
            found = found[step] if isinstance(found, list | tuple) and -len(found) <= step < len(found) else None
        if found is None:
            return default
    return found


def name_of(document: Document) -> str:
    """metadata.name."""
    return str(at(document, "metadata", "name", default=""))


def age_of(document: Document, now: float) -> str:
    """How long before ``now`` (Unix seconds) it was created, as the column AGE has it."""
    return ago(at(document, "metadata", "creationTimestamp"), now)


def pairs(labels: Mapping[str, Any] | None) -> str:
    """``a=b,c=d``, by key."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items()))


def format_labels(labels: Mapping[str, Any] | None) -> str:
    """``a=b,c=d`` or ``<none>``."""
    return pairs(labels) or NONE


def label_selector(document: Document | None) -> LabelSelector:
    """A selector of the API, with matchLabels and matchExpressions."""
    return decode(LabelSelector, document or {}, strict=False)


def selector_text(document: Document | None) -> str:
    """A LabelSelector on one line, ``<none>`` for an empty one. Upstream: meta/v1 FormatLabelSelector."""
    found = label_selector(document)
    terms = [(key, f"{key}={value}") for key, value in found.match_labels.items()]
    terms += [(each.key, _requirement(each)) for each in found.match_expressions]
    return ",".join(text for _, text in sorted(terms, key=lambda term: term[0])) or NONE


def _requirement(term: Requirement) -> str:
    values = ",".join(sorted(term.values))
    texts = {
        "In": f"{term.key} in ({values})",
        "NotIn": f"{term.key} notin ({values})",
        "Exists": term.key,
        "DoesNotExist": f"!{term.key}",
    }
    return texts.get(term.operator, "<error>")


def several(texts: Iterable[str], most: int, empty: str) -> str:
    """The first texts with commas, and how many more there are."""
    listed = list(texts)
    shown = ",".join(listed[:most])
    return f"{shown} + {len(listed) - most} more..." if len(listed) > most else shown or empty
