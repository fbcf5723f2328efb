"""What becomes of a new connection's first packet on one node: every way it can go, with exact chances."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.errors import UsageError
from kdisco.net.fabric import Network, is_local, node_network
from kdisco.net.iptables import MASQUERADE_BIT, Settings
from kdisco.net.ipvs import VirtualServer
from kdisco.net.ipvs_ruleset import IpvsRuleset
from kdisco.net.match import Sight
from kdisco.net.memo import Memo
from kdisco.net.netfilter import Branch, Netfilter
from kdisco.net.nft_kernel import NftKernel
from kdisco.net.nft_ruleset import NftRuleset
from kdisco.net.nft_traverse import NftTraverse
from kdisco.net.packet import address, asked, family, number
from kdisco.net.ruleset import Ruleset
from kdisco.net.settings import settings
from kdisco.net.target import Dnat, Masquerade
from kdisco.net.traverse import Traverse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kdisco.model.node import Node
    from kdisco.net.dice import Dice
    from kdisco.store.state import State
    from kdisco.store.table import View

__all__ = ["IN", "REWRITTEN", "Fate", "Judge", "Judged", "fates", "filters", "judge", "ruleset"]

ONE = Fraction(1)
REWRITTEN = frozenset({"NEW", "DNAT"})
OUT, IN = ("filter", "OUTPUT"), ("filter", "INPUT")


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


Judged = Ruleset | NftRuleset | IpvsRuleset  # a node's rules, in whatever mode
MODES: dict[str, type[Judged]] = {"iptables": Ruleset, "nftables": NftRuleset, "ipvs": IpvsRuleset}
Judge = Traverse | NftTraverse  # the part of a kernel that lets a packet through them

_RULESETS: Memo[Judged] = Memo(1 << 8)
_NOW: Memo[Judged] = Memo(1 << 6)
_FATES: Memo[tuple[Fate, ...]] = Memo(1 << 12)


def ruleset(state: State, node: str, version: int = 4) -> Judged:
    """The rules that a node's kube-proxy made of what it has seen.

    Raises UsageError when there is no such node.
    """
    known = state.tables, state.seen, state.config
    return _NOW.get(known, (node, version), lambda: _ruleset(state, node, version))


def _ruleset(state: State, node: str, version: int) -> Judged:
    mode = state.config.proxy.mode
    view = state.seen_by(f"kube-proxy@{node}")
    here: Node | None = state.view.get("nodes", ("", node))
    if here is None:
        msg = f'no node "{node}"; there are {", ".join(found.name for found in state.view.list("nodes")) or "none"}'
        raise UsageError(msg)
    seen = view.get("nodes", ("", node)) or here
    return _made(view, node, settings(state.config, view, seen, version), mode)


def _made(view: View, node: str, flags: Settings, mode: str) -> Judged:
    tables = (view.tables.get("services"), view.tables.get("endpointslices"), view.tables.get("nodes"))
    return _RULESETS.get((*tables, flags), (node, mode), lambda: MODES[mode](view, node, flags))


def judge(rules: Judged, dice: Dice | None = None) -> Judge:
    """The kernel's part: it lets each packet go one way, with dice where chance decides, and counts the rules.

    None: where nothing is left to chance.
    """
    if isinstance(rules, NftRuleset):
        return NftTraverse(rules, dice.pick if dice else _certain)
    return Traverse(rules, dice.chance if dice else _certain)


def _certain(among: int) -> bool:
    msg = f"one way in {among} is taken where nothing was to be left to chance"
    raise RuntimeError(msg)


def _everywhere(rules: Judged) -> Netfilter | NftKernel:
    """The same with every way followed."""
    return NftKernel(rules) if isinstance(rules, NftRuleset) else Netfilter(rules)


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
    asks = (number(source), number(destination), protocol, port)
    names = (*asks[1:], rules.kin(*asks), asks[0] in network.local or is_local(network, source))
    return _FATES.get((rules, network), names, lambda: _fates(rules, network, source, destination, port, protocol))


def _fates(
    rules: Judged, network: Network, source: str, destination: str, port: int, protocol: str
) -> tuple[Fate, ...]:
    ours = is_local(network, source)
    sight = Sight(number(source), number(destination), protocol, port, ours, is_local(network, destination))
    kernel, hook = _everywhere(rules), "OUTPUT" if ours else "PREROUTING"
    early = kernel.through("early", hook, sight)[0]
    if early.verdict:
        return (Fate(early.verdict),)
    ways = kernel.through("nat", hook, sight, early.mark)
    server = rules.server((sight.destination, protocol, port)) if isinstance(rules, IpvsRuleset) else None
    if server is not None:
        return _balanced(kernel, sight, ways[0].mark, server, network)
    return tuple(_fate(kernel, sight, way, network) for way in ways)


def _balanced(
    kernel: Netfilter | NftKernel, sight: Sight, mark: int, server: VirtualServer, network: Network
) -> tuple[Fate, ...]:
    """What becomes of a packet for a virtual server of IPVS: each real server has its turn."""
    if not sight.source_local and (refused := _refused(kernel, sight, mark, (IN,))):
        return (refused,)
    if not server.real:
        return (Fate("REJECT"),)
    found = []
    for end in server.real:
        stays = is_local(network, end.address)
        after = evolve(
            sight, destination=number(end.address), dport=end.port, destination_local=stays, virtual=server.entry
        )
        places = filters(starts=sight.source_local, stays=stays, served=True)
        if refused := _refused(kernel, after, mark, places):
            return (refused,)
        hidden = isinstance(kernel.through("nat", "POSTROUTING", after, mark)[0].end, Masquerade)
        marked = hidden or bool(mark & MASQUERADE_BIT)
        found.append(Fate("DNAT", end.target, Fraction(1, len(server.real)), marked, hidden and not stays))
    return tuple(found)


def _refused(
    kernel: Netfilter | NftKernel, sight: Sight, mark: int, places: Iterable[tuple[str, str]]
) -> Fate | None:
    """How the filter rules at some hooks end a packet, None when they do not."""
    ways = (way for table, chain in places for way in kernel.through(table, chain, sight, mark))
    return next((Fate(way.verdict) for way in ways if way.verdict in ("REJECT", "DROP")), None)


def _fate(kernel: Netfilter | NftKernel, sight: Sight, way: Branch, network: Network) -> Fate:
    end = way.end if isinstance(way.end, Dnat) else None
    stays = sight.destination_local
    if end is not None:
        stays = is_local(network, end.address)
        sight = Sight(
            sight.source, number(end.address), sight.protocol, end.port, sight.source_local, stays, REWRITTEN
        )
    refused = _refused(kernel, sight, way.mark, filters(starts=sight.source_local, stays=stays))
    if refused is not None:
        return refused
    if end is None:
        return Fate("NONE")
    marked = bool(way.mark & MASQUERADE_BIT)
    return Fate("DNAT", end.to, way.probability, marked, marked and _hidden(sight, network, family(end.address)))


def _hidden(sight: Sight, network: Network, version: int) -> bool:
    """Whether a marked packet loses its source: what comes in and stays does not pass POSTROUTING.

    What the node sends to itself does, and gets the address that it may have had anyway.
    """
    if not sight.destination_local:
        return True
    uplink = network.uplink(version)
    return sight.source_local and bool(uplink) and number(uplink) != sight.source


def filters(*, starts: bool, stays: bool, served: bool = False) -> tuple[tuple[str, str], ...]:
    """The filter chains that a packet passes after nat, as (table, chain); ``early``: those with a priority before nat.

    What a node sends to itself goes out and comes in again. What IPVS has given a real server (``served``) came in
    before, and goes out as if the node had sent it.
    """
    if served and not starts:
        return () if stays else (OUT,)
    if starts:
        return (OUT, ("early", "PREROUTING"), IN) if stays else (OUT,)
    return (IN,) if stays else (("filter", "FORWARD"),)
