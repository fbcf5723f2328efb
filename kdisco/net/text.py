"""A ruleset as text: the jumps, what kube-proxy feeds iptables-restore, and what iptables-save prints back.

Upstream: pkg/proxy/iptables/proxier.go (syncProxyRules).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.collection import collection_paused
from kdisco.errors import UsageError
from kdisco.model.frozen import FrozenMap
from kdisco.net import nft_text
from kdisco.net.conntrack import connections
from kdisco.net.counters import Count, Counted, Counters, Spot
from kdisco.net.fates import Judged, ruleset
from kdisco.net.iptables import BUILT_IN, SERVICES, Settings, doors, of_port
from kdisco.net.ipvs_ruleset import IpvsRuleset
from kdisco.net.ipvs_text import texts as ipvs_texts
from kdisco.net.memo import Memo
from kdisco.net.nft_ruleset import NftRuleset
from kdisco.net.rule import Place, Rule, Rules
from kdisco.net.ruleset import Ruleset
from kdisco.net.sync import Sync, changed, written
from kdisco.net.target import Jump

if TYPE_CHECKING:
    from kdisco.config import ClusterConfig
    from kdisco.model.meta import Key
    from kdisco.net.proxy import ServicePort
    from kdisco.store.state import State

__all__ = ["LARGE", "counted", "rules", "sync", "text_of"]

LARGE = 1000  # endpoints; beyond, kube-proxy leaves out the comments of endpoint rules
CANARY = "KUBE-PROXY-CANARY"  # empty: that it is gone tells kube-proxy that somebody flushed the rules
HEADS = {
    "filter": ("KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-FORWARD", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL"),
    "nat": ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ"),
}

_CONFIGS: Memo[ClusterConfig] = Memo(32)  # the same one again, so that what was made for it is found
_TEXTS: Memo[Rules] = Memo(32)
_PIECES: Memo[_Piece] = Memo(1 << 15)


def rules(state: State, node: str, mode: str | None = None, family: int = 4) -> Rules:
    """A node's rules of one family as text; ``mode`` None: the cluster's.

    Raises UsageError for a node that is not there, a family other than 4 and 6, or a mode that there is not.
    """
    with collection_paused():
        found = _asked(state, node, mode, family)
        return ipvs_texts(found, connections(state, node)) if isinstance(found, IpvsRuleset) else text_of(found)


def sync(before: State, after: State, node: str, mode: str | None = None, family: int = 4) -> Sync:
    """What a node's kube-proxy writes when what it knows has become that of a later state.

    All that changed in between is taken for one sync. In large clusters chains without use stay: kube-proxy removes
    them at a later sync, once in a while. Raises UsageError as ``rules`` does, and for IPVS mode.
    """
    old, new = (_asked(state, node, mode, family) for state in (before, after))
    if isinstance(old, IpvsRuleset) or isinstance(new, IpvsRuleset):
        msg = "in ipvs mode kube-proxy writes its few rules whole at each sync: see rules().restore"
        raise UsageError(msg)
    keys = changed(old, new)
    restore, removal = "", ""
    if isinstance(old, NftRuleset) and isinstance(new, NftRuleset):
        restore, removal = nft_text.sync(new, old, keys), nft_text.removal(new, old)
    elif isinstance(old, Ruleset) and isinstance(new, Ruleset) and (keys is None or keys):
        restore = _Text(new, old, keys).restore()
    services = () if keys is None else written(old, new, keys)
    return Sync(restore=restore, removal=removal, full=keys is None, services=services)


def counted(state: State, node: str, family: int = 4) -> Counted:
    """What a node's kernel has counted at the rules that are in force.

    Raises UsageError as ``rules`` does, and for modes other than iptables.
    """
    found = _asked(state, node, None, family)
    if not isinstance(found, Ruleset):
        msg = f"packets are counted at iptables rules only, and kube-proxy is in {state.config.proxy.mode} mode"
        raise UsageError(msg)
    counts = (state.counters or Counters()).of(found)
    hits = tuple(
        (rule, *counts[table, chain, at])
        for (table, chain), listed in found.chains().items()
        for at, rule in enumerate(listed)
        if (table, chain, at) in counts
    )
    policies = FrozenMap({(table, chain): count for (table, chain, at), count in counts.items() if at is None})
    with collection_paused():
        return Counted(save=_Text(found).save(counts), rules=hits, policies=policies)


def _asked(state: State, node: str, mode: str | None, family: int) -> Judged:
    """The rules that are meant."""
    if family not in (4, 6):
        msg = f"family: {family!r} is neither 4 nor 6"
        raise UsageError(msg)
    if mode is not None:
        state = evolve(state, config=_CONFIGS.get((state.config,), (mode,), lambda: _in_mode(state.config, mode)))
    return ruleset(state, node, family)


def _in_mode(config: ClusterConfig, mode: str) -> ClusterConfig:
    return evolve(config, proxy=evolve(config.proxy, mode=mode))


def text_of(rules: Judged) -> Rules:
    """The texts of a ruleset; remembered with it."""
    with collection_paused():
        if isinstance(rules, NftRuleset):
            return nft_text.texts(rules)
        if isinstance(rules, IpvsRuleset):
            return ipvs_texts(rules)
        return _TEXTS.get((rules,), (), lambda: _Text(rules).made())


@frozen
class _Piece:
    """What one Service has in the texts: its chains, and its lines by table, or each with its chain."""

    chains: tuple[str, ...]
    restored: Mapping[str, list[str]]
    saved: list[tuple[Place, str]]


def _piece(ports: tuple[ServicePort, ...], flags: Settings, *, large: bool, whole: bool) -> _Piece:
    """The piece of one Service's ports; not ``whole``: of its rules those in the chains that all share."""
    rules = [rule for port in ports for rule in (of_port(port, flags) if whole else doors(port))]
    restored: dict[str, list[str]] = {"filter": [], "nat": []}
    for rule in rules:
        restored[rule.place[0]].append(rule.restored(large=large))
    return _Piece(
        tuple([chain for port in ports for chain in _chains_of(port)]) if whole else (),
        restored,
        [(rule.place, rule.saved(large=large)) for rule in rules],
    )


