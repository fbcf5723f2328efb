"""The cluster as a map: Services in front, nodes with their Pods, the flat Pod network underneath."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kdisco.model.meta import Key
from kdisco.view import dot
from kdisco.view.backends import OUTLINES, Backend, backends, pod_state, ports, short
from kdisco.view.box import Box, spline
from kdisco.view.diagram import Diagram
from kdisco.view.layout import GAP, Map, Room, plan
from kdisco.view.palette import LANES
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.model.node import Node
    from kdisco.model.pod import Pod
    from kdisco.model.service import Service
    from kdisco.store.state import State

__all__ = ["topology"]

Words = Mapping[str, str]
Ends = Mapping[Key, Sequence[Backend]]
LANE = 3.0  # points between the lanes of two Services
MOST_SERVICES = 12


def topology(
    state: State, lang: str | None = None, namespace: str | None = "default", since: int | None = None
) -> Diagram:
    """The cluster as the API server has stored it; ``namespace`` None draws all of them.

    Pods written after revision ``since`` carry the class ``changed``. Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    pods: list[Pod] = [pod for pod in state.view.list("pods", namespace) if not pod.finished]
    services: list[Service] = [
        each for each in state.view.list("services", namespace) if each.key != ("default", "kubernetes")
    ]
    nodes: list[Node] = list(state.view.list("nodes"))
    ends = {service.key: backends(state.view, service) for service in services}
    site = plan(services[:MOST_SERVICES], nodes, pods)
    title = say["cluster"].format(nodes=len(nodes), pods=len(pods), services=len(services))
    network = say["network"].format(cidr=state.config.pod_cidr.replace(",", ", "))
    lines = [
        *(_room(room, say) for room in site.rooms),
        *(_service(service, box, ends[service.key], say) for service, box in site.services),
        *(_pod(pod, box, say, since, small=site.small) for room in site.rooms for pod, box in room.pods),
        *_ground(site, network, say),
        *_roads(site, ends),
    ]
    text = "\n".join([title, *_told_services(services, ends, say), *_told_nodes(nodes, pods, say), network])
    return Diagram(dot.graph(title, lines, layout="nop2", outputorder="edgesfirst"), text)


def _service(service: Service, box: Box, ends: Sequence[Backend], say: Words) -> str:
    ready = sum(end.state == "ready" for end in ends)
    front = " ".join(filter(None, (service.spec.external_name or service.spec.cluster_ip, ports(service))))
    count = f"{ready} {say['ready']}" if ready else say["no endpoints"]
    return dot.node(
        _path("service", service.key),
        label=dot.label(
            dot.strong(dot.cut(service.name, 20), 11), dot.muted(dot.cut(front, 30), 9), dot.muted(count)
        ),
        tooltip=f"Service {'/'.join(service.key)}, {front}, {count}",
        style="filled" if ready else "filled,dashed",
        penwidth=1.6,
        **box.place,
        **dot.thing("service", *service.key, states=() if ready else ("not-ready",)),
    )


def _room(room: Room, say: Words) -> str:
    name = room.node.name if room.node else say["unscheduled"]
    address = room.node.internal_ips[0] if room.node and room.node.internal_ips else ""
    cidr = f"Pods {room.node.spec.pod_cidr}" if room.node and room.node.spec.pod_cidr else ""
    facts = "   ".join(filter(None, (address, cidr)))
    more = say["more pods"].format(count=room.hidden) if room.hidden else ""
    ready = room.node is None or room.node.ready
    word = "" if ready else say["not ready"]
    below = " ".join(filter(None, (facts, word, more)))
    lines = [dot.strong(dot.cut(name, 24), 11), dot.muted(below), dot.muted("", 4)]
    return dot.node(
        f"node/{name}",
        label=dot.label(*lines),
        labelloc="b",
        tooltip=", ".join(filter(None, (f"Node {name}", address, cidr, word, more))),
        style="rounded,filled" if ready and room.node else "rounded,filled,dashed",
        **room.box.place,
        **dot.thing("k8s-node", name),
    )


def _pod(pod: Pod, box: Box, say: Words, since: int | None, *, small: bool) -> str:
    state, word = pod_state(pod)
    address = pod.addresses[0] if pod.addresses else ""
    changed = since is not None and int(pod.metadata.resource_version or 0) > since
    return dot.node(
        _path("pod", pod.key),
        label=pod.name.rpartition("-")[2][-6:] if small else _words_of(pod, address, say[word]),
        tooltip=", ".join(filter(None, (f"Pod {'/'.join(pod.key)}", say[word], address, pod.spec.node_name))),
        **box.place,
        **OUTLINES[state],
        **dot.thing("pod", *pod.key, states=(state, "changed") if changed else (state,)),
    )


