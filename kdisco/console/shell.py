"""The commands there are, and which of them a line means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.console.words import Several, Unclosed, words_of
from kdisco.errors import UsageError
from kdisco.store.events import Event, Fact
from kdisco.store.state import State

__all__ = ["COMMANDS", "run"]

Command = Callable[[Session, list[str]], CommandResult]
COMMANDS: Mapping[str, tuple[str, str]] = {  # name: (module, function)
    "busybox": ("busybox", "busybox"),
    "cat": ("files", "cat"),
    "curl": ("curl", "curl"),
    "dig": ("dig", "dig"),
    "echo": ("files", "echo"),
    "env": ("files", "env"),
    "getent": ("getent", "getent"),
    "host": ("host", "host"),
    "hostname": ("files", "hostname"),
    "nslookup": ("nslookup", "nslookup"),
    "printenv": ("files", "printenv"),
}
SMALL = {"nslookup": ("busybox", "nslookup")}  # what busybox has instead
NOT_FOUND, WRONG = 127, 2


def run(
    line: str,
    where: str,
    tell: Callable[[Event], tuple[Fact, ...]],
    now: Callable[[], State],
    turns: Iterator[int],
) -> CommandResult:
    """What a command line prints at ``where``: ``pod/ns/name`` or ``node/name``; see ``Session`` for the others."""
    session = Session(where=where, tell=tell, now=now, turns=turns)
    try:
        words = words_of(line, session.environment if "$" in line else {})
    except Unclosed:
        return failed("sh: 1: Syntax error: Unterminated quoted string", WRONG)
    except Several:
        return failed("sh: only single commands are understood here: no pipes, no redirections, no lists", WRONG)
    if not words:
        return CommandResult()
    name, *arguments = words
    found = SMALL.get(name) if session.small and name in SMALL else COMMANDS.get(name)
    if found is None:
        return failed(f"sh: {name}: not found\nthere are: {', '.join(COMMANDS)}", NOT_FOUND)
    command: Command = getattr(import_module(f"kdisco.console.{found[0]}"), found[1])
    try:
        return command(session, arguments)
    except UsageError as problem:
        return failed(f"{name}: {problem}")
