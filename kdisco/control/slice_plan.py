"""What becomes of the EndpointSlices of one Service and family: which are made, changed, deleted or left alone.

Upstream: endpointslice/reconciler.go reconcileByAddressType, reconcileByPortMapping.
"""

from __future__ import annotations

from attrs import evolve, frozen

from kdisco.control.ordering import slice_ports_in_order
from kdisco.control.packing import pack
from kdisco.control.slices import Group, Ports, identity
from kdisco.model.endpoints import SERVICE_NAME, Endpoint, EndpointSlice
from kdisco.model.meta import Labels, ObjectMeta
from kdisco.model.service import Service

__all__ = ["MANAGED_BY", "MANAGER", "Plan", "labels_of", "owned", "plan", "same_endpoint"]

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
HEADLESS = "service.kubernetes.io/headless"
RESERVED = (SERVICE_NAME, MANAGED_BY, HEADLESS)
Slices = tuple[EndpointSlice, ...]


@frozen(kw_only=True)
class Plan:
    """The slices of one family, each as it should be; ``delete`` and ``unchanged`` as they are."""

    create: Slices = ()
    update: Slices = ()
    delete: Slices = ()
    unchanged: Slices = ()


def plan(service: Service, family: str, groups: dict[Ports, Group], existing: list[EndpointSlice]) -> Plan:
    """How ``existing`` slices come to say what ``groups`` say, with as few writes as possible."""
    labels = labels_of(service)
    by_ports: dict[Ports, list[EndpointSlice]] = {}
    create, update, delete = [], [], []
    for each in existing:
        if owned(each, service):
            by_ports.setdefault(slice_ports_in_order(each.ports or ()), []).append(each)
        else:
            delete.append(each)
    for ports, group in groups.items():
        changed, contents, emptied = _placed(by_ports.pop(ports, []), group, labels)
        update += changed
        delete += emptied
        create += [_fresh(service, family, labels, ports, content) for content in contents]
    delete += [each for left in by_ports.values() for each in left]
    if len(delete) == len(existing) and not create:
        blank = _fresh(service, family, labels, (), ())
        if len(delete) == 1 and _is_placeholder(delete[0], blank):
            delete = []
        else:
            create.append(blank)
    named = {each.name for each in (*update, *delete)}
    unchanged = tuple(each for each in existing if each.name not in named)
    return Plan(create=tuple(create), update=tuple(update), delete=tuple(delete), unchanged=unchanged)


def _placed(
    there: list[EndpointSlice], group: Group, labels: Labels
) -> tuple[list[EndpointSlice], tuple[tuple[Endpoint, ...], ...], list[EndpointSlice]]:
    """The slices of the same ports: those that change, the contents of new ones, and those left empty."""
    left = dict(group)
    kept: dict[str, tuple[Endpoint, ...]] = {}
    touched, emptied = set(), []
    for each in there:
        content, changed = _refreshed(each.endpoints or (), left)
        if changed and not content:
            emptied.append(each)
            continue
        kept[each.name] = content
        if changed or _relabelled(each.labels, labels):
            touched.add(each.name)
    packing = pack(kept, touched, list(left.values()))
    named = {each.name: each for each in there}
    update = [
        evolve(named[name], endpoints=content or None).with_meta(labels=labels)
        for name, content in packing.changed.items()
    ]
    return update, packing.created, emptied


def _refreshed(there: tuple[Endpoint, ...], left: Group) -> tuple[tuple[Endpoint, ...], bool]:
    """What a slice keeps, each endpoint as it is now, and whether anything of it is new; ``left`` shrinks."""
    found = [(old, left.pop(identity(old), None)) for old in there]
    content = tuple(new for _, new in found if new is not None)
    if len(content) == len(there) and all(new is not None and same_endpoint(new, old) for old, new in found):
        return there, False
    return content, True


def same_endpoint(new: Endpoint, old: Endpoint) -> bool:
    """Whether an endpoint is told as it was, apart from hints, which have a word of their own."""
    if new is old:
        return True
    now, before = new.target_ref, old.target_ref
    if now is not None and before is not None and before.resource_version:
        before = evolve(before, resource_version=now.resource_version)
    return (
        new.conditions == old.conditions and new.node_name == old.node_name and new.zone == old.zone and now == before
    )


def owned(found: EndpointSlice, service: Service) -> bool:
    """Whether a slice is this Service's, and not of a former one of its name."""
    refs = found.metadata.owner_references
    return any(ref.uid == service.metadata.uid and ref.kind == "Service" and ref.api_version == "v1" for ref in refs)


def labels_of(service: Service) -> Labels:
    """The labels of a Service's slices: its own but for the reserved ones, which say whose they are."""
    own = {SERVICE_NAME: service.name, MANAGED_BY: MANAGER} | ({} if service.virtual_ips else {HEADLESS: ""})
    return service.labels.without(*RESERVED).merged(own)


def _relabelled(there: Labels, labels: Labels) -> bool:
    """Whether the Service's labels are others than the slice has; the reserved ones are not compared."""
    return there != labels and there.without(*RESERVED) != labels.without(*RESERVED)


def _is_placeholder(found: EndpointSlice, blank: EndpointSlice) -> bool:
    """Whether a slice is what stands where there is no endpoint."""
    return not found.endpoints and not found.ports and found.labels == blank.labels


def _fresh(
    service: Service, family: str, labels: Labels, ports: Ports, content: tuple[Endpoint, ...]
) -> EndpointSlice:
    meta = ObjectMeta(
        generate_name=f"{service.name}-",
        namespace=service.namespace,
        labels=labels,
        owner_references=(service.reference(),),
    )
    return EndpointSlice(metadata=meta, address_type=family, endpoints=content or None, ports=ports or None)
