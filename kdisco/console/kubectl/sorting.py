"""``--sort-by``: the order of objects by a field. Upstream: kubectl pkg/cmd/get/sorter.go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdisco.console.kubectl.call import refuse
from kdisco.console.kubectl.document import Document
from kdisco.console.kubectl.gosort import go_sorted
from kdisco.console.kubectl.jsonpath import results
from kdisco.console.kubectl.pathreader import PathError, relaxed, template

__all__ = ["sorted_by"]

def sorted_by(path: str, documents: Sequence[Document]) -> list[int] | None:
    """The places of documents in the order of a field, None where nobody has it. Raises UsageError."""
    try:
        nodes = template(relaxed(path))
        values = [_first(nodes, each) for each in documents]
    except PathError as problem:
        msg = str(problem)
        raise refuse(msg) from None
    if documents and all(value is None for value in values):
        return None
    return go_sorted(range(len(documents)), lambda left, right: _before(values[left], values[right]))


def _first(nodes: Any, document: Document) -> Any:
    return next((value for group in results(nodes, document) for value in group), None)


def _before(left: Any, right: Any) -> bool:
    """Whether kubectl puts one value before the other; what is missing comes before anything."""
    if left is None:
        return True
    if right is None or type(left) is not type(right):
        return False
    return bool(left < right)
