"""Options as tables: which letters and long names a tool has, which of them take a value, and what is wrong with words.

A tool says in its own words what is wrong; here stands only what it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrs import define, field, frozen

__all__ = ["Given", "Option", "WrongOption", "amount", "read", "wrong"]


@frozen
class Option:
    """One option: ``names`` are its letters and long names without dashes; ``value``: a word follows."""

    names: str
    value: bool = False

    @property
    def all(self) -> tuple[str, ...]:
        """Its names, the first of them is what it is known by."""
        return tuple(self.names.split())


class WrongOption(ValueError):
    """What cannot be read: ``kind`` unknown, missing (its value), unwanted (a value), ambiguous; ``word`` as typed."""

    def __init__(self, word: str, name: str, kind: str) -> None:
        super().__init__(f"{kind} {word}")
        self.kind, self.name, self.word = kind, name, word


def amount(text: str) -> float | None:
    """A value that is a number from 0 on, None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


@define
class Given:
    """What was given: values by the option's first name (of a switch, one "" each time), and the other words."""

    values: dict[str, list[str]] = field(factory=dict)
    words: list[str] = field(factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def last(self, name: str, default: str = "") -> str:
        """The value that counts where an option may be given again."""
        return self.values.get(name, [default])[-1]

    def note(self, name: str, value: str) -> None:
        """Take one option."""
        self.values.setdefault(name, []).append(value)


def read(
    words: Sequence[str], options: Sequence[Option], *, equals: bool = True, first: bool = False
) -> Given:
    """Part options from other words; raises WrongOption. The beginning of a long name will do where one has it.

    ``equals``: ``--name=value`` is a way to give a value; ``first``: options end where another word stands.
    """
    known = {name: option for option in options for name in option.all}
    given, left = Given(), list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            given.words += left
            break
        if not word.startswith("-") or word == "-":
            given.words.append(word)
            if first:
                given.words += left
                break
        elif word.startswith("--"):
            _long(word, known, left, given, equals=equals)
        else:
            _letters(word, known, left, given)
    return given


def _long(word: str, known: dict[str, Option], left: list[str], given: Given, *, equals: bool) -> None:
    name, sign, value = word[2:].partition("=") if equals else (word[2:], "", "")
    option = known.get(name)
    if option is None or len(name) == 1:
        fits = {known[each] for each in known if len(each) > 1 and each.startswith(name)}
        if len(fits) != 1:
            raise WrongOption(word, name, "ambiguous" if fits else "unknown")
        option = fits.pop()
    if not option.value:
        if sign:
            raise WrongOption(word, option.all[-1], "unwanted")
        given.note(option.all[0], "")
    elif sign:
        given.note(option.all[0], value)
    elif left:
        given.note(option.all[0], left.pop(0))
    else:
        raise WrongOption(word, option.all[-1], "missing")


def _letters(word: str, known: dict[str, Option], left: list[str], given: Given) -> None:
    for at, letter in enumerate(word[1:], 2):
        option = known.get(letter)
        if option is None:
            raise WrongOption(word, letter, "unknown")
        if not option.value:
            given.note(option.all[0], "")
            continue
        value = word[at:] or (left.pop(0) if left else None)
        if value is None:
            raise WrongOption(word, letter, "missing")
        given.note(option.all[0], value)
        return


def wrong(problem: WrongOption) -> str:
    """What getopt_long() says of an option."""
    long = problem.word.startswith("--")
    if problem.kind == "unknown":
        return f"unrecognized option '{problem.word}'" if long else f"invalid option -- '{problem.name}'"
    if problem.kind == "ambiguous":
        return f"option '{problem.word}' is ambiguous"
    if problem.kind == "unwanted":
        return f"option '--{problem.name}' doesn't allow an argument"
    return f"option '{problem.word}' requires an argument" if long else (
        f"option requires an argument -- '{problem.name}'"
    )
