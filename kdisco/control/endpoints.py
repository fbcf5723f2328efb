"""Endpoints: the old list of a Service's backends, deprecated since v1.33 and still written.

Upstream: pkg/controller/endpoint/endpoints_controller.go, pkg/api/v1/endpoints RepackSubsets.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Write, create, delete, own_key, update
from kdisco.control.selection import address_of, backends, keys_of_pod, packed, target_port
from kdisco.model.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from kdisco.model.meta import Key, ObjectMeta, ObjectReference
from kdisco.model.pod import Pod
from kdisco.model.service import Service

__all__ = ["CAPACITY", "CONTROLLER", "subsets", "truncated"]

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"
HEADLESS = "service.kubernetes.io/headless"
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
CAPACITY = 1000

Entry = tuple[EndpointAddress, bool]  # an address and whether it is ready


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Make the Endpoints of one Service list its Pods."""
    service: Service | None = context.view.get("services", key)
    old: Endpoints | None = context.view.get("endpoints", key)
    if service is None:
        if old is not None and old.labels.get(MANAGED_BY) == MANAGER:
            yield delete(old)
        return
    if not service.spec.selector or service.spec.type == "ExternalName":
        return
    own = {MANAGED_BY: MANAGER} | ({HEADLESS: ""} if service.headless else {})
    labels = service.labels.without(HEADLESS).merged(own)
    found = subsets(service, backends(context.view, service))
    kept = truncated(found)
    full = {OVER_CAPACITY: "truncated"} if kept != found else {}
    if old is not None and old.subsets == kept and old.labels == labels and _full(old) == full:
        return
    marks = full | ({TRIGGER: context.time()} if found else {})
    meta = old.metadata if old is not None else ObjectMeta(name=service.name, namespace=service.namespace)
    annotations = meta.annotations.without(TRIGGER, OVER_CAPACITY).merged(marks)
    new = Endpoints(metadata=evolve(meta, labels=labels, annotations=annotations), subsets=kept)
    yield update(new) if old is not None else create(new)


def _full(found: Endpoints) -> dict[str, str]:
    return {name: text for name, text in found.metadata.annotations.items() if name == OVER_CAPACITY}


def subsets(service: Service, pods: list[Pod]) -> tuple[EndpointSubset, ...]:
    """The Pods' addresses of the Service's first family, grouped by the ports that they share."""
    family = service.spec.ip_families[0] if service.spec.ip_families else "IPv4"
    publish = service.spec.publish_not_ready_addresses
    by_port: dict[EndpointPort | None, list[Entry]] = {}
    for pod in pods:
        address = _address(service, pod, family)
        if address is None or (pod.deleting and not publish):
            continue
        entry = (address, publish or pod.ready)
        if service.headless and not service.spec.ports:
            by_port.setdefault(None, []).append(entry)
        for port in service.spec.ports:
            number = target_port(pod, port)
            if number:
                spec = EndpointPort(name=port.name, port=number, protocol=port.protocol, app_protocol=port.app_protocol)
                by_port.setdefault(spec, []).append(entry)
    return _repacked(by_port)


def truncated(found: tuple[EndpointSubset, ...]) -> tuple[EndpointSubset, ...]:
    """At most 1000 addresses: ready ones before others, each subset its share of those that must be cut."""
    ready = sum(len(each.addresses) for each in found)
    total = ready + sum(len(each.not_ready_addresses) for each in found)
    if total <= CAPACITY:
        return found
    if ready > CAPACITY:
        room = _shares([len(each.addresses) for each in found], CAPACITY)
        return tuple(
            evolve(each, addresses=each.addresses[:size], not_ready_addresses=())
            for each, size in zip(found, room, strict=True)
        )
    room = _shares([len(each.not_ready_addresses) for each in found], CAPACITY - ready)
    return tuple(
        evolve(each, not_ready_addresses=each.not_ready_addresses[:size])
        for each, size in zip(found, room, strict=True)
    )


def _shares(counts: list[int], room: int) -> Iterator[int]:
    """The room shared out by size, each share rounded up, so that the last ones may get less."""
    total, left = sum(counts), room
    for each in counts:
        share = min(-(-each * room // total), left)
        left -= min(share, each)
        yield share


def _repacked(by_port: dict[EndpointPort | None, list[Entry]]) -> tuple[EndpointSubset, ...]:
    """Ports with the same addresses share a subset."""
    shared: dict[tuple[Entry, ...], list[EndpointPort]] = {}
    for port, entries in by_port.items():
        ordered = tuple(sorted(entries, key=lambda entry: packed(entry[0].ip)))
        shared.setdefault(ordered, []).extend([port] if port is not None else [])
    return tuple(
        EndpointSubset(
            addresses=tuple(address for address, ready in entries if ready),
            not_ready_addresses=tuple(address for address, ready in entries if not ready),
            ports=tuple(sorted(ports, key=lambda port: (port.name, port.port, port.protocol))),
        )
        for entries, ports in shared.items()
    )


def _address(service: Service, pod: Pod, family: str) -> EndpointAddress | None:
    found = address_of(pod, family)
    if not found:
        return None
    named = pod.spec.hostname and pod.spec.subdomain == service.name
    return EndpointAddress(
        ip=found,
        hostname=pod.spec.hostname if named else "",
        node_name=pod.spec.node_name or None,
        target_ref=ObjectReference(kind="Pod", namespace=pod.namespace, name=pod.name, uid=pod.metadata.uid),
    )


CONTROLLER = Controller("endpoints", {"services": own_key, "pods": keys_of_pod, "endpoints": own_key}, reconcile)
