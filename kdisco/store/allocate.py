"""ClusterIPs: which are free, which ones a Service gets.

Each address that is taken is an IPAddress object, each range a ServiceCIDR; a range gives addresses
while it is ready and not going. Upstream: pkg/registry/core/service/storage/alloc.go,
pkg/registry/core/service/ipallocator/{cidrallocator,ipallocator}.go.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

from attrs import evolve

from kdisco.errors import InternalError, Invalid
from kdisco.model.cidr import (
    DEFAULT_CIDR,
    MANAGED_BY,
    MANAGER,
    IPAddress,
    IPAddressSpec,
    ParentReference,
    ServiceCIDR,
)
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import ObjectMeta
from kdisco.model.service import Service
from kdisco.store.families import with_families
from kdisco.store.field import invalid
from kdisco.store.node_ports import with_node_ports
from kdisco.store.pool import Network, Pool
from kdisco.store.transaction import Transaction
from kdisco.store.validate.addresses import canonical

__all__ = ["allocate", "families", "ip_address", "service_ranges"]

SHORTEST_PREFIX = 64  # of an IPv6 range: from a larger one nothing is given


def service_ranges(txn: Transaction, family: str) -> tuple[Network, ...]:
    """The ranges that ClusterIPs of a family are given from now, in the order of their objects' names."""
    listed: Iterator[ServiceCIDR] = txn.view.list("servicecidrs")
    found = (_network(text) for cidr in listed if cidr.ready and not cidr.deleting for text in cidr.spec.cidrs)
    return tuple(
        network
        for network in found
        if f"IPv{network.version}" == family
        and (network.version == 4 or network.prefixlen >= SHORTEST_PREFIX)  # noqa: PLR2004 - the family
    )


def families(txn: Transaction) -> tuple[str, ...]:
    """The families that the cluster was set up with, the default one first: those of its first ServiceCIDR."""
    first: ServiceCIDR | None = txn.get("servicecidrs", ("", DEFAULT_CIDR))
    first = first or next(txn.view.list("servicecidrs"), None)
    cidrs = first.spec.cidrs if first is not None else txn.state.config.service_cidrs
    return tuple(dict.fromkeys(f"IPv{_network(text).version}" for text in cidrs))


def ip_address(service: Service, address: str) -> IPAddress:
    """The object that says an address is taken."""
    family = f"IPv{ipaddress.ip_address(address).version}"
    names = {"ipaddress.kubernetes.io/ip-family": family, MANAGED_BY: MANAGER}
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
    return with_node_ports(txn, service, old, dry_run=dry_run)


def _with_addresses(txn: Transaction, service: Service, old: Service | None, *, dry_run: bool) -> Service:
    """Addresses for a new Service, and for one that gains a family; those that a Service has never change."""
    spec = service.spec
    held = old.spec.cluster_ips if old is not None and old.spec.type != "ExternalName" else ()
    if held and (held[0] == "None" or len(spec.ip_families) <= len(held)):
        return service
    given = list(spec.cluster_ips[: len(held)])
    for i in range(len(held), len(spec.ip_families)):
        wanted = spec.cluster_ips[i] if i < len(spec.cluster_ips) else ""
        if wanted:
            _check(txn, service, wanted, dry_run=dry_run)
        given.append(wanted or _any(txn, spec.ip_families[i], dry_run=dry_run))
    return evolve(service, spec=evolve(spec, cluster_ip=given[0], cluster_ips=tuple(given)))


def _any(txn: Transaction, family: str, *, dry_run: bool) -> str:
    """A free address of a family; a dry run reserves none and shows where the first range begins."""
    for network in service_ranges(txn, family):
        if dry_run:
            return str(network.network_address)
        value = Pool.of_network(network).pick(lambda number, of=network: _taken(txn, of, number), txn.draw)  # type: ignore[misc]  # a lambda's default
        if value is not None:
            return str(_address(network, value))
    msg = "Internal error occurred: failed to allocate a serviceIP: range is full"
    raise InternalError(msg)


def _check(txn: Transaction, service: Service, wanted: str, *, dry_run: bool) -> None:
    """Raise Invalid when an address that was asked for cannot be had; a dry run does not look who has it."""
    address = ipaddress.ip_address(wanted)
    networks = service_ranges(txn, f"IPv{address.version}")
    inside = any(int(address) in Pool.of_network(network) for network in networks)
    problem = ""
    if dry_run:
        if networks and int(address) not in Pool.of_network(networks[0]):
            words = f"the provided IP ({address}) is not in the valid range"
            problem = f"{words}. The range of valid IPs is {networks[0]}"
    elif not inside:
        problem = "the provided network does not match the current range"
    elif txn.get("ipaddresses", ("", canonical(wanted))) is not None:
        problem = "provided IP is already allocated"
    if problem:
        words = f"failed to allocate IP {wanted}: {problem}"
        kind = "Service"
        raise Invalid(kind, "", service.name, [invalid("spec.clusterIPs", service.spec.cluster_ips, words)])


@lru_cache(maxsize=64)
def _network(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


def _address(network: Network, value: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return network.network_address + (value - int(network.network_address))


def _taken(txn: Transaction, network: Network, value: int) -> bool:
    return txn.get("ipaddresses", ("", str(_address(network, value)))) is not None
