"""What a Service's EndpointSlices should say of each Pod. Upstream: endpointslice/utils.go podToEndpoint."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from attrs import frozen

from kdisco.control.ordering import slice_ports_in_order
from kdisco.control.selection import address_of, target_port
from kdisco.model.endpoints import Endpoint, EndpointConditions, SlicePort
from kdisco.model.meta import ObjectReference
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.store.table import View

__all__ = ["Group", "Identity", "Ports", "Wanted", "endpoint", "identity", "ports_of", "wanted"]

Ports = tuple[SlicePort, ...]
Identity = tuple[str, ...]
Group = dict[Identity, Endpoint]  # endpoints of the same ports
MEMORY = 1 << 13  # Pods of which it is known what they are as endpoints
_known: dict[tuple[int, int, str, str], tuple[Pod, Service, Ports, Endpoint | None]] = {}


@frozen
class Wanted:
    """The endpoints of one family, grouped by the ports that their Pods have; ``missing`` are Pods on absent nodes.

    A group may be empty: its only Pods are missing, or have no address of the family.
    """

    groups: dict[Ports, Group]
    missing: tuple[Pod, ...]


def wanted(view: View, service: Service, pods: list[Pod], family: str) -> Wanted:
    """The endpoints that the slices of ``family`` should hold. A Pod on an unknown node is left out."""
    publish = service.spec.publish_not_ready_addresses
    groups: dict[Ports, Group] = {}
    missing, zones = [], {"": ""}
    last: Ports | None = None
    group: Group = {}
    for pod in pods:
        node_name = pod.spec.node_name
        if node_name not in zones:
            node: Node | None = view.get("nodes", ("", node_name))
            zones[node_name] = "?" if node is None else node.zone
        zone = zones[node_name]
        ports, made = _derived(service, pod, family, "" if zone == "?" else zone)
        if ports is not last:
            last, group = ports, groups.setdefault(ports, {})
        if zone == "?" and not publish:
            missing.append(pod)
        elif made is not None:
            group[identity(made)] = made
    return Wanted(groups, tuple(missing))


def _derived(service: Service, pod: Pod, family: str, zone: str) -> tuple[Ports, Endpoint | None]:
    """The ports and the endpoint of one Pod; remembered, because most Pods are as they were a sync ago.

    What is remembered holds its Pod and Service, so that no other object can have their id.
    """
    key = (id(pod), id(service), family, zone)
    known = _known.get(key)
    if known is None:
        address = address_of(pod, family)
        made = endpoint(service, pod, address, zone) if address else None
        known = pod, service, _same(ports_of(service, pod)), made
        if len(_known) >= MEMORY:
            _known.clear()
        _known[key] = known
    return known[2], known[3]


@lru_cache(maxsize=1 << 10)
def _same(ports: Ports) -> Ports:
    """Equal ports as one and the same value."""
    return ports


def ports_of(service: Service, pod: Pod) -> Ports:
    """The slice ports of one Pod: a Service port whose named target it lacks is left out."""
    return slice_ports_in_order(_ports(service, pod))


def _ports(service: Service, pod: Pod) -> Iterator[SlicePort]:
    for port in service.spec.ports:
        number = target_port(pod, port)
        if number:
            yield SlicePort(name=port.name, port=number, protocol=port.protocol, app_protocol=port.app_protocol)


def endpoint(service: Service, pod: Pod, address: str, zone: str) -> Endpoint:
    """One Pod as an endpoint, with its three conditions; hints come later."""
    publish = service.spec.publish_not_ready_addresses
    ready = publish or (pod.ready and not pod.deleting)
    named = pod.spec.hostname and pod.spec.subdomain == service.name
    return Endpoint(
        addresses=(address,),
        conditions=EndpointConditions(ready=ready, serving=pod.ready, terminating=pod.deleting),
        hostname=pod.spec.hostname if named else None,
        target_ref=ObjectReference(kind="Pod", namespace=pod.namespace, name=pod.name, uid=pod.metadata.uid),
        node_name=pod.spec.node_name or None,
        zone=zone or None,
    )


def identity(found: Endpoint) -> Identity:
    """What makes two endpoints the same one across syncs: addresses, hostname and target."""
    ref = found.target_ref
    return (*found.addresses, found.hostname or "", ref.namespace if ref else "", ref.name if ref else "")
