"""What a Service must be. Upstream: pkg/apis/core/validation ValidateService, ValidateServiceUpdate."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kdisco.model.service import Service, ServicePort, ServiceSpec
from kdisco.store.field import Cause, duplicate, forbidden, invalid, required, unsupported
from kdisco.store.validate.names import (
    DNS_1123_LABEL,
    DNS_1123_SUBDOMAIN,
    address,
    address_problem,
    labels,
    named_port,
    port_number,
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
        yield from _update(new, old)
    yield from _ports(spec)
    yield from labels("spec.selector", spec.selector)
    yield from _choices(spec)
    if spec.type == "ExternalName":
        yield from _external_name(spec)
    else:
        yield from cluster_ip_fields(spec)
    for i, text in enumerate(spec.external_ips):
        yield from address(f"spec.externalIPs[{i}]", text)
    yield from _ranges(spec)


def cluster_ip_fields(spec: ServiceSpec) -> Iterator[Cause]:
    """ClusterIPs, families and their policy: checked before any allocation, so that these errors stand alone."""
    if spec.ip_family_policy is not None and spec.ip_family_policy not in POLICIES:
        yield unsupported("spec.ipFamilyPolicy", spec.ip_family_policy, POLICIES)
    for i, family in enumerate(spec.ip_families):
        if family not in FAMILIES:
            yield unsupported(f"spec.ipFamilies[{i}]", family, FAMILIES)
        elif family in spec.ip_families[:i]:
            yield duplicate(f"spec.ipFamilies[{i}]", family)
    if len(spec.ip_families) > FAMILY_COUNT:
        yield invalid("spec.ipFamilies", spec.ip_families, "may only hold up to 2 values")
    yield from _cluster_ips(spec)


def _cluster_ips(spec: ServiceSpec) -> Iterator[Cause]:
    listed = spec.cluster_ips
    if spec.cluster_ip and not listed:
        yield required("spec.clusterIPs")
    elif listed and not spec.cluster_ip:
        yield invalid("spec.clusterIPs", listed, "must be empty when `clusterIP` is not specified")
    elif listed and listed[0] != spec.cluster_ip:
        yield invalid("spec.clusterIPs", listed, "first value must match `clusterIP`")
    if "None" in listed and (listed.index("None") or len(listed) > 1):
        yield invalid("spec.clusterIPs", listed, "'None' must be the first and only value")
    if listed[:1] == ("None",) and spec.type in ("NodePort", "LoadBalancer"):
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {spec.type} services")
    if len(listed) > FAMILY_COUNT:
        yield invalid("spec.clusterIPs", listed, "may only hold up to 2 values")
    for i, text in enumerate(listed):
        if text != "None":
            yield from _cluster_ip(spec, i, text)
    families = [f"IPv{ipaddress.ip_address(text).version}" for text in listed if not address_problem(text)]
    if len(families) == FAMILY_COUNT and families[0] == families[1]:
        words = "may specify no more than one IP for each IP family"
        yield invalid("spec.clusterIPs", listed, words)


def _cluster_ip(spec: ServiceSpec, index: int, text: str) -> Iterator[Cause]:
    """One address: well formed, and of the family that stands at its place."""
    field = f"spec.clusterIPs[{index}]"
    yield from address(field, text)
    if address_problem(text) or index >= len(spec.ip_families):
        return
    if spec.ip_families[index] != f"IPv{ipaddress.ip_address(text).version}":
        yield invalid(field, text, f"expected an {spec.ip_families[index]} value as indicated by `ipFamilies[{index}]`")


def _ports(spec: ServiceSpec) -> Iterator[Cause]:
    if not spec.ports and spec.cluster_ip != "None" and spec.type != "ExternalName":
        yield required("spec.ports")
    names: set[str] = set()
    pairs: set[tuple[str, int]] = set()
    node_ports: set[tuple[str, int]] = set()
    for i, port in enumerate(spec.ports):
        at = f"spec.ports[{i}]"
        yield from _port(at, port, names, several=len(spec.ports) > 1)
        if port.node_port and spec.type in ("ClusterIP", "ExternalName"):
            yield forbidden(f"{at}.nodePort", f"may not be used when `type` is '{spec.type}'")
        elif port.node_port:
            pair = (port.protocol, port.node_port)
            if pair in node_ports:
                yield duplicate(f"{at}.nodePort", port.node_port)
            node_ports.add(pair)
        if (port.protocol, port.port) in pairs:
            yield duplicate(at, {"Protocol": port.protocol, "Port": port.port})
        pairs.add((port.protocol, port.port))


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


def _choices(spec: ServiceSpec) -> Iterator[Cause]:
    """The fields that take one of a few words."""
    rows = (
        ("spec.sessionAffinity", spec.session_affinity, AFFINITIES),
        ("spec.type", spec.type, TYPES),
        ("spec.internalTrafficPolicy", spec.internal_traffic_policy, TRAFFIC),
        ("spec.trafficDistribution", spec.traffic_distribution, DISTRIBUTIONS),
    )
    for field, value, supported in rows:
        if value is not None and value not in supported:
            yield unsupported(field, value, supported)
    external = spec.type in ("NodePort", "LoadBalancer") or (spec.type == "ClusterIP" and bool(spec.external_ips))
    if spec.external_traffic_policy and not external:
        words = "may only be set for externally-accessible services"
        yield invalid("spec.externalTrafficPolicy", spec.external_traffic_policy, words)
    elif spec.external_traffic_policy and spec.external_traffic_policy not in TRAFFIC:
        yield unsupported("spec.externalTrafficPolicy", spec.external_traffic_policy, TRAFFIC)
    client = spec.session_affinity_config.client_ip if spec.session_affinity_config else None
    if spec.session_affinity == "ClientIP" and client and not 0 < (client.timeout_seconds or 0) <= MAX_AFFINITY:
        field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
        yield invalid(field, client.timeout_seconds, f"must be greater than 0 and less than {MAX_AFFINITY}")
    if spec.session_affinity == "None" and spec.session_affinity_config is not None:
        words = "must not be set when session affinity is None"
        yield forbidden("spec.sessionAffinityConfig", words)


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


def _ranges(spec: ServiceSpec) -> Iterator[Cause]:
    if spec.load_balancer_source_ranges and spec.type != "LoadBalancer":
        yield forbidden("spec.loadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
    for i, text in enumerate(spec.load_balancer_source_ranges):
        try:
            ipaddress.ip_network(text.strip(), strict=False)
        except ValueError:
            words = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            yield invalid(f"spec.loadBalancerSourceRanges[{i}]", text, words)


def _update(new: Service, old: Service) -> Iterator[Cause]:
    """The primary address is for good, unless one of the two is an ExternalName."""
    if "ExternalName" in (new.spec.type, old.spec.type):
        return
    for i, (before, after) in enumerate(zip(old.spec.cluster_ips, new.spec.cluster_ips, strict=False)):
        if before and before != after:
            yield invalid(f"spec.clusterIPs[{i}]", new.spec.cluster_ips, "may not change once set")
