"""Random numbers as part of the state: the same seed and count give the same number everywhere."""

from __future__ import annotations

__all__ = ["draw"]

MASK = (1 << 64) - 1


def draw(seed: int, count: int) -> int:
    """The 64-bit number that stands at place ``count`` of the stream of ``seed`` (SplitMix64)."""
    word = (seed * 0x9E3779B97F4A7C15 + (count + 1) * 0xD1342543DE82EF95) & MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)
