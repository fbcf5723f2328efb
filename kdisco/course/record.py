"""What a learner has answered, guessed and done, kept across kernel restarts by the layer that may touch files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any
from weakref import WeakMethod

from attrs import define, field

from kdisco.errors import UsageError

__all__ = ["PARTS", "VERSION", "Record", "checked", "record"]

PARTS = ("quiz", "guess", "task")
KEEPER = "kdisco.shell.answers"  # above: it reads and writes the file
VERSION = 1


@define
class Record:
    """Facts by part (quiz, guess, task) and name, plain JSON. ``kept`` is told of each change, None: memory alone."""

    parts: dict[str, dict[str, dict[str, Any]]] = field(factory=lambda: {part: {} for part in PARTS})
    kept: Callable[[str, str, Mapping[str, Any] | None], object] | None = field(default=None, eq=False)
    _heard: list[WeakMethod[Callable[[], object]]] = field(factory=list, eq=False)

    def get(self, part: str, name: str) -> Mapping[str, Any]:
        """What is known of one; {} where nothing is."""
        return self.parts[part].get(name, {})

    def note(self, part: str, name: str, **facts: Any) -> None:
        """Add facts to one."""
        self._set(part, name, {**self.get(part, name), **facts})

    def forget(self, part: str, name: str) -> None:
        """As if it had never been tried."""
        self._set(part, name, None)

    def observe(self, method: Callable[[], object]) -> None:
        """Call a bound method after every change, for as long as its object lives."""
        self._heard.append(WeakMethod(method))

    def _set(self, part: str, name: str, facts: dict[str, Any] | None) -> None:
        if facts is None:
            self.parts[part].pop(name, None)
        else:
            self.parts[part][name] = facts
        if self.kept is not None:
            self.kept(part, name, facts)
        self._heard = [each for each in self._heard if each() is not None]
        for each in list(self._heard):
            heard = each()
            if heard is not None:
                heard()

    def entries(self) -> Iterator[tuple[str, str]]:
        """Part and name of everything that is known."""
        return ((part, name) for part, names in self.parts.items() for name in names)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {"version": VERSION, **{part: dict(names) for part, names in self.parts.items()}}

    def take(self, document: object) -> None:
        """Add what a document of ``to_dict`` holds; raises UsageError for one that is none."""
        for part, names in checked(document).items():
            for name, facts in names.items():
                self._set(part, name, dict(facts))


def checked(document: object) -> dict[str, dict[str, dict[str, Any]]]:
    """The parts of a document of ``Record.to_dict``; raises UsageError in one line for one that is none."""
    if not isinstance(document, dict) or document.get("version") != VERSION:
        msg = f"this is no record of answers: it should be JSON with version {VERSION}"
        raise UsageError(msg)
    found = {part: document.get(part, {}) for part in PARTS}
    if not all(isinstance(facts, dict) for names in found.values() for facts in _values(names)):
        msg = f"this is no record of answers: {', '.join(PARTS)} should each map names to facts"
        raise UsageError(msg)
    return found


def _values(names: object) -> list[object]:
    return list(names.values()) if isinstance(names, dict) else [None]


_ONE: list[Record] = []


def record() -> Record:
    """The learner's record: one a process, read from its file when first asked for."""
    if not _ONE:
        made = Record()
        keeper = import_module(KEEPER)
        kept = keeper.read()
        if kept is not None:
            made.take(kept)
        made.kept = keeper.keep
        _ONE.append(made)
    return _ONE[0]
