"""What is said to an answer or a piece of work: whether it passed, and one helpful word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from kdisco.course.prose import html

__all__ = ["Said", "Verdict"]

SIGNS = {True: "✓", False: "✗"}


@frozen(kw_only=True)
class Verdict:
    """Whether an answer is right or work is done (``passed``), and a ``word`` that says why, or what to look at."""

    passed: bool
    word: str

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return f"{SIGNS[self.passed]} {self.word}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """The same for notebooks: a sign and words, read aloud when they come."""
        return f'<div class="kdisco verdict" role="status">{html(str(self))}</div>'


@frozen
class Said:
    """A word of the catalogue by its key, with what is filled in: what a check gives where something is missing."""

    key: str
    values: Mapping[str, Any] = field(factory=dict)
