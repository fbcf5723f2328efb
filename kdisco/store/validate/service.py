"""What a Service must be. Upstream: pkg/apis/core/validation validateService, ValidateServiceUpdate."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.model.service import Service, ServicePort, ServiceSpec
from kdisco.store.field import Cause, duplicate, forbidden, invalid, required, unsupported
from kdisco.store.service_types import externally_accessible, needs_health_check
from kdisco.store.validate.addresses import address, cidr, endpoint_address, family
from kdisco.store.validate.names import (
    DNS_1123_LABEL,
    DNS_1123_SUBDOMAIN,
    labels,
    port,
    port_number,
    qualified,
)
from kdisco.store.validate.service_ips import cluster_ip_fields, family_changes

__all__ = ["service", "service_status"]

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
PROTOCOLS = ("SCTP", "TCP", "UDP")
AFFINITIES = ("ClientIP", "None")
TRAFFIC = ("Cluster", "Local")
DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
MODES = ("Proxy", "VIP")
MAX_AFFINITY = 86400
BALANCER_ONLY = "may only be used when `type` is 'LoadBalancer'"
HINTS, MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


def service(new: Service, old: Service | None) -> Iterator[Cause]:
    """All rules of one Service, and before them what an update may not change."""
    spec = new.spec
    if old is not None:
        yield from family_changes(spec, old.spec)
        yield from _class(spec, old.spec)
        yield from _health_check_change(spec, old.spec)
    yield from _topology(new)
    yield from _by_type(spec)
    names: set[str] = set()
    for i, each in enumerate(spec.ports):
        yield from _port(f"spec.ports[{i}]", each, names, several=len(spec.ports) > 1)
    yield from labels("spec.selector", spec.selector)
    yield from _affinity(spec)
    yield from cluster_ip_fields(spec, old.spec if old is not None else None)
    yield from _external_ips(spec, old)
    yield from _one_of("spec.type", spec.type, TYPES)
    yield from _port_numbers(spec)
    yield from _balancer(new, old)
    yield from _class(spec, None)
    yield from _traffic(spec)


def service_status(new: Service, old: Service | None) -> Iterator[Cause]:
    """What a load balancer says it gave. Upstream: ValidateLoadBalancerStatus."""
    at, ingress = "status.loadBalancer.ingress", new.status.load_balancer.ingress
    if ingress and new.spec.type != "LoadBalancer":
        yield forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")
        return
    known = [each.ip for each in old.status.load_balancer.ingress] if old is not None else []
    for i, each in enumerate(ingress):
        yield from address(f"{at}[{i}].ip", each.ip, known) if each.ip else ()
        if each.ip_mode is None:
            if each.ip:
                yield required(f"{at}[{i}].ipMode", "must be specified when `ip` is set")
        elif not each.ip:
            yield forbidden(f"{at}[{i}].ipMode", "may not be specified when `ip` is not set")
        elif each.ip_mode not in MODES:
            yield unsupported(f"{at}[{i}].ipMode", each.ip_mode, MODES)
        if each.hostname:
            problems = DNS_1123_SUBDOMAIN.problems(each.hostname)
            yield from (invalid(f"{at}[{i}].hostname", each.hostname, words) for words in problems)
            if family(each.hostname):
                yield invalid(f"{at}[{i}].hostname", each.hostname, "must be a DNS name, not an IP address")


def _topology(new: Service) -> Iterator[Cause]:
    marks = new.metadata.annotations
    if MODE in marks and HINTS in marks and marks[MODE] != marks[HINTS]:
        words = f"must match annotations[{HINTS}] when both are specified"
        yield invalid(f"metadata.annotations[{MODE}]", marks[MODE], words)


def _by_type(spec: ServiceSpec) -> Iterator[Cause]:
    headless = spec.cluster_ips == ("None",)
    if not spec.ports and not headless and spec.type != "ExternalName":
        yield required("spec.ports")
    if headless and spec.type in ("LoadBalancer", "NodePort"):
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {spec.type} services")
    if spec.type != "ExternalName":
        return
    words = "may not be set for ExternalName services"
    if spec.cluster_ips:
        yield forbidden("spec.clusterIPs", words)
    if spec.ip_families:
        yield forbidden("spec.ipFamilies", words)
    if spec.ip_family_policy is not None:
        yield forbidden("spec.ipFamilyPolicy", words)
    bare = spec.external_name.removesuffix(".")
    if not bare:
        yield required("spec.externalName")
    else:
        yield from (invalid("spec.externalName", bare, each) for each in DNS_1123_SUBDOMAIN.problems(bare))


def _port(at: str, found: ServicePort, names: set[str], *, several: bool) -> Iterator[Cause]:
    if not found.name and several:
        yield required(f"{at}.name")
    elif found.name:
        yield from (invalid(f"{at}.name", found.name, words) for words in DNS_1123_LABEL.problems(found.name))
        if found.name in names:
            yield duplicate(f"{at}.name", found.name)
        names.add(found.name)
    yield from port_number(f"{at}.port", found.port)
    if not found.protocol:
        yield required(f"{at}.protocol")
    elif found.protocol not in PROTOCOLS:
        yield unsupported(f"{at}.protocol", found.protocol, PROTOCOLS)
    yield from port(f"{at}.targetPort", found.target_port or 0)
    if found.app_protocol is not None:
        yield from qualified(f"{at}.appProtocol", found.app_protocol)


def _port_numbers(spec: ServiceSpec) -> Iterator[Cause]:
    """Node ports where there are any, and each (protocol, number) once."""
    if spec.type == "ClusterIP":
        fields = (f"spec.ports[{i}].nodePort" for i, each in enumerate(spec.ports) if each.node_port)
        yield from (forbidden(field, "may not be used when `type` is 'ClusterIP'") for field in fields)
    seen: set[tuple[str, int]] = set()
    for i, each in enumerate(spec.ports):
        if each.node_port and (each.protocol, each.node_port) in seen:
            yield duplicate(f"spec.ports[{i}].nodePort", each.node_port)
        seen.add((each.protocol, each.node_port))
    seen.clear()
    for i, each in enumerate(spec.ports):
        if (each.protocol, each.port) in seen:
            unset = {"Name": "", "Protocol": each.protocol, "AppProtocol": None, "Port": each.port}
            yield duplicate(f"spec.ports[{i}]", unset | {"TargetPort": 0, "NodePort": 0})
        seen.add((each.protocol, each.port))


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


def _external_ips(spec: ServiceSpec, old: Service | None) -> Iterator[Cause]:
    known = old.spec.external_ips if old is not None else ()
    for i, text in enumerate(spec.external_ips):
        at = f"spec.externalIPs[{i}]"
        problems = list(address(at, text, known))
        yield from problems or endpoint_address(at, text)


def _balancer(new: Service, old: Service | None) -> Iterator[Cause]:
    """What only load balancers have."""
    spec, at = new.spec, "spec.LoadBalancerSourceRanges"  # upstream's capital
    mark = new.metadata.annotations.get(RANGES)
    if spec.load_balancer_source_ranges:
        if spec.type != "LoadBalancer":
            yield forbidden(at, BALANCER_ONLY)
        known = [text.strip() for text in old.spec.load_balancer_source_ranges] if old is not None else []
        for i, text in enumerate(spec.load_balancer_source_ranges):
            yield from cidr(f"{at}[{i}]", text.strip(), known)
    elif mark is not None:
        at = f"metadata.annotations[{RANGES}]"
        if spec.type != "LoadBalancer":
            yield forbidden(at, BALANCER_ONLY)
        if mark.strip() and (old is None or old.metadata.annotations.get(RANGES) != mark):
            yield from (cause for text in mark.split(",") for cause in cidr(at, text.strip()))
    if spec.allocate_load_balancer_node_ports is not None and spec.type != "LoadBalancer":
        yield forbidden("spec.allocateLoadBalancerNodePorts", BALANCER_ONLY)


def _class(spec: ServiceSpec, old: ServiceSpec | None) -> Iterator[Cause]:
    at, name = "spec.loadBalancerClass", spec.load_balancer_class
    if old is not None and spec.type == old.type == "LoadBalancer" and name != old.load_balancer_class:
        yield invalid(at, name, "may not change once set")
    if name is not None:
        yield from qualified(at, name) if spec.type == "LoadBalancer" else [forbidden(at, BALANCER_ONLY)]


def _health_check_change(new: ServiceSpec, old: ServiceSpec) -> Iterator[Cause]:
    both = needs_health_check(new) and needs_health_check(old)
    if both and new.health_check_node_port != old.health_check_node_port:
        yield forbidden("spec.healthCheckNodePort", "field is immutable")


def _traffic(spec: ServiceSpec) -> Iterator[Cause]:
    """Traffic policies, and the node port for health checks that one of them brings."""
    if externally_accessible(spec):
        yield from _one_of("spec.externalTrafficPolicy", spec.external_traffic_policy, TRAFFIC)
    elif spec.external_traffic_policy:
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
