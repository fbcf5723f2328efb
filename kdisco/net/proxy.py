"""kube-proxy before any rules: which front ends a node serves, and which back ends it chose for each.

All modes print from these values. Upstream: pkg/proxy/serviceport.go, endpointslicecache.go, topology.go (v1.36).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import field, frozen

from kdisco.model.service import Service
from kdisco.net.backends import Backend, backends_of, by_target, everywhere_alike, ignored, serving, slices_of, spread
from kdisco.net.memo import Memo
from kdisco.net.packet import family as family_of
from kdisco.net.packet import lenient, lenient_range, number

if TYPE_CHECKING:
    from kdisco.model.endpoints import EndpointSlice
    from kdisco.model.node import Node
    from kdisco.store.table import View

__all__ = ["ANY", "Entry", "FrontEnds", "ServicePort", "front_ends", "ports_of", "service_ports"]

AFFINITY_SECONDS = 10800  # the API's default timeout of ClientIP affinity
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # base32 of RFC 4648
PAIRS = [first + second for first in LETTERS for second in LETTERS]
MASK = (1 << 40) - 1
ANY = -1  # in place of an address: any of the node's own
Entry = tuple[int, str, int]  # (address, protocol, port), where packets for a front end arrive


@frozen
class Doors:
    """Where a Service is reached in one family, by whichever of its ports."""

    cluster_ip: str
    external_ips: tuple[str, ...]
    balancer_ips: tuple[str, ...]
    health_check_port: int

    def entries(self, protocol: str, port: int, node_port: int) -> tuple[Entry, ...]:
        """Where packets for one of its ports arrive."""
        found = [(number(ip), protocol, port) for ip in (self.cluster_ip, *self.external_ips, *self.balancer_ips)]
        if node_port:
            found.append((ANY, protocol, node_port))
        if self.health_check_port:
            found.append((ANY, "tcp", self.health_check_port))
        return tuple(found)


@frozen(kw_only=True)
class ServicePort:
    """One port of one Service in one family on one node. Affinity in seconds, None for none.

    ``endpoints`` are all there are; ``cluster`` and ``near`` (local ones) those chosen for the two policies,
    each empty when its policy is not in use.
    """

    namespace: str
    service: str
    name: str
    protocol: str
    family: int
    cluster_ip: str
    port: int
    node_port: int
    external_ips: tuple[str, ...]
    balancer_ips: tuple[str, ...]
    source_ranges: tuple[str, ...]
    health_check_port: int
    internal_local: bool
    external_local: bool
    affinity: int | None
    endpoints: tuple[Backend, ...] = field(repr=False)
    cluster: tuple[Backend, ...]
    near: tuple[Backend, ...]
    text: str = field(init=False, repr=False, eq=False)  # ``ns/name:port``, or ``ns/name`` when the port has no name

    @text.default
    def _text(self) -> str:
        return f"{self.namespace}/{self.service}" + (f":{self.name}" if self.name else "")

    @property
    def external(self) -> bool:
        """Whether it can be reached by an address that is not its ClusterIP."""
        return bool(self.node_port or self.external_ips or self.balancer_ips)

    @property
    def uses_cluster(self) -> bool:
        """Whether some traffic may go to any node."""
        return not self.internal_local or self.external

    @property
    def uses_local(self) -> bool:
        """Whether some traffic must stay on this node."""
        return self.internal_local or (self.external_local and self.external)

    @property
    def has_endpoints(self) -> bool:
        """Whether there is anybody at all, on this node or elsewhere: without, everything is rejected."""
        return bool(self.cluster) or (self.uses_local and any(end.ready or end.draining for end in self.endpoints))

    @property
    def has_internal(self) -> bool:
        """Whether ClusterIP traffic finds an endpoint from here: without, it is dropped."""
        return self.has_endpoints and (not self.internal_local or bool(self.near))

    @property
    def has_external(self) -> bool:
        """Whether external traffic finds an endpoint from here: without, it is dropped."""
        return self.has_endpoints and (not self.external_local or bool(self.near))

    @property
    def firewalled(self) -> bool:
        """Whether load balancer traffic is checked against source ranges."""
        return self.has_endpoints and bool(self.balancer_ips and self.source_ranges)

    @property
    def reachable(self) -> tuple[Backend, ...]:
        """The endpoints of both policies, each once, in order."""
        if not self.near:
            return self.cluster
        return tuple(sorted({end.target: end for end in (*self.near, *self.cluster)}.values(), key=by_target))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Where packets for it arrive."""
        doors = Doors(self.cluster_ip, self.external_ips, self.balancer_ips, self.health_check_port)
        return doors.entries(self.protocol, self.port, self.node_port)

    def chain(self, kind: str, backend: Backend | None = None) -> str:
        """The name of one of its chains: ``SVC``, ``SVL``, ``EXT``, ``FW``, or ``SEP`` of a backend."""
        return f"KUBE-{kind}-{_hashed(self.text + self.protocol + (backend.target if backend else ''))}"


