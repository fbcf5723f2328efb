"""``progress("04")``: how far a learner is in a chapter, ``progress()`` in the course; to hand in and to take along."""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from typing import Any

from attrs import frozen

from kdisco.course.catalogue import CHAPTERS, common
from kdisco.course.question import questions
from kdisco.course.record import record
from kdisco.course.workbook import exercises
from kdisco.errors import UsageError
from kdisco.language import language
from kdisco.table import columns, table

__all__ = ["Course", "Progress", "Stand", "progress"]

CARDS, FILES = "kdisco.widget.cards", "kdisco.shell.answers"  # above
WIDTH = 20


@frozen(kw_only=True)
class Stand:
    """How far one chapter is: what is done, of what there is. ``left`` names the rest."""

    chapter: str
    quizzes: tuple[int, int]
    tasks: tuple[int, int]
    left: tuple[str, ...]

    @property
    def done(self) -> int:
        """Questions answered rightly and exercises done."""
        return self.quizzes[0] + self.tasks[0]

    @property
    def total(self) -> int:
        """Questions and exercises there are."""
        return self.quizzes[1] + self.tasks[1]


@frozen
class Progress:
    """How far a learner is in some chapters; reads anew whenever it is shown."""

    chapters: tuple[str, ...]
    lang: str

    @property
    def stands(self) -> tuple[Stand, ...]:
        """One for each chapter."""
        return tuple(map(_stand, self.chapters))

    @property
    def done(self) -> int:
        """Questions answered rightly and exercises done."""
        return sum(each.done for each in self.stands)

    @property
    def total(self) -> int:
        """Questions and exercises there are."""
        return sum(each.total for each in self.stands)

    @property
    def left(self) -> tuple[str, ...]:
        """The names of those that are still open."""
        return tuple(name for each in self.stands for name in each.left)

    def rows(self) -> list[tuple[str, ...]]:
        """A row a chapter: its title, what is done of all, of the questions, of the exercises."""
        say = common(self.lang)
        return [
            (title(each.chapter, self.lang), say["of"].format(done=each.done, total=each.total),
             *(say["of"].format(done=done, total=total) for done, total in (each.quizzes, each.tasks)))
            for each in self.stands
        ]  # fmt: skip

    def __str__(self) -> str:
        lines = columns([(row[0], _bar(each), *row[1:]) for row, each in zip(self._told(), self.stands, strict=True)])
        return "\n".join(lines)

    def _told(self) -> list[tuple[str, str, str]]:
        say = common(self.lang)
        return [(row[0], row[1], say["parts"].format(quizzes=row[2], tasks=row[3])) for row in self.rows()]

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """The same as a table."""
        say = common(self.lang)
        caption = say["progress"].format(done=self.done, total=self.total)
        return table("progress", caption, (say["chapter"], say["all"], say["quizzes"], say["tasks"]), self.rows())

    def card(self) -> Any:
        """The widget: a bar a chapter, which follows every answer."""
        return import_module(CARDS).ProgressCard(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and its words for where there is none."""
        return import_module(CARDS).bundle(self.card(), self, options)


def title(chapter: str, lang: str) -> str:
    """A chapter's number and title."""
    return common(lang).get(f"chapter {chapter}", chapter)


def _stand(chapter: str) -> Stand:
    known = record()
    asked = [each.name for each in questions(chapter)] if chapter in CHAPTERS else []
    work = [each.name for each in exercises(chapter)]
    open_quizzes = [name for name in asked if not known.get("quiz", name).get("passed")]
    open_tasks = [name for name in work if not known.get("task", name).get("passed")]
    return Stand(
        chapter=chapter,
        quizzes=(len(asked) - len(open_quizzes), len(asked)),
        tasks=(len(work) - len(open_tasks), len(work)),
        left=(*open_quizzes, *open_tasks),
    )


def _bar(stand: Stand) -> str:
    full = WIDTH * stand.done // stand.total if stand.total else 0
    return "█" * full + "░" * (WIDTH - full)


class Course:
    """``progress``: call it for the bars; ``export`` and ``load`` take the answers along, ``reset`` forgets them."""

    def __call__(self, chapter: str | None = None, lang: str | None = None) -> Progress:
        """The progress of a chapter (``"04"``), or of the course; raises UsageError for one that there is not."""
        if chapter is None:
            return Progress(tuple(CHAPTERS), language(lang))
        short = str(chapter)[:2] if str(chapter) in CHAPTERS.values() else str(chapter)
        if short not in CHAPTERS and not any(True for _ in exercises(short)):
            msg = f"progress: there is no chapter {chapter!r}; there are {', '.join(CHAPTERS)}"
            raise UsageError(msg)
        return Progress((short,), language(lang))

    def export(self, path: str | PathLike[str]) -> None:
        """Write all answers to a file, to hand in or to go on with elsewhere. Raises UsageError."""
        import_module(FILES).export(record().to_dict(), path)

    def load(self, path: str | PathLike[str]) -> Progress:
        """Add the answers of an exported file to those that are there. Raises UsageError for what is none."""
        record().take(import_module(FILES).load(path))
        return self()

    def reset(self, chapter: str | None = None) -> Progress:
        """Forget the answers of a chapter, or all."""
        for part, name in list(record().entries()):
            if chapter is None or name.partition("/")[0] == chapter:
                record().forget(part, name)
        return self(chapter)


progress = Course()
