r"""JSONPath templates as kubectl reads them: ``{range .items[*]}{.metadata.name}{"\n"}{end}``.

Upstream: client-go util/jsonpath/{parser,node}.go, cli-runtime pkg/printers/customcolumn.go (the relaxed form).
"""

from __future__ import annotations

import re
from typing import Any

from attrs import frozen

from kdisco.errors import UsageError

__all__ = ["Node", "PathError", "Template", "relaxed", "template"]

WORD = re.compile(r"[A-Za-z0-9_\-/](?:\\.|[^\s.\[\]{}()|,=<>!@$'\"\\*])*")
NAME = re.compile(r"[A-Za-z]\w*")
NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?![\w.])")
SLICE = re.compile(r"(-?\d*)(:(-?\d*))?(:(-?\d*))?")
FILTER = re.compile(r"\?\((.*)\)", re.DOTALL)
OPERATORS = ("==", "!=", "<=", ">=", "<", ">")
RELAXED = re.compile(r"\{?\.?([^{}]+)\}?")


class PathError(UsageError):
    """A template that cannot be read, or that does not fit its object."""


@frozen
class Node:
    """One step: its sort and what belongs to it."""

    sort: str
    value: Any = None


Template = tuple[Node, ...]  # of texts and of lists, which are the braces


def template(text: str) -> Template:
    """The nodes of a template; raises PathError."""
    nodes: list[Node] = []
    at = 0
    while at < len(text):
        start = text.find("{", at)
        if start < 0:
            nodes.append(Node("text", text[at:]))
            break
        if start > at:
            nodes.append(Node("text", text[at:start]))
        at = _closing(text, start)
        nodes.append(_action(text[start + 1 : at - 1]))
    return tuple(nodes)


def relaxed(text: str) -> str:
    """``x.y``, ``.x.y`` or ``{.x.y}`` as ``{.x.y}``; raises PathError. Upstream: RelaxedJSONPathExpression."""
    found = RELAXED.fullmatch(text)
    if text and found is None:
        forms = "'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"
        msg = f"unexpected path string, expected a {forms}"
        raise PathError(msg)
    return f"{{.{found[1]}}}" if found else ""


def _closing(text: str, start: int, pair: str = "{}") -> int:
    """Where the bracket that opens at ``start`` has closed, quotes taken as they are."""
    depth, quote, at = 0, "", start
    while at < len(text):
        letter = text[at]
        if quote:
            at += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == pair[0]:
            depth += 1
        elif letter == pair[1]:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    rest = text[start:]
    if quote:
        msg = "unterminated quoted string"
    elif rest.count("[") > rest.count("]"):
        msg = "unterminated filter" if "[?(" in rest else "unterminated array"
    else:
        msg = "unclosed action"
    raise PathError(msg)


def _action(text: str) -> Node:
    """What stands between braces."""
    nodes: list[Node] = []
    at = 0
    while at < len(text):
        node, at = _step(text, at)
        if node is not None:
            nodes.append(node)
    return Node("list", tuple(nodes))


def _step(text: str, at: int) -> tuple[Node | None, int]:  # noqa: PLR0911 - a table of first letters
    """The step that begins at a place, and where the next one does."""
    letter = text[at]
    if letter.isspace() or letter in "@$":
        return None, at + 1
    if letter in "'\"":
        end = _quoted(text, at)
        return Node("text", _unquoted(text[at:end])), end
    if letter == "[":
        end = _closing(text, at, "[]")
        return _bracket(text[at + 1 : end - 1]), end
    if letter == ".":
        if text.startswith("..", at):
            return Node("recursive"), at + 2
        return _field(text, at + 1)
    if letter == "*":
        return Node("wildcard"), at + 1
    return _word(text, at)


def _word(text: str, at: int) -> tuple[Node | None, int]:
    """A number, a field after two dots, or one of the few words that mean something."""
    if (found := NUMBER.match(text, at)) and text[max(at - 1, 0)] != ".":
        value = found[0]
        return Node("value", float(value) if "." in value else int(value)), found.end()
    if text.startswith("..", max(at - 2, 0)) and at >= 2:  # noqa: PLR2004 - the two dots just read
        return _field(text, at)
    if found := NAME.match(text, at):
        if found[0] in ("true", "false"):
            return Node("value", found[0] == "true"), found.end()
        if found[0] not in ("range", "end"):
            msg = f"unrecognized identifier {found[0]}"
            raise PathError(msg)
        return Node(found[0]), found.end()
    msg = f"unrecognized character in action: U+{ord(text[at]):04X} '{text[at]}'"
    raise PathError(msg)


def _field(text: str, at: int) -> tuple[Node | None, int]:
    if at < len(text) and text[at] == "*":
        return Node("wildcard"), at + 1
    found = WORD.match(text, at)
    if found is None:
        return Node("field", ""), at
    return Node("field", re.sub(r"\\(.)", r"\1", found[0])), found.end()


def _quoted(text: str, start: int) -> int:
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        at += 2 if text[at] == "\\" else 1
    if at >= len(text):
        msg = "unterminated quoted string"
        raise PathError(msg)
    return at + 1


def _unquoted(text: str) -> str:
    """A quoted text as it is meant."""
    letters = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(.)", lambda found: letters.get(found[1], found[1]), text[1:-1])


def _bracket(text: str) -> Node:
    """What stands between square brackets: a place, a slice, a name, a filter, or several of them."""
    inner = text.strip()
    if inner == "*":
        return Node("wildcard")
    if condition := FILTER.fullmatch(inner):
        return Node("filter", _condition(condition[1]))
    if inner.startswith("?("):
        msg = "unterminated filter"
        raise PathError(msg)
    parts = _split(inner, ",")
    if len(parts) > 1:
        return Node("union", tuple(Node("list", (_bracket(part),)) for part in parts))
    if len(inner) > 1 and inner[0] == inner[-1] == "'":
        return Node("field", _unquoted(inner))
    found = SLICE.fullmatch(inner)
    if not inner or found is None:
        msg = f"invalid array index {inner}"
        raise PathError(msg)
    first, ranged, last, stepped, step = found.groups()
    return Node("array", (_int(first), _int(last), _int(step), bool(ranged), bool(stepped)))


def _int(text: str | None) -> int | None:
    return int(text) if text not in (None, "", "-") else None


def _split(text: str, sign: str) -> list[str]:
    """Parts between signs that stand outside quotes and brackets."""
    parts, depth, quote, begun = [], 0, "", 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == sign and not depth:
            parts.append(text[begun:at])
            begun = at + 1
    return [*parts, text[begun:]]


def _condition(text: str) -> tuple[Node, str, Node | None]:
    """Left side, operator, right side of a filter; no operator asks whether there is such a thing."""
    at, quote = 0, ""
    while at < len(text):
        letter = text[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            for sign in OPERATORS:
                if text.startswith(sign, at):
                    return _action(text[:at]), sign, _action(text[at + len(sign) :])
        at += 1
    return _action(text), "exists", None


