"""A table of nftables as text: what kube-proxy feeds ``nft -f -``, whole or for a change, one command a line.

Upstream: pkg/proxy/nftables/proxier.go (syncProxyRules, nftElementStorage).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.memo import Memo
from kdisco.net.nft_base import ELEMENTS
from kdisco.net.nft_rule import Chain, Container, Element, Item, table_of
from kdisco.net.nft_rules import of_port
from kdisco.net.nft_save import Blocks, blocks, listing
from kdisco.net.rule import Rules

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.net.iptables import Settings
    from kdisco.net.nft_ruleset import NftRuleset
    from kdisco.net.proxy import ServicePort

__all__ = ["removal", "sync", "texts"]

Lines = tuple[str | Element, ...]  # commands, those for elements not yet written: they may be there already

_TEXTS: Memo[Rules] = Memo(32)
_PIECES: Memo[_Piece] = Memo(1 << 15)


def texts(rules: NftRuleset) -> Rules:
    """The texts of a table; remembered with it. There are no jumps: its base chains hang on the hooks themselves."""
    return _TEXTS.get((rules,), (), lambda: _texts(rules))


def _texts(rules: NftRuleset) -> Rules:
    whole = _Sync(rules)
    restore = _joined(whole.commands())
    save = listing(rules, (piece.listed for piece in whole.pieces), whole.stored.values())
    return Rules(jumps="", restore=restore, save=save)


def sync(rules: NftRuleset, before: NftRuleset, changed: AbstractSet[Key] | None) -> str:
    """What kube-proxy writes after ``before``: the ``changed`` Services' own chains and what else is another now.

    ``changed`` None: everything. What a change leaves without use is emptied; ``removal`` deletes it in a later
    transaction.
    """
    if changed is None:
        return _joined(_Sync(rules).commands())
    return _joined(_Sync(rules, before, changed).commands()) if changed else ""


def removal(rules: NftRuleset, before: NftRuleset) -> str:
    """What is deleted one second later: chains that an older table had, which nothing leads to any more."""
    now = _names(rules, Chain)
    return _joined(chain.restored("delete") for name, chain in _names(before, Chain).items() if name not in now)


def _names(rules: NftRuleset, kind: type[Chain | Container]) -> dict[str, Chain | Container]:
    """The Services' own chains or sets."""
    return {item.name: item for item in rules.items() if isinstance(item, kind)}


@frozen
class _Piece:
    """What one Service has in the texts."""

    written: Lines
    listed: Blocks


def _piece(ports: tuple[ServicePort, ...], flags: Settings) -> _Piece:
    items = [item for port in ports for item in of_port(port, flags)]
    return _Piece(_written(items), blocks(items, {}))


def _written(items: Iterable[Item]) -> Lines:
    found: list[str | Element] = []
    for item in items:
        if isinstance(item, Element):
            found.append(item)
        else:
            found.append(item.restored())
            if isinstance(item, Chain):
                found.append(item.restored("flush"))
    return tuple(found)


class _Sync:
    """One sync of a table after another, or after none.

    ``changed`` are the Services that are written again, ``pieces`` is what each adds, ``stored`` what the sets and
    maps of Services hold.
    """

    def __init__(
        self, rules: NftRuleset, before: NftRuleset | None = None, changed: AbstractSet[Key] = frozenset()
    ) -> None:
        self.rules, self.before, self.changed = rules, before, changed
        listed, flags = [rules.ports_of(service) for service in rules.front.services], rules.settings
        self.pieces = [_PIECES.get((ports, flags), (), partial(_piece, ports, flags)) for ports in listed]
        self.stored: dict[tuple[str, tuple[str, ...]], Element] = {}
        if before is not None:
            old = _Sync(before)
            _joined(old.services())
            self.stored = old.stored
        self.left = set(self.stored)  # not asked for yet

    def commands(self) -> Iterator[str]:
        """All commands of the transaction."""
        if self.before is None:
            yield f'add table {table_of(self.rules.settings.family)} {{ comment "rules for kube-proxy" ; }}'
            yield from (item.restored() for item in self.rules.base)
        yield from self.services()
        if self.before is not None:
            yield from self._stale(self.before)

    def services(self) -> Iterator[str]:
        """What the Services need."""
        for service, piece in zip(self.rules.front.services, self.pieces, strict=True):
            anew = self.before is None or service.key in self.changed
            for line in piece.written:
                if isinstance(line, str):
                    if anew:
                        yield line
                elif self._lacks(line):
                    yield from self._added(line)

    def _lacks(self, element: Element) -> bool:
        """Whether an element is not there with this verdict."""
        at = element.place[1], element.key
        self.left.discard(at)
        known = self.stored.get(at)
        return known is None or known.target != element.target

    def _added(self, element: Element) -> Iterator[str]:
        """Add an element; one with another verdict makes place first."""
        at = element.place[1], element.key
        if at in self.stored:
            yield element.restored(verb="delete")
        yield element.restored()
        self.stored[at] = element

    def _stale(self, before: NftRuleset) -> Iterator[str]:
        """Chains are only emptied: the kernel may take a while to notice that no map leads to them any more."""
        chains, sets = _names(self.rules, Chain), _names(self.rules, Container)
        yield from (each.restored("flush") for name, each in _names(before, Chain).items() if name not in chains)
        yield from (each.restored("delete") for name, each in _names(before, Container).items() if name not in sets)
        for name in ELEMENTS:
            for at in [at for at in self.stored if at in self.left and at[0] == name]:
                yield self.stored.pop(at).restored(verb="delete")


def _joined(lines: Iterable[str]) -> str:
    return "".join([f"{line}\n" for line in lines])
