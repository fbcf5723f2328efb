"""The order in which controllers write ports: by a hash of each, so that two runs agree whatever the Service says.

Upstream hashes what Go's spew prints of a port, with types (``%#v``), by FNV-1a of 128 bits: the ports of
kube-dns come as dns, dns-tcp, metrics. Subsets of Endpoints are hashed whole upstream; here they follow the
hash of their first port. Upstream: endpointslice/util/controller_utils.go portsInOrder,
pkg/api/v1/endpoints/util.go portsByHash.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from kdisco.model.endpoints import EndpointPort, SlicePort

__all__ = ["endpoint_port_hash", "endpoint_ports_in_order", "slice_ports_in_order"]

FNV_OFFSET, FNV_PRIME, WORD = 0x6C62272E07BB014262B821756295C58D, (1 << 88) + 0x13B, (1 << 128) - 1


def slice_ports_in_order(ports: Iterable[SlicePort]) -> tuple[SlicePort, ...]:
    """The ports of an EndpointSlice as its controllers write them."""
    listed = tuple(ports)
    return listed if len(listed) <= 1 else tuple(sorted(listed, key=_slice_port_hash))


def endpoint_ports_in_order(ports: Iterable[EndpointPort]) -> tuple[EndpointPort, ...]:
    """The ports of one subset of Endpoints."""
    listed = tuple(ports)
    return listed if len(listed) <= 1 else tuple(sorted(listed, key=endpoint_port_hash))


@lru_cache(maxsize=1 << 10)
def _slice_port_hash(port: SlicePort) -> int:
    name, protocol = _pointer("string", port.name), _pointer("v1.Protocol", port.protocol)
    number, app = _pointer("int32", port.port), _pointer("string", port.app_protocol)
    return _fnv(f"(v1.EndpointPort){{Name:{name} Protocol:{protocol} Port:{number} AppProtocol:{app}}}")


@lru_cache(maxsize=1 << 10)
def endpoint_port_hash(port: EndpointPort) -> int:
    """The hash that puts a port in its place."""
    name, number, protocol = f"(string){port.name}", f"(int32){port.port}", f"(v1.Protocol){port.protocol}"
    app = _pointer("string", port.app_protocol)
    return _fnv(f"(v1.EndpointPort){{Name:{name} Port:{number} Protocol:{protocol} AppProtocol:{app}}}")


def _pointer(kind: str, value: object) -> str:
    return f"(*{kind}){'<nil>' if value is None else value}"


def _fnv(text: str) -> int:
    value = FNV_OFFSET
    for byte in text.encode():
        value = (value ^ byte) * FNV_PRIME & WORD
    return value
