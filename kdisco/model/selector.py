"""Label selectors: which objects are meant, as structure and as the text that kubectl takes."""

from __future__ import annotations

import math
import re
from collections import deque
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.errors import BadRequest
from kdisco.model.frozen import FrozenMap
from kdisco.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["LabelSelector", "Requirement", "matches", "parse_selector"]


def _number(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else math.nan


TESTS: Mapping[str, Callable[[str | None, tuple[str, ...]], bool]] = {
    "In": lambda value, values: value is not None and value in values,
    "NotIn": lambda value, values: value is None or value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
    "Gt": lambda value, values: _number(value) > _number(values[0]),
    "Lt": lambda value, values: _number(value) < _number(values[0]),
}


@frozen(kw_only=True, repr=False)
class Requirement(Value):
    """One expression: ``key operator values`` with In, NotIn, Exists, DoesNotExist. Source: meta/v1.

    kubectl's text form has Gt and Lt too, of whole numbers.
    """

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()

    def met_by(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels meet the requirement; an absent key meets NotIn."""
        return TESTS[self.operator](labels.get(self.key), self.values)


@frozen(kw_only=True, repr=False)
class LabelSelector(Value):
    """A set-based selector; empty selects everything. Source: meta/v1 LabelSelector."""

    match_labels: FrozenMap[str, str] = FrozenMap()
    match_expressions: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether all labels and expressions hold."""
        return matches(self.match_labels, labels) and all(
            requirement.met_by(labels) for requirement in self.match_expressions
        )

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.match_labels and not self.match_expressions


def matches(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether ``labels`` holds every pair of ``wanted``: a Service's kind of selector."""
    return all(labels.get(key) == value for key, value in wanted.items())


TOKEN = re.compile(r"==|!=|[=!<>(),]|[^\s=!<>(),]+")
SYMBOLS = frozenset({"==", "!=", "=", "<", ">", "(", ")", ",", ""})  # "" is the end; "!" may begin a requirement
OPERATORS = {"in": "In", "notin": "NotIn", "=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt"}


def parse_selector(text: str) -> LabelSelector:
    """Read ``app=web,tier in (a, b),!canary``; raises BadRequest in the API server's words.

    Upstream: apimachinery pkg/labels/selector.go.
    """
    words = deque([*TOKEN.findall(text), ""])
    requirements: list[Requirement] = []
    expected = "!, identifier, or 'end of string'"
    while words[0] or requirements:
        if words[0] in SYMBOLS:
            raise _unexpected(words[0], expected)
        requirements.append(_requirement(words))
        follows = words.popleft()
        if not follows:
            break
        if follows != ",":
            raise _unexpected(follows, "',' or 'end of string'")
        expected = "identifier after ','"
    return LabelSelector(match_expressions=tuple(requirements))


def _unexpected(found: str, expected: str) -> BadRequest:
    return BadRequest(f"found '{found}', expected: {expected}")


def _requirement(words: deque[str]) -> Requirement:
    """Take one requirement from the words; "in" and "notin" may be keys and values too."""
    absent = words[0] == "!"
    if absent:
        words.popleft()
    key = _identifier(words)
    if absent or words[0] in ("", ","):
        return Requirement(key=key, operator="DoesNotExist" if absent else "Exists")
    sign = words.popleft()
    if sign not in OPERATORS:
        raise _unfit(sign, ", expected: in, notin, =, ==, !=, gt, lt")
    if sign in ("in", "notin"):
        return Requirement(key=key, operator=OPERATORS[sign], values=_values(words))
    value = "" if words[0] in ("", ",") else _identifier(words)
    if sign in "<>" and not value.isdecimal():
        wrong = f'values[0][{key}]: Invalid value: "{value}"'
        msg = f"unable to parse requirement: {wrong}: for 'Gt', 'Lt' operators, the value must be an integer"
        raise BadRequest(msg)
    return Requirement(key=key, operator=OPERATORS[sign], values=(value,))


def _values(words: deque[str]) -> tuple[str, ...]:
    """Take ``(a, b)``; an empty place is the empty value."""
    opening = words.popleft()
    if opening != "(":
        raise _unfit(opening, " expected: '('")
    values = {""} if words[0] in (",", ")") else {_identifier(words)}
    while words[0] == ",":
        words.popleft()
        values.add("" if words[0] in (",", ")") else _identifier(words))
    closing = words.popleft()
    if closing != ")":
        raise _unfit(closing, ", expected: ',' or ')'")
    return tuple(sorted(values))


def _identifier(words: deque[str]) -> str:
    word = words.popleft()
    if word in SYMBOLS or word == "!":
        raise _unfit(word, ", expected: identifier")
    return word


def _unfit(found: str, expected: str) -> BadRequest:
    return BadRequest(f"unable to parse requirement: found '{found}'{expected}")
