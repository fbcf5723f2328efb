"""Who is let try: from every namespace and every node a Pod that runs there, and the nodes themselves."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.net.ends import nodes_by_address
from kdisco.net.memo import Memo
from kdisco.store.state import State

__all__ = ["Source", "clients", "sources"]

FIRST = ("", "ClusterFirst")


@frozen
class Source:
    """Somebody who sends. ``name`` is ``ns/name`` of a Pod, "" for a process of the node itself.

    ``asks``: it asks the cluster DNS.
    """

    node: str
    namespace: str = ""
    name: str = ""
    asks: bool = False

    @property
    def end(self) -> str:
        """As the packet path names it."""
        return f"pod/{self.name}" if self.name else f"node/{self.node}"

    @property
    def words(self) -> str:
        """As one would say it."""
        return f"{self.end} on {self.node}" if self.name else self.end


_CLIENTS: Memo[tuple[Source, ...]] = Memo(8)


def sources(state: State) -> tuple[Source, ...]:
    """The nodes, and a Pod of each namespace on each node."""
    nodes = tuple(Source(node.name) for node in state.view.list("nodes"))
    return nodes + clients(state)


def clients(state: State) -> tuple[Source, ...]:
    """One running Pod for each namespace, node and set of labels that a NetworkPolicy may tell apart."""
    policies = state.tables.get("networkpolicies")
    return _CLIENTS.get((state.sandboxes, state.tables.get("pods"), policies), (), lambda: tuple(_clients(state)))


def _clients(state: State) -> Iterator[Source]:
    hosts, view = nodes_by_address(state), state.view
    policies = state.tables.get("networkpolicies")
    fine = bool(policies and policies.objects)
    seen = set()
    for key, box in state.sandboxes.items():
        pod = view.get("pods", key)
        if pod is None or not box.ips or pod.deleting or any(ip in hosts for ip in box.ips):
            continue
        if view.get("nodes", ("", box.node)) is None:
            continue
        asks = pod.spec.dns_policy in FIRST
        sort = (key[0], box.node, asks, pod.labels.without("pod-template-hash") if fine else None)
        if sort not in seen:
            seen.add(sort)
            yield Source(box.node, key[0], "/".join(key), asks)
