"""What a watch sends: the objects there are, then every change; with a selector, leaving it is DELETED.

Upstream: apiserver pkg/storage/cacher (cache_watcher.go, watch_cache_history.go), pkg/storage/errors.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import frozen

from kdisco.errors import Timeout
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import Resource
from kdisco.model.meta import Object
from kdisco.model.selector import LabelSelector
from kdisco.store.events import Change
from kdisco.store.fields import FieldSelector
from kdisco.store.table import View

__all__ = ["Listed", "WatchEvent", "bookmark", "chosen", "events", "present", "too_large"]

INITIAL_END = "k8s.io/initial-events-end"
RETRY_SECONDS = 1
Chosen = Callable[[Object], bool]


@frozen(kw_only=True)
class WatchEvent:
    """One line of a watch: ADDED, MODIFIED, DELETED or BOOKMARK, and the object."""

    type: str
    object: Object


class Listed(tuple[Any, ...]):  # noqa: SLOT001 - a tuple has no room for more in slots
    """The objects of a list, and as of which revision they are: the resourceVersion to watch from."""

    resource_version: str

    def __new__(cls, objects: Iterable[Any], revision: int) -> Listed:  # noqa: PYI034 - not made for subclasses
        """The objects in order, as of a revision."""
        made = super().__new__(cls, objects)
        made.resource_version = str(revision)
        return made


def chosen(labels: LabelSelector | None, fields: FieldSelector | None) -> Chosen:
    """Whether an object is among those asked for."""
    return lambda found: (labels is None or labels.selects(found.labels)) and (fields is None or fields.selects(found))


def present(view: View, resource: str, namespace: str | None, fits: Chosen) -> Iterator[WatchEvent]:
    """An ADDED for everything that is there."""
    return (WatchEvent(type="ADDED", object=found) for found in view.list(resource, namespace) if fits(found))


def events(changes: Iterable[Change], resource: str, namespace: str | None, fits: Chosen) -> Iterator[WatchEvent]:
    """What changes are to somebody who sees only what fits."""
    for change in changes:
        if change.resource == resource and namespace in (None, change.key[0]):
            yield from _seen(change, fits)


def _seen(change: Change, fits: Chosen) -> Iterator[WatchEvent]:
    before = change.before is not None and fits(change.before)
    after = change.after is not None and fits(change.after)
    kind = {(False, True): "ADDED", (True, True): "MODIFIED", (True, False): "DELETED"}.get((before, after))
    if kind == "DELETED" and change.before is not None:  # the watcher gets what it knew, at the new revision
        yield WatchEvent(type=kind, object=change.before.with_meta(resource_version=str(change.revision)))
    elif kind is not None:
        yield WatchEvent(type=kind, object=change.object)


def bookmark(row: Resource, revision: int, *, initial_end: bool = False) -> WatchEvent:
    """A BOOKMARK: nothing but how far the watch has come; ``initial_end`` when all that was there has been sent."""
    marks = FrozenMap({INITIAL_END: "true"}) if initial_end else FrozenMap[str, str]()
    return WatchEvent(type="BOOKMARK", object=row.cls().with_meta(resource_version=str(revision), annotations=marks))


def too_large(asked: int, current: int) -> Timeout:
    """The error for a resourceVersion that is still to come."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    msg = f"Timeout: Too large resource version: {asked}, current: {current}"
    return Timeout(msg, {"causes": [cause], "retryAfterSeconds": RETRY_SECONDS})
