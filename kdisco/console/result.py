"""What a command prints, and its exit status."""

from __future__ import annotations

from typing import Any, NoReturn, Self

__all__ = ["CommandResult", "Complaint", "failed", "refuse"]


class CommandResult(str):
    """The text that a command writes to the terminal: standard output, then standard error.

    ``exit`` is its exit status, ``out`` and ``err`` are the two apart; ``objects`` are those that kubectl found,
    made or changed.
    """

    __slots__ = ("err", "exit", "objects", "out")
    exit: int
    out: str
    err: str
    objects: tuple[Any, ...]

    def __new__(
        cls, out: str = "", err: str = "", exit: int = 0, objects: tuple[Any, ...] = ()  # noqa: A002 - the public name
    ) -> Self:
        """The result of a command that wrote ``out`` and ``err`` and ended with status ``exit``."""
        made = super().__new__(cls, out + err)
        made.out, made.err, made.exit, made.objects = out, err, exit, objects
        return made


def failed(words: str, status: int = 1) -> CommandResult:
    """A command that only complains."""
    return CommandResult(err=f"{words}\n", exit=status)


class Complaint(Exception):
    """A command that can go no further: ``result`` is what it says."""

    def __init__(self, result: CommandResult) -> None:
        super().__init__(str(result))
        self.result = result


def refuse(words: str, status: int = 1) -> NoReturn:
    """End a command with a complaint; raises Complaint."""
    raise Complaint(failed(words, status))
