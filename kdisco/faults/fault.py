"""A fault as data, one that was injected, and how that is undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.phrase import Phrase
from kdisco.table import Bold, columns, table

if TYPE_CHECKING:
    from kdisco.faults.hand import Hand  # noqa: TC004 - attrs reads field types as text

__all__ = ["Fault", "Faults", "Injected", "Undo", "described"]

HEADS = ("", Phrase("FAULT"), Phrase("WHAT"), Phrase("SYMPTOM"), Phrase("AIM"))
SMALL_HEADS = (Phrase("fault"), Phrase("what"), Phrase("symptom"), Phrase("aim"))
IN_FORCE = Phrase("in force")


@frozen
class Undo:
    """One thing that takes a part of a fault back: ``verb`` is patch, delete, create, release or host.

    ``facts`` are what it needs: plain JSON, so that a saved cluster can be healed too.
    """

    verb: str
    facts: FrozenMap[str, Any]


@frozen(kw_only=True)
class Fault:
    """A fault that can be injected. ``symptom`` is what a user sees; ``where`` names what it can be aimed at."""

    code: str
    what: str
    symptom: str
    where: tuple[str, ...]
    do: Callable[[Hand], None] = field(repr=False)


def described(do: Callable[[Hand], None]) -> str:
    """What a fault is: the first line that its function says of itself."""
    return Phrase((do.__doc__ or "").split("\n")[0])


@frozen(kw_only=True)
class Injected:
    """A fault in force: its code, what it was aimed at, and how to undo it."""

    code: str
    aim: FrozenMap[str, str]
    undo: tuple[Undo, ...] = field(repr=False)

    def __str__(self) -> str:
        aimed = ", ".join(f"{key}={value}" for key, value in self.aim.items() if value)
        return f"{self.code}({aimed})"


@frozen
class Faults:
    """All faults there are, and those in force."""

    known: tuple[Fault, ...]
    injected: tuple[Injected, ...]

    def __str__(self) -> str:
        """A line a fault; those in force are marked."""
        lines = columns([HEADS, *self._rows()])
        return "\n".join(lines)

    def _rows(self) -> list[tuple[str, ...]]:
        there = {each.code for each in self.injected}
        return [
            ("*" if each.code in there else "", each.code, each.what, each.symptom, " ".join(each.where))
            for each in self.known
        ]

    def _repr_html_(self) -> str:
        """The same as a table for notebooks."""
        rows = [(Bold(row[1]) if row[0] else row[1], *row[2:], IN_FORCE if row[0] else "") for row in self._rows()]
        return table("faults", Phrase("What can be injected"), (*SMALL_HEADS, ""), rows)
