"""Field errors read as the API server writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import OwnerReference
from kdisco.model.selector import LabelSelector
from kdisco.store import field

if TYPE_CHECKING:
    from kdisco.store.field import Cause

ROWS: list[tuple[Cause, str, str]] = [
    (field.required("a"), "FieldValueRequired", "Required value"),
    (field.required("a", "why"), "FieldValueRequired", "Required value: why"),
    (field.invalid("a", 0, "why"), "FieldValueInvalid", "Invalid value: 0: why"),
    (field.invalid("a", "x", ""), "FieldValueInvalid", 'Invalid value: "x"'),
    (
        field.unsupported("a", "X", ("b", "a")),
        "FieldValueNotSupported",
        'Unsupported value: "X": supported values: "b", "a"',
    ),
    (field.duplicate("a", "x"), "FieldValueDuplicate", 'Duplicate value: "x"'),
    (field.forbidden("a", "why"), "FieldValueForbidden", "Forbidden: why"),
    (field.not_found("a", "x"), "FieldValueNotFound", 'Not found: "x"'),
    (field.too_long("a", 63), "FieldValueTooLong", "Too long: may not be more than 63 bytes"),
    (field.too_many("a", 3, 2), "FieldValueTooMany", "Too many: 3: must have at most 2 items"),
]


@pytest.mark.parametrize(("cause", "reason", "words"), ROWS)
def test_each_kind_of_error(cause: Cause, reason: str, words: str) -> None:
    assert cause == (reason, "a", words)


SHOWN: list[tuple[Any, str]] = [
    ("é", '"é"'),
    (None, '"null"'),
    (True, "true"),
    (("10.96.0.9",), '["10.96.0.9"]'),
    (FrozenMap({"b": "1", "a": "2"}), '{"a":"2","b":"1"}'),
    (LabelSelector(match_labels=FrozenMap(b="2", a="1")), '{"matchLabels":{"a":"1","b":"2"}}'),
    ((OwnerReference(kind="Pod", uid="u"),), '[{"kind":"Pod","uid":"u"}]'),
]


@pytest.mark.parametrize(("value", "shown"), SHOWN)
def test_values_are_shown_as_json(value: Any, shown: str) -> None:
    assert field.invalid("a", value, "why")[2] == f"Invalid value: {shown}: why"
