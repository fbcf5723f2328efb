"""Who is let try: every Pod that runs, and every node."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.net.ends import nodes_by_address
from kdisco.net.memo import Memo
from kdisco.phrase import Phrase
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
        return Phrase("{end} on {node}", end=self.end, node=self.node) if self.name else self.end


_CLIENTS: Memo[tuple[Source, ...]] = Memo(8)


def sources(state: State) -> tuple[Source, ...]:
    """The nodes, and the Pods that run with an address of their own."""
    nodes = tuple(Source(node.name) for node in state.view.list("nodes"))
    return nodes + clients(state)


def clients(state: State) -> tuple[Source, ...]:
    """The Pods that run with an address of their own and are to go on, by namespace and name."""
    tables = state.tables.get("pods"), state.tables.get("nodes")
    return _CLIENTS.get((state.sandboxes, *tables), (), lambda: tuple(_clients(state)))


def _clients(state: State) -> Iterator[Source]:
    hosts, view = nodes_by_address(state), state.view
    for key, box in state.sandboxes.items():
        pod = view.get("pods", key)
        if pod is None or not box.ips or pod.deleting or any(ip in hosts for ip in box.ips):
            continue
        if view.get("nodes", ("", box.node)) is not None:
            yield Source(box.node, key[0], "/".join(key), pod.spec.dns_policy in FIRST)
