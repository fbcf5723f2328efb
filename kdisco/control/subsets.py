"""The one right layout of Endpoints: ports that the same addresses have share a subset.

Upstream: pkg/api/v1/endpoints/util.go RepackSubsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kdisco.control.ordering import endpoint_port_hash, endpoint_ports_in_order
from kdisco.model.endpoints import EndpointAddress, EndpointPort, EndpointSubset

__all__ = ["Entry", "grouped", "repacked", "same_subsets"]

Entry = tuple[EndpointPort | None, EndpointAddress, bool]  # a port (or none), an address, whether it is ready
Place = tuple[str, str]  # what makes two addresses the same one: IP and the target's uid


def repacked(subsets: Iterable[EndpointSubset]) -> tuple[EndpointSubset, ...]:
    """Subsets as somebody wrote them, in the layout that the controllers write."""
    return grouped(_entries(subsets))


def grouped(entries: Iterable[Entry]) -> tuple[EndpointSubset, ...]:
    """Subsets of single entries. An address named both ready and not for a port is not ready."""
    known: dict[Place, EndpointAddress] = {}
    by_port: dict[EndpointPort | None, dict[Place, bool]] = {}
    for port, address, ready in entries:
        place = (address.ip, address.target_ref.uid if address.target_ref else "")
        known.setdefault(place, address)
        there = by_port.setdefault(port, {})
        there[place] = ready and there.get(place, True)
    shared: dict[tuple[tuple[Place, bool], ...], list[EndpointPort]] = {}
    for port, there in by_port.items():
        ports = shared.setdefault(tuple(sorted(there.items())), [])
        ports += [port] if port is not None else []
    made = [
        EndpointSubset(
            addresses=tuple(known[place] for place, ready in places if ready),
            not_ready_addresses=tuple(known[place] for place, ready in places if not ready),
            ports=endpoint_ports_in_order(ports),
        )
        for places, ports in shared.items()
    ]
    return tuple(sorted(made, key=lambda each: endpoint_port_hash(each.ports[0]) if each.ports else 0))


def same_subsets(there: tuple[EndpointSubset, ...], wanted: tuple[EndpointSubset, ...]) -> bool:
    """Whether subsets say what is wanted, in whatever order."""
    return there == wanted or (sorted(map(_sizes, there)) == sorted(map(_sizes, wanted)) and repacked(there) == wanted)


def _sizes(subset: EndpointSubset) -> tuple[int, int, int]:
    return len(subset.addresses), len(subset.not_ready_addresses), len(subset.ports)


def _entries(subsets: Iterable[EndpointSubset]) -> Iterator[Entry]:
    for subset in subsets:
        for port in subset.ports or (None,):
            yield from ((port, address, True) for address in subset.addresses)
            yield from ((port, address, False) for address in subset.not_ready_addresses)
