"""Where a command runs: in a Pod or on a node; which files, variables and tools there are."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from kdisco.control.environment import Environment, environment_of
from kdisco.dns.hostsfile import hosts_file, node_hosts_file
from kdisco.dns.resolvconf import node_resolv_conf, resolv_conf
from kdisco.errors import UsageError
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.store.state import State

__all__ = ["NodePlace", "Place", "PodPlace", "place_of"]

SMALL_IMAGES = ("busybox", "alpine")  # whose tools are busybox's
MUSL_IMAGES = ("alpine", "curlimages")
ROOT = {"HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PWD": "/root"}


class Place(Protocol):
    """One machine that commands run on. ``where`` is ``pod/ns/name`` or ``node/name``, as packets name it."""

    @property
    def where(self) -> str:
        """``pod/ns/name`` or ``node/name``."""

    @property
    def small(self) -> bool:
        """Whether it has busybox's tools and not the large ones."""

    @property
    def libc(self) -> str:
        """Its C library: glibc or musl."""

    def files(self, state: State) -> dict[str, str]:
        """The files that can be read, by path."""

    def environment(self, state: State) -> Environment:
        """The variables of a process there."""


@frozen
class PodPlace:
    """In the first container of a Pod."""

    pod: Pod

    @property
    def where(self) -> str:
        """``pod/ns/name``."""
        return f"pod/{self.pod.namespace}/{self.pod.name}"

    @property
    def small(self) -> bool:
        """Whether the Pod's image brings busybox's tools."""
        return any(each in self._image for each in SMALL_IMAGES)

    @property
    def libc(self) -> str:
        """The C library of the Pod's image."""
        return "musl" if any(each in self._image for each in MUSL_IMAGES) else "glibc"

    @property
    def _image(self) -> str:
        return str(self.pod.spec.containers[0].image)

    def files(self, state: State) -> dict[str, str]:
        """What the kubelet writes for a Pod."""
        return {
            "/etc/resolv.conf": resolv_conf(state, self.pod),
            "/etc/hosts": hosts_file(self.pod, state.config),
            "/etc/hostname": f"{self.pod.spec.hostname or self.pod.name}\n",
        }

    def environment(self, state: State) -> Environment:
        """The variables of the first container."""
        return environment_of(state, self.pod)


@frozen
class NodePlace:
    """On a node, as root: a Debian in the host's own network."""

    node: Node
    small: bool = False
    libc: str = "glibc"

    @property
    def where(self) -> str:
        """``node/name``."""
        return f"node/{self.node.name}"

    def files(self, state: State) -> dict[str, str]:
        """The node's own, which know nothing of the cluster DNS."""
        return {
            "/etc/resolv.conf": node_resolv_conf(state),
            "/etc/hosts": node_hosts_file(self.node.name, self.node.internal_ips),
            "/etc/hostname": f"{self.node.name}\n",
        }

    def environment(self, state: State) -> Environment:  # noqa: ARG002 - as a Pod has it
        """The variables of a shell of root."""
        values = {"HOSTNAME": self.node.name, **ROOT}
        return Environment(values, dict.fromkeys(values, "the node"))


def place_of(state: State, where: str) -> Place:
    """The place named ``pod/ns/name`` or ``node/name``; raises UsageError when there is none."""
    kind, _, name = where.partition("/")
    if kind == "node":
        node: Node | None = state.view.get("nodes", ("", name))
        if node is not None:
            return NodePlace(node)
    else:
        namespace, _, short = name.partition("/")
        pod: Pod | None = state.view.get("pods", (namespace, short))
        if pod is not None:
            return PodPlace(pod)
    msg = f"no {where}: it has gone"
    raise UsageError(msg)
