"""Frozen JSON: hashable, equal to the plain form, deaf to changes."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.model.frozen import FrozenMap, freeze, thaw

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=15,
)

CHANGES: dict[str, Callable[[Any], object]] = {
    "set": lambda m: m.__setitem__("a", 2),
    "delete": lambda m: m.__delitem__("a"),
    "or": lambda m: m.__ior__({"b": 1}),
    "clear": lambda m: m.clear(),
    "pop": lambda m: m.pop("a"),
    "popitem": lambda m: m.popitem(),
    "setdefault": lambda m: m.setdefault("b", 1),
    "update": lambda m: m.update(b=1),
}


@given(JSON)
def test_thawed_it_is_what_was_frozen(value: Any) -> None:
    frozen = freeze(value)
    assert thaw(frozen) == value
    hash(frozen)


@pytest.mark.parametrize("change", CHANGES)
def test_it_refuses_every_change(change: str) -> None:
    there = FrozenMap(a=1)
    with pytest.raises(TypeError, match="a FrozenMap cannot be changed"):
        CHANGES[change](there)
    assert there == {"a": 1}


def test_changed_copies_leave_it_alone() -> None:
    there = FrozenMap(a=1, b=2)
    assert there.merged({"b": 3, "c": 4}) == {"a": 1, "b": 3, "c": 4}
    assert there.without("a", "z") == {"b": 2}
    assert isinstance(there.merged({}), FrozenMap)
    assert isinstance(there.without(), FrozenMap)
    assert there == {"a": 1, "b": 2}


def test_equal_maps_hash_alike_in_any_order() -> None:
    assert hash(FrozenMap(a=1, b=2)) == hash(FrozenMap(b=2, a=1))


def test_it_can_be_copied_and_pickled() -> None:
    there = freeze({"a": [1, {"b": 2}]})
    for again in (copy.copy(there), copy.deepcopy(there), pickle.loads(pickle.dumps(there))):  # noqa: S301 - our own bytes
        assert again == there
        assert isinstance(again, FrozenMap)


def test_a_thawed_copy_is_free_to_change() -> None:
    there = freeze({"a": {"b": [1]}})
    plain = thaw(there)
    plain["a"]["b"].append(2)
    assert there == {"a": {"b": (1,)}}
