"""A table of nftables as ``nft list ruleset`` prints it back.

Upstream: nftables 1.0.6 (src/rule.c, src/expression.c).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.nft_base import Flush, Remove
from kdisco.net.nft_rule import Chain, Container, Element, Item, NftRule, table_of

if TYPE_CHECKING:
    from kdisco.net.nft_ruleset import NftRuleset

__all__ = ["Blocks", "blocks", "listing"]

GAP, TABS = "\n", "\t\t"
INDENT = f",\n\t\t\t{' ' * 5}"
PAIR = 2  # IPv4 addresses in one line


@frozen
class Blocks:
    """What nft lists of some part of a table: the sets and maps, the chains."""

    sets: tuple[str, ...]
    chains: tuple[str, ...]


def listing(rules: NftRuleset, services: Iterable[Blocks], stored: Iterable[Element]) -> str:
    """The whole table: sets and maps in the order in which they were made, then the chains likewise.

    ``services`` is what each of them adds, ``stored`` their elements, which two of them may have claimed.
    """
    elements: dict[str, list[Element]] = {}
    for element in chain(stored, (item for item in rules.base if isinstance(item, Element))):
        elements.setdefault(element.chain, []).append(element)
    parts = [blocks(rules.base, elements), *services]
    body = [block for each in parts for block in each.sets] + [block for each in parts for block in each.chains]
    return f'table {table_of(rules.settings.family)} {{\n\tcomment "rules for kube-proxy"\n{GAP.join(body)}}}\n'


def blocks(items: Iterable[Item | Flush | Remove], elements: dict[str, list[Element]]) -> Blocks:
    """What nft lists of these, and of the ``elements`` of the sets and maps among them, by name."""
    rules: dict[str, list[str]] = {}
    chains: dict[str, Chain] = {}
    sets: dict[str, Container] = {}
    for item in items:
        if isinstance(item, NftRule):
            rules.setdefault(item.place[1], []).append(f"{TABS}{item.saved()}\n")
        elif isinstance(item, Chain):
            chains[item.name] = item
        elif isinstance(item, Container):
            sets[item.name] = item
        elif isinstance(item, Remove):
            sets.pop(item.what.name, None)
    return Blocks(
        tuple(_block(each.noun, each, _elements(each, elements.get(name, []))) for name, each in sets.items()),
        tuple(_block("chain", each, "".join(rules.get(name, ()))) for name, each in chains.items()),
    )


def _block(noun: str, what: Chain | Container, rest: str) -> str:
    facts = "".join([f"{TABS}{fact}\n" for fact in what.saved()])
    return f"\t{noun} {what.name} {{\n{facts}{rest}\t}}\n"


def _elements(container: Container, elements: list[Element]) -> str:
    """The elements in nft's order; IPv4 addresses stand two in a line."""
    if not elements:
        return ""
    words = [each.saved() for each in sorted(elements, key=attrgetter("order"))]
    wide = PAIR if container.types == ("ipv4_addr",) else 1
    rows = [", ".join(words[at : at + wide]) for at in range(0, len(words), wide)]
    return f"{TABS}elements = {{ {INDENT.join(rows)} }}\n"
