"""One language for all that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kdisco import KdiscoError, set_language
from kdisco.language import LANGUAGES, language

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    set_language("en")


def test_english_until_it_is_set() -> None:
    assert language() == "en"
    set_language("zh")
    assert language() == "zh"
    assert language("en") == "en", "what is asked for goes first"


@pytest.mark.parametrize("lang", ["fr", "", "EN", 3])
def test_a_language_that_there_is_not(lang: str) -> None:
    words = f"{lang!r} is not one of {', '.join(LANGUAGES)}"
    with pytest.raises(KdiscoError, match=words):
        set_language(lang)
    with pytest.raises(KdiscoError, match=words):
        language(lang)
    assert language() == "en"
