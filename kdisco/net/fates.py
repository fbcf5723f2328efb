"""What becomes of a new connection's first packet on one node: every way it can go, with exact chances."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.net.fabric import Network, is_local, node_network
from kdisco.net.iptables import MASQUERADE_BIT, Settings
from kdisco.net.match import Sight
from kdisco.net.memo import Memo
from kdisco.net.netfilter import Branch, Netfilter
from kdisco.net.packet import address, asked, family, number, span
from kdisco.net.ruleset import Ruleset
from kdisco.net.target import Dnat

if TYPE_CHECKING:

    from kdisco.config import ClusterConfig
    from kdisco.model.node import Node
    from kdisco.store.state import State
    from kdisco.store.table import View

__all__ = ["REWRITTEN", "Fate", "fates", "filters", "ruleset", "settings"]

ONE = Fraction(1)
REWRITTEN = frozenset({"NEW", "DNAT"})


@frozen
class Fate:
    """One way a packet can go.

    ``verdict``: DNAT (to ``endpoint``, ``ip:port``), REJECT, DROP, or NONE (no Service's packet). ``masquerade``:
    the rules marked it for SNAT; ``snat``: its source is really rewritten, so not when it stays on the node.
    """

    verdict: str
    endpoint: str | None = None
    probability: Fraction = ONE
    masquerade: bool = False
    snat: bool = False


_SETTINGS: Memo[Settings] = Memo(1 << 10)
_RULESETS: Memo[Ruleset] = Memo(1 << 8)
_FATES: Memo[tuple[Fate, ...]] = Memo(1 << 12)


def settings(config: ClusterConfig, node: Node, version: int) -> Settings:
    """kube-proxy's flags as they are for one node and family."""
    return _SETTINGS.get((config, node), (version,), lambda: _settings(config, node, version))


def _settings(config: ClusterConfig, node: Node, version: int) -> Settings:
    flags = config.proxy
    ips = tuple(ip for ip in node.internal_ips if family(ip) == version)
    ranges = config.pod_cidr if flags.cluster_cidr is None else flags.cluster_cidr
    cidrs = [part.strip() for part in ranges.split(",") if part.strip() and family(part) == version]
    return Settings(
        family=version,
        node_ips=ips,
        cluster_cidr=cidrs[0] if cidrs and flags.detect_local == "ClusterCIDR" else None,
        masquerade_all=flags.masquerade_all,
        nodeport_ips=_nodeport_ips(flags.nodeport_addresses, ips, version, localhost=flags.localhost_nodeports),
        localhost_nodeports=flags.localhost_nodeports,
        tcp_liberal=flags.tcp_liberal,
    )


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


def ruleset(state: State, node: str, version: int = 4) -> Ruleset:
    """The rules that a node's kube-proxy made of what it has seen.

    Raises UsageError when there is no such node, or for a proxy mode that is not modelled.
    """
    if state.config.proxy.mode != "iptables":
        msg = f"kube-proxy mode {state.config.proxy.mode} is not modelled; iptables is"
        raise UsageError(msg)
    view = state.seen_by(f"kube-proxy@{node}")
    here: Node | None = state.view.get("nodes", ("", node))
    if here is None:
        msg = f'no node "{node}"; there are {", ".join(found.name for found in state.view.list("nodes")) or "none"}'
        raise UsageError(msg)
    seen = view.get("nodes", ("", node)) or here
    flags = settings(state.config, seen, version)
    return _made(view, node, flags)


def _made(view: View, node: str, flags: Settings) -> Ruleset:
    tables = (view.tables.get("services"), view.tables.get("endpointslices"), view.tables.get("nodes"))
    return _RULESETS.get((*tables, flags), (node,), lambda: Ruleset(view, node, flags))


def fates(
    state: State, node: str, source: str, destination: str, port: int, protocol: str = "tcp"
) -> tuple[Fate, ...]:
    """Every way of a connection's first packet that arrives at, or starts on, a node.

    It starts there when ``source`` is one of the node's addresses. Raises UsageError for what is no address, port,
    protocol or node. Affinity is not looked at: no connection was before.
    """
    source = address(source)
    destination, protocol = asked(destination, port, protocol)
    if family(source) != family(destination):
        msg = f"{source} and {destination} are not of one address family"
        raise UsageError(msg)
    rules = ruleset(state, node, family(destination))
    network = node_network(state, node)
    asks = (source, destination, port, protocol)
    return _FATES.get((rules, network), asks, lambda: _fates(rules, network, *asks))


def _fates(
    rules: Ruleset, network: Network, source: str, destination: str, port: int, protocol: str
) -> tuple[Fate, ...]:
    ours = is_local(network, source)
    sight = Sight(number(source), number(destination), protocol, port, ours, is_local(network, destination))
    kernel = Netfilter(rules)
    ways = kernel.through("nat", "OUTPUT" if ours else "PREROUTING", sight)
    return tuple(_fate(kernel, sight, way, network) for way in ways)


def _fate(kernel: Netfilter, sight: Sight, way: Branch, network: Network) -> Fate:
    end = way.end if isinstance(way.end, Dnat) else None
    stays = sight.destination_local
    if end is not None:
        stays = is_local(network, end.address)
        sight = Sight(
            sight.source, number(end.address), sight.protocol, end.port, sight.source_local, stays, REWRITTEN
        )
    for chain in filters(starts=sight.source_local, stays=stays):
        for judged in kernel.through("filter", chain, sight, way.mark):
            if judged.verdict in ("REJECT", "DROP"):
                return Fate(judged.verdict)
    if end is None:
        return Fate("NONE")
    marked = bool(way.mark & MASQUERADE_BIT)
    return Fate("DNAT", end.to, way.probability, marked, marked and not stays)


def filters(*, starts: bool, stays: bool) -> tuple[str, ...]:
    """The filter chains that a packet passes: what a node sends to itself goes out and comes in again."""
    if starts:
        return ("OUTPUT", "INPUT") if stays else ("OUTPUT",)
    return ("INPUT",) if stays else ("FORWARD",)
