"""EndpointSlices: what consumers read to know a Service's backends. Upstream: endpointslice/reconciler.go."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Write, create, delete, own_key, update
from kdisco.control.packing import LIMIT, pack
from kdisco.control.selection import backends, keys_of_pod
from kdisco.control.slices import Ports, identity, wanted
from kdisco.errors import InternalError
from kdisco.model.endpoints import SERVICE_NAME, Endpoint, EndpointSlice
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, Labels, Object, ObjectMeta
from kdisco.model.service import Service
from kdisco.store.table import View

__all__ = ["CONTROLLER", "MANAGED_BY", "MANAGER"]

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
HEADLESS = "service.kubernetes.io/headless"
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
RESERVED = (SERVICE_NAME, MANAGED_BY, HEADLESS)


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Make the slices of one Service say what its Pods are; family by family."""
    view = context.view
    service: Service | None = view.get("services", key)
    mine = [each for each in view.select("endpointslices", key[0], {SERVICE_NAME: key[1]}) if _managed(each)]
    if service is None or service.deleting or service.spec.type == "ExternalName" or not service.spec.selector:
        return
    stale = [each for each in mine if not each.owned_by(service) or each.address_type not in service.spec.ip_families]
    yield from (delete(each) for each in stale)
    pods = backends(view, service)
    missing: list[str] = []
    for family in service.spec.ip_families:
        found = wanted(view, service, pods, family)
        missing += found.missing
        existing = [each for each in mine if each not in stale and each.address_type == family]
        yield from _family(context, service, family, found.groups, existing)
    if missing:
        raise InternalError("; ".join(missing))


def _managed(found: EndpointSlice) -> bool:
    return found.labels.get(MANAGED_BY) == MANAGER


def _family(
    context: Context,
    service: Service,
    family: str,
    groups: dict[Ports, dict[tuple[str, ...], Endpoint]],
    existing: list[EndpointSlice],
) -> Iterator[Write]:
    """The writes for one family: changed and new slices, and those no longer needed."""
    by_ports: dict[Ports, list[EndpointSlice]] = {}
    for each in existing:
        by_ports.setdefault(_sorted_ports(each.ports or ()), []).append(each)
    fresh: list[tuple[Ports, tuple[Endpoint, ...]]] = []
    emptied: list[EndpointSlice] = []
    for ports, endpoints in groups.items():
        same = by_ports.pop(_sorted_ports(ports), [])
        kept, touched, new = _match(same, endpoints)
        plan = pack(kept, touched, new, LIMIT)
        named = {each.name: each for each in same}
        for each in same:
            content = plan.changed.get(each.name, kept[each.name])
            if each.name in plan.deleted:
                emptied.append(each)
            else:
                yield from _rewritten(context, service, each, each.ports or (), content)
        fresh += [(ports, content) for content in plan.created]
        assert named.keys() >= set(plan.deleted)  # noqa: S101 - packing names only what it was given
    emptied += [each for group in by_ports.values() for each in group]
    if not groups:
        fresh.append(((), ()))
    yield from _placed(context, service, family, fresh, emptied)


def _match(
    same: list[EndpointSlice], endpoints: dict[tuple[str, ...], Endpoint]
) -> tuple[dict[str, tuple[Endpoint, ...]], set[str], list[Endpoint]]:
    """What each slice keeps (refreshed), which slices changed by that, and what has no place yet."""
    left = dict(endpoints)
    kept: dict[str, tuple[Endpoint, ...]] = {}
    touched = set()
    for each in same:
        content = tuple(left.pop(identity(old)) for old in each.endpoints or () if identity(old) in left)
        kept[each.name] = content
        if content != (each.endpoints or ()):
            touched.add(each.name)
    return kept, touched, list(left.values())


def _placed(
    context: Context,
    service: Service,
    family: str,
    fresh: list[tuple[Ports, tuple[Endpoint, ...]]],
    emptied: list[EndpointSlice],
) -> Iterator[Write]:
    """New contents go into slices that would be deleted, so that names survive; the rest is made or removed."""
    spare = list(emptied)
    for ports, content in fresh:
        if spare:
            yield from _rewritten(context, service, spare.pop(0), ports, content)
        else:
            yield create(_new(context, service, family, ports, content))
    yield from (delete(each) for each in spare)


def _sorted_ports(ports: Ports) -> Ports:
    return tuple(sorted(ports, key=lambda port: (port.name or "", port.protocol or "", port.port or 0)))


def _labels(service: Service) -> Labels:
    own = {SERVICE_NAME: service.name, MANAGED_BY: MANAGER} | ({HEADLESS: ""} if service.headless else {})
    return service.labels.without(*RESERVED).merged(own)


def _rewritten(
    context: Context, service: Service, old: EndpointSlice, ports: Ports, content: tuple[Endpoint, ...]
) -> Iterator[Write]:
    """An existing slice with new content; the same content is no write."""
    new = evolve(old, ports=ports or None, endpoints=content or None).with_meta(labels=_labels(service))
    if new != evolve(old, ports=old.ports or None, endpoints=old.endpoints or None):
        marks = old.metadata.annotations.merged({TRIGGER: context.time()})
        yield update(new.with_meta(annotations=marks))


def _new(context: Context, service: Service, family: str, ports: Ports, content: tuple[Endpoint, ...]) -> EndpointSlice:
    meta = ObjectMeta(
        generate_name=f"{service.name}-",
        namespace=service.namespace,
        labels=_labels(service),
        annotations=FrozenMap({TRIGGER: context.time()}) if content else FrozenMap(),
        owner_references=(service.reference(),),
    )
    return EndpointSlice(metadata=meta, address_type=family, endpoints=content or None, ports=ports or None)


def _service_of_slice(_view: View, found: Object) -> Iterator[Key]:
    if SERVICE_NAME in found.labels:
        yield (found.namespace, found.labels[SERVICE_NAME])


def _services_of_node(view: View, node: Object) -> Iterator[Key]:
    """The Services of a node's Pods: its zone may be new to them."""
    for pod in view.table("pods").find("node", node.name):
        yield from keys_of_pod(view, pod)


CONTROLLER = Controller(
    "endpointslice",
    {"services": own_key, "pods": keys_of_pod, "endpointslices": _service_of_slice, "nodes": _services_of_node},
    reconcile,
)
