"""What Endpoints and EndpointSlices must be. Upstream: pkg/apis/discovery/validation, pkg/apis/core/validation."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kdisco.model.endpoints import Endpoints, EndpointSlice
from kdisco.store.field import Cause, duplicate, invalid, required, too_many, unsupported
from kdisco.store.validate.names import DNS_1123_LABEL, DNS_1123_SUBDOMAIN, ordinary_address, port_number

__all__ = ["endpoint_slice", "endpoints"]

ADDRESS_TYPES = ("IPv4", "IPv6", "FQDN")
FAMILIES = ("IPv4", "IPv6")
PROTOCOLS = ("TCP", "UDP", "SCTP")
MAX_ENDPOINTS, MAX_PORTS, MAX_ADDRESSES = 1000, 100, 100


def endpoint_slice(new: EndpointSlice, old: EndpointSlice | None) -> Iterator[Cause]:
    """One address type for good, endpoints with addresses of it, ports with names of their own."""
    if new.address_type not in ADDRESS_TYPES:
        yield (
            unsupported("addressType", new.address_type, ADDRESS_TYPES) if new.address_type else required("addressType")
        )
    elif old is not None and old.address_type != new.address_type:
        yield invalid("addressType", new.address_type, "field is immutable")
    listed = new.endpoints or ()
    if len(listed) > MAX_ENDPOINTS:
        yield too_many("endpoints", len(listed), MAX_ENDPOINTS)
    for i, endpoint in enumerate(listed):
        at = f"endpoints[{i}].addresses"
        if not endpoint.addresses:
            yield required(at, "must contain at least 1 address")
        if len(endpoint.addresses) > MAX_ADDRESSES:
            yield too_many(at, len(endpoint.addresses), MAX_ADDRESSES)
        for j, text in enumerate(endpoint.addresses):
            yield from _typed_address(f"{at}[{j}]", text, new.address_type)
        if endpoint.hostname:
            words = DNS_1123_LABEL.problems(endpoint.hostname)
            yield from (invalid(f"endpoints[{i}].hostname", endpoint.hostname, each) for each in words)
    yield from _ports("ports", [(port.name or "", port.protocol, port.port) for port in new.ports or ()])


def endpoints(new: Endpoints, _old: Endpoints | None) -> Iterator[Cause]:
    """Subsets with addresses and legal ports."""
    for i, subset in enumerate(new.subsets):
        at = f"subsets[{i}]"
        if not subset.addresses and not subset.not_ready_addresses:
            yield required(at, "must specify `addresses` or `notReadyAddresses`")
        for name, group in (("addresses", subset.addresses), ("notReadyAddresses", subset.not_ready_addresses)):
            for j, entry in enumerate(group):
                yield from ordinary_address(f"{at}.{name}[{j}].ip", entry.ip)
        if len(subset.ports) > 1:
            yield from (required(f"{at}.ports[{i}].name") for i, port in enumerate(subset.ports) if not port.name)
        yield from _ports(f"{at}.ports", [(port.name, port.protocol, port.port) for port in subset.ports])


def _typed_address(field: str, text: str, kind: str) -> Iterator[Cause]:
    if kind == "FQDN":
        yield from (invalid(field, text, words) for words in DNS_1123_SUBDOMAIN.problems(text))
        return
    problems = list(ordinary_address(field, text))
    yield from problems
    if not problems and kind in FAMILIES and f"IPv{ipaddress.ip_address(text).version}" != kind:
        yield invalid(field, text, f"must be an {kind} address")


def _ports(at: str, ports: list[tuple[str, str | None, int | None]]) -> Iterator[Cause]:
    if len(ports) > MAX_PORTS:
        yield too_many(at, len(ports), MAX_PORTS)
    names: set[str] = set()
    for i, (name, protocol, number) in enumerate(ports):
        if name:
            yield from (invalid(f"{at}[{i}].name", name, words) for words in DNS_1123_LABEL.problems(name))
        if name in names:
            yield duplicate(f"{at}[{i}].name", name)
        names.add(name)
        if protocol is not None and protocol not in PROTOCOLS:
            yield unsupported(f"{at}[{i}].protocol", protocol, PROTOCOLS)
        if number is not None:
            yield from port_number(f"{at}[{i}].port", number)