@lru_cache(maxsize=1 << 17)
def _hashed(text: str) -> str:
    """The first 16 letters of its SHA-256 sum in base32: 80 bits, two letters for each ten."""
    bits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:10], "big")
    high, low, two = bits >> 40, bits & MASK, PAIRS
    return (
        f"{two[high >> 30]}{two[high >> 20 & 1023]}{two[high >> 10 & 1023]}{two[high & 1023]}"
        f"{two[low >> 30]}{two[low >> 20 & 1023]}{two[low >> 10 & 1023]}{two[low & 1023]}"
    )


@frozen
class FrontEnds:
    """All front ends of one family: the Services behind each entry, in their order, and their ClusterIPs."""

    services: tuple[Service, ...]
    places: Mapping[Entry, tuple[Service, ...]]
    cluster_ips: frozenset[int]

    def matters(self, address: int, protocol: str, port: int) -> bool:
        """Whether a port tells packets to an address apart: it is a Service's."""
        return (address, protocol, port) in self.places or (ANY, protocol, port) in self.places

    def owners(self, entry: Entry) -> tuple[Service, ...]:
        """The Services that a packet may be for, by its destination or by its port alone, in their order."""
        exact = self.places.get(entry, ())
        anywhere = self.places.get((ANY, *entry[1:]), ())
        if exact and anywhere:
            found = {service.key: service for service in exact + anywhere}
            return tuple(found[key] for key in sorted(found))
        return exact or anywhere


_FRONT_ENDS: Memo[FrontEnds] = Memo(16)
_PORTS: Memo[tuple[ServicePort, ...]] = Memo(1 << 16)
_SHARED: Memo[tuple[ServicePort, ...] | None] = Memo(1 << 16)
_ALL: Memo[tuple[ServicePort, ...]] = Memo(64)


def front_ends(view: View, family: int) -> FrontEnds:
    """The front ends that a view holds, by entry; remembered as long as no Service changes."""
    table = view.tables.get("services")
    return _FRONT_ENDS.get((table,), (family,), lambda: _front_ends(view, family))


def _front_ends(view: View, family: int) -> FrontEnds:
    services: list[Service] = []
    addresses: set[int] = set()
    places: dict[Entry, tuple[Service, ...]] = {}
    for service in view.list("services"):
        doors = _doors(service, family)
        if not doors.cluster_ip:
            continue
        services.append(service)
        if service.spec.ports:
            addresses.add(number(doors.cluster_ip))
        for port in service.spec.ports:
            for entry in doors.entries((port.protocol or "TCP").lower(), port.port, port.node_port):
                known = places.get(entry, ())
                places[entry] = known if known and known[-1] is service else (*known, service)
    return FrontEnds(tuple(services), places, frozenset(addresses))


def service_ports(view: View, node: str, family: int = 4, *, exact: bool = False) -> tuple[ServicePort, ...]:
    """Every service port of a family with the endpoints that ``node`` chose, by (namespace, name, port)."""
    tables = tuple(view.tables.get(name) for name in ("services", "endpointslices"))
    here = view.get("nodes", ("", node))

    def all_of_them() -> tuple[ServicePort, ...]:
        services = front_ends(view, family).services
        return tuple(port for each in services for port in ports_of(view, each, node, family, exact=exact))

    return _ALL.get((*tables, here), (node, family, exact), all_of_them)


