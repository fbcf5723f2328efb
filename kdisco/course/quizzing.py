"""``quiz("04/readiness")``: a question with its choices, answered in the page or from Python, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from attrs import frozen

from kdisco.course.catalogue import common
from kdisco.course.prose import html
from kdisco.course.question import Question, question
from kdisco.course.record import record
from kdisco.course.verdict import Verdict
from kdisco.errors import UsageError
from kdisco.language import language

__all__ = ["Quiz", "quiz"]

CARDS = "kdisco.widget.cards"  # above


@frozen
class Quiz:
    """One question as it stands in a notebook, in one language."""

    question: Question
    lang: str

    @property
    def name(self) -> str:
        """Its name: chapter and word."""
        return self.question.name

    @property
    def given(self) -> str:
        """The letter that was answered last, "" while there is none."""
        return str(record().get("quiz", self.name).get("answer", ""))

    @property
    def verdict(self) -> Verdict | None:
        """What is said to the answer that was given; None while there is none."""
        return self._judged(self.given) if self.given in self.question.choices(self.lang) else None

    def answer(self, letter: str) -> Verdict:
        """Answer with ``"a"``, ``"b"``, ...; the answer is kept. Raises UsageError for what is no choice."""
        chosen = str(letter).strip().lower()
        choices = self.question.choices(self.lang)
        if chosen not in choices:
            msg = f"{self.name}: {letter!r} is none of the choices {', '.join(choices)}"
            raise UsageError(msg)
        verdict = self._judged(chosen)
        before = record().get("quiz", self.name)
        passed = verdict.passed or bool(before.get("passed"))  # who knew it once has it
        record().note("quiz", self.name, answer=chosen, passed=passed, tries=int(before.get("tries", 0)) + 1)
        return verdict

    def reset(self) -> Quiz:
        """Forget the answer."""
        record().forget("quiz", self.name)
        return self

    def _judged(self, letter: str) -> Verdict:
        words, say = self.question.words(self.lang), common(self.lang)
        if letter == self.question.right:
            return Verdict(passed=True, word=say["right"].format(why=words["why"], source=self.question.source))
        return Verdict(passed=False, word=say["wrong"].format(clue=words["clue"]))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        return str(self)

    def _lines(self) -> Iterator[str]:
        yield self.question.words(self.lang)["question"]
        for letter, text in self.question.choices(self.lang).items():
            yield f"  {'>' if letter == self.given else ' '} {letter}  {text}"
        if self.verdict is not None:
            yield str(self.verdict)

    def _repr_html_(self) -> str:
        """The question for pages that are only read."""
        choices = "".join(f"<li>{html(text)}</li>" for text in self.question.choices(self.lang).values())
        told = "" if self.verdict is None else self.verdict._repr_html_()
        asked = html(self.question.words(self.lang)["question"])
        return f'<div class="kdisco quiz">{asked}<ol style="list-style-type: lower-alpha">{choices}</ol>{told}</div>'

    def card(self) -> Any:
        """The widget: choices that are chosen with mouse or keys, and a button."""
        return import_module(CARDS).QuizCard(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and its words for where there is none."""
        return import_module(CARDS).bundle(self.card(), self, options)


def quiz(name: str, lang: str | None = None) -> Quiz:
    """A question of the course: ``quiz("04/readiness")``. Raises UsageError for a name that there is not."""
    return Quiz(question(name), language(lang))
