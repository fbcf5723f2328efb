"""``cat``, ``echo``, ``hostname``, ``env``, ``printenv``: the few files that matter for discovery, and variables."""

from __future__ import annotations

from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session

__all__ = ["cat", "echo", "env", "hostname", "printenv"]

FOLDERS = ("/", "/etc")


def cat(session: Session, arguments: list[str]) -> CommandResult:
    """Print files."""
    out = err = ""
    for path in arguments:
        found = session.files.get(path)
        if found is not None:
            out += found
        else:
            folder = (path.rstrip("/") or "/") in FOLDERS
            err += f"cat: {path}: {'Is a directory' if folder else 'No such file or directory'}\n"
    return CommandResult(out, err, int(bool(err)))


def echo(session: Session, arguments: list[str]) -> CommandResult:  # noqa: ARG001 - as all commands
    """Print words; ``-n`` without an end of line."""
    bare = arguments[:1] == ["-n"]
    return CommandResult(" ".join(arguments[bare:]) + ("" if bare else "\n"))


def hostname(session: Session, _arguments: list[str]) -> CommandResult:
    """Print the name of the Pod, or of the node."""
    return CommandResult(session.files["/etc/hostname"])


def env(session: Session, arguments: list[str]) -> CommandResult:
    """Print the container's variables."""
    if arguments:
        return failed(f"env: {arguments[0]} is not modelled here: env alone prints the variables")
    return CommandResult(str(session.environment))


def printenv(session: Session, arguments: list[str]) -> CommandResult:
    """Print the values of variables, or all of them by name; one that is not set is passed over."""
    if not arguments:
        return env(session, arguments)
    known = session.environment
    values = [known[name] for name in arguments if name in known]
    return CommandResult("".join(f"{value}\n" for value in values), "", int(len(values) < len(arguments)))
