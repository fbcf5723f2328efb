"""What changed between two pictures, in words: for those who hear them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["spoken"]

MOST_SAID = 6  # changes said one by one; the rest are counted


def spoken(before: str, after: str, say: Mapping[str, str]) -> str:
    """What changed between two text twins: of the things in their lists where any changed, else of all."""
    old, new = before.splitlines(), after.splitlines()
    listed = [line for line in {*old} ^ {*new} if line.startswith(" ")]
    old, new = ([line for line in lines if not listed or line.startswith(" ")] for lines in (old, new))
    held, kept = set(old), set(new)
    parts = []
    sides = {"appeared": [each for each in new if each not in held], "gone": [each for each in old if each not in kept]}
    for key, lines in sides.items():
        told = [each.strip() for each in lines[:MOST_SAID]]
        if len(lines) > MOST_SAID:
            told.append(say["more"].format(count=len(lines) - MOST_SAID))
        if told:
            parts.append(say[key].format(what="; ".join(told)))
    return ". ".join(parts)
