"""The endpoints of one Service as kube-proxy takes them from its EndpointSlices, and those that it chooses.

Upstream: pkg/proxy/endpointslicecache.go, topology.go (v1.36).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.endpoints import SERVICE_NAME, Endpoint, EndpointSlice
from kdisco.net.packet import family as family_of
from kdisco.net.packet import lenient, target

if TYPE_CHECKING:
    from kdisco.model.meta import Object
    from kdisco.model.service import Service
    from kdisco.store.table import View

__all__ = [
    "Backend",
    "backends_of",
    "by_target",
    "changed_slices",
    "concerns",
    "everywhere_alike",
    "ignored",
    "serving",
    "slices_of",
    "spread",
]

IGNORED = frozenset({"service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless"})


@frozen
class Backend:
    """One endpoint as a node sees it; ``target`` is ``ip:port``, ``local``: on this node.

    ``draining``: it serves while it terminates; ``serving``: it does so whether it terminates or not. ``preferred``
    says before which others of one ``ip:port`` it goes: one that does not terminate, then a local one.
    """

    address: str
    port: int
    target: str
    local: bool
    ready: bool
    draining: bool
    zones: tuple[str, ...]
    nodes: tuple[str, ...]
    serving: bool = True
    preferred: tuple[bool, bool] = (True, False)


def by_target(backend: Backend) -> str:
    """What endpoints are sorted by."""
    return backend.target


def ignored(found: Object) -> bool:
    """Whether a Service, or a slice, is another proxy's business."""
    return not IGNORED.isdisjoint(found.labels)


def concerns(found: EndpointSlice, family: int) -> bool:
    """Whether a slice is the business of the kube-proxy of a family, whatever Service it belongs to."""
    return found.address_type == f"IPv{family}" and SERVICE_NAME in found.labels and not ignored(found)


def changed_slices(old: View, new: View) -> Iterator[EndpointSlice]:
    """The slices that are others in a later view, as they were and as they are."""
    for _, was, now in old.table("endpointslices").objects.diff(new.table("endpointslices").objects):
        if was != now:
            yield from (each for each in (was, now) if each is not None)


def slices_of(view: View, service: Service, family: int) -> tuple[EndpointSlice, ...]:
    """The slices of a family that belong to a Service."""
    found = view.table("endpointslices").find("label", service.namespace, SERVICE_NAME, service.name)
    return tuple(each for each in found if concerns(each, family))


def backends_of(slices: tuple[EndpointSlice, ...], node: str) -> dict[tuple[str, str], dict[str, Backend]]:
    """Endpoints by (port name, protocol), each ``ip:port`` once: of several the running one, of those a local one."""
    found: dict[tuple[str, str], dict[str, Backend]] = {}
    for each in slices:
        for port in each.ports or ():
            if port.name is None or not port.port:
                continue
            known = found.setdefault((port.name, (port.protocol or "TCP").lower()), {})
            for endpoint in each.endpoints or ():
                backend = _backend(endpoint, port.port, node, each.address_type)
                if backend is None:
                    continue
                other = known.get(backend.target)
                if other is None or backend.preferred > other.preferred:
                    known[backend.target] = backend
    return found


def _backend(endpoint: Endpoint, port: int, node: str, kind: str) -> Backend | None:
    address = lenient(endpoint.addresses[0]) if endpoint.addresses else ""
    if not address or kind != f"IPv{family_of(address)}":
        return None
    hints, local = endpoint.hints, bool(node) and endpoint.node_name == node
    return Backend(
        address=address,
        port=port,
        target=target(address, port),
        local=local,
        ready=endpoint.ready,
        draining=endpoint.serving and endpoint.terminating,
        zones=tuple(zone.name for zone in hints.for_zones) if hints else (),
        nodes=tuple(each.name for each in hints.for_nodes) if hints else (),
        serving=endpoint.serving,
        preferred=(not endpoint.terminating, local),
    )


def serving(ends: Iterable[Backend]) -> tuple[Backend, ...]:
    """The ready ones; when there are none, those that still serve while they terminate (KEP-1669)."""
    listed = tuple(ends)
    return tuple(end for end in listed if end.ready) or tuple(end for end in listed if end.draining)


def spread(ends: tuple[Backend, ...], node: str, zone: str) -> tuple[Backend, ...]:
    """The endpoints for traffic that may go anywhere: near ones by hints when every ready one has hints."""
    ready = tuple([end for end in ends if end.ready])
    for attribute, name in (("nodes", node), ("zones", zone)):
        hints = [getattr(end, attribute) for end in ready] if name else []
        if hints and all(hints) and any(name in hint for hint in hints):
            return tuple(end for end, hint in zip(ready, hints, strict=True) if name in hint)
    return ready or serving(ends)


def everywhere_alike(slices: tuple[EndpointSlice, ...]) -> bool:
    """Whether these endpoints are the same for every node but for which are local: no hints, none named twice."""
    seen: set[str] = set()
    for each in slices:
        for endpoint in each.endpoints or ():
            address = lenient(endpoint.addresses[0]) if endpoint.addresses else ""
            if endpoint.hints is not None or address in seen:
                return False
            seen.add(address)
    return True
