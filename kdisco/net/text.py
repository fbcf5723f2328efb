"""A ruleset as text: the jumps, what kube-proxy feeds iptables-restore, and what iptables-save prints back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from kdisco.errors import UsageError
from kdisco.net.fates import ruleset
from kdisco.net.iptables import BUILT_IN
from kdisco.net.memo import Memo
from kdisco.net.rule import Rule, Rules
from kdisco.net.target import Jump

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

_TEXTS: Memo[Rules] = Memo(32)


def rules(state: State, node: str, mode: str | None = None, family: int = 4) -> Rules:
    """A node's rules of one family as text; ``mode`` None: the cluster's.

    Raises UsageError for a node that is not there, a family other than 4 and 6, or a mode that is not modelled.
    """
    if family not in (4, 6):
        msg = f"family: {family!r} is neither 4 nor 6"
        raise UsageError(msg)
    if mode is not None:
        state = evolve(state, config=evolve(state.config, proxy=evolve(state.config.proxy, mode=mode)))
    return text_of(ruleset(state, node, family))


def text_of(rules: Ruleset) -> Rules:
    """The texts of a ruleset; remembered with it."""
    return _TEXTS.get((rules,), (), lambda: _Text(rules).made())


class _Text:
    """One ruleset on its way to text."""

    def __init__(self, rules: Ruleset) -> None:
        self.rules = rules
        self.fixed = [rule for found in rules.fixed.values() for rule in found if rule not in rules.jumps]
        self.ported = [rule for service in rules.front.services for rule in rules.rules_of(service)]
        self.large = sum(len(port.endpoints) for port in rules.ports) > LARGE

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
            yield from self._written(begin)
            yield from self._written(rule for rule in self.ported if rule.table == table)
            yield from self._written(end)
            yield "COMMIT"

    def _declared(self, rule: Rule) -> bool:
        """Whether the restore text has a rule: the kubelet's guard only while localhost takes nodePorts."""
        return rule.chain != "KUBE-FIREWALL" or self.rules.settings.localhost

    def _chains(self, table: str) -> Iterator[str]:
        yield from HEADS[table]
        if table == "filter":
            yield from ("KUBE-FIREWALL",) if self.rules.settings.localhost else ()
        else:
            yield from (chain for port in self.rules.ports for chain in _chains_of(port))

    def _written(self, rules: Iterable[Rule]) -> Iterator[str]:
        return (rule.restored(large=self.large) for rule in rules)

    def _save(self) -> Iterator[str]:
        by_place = self.rules.chains()
        for table in ("mangle", "filter", "nat"):
            own = {chain for name, chain in by_place if name == table}
            own |= {CANARY, *(self._chains(table) if table in HEADS else ())}
            built_in = BUILT_IN[table]
            ordered = [*built_in, *sorted(own.difference(built_in))]
            yield f"*{table}"
            yield from (f":{chain} {'ACCEPT' if chain in built_in else '-'} [0:0]" for chain in ordered)
            for chain in ordered:
                yield from (rule.saved(large=self.large) for rule in by_place.get((table, chain), ()))
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
