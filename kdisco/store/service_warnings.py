"""What the API server warns of when a Service is written: what is ignored, deprecated or oddly spelt.

Upstream: pkg/api/service/warnings.go, apimachinery pkg/util/validation/ip.go GetWarningsForIP.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kdisco.model.service import Service

__all__ = ["service_warnings"]

HINTS, MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"


def service_warnings(service: Service) -> Iterator[str]:
    """The warnings in the API server's order."""
    spec = service.spec
    if HINTS in service.metadata.annotations:
        yield f"annotation {HINTS} is deprecated, please use {MODE} instead"
    for i, text in enumerate(service.virtual_ips):
        yield from _spelling(f"spec.clusterIPs[{i}]", text)
    if service.headless and spec.type == "ClusterIP":
        yield from _headless(service)
    if spec.external_ips:
        yield "spec.externalIPs is deprecated"
    for i, text in enumerate(spec.external_ips):
        yield from _spelling(f"spec.externalIPs[{i}]", text)
    if spec.load_balancer_ip:
        yield from _spelling("spec.loadBalancerIP", spec.load_balancer_ip)
    if spec.type == "ExternalName" and spec.external_ips:
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if spec.type != "ExternalName" and spec.external_name:
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.traffic_distribution == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def _headless(service: Service) -> Iterator[str]:
    if service.spec.load_balancer_ip:
        yield "spec.loadBalancerIP is ignored for headless services"
    if service.spec.external_ips:
        yield "spec.externalIPs is ignored for headless services"
    if service.spec.session_affinity != "None":
        yield "spec.SessionAffinity is ignored for headless services"


def _spelling(field: str, text: str) -> Iterator[str]:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:  # nothing checks spec.loadBalancerIP
        return
    if found.version == 6 and str(found) != text:  # noqa: PLR2004 - the family
        yield f'{field}: IPv6 address "{text}" should be in RFC 5952 canonical format ("{found}")'
