"""What a plot is about where nobody says: the likeliest Service, and a Pod that would ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.errors import UsageError
from kdisco.view.backends import backends

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.model.pod import Pod
    from kdisco.model.service import Service

__all__ = ["asker", "front"]


def front(cluster: Cluster, name: str | None = None) -> Service:
    """The Service that is named (``web``, ``ns/web``, ``service/web``), else the first with ready endpoints.

    Raises NotFound, or UsageError where there is none.
    """
    if name is not None:
        parts = name.removeprefix("service/").removeprefix("svc/").split("/")
        found: Service = cluster.get("service", parts[-1], parts[0] if len(parts) > 1 else "default")
        return found
    view = cluster.state.view
    for each in sorted(view.list("services"), key=lambda each: (each.namespace != "default", each.key)):
        if each.name != "kubernetes" and each.virtual_ips and any(end.state == "ready" for end in backends(view, each)):
            chosen: Service = each
            return chosen
    msg = "there is no Service with ready endpoints: create one and settle, or name one"
    raise UsageError(msg)


def asker(cluster: Cluster) -> str:
    """A ready Pod of namespace default, else a node: ``pod/ns/name``, ``node/name``; raises UsageError."""
    pods: list[Pod] = [
        pod for pod in cluster.state.view.list("pods", "default") if pod.ready and not pod.spec.host_network
    ]
    nodes = list(cluster.state.view.list("nodes"))
    if not pods and not nodes:
        msg = "there is nobody to ask: the cluster has no node"
        raise UsageError(msg)
    return f"pod/{'/'.join(pods[0].key)}" if pods else f"node/{nodes[0].name}"
