"""busybox: the programs that it is, which small images have instead of the large ones."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session

__all__ = ["SMALL", "busybox"]

SMALL: Mapping[str, tuple[str, str]] = {  # name: (module, function)
    "nslookup": ("busybox", "nslookup"),
    "ping": ("ping", "small_ping"),
    "wget": ("small_wget", "small_wget"),
}


def busybox(session: Session, arguments: list[str]) -> CommandResult:
    """One of busybox's programs by its name."""
    place = SMALL.get(arguments[0]) if arguments else None
    if place is None:
        return failed(f"{arguments[0] if arguments else 'busybox'}: applet not found", 127)
    found: CommandResult = getattr(import_module(f"kdisco.console.{place[0]}"), place[1])(session, arguments[1:])
    return found
