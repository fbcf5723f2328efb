"""Exercises as data, those of the course and a teacher's own: what is set up, and when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from attrs import evolve, field, frozen

from kdisco.arguments import one_of
from kdisco.cluster import Cluster
from kdisco.course.catalogue import CHAPTERS, common, texts
from kdisco.course.verdict import Said
from kdisco.errors import UsageError
from kdisco.language import LANGUAGES, language
from kdisco.phrase import said

__all__ = ["OWN", "Answer", "Exercise", "Text", "exercise", "exercise_named", "exercises"]

Answer = bool | str | Said
Text = str | Mapping[str, str]
MORE = ("dump", "faults", "settings", "setup", "wrong")
OWN: dict[str, Exercise] = {}
"""What teachers have written in this process, by name."""


@frozen(kw_only=True)
class Exercise:
    """One exercise. ``check`` gets a cluster at rest that is thrown away afterwards, and says True or what is missing.

    ``settings`` are ClusterConfig's fields, ``dump`` makes a dump to begin with instead; ``manifests`` is applied,
    ``setup`` does what else is needed, ``faults`` are injected (code and aim). ``solution`` is a cell: Python with the
    cluster as ``c``, or lines that begin with kubectl. ``wrong`` are cells that look like solutions and are none.
    ``about`` numbers the confusions it clears up. ``own`` holds the words of a teacher's exercise; those of the course
    are in the catalogue.
    """

    name: str
    check: Callable[[Cluster], Answer]
    settings: Mapping[str, Any] = field(factory=dict)
    dump: Callable[[], str] | None = None
    manifests: str = ""
    faults: tuple[tuple[str, Mapping[str, str]], ...] = ()
    setup: Callable[[Cluster], object] | None = None
    solution: str = ""
    wrong: tuple[str, ...] = ()
    about: tuple[int, ...] = ()
    own: Mapping[str, Mapping[str, Any]] | None = None

    @property
    def anywhere(self) -> bool:
        """Whether it can be done in a learner's own cluster: it needs no particular one."""
        return self.dump is None and not self.settings

    @property
    def chapter(self) -> str:
        """The number of its chapter, or a teacher's own word."""
        return self.name.partition("/")[0]

    def words(self, lang: str | None = None) -> Mapping[str, Any]:
        """``title``, ``text``, ``hints``, ``after`` (what was learned), ``words`` that its check says by their keys."""
        spoken = language(lang)
        if self.own is not None:
            return self.own[spoken]
        found: Mapping[str, Any] = texts(self.chapter, spoken)["task"][self.name.partition("/")[2]]
        return found

    def said(self, answer: Answer, lang: str | None = None) -> str:
        """What a check gave, in words; "" where it passed."""
        if answer is True:
            return ""
        known: dict[str, str] = {**common(lang), **(self.words(lang).get("words") or {})}
        if isinstance(answer, Said):
            values = {name: said(value, lang) for name, value in answer.values.items()}
            return known[answer.key].format(**values)
        return known.get(answer, answer) if isinstance(answer, str) and answer else known["not yet"]


def exercise(
    name: str,
    text: Text,
    *,
    hints: tuple[Text, ...] = (),
    manifests: str = "",
    solution: str = "",
    title: Text = "",
    **more: Any,
) -> Callable[[Callable[[Cluster], Answer]], Exercise]:
    """Make an exercise of a function ``(cluster) -> True or what is missing``: ``task(name)`` shows it from then on.

    Texts are a str, or a dict by language (``{"en": ..., "zh": ...}``). ``more`` are Exercise's other fields:
    ``settings``, ``dump``, ``faults``, ``setup``, ``wrong``. Raises UsageError for another field, and for a name of the
    course or without a slash.
    """
    chapter, slash, word = name.partition("/")
    if chapter in CHAPTERS or not (slash and chapter and word):
        msg = f"exercise: name yours as mine/port; {name!r} is {'of the course' if slash else 'without a slash'}"
        raise UsageError(msg)
    own = {
        lang: {
            "title": _in(title, lang) or word,
            "text": _in(text, lang),
            "hints": [_in(hint, lang) for hint in hints],
        }
        for lang in LANGUAGES
    }

    for keyword in more:
        one_of("exercise", keyword, MORE)

    def made(check: Callable[[Cluster], Answer]) -> Exercise:
        found = Exercise(name=name, check=check, manifests=manifests, solution=solution, own=own)
        OWN[name] = evolve(found, **more)
        return OWN[name]

    return made


def _in(text: Text, lang: str) -> str:
    """A text in one language, in the first there is where it has not that one."""
    return text if isinstance(text, str) else text.get(lang) or next(iter(text.values()))


def exercises(chapter: str | None = None) -> Iterator[Exercise]:
    """All exercises of a chapter (``04``, or a teacher's word), or of the course, in order."""
    for number in [chapter] if chapter is not None else CHAPTERS:
        if number in CHAPTERS:
            yield from import_module(f"kdisco.course.exercises.ch{number}").EXERCISES
        else:
            yield from (each for each in OWN.values() if each.chapter == number)


def exercise_named(name: str) -> Exercise:
    """An exercise by its name, ``04/lost-pod``; raises UsageError with the nearest one there is."""
    chapter = str(name).partition("/")[0]
    there = {each.name: each for each in exercises(chapter if chapter in CHAPTERS else None)} | OWN
    if name not in there:
        near = get_close_matches(str(name), there, 1)
        msg = f"task: there is no exercise {name!r}; {f'did you mean {near[0]}?' if near else ', '.join(there)}"
        raise UsageError(msg)
    return there[name]
