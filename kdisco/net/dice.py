"""The random numbers that a packet's way takes from the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.store.random import draw

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["Dice"]


class Dice:
    """The state's random numbers, one after the other; ``draws`` counts them."""

    def __init__(self, state: State) -> None:
        self.seed = state.config.seed
        self.draws = state.draws

    def number(self) -> int:
        """The next 64-bit number."""
        self.draws += 1
        return draw(self.seed, self.draws - 1)

    def chance(self, among: int) -> bool:
        """Whether one in ``among`` happens now."""
        return self.pick(among) == 0

    def pick(self, among: int) -> int:
        """One of the numbers from 0 to ``among`` - 1."""
        return self.number() % among
