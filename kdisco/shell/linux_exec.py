"""``kdisco linux exec``: become a command in a Pod's or a node's namespace, with the files that it finds there."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kdisco.errors import UsageError
from kdisco.shell.linux_build import RIGHTS, LinuxError, Missing
from kdisco.shell.linux_namespace import USERS, bind_mount, enter, own_files
from kdisco.shell.linux_record import Record, folder, there
from kdisco.shell.linux_space import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["become", "meant"]

NSSWITCH = Path("/etc/nsswitch.conf")
NOT_FOUND, NOT_RUN = 127, 126  # exit codes, as a shell gives them


def become(where: str, words: Sequence[str]) -> int:
    """Become a command, whose words may stand behind ``--``; comes back only where it cannot be run.

    Raises UsageError where nothing is up, nobody is meant, or there is no command.
    """
    command = [*words[list(words[:1]) == ["--"] :]]
    if not any(command[:1]):
        msg = "exec: no command; write it behind --, as in: kdisco linux exec my-app -- curl -s your-app-svc"
        raise UsageError(msg)
    record = there()
    space = meant(record, where)
    files = folder() / "files" / name_of(space)
    _join(record, space)
    own_files()
    socket.sethostname(space.rpartition("/")[2])
    for file in (*files.glob("*"), *_switch(files)):
        target = Path("/etc", file.name)
        if target.exists():
            bind_mount(str(file), str(target))
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as problem:
        sys.stderr.write(f"kdisco linux exec: {command[0]}: {problem.strerror}\n")
        return NOT_FOUND if isinstance(problem, FileNotFoundError) else NOT_RUN


def _switch(files: Path) -> list[Path]:
    """The host's list of who knows names, but for hosts: its own file and DNS alone, nobody on the host."""
    if not NSSWITCH.exists() or not files.is_dir():
        return []
    lines = NSSWITCH.read_text(encoding="utf-8").splitlines()
    own = files / NSSWITCH.name
    text = "\n".join("hosts: files dns" if line.startswith("hosts:") else line for line in lines)
    own.write_text(f"{text}\n", encoding="utf-8")
    return [own]


def meant(record: Record, where: str) -> str:
    """The space that is meant: by its name, with or without its kind, or the first Pod whose name begins so.

    Raises UsageError for nobody.
    """
    pods = [space for space in record.spaces if space.startswith("pod/")]
    for name in (where, f"node/{where}", f"pod/{where}", f"pod/default/{where}"):
        if name in record.spaces:
            return name
    whole = where.removeprefix("pod/")
    whole = whole if "/" in whole else f"default/{whole}"
    begins = [space for space in pods if space.startswith(f"pod/{whole}-")]
    if begins:
        return begins[0]
    msg = f'exec: no Pod or node "{where}"; kdisco linux status lists them'
    raise UsageError(msg)


def _join(record: Record, space: str) -> None:
    """Enter a namespace, and before it the user namespace that it belongs to."""
    try:
        net = os.open(record.path(space), os.O_RDONLY | os.O_CLOEXEC)
        theirs, ours = (f"/proc/{who}/ns/user" for who in (record.pid, "self"))
        if Path(theirs).stat().st_ino != Path(ours).stat().st_ino:
            enter(os.open(theirs, os.O_RDONLY | os.O_CLOEXEC), USERS)
        enter(net)
    except PermissionError:
        raise Missing(RIGHTS) from None
    except OSError as problem:
        msg = f"exec: the namespace cannot be entered: {problem.strerror}"
        raise LinuxError(msg) from None
