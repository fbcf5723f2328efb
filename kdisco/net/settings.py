"""kube-proxy's flags as they are for one node, family and mode.

Upstream: cmd/kube-proxy/app/server.go, pkg/proxy/util/nodeport_addresses.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.fabric import own_addresses
from kdisco.net.iptables import Settings
from kdisco.net.memo import Memo
from kdisco.net.packet import family, number, span

if TYPE_CHECKING:
    from kdisco.config import ClusterConfig
    from kdisco.model.node import Node
    from kdisco.store.table import View

__all__ = ["settings"]

PRIMARY = ("primary",)  # --nodeport-addresses: the node's first address; the default in nftables mode alone

_SETTINGS: Memo[Settings] = Memo(1 << 10)


def settings(config: ClusterConfig, view: View, node: Node, version: int) -> Settings:
    """The flags for a node whose kube-proxy has seen ``view``."""
    ranges = view.tables.get("servicecidrs") if config.proxy.service_cidrs is None else None
    return _SETTINGS.get((config, node, ranges), (version,), lambda: _settings(config, view, node, version))


def _settings(config: ClusterConfig, view: View, node: Node, version: int) -> Settings:
    flags = config.proxy
    balanced = flags.mode == "ipvs"  # nodePorts are virtual servers there, one for each address of the node
    own = own_addresses(node, config.backend) if balanced else node.internal_ips
    ips = tuple(ip for ip in own if family(ip) == version)
    cidrs = _of_family(_local_cidrs(config, node), version)
    wanted = flags.nodeport_addresses or (PRIMARY if flags.mode == "nftables" else ())
    localhost = flags.localhost_nodeports and flags.mode == "iptables"
    nodeport_ips = _nodeport_ips(wanted, ips, version, localhost=localhost)
    return Settings(
        family=version,
        node_ips=ips,
        cluster_cidr=cidrs[0] if cidrs else None,
        masquerade_all=flags.masquerade_all,
        nodeport_ips=ips if balanced and nodeport_ips is None else nodeport_ips,
        localhost_nodeports=flags.localhost_nodeports,
        tcp_liberal=flags.tcp_liberal,
        service_cidrs=_of_family(_service_cidrs(config, view), version),
    )


def _local_cidrs(config: ClusterConfig, node: Node) -> list[str] | tuple[str, ...]:
    """Where packets of Pods come from: --detect-local-mode."""
    match config.proxy.detect_local:
        case "ClusterCIDR":
            wide = config.proxy.cluster_cidr
            return (config.pod_cidr if wide is None else wide).split(",")
        case "NodeCIDR":
            return node.spec.pod_cidrs or (node.spec.pod_cidr,)
    return ()


def _of_family(texts: list[str] | tuple[str, ...], version: int) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts if text.strip() and family(text) == version)


def _service_cidrs(config: ClusterConfig, view: View) -> tuple[str, ...]:
    """The ranges of ClusterIPs: those given, or what the cluster's ServiceCIDRs say."""
    if config.proxy.service_cidrs is not None:
        return config.proxy.service_cidrs
    listed = [cidr for each in view.list("servicecidrs") for cidr in each.spec.cidrs]
    return tuple(dict.fromkeys(listed)) or config.service_cidrs


def _nodeport_ips(
    wanted: tuple[str, ...], ips: tuple[str, ...], version: int, *, localhost: bool
) -> tuple[str, ...] | None:
    """The addresses that nodePorts answer on, None for all: --nodeport-addresses."""
    if "primary" in wanted:
        return ips[:1]
    ranges = [cidr for cidr in wanted if family(cidr) == version]
    if not ranges or any(cidr.endswith("/0") for cidr in ranges):
        return None
    candidates = (*ips, "127.0.0.1") if version == 4 and localhost else ips  # noqa: PLR2004 - the IP version
    spans = [span(cidr) for cidr in ranges]
    return tuple(ip for ip in candidates if any(number(ip) & mask == network for network, mask in spans))
