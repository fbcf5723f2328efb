"""What describe says of many kinds: labels, annotations, events. Upstream: kubectl pkg/describe/describe.go.

All functions give lines; tabs in them become columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kdisco.console.kubectl.age import ago
from kdisco.console.kubectl.document import Document, at, name_of
from kdisco.store.apply import LAST_APPLIED

__all__ = ["Lines", "controller", "events", "head", "indented", "labels", "notes", "yes_no"]

Lines = Iterator[str]
LONGEST = 140  # characters of an annotation on one line
NONE = "<none>"


def indented(lines: Iterable[str], level: int = 1) -> Lines:
    """The same lines, moved to the right by so many levels."""
    return ("  " * level + line for line in lines)


def head(document: Document, *, namespaced: bool = True) -> Lines:
    """Name and namespace."""
    yield f"Name:\t{name_of(document)}"
    if namespaced:
        yield f"Namespace:\t{at(document, 'metadata', 'namespace', default='')}"


def labels(title: str, found: Mapping[str, Any] | None, *, skip: Iterable[str] = (), indent: str = "") -> Lines:
    """Pairs, one a line below each other."""
    kept = [f"{key}={value}" for key, value in sorted((found or {}).items()) if key not in set(skip)]
    yield f"{indent}{title}:\t{kept[0] if kept else NONE}"
    yield from (f"\t{pair}" for pair in kept[1:])


def notes(document: Document, title: str = "Annotations", indent: str = "") -> Lines:
    """Annotations but for the one in which apply remembers; long ones below their names."""
    found = at(document, "metadata", "annotations", default={})
    start = f"{indent}{title}:\t"
    for key, value in sorted(found.items()):
        if key == LAST_APPLIED:
            continue
        text = value.removesuffix("\n")
        if len(text) + len(key) + 2 > LONGEST or "\n" in text:
            yield f"{start}{key}:"
            yield from (f"\t  {_shortened(part)}" for part in text.split("\n"))
        else:
            yield f"{start}{key}: {text}"
        start = "\t"
    if start.startswith(f"{indent}{title}"):
        yield f"{start}{NONE}"


def _shortened(text: str) -> str:
    return f"{text[: LONGEST - 2]}..." if len(text) > LONGEST - 2 else text


def controller(document: Document) -> str:
    """Who controls an object, ``ReplicaSet/web-...``."""
    owners = at(document, "metadata", "ownerReferences", default=())
    return next((f"{each['kind']}/{each['name']}" for each in owners if each.get("controller")), "")


def yes_no(value: object) -> str:
    """Go's words for a truth value, as kubectl writes them."""
    return "True" if value else "False"


def events(found: Iterable[Document], now: float) -> Lines:
    """The table of events, the oldest first."""
    listed = sorted(found, key=lambda event: event.get("lastTimestamp") or "")
    if not listed:
        yield f"Events:\t{NONE}"
        return
    yield "Events:"
    yield "  Type\tReason\tAge\tFrom\tMessage"
    yield "  ----\t------\t----\t----\t-------"
    for event in listed:
        first = ago(event.get("eventTime") or event.get("firstTimestamp"), now)
        count = event.get("count") or 0
        age = f"{ago(event.get('lastTimestamp'), now)} (x{count} over {first})" if count > 1 else first
        source = at(event, "source", "component") or event.get("reportingComponent") or ""
        words = (event.get("type", ""), event.get("reason", ""), age, source, event.get("message", "").strip())
        yield "  " + "\t".join(words)
