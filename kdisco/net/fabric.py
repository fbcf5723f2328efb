"""Interfaces, addresses and routes: of Pods behind a bridge, of nodes joined as flannel does it: VXLAN or host-gw.

No route names the Service range: a ClusterIP that nothing rewrites leaves by the default route and finds nobody.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from kdisco.net.ipvs_device import KUBE_IPVS0, bound
from kdisco.net.memo import Memo
from kdisco.net.packet import family, number
from kdisco.net.vxlan import DEVICE
from kdisco.store.table import Table

if TYPE_CHECKING:
    from kdisco.model.node import Node
    from kdisco.store.state import State
    from kdisco.store.table import View

__all__ = [
    "HERE",
    "Interface",
    "Network",
    "Route",
    "Routes",
    "gateways",
    "is_local",
    "node_behind",
    "node_network",
    "own_addresses",
    "pod_network",
]

BITS = {4: 32, 6: 128}
LOOPBACK = ("127.0.0.1/8", "::1/128")
SEGMENT = {4: 24, 6: 64}  # the node network is this large, or as large as it takes
IP = ipaddress.IPv4Network | ipaddress.IPv6Network


@frozen
class Interface:
    """A network device and its addresses, each with its prefix length."""

    name: str
    addresses: tuple[str, ...] = ()
    _first: Mapping[int, str] = field(init=False, repr=False, eq=False)

    @_first.default
    def _first_of_each(self) -> Mapping[int, str]:
        return {family(text): text.partition("/")[0] for text in reversed(self.addresses)}

    def address(self, version: int) -> str:
        """Its first address of a family, "" when it has none."""
        return self._first.get(version, "")


@frozen(cache_hash=True)
class Route:
    """One line of a routing table. ``via`` "" means directly on the link."""

    destination: str
    device: str
    via: str = ""
    source: str = ""
    onlink: bool = False
    _text: str = field(init=False, repr=False, eq=False)

    @_text.default
    def _words(self) -> str:
        version = family(self.destination)
        shown = self.destination.removesuffix(f"/{BITS[version]}")
        words = ["default" if shown.endswith("/0") else shown, *(["via", self.via] if self.via else [])]
        words += ["dev", self.device]
        if version == 6:  # noqa: PLR2004 - the IP version
            words += ["proto kernel metric 256"] if self.source else ["metric 1024"]
        else:
            words += ["proto kernel"] if self.source else []
            words += ["scope link"] if not self.via else []
            words += ["src", self.source] if self.source else []
        return " ".join([*words, *(["onlink"] if self.onlink else []), *(["pref medium"] if version == 6 else [])])  # noqa: PLR2004

    def __str__(self) -> str:
        """As ``ip route`` prints it, or ``ip -6 route``."""
        return self._text


HERE = Route("0.0.0.0/0", "lo")  # the packet is for the node itself


@frozen
class Routes:
    """A routing table; the longest prefix wins."""

    listed: tuple[Route, ...] = ()
    _found: Mapping[tuple[int, int], Mapping[int, Route]] = field(init=False, repr=False, eq=False)

    @_found.default
    def _index(self) -> Mapping[tuple[int, int], Mapping[int, Route]]:
        """By (family, prefix length), longest first, then by network."""
        index: dict[tuple[int, int], dict[int, Route]] = {}
        for route in self.listed:
            net = ipaddress.ip_network(route.destination)
            index.setdefault((net.version, net.prefixlen), {}).setdefault(int(net.network_address), route)
        return dict(sorted(index.items(), reverse=True))

    def lookup(self, address: str) -> Route | None:
        """The route that a destination takes, None when there is none at all (ENETUNREACH)."""
        version, value = family(address), number(address)
        for (kind, length), routes in self._found.items():
            if kind == version:
                rest = BITS[kind] - length
                found = routes.get(value >> rest << rest)
                if found is not None:
                    return found
        return None

    def __str__(self) -> str:
        """The table as ``ip route`` prints it, then what ``ip -6 route`` does but link-local routes."""
        return "\n".join(str(route) for route in self.listed)


@frozen
class Network:
    """What one network namespace has: a node's, or a Pod's."""

    interfaces: tuple[Interface, ...]
    routes: Routes
    local: frozenset[int] = field(init=False, repr=False)
    _devices: Mapping[str, Interface] = field(init=False, repr=False, eq=False)

    @local.default
    def _local(self) -> frozenset[int]:
        return frozenset(number(text.partition("/")[0]) for each in self.interfaces for text in each.addresses)

    @_devices.default
    def _by_name(self) -> Mapping[str, Interface]:
        return {each.name: each for each in reversed(self.interfaces)}

    def device(self, name: str) -> Interface | None:
        """The interface of that name."""
        return self._devices.get(name)

    def uplink(self, version: int) -> str:
        """The node's own address of a family, by which other nodes know it; "" when it has none."""
        device = self.device("eth0")
        return device.address(version) if device else ""

    def source_for(self, destination: str) -> str:
        """The source address that a process here gets when it sends to a destination; "" without a route."""
        if is_local(self, destination):
            return destination
        route = self.routes.lookup(destination)
        device = self.device(route.device) if route else None
        return device.address(family(destination)) if device else ""


