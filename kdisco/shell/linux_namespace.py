"""Network namespaces by their file descriptors: made, entered and left again, gone when nobody holds them.

Nothing here has a name in the file system: when the process that holds them ends, however it ends, the kernel
takes down every device, route and rule that was in them.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from kdisco.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OWN", "USERS", "bind_mount", "enter", "inside", "new_namespace", "own_files"]

NEWNS, NEWUTS, NETS, USERS = 0x00020000, 0x04000000, 0x40000000, 0x10000000  # linux/sched.h CLONE_...
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000  # linux/mount.h MS_...
OWN = "/proc/thread-self/ns/net"


@cache
def _libc() -> Any:
    """The C library; Python has setns and unshare of its own from 3.12 on, mount never."""
    if not sys.platform.startswith("linux"):
        msg = f"needs a Linux kernel with network namespaces; this is {sys.platform}"
        raise UsageError(msg)
    return ctypes.CDLL(None, use_errno=True)


def _called(name: str, *arguments: Any) -> None:
    """One system call; raises OSError as Python's own do."""
    if getattr(_libc(), name)(*arguments):
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def enter(descriptor: int, kind: int = NETS) -> None:
    """Move this thread into a namespace, for good; raises OSError."""
    _called("setns", descriptor, kind)


@contextmanager
def inside(descriptor: int) -> Iterator[None]:
    """Be in a network namespace: what is opened or started meanwhile belongs there, and stays there."""
    home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(descriptor)
        try:
            yield
        finally:
            enter(home)
    finally:
        os.close(home)


def new_namespace() -> int:
    """A network namespace of its own, as a descriptor; it lives as long as that is open. Raises OSError."""
    home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _called("unshare", NETS)
        try:
            return os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        finally:
            enter(home)
    finally:
        os.close(home)


def own_files() -> None:
    """Give this process mounts and a host name of its own: what it changes there nobody else sees."""
    _called("unshare", NEWNS | NEWUTS)
    _called("mount", b"none", b"/", None, RECURSIVE | PRIVATE, None)


def bind_mount(source: str, target: str) -> None:
    """Let a file be seen in another's place, within this process's own mounts."""
    _called("mount", os.fsencode(source), os.fsencode(target), None, BIND, None)
