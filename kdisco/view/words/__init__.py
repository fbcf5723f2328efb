"""The words in the pictures, English and Chinese: a table for each group of pictures, one for what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.language import LANGUAGES, language
from kdisco.view.words.control import CONTROL
from kdisco.view.words.flow import FLOW
from kdisco.view.words.rules import RULES
from kdisco.view.words.things import THINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "TABLES", "WORDS", "words"]

TABLES: tuple[Mapping[str, tuple[str, str]], ...] = (THINGS, CONTROL, FLOW, RULES)
WORDS: Mapping[str, tuple[str, str]] = {name: pair for table in TABLES for name, pair in table.items()}


def words(lang: str | None = None, table: Mapping[str, tuple[str, str]] = WORDS) -> Mapping[str, str]:
    """All words of a table in one language, None: the one that was set; raises UsageError for one there is not."""
    at = LANGUAGES.index(language(lang))
    return {name: pair[at] for name, pair in table.items()}
