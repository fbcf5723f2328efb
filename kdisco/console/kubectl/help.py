"""``kubectl --help`` and ``kubectl VERB --help``: the commands and flags that there are.

Upstream: kubectl pkg/cmd/cmd.go, pkg/util/templates; the sentences are our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kdisco.console.kubectl.args import Flag
from kdisco.console.kubectl.flags import GLOBAL
from kdisco.console.kubectl.verbs import VERBS
from kdisco.console.result import CommandResult, failed

__all__ = ["group", "of_verb", "options"]

TOP: Mapping[str, tuple[str, ...]] = {
    "Basic Commands (Beginner)": ("create", "expose", "run", "set"),
    "Basic Commands (Intermediate)": ("explain", "get", "edit", "delete"),
    "Deploy Commands": ("rollout", "scale", "autoscale"),
    "Cluster Management Commands": ("cluster-info", "top", "cordon", "uncordon", "drain", "taint"),
    "Troubleshooting and Debugging Commands": (
        "describe", "logs", "attach", "exec", "port-forward", "proxy", "cp", "auth", "debug", "events",
    ),
    "Advanced Commands": ("diff", "apply", "patch", "replace", "wait"),
    "Settings Commands": ("label", "annotate"),
    "Other Commands": ("api-resources", "api-versions", "config", "version"),
}
MORE = 'Use "kubectl {} --help" for more information about a given command.\n'
OPTIONS = 'Use "kubectl options" for a list of global command-line options (applies to all commands).\n'
NEAR = 2  # letters by which a word may differ from the one that is meant


def group(path: str, rest: Sequence[str], *, wanted: bool) -> CommandResult:
    """What a group of commands prints: its list, or that there is no such command."""
    words = [word for word in rest if not word.startswith("-")]
    if not wanted and words[:1] == ["options"]:
        return CommandResult(options())
    if not wanted and words[:1] == ["help"]:
        inner = " ".join(words[1:])
        return CommandResult(of_verb(inner) if inner in VERBS else _top())
    if words:
        return _unknown(path, " ".join(words) if path else words[0])
    asked = not path or "--help" in rest or "-h" in rest
    return CommandResult(of_verb(path) if wanted else _top(), exit=0 if asked else 1)


def _unknown(path: str, word: str) -> CommandResult:
    if path:
        return failed(f"error: unknown command \"{word}\"\nSee 'kubectl {path} -h' for help and examples")
    names = [name for name in VERBS if " " not in name]
    alike = [name for name in names if _distance(word, name) <= NEAR or name.startswith(word.lower())]
    hint = "".join(f"\n\t{name}" for name in alike)
    return failed(f'error: unknown command "{word}" for "kubectl"' + (f"\n\nDid you mean this?{hint}" if hint else ""))


def _distance(left: str, right: str) -> int:
    """How many letters must change, come or go (Levenshtein)."""
    row = list(range(len(right) + 1))
    for at, letter in enumerate(left.lower(), 1):
        before, row[0] = row[0], at
        for place, other in enumerate(right.lower(), 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != other))
    return row[-1]


def _top() -> str:
    text = "kubectl controls the Kubernetes cluster manager.\n\n"
    text += " Find more information at: https://kubernetes.io/docs/reference/kubectl/\n\n"
    for title, names in TOP.items():
        text += f"{title}:\n" + "".join(f"  {name:<15} {VERBS[name].about}\n" for name in names) + "\n"
    return text + "Usage:\n  kubectl [flags] [options]\n\n" + MORE.format("<command>") + OPTIONS


def of_verb(path: str) -> str:
    """The help of one command."""
    verb = VERBS[path]
    inner = [name for name in VERBS if name.rpartition(" ")[0] == path]
    text = f"{verb.about}.\n\n"
    if inner:
        width = max(len(name.rpartition(" ")[2]) for name in inner)
        text += "Available Commands:\n"
        text += "".join(f"  {name.rpartition(' ')[2]:<{width}}   {VERBS[name].about}\n" for name in inner) + "\n"
    if verb.flags:
        text += "Options:\n" + _flags(verb.flags) + "\n"
    usage = f"{verb.usage} [options]".strip() if verb.module else "[flags] [options]"
    text += f"Usage:\n  kubectl {path} {usage}\n\n"
    return text + (MORE.format(f"{path} <command>") if inner else "") + OPTIONS


def _flags(found: Sequence[Flag]) -> str:
    lines = []
    for flag in found:
        short = f"-{flag.short}, " if flag.short else ""
        lines.append(f"    {short}--{flag.name}={flag.shown}:\n\t{flag.help}\n")
    return "\n".join(lines)


def options() -> str:
    """The flags that all commands take."""
    return "The following options can be passed to any command:\n\n" + _flags(GLOBAL)
