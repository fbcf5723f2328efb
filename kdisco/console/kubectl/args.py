"""Command lines as kubectl reads them: flags before, between and after arguments, and its words for what is wrong.

The rules are Go's: ``--flag=value`` and ``--flag value``, ``-ovalue``, ``-o=value`` and ``-o value``, a flag that
says yes or no takes its value only after ``=``, and ``--`` ends the flags. Upstream: spf13/pflag flag.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from kdisco.errors import UsageError

__all__ = ["Flag", "Given", "WrongFlag", "parse", "seconds_of"]

TRUE, FALSE = ("1", "t", "T", "true", "TRUE", "True"), ("0", "f", "F", "false", "FALSE", "False")
DURATION = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


class WrongFlag(UsageError):
    """A flag that the command does not have, or a value that it cannot take."""


@frozen
class Flag:
    """One flag: ``sort`` is bool, int, text, list (commas part values), many (it is repeated) or time.

    ``alone`` is the value of the flag without ``=``, where that is allowed.
    """

    name: str
    short: str = ""
    sort: str = "text"
    default: Any = ""
    help: str = ""
    alone: str | None = None

    @property
    def shown(self) -> str:
        """The default as help shows it."""
        if self.sort in ("list", "many"):
            return f"[{','.join(self.default)}]"
        if self.sort == "bool":
            return str(self.default).lower()
        return f"'{self.default}'" if self.sort == "text" else str(self.default)


@frozen
class Given:
    """What a command line says: ``words`` are its arguments, of which those from ``dash`` on follow ``--``."""

    words: tuple[str, ...]
    values: Mapping[str, Any]
    changed: frozenset[str] = frozenset()
    dash: int | None = None
    flags: Mapping[str, Flag] = field(factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        return self.flags[name].default if name in self.flags else None

    @property
    def before(self) -> tuple[str, ...]:
        """The arguments before ``--``."""
        return self.words if self.dash is None else self.words[: self.dash]

    @property
    def after(self) -> tuple[str, ...]:
        """The arguments after ``--``."""
        return () if self.dash is None else self.words[self.dash :]


def parse(words: Sequence[str], flags: Sequence[Flag]) -> Given:
    """Read a command's words; raises WrongFlag in pflag's words."""
    named = {flag.name: flag for flag in flags}
    short = {flag.short: flag for flag in flags if flag.short}
    left, dash = list(words), None
    plain: list[str] = []
    values: dict[str, Any] = {}
    while left:
        word = left.pop(0)
        if word == "--":
            dash = len(plain)
            plain += left
            break
        if word.startswith("--"):
            _long(word, left, named, values)
        elif word.startswith("-") and word != "-":
            _short(word, left, short, values)
        else:
            plain.append(word)
    return Given(tuple(plain), values, frozenset(values), dash, named)


def _long(word: str, left: list[str], named: Mapping[str, Flag], values: dict[str, Any]) -> None:
    name, sign, value = word[2:].partition("=")
    if not name or name.startswith("-"):
        msg = f"bad flag syntax: {word}"
        raise WrongFlag(msg)
    flag = named.get(name)
    if flag is None:
        msg = f"unknown flag: --{name}"
        raise WrongFlag(msg)
    if not sign:
        alone = "true" if flag.sort == "bool" else flag.alone
        if alone is None and not left:
            msg = f"flag needs an argument: --{name}"
            raise WrongFlag(msg)
        value = left.pop(0) if alone is None else alone
    _set(flag, value, values)


def _short(word: str, left: list[str], short: Mapping[str, Flag], values: dict[str, Any]) -> None:
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        flag = short.get(letter)
        if flag is None:
            msg = f"unknown shorthand flag: {letter!r} in -{letter}{letters}"
            raise WrongFlag(msg)
        if letters.startswith("="):
            return _set(flag, letters[1:], values)
        if flag.sort == "bool":
            _set(flag, "true", values)
            continue
        if not letters and not left:
            msg = f"flag needs an argument: {letter!r} in -{letter}"
            raise WrongFlag(msg)
        return _set(flag, letters or left.pop(0), values)
    return None


def _set(flag: Flag, text: str, values: dict[str, Any]) -> None:
    if flag.sort == "many":
        values[flag.name] = (*values.get(flag.name, ()), text)
    elif flag.sort == "list":
        values[flag.name] = (*values.get(flag.name, ()), *(text.split(",") if text else ()))
    else:
        try:
            values[flag.name] = READERS[flag.sort](text)
        except ValueError as problem:
            name = f"-{flag.short}, --{flag.name}" if flag.short else f"--{flag.name}"
            msg = f'invalid argument "{text}" for "{name}" flag: {problem}'
            raise WrongFlag(msg) from None


def _bool(text: str) -> bool:
    if text in (*TRUE, *FALSE):
        return text in TRUE
    msg = f'strconv.ParseBool: parsing "{text}": invalid syntax'
    raise ValueError(msg)


def _int(text: str) -> int:
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    msg = f'strconv.ParseInt: parsing "{text}": invalid syntax'
    raise ValueError(msg)


def seconds_of(text: str) -> float:
    """A Go duration, ``1m30s``, in seconds; raises ValueError in Go's words."""
    bare = text.removeprefix("-").removeprefix("+")
    parts = DURATION.findall(bare)
    if bare != "0" and (not parts or "".join(map("".join, parts)) != bare):
        missing = re.fullmatch(r"[0-9.]+", bare)
        msg = f'time: {"missing unit in" if missing else "invalid"} duration "{text}"'
        raise ValueError(msg)
    length = sum(float(number) * UNITS[unit] for number, unit in parts)
    return -length if text.startswith("-") else length


READERS: Mapping[str, Callable[[str], Any]] = {"bool": _bool, "int": _int, "text": str, "time": seconds_of}
