"""The machines below it all: nodes without power, and nodes that nothing reaches."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.net.lost import host
from kdisco.phrase import Phrase, joined
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
    said = f"{ready.status}: {ready.message or ready.reason}" if ready is not None else Phrase("not reported")
    off, cut = "Node {name} is switched off.", "Node {name} runs on, but nothing passes its network card."
    evidence = Phrase("{node} status.conditions Ready {said}", node=node, said=said)
    return Finding(
        code="node-down" if down else "node-partitioned",
        cause=Phrase(off, name=name) if down else Phrase(cut, name=name),
        evidence=joined("; ", filter(None, (evidence, seen))),
        remedy=Phrase("# start it again; if it does not come back:\n{command}", command=remedy.delete(node)),
        objects=(str(node),),
    )
