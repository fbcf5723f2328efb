"""JSON patches: a list of operations on places of a document.

Upstream: RFC 6902 as evanphx/json-patch v4 reads it: places may be counted from a list's end, and replacing
a field that is not there adds it. Apiserver handlers/patch.go gives one sentence for all that cannot be done.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kdisco.errors import Unprocessable

__all__ = ["json_patch"]

Step = Mapping[str, Any]


def json_patch(document: Any, patch: Sequence[Step]) -> Any:
    """The document after all operations; raises Unprocessable when one cannot be done."""
    out = copy.deepcopy(dict(document))
    try:
        for step in patch:
            _operate(out, step)
    except (AttributeError, KeyError, IndexError, ValueError, TypeError):
        msg = "the server rejected our request due to an error in our request"
        raise Unprocessable(msg) from None
    return out


def _operate(out: Any, step: Step) -> None:
    *above, last = _parts(step["path"])
    OPERATIONS[step["op"]](out, _at(out, above), last, step)


def _add(_out: Any, parent: Any, last: str, step: Step) -> None:
    value = copy.deepcopy(step.get("value"))
    if isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else _index(last, len(parent) + 1), value)
    else:
        parent[last] = value


def _remove(_out: Any, parent: Any, last: str, _step: Step) -> None:
    parent.pop(_index(last, len(parent)) if isinstance(parent, list) else last)


def _replace(_out: Any, parent: Any, last: str, step: Step) -> None:
    parent[_index(last, len(parent)) if isinstance(parent, list) else last] = copy.deepcopy(step.get("value"))


def _test(_out: Any, parent: Any, last: str, step: Step) -> None:
    found = parent.get(last) if isinstance(parent, dict) else _at(parent, [last])
    if found != step.get("value") or type(found) is not type(step.get("value")):
        raise ValueError(step["path"])


def _move(out: Any, _parent: Any, _last: str, step: Step) -> None:
    value = _at(out, _parts(step["from"]))
    _operate(out, {"op": "remove", "path": step["from"]})
    _operate(out, {"op": "add", "path": step["path"], "value": value})


def _copy(out: Any, parent: Any, last: str, step: Step) -> None:
    *above, name = _parts(step["from"])
    source = _at(out, above)
    _add(out, parent, last, {"value": source.get(name) if isinstance(source, dict) else _at(source, [name])})


OPERATIONS: Mapping[str, Callable[[Any, Any, str, Step], None]] = {
    "add": _add,
    "copy": _copy,
    "move": _move,
    "remove": _remove,
    "replace": _replace,
    "test": _test,
}


def _index(text: str, size: int) -> int:
    """A place in a list, below zero from its end. Raises IndexError where there is none."""
    place = int(text)
    if not -size <= place < size:
        raise IndexError(text)
    return place % size


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _at(value: Any, parts: list[str]) -> Any:
    for part in parts:
        value = value[_index(part, len(value))] if isinstance(value, list) else value[part]
    return value
