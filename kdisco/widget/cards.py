"""The course in the page: cards for questions, exercises and progress, for mouse, keys and screen readers alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from kdisco.course.catalogue import common
from kdisco.course.prose import html
from kdisco.course.record import record
from kdisco.course.standing import title
from kdisco.errors import KdiscoError
from kdisco.phrase import complaint
from kdisco.widget.locks import lock_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.course.quizzing import Quiz
    from kdisco.course.standing import Progress, Stand
    from kdisco.course.tasks import Task
    from kdisco.course.verdict import Verdict

__all__ = ["Card", "ProgressCard", "QuizCard", "TaskCard", "bundle"]

STATIC = Path(__file__).parent / "static"


class Card(anywidget.AnyWidget):
    """A card: a legend and text (HTML of our own making), choices, bars, buttons, and what is said to the learner.

    ``chosen`` is the key of the choice; ``press`` presses a button by its key. ``mood`` is "", passed or open: it
    becomes a sign and a word, never a colour alone. Kept words (hints, a solution) are in ``more``.
    """

    _esm = STATIC / "card.js"
    _css = STATIC / "card.css"

    kind = traitlets.Unicode("").tag(sync=True)
    lang = traitlets.Unicode("en").tag(sync=True)
    legend = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    choices = traitlets.List(traitlets.List(), []).tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)
    bars = traitlets.List(traitlets.List(), []).tag(sync=True)
    buttons = traitlets.List(traitlets.List(), []).tag(sync=True)
    more = traitlets.List(traitlets.Unicode(), []).tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    mood = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.actions: dict[str, Callable[[], object]] = {}
        self.on_msg(self._pressed)  # type: ignore[no-untyped-call]  # ipywidgets is not annotated

    def _pressed(self, _: Any, content: Any, __: Any) -> None:
        if "chosen" in content:  # the trait's own message may still be on its way
            self.chosen = str(content["chosen"])
        self.press(str(content.get("press", "")))

    def press(self, key: str) -> None:
        """Do what a button does; an error becomes what is said, an unknown key nothing."""
        try:
            self.actions.get(key, lambda: None)()
        except KdiscoError as problem:
            self.tell(complaint(problem, self.lang), "open")

    def tell(self, words: str, mood: str = "") -> None:
        """Say something: screen readers read it at once."""
        with self.hold_sync():
            self.mood = mood
            self.said = html(words)

    def judge(self, verdict: Verdict) -> None:
        """Say a verdict."""
        self.tell(str(verdict), "passed" if verdict else "open")


class QuizCard(Card):
    """A question: a group of radio buttons and a button that checks."""

    def __init__(self, quiz: Quiz) -> None:
        self.quiz = quiz
        say, words = common(quiz.lang), quiz.question.words(quiz.lang)
        super().__init__(
            kind="quiz", lang=quiz.lang, legend=html(words["question"]), chosen=quiz.given,
            choices=[[letter, html(text)] for letter, text in quiz.question.choices(quiz.lang).items()],
            buttons=[["check", say["check"]]],
        )  # fmt: skip
        self.actions = {"check": self._check}
        if quiz.verdict is not None:
            self.judge(quiz.verdict)

    def _check(self) -> None:
        if not self.chosen:
            self.tell(common(self.quiz.lang)["choose first"], "open")
            return
        self.judge(self.quiz.answer(self.chosen))


class TaskCard(Card):
    """An exercise: its text, and buttons to check, for a hint, for a solution, to begin anew."""

    def __init__(self, task: Task) -> None:
        self.task = task
        say, words = common(task.lang), task.exercise.words(task.lang)
        keys = {"check": "check", "hint": "give hint", "solution": "show solution", "anew": "begin anew"}
        super().__init__(
            kind="task", lang=task.lang, legend=html(words["title"]), text=html(words["text"]),
            buttons=[[key, say[word]] for key, word in keys.items()], more=[html(each) for each in task.hints],
        )  # fmt: skip
        self.actions = {"check": self._check, "hint": self._hint, "solution": self._solution, "anew": self._anew}
        if task.done:
            self.tell(f"✓ {say['is done']}", "passed")

    def _check(self) -> None:
        with lock_of(self.task.cluster):
            self.judge(self.task.check())

    def _hint(self) -> None:
        told = self.task.hint()
        if told:
            self.more = [*self.more, html(told.word)]
        self.tell(told.word)

    def _solution(self) -> None:
        shown = self.task.solution()._repr_html_()
        self.more = [*(each for each in self.more if each != shown), shown]

    def _anew(self) -> None:
        with lock_of(self.task.cluster):
            self.task.setup()
        self.tell(common(self.task.lang)["anew"])


class ProgressCard(Card):
    """Bars, one a chapter, that follow every answer."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        super().__init__(kind="progress", lang=progress.lang)
        self.follow()
        record().observe(self.follow)

    def follow(self) -> None:
        """Show how far the learner is now."""
        say = common(self.progress.lang)
        with self.hold_sync():
            self.legend = html(say["progress"].format(done=self.progress.done, total=self.progress.total))
            self.bars = [
                [title(each.chapter, self.progress.lang), each.done, each.total, self._count(each)]
                for each in self.progress.stands
            ]

    def _count(self, stand: Stand) -> str:
        return common(self.progress.lang)["of"].format(done=stand.done, total=stand.total)


def bundle(card: Card, plain: Any, options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A card's MIME bundle, with its words as text and HTML for saved notebooks and exports."""
    found: Any = card._repr_mimebundle_(**options)
    data, metadata = found if isinstance(found, tuple) else (found or {}, {})
    words = {"text/plain": str(plain), "text/html": plain._repr_html_()}
    return {**data, **words}, metadata
