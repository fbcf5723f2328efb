"""What ConfigMaps must be."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api

from kdisco.errors import Invalid


def config(**fields: Any) -> dict[str, Any]:
    """A ConfigMap named web."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}} | fields


def test_texts_and_bytes_are_stored_by_key() -> None:
    made = Api.made().create(config(data={"Corefile": ".:53 {}", "a.b-c_D": ""}, binaryData={"x": "AAEC"}))
    assert made.to_dict()["data"] == {"Corefile": ".:53 {}", "a.b-c_D": ""}
    assert made.to_dict()["binaryData"] == {"x": "AAEC"}
    assert made.metadata.generation == 0


WORDS = "a valid config key must consist of alphanumeric characters"
REFUSED = [
    ({"data": {"a b": ""}}, f'data[a b]: Invalid value: "a b": {WORDS}'),
    ({"data": {"..": ""}}, 'data[..]: Invalid value: "..": must not be \'..\''),
    ({"data": {"..a": ""}}, 'data[..a]: Invalid value: "..a": must not start with \'..\''),
    (
        {"data": {"a": ""}, "binaryData": {"a": ""}},
        'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ),
    ({"data": {"a": "x" * 1048577}}, ": Too long: may not be more than 1048576 bytes"),
]


@pytest.mark.parametrize(("fields", "words"), REFUSED, ids=[words[:30] for _, words in REFUSED])
def test_a_breach_is_named(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(config(**fields))
    assert f'ConfigMap "web" is invalid: {words}' in caught.value.message


CHANGES = [
    ({"data": {"a": "c"}}, "data: Forbidden"),
    ({"binaryData": {"b": "AAEC"}}, "binaryData: Forbidden"),
    ({"immutable": None}, "immutable: Forbidden"),
]


@pytest.mark.parametrize(("patch", "words"), CHANGES)
def test_what_is_immutable_stays(patch: dict[str, Any], words: str) -> None:
    api = Api.made()
    api.create(config(data={"a": "b"}, immutable=True))
    with pytest.raises(Invalid) as caught:
        api.patch("cm", "web", patch)
    assert f"{words}: field is immutable when `immutable` is set" in caught.value.message
    assert api.patch("cm", "web", {"metadata": {"labels": {"a": "b"}}}).labels == {"a": "b"}
