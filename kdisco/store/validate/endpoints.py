"""What Endpoints and EndpointSlices must be. Upstream: pkg/apis/discovery/validation, pkg/apis/core/validation."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.model.endpoints import (
    Endpoint,
    EndpointAddress,
    EndpointHints,
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    SlicePort,
)
from kdisco.store.field import Cause, duplicate, invalid, required, too_many, unsupported
from kdisco.store.validate.addresses import address, endpoint_address, family
from kdisco.store.validate.names import (
    DNS_1123_LABEL,
    DNS_1123_SUBDOMAIN,
    LABEL_VALUE,
    Pattern,
    domain_name,
    port_number,
    qualified,
)

__all__ = ["endpoint_slice", "endpoints"]

ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
PROTOCOLS = ("SCTP", "TCP", "UDP")
MAX_ENDPOINTS, MAX_PORTS, MAX_ADDRESSES, MAX_HINTS = 1000, 100, 100, 8


def endpoint_slice(new: EndpointSlice, old: EndpointSlice | None) -> Iterator[Cause]:
    """One address type for good, endpoints with addresses of it, ports with names of their own."""
    if not new.address_type:
        yield required("addressType")
    elif new.address_type not in ADDRESS_TYPES:
        yield unsupported("addressType", new.address_type, ADDRESS_TYPES)
    listed = new.endpoints or ()
    if len(listed) > MAX_ENDPOINTS:
        yield too_many("endpoints", len(listed), MAX_ENDPOINTS)
    elif old is None or old.endpoints != new.endpoints:  # what was legal once may stay
        for i, endpoint in enumerate(listed):
            yield from _endpoint(f"endpoints[{i}]", endpoint, new.address_type)
    ports = new.ports or ()
    if len(ports) > MAX_PORTS:
        yield too_many("ports", len(ports), MAX_PORTS)
    else:
        yield from _slice_ports(ports)
    if old is not None and old.address_type != new.address_type:
        yield invalid("addressType", new.address_type, "field is immutable")


def endpoints(new: Endpoints, old: Endpoints | None) -> Iterator[Cause]:
    """Subsets with addresses and legal ports; what was legal once may stay."""
    if old is not None and old.subsets == new.subsets:
        return
    for i, subset in enumerate(new.subsets):
        yield from _subset(f"subsets[{i}]", subset)


def _endpoint(at: str, endpoint: Endpoint, kind: str) -> Iterator[Cause]:
    if not endpoint.addresses:
        yield required(f"{at}.addresses", "must contain at least 1 address")
    if len(endpoint.addresses) > MAX_ADDRESSES:
        yield too_many(f"{at}.addresses", len(endpoint.addresses), MAX_ADDRESSES)
    for j, text in enumerate(endpoint.addresses):
        yield from _typed_address(f"{at}.addresses", j, text, kind)
    if endpoint.node_name is not None:
        yield from _named(f"{at}.nodeName", endpoint.node_name, DNS_1123_SUBDOMAIN)
    if endpoint.hostname is not None:
        yield from _named(f"{at}.hostname", endpoint.hostname, DNS_1123_LABEL)
    if endpoint.hints is not None:
        yield from _hints(f"{at}.hints", endpoint.hints)


def _typed_address(at: str, place: int, text: str, kind: str) -> Iterator[Cause]:
    if kind == "FQDN":
        yield from domain_name(f"{at}[{place}]", text)
    elif kind in ADDRESS_TYPES:
        problems = list(address(f"{at}[{place}]", text))
        yield from problems
        if not problems:
            if family(text) != kind:
                yield invalid(at, text, f"must be an {kind} address")
            yield from endpoint_address(f"{at}[{place}]", text)


def _hints(at: str, hints: EndpointHints) -> Iterator[Cause]:
    zones, nodes = [each.name for each in hints.for_zones], [each.name for each in hints.for_nodes]
    for name, listed, pattern in (("forZones", zones, LABEL_VALUE), ("forNodes", nodes, DNS_1123_SUBDOMAIN)):
        if len(listed) > MAX_HINTS:
            yield too_many(f"{at}.{name}", len(listed), MAX_HINTS)
            return
        for i, text in enumerate(listed):
            if text in listed[:i]:
                yield duplicate(f"{at}.{name}[{i}].name", text)
            yield from _named(f"{at}.{name}[{i}].name", text, pattern)


def _slice_ports(ports: tuple[SlicePort, ...]) -> Iterator[Cause]:
    names: set[str] = set()
    for i, port in enumerate(ports):
        name = port.name or ""
        if name:
            yield from _named(f"ports[{i}].name", name, DNS_1123_LABEL)
        if name in names:
            yield duplicate(f"ports[{i}].name", name)
        names.add(name)
        yield from _protocol(f"ports[{i}].protocol", port.protocol or "")
        if port.app_protocol is not None:
            yield from qualified(f"ports[{i}].appProtocol", port.app_protocol)


def _subset(at: str, subset: EndpointSubset) -> Iterator[Cause]:
    if not subset.addresses and not subset.not_ready_addresses:
        yield required(at, "must specify `addresses` or `notReadyAddresses`")
    for name, group in (("addresses", subset.addresses), ("notReadyAddresses", subset.not_ready_addresses)):
        for j, entry in enumerate(group):
            yield from _entry(f"{at}.{name}[{j}]", entry)
    for j, port in enumerate(subset.ports):
        yield from _subset_port(f"{at}.ports[{j}]", port, several=len(subset.ports) > 1)


def _entry(at: str, entry: EndpointAddress) -> Iterator[Cause]:
    yield from address(f"{at}.ip", entry.ip)
    if entry.hostname:
        yield from _named(f"{at}.hostname", entry.hostname, DNS_1123_LABEL)
    if entry.node_name is not None:
        yield from _named(f"{at}.nodeName", entry.node_name, DNS_1123_SUBDOMAIN)
    yield from endpoint_address(f"{at}.ip", entry.ip)


def _subset_port(at: str, port: EndpointPort, *, several: bool) -> Iterator[Cause]:
    if several and not port.name:
        yield required(f"{at}.name")
    elif port.name:
        yield from _named(f"{at}.name", port.name, DNS_1123_LABEL)
    yield from port_number(f"{at}.port", port.port)
    yield from _protocol(f"{at}.protocol", port.protocol)
    if port.app_protocol is not None:
        yield from qualified(f"{at}.appProtocol", port.app_protocol)


def _protocol(field: str, protocol: str) -> Iterator[Cause]:
    if not protocol:
        yield required(field)
    elif protocol not in PROTOCOLS:
        yield unsupported(field, protocol, PROTOCOLS)


def _named(field: str, text: str, pattern: Pattern) -> Iterator[Cause]:
    return (invalid(field, text, words) for words in pattern.problems(text))
