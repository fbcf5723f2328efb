"""Mirroring: Endpoints that somebody wrote for a Service without a selector, as EndpointSlices.

Consumers read slices only. Each subset and family has one slice; it is changed in place, and goes with its
Endpoints, with the Service, when the Service gets a selector or the Endpoints a label that says so.
Upstream: pkg/controller/endpointslicemirroring (endpointslicemirroring_controller.go, reconciler.go, utils.go).
"""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.control.controller import Context, Controller, Later, Tell, Try, Write, create, delete, update
from kdisco.control.ordering import slice_ports_in_order
from kdisco.control.refusals import namespace_ends, will_pass
from kdisco.control.selection import canonical
from kdisco.control.slice_plan import MANAGED_BY
from kdisco.control.slices import Group, Ports, identity
from kdisco.control.subsets import repacked
from kdisco.control.trigger import TRIGGER
from kdisco.errors import ApiError
from kdisco.model.endpoints import (
    SERVICE_NAME,
    Endpoint,
    EndpointAddress,
    EndpointConditions,
    Endpoints,
    EndpointSlice,
    SlicePort,
)
from kdisco.model.meta import Key, Object, ObjectMeta
from kdisco.model.service import Service
from kdisco.store.apply import LAST_APPLIED
from kdisco.store.table import View

__all__ = ["CONTROLLER", "LIMIT", "MIRROR", "desired"]

MIRROR = "endpointslicemirroring-controller.k8s.io"
SOURCE = "endpoint-slice-mirroring-controller"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
LIMIT = 1000  # --mirroring-max-endpoints-per-subset
RETRY = 1.0  # seconds after a write that was refused for what the cache did not have yet
Place = tuple[str, Ports]  # a family and ports: what one slice is for


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Make the mirrored slices of one name say what its Endpoints say, or go."""
    found: Endpoints | None = context.view.get("endpoints", key)
    service: Service | None = context.view.get("services", key)
    mine = _mirrored(context.view, key)
    if found is None or not _wanted(found) or service is None or service.spec.selector:
        yield from (delete(each) for each in mine)
        return
    groups, told = desired(found)
    yield from told
    try:
        yield from _written(found, groups, mine)
    except ApiError as refusal:
        if namespace_ends(refusal):
            return
        if will_pass(refusal):
            yield Later(RETRY)
        raise


def _mirrored(view: View, key: Key) -> list[EndpointSlice]:
    found: Iterator[EndpointSlice] = view.select("endpointslices", key[0], {SERVICE_NAME: key[1]})
    return [each for each in found if each.labels.get(MANAGED_BY) == MIRROR]


def _wanted(found: Endpoints) -> bool:
    """Whether Endpoints are to be mirrored: not if a label says no, or if they only hold a leader's lock."""
    return found.labels.get(SKIP) != "true" and LEADER not in found.metadata.annotations


def desired(found: Endpoints) -> tuple[dict[Place, Group], list[Tell]]:
    """The endpoints of each slice, ready ones first, and what to tell of addresses that are left out."""
    groups: dict[Place, Group] = {}
    invalid = skipped = 0
    for subset in repacked(found.subsets):
        ports = slice_ports_in_order(
            SlicePort(name=port.name, port=port.port, protocol=port.protocol, app_protocol=port.app_protocol)
            for port in subset.ports
        )
        added = 0
        listed = [(one, True) for one in subset.addresses] + [(one, False) for one in subset.not_ready_addresses]
        for address, ready in listed:
            if added >= LIMIT:
                break
            ip = canonical(address.ip)
            if ip:
                made = _endpoint(address, ip, ready=ready)
                groups.setdefault(("IPv6" if ":" in ip else "IPv4", ports), {})[identity(made)] = made
                added += 1
            else:
                invalid += 1
        skipped += len(listed) - added
    return groups, list(_left_out(found, invalid, skipped))


