"""JSON patches: a list of operations on places of a document. Upstream: RFC 6902, apiserver handlers/patch.go."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from kdisco.errors import Unprocessable

__all__ = ["json_patch"]


def json_patch(document: Any, patch: Any) -> Any:
    """RFC 6902; raises Unprocessable when an operation cannot be done."""
    out = copy.deepcopy(dict(document))
    try:
        for step in patch:
            _operate(out, step)
    except (AttributeError, KeyError, IndexError, ValueError, TypeError):
        msg = "the server rejected our request due to an error in our request"
        raise Unprocessable(msg) from None
    return out


def _operate(out: Any, step: Mapping[str, Any]) -> None:
    *above, last = _parts(step["path"])
    parent = _at(out, above)
    OPERATIONS[step["op"]](out, parent, last, step)


def _add(_out: Any, parent: Any, last: str, step: Mapping[str, Any]) -> None:
    value = copy.deepcopy(step["value"])
    if isinstance(parent, list):
        parent.insert(_index(last, len(parent) + 1, end=True), value)
    else:
        parent[last] = value


def _remove(_out: Any, parent: Any, last: str, _step: Mapping[str, Any]) -> None:
    parent.pop(_index(last, len(parent)) if isinstance(parent, list) else last)


def _replace(_out: Any, parent: Any, last: str, step: Mapping[str, Any]) -> None:
    place = _index(last, len(parent)) if isinstance(parent, list) else last
    parent[place] = (parent[place], copy.deepcopy(step["value"]))[1]  # a value that is not there is an error


def _test(_out: Any, parent: Any, last: str, step: Mapping[str, Any]) -> None:
    if _at(parent, [last]) != step["value"]:
        raise ValueError(step["path"])


def _move(out: Any, _parent: Any, _last: str, step: Mapping[str, Any]) -> None:
    value = _at(out, _parts(step["from"]))
    _operate(out, {"op": "remove", "path": step["from"]})
    _operate(out, {"op": "add", "path": step["path"], "value": value})


def _copy(out: Any, parent: Any, last: str, step: Mapping[str, Any]) -> None:
    _add(out, parent, last, {"value": _at(out, _parts(step["from"]))})


OPERATIONS: Mapping[str, Callable[[Any, Any, str, Mapping[str, Any]], None]] = {
    "add": _add,
    "copy": _copy,
    "move": _move,
    "remove": _remove,
    "replace": _replace,
    "test": _test,
}


def _index(text: str, size: int, *, end: bool = False) -> int:
    """A place in a list; "-" is its end. Raises IndexError where there is none."""
    place = size - 1 if end and text == "-" else int(text)
    if not 0 <= place < size:
        raise IndexError(text)
    return place


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _at(value: Any, parts: list[str]) -> Any:
    for part in parts:
        value = value[_index(part, len(value))] if isinstance(value, list) else value[part]
    return value
