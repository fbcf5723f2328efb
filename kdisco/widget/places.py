"""What can be chosen in a cluster, by name: nodes, Services, Pods, where packets begin and where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["OUTSIDE", "node_names", "pod_names", "service_names", "sources", "targets"]

OUTSIDE = "203.0.113.9"  # somebody in the world outside (RFC 5737)
FIRST = "default"  # its things come first


def node_names(state: State) -> tuple[str, ...]:
    """All nodes."""
    return tuple(each.name for each in state.view.list("nodes"))


def service_names(state: State) -> tuple[str, ...]:
    """All Services as ``ns/name``, those of learners first."""
    keys = [each.key for each in state.view.list("services")]
    return tuple("/".join(key) for key in sorted(keys, key=lambda key: (key[0] != FIRST, key[1] == "kubernetes", key)))


def pod_names(state: State) -> tuple[str, ...]:
    """All Pods that have an address, as ``ns/name``, those of learners first; ready ones before others."""
    pods = [each for each in state.view.list("pods") if each.status.pod_ip]
    ordered = sorted(pods, key=lambda each: (each.namespace != FIRST, not each.ready, each.key))
    return tuple("/".join(each.key) for each in ordered)


def sources(state: State) -> tuple[str, ...]:
    """Where a packet may begin: ``pod/ns/name``, ``node/name``, an address outside."""
    return (*(f"pod/{name}" for name in pod_names(state)), *(f"node/{name}" for name in node_names(state)), OUTSIDE)


def targets(state: State, namespace: str) -> tuple[str, ...]:
    """Where it may go: Services by name as a Pod of ``namespace`` would write it, then their addresses."""
    names = [each.split("/") for each in service_names(state)]
    told = [name if space == namespace else f"{name}.{space}" for space, name in names]
    ips = [ip for space, name in names for ip in state.view.get("services", (space, name)).virtual_ips]
    return (*told, *ips)
