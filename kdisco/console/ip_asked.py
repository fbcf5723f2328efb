"""How ``ip`` is asked: options before the object, a command that may be cut short, a device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from kdisco.console.result import CommandResult, failed

__all__ = ["SHOW", "WRONG", "Asked", "begun", "command", "device"]

SHOW = ("show", "list", "ls", "lst")
CHANGING = ("add", "delete", "change", "replace", "flush", "set", "append")
WRONG = 255


@frozen(kw_only=True)
class Asked:
    """What is asked for: ``version`` 4, 6 or 0 for both, ``brief``, ``oneline``, the rest of the words."""

    version: int = 0
    brief: bool = False
    oneline: bool = False
    words: tuple[str, ...] = ()


def begun(word: str, names: Iterable[str]) -> str | None:
    """The first name that begins so."""
    return next((name for name in names if word and name.startswith(word)), "neighbour" if word == "neighbor" else None)


def command(asked: Asked, name: str, more: Sequence[str] = ()) -> tuple[str, tuple[str, ...]] | CommandResult:
    """The command and the words after it; a word that is none is refused."""
    if not asked.words:
        return "show", ()
    word, *rest = asked.words
    found = begun(word, (*SHOW, *more))
    if found is None:
        if begun(word, CHANGING):
            words = f"ip {name} {word} is not modelled here: the network is the CNI plugin's and kube-proxy's"
            return failed(words, WRONG)
        return failed(f'Command "{word}" is unknown, try "ip {name} help".', WRONG)
    return (found if found in more else "show"), tuple(rest)


def device(words: Sequence[str]) -> str:
    """The device that ``dev eth0`` or ``eth0`` names, "" for all."""
    left = [word for word in words if word != "dev"]
    return left[0] if left else ""