def ports_of(
    view: View, service: Service, node: str, family: int = 4, *, exact: bool = False
) -> tuple[ServicePort, ...]:
    """The ports of one Service; remembered as long as it, its slices and the node stay the same.

    Where no node has an endpoint of its own to prefer, all share one value, whose endpoints are local nowhere;
    ``exact``: they say which are.
    """
    slices = slices_of(view, service, family)
    if not exact:
        shared = _SHARED.get((service, *slices), (family,), lambda: _for_all(service, slices, family))
        if shared is not None:
            return shared
    here: Node | None = view.get("nodes", ("", node))
    zone = here.zone if here else ""
    return _PORTS.get((service, *slices), (node, zone, family), lambda: _chosen(service, slices, node, zone, family))


def _for_all(service: Service, slices: tuple[EndpointSlice, ...], family: int) -> tuple[ServicePort, ...] | None:
    """The ports as every node has them, None where nodes differ."""
    spec = service.spec
    near = "Local" in (spec.internal_traffic_policy, spec.external_traffic_policy)
    return None if near or not everywhere_alike(slices) else _chosen(service, slices, "", "", family)


def _chosen(
    service: Service, slices: tuple[EndpointSlice, ...], node: str, zone: str, family: int
) -> tuple[ServicePort, ...]:
    return tuple(_ports(service, family, backends_of(slices, node), node, zone))


def _address(service: Service, family: int) -> str:
    """The ClusterIP of a family, "" when this family's kube-proxy skips the Service."""
    spec = service.spec
    if spec.cluster_ip in ("", "None") or spec.type == "ExternalName" or ignored(service):
        return ""
    listed = spec.cluster_ips or (spec.cluster_ip,)
    if spec.ip_families:
        name = f"IPv{family}"
        return next((lenient(ip) for ip, each in zip(listed, spec.ip_families, strict=False) if each == name), "")
    return lenient(spec.cluster_ip) if family_of(spec.cluster_ip) == family else ""


def _of_family(texts: Sequence[str], family: int, read: Callable[[str], str] = lenient) -> tuple[str, ...]:
    """Addresses, or ranges, in the one form that each has."""
    if not texts:  # of most Services
        return ()
    return tuple([found for text in texts if (found := read(text.strip())) and family_of(found) == family])


def _doors(service: Service, family: int) -> Doors:
    spec = service.spec
    virtual = [entry.ip for entry in service.status.load_balancer.ingress if entry.ip_mode in (None, "", "VIP")]
    health = spec.health_check_node_port if spec.type == "LoadBalancer" and _far_local(service) else 0
    return Doors(_address(service, family), _of_family(spec.external_ips, family), _of_family(virtual, family), health)


def _far_local(service: Service) -> bool:
    """Whether traffic from outside must stay on the node where it arrived."""
    spec = service.spec
    outward = spec.type in ("LoadBalancer", "NodePort") or bool(spec.external_ips)
    return outward and spec.external_traffic_policy == "Local"


def _ports(
    service: Service, family: int, backends: dict[tuple[str, str], dict[str, Backend]], node: str, zone: str
) -> Iterator[ServicePort]:
    spec = service.spec
    doors, ranges = _doors(service, family), _of_family(spec.load_balancer_source_ranges, family, lenient_range)
    far_local, near_local, affinity = _far_local(service), spec.internal_traffic_policy == "Local", _affinity(service)
    for port in sorted(spec.ports, key=lambda port: (port.name, port.protocol)):
        protocol = (port.protocol or "TCP").lower()
        found = backends.get((port.name, protocol), {})
        ends = tuple(found[name] for name in sorted(found))
        external = bool(port.node_port or doors.external_ips or doors.balancer_ips)
        uses_local = near_local or (far_local and external)
        yield ServicePort(
            namespace=service.namespace,
            service=service.name,
            name=port.name,
            protocol=protocol,
            family=family,
            cluster_ip=doors.cluster_ip,
            port=port.port,
            node_port=port.node_port,
            external_ips=doors.external_ips,
            balancer_ips=doors.balancer_ips,
            source_ranges=ranges,
            health_check_port=doors.health_check_port,
            internal_local=near_local,
            external_local=far_local,
            affinity=affinity,
            endpoints=ends,
            cluster=spread(ends, node, zone) if not near_local or external else (),
            near=serving(end for end in ends if end.local) if uses_local else (),
        )


def _affinity(service: Service) -> int | None:
    if service.spec.session_affinity != "ClientIP":
        return None
    settings = service.spec.session_affinity_config
    seconds = settings.client_ip.timeout_seconds if settings and settings.client_ip else None
    return AFFINITY_SECONDS if seconds is None else seconds
