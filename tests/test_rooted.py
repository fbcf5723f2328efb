"""A map whose newest version is a dict: every version stays what it was, whoever is asked in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.rooted import Rooted

KEYS = st.integers(0, 5)
STEP = st.tuples(st.sampled_from(("set", "delete")), KEYS, st.integers(0, 3), st.integers(0, 60))
STEPS = st.lists(STEP, max_size=60)


@given(STEPS, st.lists(st.integers(0, 60), max_size=20))
def test_every_version_stays_what_it_was(steps: list[tuple[str, int, int, int]], asked: list[int]) -> None:
    versions: list[tuple[Rooted[int, int], dict[int, int]]] = [(Rooted(), {})]
    for what, key, value, at in steps:  # each step starts from any version that there is
        found, plain = versions[at % len(versions)]
        if what == "set":
            versions.append((found.set(key, value), {**plain, key: value}))
        else:
            versions.append((found.delete(key), {name: held for name, held in plain.items() if name != key}))
    for at in (*asked, *range(len(versions))):
        found, plain = versions[at % len(versions)]
        assert list(found.items()) == sorted(plain.items())
        assert list(found.values()) == [plain[key] for key in sorted(plain)]
        assert len(found) == len(plain)
        assert [found.get(key, -1) for key in range(6)] == [plain.get(key, -1) for key in range(6)]


@given(st.dictionaries(KEYS, KEYS), st.dictionaries(KEYS, KEYS))
def test_equal_entries_make_equal_maps(one: dict[int, int], other: dict[int, int]) -> None:
    assert (Rooted(one.items()) == Rooted(other.items())) is (one == other)
    grown: Rooted[int, int] = Rooted(one.items())
    for key, value in other.items():
        grown = grown.set(key, value)
    assert grown == Rooted((one | other).items())


def test_what_changes_nothing_is_the_same_map() -> None:
    value = "a value"
    found = Rooted([(1, value)])
    assert found.set(1, value) is found
    assert found.delete(2) is found
    assert found != {1: value}
    assert repr(found.set(0, "b")) == "Rooted({0: 'b', 1: 'a value'})"
    with pytest.raises(TypeError):
        hash(found)


def test_a_long_past_is_reached_and_let_go() -> None:
    first: Rooted[int, int] | None = Rooted()
    last = first
    for at in range(50_000):
        last = last.set(at, at)  # type: ignore[union-attr]  # a map
    assert first is not None
    assert (len(first), len(last or ())) == (0, 50_000)
    first = last = None  # neither the way there nor the end of it goes as deep as it is long
