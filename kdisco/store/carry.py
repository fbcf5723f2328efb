"""What a Service keeps when it is written again: allocated values left out come back, others are dropped.

Upstream: pkg/registry/core/service/storage/storage.go (normalizeClusterIPs, patchAllocatedValues),
pkg/registry/core/service/strategy.go (dropTypeDependentFields).
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from kdisco.model.service import LoadBalancerStatus, Service, ServicePort, ServiceSpec
from kdisco.store.service_types import (
    externally_accessible,
    needs_cluster_ip,
    needs_health_check,
    needs_node_port,
    node_ports,
)

__all__ = ["carried"]


def carried(new: Service, old: Service | None) -> Service:
    """A Service as the server understands it, before addresses and ports are allocated."""
    if old is None:
        spec = new.spec
        plural = (spec.cluster_ip,) if spec.cluster_ip and not spec.cluster_ips else spec.cluster_ips
        return evolve(new, spec=_silent(evolve(spec, cluster_ips=plural)))
    spec = _silent(_plural(_patched(new.spec, old.spec), old.spec))
    status = new.status if spec.type == "LoadBalancer" else evolve(new.status, load_balancer=LoadBalancerStatus())
    return evolve(new, spec=_dropped(spec, old.spec), status=status)


def _patched(new: ServiceSpec, old: ServiceSpec) -> ServiceSpec:
    """Allocated values that the writer left out, taken from the object that is there."""
    changes: dict[str, Any] = {}
    if needs_cluster_ip(new) and needs_cluster_ip(old):
        changes = {"cluster_ip": new.cluster_ip or old.cluster_ip, "cluster_ips": new.cluster_ips or old.cluster_ips}
    if needs_node_port(new) and needs_node_port(old):
        changes["ports"] = _ports(new, old)
    if needs_health_check(new) and needs_health_check(old):
        changes["health_check_node_port"] = new.health_check_node_port or old.health_check_node_port
    return evolve(new, **changes)


def _ports(new: ServiceSpec, old: ServiceSpec) -> tuple[ServicePort, ...]:
    """Ports with the node ports of the old ones of the same name, unless another port took those."""
    before = {port.name: port.node_port for port in old.ports}
    used = node_ports(new)
    return tuple(
        evolve(port, node_port=before[port.name])
        if not port.node_port and before.get(port.name) and before[port.name] not in used
        else port
        for port in new.ports
    )


def _plural(new: ServiceSpec, old: ServiceSpec) -> ServiceSpec:
    """An old client's singular brings the plural along, changed or unchanged."""
    if not new.cluster_ips and new.cluster_ip == old.cluster_ip:
        return evolve(new, cluster_ips=old.cluster_ips)
    if new.cluster_ip != old.cluster_ip and new.cluster_ips == old.cluster_ips:
        return evolve(new, cluster_ips=(new.cluster_ip,) if new.cluster_ip else ())
    return new


def _dropped(new: ServiceSpec, old: ServiceSpec) -> ServiceSpec:
    """Values that mean nothing any more, where the writer did not change them too: those would be errors."""
    changes: dict[str, Any] = {}
    if needs_cluster_ip(old) and not needs_cluster_ip(new):
        if (new.cluster_ip, new.cluster_ips) == (old.cluster_ip, old.cluster_ips):
            changes |= {"cluster_ip": "", "cluster_ips": ()}
        changes |= _unchanged(new, old, "ip_families", "ip_family_policy")
    if needs_node_port(old) and not needs_node_port(new) and node_ports(new) <= node_ports(old):
        changes["ports"] = tuple(evolve(port, node_port=0) for port in new.ports)
    if needs_health_check(old) and not needs_health_check(new):
        changes |= _unchanged(new, old, "health_check_node_port")
    if old.type == "LoadBalancer" != new.type:
        changes |= _unchanged(new, old, "allocate_load_balancer_node_ports", "load_balancer_class")
    if externally_accessible(old) and not externally_accessible(new):
        changes |= _unchanged(new, old, "external_traffic_policy")
    return evolve(new, **changes) if changes else new


def _silent(spec: ServiceSpec) -> ServiceSpec:
    """An ExternalName is never shown with a policy for traffic inside, whatever was sent."""
    if needs_cluster_ip(spec) or spec.internal_traffic_policy not in ("Cluster", "Local"):
        return spec
    return evolve(spec, internal_traffic_policy=None)


def _unchanged(new: ServiceSpec, old: ServiceSpec, *names: str) -> dict[str, Any]:
    """Those of the fields that are as they were, with the value that leaves them out."""
    return {name: getattr(NOTHING_SET, name) for name in names if getattr(new, name) == getattr(old, name)}


NOTHING_SET = ServiceSpec()
