"""What the model says of itself: English text that knows its words, so that it can be said in another language too.

``Phrase("no route to {ip}", ip="10.0.0.1")`` is the text ``no route to 10.0.0.1`` and behaves as any other: it is
equal to it, it is saved as it. ``said(text, "zh")`` says it in Chinese. What other programs say (an API server's
errors, a rule's comment, a command's output) is no Phrase: it is quoted, and stays as it is in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, Self

from kdisco.language import LANGUAGES, language

__all__ = ["Phrase", "complaint", "joined", "said"]

ENGLISH = LANGUAGES[0]
TABLES = {"zh": "kdisco.chinese"}  # where the other languages' sentences are; loaded when one is first spoken
SAID_AS_THEY_ARE = (str, int, float)  # values that keep their kind, so that ``{seconds:g}`` means what it says


class Phrase(str):
    """An English ``template`` with its ``values`` filled in, as by ``str.format``; a value may be a Phrase itself.

    The template is written out where the Phrase is made: tests collect them from there.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        """Fill the template in; other values than texts and numbers are taken by their texts."""
        for name, value in values.items():
            if not isinstance(value, SAID_AS_THEY_ARE):
                values[name] = str(value)
        made = str.__new__(cls, template.format_map(values))
        made.template, made.values = template, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.template, self.values)

    def said(self, lang: str) -> str:
        """The same in another language; English where that has no such sentence."""
        values = {name: said(value, lang) for name, value in self.values.items()}
        return _sentences(lang).get(self.template, self.template).format_map(values)


class _Joined(Phrase):
    """Phrases in a row: the template is what stands between them."""

    __slots__ = ()

    def said(self, lang: str) -> str:
        between = _sentences(lang).get(self.template, self.template)
        return between.join(said(each, lang) for each in self.values.values())


def joined(between: str, parts: Iterable[str]) -> str:
    """Phrases and plain texts in a row, as ``between.join(parts)``."""
    listed = list(parts)
    if not any(isinstance(each, Phrase) for each in listed):
        return between.join(listed)
    made = str.__new__(_Joined, between.join(listed))
    made.template, made.values = between, {str(number): each for number, each in enumerate(listed)}
    return made


def said(text: Any, lang: str | None = None) -> Any:
    """A text in a language (None: the one that was set): a Phrase is translated, all else stays as it is."""
    if not isinstance(text, Phrase) or (spoken := language(lang)) == ENGLISH:
        return text
    return text.said(spoken)


def complaint(error: Exception, lang: str | None = None) -> str:
    """An error's words: a Phrase in a language, all else (an API server's refusal) as it stands."""
    words = error.args[0] if error.args else ""
    return str(said(words, lang) if isinstance(words, Phrase) else error)


def _again(cls: type[Phrase], template: str, values: Mapping[str, Any]) -> str:
    return joined(template, values.values()) if cls is _Joined else Phrase(template, **values)


def _sentences(lang: str) -> Mapping[str, str]:
    sentences: Mapping[str, str] = import_module(TABLES[lang]).SENTENCES
    return sentences
