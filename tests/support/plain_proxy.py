"""kube-proxy in plain words: what becomes of a connection's first packet, with no rules and no chains.

One Service, one port, one node; said a second time and otherwise, so that the rules have something to be held against.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from attrs import frozen

__all__ = ["NODE", "PODS", "PORT", "VIPS", "Case", "End", "fate"]

NODE, ZONE = ("alder", "192.0.2.11"), "north"
PODS = "10.61.0.0/16"
PORT = 8080  # of all endpoints
VIPS = {"cluster": "10.111.0.5", "external": "198.18.5.5", "balancer": "203.0.113.9"}


@frozen(kw_only=True)
class End:
    """An endpoint as its slice has it."""

    ip: str
    node: str | None
    ready: bool | None
    serving: bool | None
    terminating: bool | None
    zones: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()

    @property
    def lives(self) -> bool:
        """Ready; what nobody says is so."""
        return self.ready is not False

    @property
    def drains(self) -> bool:
        """It serves while it terminates."""
        return self.serving is not False and self.terminating is True

    @property
    def here(self) -> bool:
        """On this node."""
        return self.node == NODE[0]


@frozen(kw_only=True)
class Case:
    """A Service, its endpoints, and kube-proxy's flags. ``doors`` beside the ClusterIP: external, balancer, node."""

    ends: tuple[End, ...]
    doors: frozenset[str]
    inside_near: bool  # internalTrafficPolicy: Local
    outside_near: bool  # externalTrafficPolicy: Local
    ranges: tuple[str, ...]
    masquerade_all: bool
    tells_pods: bool  # whether Pods can be told from others: --detect-local-mode


def near(ends: tuple[End, ...]) -> list[End]:
    """The local ones."""
    here = [end for end in ends if end.here]
    return [end for end in here if end.lives] or [end for end in here if end.drains]


def anywhere(ends: tuple[End, ...]) -> list[End]:
    """The ready ones, of those by hints the near ones where all have hints; else those that drain."""
    living = [end for end in ends if end.lives]
    for hints, name in (("nodes", NODE[0]), ("zones", ZONE)):
        chosen = [end for end in living if name in getattr(end, hints)]
        if chosen and all(getattr(end, hints) for end in living):
            return chosen
    return living or [end for end in ends if end.drains]


def fate(case: Case, mode: str, source: str, door: str) -> str | dict[str, bool]:
    """REJECT, DROP, NONE, or each endpoint that may get it with whether the packet is marked for SNAT."""
    far, close = anywhere(case.ends), near(case.ends)
    alive = any(end.lives or end.drains for end in case.ends)
    wants_far, wants_close = not case.inside_near or case.doors, case.inside_near or (case.outside_near and case.doors)
    some = bool(wants_far and far) or bool(wants_close and alive)
    if door == "cluster":
        return _inside(case, source, close if case.inside_near else far) if some else "REJECT"
    return _outside(case, mode, source, door, far=far, close=close, some=some) if door in case.doors else "NONE"


def _inside(case: Case, source: str, ends: list[End]) -> str | dict[str, bool]:
    """At the ClusterIP, where there is somebody for it at all."""
    marked = case.masquerade_all or (case.tells_pods and not _within(source, PODS))
    return _marked(ends, source, marked=marked) if ends else "DROP"


def _outside(
    case: Case, mode: str, source: str, door: str, *, far: list[End], close: list[End], some: bool
) -> str | dict[str, bool]:
    """At the doors for those outside; a node's own packets are for any endpoint, and so are its Pods'."""
    own, ours = source == NODE[1], case.tells_pods and _within(source, PODS)
    barred = door == "balancer" and case.ranges and not any(_within(source, cidr) for cidr in case.ranges)
    if barred and (some or mode == "nftables"):
        return "DROP"
    if not some:  # in iptables mode nobody asks after such Services for what the node itself sends to the world
        return "NONE" if own and door != "node" and mode == "iptables" else "REJECT"
    if own or ours or not case.outside_near:
        return _marked(far, source, marked=own or not case.outside_near)
    return _marked(close, source, marked=False) if close else "DROP"


def _marked(ends: list[End], source: str, *, marked: bool) -> dict[str, bool]:
    return {f"{end.ip}:{PORT}": marked or end.ip == source for end in ends}


def _within(ip: str, cidr: str) -> bool:
    return ip_address(ip) in ip_network(cidr)
