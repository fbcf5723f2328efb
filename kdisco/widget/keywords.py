"""Unknown keyword arguments are errors that say what was meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from kdisco.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["checked"]


def checked(owner: str, options: Mapping[str, object], known: Iterable[str]) -> None:
    """Raise UsageError for the first of ``options`` that is not ``known``, with the nearest name that is."""
    names = sorted(known)
    for name in options:
        if name not in names:
            near = get_close_matches(name, names, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
            msg = f"{owner}: no keyword {name}; {hint}"
            raise UsageError(msg)