def is_local(network: Network, address: str) -> bool:
    """Whether packets to an address are delivered here."""
    return number(address) in network.local or address.startswith("127.")


NOBODY = Table()
_NODES: Memo[Network] = Memo(256)
_IPVS: Memo[Network] = Memo(64)
_SEGMENTS: Memo[tuple[IP, ...]] = Memo(16)
_PODS: Memo[Network] = Memo(1 << 12)
_BEHIND: Memo[Mapping[str, str]] = Memo(16)
_REMOTE: Memo[tuple[tuple[str, Route], ...]] = Memo(16)


def node_network(state: State, name: str) -> Network:
    """The network of a node as its Node object lays it out; empty for a node that is not there.

    In IPVS mode its kube-proxy has put an interface with all Service addresses beside it.
    """
    table, backend = state.tables.get("nodes") or NOBODY, state.config.backend
    laid = _NODES.get((table,), (name, backend), lambda: _node_network(table, table.objects.get(("", name)), backend))
    if state.config.proxy.mode != "ipvs" or not laid.interfaces:
        return laid
    view = state.seen_by(f"kube-proxy@{name}")
    return _IPVS.get((laid, view.tables.get("services")), (), lambda: _with_services(laid, view))


def _with_services(laid: Network, view: View) -> Network:
    own = [text.partition("/")[0] for each in laid.interfaces for text in each.addresses]
    addresses = [f"{ip}/{bits}" for version, bits in BITS.items() for ip in bound(view, version, own)]
    return Network((*laid.interfaces, Interface(KUBE_IPVS0, tuple(addresses))), laid.routes)


def own_addresses(node: Node, backend: str) -> tuple[str, ...]:
    """The addresses on a node's own interfaces: its InternalIPs first, then those toward Pods."""
    found = [str(net.network_address) for net in _cidrs(node)] if backend == "vxlan" else []
    return (*node.internal_ips, *found, *(str(net.network_address + 1) for net in _cidrs(node)))


def _segments_of(table: Table) -> tuple[IP, ...]:
    """The networks that the nodes share, one a family: all their InternalIPs lie within."""
    return _SEGMENTS.get((table,), (), lambda: tuple(_segments(table)))


def _segments(table: Table) -> list[IP]:
    found = []
    for version, bits in BITS.items():
        values = [number(ip) for node in table.objects.values() for ip in node.internal_ips if family(ip) == version]
        if values:
            wide = (min(values) ^ max(values)).bit_length()
            prefix = min(SEGMENT[version], bits - wide)
            cls = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address  # noqa: PLR2004
            found.append(ipaddress.ip_network(f"{cls(min(values))}/{prefix}", strict=False))
    return found


def gateways(table: Table) -> frozenset[str]:
    """The addresses of the router by which nodes reach the world, one a family: the first of their network."""
    return frozenset(_gateway(net) for net in _segments_of(table))


def _gateway(net: IP) -> str:
    return str(net.network_address + 1)


def node_behind(table: Table, route: Route) -> str:
    """The node whose Pods a VXLAN route leads to."""
    known = _BEHIND.get((table,), (), lambda: {each.destination: name for name, each in _overlays(table)})
    return known[route.destination]


def _cidrs(node: Node) -> tuple[IP, ...]:
    listed = node.spec.pod_cidrs or ((node.spec.pod_cidr,) if node.spec.pod_cidr else ())
    return tuple(ipaddress.ip_network(cidr) for cidr in listed)


def _overlays(table: Table) -> tuple[tuple[str, Route], ...]:
    """For each node the routes by which the others reach its Pods, by the first address: its VXLAN device."""
    return tuple(
        (node.name, Route(str(net), DEVICE[net.version], str(net.network_address), onlink=True))
        for node in table.objects.values()
        for net in _cidrs(node)
    )


