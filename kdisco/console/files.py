"""``cat`` and ``hostname``: the few files of a Pod that matter for discovery."""

from __future__ import annotations

from kdisco.console.result import CommandResult
from kdisco.console.session import Session

__all__ = ["cat", "hostname"]

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


def hostname(session: Session, _arguments: list[str]) -> CommandResult:
    """Print the Pod's host name."""
    return CommandResult(session.files["/etc/hostname"])
