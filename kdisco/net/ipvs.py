"""kube-proxy's IPVS mode: the virtual servers of a node, and the real servers behind each.

Upstream: pkg/proxy/ipvs/proxier.go (syncService, syncEndpoint; v1.36), cmd/kube-proxy/app/server_linux.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.backends import Backend
from kdisco.net.packet import number, target

if TYPE_CHECKING:
    from kdisco.net.iptables import Settings
    from kdisco.net.proxy import Entry, ServicePort

__all__ = ["DEPRECATED", "SCHEDULER", "Server", "VirtualServer", "servers_of"]

SCHEDULER = "rr"  # round robin: --ipvs-scheduler, where nothing else is asked for
DEPRECATED = (  # what kube-proxy says of the mode since 1.35, in its log and as an Event of reason IPVSDeprecation
    "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead."
)
Server = tuple[str, str, int]  # what names a virtual server: (protocol, address, port)


@frozen(kw_only=True)
class VirtualServer:
    """One address and port that IPVS takes packets for, and who gets them (``real``).

    ``persistent``: for how many seconds a client keeps its real server, None for not at all.
    """

    protocol: str
    address: str
    port: int
    real: tuple[Backend, ...]
    persistent: int | None = None

    @property
    def key(self) -> Server:
        """What names it in the kernel."""
        return self.protocol, self.address, self.port

    @property
    def entry(self) -> Entry:
        """Where packets for it arrive."""
        return number(self.address), self.protocol, self.port

    def __str__(self) -> str:
        """As ``ipvsadm -Ln`` heads it."""
        persistent = "" if self.persistent is None else f" persistent {self.persistent}"
        return f"{self.protocol.upper():<4} {target(self.address, self.port)} {SCHEDULER}{persistent}"


def servers_of(port: ServicePort, settings: Settings) -> Iterator[VirtualServer]:
    """The virtual servers of one service port: one for each address that it has on this node."""
    inner, outer = _behind(port, local=port.internal_local), _behind(port, local=port.external_local)

    def server(ip: str, at: int, real: tuple[Backend, ...]) -> VirtualServer:
        return VirtualServer(protocol=port.protocol, address=ip, port=at, real=real, persistent=port.affinity)

    yield server(port.cluster_ip, port.port, inner)
    for ip in (*port.external_ips, *port.balancer_ips):
        yield server(ip, port.port, outer)
    for ip in (settings.nodeport_ips or ()) if port.node_port else ():
        yield server(ip, port.node_port, outer)


def _behind(port: ServicePort, *, local: bool) -> tuple[Backend, ...]:
    """The real servers for one policy: where Local finds nobody on this node, whoever Cluster would choose."""
    return (port.near or port.cluster) if local else port.cluster
