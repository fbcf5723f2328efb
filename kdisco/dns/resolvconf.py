"""The /etc/resolv.conf that a Pod has: as it was written when its sandbox was made, whatever has changed since."""

from __future__ import annotations

from kdisco.control.resolvconf import formed
from kdisco.model.pod import Pod
from kdisco.store.state import State

__all__ = ["node_resolv_conf", "resolv_conf"]


def resolv_conf(state: State, pod: Pod) -> str:
    """The text of a Pod's file; where nobody saw it written (no sandbox yet, a dump), what would be written now.

    Raises UsageError where the node's own file cannot be read.
    """
    box = state.sandboxes.get(pod.key)
    if box is not None and box.uid == pod.metadata.uid and box.resolv_conf is not None:
        return box.resolv_conf
    view = state.view
    return formed(state.config, view, pod, view.get("nodes", ("", pod.spec.node_name))).text


def node_resolv_conf(state: State) -> str:
    """The text of a node's own file; empty where the cluster was made without one."""
    return state.config.node_resolv_conf or ""
