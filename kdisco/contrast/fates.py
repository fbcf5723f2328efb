"""What becomes of packets otherwise: of every class of sources, to every front of the Services that changed.

A class stands for all alike: a Pod of a node, the node itself, the world outside. NetworkPolicies and routes are not
looked at: it is what kube-proxy's rules do.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.contrast.affected import affected, versions
from kdisco.net.fates import Fate, fates
from kdisco.net.packet import family, target
from kdisco.phrase import Phrase, said

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.model.node import Node
    from kdisco.model.service import Service
    from kdisco.store.state import State

__all__ = ["FateDifference", "fate_differences"]

OUTSIDE = {4: "203.0.113.9", 6: "2001:db8::9"}  # documentation addresses
POD, NODE, WORLD = Phrase("a Pod"), Phrase("the node itself"), Phrase("outside")
NOBODY = Phrase("no such node")
Front = tuple[str, int, str]  # address, port, protocol


@frozen(kw_only=True)
class FateDifference:
    """Packets from one class of ``source`` to one front (``ip:port/protocol``) that fare otherwise on ``nodes``."""

    nodes: tuple[str, ...]
    source: str
    service: str
    front: str
    before: str
    after: str

    @property
    def words(self) -> str:
        """All of it in one line."""
        way = {"source": self.source, "nodes": ", ".join(self.nodes), "to": f"{self.service} {self.front}"}
        words = "~ from {source}, at {nodes}, to {to}: {before} -> {after}"
        return Phrase(words, **way, before=self.before, after=self.after)

    def __str__(self) -> str:
        return str(said(self.words))


def fate_differences(old: State, new: State) -> tuple[FateDifference, ...]:
    """Compare fates on every node for the Services that its kube-proxy sees otherwise."""
    alike: dict[tuple[str, str, str, str, str], list[str]] = {}
    for node in sorted({each.name for state in (old, new) for each in state.view.list("nodes")}):
        for row in _of_node(old, new, node):
            alike.setdefault(row, []).append(node)
    return tuple(
        FateDifference(nodes=tuple(nodes), source=source, service=service, front=front, before=before, after=after)
        for (source, service, front, before, after), nodes in alike.items()
    )


def _of_node(old: State, new: State, node: str) -> Iterator[tuple[str, str, str, str, str]]:
    views = old.seen_by(f"kube-proxy@{node}"), new.seen_by(f"kube-proxy@{node}")
    keys: set[Key] = affected(*views)
    there = [state.view.get("nodes", ("", node)) for state in (old, new)]
    if None in there or old.config.proxy != new.config.proxy:
        keys = {service.key for view in views for service in view.list("services")}
    here: Node = next(each for each in there if each is not None)
    for key in sorted(keys):
        services = [service for _, service in versions(*views, key)]
        for front in dict.fromkeys(front for service in services for front in _fronts(service, here)):
            for source, address in _sources(here, new, front):
                before, after = (_fate(state, node, address, front) for state in (old, new))
                if before != after:
                    named = f"{target(front[0], front[1])}/{front[2]}"
                    yield source, "/".join(key), named, before, after


def _fronts(service: Service, node: Node) -> Iterator[Front]:
    """Where packets for a Service arrive on a node."""
    balancers = tuple(each.ip for each in service.status.load_balancer.ingress if each.ip)
    for port in service.spec.ports:
        protocol = (port.protocol or "TCP").lower()
        for address in (*service.virtual_ips, *service.spec.external_ips, *balancers):
            yield address, port.port, protocol
        if port.node_port:
            yield from ((address, port.node_port, protocol) for address in node.internal_ips)


def _sources(node: Node, state: State, front: Front) -> Iterator[tuple[str, str]]:
    """An address for each class of sources, of the front's family."""
    version = family(front[0])
    cidrs = [node.spec.pod_cidr, *node.spec.pod_cidrs, *state.config.pod_cidrs]
    range_ = next((cidr for cidr in cidrs if cidr and family(cidr) == version), None)
    if range_ is not None:
        yield POD, str(ipaddress.ip_network(range_)[-2])
    own = next((ip for ip in node.internal_ips if family(ip) == version), None)
    if own is not None:
        yield NODE, own
    yield WORLD, OUTSIDE[version]


def _fate(state: State, node: str, source: str, front: Front) -> str:
    if state.view.get("nodes", ("", node)) is None:
        return NOBODY
    return _words(fates(state, node, source, *front))


def _words(found: tuple[Fate, ...]) -> str:
    """Fates in a few words: ``DNAT to 10.244.1.3:8080 (1/2), 10.244.2.4:8080 (1/2), masqueraded``."""
    if found[0].verdict != "DNAT":
        return found[0].verdict
    if len(found) == 1:
        ends = [f"{found[0].endpoint}"]
    else:
        ends = [f"{fate.endpoint} ({fate.probability})" for fate in sorted(found, key=lambda fate: fate.endpoint or "")]
    marked = {fate.masquerade for fate in found}
    if len(marked) > 1:
        return Phrase("DNAT to {ends}, some masqueraded", ends=", ".join(ends))
    if True in marked:
        return Phrase("DNAT to {ends}, masqueraded", ends=", ".join(ends))
    return Phrase("DNAT to {ends}", ends=", ".join(ends))

