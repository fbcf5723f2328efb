"""The nftables table of one node and family: found by what a packet looks like, or walked through whole.

What a Service adds is made when it is first asked for and remembered as long as its objects stay the same; a
verdict map is looked into by its key and never scanned.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.forks import Forks
from kdisco.net.memo import Memo
from kdisco.net.nft_base import base
from kdisco.net.nft_match import Ends, OneOf
from kdisco.net.nft_rule import Element, Item, NftRule
from kdisco.net.nft_rules import of_port
from kdisco.net.packet import span
from kdisco.net.proxy import Entry
from kdisco.net.told import Told

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.model.service import Service
    from kdisco.net.iptables import Settings
    from kdisco.store.table import View

__all__ = ["NOTHING", "NftFragment", "NftRuleset"]


@frozen
class NftFragment:
    """What one Service adds: its chains by name, its elements by map and key."""

    chains: Mapping[str, tuple[NftRule, ...]]
    elements: Mapping[tuple[str, Entry], Element]


NOTHING = NftFragment({}, {})

_ITEMS: Memo[tuple[Item, ...]] = Memo(1 << 16)
_FRAGMENTS: Memo[NftFragment] = Memo(1 << 16)
QUESTIONS = 1 << 14  # destinations whose conditions on sources a ruleset remembers


def _by_chain(items: Iterable[object]) -> Mapping[str, tuple[NftRule, ...]]:
    found: dict[str, list[NftRule]] = {}
    for item in items:
        if isinstance(item, NftRule):
            found.setdefault(item.chain, []).append(item)
    return {chain: tuple(rules) for chain, rules in found.items()}


def _fragment(items: tuple[Item, ...]) -> NftFragment:
    elements = {(item.chain, item.entry): item for item in items if isinstance(item, Element)}
    return NftFragment(_by_chain(items), elements)


class NftRuleset(Told):
    """The table of nftables, as the kernel of ``node`` was told it."""

    def __init__(self, view: View, node: str, settings: Settings) -> None:
        super().__init__(view, node, settings)
        self.base = tuple(base(settings, self.front.cluster_ips))
        self.shared = _by_chain(self.base)
        self._fragments: dict[Key, NftFragment] = {}
        self._asked: dict[Entry, Mapping[int, frozenset[int]]] = {}
        self.gone = Forks(self.front)

    def items_of(self, service: Service) -> tuple[Item, ...]:
        """All that one Service adds to the table, in the order of the text."""
        ports, flags = self.ports_of(service), self.settings
        return _ITEMS.get((ports, flags), (), lambda: tuple(item for port in ports for item in of_port(port, flags)))

    def fragment(self, service: Service) -> NftFragment:
        """The same, by what it is looked up by."""
        found = self._fragments.get(service.key)
        if found is None:
            items = self.items_of(service)
            found = self._fragments[service.key] = _FRAGMENTS.get((items,), (), lambda: _fragment(items))
        return found

    def items(self) -> Iterator[Item]:
        """All that the Services add, in the order of the text."""
        for service in self.front.services:
            yield from self.items_of(service)

    def lookup(self, name: str, entry: Entry) -> tuple[Element, NftFragment] | None:
        """The element of a verdict map, with what its Service adds; where two claim a key, the later one has it."""
        for service in reversed(self.front.places.get(entry, ())):
            fragment = self.fragment(service)
            element = fragment.elements.get((name, entry))
            if element is not None:
                return element, fragment
        return None

    def kin(self, source: int, destination: int, protocol: str, dport: int) -> Hashable:
        """What the rules can tell of a source that sends there: equal for sources that they treat alike."""
        entry = (destination, protocol, dport)
        asked = self._asked.get(entry)
        if asked is None:
            fragments = map(self.fragment, self.front.owners(entry))
            asked = _sources(rule for each in fragments for rules in each.chains.values() for rule in rules)
            if len(self._asked) < QUESTIONS:
                self._asked[entry] = asked
        return tuple([source & mask if source & mask in networks else None for mask, networks in asked.items()])


def _sources(rules: Iterable[NftRule]) -> Mapping[int, frozenset[int]]:
    """The networks that rules ask a source for, by their masks."""
    found: dict[int, set[int]] = {}
    for rule in rules:
        for match in rule.matches:
            cidrs = (match.cidr,) if isinstance(match, Ends) else match.cidrs if isinstance(match, OneOf) else ()
            for network, mask in map(span, cidrs):
                found.setdefault(mask, set()).add(network)
    return {mask: frozenset(networks) for mask, networks in found.items()}
