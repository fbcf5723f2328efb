"""The flat Pod network: every Pod of every node on one wire, each with an address that all others reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kdisco.view import dot
from kdisco.view.backends import OUTLINES, pod_state, short
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.sheet import card, frame, note, nothing, rail
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.model.node import Node
    from kdisco.model.pod import Pod
    from kdisco.store.state import State

__all__ = ["network"]

Words = Mapping[str, str]
POD, ROOM, STEP = (150.0, 34.0), (196.0, 0.0), 42.0  # points
HEAD, BRIDGE, GAP, BAR = 46.0, 36.0, 22.0, 34.0
MOST_NODES, MOST_PODS = 5, 8  # drawn: nodes, and Pods of each


def network(state: State, lang: str | None = None, namespace: str | None = None) -> Diagram:
    """The nodes side by side, their Pods at each node's bridge, all bridges on one network.

    Pods that share their node's address are not on it. ``namespace`` None: all. Raises UsageError for an unknown
    ``lang``.
    """
    say = words(lang)
    nodes: list[Node] = list(state.view.list("nodes"))
    everyone: list[Pod] = list(state.view.list("pods", namespace))
    pods = [pod for pod in everyone if pod.addresses and not pod.spec.host_network and not pod.finished]
    homes = {node.name: [pod for pod in pods if pod.spec.node_name == node.name] for node in nodes}
    cidr = state.config.pod_cidr.replace(",", ", ")
    title = say["network title"].format(cidr=cidr, pods=len(pods), nodes=len(nodes))
    text = "\n".join([title, say["no nat"], *_told(nodes, homes, say)])
    if not nodes:
        return Diagram(dot.graph(title, [nothing(say["nothing"], "network")]), text)
    return Diagram(dot.graph(title, _drawn(nodes, homes, cidr, say), layout="nop2", outputorder="edgesfirst"), text)


def _drawn(nodes: Sequence[Node], homes: Mapping[str, list[Pod]], cidr: str, say: Words) -> Iterator[str]:
    shown = nodes[:MOST_NODES]
    rows = max(1, *(min(len(homes[node.name]), MOST_PODS) for node in shown))
    deep = HEAD + rows * STEP + BRIDGE
    span = len(shown) * (ROOM[0] + GAP) - GAP
    bar = Box(span / 2, -deep - 34, max(span, 330.0), BAR)
    yield card("network", bar, (f"{say['pod network']} {cidr}", say["no nat"]), "network")
    for at, node in enumerate(shown):
        room = Box(ROOM[0] / 2 + at * (ROOM[0] + GAP), -deep / 2, ROOM[0], deep)
        yield from _room(node, homes[node.name], room, bar, say)
    if len(nodes) > MOST_NODES:
        yield note("more", bar.x, bar.bottom - 12, say["more nodes"].format(count=len(nodes) - MOST_NODES))


def _room(node: Node, pods: Sequence[Pod], room: Box, bar: Box, say: Words) -> Iterator[str]:
    """A node, its Pods in a column, each on the cable that goes down to the bridge and on to the others."""
    facts = " ".join(filter(None, (*node.internal_ips[:1], say["pods in"].format(cidr=node.spec.pod_cidr))))
    place = f"node/{node.name}"
    yield frame(place, room, (node.name, facts), "k8s-node", node.name)
    trunk, bridge = room.left + 14, Box(room.x, room.bottom + 22, room.width - 24, 24.0)
    for at, pod in enumerate(pods[:MOST_PODS]):
        state, word = pod_state(pod)
        box = Box(room.x + 8, room.top - HEAD - at * STEP - POD[1] / 2, *POD)
        name = "/".join(("pod", *pod.key))
        yield rail(name, "network", [(box.left, box.y), (trunk, box.y), (trunk, bridge.top)], f"cable.{pod.name}")
        words_ = (short(pod, 24), " ".join((*pod.addresses, say[word])))
        yield card(
            name, box, words_, "pod", *pod.key, states=(state,), outline=OUTLINES[state],
            tooltip=f"Pod {'/'.join(pod.key)}, {words_[1]}",
        )  # fmt: skip
    more = say["more pods"].format(count=len(pods) - MOST_PODS) if len(pods) > MOST_PODS else ""
    yield card(f"cni0/{node.name}", bridge, (f"{say['bridge']} cni0", more), "rule", "cni0", node.name, size=9.0)
    yield rail(place, "network", [(room.x, bridge.bottom), (room.x, bar.top)], f"wire.{node.name}", thick=3)


def _told(nodes: Sequence[Node], homes: Mapping[str, list[Pod]], say: Words) -> Iterator[str]:
    for node in nodes:
        yield " ".join((f"Node {node.name}", *node.internal_ips[:1], say["pods in"].format(cidr=node.spec.pod_cidr)))
        for pod in homes[node.name]:
            yield " ".join((f"  Pod {'/'.join(pod.key)}", *pod.addresses, say[pod_state(pod)[1]]))
