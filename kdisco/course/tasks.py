"""``task("04/lost-pod")``: an exercise at work, with its cluster, its hints, and a check of what the learner did."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from attrs import evolve

from kdisco.cluster import Cluster
from kdisco.course.catalogue import common
from kdisco.course.cell import run
from kdisco.course.prose import html
from kdisco.course.record import record
from kdisco.course.verdict import Said, Verdict
from kdisco.course.workbook import Answer, Exercise, exercise_named
from kdisco.errors import KdiscoError, UsageError
from kdisco.faults.hand import operate
from kdisco.language import language
from kdisco.phrase import complaint
from kdisco.store.history import Timeline

__all__ = ["Task", "task"]

CARDS = "kdisco.widget.cards"  # above
PREPARED: WeakKeyDictionary[Cluster, set[str]] = WeakKeyDictionary()
OPEN: dict[str, Task] = {}


class Task:
    """An exercise in one language, in a cluster of its own or in the learner's.

    ``cluster`` is where it is done. Its own one is made when first asked for; the learner's is set up when the task
    is made, once.
    """

    def __init__(self, exercise: Exercise, cluster: Cluster | None, lang: str) -> None:
        self.exercise, self.lang = exercise, lang
        self._given = cluster
        self._own: Cluster | None = None
        if cluster is not None and self.name not in PREPARED.setdefault(cluster, set()):
            self.setup()

    @property
    def name(self) -> str:
        """Its name: chapter and word."""
        return self.exercise.name

    @property
    def cluster(self) -> Cluster:
        """Where the work is done."""
        if self._given is not None:
            return self._given
        if self._own is None:
            self.setup()
        assert self._own is not None  # noqa: S101 - setup has made it
        return self._own

    @property
    def done(self) -> bool:
        """Whether a check has passed, now or in an earlier session."""
        return bool(record().get("task", self.name).get("passed"))

    def setup(self) -> Task:
        """Begin anew: a fresh cluster of its own, or what is needed written into the learner's once more."""
        found = self._given if self._given is not None else self._fresh()
        if self.exercise.manifests:
            found.apply(self.exercise.manifests)
            found.settle()
        if self.exercise.setup is not None:
            self.exercise.setup(found)
        for code, aim in self.exercise.faults:
            found.inject(code, **aim)
            operate(found, faults=found.state.faults.without(code))  # nobody can ask what it was, or heal it
        found.settle()
        if self._given is None:
            found.history = Timeline(evolve(found.state, changes=()))  # nor undo it
            self._own = found
        else:
            PREPARED[self._given].add(self.name)
        return self

    def _fresh(self) -> Cluster:
        """A cluster to begin with."""
        dump, settings = self.exercise.dump, self.exercise.settings
        return Cluster(**settings) if dump is None else Cluster.from_dump(dump(), **settings)

    def check(self) -> Verdict:
        """Judge the cluster as it will be when it has come to rest; what passes is kept as done."""
        try:
            answer: Answer = self.exercise.check(self.cluster.branch().settle())
        except KdiscoError as problem:
            answer = complaint(problem, self.lang)
        except (AttributeError, LookupError) as problem:  # what a check reaches for is not there
            answer = Said("not there", {"what": problem})
        missing = self.exercise.said(answer, self.lang)
        facts = record().get("task", self.name)
        passed = not missing
        record().note("task", self.name, passed=passed or self.done, tries=int(facts.get("tries", 0)) + 1)
        say = common(self.lang)
        learned = str(self.exercise.words(self.lang).get("after", ""))
        word = say["done"].format(after=learned).strip() if passed else missing
        return Verdict(passed=passed, word=word)

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints that were given so far, numbered."""
        given = int(record().get("task", self.name).get("hints", 0))
        known, say = tuple(self.exercise.words(self.lang).get("hints") or ()), common(self.lang)
        shown = enumerate(known[:given], 1)
        return tuple(say["hint"].format(number=number, count=len(known), hint=each) for number, each in shown)

    def hint(self) -> Verdict:
        """One hint more; after the last one, where to go from there."""
        given = len(self.hints)
        if given == len(self.exercise.words(self.lang).get("hints") or ()):
            return Verdict(passed=False, word=common(self.lang)["no more hints"])
        record().note("task", self.name, hints=given + 1)
        return Verdict(passed=True, word=self.hints[-1])

    def solution(self) -> Solution:
        """One way to do it, as a cell to read; it is noted that it was looked at."""
        record().note("task", self.name, seen=True)
        return Solution(self.exercise.solution.strip("\n") or common(self.lang)["no solution"])

    def solve(self) -> Task:
        """Carry the solution out on the cluster and let it come to rest."""
        if not self.exercise.solution:
            msg = f"{self.name}: {common(self.lang)['no solution']}"
            raise UsageError(msg)
        run(self.exercise.solution, self.cluster)
        self.cluster.settle()
        return self

    def reset(self) -> Task:
        """Forget that it was done, and which hints were given."""
        record().forget("task", self.name)
        return self

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        return str(self)

    def _lines(self) -> Iterator[str]:
        words, say = self.exercise.words(self.lang), common(self.lang)
        yield f"{words['title']} ({say['is done' if self.done else 'is open']})"
        yield str(words["text"]).strip()
        yield from self.hints

    def _repr_html_(self) -> str:
        """The exercise for pages that are only read."""
        words = self.exercise.words(self.lang)
        return f'<div class="kdisco task">{html("**" + words["title"] + "**")}{html(words["text"])}</div>'

    def card(self) -> Any:
        """The widget: the text, and buttons to check, to be given a hint, to see the solution, to begin anew."""
        return import_module(CARDS).TaskCard(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and its words for where there is none."""
        return import_module(CARDS).bundle(self.card(), self, options)


class Solution(str):
    """A cell to read: it shows as it would be typed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """The same as a block of code."""
        return html("\n".join(f"    {line}" for line in self.splitlines()))


def task(name: str, cluster: Cluster | None = None, lang: str | None = None) -> Task:
    """An exercise of the course or of a teacher: ``task("04/lost-pod")``, in your own cluster as ``task(name, c)``.

    Asked for again without a cluster it is the same task, at work where you left it; ``setup`` begins anew.
    Raises UsageError for a name that there is not, and for an exercise that needs a cluster of its own.
    """
    found, spoken = exercise_named(name), language(lang)
    if cluster is not None:
        if not found.anywhere:
            msg = f"{name} needs a cluster of its own: task({name!r})"
            raise UsageError(msg)
        return Task(found, cluster, spoken)
    there = OPEN.get(name)
    if there is None or there.exercise is not found:
        there = OPEN[name] = Task(found, None, spoken)
    there.lang = spoken
    return there
