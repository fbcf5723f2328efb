"""YAML and JSON as kubectl writes them: keys in order, text quoted where it would read as something else.

Upstream: sigs.k8s.io/yaml (goyaml.v2 encode.go, sorter.go, resolve.go), cli-runtime pkg/printers/{yaml,json}.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, cmp_to_key
from typing import Any

__all__ = ["go_json", "to_json", "to_yaml"]

GO_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
TEXT = "tag:yaml.org,2002:str"
BEYOND = re.compile("[^\\u0000-\\uffff]")  # letters that Go's emitter escapes
NOT_TEXT = re.compile(  # what YAML 1.1 reads as null, bool, number, time
    r"""
    |~|null|Null|NULL
    |y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE|n|N|no|No|NO|off|Off|OFF|false|False|FALSE
    |[-+]?[0-9][0-9_]*|[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?0o?[0-7_]+
    |[-+]?(\.[0-9]+|[0-9_]+(\.[0-9_]*)?)([eE][-+]?[0-9]+)?
    |[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)
    |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
    |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|\ ?[-+][0-9:]+)?)?
    """,
    re.VERBOSE,
)


def go_json(value: Any, indent: int | None = None, *, in_order: bool = False) -> str:
    """JSON as Go marshals it: keys sorted (``in_order``: as they are), ``<``, ``>`` and ``&`` escaped."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(value, sort_keys=not in_order, indent=indent, separators=separators, ensure_ascii=False)
    for letter, escaped in GO_ESCAPES.items():
        text = text.replace(letter, escaped)
    return text


def to_json(document: Mapping[str, Any]) -> str:
    """``-o json``."""
    return go_json(document, indent=4) + "\n"


def to_yaml(document: Any) -> str:
    """``-o yaml``."""
    yaml, dumper = _dumper()
    return str(yaml.dump(_sorted(document), Dumper=dumper, default_flow_style=False, allow_unicode=True))


@cache
def _dumper() -> tuple[Any, Any]:
    """PyYAML, and an emitter that chooses quotes as Go's does."""
    import yaml  # noqa: PLC0415 - slow to load, and few commands need it

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the same list twice is written twice
            return True

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            if kind is yaml.ScalarNode and implicit[0] and not NOT_TEXT.fullmatch(value):
                return TEXT  # YAML 1.1 knows "=" and "<<" too; Go does not
            return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]  # published so

        def write_double_quoted(self, text: str, split: bool = True) -> None:  # noqa: FBT001, FBT002 - PyYAML's own
            self.allow_unicode = not BEYOND.search(text)
            super().write_double_quoted(text, split)
            self.allow_unicode = True

    def text(dumper: Any, data: str) -> Any:
        quoted = NOT_TEXT.fullmatch(data) or BEYOND.search(data)
        return dumper.represent_scalar(TEXT, data, style="|" if "\n" in data else '"' if quoted else None)

    def mapping(dumper: Any, data: dict[str, Any]) -> Any:
        return dumper.represent_mapping("tag:yaml.org,2002:map", data.items())

    Dumper.add_representer(str, text)
    Dumper.add_representer(dict, mapping)
    return yaml, Dumper


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value, key=cmp_to_key(_order))}
    return [_sorted(each) for each in value] if isinstance(value, list | tuple) else value


def _order(left: str, right: str) -> int:
    """Go's natural order of keys: letters after all else, numbers by their value."""
    for place, (a, b) in enumerate(zip(left, right, strict=False)):
        if a == b:
            continue
        if a.isalpha() or b.isalpha():
            return (-1 if a < b else 1) if a.isalpha() and b.isalpha() else -1 if b.isalpha() else 1
        first, second = (_number(text, place) for text in (left, right))
        return -1 if (first, a) < (second, b) else 1
    return len(left) - len(right)


def _number(text: str, place: int) -> tuple[int, int]:
    """The number that begins at a place, and how many digits it has."""
    end = place
    while end < len(text) and text[end].isdecimal():
        end += 1
    return int(text[place:end] or 0), end
