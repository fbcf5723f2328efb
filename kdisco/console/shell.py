"""The commands there are, and which of them a line means."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.store.events import Event, Fact
from kdisco.store.state import State

__all__ = ["COMMANDS", "run"]

Command = Callable[[Session, list[str]], CommandResult]
COMMANDS: Mapping[str, tuple[str, str]] = {  # name: (module, function)
    "busybox": ("busybox", "busybox"),
    "cat": ("files", "cat"),
    "dig": ("dig", "dig"),
    "env": ("files", "env"),
    "getent": ("getent", "getent"),
    "host": ("host", "host"),
    "hostname": ("files", "hostname"),
    "nslookup": ("nslookup", "nslookup"),
    "printenv": ("files", "printenv"),
}
SMALL = {"nslookup": ("busybox", "nslookup")}  # what busybox has instead
OPERATORS = frozenset("|&;<>()")
NOT_FOUND, WRONG = 127, 2


def run(
    line: str,
    pod: str,
    tell: Callable[[Event], tuple[Fact, ...]],
    now: Callable[[], State],
    turns: Iterator[int],
) -> CommandResult:
    """What a command line prints in the Pod ``ns/name``; see ``Session`` for the others."""
    try:
        words = _words(line)
    except ValueError:
        return failed("sh: 1: Syntax error: Unterminated quoted string", WRONG)
    if words is None:
        return failed("sh: only single commands are understood here: no pipes, no redirections, no lists", WRONG)
    if not words:
        return CommandResult()
    session = Session(pod=pod, tell=tell, now=now, turns=turns)
    name, *arguments = words
    place = SMALL.get(name) if session.small and name in SMALL else COMMANDS.get(name)
    if place is None:
        return failed(f"sh: {name}: not found\nthere are: {', '.join(COMMANDS)}", NOT_FOUND)
    command: Command = getattr(import_module(f"kdisco.console.{place[0]}"), place[1])
    return command(session, arguments)


def _words(line: str) -> list[str] | None:
    """The words of a simple command, None for a line that is more than one."""
    bare = shlex.shlex(line, posix=True, punctuation_chars="".join(sorted(OPERATORS)))
    bare.whitespace_split = True
    bare.commenters = ""
    words = list(bare)
    return None if any(word and set(word) <= OPERATORS for word in words) else words
