"""YAML text to plain JSON, read as kubectl's YAML library reads it, and its words for what it cannot read.

That is YAML 1.1 with Go's numbers: ``on`` and ``y`` are true, ``0o14`` and ``014`` twelve, ``08`` eight,
a whole float is an integer, dates and 12:30 stay text, tags it does not know are ignored, keys become
text. Unlike kubectl's, this reader refuses a key that stands twice.
Upstream: sigs.k8s.io/yaml (goyaml.v2 resolve.go, yaml.go), compared with kubectl 1.32.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from kdisco.model.quick import LARGE, quick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Unreadable", "read"]

SEPARATOR = re.compile(r"\n---[^\n]*(?:\n|\Z)")  # kubectl cuts the text here, and so counts lines from here
TRUE = ("y", "yes", "true", "on")
TAG = "tag:yaml.org,2002:"
PLAIN = {  # what a plain scalar is, first match wins; the rest is text
    "null": ("~nN", r"~|null|Null|NULL|"),
    "bool": ("yYnNtTfFoO", r"y|Y|yes|Yes|YES|n|N|no|No|NO|[tT]rue|TRUE|[fF]alse|FALSE|on|On|ON|off|Off|OFF"),
    "int": ("-+0123456789", r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)"),
    "float": ("-+.0123456789", r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?"),
    "infinite": ("-+.", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
    "merge": ("<", r"<<"),
}
ANCHORED = {  # libyaml's words for a bad alias: go-yaml's, with the anchor's name
    "found undefined alias": "unknown anchor '{}' referenced",
    "found unconstructable recursive node": "anchor '{}' value contains itself",
}
INT64 = 20  # decimal digits that do not fit into 64 bits; 0b and 0x numbers of that length are nobody's


class Unreadable(ValueError):
    """Text that is no YAML; the message is the library's own, one line."""


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at import
    """One YAML text; tables below say what its scalars and mappings become."""


def read(text: str) -> Iterator[Any]:
    """The documents of a text as plain JSON, empty ones left out; raises Unreadable."""
    for part in SEPARATOR.split(text):
        documents = quick(part, Loader, _resolved, NUMBERS) if len(part) > LARGE else None
        if documents is not None:
            yield from documents
            continue
        try:
            text = part.removesuffix("\n") + "\n"
            yield from (document for document in yaml.load_all(text, Loader) if document is not None)
        except yaml.reader.ReaderError:
            msg = "yaml: control characters are not allowed"
            raise Unreadable(msg) from None
        except UnicodeEncodeError:
            msg = "yaml: invalid Unicode character"
            raise Unreadable(msg) from None
        except RecursionError:
            msg = "yaml: exceeded max depth"
            raise Unreadable(msg) from None
        except yaml.MarkedYAMLError as problem:
            raise Unreadable(_words(problem, part)) from None


def _words(problem: yaml.MarkedYAMLError, text: str) -> str:
    """go-yaml's line for a libyaml error: only a mark below the first line is told."""
    marks = [mark for mark in (problem.problem_mark, problem.context_mark) if mark is not None and mark.line]
    if problem.problem in ANCHORED and problem.problem_mark is not None:
        at = problem.problem_mark
        name = re.search(r"[&*]([\w-]+)", text.splitlines()[at.line][at.column :])
        return "yaml: " + ANCHORED[problem.problem].format(name[1] if name else "")
    line = marks[0].line + isinstance(problem, yaml.scanner.ScannerError) if marks else 0
    return f"yaml: line {line}: {problem.problem}" if line else f"yaml: {problem.problem}"


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict[str, Any]:
    """A mapping with text for keys, each once; raises Unreadable."""
    if not isinstance(node, yaml.MappingNode):
        msg = f"yaml: line {node.start_mark.line + 1}: expected a mapping"
        raise Unreadable(msg)
    seen: set[str] = set()
    for key, _ in node.value:
        name = _key(loader, key)
        if name in seen and key.tag != f"{TAG}merge":
            msg = f'yaml: unmarshal errors:  line {key.start_mark.line + 1}: key "{name}" already set in map'
            raise Unreadable(msg)
        seen.add(name)
    loader.flatten_mapping(node)
    return {_key(loader, key): loader.construct_object(value, deep=True) for key, value in node.value}


def _key(loader: Loader, node: yaml.Node) -> str:
    """A key as JSON text; raises Unreadable when it is none."""
    if node.tag == f"{TAG}merge":
        return "<<"
    value = loader.construct_object(node, deep=True)
    if value is None or isinstance(value, dict | list):
        msg = f"yaml: invalid map key: {'null' if value is None else value}"
        raise Unreadable(msg)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _int(text: str) -> int | float | str:
    digits = text.replace("_", "")
    sign, body = (-1 if digits[0] == "-" else 1), digits.lstrip("+-")
    base = {"0b": 2, "0o": 8, "0x": 16}.get(body[:2], 8 if body[0] == "0" else 10)
    return sign * int(body, base) if len(body) < INT64 else _float(digits)


def _float(text: str) -> int | float | str:
    number = float(text.replace("_", ""))
    if math.isinf(number):
        return text  # too large for a float: Go leaves it text
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def _infinite(text: str) -> None:
    words = {"-": "-Inf", "+": "+Inf"}.get(text[0], "NaN" if text[1:].lower() == "nan" else "+Inf")
    msg = f"json: unsupported value: {words}"
    raise Unreadable(msg)


def _scalar(build: Callable[[str], Any]) -> Callable[[Loader, yaml.Node], Any]:
    return lambda loader, node: build(loader.construct_scalar(node))


def _untagged(loader: Loader, node: yaml.Node) -> Any:
    """A value whose tag nobody knows: what it is without."""
    kinds = {yaml.MappingNode: "map", yaml.SequenceNode: "seq", yaml.ScalarNode: "str"}
    return Loader.yaml_constructors[TAG + kinds[type(node)]](loader, node)


def _resolved(text: str) -> Any:
    """What a plain scalar is."""
    for kind, (first, pattern) in PLAIN.items():
        if (text[:1] in first if text else kind == "null") and re.fullmatch(pattern, text):
            return VALUES[kind](text)
    return text


NUMBERS = (_int, _float)  # of JSON
VALUES: Mapping[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() in TRUE,
    "int": _int,
    "float": _float,
    "infinite": _infinite,
    "merge": str,
}
Loader.yaml_implicit_resolvers = {}
for kind, (first, pattern) in PLAIN.items():
    Loader.add_implicit_resolver(TAG + kind, re.compile(rf"(?:{pattern})\Z"), [*first, *([""] * (kind == "null"))])
Loader.yaml_constructors = {
    None: _untagged,
    **{TAG + kind: _scalar(VALUES[kind]) for kind in ("null", "bool", "int", "float", "infinite")},
    f"{TAG}str": _scalar(str),
    f"{TAG}seq": lambda loader, node: loader.construct_sequence(node, deep=True),
    f"{TAG}map": _mapping,
}
