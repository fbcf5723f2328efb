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
    from kdisco.config import ClusterConfig, ProxyConfig
    from kdisco.model.node import Node
    from kdisco.store.table import View

__all__ = ["settings"]

LOCALHOST = "127.0.0.1"
PRIMARY = ("primary",)  # --nodeport-addresses: the node's first address; the default in nftables mode alone

_SETTINGS: Memo[Settings] = Memo(1 << 10)


def settings(config: ClusterConfig, view: View, node: Node, version: int) -> Settings:
    """The flags for a node whose kube-proxy has seen ``view``."""
    ranges = view.tables.get("servicecidrs") if config.proxy.service_cidrs is None else None
    return _SETTINGS.get((config, node, ranges), (version,), lambda: _settings(config, view, node, version))


def _settings(config: ClusterConfig, view: View, node: Node, version: int) -> Settings:
    flags = config.proxy
    own = _of_family(own_addresses(node, config.backend), version)
    ips = _of_family(node.internal_ips, version)
    cidrs = _of_family(_local_cidrs(config, node), version)
    ranges = _nodeport_ranges(flags, ips[:1], version)
    nodeport_ips = None
    if ranges is not None:
        local = flags.mode == "iptables" and flags.localhost_nodeports and version == 4  # noqa: PLR2004 - the IP version
        held = (*own, LOCALHOST) if local else own
        spans = [span(cidr) for cidr in ranges]
        nodeport_ips = tuple(ip for ip in held if any(number(ip) & mask == network for network, mask in spans))
    balanced = flags.mode == "ipvs"  # nodePorts are virtual servers there, one for each address of the node
    return Settings(
        family=version,
        node_ips=own if balanced else ips,
        cluster_cidr=cidrs[0] if cidrs else None,
        masquerade_all=flags.masquerade_all,
        nodeport_ips=own if balanced and nodeport_ips is None else nodeport_ips,
        localhost_nodeports=flags.localhost_nodeports and (ranges is None or any(map(_is_loopback, ranges))),
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


def _nodeport_ranges(flags: ProxyConfig, primary: tuple[str, ...], version: int) -> tuple[str, ...] | None:
    """Where nodePorts answer, of --nodeport-addresses; None for everywhere: where none is named of that family, too."""
    wanted = flags.nodeport_addresses or (PRIMARY if flags.mode == "nftables" else ())
    ranges = primary if "primary" in wanted else _of_family(wanted, version)
    return None if not ranges or any(cidr.endswith("/0") for cidr in ranges) else ranges


def _is_loopback(cidr: str) -> bool:
    """Whether a range begins in 127.0.0.0/8 or holds the beginning of it."""
    network, mask = span(cidr)
    return family(cidr) == 4 and (network >> 24 == 127 or number("127.0.0.0") & mask == network)  # noqa: PLR2004
