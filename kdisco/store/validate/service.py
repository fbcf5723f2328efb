"""What a Service must be. Upstream: pkg/apis/core/validation ValidateService, ValidateServiceUpdate."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kdisco.model.service import Service, ServicePort, ServiceSpec
from kdisco.store.field import Cause, duplicate, forbidden, invalid, required, unsupported
from kdisco.store.service_types import externally_accessible, needs_health_check, needs_node_port
from kdisco.store.validate.names import (
    DNS_1123_LABEL,
    DNS_1123_SUBDOMAIN,
    address,
    cidr,
    labels,
    named_port,
    ordinary_address,
    port_number,
    qualified,
)

__all__ = ["cluster_ip_fields", "service"]

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
PROTOCOLS = ("TCP", "UDP", "SCTP")
AFFINITIES = ("ClientIP", "None")
POLICIES = ("SingleStack", "PreferDualStack", "RequireDualStack")
FAMILIES = ("IPv4", "IPv6")
TRAFFIC = ("Cluster", "Local")
DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
MAX_AFFINITY = 86400
FAMILY_COUNT = 2


def service(new: Service, old: Service | None) -> Iterator[Cause]:
    """All rules of one Service, and what an update may not change."""
    spec = new.spec
    if old is not None:
        yield from _update(spec, old.spec)
    if not spec.ports and spec.cluster_ip != "None" and spec.type != "ExternalName":
        yield required("spec.ports")
    if spec.cluster_ip == "None" and needs_node_port(spec):
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {spec.type} services")
    if spec.type == "ExternalName":
        yield from _external_name(spec)
    names: set[str] = set()
    for i, port in enumerate(spec.ports):
        yield from _port(f"spec.ports[{i}]", port, names, several=len(spec.ports) > 1)
    yield from labels("spec.selector", spec.selector)
    yield from _affinity(spec)
    if spec.type != "ExternalName":
        yield from cluster_ip_fields(spec)
    for i, text in enumerate(spec.external_ips):
        yield from ordinary_address(f"spec.externalIPs[{i}]", text)
    yield from _one_of("spec.type", spec.type, TYPES)
    yield from _port_numbers(spec)
    yield from _balancer(spec)
    yield from _traffic(spec)


def cluster_ip_fields(spec: ServiceSpec) -> Iterator[Cause]:
    """ClusterIPs, families and their policy: checked before any allocation, so that these errors stand alone."""
    listed = spec.cluster_ips
    if spec.cluster_ip and not listed:
        yield required("spec.clusterIPs")
    elif listed and not spec.cluster_ip:
        yield invalid("spec.clusterIPs", listed, "must be empty when `clusterIP` is not specified")
    elif listed and listed[0] != spec.cluster_ip:
        yield invalid("spec.clusterIPs", listed, "first value must match `clusterIP`")
    for i, family in enumerate(spec.ip_families):
        yield from _one_of(f"spec.ipFamilies[{i}]", family, FAMILIES)
        if family in spec.ip_families[:i]:
            yield duplicate(f"spec.ipFamilies[{i}]", family)
    yield from _one_of("spec.ipFamilyPolicy", spec.ip_family_policy, POLICIES)
    yield from _addresses(spec)


def _addresses(spec: ServiceSpec) -> Iterator[Cause]:
    """ClusterIPs by themselves: well formed, one a family, of the family that stands at their place."""
    listed = spec.cluster_ips
    if listed[:1] == ("None",):
        if len(listed) > 1:
            yield invalid("spec.clusterIPs", listed, "'None' must be the first and only value")
        return
    problems = [cause for i, text in enumerate(listed) for cause in address(f"spec.clusterIPs[{i}]", text)]
    yield from problems
    if len(listed) > FAMILY_COUNT:
        yield invalid("spec.clusterIPs", listed, "may only hold up to 2 values")
    if problems:
        return
    families = [f"IPv{ipaddress.ip_address(text).version}" for text in listed]
    if len(families) > 1 and (len(families) > FAMILY_COUNT or families[0] == families[1]):
        yield invalid("spec.clusterIPs", listed, "may specify no more than one IP for each IP family")
    for i, (text, family, wanted) in enumerate(zip(listed, families, spec.ip_families, strict=False)):
        if family != wanted and wanted in FAMILIES:
            words = f"expected an {wanted} value as indicated by `ipFamilies[{i}]`"
            yield invalid(f"spec.clusterIPs[{i}]", text, words)


def _port(at: str, port: ServicePort, names: set[str], *, several: bool) -> Iterator[Cause]:
    if not port.name and several:
        yield required(f"{at}.name")
    elif port.name:
        yield from (invalid(f"{at}.name", port.name, words) for words in DNS_1123_LABEL.problems(port.name))
        if port.name in names:
            yield duplicate(f"{at}.name", port.name)
        names.add(port.name)
    yield from port_number(f"{at}.port", port.port)
    if not port.protocol:
        yield required(f"{at}.protocol")
    elif port.protocol not in PROTOCOLS:
        yield unsupported(f"{at}.protocol", port.protocol, PROTOCOLS)
    if isinstance(port.target_port, int):
        yield from port_number(f"{at}.targetPort", port.target_port)
    elif port.target_port is not None:
        yield from named_port(f"{at}.targetPort", port.target_port)
    if port.app_protocol is not None:
        yield from qualified(f"{at}.appProtocol", port.app_protocol)


def _port_numbers(spec: ServiceSpec) -> Iterator[Cause]:
    """Node ports where there are any, and each (protocol, number) once."""
    if spec.type == "ClusterIP":
        fields = (f"spec.ports[{i}].nodePort" for i, port in enumerate(spec.ports) if port.node_port)
        yield from (forbidden(field, "may not be used when `type` is 'ClusterIP'") for field in fields)
    seen: set[tuple[str, int]] = set()
    for i, port in enumerate(spec.ports):
        if port.node_port and (port.protocol, port.node_port) in seen:
            yield duplicate(f"spec.ports[{i}].nodePort", port.node_port)
        seen.add((port.protocol, port.node_port))
    seen.clear()
    for i, port in enumerate(spec.ports):
        if (port.protocol, port.port) in seen:
            unset = {"Name": "", "Protocol": port.protocol, "AppProtocol": None, "Port": port.port}
            yield duplicate(f"spec.ports[{i}]", unset | {"TargetPort": 0, "NodePort": 0})
        seen.add((port.protocol, port.port))


def _external_name(spec: ServiceSpec) -> Iterator[Cause]:
    words = "may not be set for ExternalName services"
    if spec.cluster_ips or spec.cluster_ip:
        yield forbidden("spec.clusterIPs", words)
    if spec.ip_families:
        yield forbidden("spec.ipFamilies", words)
    if spec.ip_family_policy is not None:
        yield forbidden("spec.ipFamilyPolicy", words)
    if not spec.external_name:
        yield required("spec.externalName")
    else:
        bare = spec.external_name.removesuffix(".")
        yield from (invalid("spec.externalName", bare, each) for each in DNS_1123_SUBDOMAIN.problems(bare))


def _affinity(spec: ServiceSpec) -> Iterator[Cause]:
    at = "spec.sessionAffinityConfig"
    yield from _one_of("spec.sessionAffinity", spec.session_affinity, AFFINITIES)
    config = spec.session_affinity_config
    if spec.session_affinity == "None" and config is not None:
        yield forbidden(at, "must not be set when session affinity is None")
    client = config.client_ip if config is not None else None
    if spec.session_affinity == "ClientIP" and client and not 0 < (client.timeout_seconds or 0) <= MAX_AFFINITY:
        words = f"must be greater than 0 and less than {MAX_AFFINITY}"
        yield invalid(f"{at}.clientIP.timeoutSeconds", client.timeout_seconds, words)


def _balancer(spec: ServiceSpec) -> Iterator[Cause]:
    """What only load balancers have."""
    at, words = "spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"  # upstream's capital
    if spec.load_balancer_source_ranges and spec.type != "LoadBalancer":
        yield forbidden(at, words)
    for i, text in enumerate(spec.load_balancer_source_ranges):
        yield from cidr(f"{at}[{i}]", text.strip())
    if spec.allocate_load_balancer_node_ports is not None and spec.type != "LoadBalancer":
        yield forbidden("spec.allocateLoadBalancerNodePorts", words)
    if spec.load_balancer_class is not None and spec.type != "LoadBalancer":
        yield forbidden("spec.loadBalancerClass", words)
    elif spec.load_balancer_class is not None:
        yield from qualified("spec.loadBalancerClass", spec.load_balancer_class)


def _traffic(spec: ServiceSpec) -> Iterator[Cause]:
    """Traffic policies, and the node port for health checks that one of them brings."""
    if not spec.external_traffic_policy:
        pass
    elif externally_accessible(spec):
        yield from _one_of("spec.externalTrafficPolicy", spec.external_traffic_policy, TRAFFIC)
    else:
        words = "may only be set for externally-accessible services"
        yield invalid("spec.externalTrafficPolicy", spec.external_traffic_policy, words)
    number = spec.health_check_node_port
    if number and not needs_health_check(spec):
        words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid("spec.healthCheckNodePort", number, words)
    elif number:
        yield from port_number("spec.healthCheckNodePort", number)
    yield from _one_of("spec.internalTrafficPolicy", spec.internal_traffic_policy, TRAFFIC)
    yield from _one_of("spec.trafficDistribution", spec.traffic_distribution, DISTRIBUTIONS)


def _one_of(field: str, value: str | None, supported: tuple[str, ...]) -> Iterator[Cause]:
    if value is not None and value not in supported:
        yield unsupported(field, value, supported)


def _update(new: ServiceSpec, old: ServiceSpec) -> Iterator[Cause]:
    """The primary address and family are for good, unless one of the two is an ExternalName."""
    if "ExternalName" not in (new.type, old.type):
        yield from _kept("spec.clusterIPs", new.cluster_ips, old.cluster_ips)
        if "None" not in (new.cluster_ip, old.cluster_ip):
            yield from _kept("spec.ipFamilies", new.ip_families, old.ip_families)
    if new.type == old.type == "LoadBalancer" and new.load_balancer_class != old.load_balancer_class:
        yield invalid("spec.loadBalancerClass", new.load_balancer_class, "may not change once set")
    if needs_health_check(new) and needs_health_check(old) and new.health_check_node_port != old.health_check_node_port:
        yield forbidden("spec.healthCheckNodePort", "field is immutable")


def _kept(field: str, new: tuple[str, ...], old: tuple[str, ...]) -> Iterator[Cause]:
    """A second value may come and go; those that stay may not change."""
    for i, (before, after) in enumerate(zip(old, new, strict=False)):
        if before != after and (i == 0 or len(new) == len(old)):
            yield invalid(f"{field}[{i}]", new, "may not change once set")