class _Text:
    """One ruleset on its way to text: whole, or after ``before`` with the chains of the ``changed`` Services alone."""

    def __init__(self, rules: Ruleset, before: Ruleset | None = None, changed: AbstractSet[Key] | None = None) -> None:
        self.rules = rules
        self.stale: list[str] = []
        self.fixed = [rule for found in rules.fixed.values() for rule in found if rule not in rules.jumps]
        # one way through the Services: each is looked up once, and printed again only when it has changed
        listed = [rules.ports_of(service) for service in rules.front.services]
        self.large = sum(len(port.endpoints) for ports in listed for port in ports) > LARGE
        if before is not None and not self.large:
            own = {chain for ports in listed for port in ports for chain in _chains_of(port)}
            self.stale = sorted({chain for port in before.ports for chain in _chains_of(port)} - own)
        whole = [changed is None or service.key in changed for service in rules.front.services]
        flags, large = rules.settings, self.large
        self.pieces = [
            _PIECES.get((ports, flags), (large, wanted), partial(_piece, ports, flags, large=large, whole=wanted))
            for ports, wanted in zip(listed, whole, strict=True)
        ]

    def made(self) -> Rules:
        return Rules(jumps=_lines(self._jumps()), restore=self.restore(), save=self.save())

    def restore(self) -> str:
        return _lines(self._restore())

    def save(self, counts: Mapping[Spot, Count] | None = None) -> str:
        return _lines(self._save(counts))

    def _jumps(self) -> Iterator[str]:
        for table in ("mangle", "nat", "filter"):
            jumps = [rule for rule in self.rules.jumps if rule.table == table]
            targets = [rule.target.chain for rule in jumps if isinstance(rule.target, Jump)]
            yield f"*{table}"
            yield from (f":{chain} - [0:0]" for chain in (CANARY, *dict.fromkeys(targets)))
            yield from (rule.restored() for rule in self.fixed if rule.chain == "KUBE-FIREWALL" and table == rule.table)
            yield from (rule.restored(verb="-I") for rule in jumps)
            yield "COMMIT"

    def _restore(self) -> Iterator[str]:
        first = {"KUBE-FIREWALL", "KUBE-POSTROUTING", "KUBE-MARK-MASQ"}
        for table in ("filter", "nat"):
            fixed = [rule for rule in self.fixed if rule.table == table]
            begin = [rule for rule in fixed if rule.chain in first and self._declared(rule)]
            rest = [rule for rule in fixed if rule.chain not in first]
            end = self.rules.tail if table == "nat" else rest
            yield f"*{table}"
            yield from (f":{chain} - [0:0]" for chain in self._chains(table))
            yield from (rule.restored() for rule in begin)
            for piece in self.pieces:
                yield from piece.restored[table]
            if table == "nat":
                yield from (f"-X {chain}" for chain in self.stale)
            yield from (rule.restored() for rule in end)
            yield "COMMIT"

    def _declared(self, rule: Rule) -> bool:
        """Whether the restore text has a rule: the kubelet's guard only while localhost takes nodePorts."""
        return rule.chain != "KUBE-FIREWALL" or self.rules.settings.localhost

    def _chains(self, table: str) -> Iterator[str]:
        yield from HEADS[table]
        if table == "filter":
            yield from ("KUBE-FIREWALL",) if self.rules.settings.localhost else ()
        else:
            yield from (chain for piece in self.pieces for chain in piece.chains)
            yield from self.stale  # so that they are empty before they go

    def _save(self, counts: Mapping[Spot, Count] | None) -> Iterator[str]:
        by_place = {place: [rule.saved() for rule in rules] for place, rules in self.rules.fixed.items()}
        for piece in self.pieces:
            for place, line in piece.saved:
                by_place.setdefault(place, []).append(line)
        by_place.setdefault(SERVICES, []).extend(rule.saved() for rule in self.rules.tail)
        for table in ("mangle", "filter", "nat"):
            own = {chain for name, chain in by_place if name == table}
            own |= {CANARY, *(self._chains(table) if table in HEADS else ())}
            built_in = BUILT_IN[table]
            ordered = [*built_in, *sorted(own.difference(built_in))]
            yield f"*{table}"
            yield from (f":{chain} {'ACCEPT' if chain in built_in else '-'} [0:0]" for chain in ordered)
            for chain in ordered:
                found = by_place.get((table, chain), [])
                yield from found if counts is None else _counted(table, chain, found, counts)
            yield "COMMIT"


def _counted(table: str, chain: str, lines: Iterable[str], counts: Mapping[Spot, Count]) -> Iterator[str]:
    for at, line in enumerate(lines):
        packets, size = counts.get((table, chain, at), (0, 0))
        yield f"[{packets}:{size}] {line}"


def _chains_of(port: ServicePort) -> Iterator[str]:
    """The chains of one service port, in the order in which kube-proxy declares them."""
    if port.has_endpoints and port.external:
        yield port.chain("EXT")
    if port.firewalled:
        yield port.chain("FW")
    for kind, ends in (("SVC", port.cluster), ("SVL", port.near)):
        if ends:
            yield port.chain(kind)
    yield from (port.chain("SEP", end) for end in port.reachable)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
