"""The language that kdisco speaks to the learner where nobody says another: English until it is set."""

from __future__ import annotations

from kdisco.errors import UsageError

__all__ = ["LANGUAGES", "language", "set_language"]

LANGUAGES = ("en", "zh")
_spoken = [LANGUAGES[0]]  # one for the whole process, as a learner has one


def set_language(lang: str) -> None:
    """Speak ``"en"`` or ``"zh"`` from now on wherever ``lang=`` is not given; raises UsageError for another one."""
    _spoken[0] = _known(lang)


def language(lang: str | None = None) -> str:
    """The language to speak: ``lang`` where it is given, else the one that was set. Raises UsageError."""
    return _spoken[0] if lang is None else _known(lang)


def _known(lang: str) -> str:
    if lang not in LANGUAGES:
        msg = f"lang: {lang!r} is not one of {', '.join(LANGUAGES)}"
        raise UsageError(msg)
    return lang
