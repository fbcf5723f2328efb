"""Random numbers that are the same everywhere."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kdisco.store.random import draw

WAS = {  # a changed stream would change every lesson's names
    1: [17629623748622851610, 7038703734588528957, 6750377644635332274],
    2: [13810761654074628661, 1729398910067037633, 11294113759289322608],
}


def test_the_stream_is_what_it_always_was() -> None:
    assert [draw(1, count) for count in range(3)] == WAS[1]
    assert [draw(2, count) for count in range(3)] == WAS[2]


@given(st.integers(), st.integers(0, 10**9))
def test_a_draw_is_a_64_bit_number_and_depends_on_its_place_alone(seed: int, count: int) -> None:
    assert 0 <= draw(seed, count) < 2**64
    assert draw(seed, count) == draw(seed, count)


def test_neighbouring_seeds_and_counts_have_nothing_in_common() -> None:
    drawn = {draw(seed, count) for seed in range(100) for count in range(100)}
    assert len(drawn) == 10_000


def test_small_ranges_are_even() -> None:
    counts = Counter(draw(7, count) % 27 for count in range(27_000))
    assert len(counts) == 27
    assert 850 < min(counts.values()) <= max(counts.values()) < 1150
