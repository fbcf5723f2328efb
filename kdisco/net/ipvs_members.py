"""What one service port puts into kube-proxy's ipsets in IPVS mode. Upstream: pkg/proxy/ipvs/proxier.go (v1.36)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kdisco.net.ipset import Member
from kdisco.net.packet import number, span

if TYPE_CHECKING:
    from kdisco.net.iptables import Settings
    from kdisco.net.proxy import ServicePort

__all__ = ["BARRED", "NODE_PORT_SETS", "members_of"]

NODE_PORT_SETS = {  # by protocol: all nodePorts, and those of externalTrafficPolicy Local
    "tcp": ("KUBE-NODE-PORT-TCP", "KUBE-NODE-PORT-LOCAL-TCP"),
    "udp": ("KUBE-NODE-PORT-UDP", "KUBE-NODE-PORT-LOCAL-UDP"),
    "sctp": ("KUBE-NODE-PORT-SCTP-HASH", "KUBE-NODE-PORT-LOCAL-SCTP-HASH"),
}
BARRED = ""  # no set: a load balancer's address that the node itself may not use has a rule of its own
Filed = tuple[str, Member]  # (set, member)


def members_of(port: ServicePort, settings: Settings) -> Iterator[Filed]:
    """All members that one service port adds, each with its set, in kube-proxy's order."""
    for end in port.endpoints:
        if end.local:
            yield "KUBE-LOOP-BACK", Member.of_end(end.address, port.protocol, end.port, end.address)
    yield "KUBE-CLUSTER-IP", _at(port, port.cluster_ip)
    for ip in port.external_ips:
        yield "KUBE-EXTERNAL-IP-LOCAL" if port.external_local else "KUBE-EXTERNAL-IP", _at(port, ip)
    for ip in port.balancer_ips:
        yield "KUBE-LOAD-BALANCER", _at(port, ip)
        if port.external_local:
            yield "KUBE-LOAD-BALANCER-LOCAL", _at(port, ip)
        if port.source_ranges:
            yield from _walled(port, ip, settings)
    if port.node_port and not settings.nodeport_ips:
        return  # kube-proxy gives up on a nodePort without addresses, and on the health check that comes after it
    if port.node_port:
        yield from _node_port(port, settings)
    if port.health_check_port:
        yield "KUBE-HEALTH-CHECK-NODE-PORT", Member.of_port(port.health_check_port)


def _at(port: ServicePort, ip: str, third: str = "") -> Member:
    return Member.of_end(ip, port.protocol, port.port, third)


def _walled(port: ServicePort, ip: str, settings: Settings) -> Iterator[Filed]:
    """Who may use a load balancer's address; what the node sends to it has that address for its source."""
    yield "KUBE-LOAD-BALANCER-FW", _at(port, ip)
    for cidr in port.source_ranges:
        yield "KUBE-LOAD-BALANCER-SOURCE-CIDR", _at(port, ip, str(ipaddress.ip_network(cidr, strict=False)))
    own = number(settings.node_ips[0]) if settings.node_ips else None
    inside = own is not None and any(own & mask == network for network, mask in map(span, port.source_ranges))
    yield ("KUBE-LOAD-BALANCER-SOURCE-IP", _at(port, ip, ip)) if inside else (BARRED, _at(port, ip))


def _node_port(port: ServicePort, settings: Settings) -> Iterator[Filed]:
    everywhere, local = NODE_PORT_SETS[port.protocol]
    if port.protocol == "sctp":  # bitmap:port cannot tell SCTP ports from others
        found = [Member.of_end(ip, port.protocol, port.node_port) for ip in settings.nodeport_ips or ()]
    else:
        found = [Member.of_port(port.node_port)]
    for name in (everywhere, local) if port.external_local else (everywhere,):
        yield from ((name, member) for member in found)
