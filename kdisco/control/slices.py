"""What a Service's EndpointSlices should say of each Pod. Upstream: endpointslice/utils.go podToEndpoint."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.control.selection import address_of, target_port
from kdisco.model.endpoints import Endpoint, EndpointConditions, EndpointHints, ForNode, ForZone, SlicePort
from kdisco.model.meta import ObjectReference
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.store.table import View

__all__ = ["Wanted", "endpoint", "identity", "ports_of", "wanted"]

TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
Ports = tuple[SlicePort, ...]


@frozen
class Wanted:
    """The endpoints of one family, grouped by the ports that their Pods have; ``missing`` names absent nodes."""

    groups: dict[Ports, dict[tuple[str, ...], Endpoint]]
    missing: tuple[str, ...]


def wanted(view: View, service: Service, pods: list[Pod], family: str) -> Wanted:
    """The endpoints that the slices of ``family`` should hold. A Pod on an unknown node is left out."""
    groups: dict[Ports, dict[tuple[str, ...], Endpoint]] = {}
    missing = []
    for pod in pods:
        address = address_of(pod, family)
        if not address:
            continue
        node = view.get("nodes", ("", pod.spec.node_name)) if pod.spec.node_name else None
        if pod.spec.node_name and node is None and not service.spec.publish_not_ready_addresses:
            missing.append(f"node {pod.spec.node_name} of pod {pod.name} not found")
            continue
        made = endpoint(service, pod, address, node.zone if node else "")
        groups.setdefault(ports_of(service, pod), {})[identity(made)] = made
    return Wanted(groups, tuple(missing))


def ports_of(service: Service, pod: Pod) -> Ports:
    """The slice ports of one Pod: a Service port whose named target it lacks is left out."""
    return tuple(_ports(service, pod))


def _ports(service: Service, pod: Pod) -> Iterator[SlicePort]:
    for port in service.spec.ports:
        number = target_port(pod, port)
        if number:
            yield SlicePort(name=port.name, port=number, protocol=port.protocol, app_protocol=port.app_protocol)


def endpoint(service: Service, pod: Pod, address: str, zone: str) -> Endpoint:
    """One Pod as an endpoint, with its three conditions and its hints."""
    publish = service.spec.publish_not_ready_addresses
    ready = publish or (pod.ready and not pod.deleting)
    conditions = EndpointConditions(ready=ready, serving=pod.ready, terminating=pod.deleting)
    named = pod.spec.hostname and pod.spec.subdomain == service.name
    return Endpoint(
        addresses=(address,),
        conditions=conditions,
        hostname=pod.spec.hostname if named else None,
        target_ref=ObjectReference(kind="Pod", namespace=pod.namespace, name=pod.name, uid=pod.metadata.uid),
        node_name=pod.spec.node_name or None,
        zone=zone or None,
        hints=_hints(service, pod, zone) if ready else None,
    )


def _hints(service: Service, pod: Pod, zone: str) -> EndpointHints | None:
    """Who should use it: its own zone, and with PreferSameNode its own node."""
    distribution = service.spec.traffic_distribution
    if distribution not in ("PreferClose", "PreferSameZone", "PreferSameNode") or _by_topology(service):
        return None
    zones = (ForZone(name=zone),) if zone else ()
    nodes = (ForNode(name=pod.spec.node_name),) if distribution == "PreferSameNode" and pod.spec.node_name else ()
    return EndpointHints(for_zones=zones, for_nodes=nodes) if zones or nodes else None


def _by_topology(service: Service) -> bool:
    """Whether the annotation asks for hints by the zones' share of CPUs, which needs what no node here reports."""
    marks = service.metadata.annotations
    return marks.get(TOPOLOGY_HINTS, marks.get(TOPOLOGY_MODE)) in ("Auto", "auto")


def identity(found: Endpoint) -> tuple[str, ...]:
    """What makes two endpoints the same one across syncs: addresses, hostname and target."""
    ref = found.target_ref
    return (*found.addresses, found.hostname or "", ref.namespace if ref else "", ref.name if ref else "")