def _gateways(table: Table) -> tuple[tuple[str, Route], ...]:
    """The same where every node is the gateway to its Pods, on the network that the nodes share."""
    return tuple(
        (node.name, Route(str(net), "eth0", ip))
        for node in table.objects.values()
        for net in _cidrs(node)
        for ip in [each for each in node.internal_ips if family(each) == net.version][:1]
    )


REMOTE = {"vxlan": _overlays, "host-gw": _gateways}


def _node_network(table: Table, node: Node | None, backend: str) -> Network:
    if node is None:
        return Network((), Routes())
    shared: dict[int, IP] = {net.version: net for net in _segments_of(table)}
    mine = [(ip, shared[family(ip)]) for ip in node.internal_ips]
    pods = _cidrs(node)
    remote = _REMOTE.get((table,), (backend,), lambda: REMOTE[backend](table)) if pods else ()
    devices = [
        Interface("lo", LOOPBACK),
        Interface("eth0", tuple(f"{ip}/{net.prefixlen}" for ip, net in mine)),
    ]
    first = {family(ip): ip for ip, _ in reversed(mine)}
    uplinks = [net for version, net in shared.items() if version in first]
    routes = [Route(_everything(net), "eth0", _gateway(net)) for net in uplinks]
    routes += [route for name, route in remote if name != node.name]
    if pods and backend == "vxlan":
        tunnels = [(f"{net.network_address}/{BITS[net.version]}", DEVICE[net.version]) for net in pods]
        devices += [Interface(device, (own,)) for own, device in tunnels]
        # an address without a network around it has a line of its own in IPv6
        routes += [Route(own, device, source=own.partition("/")[0]) for own, device in tunnels if family(own) == 6]  # noqa: PLR2004
    if pods:
        devices.append(Interface("cni0", tuple(f"{net.network_address + 1}/{net.prefixlen}" for net in pods)))
        routes += [Route(str(net), "cni0", source=str(net.network_address + 1)) for net in pods]
    routes += [Route(str(shared[version]), "eth0", source=ip) for version, ip in sorted(first.items())]
    return Network(tuple(devices), Routes(tuple(sorted(routes, key=_place))))


def _place(route: Route) -> tuple[int, bool, int, int]:
    """Where the kernel lists a route: by network, of two the narrower first; the default first, but in IPv6 last."""
    net = ipaddress.ip_network(route.destination)
    default = not net.prefixlen
    return net.version, default is (net.version == 6), int(net.network_address), -net.prefixlen  # noqa: PLR2004


def pod_network(state: State, ips: tuple[str, ...], node: str) -> Network:
    """The network of a Pod on the bridge of a node: one interface, everything by the bridge's address."""
    around, wide = node_network(state, node), state.config.pod_cidr
    return _PODS.get((around,), (*ips, wide), lambda: _pod_network(ips, around.device("cni0"), state.config.pod_cidrs))


def _pod_network(ips: tuple[str, ...], bridge: Interface | None, wide: tuple[str, ...]) -> Network:
    ranges = [ipaddress.ip_interface(text) for text in bridge.addresses] if bridge else []
    addresses, routes = [], []
    for ip in ips:
        home = next((each for each in ranges if ipaddress.ip_address(ip) in each.network), None)
        if home is None:  # no range of the node holds it: a link of its own, as plugins without a bridge give
            addresses.append(f"{ip}/{BITS[family(ip)]}")
            routes.append(Route("::/0" if family(ip) == 6 else "0.0.0.0/0", "eth0"))  # noqa: PLR2004
        else:
            addresses.append(f"{ip}/{home.network.prefixlen}")
            routes.append(Route(_everything(home.network), "eth0", str(home.ip)))
            routes.append(Route(str(home.network), "eth0", source=ip))
            around = [net for net in map(ipaddress.ip_network, wide) if _contains(net, home.network)]
            routes += [Route(str(net), "eth0", str(home.ip)) for net in around]  # flannel's plugin names it anew
    devices = (Interface("lo", LOOPBACK), Interface("eth0", tuple(addresses)))
    return Network(devices, Routes(tuple(sorted(routes, key=_place))))


def _contains(wide: IP, part: IP) -> bool:
    """Whether a network is more than another that lies in it."""
    return wide.version == part.version and wide.prefixlen < part.prefixlen and part.network_address in wide


def _everything(net: IP) -> str:
    return "0.0.0.0/0" if net.version == 4 else "::/0"  # noqa: PLR2004 - the IP version
