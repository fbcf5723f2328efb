"""Endpoints: the old list of a Service's backends, deprecated since v1.33 and still written.

Upstream: pkg/controller/endpoint/endpoints_controller.go, pkg/api/v1/endpoints RepackSubsets.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Write, create, delete, own_key, update
from kdisco.control.selection import backends, keys_of_pod, target_port
from kdisco.model.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, ObjectMeta, ObjectReference
from kdisco.model.pod import Pod
from kdisco.model.service import Service

__all__ = ["CONTROLLER", "subsets"]

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"
HEADLESS = "service.kubernetes.io/headless"
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"

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
    if old is not None and old.subsets == found and old.labels == labels:
        return
    marks = {TRIGGER: context.time()} if found else {}
    meta = old.metadata if old is not None else ObjectMeta(name=service.name, namespace=service.namespace)
    new = Endpoints(metadata=evolve(meta, labels=labels, annotations=FrozenMap(marks)), subsets=found)
    yield update(new) if old is not None else create(new)


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


def _repacked(by_port: dict[EndpointPort | None, list[Entry]]) -> tuple[EndpointSubset, ...]:
    """Ports with the same addresses share a subset."""
    shared: dict[tuple[Entry, ...], list[EndpointPort]] = {}
    for port, entries in by_port.items():
        ordered = tuple(sorted(entries, key=lambda entry: ipaddress.ip_address(entry[0].ip).packed))
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
    found = next((ip for ip in pod.addresses if f"IPv{ipaddress.ip_address(ip).version}" == family), None)
    if found is None:
        return None
    named = pod.spec.hostname and pod.spec.subdomain == service.name
    return EndpointAddress(
        ip=found,
        hostname=pod.spec.hostname if named else "",
        node_name=pod.spec.node_name or None,
        target_ref=ObjectReference(kind="Pod", namespace=pod.namespace, name=pod.name, uid=pod.metadata.uid),
    )


CONTROLLER = Controller("endpoints", {"services": own_key, "pods": keys_of_pod, "endpoints": own_key}, reconcile)
