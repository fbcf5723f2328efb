"""What a Service keeps when it is written again: allocated values left out come back, others are dropped.

Upstream: pkg/registry/core/service/storage/storage.go (normalizeClusterIPs, patchAllocatedValues),
pkg/registry/core/service/strategy.go (dropTypeDependentFields).
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from kdisco.model.service import Service, ServicePort, ServiceSpec

__all__ = ["carried"]


def carried(new: Service, old: Service | None) -> Service:
    """A Service as the server understands it, before addresses and ports are allocated."""
    if old is None:
        spec = new.spec
        plural = (spec.cluster_ip,) if spec.cluster_ip and not spec.cluster_ips else spec.cluster_ips
        return evolve(new, spec=evolve(spec, cluster_ips=plural))
    spec = _plural(_patched(new.spec, old.spec), old.spec)
    return evolve(new, spec=_dropped(spec, old.spec))


def _needs_ip(spec: ServiceSpec) -> bool:
    return spec.type != "ExternalName"


def _needs_node_port(spec: ServiceSpec) -> bool:
    return spec.type == "NodePort" or (
        spec.type == "LoadBalancer" and spec.allocate_load_balancer_node_ports is not False
    )


def _patched(new: ServiceSpec, old: ServiceSpec) -> ServiceSpec:
    """Allocated values that the writer left out, taken from the object that is there."""
    changes: dict[str, Any] = {}
    if _needs_ip(new) and _needs_ip(old):
        if not new.cluster_ip:
            changes["cluster_ip"] = old.cluster_ip
        if not new.cluster_ips and changes.get("cluster_ip", new.cluster_ip) == old.cluster_ip:
            changes["cluster_ips"] = old.cluster_ips
    if _needs_node_port(new) and _needs_node_port(old):
        changes["ports"] = _ports(new.ports, old.ports)
    if new.type == old.type == "LoadBalancer" and not new.health_check_node_port:
        changes["health_check_node_port"] = old.health_check_node_port
    return evolve(new, **changes) if changes else new


def _ports(new: tuple[ServicePort, ...], old: tuple[ServicePort, ...]) -> tuple[ServicePort, ...]:
    before = {port.name: port.node_port for port in old}
    asked = {port.node_port for port in new if port.node_port}
    kept = []
    for port in new:
        known = before.get(port.name, 0)
        kept.append(evolve(port, node_port=known) if not port.node_port and known not in asked else port)
    return tuple(kept)


def _plural(new: ServiceSpec, old: ServiceSpec) -> ServiceSpec:
    """A changed singular goes to the plural when the plural was left alone."""
    if new.cluster_ip != old.cluster_ip and new.cluster_ips == old.cluster_ips:
        return evolve(new, cluster_ips=(new.cluster_ip, *new.cluster_ips[1:]) if new.cluster_ip else ())
    return new


def _dropped(new: ServiceSpec, old: ServiceSpec) -> ServiceSpec:
    """Values that only the old type had and nobody asked to keep."""
    if new.type == old.type:
        return new
    changes: dict[str, Any] = {}
    if _needs_ip(old) and not _needs_ip(new):
        if new.cluster_ips == old.cluster_ips:
            changes |= {"cluster_ip": "", "cluster_ips": ()}
        if new.ip_families == old.ip_families:
            changes["ip_families"] = ()
        if new.ip_family_policy == old.ip_family_policy:
            changes["ip_family_policy"] = None
        changes |= {"internal_traffic_policy": None}
    if _needs_node_port(old) and not _needs_node_port(new):
        before = {(port.name, port.node_port) for port in old.ports}
        changes["ports"] = tuple(
            evolve(port, node_port=0) if (port.name, port.node_port) in before else port for port in new.ports
        )
    if old.external_traffic_policy == new.external_traffic_policy and new.type in ("ClusterIP", "ExternalName"):
        changes["external_traffic_policy"] = ""
    if old.type == "LoadBalancer":
        changes["allocate_load_balancer_node_ports"] = None
    if old.type == "ExternalName" and new.external_name == old.external_name:
        changes["external_name"] = ""
    return evolve(new, **changes)
