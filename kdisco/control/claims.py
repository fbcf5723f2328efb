"""Whose objects are whose: a controller adopts orphans that its selector finds and lets go of what it finds no more.

Upstream: pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

from kdisco.control.controller import Context, Try, Write
from kdisco.errors import Invalid, NotFound, Unprocessable
from kdisco.model.codec import encode
from kdisco.model.kinds import resource
from kdisco.model.meta import Object
from kdisco.store.events import Request

__all__ = ["candidates", "claim"]


def candidates(context: Context, owner: Object, plural: str) -> list[Any]:
    """The objects of a resource that ``owner`` controls, and those of its namespace that nobody does."""
    orphans = context.view.table(plural).find("orphan", owner.namespace)
    return [*context.view.owned(plural, owner), *orphans]


def claim(
    context: Context, owner: Object, found: Iterable[Any], selects: Callable[[Mapping[str, str]], bool]
) -> Generator[Write, Any, list[Any]]:
    """Those of ``found`` that are the owner's, once it has adopted and released what it must.

    What others control is left alone; who is on the way out neither adopts nor is adopted.
    """
    mine = []
    for each in found:
        controller, fits = each.owner, selects(each.labels)
        if controller is None:
            if fits and not each.deleting and _may_adopt(context, owner):
                mine += yield from _patched(each, encode(owner.reference()), (NotFound,))
        elif controller.uid == owner.metadata.uid and fits:
            mine.append(each)
        elif controller.uid == owner.metadata.uid and not owner.deleting:
            let_go = {"$patch": "delete", "uid": owner.metadata.uid}
            yield from _patched(each, let_go, (NotFound, Invalid, Unprocessable))
    return mine


def _may_adopt(context: Context, owner: Object) -> bool:
    """Whether the owner is, as stored and not only as seen, still the same and here to stay."""
    fresh = context.stored.get(resource(owner.KIND).plural, owner.key)
    return fresh is not None and fresh.metadata.uid == owner.metadata.uid and not fresh.deleting


def _patched(
    each: Object, reference: Mapping[str, Any], gone: tuple[type[Exception], ...]
) -> Generator[Write, Any, list[Any]]:
    """Change one owner reference of just this object; no harm done when it is ``gone`` already."""
    meta = {"ownerReferences": [reference], "uid": each.metadata.uid}
    request = Request(
        verb="patch",
        resource=resource(each.KIND).plural,
        namespace=each.namespace,
        name=each.name,
        body={"metadata": meta},
        patch_type="strategic",
    )
    try:
        stored = yield Try(request)
    except gone:
        return []
    return [stored]
