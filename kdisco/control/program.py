"""What a container's program does: it runs for ever, unless its command or an annotation says that it ends.

``kdisco.dev/crashes: "after 2s"`` lets every container of a Pod end two seconds after each start with exit
status 1; ``"web after 2s exit 137, side after 60s"`` names containers and statuses. A command of the shell's
own words (``["sh", "-c", "sleep 5; exit 3"]``, ``["false"]``) ends as it says.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kdisco.model.pod import Container, Pod

__all__ = ["CRASHES", "LEAST", "Ending", "ending", "outcome"]

CRASHES = "kdisco.dev/crashes"
ENTRY = re.compile(
    r"(?:(?P<name>[a-z0-9-]+)\s+)?after\s+(?P<after>[0-9]+|[0-9]+\.[0-9]+)s(?:\s+exit\s+(?P<code>[0-9]+))?"
)
SHELLS = ("ash", "bash", "dash", "sh")
QUICK = (":", "[", "cat", "cd", "chmod", "cp", "date", "echo", "export", "ls", "mkdir", "mv", "printf", "rm", "set")
QUICK_TOO = ("stat", "test", "touch", "true", "unset", "wget", "curl", "nc", "nslookup", "hostname", "id", "env")
LEAST = 0.1  # seconds that even the shortest program takes
INIT = 1.0  # seconds of an init container whose program is not known
MOST_CODE = 255

Ending = tuple[float, int]  # seconds from its start to its end, and the exit status


def ending(pod: Pod, container: Container, *, init: bool = False) -> Ending | None:
    """When the program of a container ends and how; None when it runs on."""
    told = pod.metadata.annotations.get(CRASHES)
    if told is not None:
        for entry in _told(told):
            if entry[0] in ("", container.name) and not (init and not entry[0]):
                return entry[1]
    known = outcome((*container.command, *container.args)) if container.command else None
    if known is not None:
        return max(known[0], LEAST), known[1]
    return (INIT, 0) if init else None


@lru_cache(256)
def _told(text: str) -> tuple[tuple[str, Ending], ...]:
    """The entries of the annotation, those for one container first; what is no entry says nothing."""
    found = (ENTRY.fullmatch(part.strip()) for part in text.split(","))
    entries = [
        (each["name"] or "", (max(float(each["after"]), LEAST), min(int(each["code"] or 1), MOST_CODE)))
        for each in found
        if each
    ]
    return tuple(sorted(entries, key=lambda entry: not entry[0]))


@lru_cache(256)
def outcome(command: tuple[str, ...]) -> Ending | None:
    """How long a command takes and its exit status, as far as its words say; None when they do not."""
    if not command:
        return None
    name, *rest = command
    name = name.rsplit("/", 1)[-1]
    if name in SHELLS:
        return _script(rest[1]) if len(rest) > 1 and rest[0] == "-c" else None
    return _step((name, *rest))


def _script(text: str) -> Ending | None:
    """The statements one after the other, up to an ``exit``; ``&&`` and newlines part them as ``;`` does."""
    from shlex import split  # noqa: PLC0415 - few containers have a script

    took, code = 0.0, 0
    for line in re.split(r";|\n|&&", text):
        try:
            words = tuple(split(line))
        except ValueError:
            return None
        if not words:
            continue
        if words[0] == "exit":
            known = int(words[1]) if len(words) > 1 and words[1].isdecimal() else code
            return took, min(known, MOST_CODE)
        step = _step(words)
        if step is None:
            return None
        took, code = took + step[0], step[1]
    return took, code


def _step(words: tuple[str, ...]) -> Ending | None:
    name = words[0].rsplit("/", 1)[-1]
    if name == "sleep" and len(words) > 1:
        number = words[1].removesuffix("s")
        return (float(number), 0) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) else None
    if name == "false":
        return 0.0, 1
    return (0.0, 0) if name in QUICK or name in QUICK_TOO else None