def _left_out(found: Endpoints, invalid: int, skipped: int) -> Iterator[Tell]:
    if invalid:
        words = f"Skipped {invalid} invalid IP addresses when mirroring to EndpointSlices"
        yield Tell(about=found, reason="InvalidIPAddress", message=words, type="Warning")
    if skipped > invalid:
        limit = f"A max of {LIMIT} addresses can be mirrored to EndpointSlices per Endpoints subset."
        words = f"{limit} {skipped} addresses were skipped"
        yield Tell(about=found, reason="TooManyAddressesToMirror", message=words, type="Warning")


def _endpoint(address: EndpointAddress, ip: str, *, ready: bool) -> Endpoint:
    """One address as an endpoint, of which only ready or not is known."""
    return Endpoint(
        addresses=(ip,),
        conditions=EndpointConditions(ready=ready),
        hostname=address.hostname or None,
        target_ref=address.target_ref,
        node_name=address.node_name,
    )


def _written(found: Endpoints, groups: dict[Place, Group], mine: list[EndpointSlice]) -> Iterator[Write]:
    """The writes: slices changed in place, new ones in the place of those that nobody wants, the rest deleted."""
    there: dict[Place, list[EndpointSlice]] = {}
    for each in mine:
        there.setdefault((each.address_type, slice_ports_in_order(each.ports or ())), []).append(each)
    new: list[EndpointSlice] = []
    changed: list[EndpointSlice] = []
    spare: list[EndpointSlice] = []
    for place, group in groups.items():
        made = _slice(found, place, group)
        same = there.pop(place, [])
        if not same:
            new.append(made)
            continue
        first, *others = same
        spare += others
        if not _says(first, made):
            changed.append(made.with_meta(name=first.name))
    spare += [each for left in there.values() for each in left]
    for each in list(spare):
        fitting = next((one for one in new if one.address_type == each.address_type), None)
        if fitting is not None:
            new.remove(fitting)
            spare.remove(each)
            changed.append(fitting.with_meta(name=each.name))
    yield from (Try(create(each)) for each in new if not found.deleting)
    yield from (Try(update(each)) for each in changed)
    yield from map(delete, spare)


def _slice(found: Endpoints, place: Place, group: Group) -> EndpointSlice:
    family, ports = place
    labels = found.labels.merged({SERVICE_NAME: found.name, MANAGED_BY: MIRROR})
    meta = ObjectMeta(
        generate_name=f"{found.name}-",
        namespace=found.namespace,
        labels=labels,
        annotations=found.metadata.annotations.without(TRIGGER, LAST_APPLIED),
        owner_references=(found.reference(),),
    )
    endpoints = tuple(group.values())[:LIMIT]
    return EndpointSlice(metadata=meta, address_type=family, endpoints=endpoints, ports=ports or None)


def _says(there: EndpointSlice, made: EndpointSlice) -> bool:
    """Whether a slice says already what it should, in whatever order."""
    now = {identity(one): one for one in there.endpoints or ()}
    wanted = {identity(one): one for one in made.endpoints or ()}
    marks = there.metadata.annotations == made.metadata.annotations
    return now == wanted and len(now) == len(there.endpoints or ()) and there.labels == made.labels and marks


def _without_selector(_view: View, service: Service) -> Iterator[Key]:
    if not service.spec.selector:
        yield service.key


def _own(view: View, found: Endpoints) -> Iterator[Key]:
    """Endpoints that may be mirrored; those of a Service with a selector change often and never are."""
    service: Service | None = view.get("services", found.key)
    if _wanted(found) and not (service is not None and service.spec.selector):
        yield found.key


def _of_slice(_view: View, found: Object) -> Iterator[Key]:
    if found.labels.get(MANAGED_BY) == MIRROR and found.labels.get(SERVICE_NAME):
        yield (found.namespace, found.labels[SERVICE_NAME])


CONTROLLER = Controller(
    "endpointslicemirroring",
    {"services": _without_selector, "endpoints": _own, "endpointslices": _of_slice},
    reconcile,
    SOURCE,
)
