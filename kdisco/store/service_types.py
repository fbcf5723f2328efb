"""What a Service's type asks of it. Upstream: pkg/api/service/util.go, pkg/registry/core/service/strategy.go."""

from __future__ import annotations

from kdisco.model.service import ServiceSpec

__all__ = ["externally_accessible", "needs_cluster_ip", "needs_health_check", "needs_node_port", "node_ports"]


def needs_cluster_ip(spec: ServiceSpec) -> bool:
    """Whether clusterIP means anything: an address or the word None."""
    return spec.type != "ExternalName"


def needs_node_port(spec: ServiceSpec) -> bool:
    """Whether its ports may have node ports."""
    return spec.type in ("NodePort", "LoadBalancer")


def needs_health_check(spec: ServiceSpec) -> bool:
    """Whether a load balancer must ask each node for local endpoints, at a node port of its own."""
    return spec.type == "LoadBalancer" and spec.external_traffic_policy == "Local"


def externally_accessible(spec: ServiceSpec) -> bool:
    """Whether packets from outside may reach it, so that externalTrafficPolicy means anything."""
    return needs_node_port(spec) or (spec.type == "ClusterIP" and bool(spec.external_ips))


def node_ports(spec: ServiceSpec) -> frozenset[int]:
    """The node ports of its ports."""
    return frozenset(port.node_port for port in spec.ports if port.node_port)