def _words_of(pod: Pod, address: str, word: str) -> dot.Html:
    return dot.label(dot.strong(short(pod), 9.5), *([dot.muted(address, 9)] if address else []), dot.muted(word, 8))


def _roads(site: Map, ends: Ends) -> Iterator[str]:
    """An edge from each Service to each of its ready Pods: down a lane beside the Pods, then in from the left."""
    places = {pod.key: (room, box) for room in site.rooms for pod, box in room.pods}
    for at, (service, front) in enumerate(site.services):
        for end in ends[service.key]:
            if end.state == "ready" and end.pod in places:
                room, box = places[end.pod]
                lane = box.left - GAP / 2 + LANE * ((at % 3) - 1)
                yield dot.edge(
                    _path("service", service.key),
                    _path("pod", end.pod),
                    id=f"edge.{'.'.join(service.key)}.{end.pod[1]}",
                    class_=f"lane-{at % len(LANES)}",
                    color=LANES[at % len(LANES)],
                    tooltip=f"{service.name}, {end.pod[1]}",
                    pos=_curve(front, room.box.top, lane, box),
                )


def _curve(front: Box, roof: float, lane: float, pod: Box) -> str:
    """A spline from a Service's foot to a node's roof, down the lane, and round a corner to the Pod."""
    middle, turn = (front.bottom + roof) / 2, pod.y + 6
    points = [
        (front.x, front.bottom), (front.x, middle), (lane, middle + 4), (lane, roof),
        (lane, roof - 2), (lane, turn + 2), (lane, turn),
        (lane, pod.y + 1), (lane + 1, pod.y), (pod.left - 4, pod.y),
    ]  # fmt: skip
    return spline(points, (pod.left, pod.y))


def _ground(site: Map, network: str, say: Words) -> Iterator[str]:
    """The Pod network under all nodes, and what does not fit on the map."""
    yield dot.node(
        "network", label=dot.label(dot.muted(network, 10)), tooltip=network, style="rounded,filled",
        id="network", class_="network", **site.network.place, **dot.paint("network"),
    )  # fmt: skip
    for at, room in enumerate(site.rooms):
        if room.node is not None and room.box.bottom - site.network.top < room.box.height:
            foot = [(room.box.x, room.box.bottom)] * 2 + [(room.box.x, site.network.top)] * 2
            yield dot.edge(
                f"node/{room.node.name}", "network", id=f"wire.{at}", arrowhead="none", penwidth=3, pos=spline(foot)
            )
    if site.hidden_nodes:
        words_ = say["more nodes"].format(count=site.hidden_nodes)
        place = {"pos": f"{site.network.x:g},{site.network.bottom - 12:g}", "shape": "plain", "style": "solid"}
        yield dot.node("more", label=dot.label(dot.outside(words_)), **place)


def _told_services(services: Sequence[Service], ends: Ends, say: Words) -> Iterator[str]:
    for service in services:
        front = service.spec.external_name or service.spec.cluster_ip
        ready = [end for end in ends[service.key] if end.state == "ready"]
        told = ", ".join(f"{end.pod[1] if end.pod else ''} {end.address}".strip() for end in ready)
        yield f"Service {service.name} {front} {ports(service)} -> {told or say['no endpoints']}"


def _told_nodes(nodes: Sequence[Node], pods: Sequence[Pod], say: Words) -> Iterator[str]:
    homes: dict[str, list[Pod]] = {}
    for pod in pods:
        homes.setdefault(pod.spec.node_name, []).append(pod)
    for node in nodes:
        yield " ".join(filter(None, (f"Node {node.name}", *node.internal_ips[:1], f"Pods {node.spec.pod_cidr}")))
        yield from (_told_pod(pod, say) for pod in homes.get(node.name, ()))
    if homes.get(""):
        yield say["unscheduled"]
        yield from (_told_pod(pod, say) for pod in homes[""])


def _told_pod(pod: Pod, say: Words) -> str:
    return " ".join(filter(None, (f"  Pod {pod.name}", *pod.addresses[:1], say[pod_state(pod)[1]])))


def _path(kind: str, key: Key) -> str:
    return "/".join((kind, *key))
