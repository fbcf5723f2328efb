"""``guess("04/how-many", 5)``: a prediction that is kept until the truth is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from kdisco.course.catalogue import common
from kdisco.course.prose import html
from kdisco.course.record import record
from kdisco.course.verdict import Verdict
from kdisco.errors import UsageError
from kdisco.language import language

__all__ = ["Guess", "guess"]

NOTHING: Any = object()  # None can be guessed too


@frozen
class Guess:
    """A prediction by its name, in one language."""

    name: str
    lang: str

    @property
    def _facts(self) -> Mapping[str, Any]:
        return record().get("guess", self.name)

    @property
    def made(self) -> bool:
        """Whether there is one."""
        return "value" in self._facts

    @property
    def value(self) -> Any:
        """What was guessed; None while nothing was."""
        return self._facts.get("value")

    def truth(self, value: Any) -> Verdict:
        """What it is, beside what was guessed; both are kept."""
        known, say = _plain(value), common(self.lang)
        if not self.made:
            return Verdict(passed=False, word=say["no guess"].format(truth=_shown(known)))
        passed = self.value == known
        record().note("guess", self.name, truth=known, passed=passed)
        key = "guess right" if passed else "guess wrong"
        return Verdict(passed=passed, word=say[key].format(guess=_shown(self.value), truth=_shown(known)))

    def reset(self) -> Guess:
        """Forget it."""
        record().forget("guess", self.name)
        return self

    def __str__(self) -> str:
        say, facts = common(self.lang), self._facts
        if not self.made:
            return say["guess open"].format(name=self.name)
        if "truth" in facts:
            return say["guess known"].format(guess=_shown(self.value), truth=_shown(facts["truth"]))
        return say["guess kept"].format(guess=_shown(self.value))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        return f'<div class="kdisco guess" role="status">{html(str(self))}</div>'


def guess(name: str, value: Any = NOTHING, lang: str | None = None) -> Guess:
    """Keep a prediction, or give the one that was kept: ``guess("04/how-many", 5)``, ``guess("04/how-many").truth(4)``.

    A value is anything that JSON holds; all else is kept as its text. Raises UsageError for a name without a word.
    """
    if not isinstance(name, str) or not name.strip():
        msg = f"guess: {name!r} is no name; give one as 04/how-many"
        raise UsageError(msg)
    if value is not NOTHING:
        record().forget("guess", name)
        record().note("guess", name, value=_plain(value))
    return Guess(name, language(lang))


def _plain(value: Any) -> Any:
    """A value as JSON gives it back, so that a kept one equals a fresh one."""
    if isinstance(value, set | frozenset):
        value = sorted(map(str, value))
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return str(value)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
