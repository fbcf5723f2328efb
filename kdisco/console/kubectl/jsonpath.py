"""What a JSONPath template prints for an object: each node takes values and gives values.

Upstream: client-go util/jsonpath/jsonpath.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kdisco.console.kubectl.pathreader import Node, PathError, Template
from kdisco.console.kubectl.yamltext import go_json

__all__ = ["go_value", "results", "texts", "value_text"]

Values = list[Any]


def texts(found: Template, document: Any, *, missing: bool = True) -> str:
    """What a template prints for an object; ``missing`` lets absent fields print nothing."""
    return "".join(" ".join(map(value_text, group)) for group in results(found, document, missing=missing))


def results(found: Template, document: Any, *, missing: bool = True) -> Iterator[Values]:
    """The values of each node of a template, one after the other."""
    at = 0
    while at < len(found):
        node = found[at]
        if node.sort == "text":
            yield [node.value]
        elif node.value and node.value[0].sort == "range":
            values = _walk(node.value[1:], [document], missing=missing)
            end = _range_end(found, at)
            for value in values:
                yield from results(found[at + 1 : end], value, missing=missing)
            at = end
        elif node.value and node.value[0].sort == "end":
            msg = "not in range, nothing to end"
            raise PathError(msg)
        else:
            yield _walk(node.value, [document], missing=missing)
        at += 1


def _range_end(found: Template, start: int) -> int:
    depth = 0
    for at in range(start, len(found)):
        sort = found[at].value[0].sort if found[at].sort == "list" and found[at].value else ""
        depth += {"range": 1, "end": -1}.get(sort, 0)
        if not depth:
            return at
    return len(found)


def _walk(nodes: Sequence[Node], values: Values, *, missing: bool) -> Values:
    for node in nodes:
        values = _evaluated(node, values, missing=missing)
    return values


def _evaluated(node: Node, values: Values, *, missing: bool) -> Values:
    if node.sort in ("text", "value"):
        return [node.value]
    if node.sort == "list":
        return _walk(node.value, values, missing=missing)
    if node.sort == "union":
        return [each for part in node.value for each in _walk(part.value, values, missing=missing)]
    return [each for value in values for each in STEPS[node.sort](node.value, value, missing)]


def _of_field(name: str, value: Any, missing: bool) -> Values:  # noqa: FBT001 - one shape for all steps
    if isinstance(value, Mapping) and name in value:
        return [value[name]]
    if value is None or missing:
        return []
    msg = f"{name} is not found"
    raise PathError(msg)


def _of_array(place: tuple[Any, ...], value: Any, missing: bool) -> Values:  # noqa: FBT001 - as all of them
    first, last, step, ranged, stepped = place
    if value is None or (missing and not isinstance(value, list | tuple)):
        return []
    if not isinstance(value, list | tuple):
        msg = f"{_go_kind(value)} is not array or slice"
        raise PathError(msg)
    size = len(value)
    start = first or 0
    start += size if start < 0 else 0
    if not ranged and not 0 <= start < size:
        msg = f"array index out of bounds: index {start}, length {size}"
        raise PathError(msg)
    if not ranged:
        return [value[start]]
    end = size if last is None else last + (size if last < 0 else 0)
    return list(value[max(start, 0) : min(end, size) : step if stepped and step else 1])


def _of_filter(condition: tuple[Node, str, Node | None], value: Any, missing: bool) -> Values:  # noqa: ARG001, FBT001 - as all of them
    left, sign, right = condition
    if not isinstance(value, list | tuple):
        if value is None:
            return []
        msg = f"{go_value(value)} is not array or slice and cannot be filtered"
        raise PathError(msg)
    kept = []
    for each in value:
        first = _walk(left.value, [each], missing=True)
        if sign == "exists":
            if first:
                kept.append(each)
            continue
        second = _walk(right.value if right else (), [each], missing=True)
        if max(len(first), len(second)) > 1:
            msg = "can only compare one element at a time"
            raise PathError(msg)
        if first and second and _holds(first[0], sign, second[0]):
            kept.append(each)
    return kept


def _holds(left: Any, sign: str, right: Any) -> bool:
    if type(left) is not type(right) and not (_numeric(left) and _numeric(right)):
        msg = "incompatible types for comparison"
        raise PathError(msg)
    order = int(left > right) - int(left < right)
    below, above = order < 0, order > 0
    met = {"==": not order, "!=": bool(order), "<": below, "<=": not above, ">": above, ">=": not below}
    return met[sign]


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_wildcard(_value: Any, value: Any, missing: bool) -> Values:  # noqa: ARG001, FBT001 - as all of them
    if isinstance(value, Mapping):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list | tuple) else []


def _of_recursive(_value: Any, value: Any, missing: bool) -> Values:  # noqa: FBT001 - as all of them
    inner = _of_wildcard(None, value, missing)
    held = [value] if isinstance(value, Mapping | list | tuple) else []
    return held + [deep for each in inner for deep in _of_recursive(None, each, missing)]


STEPS: Mapping[str, Callable[[Any, Any, bool], Values]] = {
    "field": _of_field,
    "array": _of_array,
    "filter": _of_filter,
    "wildcard": _of_wildcard,
    "recursive": _of_recursive,
}


def value_text(value: Any) -> str:
    """A value as it is printed: maps and lists as JSON."""
    if isinstance(value, Mapping | list | tuple):
        return go_json(value)
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _go_kind(value: Any) -> str:
    return "map" if isinstance(value, Mapping) else "string"


def go_value(value: Any) -> str:
    """A value in Go's own syntax, as ``%#v`` prints it."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{go_json(key)}:{go_value(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[]interface {{}}{{{', '.join(map(go_value, value))}}}"
    if value is None:
        return "interface {}(nil)"
    return str(value).lower() if isinstance(value, bool) else go_json(value) if isinstance(value, str) else str(value)
