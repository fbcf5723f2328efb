"""``kubectl`` itself: which verb a line means, its flags, and how errors become text and exit status.

Upstream: kubectl pkg/cmd/cmd.go, spf13/cobra command.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from kdisco.console.kubectl.args import Flag, WrongFlag, parse
from kdisco.console.kubectl.call import Call
from kdisco.console.kubectl.flags import FLAGS, GLOBAL
from kdisco.console.kubectl.help import group, of_verb
from kdisco.console.kubectl.verbs import ALIASES, VERBS, Verb
from kdisco.console.kubectl.words import split
from kdisco.console.result import CommandResult, failed
from kdisco.errors import KdiscoError

__all__ = ["run"]


def run(cluster: Any, line: str, stdin: str | None = None) -> CommandResult:
    """What a line prints, with or without the word ``kubectl`` before it; ``stdin`` is what ``-f -`` reads."""
    try:
        words = split(line)
    except ValueError:
        return failed("sh: 1: Syntax error: Unterminated quoted string", 2)
    return run_words(cluster, words[1:] if words[:1] == ["kubectl"] else words, stdin)


def run_words(cluster: Any, words: Sequence[str], stdin: str | None = None) -> CommandResult:
    """The same for words that a shell has parted."""
    path, rest = _path(words)
    verb = VERBS.get(path)
    if verb is None or verb.module == "":
        return group(path, rest, wanted=verb is not None)
    try:
        given = parse(rest, (*verb.flags, *_own(verb), FLAGS["help"]))
    except WrongFlag as problem:
        return failed(f"error: {problem}\nSee 'kubectl {path} --help' for usage.")
    if given["help"]:
        return CommandResult(of_verb(path))
    return _carried_out(cluster, path, verb, given, stdin)


def _own(verb: Verb) -> tuple[Flag, ...]:
    """The global flags but for those that the verb has under the same name or letter."""
    names = {flag.name for flag in verb.flags}
    return tuple(flag for flag in GLOBAL if flag.name not in names)


def _path(words: Sequence[str]) -> tuple[str, list[str]]:
    """The verb that words begin with, ``rollout status``, and the others, global flags before it among them."""
    left, path = list(words), ""
    before: list[str] = []
    flags = {f"--{flag.name}": flag for flag in GLOBAL} | {f"-{flag.short}": flag for flag in GLOBAL if flag.short}
    while left:
        word = left[0]
        if word.startswith("-") and word != "-":
            flag = flags.get(word)
            takes = 2 if flag is not None and flag.sort != "bool" else 1
            before, left = [*before, *left[:takes]], left[takes:]
            continue
        longer = ALIASES.get(f"{path} {word}".strip(), f"{path} {word}".strip())
        if longer not in VERBS:
            break
        path, left = longer, left[1:]
        if not any(name.startswith(f"{path} ") for name in VERBS):
            break
    return path, [*before, *left]


def _carried_out(cluster: Any, path: str, verb: Verb, given: Any, stdin: str | None) -> CommandResult:
    space = given["namespace"] or cluster.kubeconfig.get("namespace") or "default"
    call = Call(
        cluster=_asking(cluster, given), verb=path, given=given, namespace=space, explicit=bool(given["namespace"]),
        stdin=stdin,
    )
    status = 0
    try:
        function: Callable[[Call], int | None] = getattr(
            import_module(f"kdisco.console.kubectl.{verb.module}"), verb.function
        )
        status = function(call) or 0
    except KdiscoError as problem:
        call.fail(problem)
    status = status or int(bool(call.failures))
    call.err.append(call.failed())
    if call.warned and given["warnings-as-errors"] and not status:
        call.complain(f"error: {len(call.warned)} warning{'s' * (len(call.warned) > 1)} received")
        status = 1
    return CommandResult("".join(call.out), "".join(call.err), status, tuple(call.objects))


def _asking(cluster: Any, given: Any) -> Any:
    """The cluster in the hands of the user that ``--as`` names."""
    if not given["as"]:
        return cluster
    return cluster.as_user(given["as"], given["as-group"])
