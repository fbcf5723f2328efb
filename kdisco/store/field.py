"""Field errors: which field, what is wrong with it, in the API server's words.

Upstream: apimachinery pkg/util/validation/field/errors.go (values as JSON since v1.34).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import attrs

from kdisco.model.codec import encode
from kdisco.model.frozen import FrozenMap

__all__ = ["Cause", "duplicate", "forbidden", "invalid", "not_found", "required", "too_long", "too_many", "unsupported"]

Cause = tuple[str, str, str]  # (reason, field, words) of one entry in details.causes


def required(field: str, detail: str = "") -> Cause:
    """A value must be there."""
    return "FieldValueRequired", field, "Required value" + (f": {detail}" if detail else "")


def invalid(field: str, value: Any, detail: str) -> Cause:
    """The value breaks a rule."""
    return "FieldValueInvalid", field, f"Invalid value: {_shown(value)}" + (f": {detail}" if detail else "")


def unsupported(field: str, value: Any, supported: Iterable[str]) -> Cause:
    """The value is none of the few that exist; they are listed as they come: upstream sorts some, not all."""
    listed = ", ".join(f'"{item}"' for item in supported)
    return "FieldValueNotSupported", field, f"Unsupported value: {_shown(value)}: supported values: {listed}"


def duplicate(field: str, value: Any) -> Cause:
    """The value stands there already."""
    return "FieldValueDuplicate", field, f"Duplicate value: {_shown(value)}"


def forbidden(field: str, detail: str) -> Cause:
    """The field may not be set here."""
    return "FieldValueForbidden", field, f"Forbidden: {detail}"


def not_found(field: str, value: Any) -> Cause:
    """The value names nothing."""
    return "FieldValueNotFound", field, f"Not found: {_shown(value)}"


def too_long(field: str, limit: int) -> Cause:
    """A text is longer than ``limit`` bytes."""
    return "FieldValueTooLong", field, f"Too long: may not be more than {limit} bytes"


def too_many(field: str, count: int, limit: int) -> Cause:
    """A list has more than ``limit`` items."""
    return "FieldValueTooMany", field, f"Too many: {count}: must have at most {limit} items"


def _shown(value: Any) -> str:
    """A value as JSON: structs in the order of their fields, maps by key; a pointer to nothing is the word null."""
    if value is None:
        return '"null"'
    return json.dumps(_ordered(value), separators=(",", ":"), ensure_ascii=False, default=encode)


def _ordered(value: Any) -> Any:
    """The same value with every map in the order of its keys, as Go writes maps."""
    if isinstance(value, FrozenMap):
        return FrozenMap({key: _ordered(item) for key, item in sorted(value.items())})
    if isinstance(value, tuple | list):
        return tuple(_ordered(item) for item in value)
    if attrs.has(type(value)):
        parts = {part.name: _ordered(getattr(value, part.name)) for part in attrs.fields(type(value))}
        return attrs.evolve(value, **parts)
    return value
