"""A question as data: which choice is right, who says so, what of a learner's confusions it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module

from attrs import frozen

from kdisco.course.catalogue import CHAPTERS, texts
from kdisco.errors import UsageError
from kdisco.language import language

__all__ = ["Question", "question", "questions"]

CHOICES = "abcde"


@frozen(kw_only=True)
class Question:
    """One question. Its words are in the catalogue; here is what no language changes.

    ``right`` is the letter of the right choice, ``source`` the page that says so. ``about`` numbers the confusions
    that it clears up (the course's list), ``truth`` finds the right letter on the model where the model can show it.
    """

    name: str
    right: str
    source: str
    about: tuple[int, ...] = ()
    truth: Callable[[], str] | None = None

    @property
    def chapter(self) -> str:
        """The number of its chapter."""
        return self.name.partition("/")[0]

    def words(self, lang: str | None = None) -> Mapping[str, str]:
        """``question``, the choices ``a``, ``b``, ..., the ``clue`` for a wrong answer, ``why`` for the right one."""
        found: Mapping[str, str] = texts(self.chapter, language(lang))["quiz"][self.name.partition("/")[2]]
        return found

    def choices(self, lang: str | None = None) -> Mapping[str, str]:
        """Letter and text of each choice."""
        words = self.words(lang)
        return {letter: str(words[letter]) for letter in CHOICES if letter in words}


def questions(chapter: str | None = None) -> Iterator[Question]:
    """All questions of a chapter (``04``), or of the course, in order."""
    for number in [chapter] if chapter is not None else CHAPTERS:
        yield from import_module(f"kdisco.course.questions.ch{number}").QUESTIONS


def question(name: str) -> Question:
    """A question by its name, ``04/readiness``; raises UsageError with the nearest one there is."""
    chapter = str(name).partition("/")[0]
    there = {each.name: each for each in questions(chapter if chapter in CHAPTERS else None)}
    if name not in there:
        near = get_close_matches(str(name), there, 1)
        msg = f"quiz: there is no question {name!r}; {f'did you mean {near[0]}?' if near else ', '.join(there)}"
        raise UsageError(msg)
    return there[name]
