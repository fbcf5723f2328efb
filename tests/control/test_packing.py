"""Packing endpoints into slices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.packing import LIMIT, Packing, pack


def sizes(kept: dict[str, tuple[int, ...]], plan: Packing[int]) -> list[int]:
    """How full the slices are afterwards."""
    left = {**kept, **plan.changed}
    return sorted([len(each) for each in left.values()] + [len(each) for each in plan.created])


def filled(*counts: int) -> dict[str, tuple[int, ...]]:
    """Slices of these sizes."""
    return {f"s{i}": tuple(range(1000 * i, 1000 * i + count)) for i, count in enumerate(counts, 1)}


@pytest.mark.parametrize(
    ("there", "touched", "new", "after"),
    [
        ((100, 50, 45), set(), 60, [45, 50, 60, 100]),
        ((100, 40, 30), set(), 60, [30, 100, 100]),
        ((), set(), 250, [50, 100, 100]),
        ((99, 98), set(), 1, [98, 100]),
        ((99, 98), {"s2"}, 1, [99, 99]),
        ((40, 60), {"s1", "s2"}, 100, [100, 100]),
        ((100, 100), set(), 100, [100, 100, 100]),
        ((100, 0), {"s2"}, 0, [0, 100]),
        ((100, 0), {"s2"}, 7, [7, 100]),
        ((60, 60), set(), 150, [50, 60, 60, 100]),
        ((50,), set(), 150, [100, 100]),
        ((50,), set(), 130, [80, 100]),
    ],
)
def test_what_becomes_of_the_slices(there: tuple[int, ...], touched: set[str], new: int, after: list[int]) -> None:
    kept = filled(*there)
    assert sizes(kept, pack(kept, touched, range(9000, 9000 + new))) == after


def test_a_slice_that_nobody_needs_to_touch_is_left_alone() -> None:
    kept = filled(10, 20)
    assert pack(kept, set(), []) == Packing()


slices = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 6), max_size=6)


@given(slices, st.integers(0, 40), st.data())
def test_packing_places_everything_once_and_moves_nothing(
    counts: dict[str, int], new: int, data: st.DataObject
) -> None:
    kept = {name: tuple(f"{name}{i}" for i in range(count)) for name, count in counts.items()}
    touched = set(data.draw(st.lists(st.sampled_from(sorted(kept)), unique=True))) if kept else set()
    fresh = [f"new{i}" for i in range(new)]
    plan = pack(kept, touched, fresh, limit=6)
    left = {name: plan.changed.get(name, kept[name]) for name in kept}
    placed = [item for group in (*left.values(), *plan.created) for item in group]
    assert sorted(placed) == sorted([*fresh, *(item for group in kept.values() for item in group)])
    assert all(left[name][: len(kept[name])] == kept[name] for name in left)
    assert all(len(group) <= 6 for group in (*left.values(), *plan.created))
    assert all(plan.created)
    assert touched <= plan.changed.keys()


def test_the_limit_is_the_controllers_default() -> None:
    assert LIMIT == 100
