"""A planned cluster made real in the kernel, and taken down again: certainly, for nothing of it has a name of its own.

Every namespace is held by a descriptor of this process. When it ends, so do they, with all that is in them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kdisco.errors import KdiscoError, UsageError
from kdisco.shell.linux_namespace import inside, new_namespace
from kdisco.shell.linux_plan import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from kdisco.shell.linux_space import Feed, Settings, Space

__all__ = ["RIGHTS", "Built", "LinuxError", "Missing", "check_needs"]

BRIDGES = "/proc/sys/net/bridge"
PACKAGES = {"ip": "iproute2", "bridge": "iproute2", "nft": "nftables"}  # the others come with iptables
RIGHTS = "needs root, or a user namespace of its own: unshare -Urn kdisco linux ..."


class LinuxError(KdiscoError):
    """The kernel, or a program that talks to it, refused what a cluster takes."""


class Missing(UsageError):
    """A tool, a right or a part of the kernel is not there."""


def check_needs() -> None:
    """Raise Missing, in one line, where this machine cannot build a cluster."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        packages = dict.fromkeys(PACKAGES.get(tool, "iptables") for tool in absent)
        msg = f"needs {', '.join(absent)}: install {', '.join(packages)}"
        raise Missing(msg)
    try:
        os.close(new_namespace())
    except OSError:
        raise Missing(RIGHTS) from None
    if not Path(BRIDGES).is_dir():
        msg = "needs bridged packets shown to the rules (br_netfilter): modprobe br_netfilter"
        raise Missing(msg)


class Built:
    """Spaces in the kernel: ``descriptors`` by name. They go with its ``with`` block, or by ``close``."""

    def __init__(self, spaces: Sequence[Space]) -> None:
        self.descriptors: dict[str, int] = {}
        try:
            for space in spaces:  # settings first: a device has those of its namespace from its first moment on
                self.descriptors[space.name] = new_namespace()
                with inside(self.descriptors[space.name]):
                    _set(space.before)
            for space in spaces:
                self._fill(space)
        except OSError as problem:
            self.close()
            msg = f"the kernel refuses a network namespace: {problem.strerror or problem}"
            raise LinuxError(msg) from None
        except BaseException:
            self.close()
            raise

    def path(self, name: str) -> str:
        """Where other processes find a space's namespace."""
        return f"/proc/{os.getpid()}/fd/{self.descriptors[name]}"

    def feed(self, name: str, feeds: Iterable[Feed]) -> None:
        """Run programs in a space; raises LinuxError with their own words."""
        with inside(self.descriptors[name]):
            for feed in feeds:
                self._run(name, feed)

    def close(self) -> None:
        """Let go of all namespaces; a second time nothing happens."""
        for descriptor in self.descriptors.values():
            os.close(descriptor)
        self.descriptors.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _fill(self, space: Space) -> None:
        with inside(self.descriptors[space.name]):
            for feed in space.feeds:
                self._run(space.name, feed)
            _set(space.after)

    def _run(self, name: str, feed: Feed) -> None:
        batch = "-batch" in feed.program
        text = re.sub(r"(?<= netns )\S+", lambda found: self.path(found[0]), feed.text) if batch else feed.text
        command = [*feed.program]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)  # noqa: S603 - of a plan
        if done.returncode:
            words = " ".join((done.stderr or done.stdout).split())
            msg = f"{name}: {feed.program[0]}: {words or f'exit status {done.returncode}'}"
            raise LinuxError(msg)


def _set(settings: Settings) -> None:
    """Write settings; a kernel without one of them goes by its own way of doing without."""
    for path, value in settings:
        file = Path("/proc/sys", path)
        if file.exists():
            file.write_text(value, encoding="ascii")
