"""The machines below it all: nodes without power, and nodes that nothing reaches."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.net.lost import host
from kdisco.store.state import State

__all__ = ["lost_machine", "machines"]


def machines(state: State) -> Iterator[Finding]:
    """The nodes from which no connection can succeed."""
    for name, machine in state.hosts.items():
        node = state.view.get("nodes", ("", name))
        if node is not None and (machine.down or machine.cut):
            yield lost_machine(state, name)


def lost_machine(state: State, name: str, seen: str = "") -> Finding:
    """The finding about one such node; ``seen`` is what happened to a packet."""
    node = state.view.get("nodes", ("", name))
    down = host(state, name).down
    ready = next((each for each in node.status.conditions if each.type == "Ready"), None)
    said = f"{ready.status}: {ready.message or ready.reason}" if ready is not None else "not reported"
    why = "is switched off" if down else "runs on, but nothing passes its network card"
    return Finding(
        code="node-down" if down else "node-partitioned",
        cause=f"Node {name} {why}.",
        evidence=f"{node} status.conditions Ready {said}" + (f"; {seen}" if seen else ""),
        remedy=f"# start it again; if it does not come back:\n{remedy.delete(node)}",
        objects=(str(node),),
    )
