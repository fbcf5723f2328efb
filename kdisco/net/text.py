"""A ruleset as text: the jumps, what kube-proxy feeds iptables-restore, and what iptables-save prints back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.collection import collection_paused
from kdisco.errors import UsageError
from kdisco.net.fates import Judged, ruleset
from kdisco.net.iptables import BUILT_IN, SERVICES
from kdisco.net.memo import Memo
from kdisco.net.nft_ruleset import NftRuleset
from kdisco.net.nft_text import texts
from kdisco.net.rule import Place, Rule, Rules
from kdisco.net.target import Jump

if TYPE_CHECKING:
    from kdisco.config import ClusterConfig
    from kdisco.net.proxy import ServicePort
    from kdisco.net.ruleset import Ruleset
    from kdisco.store.state import State

__all__ = ["LARGE", "rules", "text_of"]

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

    Raises UsageError for a node that is not there, a family other than 4 and 6, or a mode that is not modelled.
    """
    if family not in (4, 6):
        msg = f"family: {family!r} is neither 4 nor 6"
        raise UsageError(msg)
    if mode is not None:
        state = evolve(state, config=_CONFIGS.get((state.config,), (mode,), lambda: _in_mode(state.config, mode)))
    return text_of(ruleset(state, node, family))


def _in_mode(config: ClusterConfig, mode: str) -> ClusterConfig:
    return evolve(config, proxy=evolve(config.proxy, mode=mode))


def text_of(rules: Judged) -> Rules:
    """The texts of a ruleset; remembered with it."""
    with collection_paused():
        if isinstance(rules, NftRuleset):
            return texts(rules)
        return _TEXTS.get((rules,), (), lambda: _Text(rules).made())


@frozen
class _Piece:
    """What one Service has in the texts: its chains, and its lines by table and by chain."""

    chains: tuple[str, ...]
    restored: Mapping[str, tuple[str, ...]]
    saved: Mapping[Place, tuple[str, ...]]


def _piece(ports: tuple[ServicePort, ...], rules: tuple[Rule, ...], *, large: bool) -> _Piece:
    restored: dict[str, list[str]] = {"filter": [], "nat": []}
    saved: dict[Place, list[str]] = {}
    for rule in rules:
        restored[rule.place[0]].append(rule.restored(large=large))
        saved.setdefault(rule.place, []).append(rule.saved(large=large))
    return _Piece(
        tuple(chain for port in ports for chain in _chains_of(port)),
        {table: tuple(lines) for table, lines in restored.items()},
        {place: tuple(lines) for place, lines in saved.items()},
    )


class _Text:
    """One ruleset on its way to text."""

    def __init__(self, rules: Ruleset) -> None:
        self.rules = rules
        self.fixed = [rule for found in rules.fixed.values() for rule in found if rule not in rules.jumps]
        # one way through the Services: each is looked up once, and printed again only when it has changed
        listed = [(rules.ports_of(service), rules.rules_of(service)) for service in rules.front.services]
        self.large = sum(len(port.endpoints) for ports, _ in listed for port in ports) > LARGE
        self.pieces = [
            _PIECES.get((ports, found), (self.large,), partial(_piece, ports, found, large=self.large))
            for ports, found in listed
        ]

    def made(self) -> Rules:
        return Rules(jumps=_lines(self._jumps()), restore=_lines(self._restore()), save=_lines(self._save()))

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

    def _save(self) -> Iterator[str]:
        by_place = {place: [rule.saved() for rule in rules] for place, rules in self.rules.fixed.items()}
        for piece in self.pieces:
            for place, lines in piece.saved.items():
                by_place.setdefault(place, []).extend(lines)
        by_place.setdefault(SERVICES, []).extend(rule.saved() for rule in self.rules.tail)
        for table in ("mangle", "filter", "nat"):
            own = {chain for name, chain in by_place if name == table}
            own |= {CANARY, *(self._chains(table) if table in HEADS else ())}
            built_in = BUILT_IN[table]
            ordered = [*built_in, *sorted(own.difference(built_in))]
            yield f"*{table}"
            yield from (f":{chain} {'ACCEPT' if chain in built_in else '-'} [0:0]" for chain in ordered)
            for chain in ordered:
                yield from by_place.get((table, chain), ())
            yield "COMMIT"


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
