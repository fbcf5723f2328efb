"""ClusterIPs and NodePorts: which are free, which one a Service gets.

Each range has two bands: asked-for values may come from anywhere, others are taken at random from
the upper band first. Upstream: pkg/registry/core/service/{ipallocator,portallocator}.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterator

from attrs import evolve, frozen

from kdisco.errors import InternalError, Invalid
from kdisco.model.cidr import IPAddress, IPAddressSpec, ParentReference, ServiceCIDR
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import ObjectMeta
from kdisco.model.service import Service
from kdisco.store.families import with_families
from kdisco.store.field import invalid
from kdisco.store.service_types import needs_health_check, needs_node_port, node_ports
from kdisco.store.transaction import Transaction
from kdisco.store.validate.names import canonical

__all__ = ["Pool", "allocate", "families", "ip_address", "service_range"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NODE_PORTS = (30000, 32767)
SMALL, STEP_DIVISOR, MAX_STEP = 16, 16, 256
PORT_DIVISOR, MAX_PORT_STEP = 32, 128


@frozen
class Pool:
    """A run of values from ``first`` to ``last``; values below ``dynamic`` are given out last."""

    first: int
    last: int
    dynamic: int

    @classmethod
    def of_network(cls, network: Network) -> Pool:
        """The usable addresses of a range: all but the network's own and IPv4's broadcast address."""
        size = network.num_addresses
        first = int(network.network_address) + 1
        last = int(network.broadcast_address) - (network.version == 4)  # noqa: PLR2004 - the family
        band = 0 if size <= SMALL else min(max(SMALL, size // STEP_DIVISOR), MAX_STEP)
        return cls(first, last, first + band)

    @classmethod
    def of_ports(cls, first: int, last: int) -> Pool:
        """A range of node ports."""
        band = min(max(SMALL, (last - first + 1) // PORT_DIVISOR), MAX_PORT_STEP)
        return cls(first, last, first + band)

    def pick(self, taken: Callable[[int], bool], draw: Callable[[int], int]) -> int | None:
        """A free value, from a random start upwards with wrap, upper band first; None when all are taken."""
        for low, high in ((self.dynamic, self.last), (self.first, self.dynamic - 1)):
            size = high - low + 1
            if size <= 0:
                continue
            start = draw(size)
            for offset in range(size):
                value = low + (start + offset) % size
                if not taken(value):
                    return value
        return None


def service_range(txn: Transaction, family: str) -> Network | None:
    """The range of ClusterIPs of a family, by the ServiceCIDR objects."""
    return next((network for network in _ranges(txn) if f"IPv{network.version}" == family), None)


def families(txn: Transaction) -> tuple[str, ...]:
    """The families that the cluster gives ClusterIPs of, the default one first."""
    return tuple(dict.fromkeys(f"IPv{network.version}" for network in _ranges(txn)))


def ip_address(service: Service, address: str) -> IPAddress:
    """The object that says an address is taken."""
    family = f"IPv{ipaddress.ip_address(address).version}"
    names = {"ipaddress.kubernetes.io/ip-family": family, "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"}
    parent = ParentReference(resource="services", namespace=service.namespace, name=service.name)
    meta = ObjectMeta(name=canonical(address), labels=FrozenMap(names))
    return IPAddress(metadata=meta, spec=IPAddressSpec(parent_ref=parent))


def allocate(txn: Transaction, new: Service, old: Service | None, *, dry_run: bool = False) -> Service:
    """A Service with its families, ClusterIPs and node ports.

    Raises Invalid for a value that cannot be had, InternalError when a range is full.
    """
    service = with_families(new, old, families(txn))
    if service.spec.type == "ExternalName":
        return service
    if service.spec.cluster_ip != "None":
        service = _with_addresses(txn, service, old, dry_run=dry_run)
    return _with_health_check(txn, _with_node_ports(txn, service, old), old)


def _with_addresses(txn: Transaction, service: Service, old: Service | None, *, dry_run: bool) -> Service:
    """Addresses for a new Service, and for one that gains a family; those that a Service has never change."""
    spec = service.spec
    held = old.spec.cluster_ips if old is not None and old.spec.type != "ExternalName" else ()
    if held and (held[0] == "None" or len(spec.ip_families) <= len(held)):
        return service
    given = list(spec.cluster_ips[: len(held)])
    for i in range(len(held), len(spec.ip_families)):
        wanted = spec.cluster_ips[i] if i < len(spec.cluster_ips) else ""
        given.append(_exactly(txn, service, wanted) if wanted else _any(txn, spec.ip_families[i], dry_run=dry_run))
    return evolve(service, spec=evolve(spec, cluster_ip=given[0], cluster_ips=tuple(given)))


def _any(txn: Transaction, family: str, *, dry_run: bool) -> str:
    network = service_range(txn, family)
    assert network is not None  # noqa: S101 - with_families lets only configured families pass
    if dry_run:
        return str(network.network_address)
    value = Pool.of_network(network).pick(lambda number: _taken(txn, network, number), txn.draw)
    if value is None:
        msg = "Internal error occurred: failed to allocate a serviceIP: range is full"
        raise InternalError(msg)
    return str(_address(network, value))


def _exactly(txn: Transaction, service: Service, wanted: str) -> str:
    address = ipaddress.ip_address(wanted)
    network = service_range(txn, f"IPv{address.version}")
    pool = Pool.of_network(network) if network else None
    problem = ""
    if pool is None or not pool.first <= int(address) <= pool.last:
        problem = "the provided network does not match the current range"
    elif txn.get("ipaddresses", ("", canonical(wanted))) is not None:
        problem = "provided IP is already allocated"
    if problem:
        words = f"failed to allocate IP {wanted}: {problem}"
        msg = "Service"
        raise Invalid(msg, "", service.name, [invalid("spec.clusterIPs", service.spec.cluster_ips, words)])
    return wanted


def _with_node_ports(txn: Transaction, service: Service, old: Service | None) -> Service:
    """Node ports for ports that have none, if the type wants them.

    Ports of a new Service that have the same number (TCP and UDP 53, say) are served by one node port.
    """
    spec = service.spec
    if not needs_node_port(spec):
        return service
    automatic = spec.type == "NodePort" or spec.allocate_load_balancer_node_ports is not False
    held = node_ports(old.spec) if old is not None else frozenset()
    taken = set(held)
    asked = {port.port: port.node_port for port in reversed(spec.ports) if port.node_port}
    shared: dict[int, int] = {}  # what the first port with this number got
    ports = []
    for i, port in enumerate(spec.ports):
        number = port.node_port
        if not number and automatic and old is None:
            number = shared.get(port.port) or asked.get(port.port, 0)
        if number and number not in held and number != shared.get(port.port):
            _check_node_port(txn, service, f"spec.ports[{i}].nodePort", number, taken if old is None else ())
        elif not number and automatic:
            number = _any_node_port(txn, taken.union(asked.values()))
        if number:
            taken.add(number)
            shared.setdefault(port.port, number)
        ports.append(port if number == port.node_port else evolve(port, node_port=number))
    return evolve(service, spec=evolve(spec, ports=tuple(ports)))


def _with_health_check(txn: Transaction, service: Service, old: Service | None) -> Service:
    """A node port at which a load balancer asks whether a node has local endpoints; it never changes."""
    spec = service.spec
    if not needs_health_check(spec) or (old is not None and needs_health_check(old.spec)):
        return service
    taken, number = node_ports(spec), spec.health_check_node_port
    if not number:
        return evolve(service, spec=evolve(spec, health_check_node_port=_any_node_port(txn, taken)))
    if problem := _port_problem(txn, number, taken):
        words = f"Internal error occurred: failed to allocate requested HealthCheck NodePort {number}: {problem}"
        raise InternalError(words)
    return service


def _check_node_port(txn: Transaction, service: Service, field: str, number: int, taken: Collection[int]) -> None:
    if problem := _port_problem(txn, number, taken):
        kind = "Service"
        raise Invalid(kind, "", service.name, [invalid(field, number, problem)])


def _port_problem(txn: Transaction, number: int, taken: Collection[int]) -> str:
    """Why a node port cannot be had, "" when it can."""
    low, high = NODE_PORTS
    if not low <= number <= high:
        return f"provided port is not in the valid range. The range of valid ports is {low}-{high}"
    return "provided port is already allocated" if number in taken or _port_taken(txn, number) else ""


def _any_node_port(txn: Transaction, asked: Collection[int]) -> int:
    pool = Pool.of_ports(*NODE_PORTS)
    value = pool.pick(lambda number: number in asked or _port_taken(txn, number), txn.draw)
    if value is None:
        msg = "Internal error occurred: failed to allocate a nodePort: range is full"
        raise InternalError(msg)
    return value


def _ranges(txn: Transaction) -> Iterator[Network]:
    found: Iterator[ServiceCIDR] = txn.view.list("servicecidrs")
    return (ipaddress.ip_network(text) for cidr in found for text in cidr.spec.cidrs)


def _address(network: Network, value: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return network.network_address + (value - int(network.network_address))


def _taken(txn: Transaction, network: Network, value: int) -> bool:
    return txn.get("ipaddresses", ("", str(_address(network, value)))) is not None


def _port_taken(txn: Transaction, number: int) -> bool:
    return next(txn.view.table("services").find("nodeport", str(number)), None) is not None
