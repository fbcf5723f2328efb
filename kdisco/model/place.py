"""Where in a document something is wrong, and the words of Go's two readers for it.

Upstream: sigs.k8s.io/json (an UnmarshalTypeError), apimachinery pkg/runtime/converter.go (strategic patches).
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

__all__ = ["Mismatch", "Where"]

JSON_WORDS = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}
GO_KINDS = {str: "string", bool: "bool", int: "int64", float: "float64", list: "slice", tuple: "slice", dict: "map"}
WHOLE = ("int32", "int64")
TEXTS = (
    "string", "types.UID", "v1.DNSPolicy", "v1.Protocol", "v1.RestartPolicy", "v1.ServiceAffinity", "v1.ServiceType",
)


class Mismatch(TypeError):
    """A value of another type than the field's: the JSON decoder's message, and the converter's."""

    def __init__(self, message: str, converter: str = "") -> None:
        super().__init__(message)
        self.converter = converter or message


@frozen
class Where:
    """A place in a document: the path for people and the Go struct for the decoder's message."""

    path: str = ""
    fields: str = ""  # the path without indices, as Go prints it
    struct: str = ""

    def field(self, name: str, struct: str) -> Where:
        """The place of field ``name`` of ``struct``."""
        dot = "." if self.path else ""
        return Where(f"{self.path}{dot}{name}", f"{self.fields}{dot}{name}", struct)

    def item(self, index: int | str) -> Where:
        """The place of one item of a list."""
        return Where(f"{self.path}[{index}]", self.fields, self.struct)

    def wrong(self, value: Any, wanted: str) -> Mismatch:
        """The error for ``value`` where Go wanted ``wanted``."""
        got = JSON_WORDS.get(type(value), "array" if isinstance(value, tuple) else "object")
        if wanted in WHOLE and isinstance(value, int | float) and not isinstance(value, bool):
            got = f"number {value}"
        at = f"Go struct field {self.struct}.{self.fields}" if self.struct else "Go value"
        return Mismatch(f"json: cannot unmarshal {got} into {at} of type {wanted}", _converter(value, wanted))


def _converter(value: Any, wanted: str) -> str:
    """What the reader of strategic patches says: it knows the kinds of values, not the fields."""
    kind = GO_KINDS.get(type(value), "map")
    if wanted.startswith("[]"):
        return f"cannot restore slice from {kind}"
    if wanted.startswith("map["):
        return f"cannot restore map from {kind}"
    if wanted in TEXTS:
        return f"cannot convert {kind} to {wanted}" if kind == "int64" else "unrecognized type: string"
    if wanted in ("bool", *WHOLE, "float64"):
        number = kind == "float64" and wanted in WHOLE
        return f"cannot convert {kind} to {wanted}" if number else f"unrecognized type: {wanted}"
    return f"cannot restore struct from: {kind}"
