"""What is up: the one background process, the namespaces that it holds, and the names they go by for ``ip netns``."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from attrs import field, frozen

from kdisco.errors import UsageError
from kdisco.shell.linux_build import LinuxError, Missing
from kdisco.shell.linux_space import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

__all__ = ["Record", "alone", "born", "ended", "folder", "found", "named", "there"]

NAMES = Path("/run/netns")
DEAD = ("Z", "X")  # states of a process that nobody has asked about yet
PATIENCE = 5.0  # seconds that the background process has to end by itself


@frozen(kw_only=True)
class Record:
    """A cluster that is up. ``pid`` and ``born`` (ticks since boot) say which process holds it.

    ``spaces`` has for each its descriptor there, ``nodes`` and ``addresses`` what ``status`` tells of it.
    """

    pid: int
    born: str
    mode: str
    spaces: Mapping[str, int]
    nodes: Mapping[str, str] = field(factory=dict)
    addresses: Mapping[str, list[str]] = field(factory=dict)

    def path(self, space: str) -> str:
        """The namespace of a space, to be opened."""
        return f"/proc/{self.pid}/fd/{self.spaces[space]}"

    def save(self) -> None:
        """Remember it, for the next command."""
        file = folder() / "up.json"
        file.with_suffix(".new").write_text(json.dumps(attrs.asdict(self)), encoding="utf-8")
        file.with_suffix(".new").replace(file)


def folder() -> Path:
    """Where what is up is remembered, for this user alone."""
    if os.access("/run", os.W_OK):
        made = Path("/run/kdisco")
    else:
        user = Path("/proc/self/uid_map").read_text(encoding="ascii").split()[1] if not os.geteuid() else os.geteuid()
        own = os.environ.get("XDG_RUNTIME_DIR")
        made = Path(own, "kdisco") if own else Path(f"/tmp/kdisco-{user}")  # noqa: S108 - mode 0700, and looked at
    try:
        made.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        msg = f"{made}: {problem.strerror}; what is up would be remembered there"
        raise LinuxError(msg) from None
    if made.stat().st_uid != os.geteuid():
        msg = f"{made} belongs to somebody else"
        raise UsageError(msg)
    return made


@contextmanager
def alone() -> Iterator[None]:
    """Let nobody else bring a cluster up or take one down meanwhile: whoever comes waits for his turn."""
    place = _locked()
    try:
        yield
    finally:
        with suppress(OSError):
            folder().rmdir()  # where nothing is remembered
        os.close(place)


def _locked() -> int:
    """The folder, open and locked; one that has gone while we waited for it is no good."""
    while True:
        place = os.open(folder(), os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(place, fcntl.LOCK_EX)
        if os.path.samestat(os.fstat(place), folder().stat()):
            return place
        os.close(place)


def found() -> Record | None:
    """The cluster that is up, None when none is: the process that held it may have crashed."""
    try:
        record = Record(**json.loads((folder() / "up.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return record if born(record.pid) == record.born else None


def there() -> Record:
    """The cluster that is up; raises UsageError where none is."""
    record = found()
    if record is None:
        msg = "no cluster is up: kdisco linux up"
        raise UsageError(msg)
    return record


def born(pid: int) -> str:
    """When a process began, "" when it has ended: the same number may be another's later."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if words[0] in DEAD else words[19]


def ended() -> bool:
    """Take down what is up, and what a crash left behind; whether there was anything.

    Names that belong to another user's namespaces stay. Raises Missing where there are names and no iproute2.
    """
    record, names = found(), named()
    if names and shutil.which("ip") is None:
        msg = "ip is not in PATH: iproute2 takes the names of namespaces away"
        raise Missing(msg)
    paths = [NAMES / name for name in names]
    paths += [Path(record.path(space)) for space in record.spaces] if record else []
    strangers = [*_within({_identity(path) for path in paths} - {None})]
    if record is not None:
        _end(record)
    for pid in strangers:
        _kill(pid)
    for name in names:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)  # noqa: S603, S607 - iproute2
    for each in folder().iterdir():  # not itself: it is the lock
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    return record is not None or names != named()


def _end(record: Record) -> None:
    """Let the background process end, of itself or not."""
    os.kill(record.pid, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while born(record.pid) == record.born:
        if time.monotonic() > until:
            _kill(record.pid)
        time.sleep(0.01)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # gone by itself


def _identity(path: Path) -> tuple[int, int] | None:
    """Which namespace a file is, None for none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _within(spaces: AbstractSet[tuple[int, int] | None]) -> Iterator[int]:
    """Processes in any of these network namespaces: started by ``exec``, or by ``ip netns exec``."""
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid() and _identity(each / "ns" / "net") in spaces:
            yield int(each.name)


def named() -> list[str]:
    """The names in ``ip netns list`` that carry the prefix; only root can give them, and take them away."""
    return [] if os.geteuid() else sorted(each.name for each in NAMES.glob(f"{PREFIX}*"))
