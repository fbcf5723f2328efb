"""Who is next door: the neighbours (ARP, NDP) that kernels know, and the forwarding table of a node's bridges.

flanneld writes those of its VXLAN device for good; of the others a kernel learns when it has something to send, so
that they follow from the connections that nodes track. Upstream: flannel pkg/backend/vxlan/device.go (AddARP,
AddFDB), Linux net/core/neighbour.c (base_reachable_time 30 s).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.conntrack import Conntrack, Entry
from kdisco.net.devices import Link, links
from kdisco.net.ends import at_address, end_of, machine_at, nodes_by_address
from kdisco.net.fabric import is_local, node_network
from kdisco.net.link import ROUTER, hardware_address, link_local
from kdisco.net.packet import family, number
from kdisco.net.vxlan import DEVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.net.ends import End
    from kdisco.store.state import State

__all__ = ["Forward", "Neighbour", "forwards", "neighbours"]

REACHABLE, GIVEN_UP = 30.0, 3.0  # seconds that an answer counts; seconds until one is no more expected
EVERYBODY = "33:33:00:00:00:01", "01:00:5e:00:00:01"  # every device hears these, in IPv6 and IPv4
ROUTERS = "33:33:00:00:00:02", "33:33:ff:00:00:00"  # a node that forwards IPv6 hears these
SNOOPERS = "33:33:00:00:00:6a", "01:00:5e:00:00:6a"  # a bridge that looks at multicast hears these too


@frozen(kw_only=True)
class Neighbour:
    """One line of ``ip neigh``; ``mac`` "" while nobody has answered."""

    address: str
    device: str
    mac: str
    state: str


@frozen(kw_only=True)
class Forward:
    """One line of ``bridge fdb``: behind which device, and for VXLAN at which node (``to``), an address is."""

    mac: str
    device: str
    to: str = ""
    master: str = ""
    permanent: bool = True


def neighbours(state: State, where: str) -> tuple[Neighbour, ...]:
    """Whom a node or a Pod knows, IPv4 first. Raises UsageError when there is no such Pod or node."""
    end = end_of(state, where)
    table: Conntrack = state.conntrack.get(end.node) or Conntrack()
    heard: dict[str, tuple[float, bool]] = {}
    for entry in table.living(state.now):
        for ip in _asked(end, entry):
            then, answered = heard.get(ip, (0.0, False))
            heard[ip] = max(then, entry.last), answered or entry.replied
    found = {each.address: each for each in _written(state, end)}
    for ip, (then, answered) in heard.items():
        known = _met(state, end, ip, state.now - then, answered=answered)
        if known is not None:
            found.setdefault(known.address, known)
    return tuple(sorted(found.values(), key=lambda each: (family(each.address), each.device, number(each.address))))


def _asked(end: End, entry: Entry) -> Iterator[str]:
    """The addresses that packets of a connection went to from here."""
    _, source, _, destination, _ = entry.original
    _, server, _, client, _ = entry.reply
    if end.kind == "pod":
        if number(source) in end.network.local:
            yield destination
        if number(server) in end.network.local:
            yield client
    elif not (source == client and server == destination and _bridged(end, source, server)):
        yield from (server, source)


def _bridged(end: End, *addresses: str) -> bool:
    """Whether packets between these Pods are the bridge's business alone: the node has nobody to ask for them."""
    routes = [None if is_local(end.network, ip) else end.network.routes.lookup(ip) for ip in addresses]
    return all(route is not None and route.device == "cni0" for route in routes)


def _written(state: State, end: End) -> Iterator[Neighbour]:
    """What flanneld has written: the VXLAN devices of the other nodes."""
    for name, device, version in _tunnels(state, end):
        there = node_network(state, name).device(device)
        if there is not None:
            mac = hardware_address(name, device)
            yield Neighbour(address=there.address(version), device=device, mac=mac, state="PERMANENT")


def _tunnels(state: State, end: End) -> Iterator[tuple[str, str, int]]:
    """The other nodes with each VXLAN device that a node has."""
    for version, device in DEVICE.items():
        if end.kind != "pod" and end.network.device(device):
            yield from ((node.name, device, version) for node in state.view.list("nodes") if node.name != end.node)


def _met(state: State, end: End, ip: str, age: float, *, answered: bool) -> Neighbour | None:
    """The neighbour that packets to an address went to; None where they went nowhere, or into a tunnel."""
    route = None if is_local(end.network, ip) else end.network.routes.lookup(ip)
    if route is None or route.device in DEVICE.values():
        return None
    address = route.via or ip
    mac = _mac(state, end, address)
    if not mac:
        silence = "FAILED" if age > GIVEN_UP else "INCOMPLETE"
        return Neighbour(address=address, device=route.device, mac="", state=silence)
    fresh = age < REACHABLE and (answered or bool(route.via))
    return Neighbour(address=address, device=route.device, mac=mac, state="REACHABLE" if fresh else "STALE")


def _mac(state: State, end: End, address: str) -> str:
    """Who has an address on a link, "" when nobody does."""
    if end.kind == "pod" and is_local(node_network(state, end.node), address):
        return hardware_address(end.node, "cni0")
    node = nodes_by_address(state).get(address)
    if node is not None:
        return hardware_address(node, "eth0")
    there = at_address(state, address)
    if there is not None:
        return hardware_address(there.name, "eth0")
    return hardware_address(ROUTER) if machine_at(state, address) else ""


def forwards(state: State, where: str) -> tuple[Forward, ...]:
    """The forwarding table of the devices of a node or a Pod, one by one. Raises UsageError when there is none such.

    A Pod's address is known for as long as the Pod is there: it tells it when it comes, and answers probes.
    """
    end = end_of(state, where)
    return tuple(entry for link in links(state, where) for entry in _forwards(state, end, link))


def _forwards(state: State, end: End, link: Link) -> Iterator[Forward]:
    if link.kind == "vxlan":
        for name, device, version in _tunnels(state, end):
            to = node_network(state, name).uplink(version)
            if device == link.name and to and node_network(state, name).device(device):
                yield Forward(mac=hardware_address(name, device), device=device, to=to)
    if link.kind not in ("nic", "bridge", "veth"):
        return
    heard = (*EVERYBODY, *(SNOOPERS if link.kind == "bridge" else ()), *_solicited(link), *_routing(end, link))
    yield from (Forward(mac=mac, device=link.name) for mac in heard)
    if link.kind == "bridge" or link.master:
        yield Forward(mac=link.mac, device=link.name, master=link.master or link.name)
    if link.master:
        yield Forward(mac=hardware_address(link.pod, "eth0"), device=link.name, master=link.master, permanent=False)


def _routing(end: End, link: Link) -> tuple[str, ...]:
    """What a device hears of a node that hands IPv6 packets on: what is for all routers, or for any router there."""
    bridge = end.network.device("cni0")
    return ROUTERS if bridge is not None and bridge.address(6) and not link.idle else ()


def _solicited(link: Link) -> dict[str, None]:
    """The multicast addresses by which a device is asked for its IPv6 addresses: the last three bytes of each."""
    own = [text.partition("/")[0] for text in link.addresses if family(text) == 6]  # noqa: PLR2004 - the IP version
    own += [] if link.idle else [link_local(link.mac)]
    return dict.fromkeys(f"33:33:ff:{(number(ip) & 0xFFFFFF).to_bytes(3, 'big').hex(':')}" for ip in own)
