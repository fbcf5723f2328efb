"""What an nftables rule can ask of a packet, as kube-proxy writes it and as ``nft list ruleset`` prints it back.

Upstream: nftables 1.0.6 (src/datatype.c, src/segtree.c) for the printing.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable, Iterator
from functools import lru_cache

from attrs import field, frozen

from kdisco.net.match import Match, Recent, Sight
from kdisco.net.packet import as_text, family, span

__all__ = ["CtNew", "Ends", "FibLocal", "InSet", "L4proto", "Note", "OneOf", "Sticky", "Unmarked", "ip", "shown"]

BITS = {4: 32, 6: 128}


def ip(version: int) -> str:
    """The word of a family: ``ip`` or ``ip6``."""
    return "ip6" if version == 6 else "ip"  # noqa: PLR2004 - the IP version


def shown(cidr: str) -> str:
    """An address or a range as nft prints it: host bits cut off, a range of one as the address."""
    return cidr if "/" not in cidr and ":" not in cidr else _shown(cidr)


@lru_cache(maxsize=1 << 14)
def _shown(cidr: str) -> str:
    net = ipaddress.ip_network(cidr, strict=False)
    text = as_text(int(net.network_address), net.version)
    return text if net.prefixlen == net.max_prefixlen else f"{text}/{net.prefixlen}"


def _value(sight: Sight, end: str) -> int:
    return sight.source if end == "saddr" else sight.destination


@frozen
class Ends(Match):
    """``ip saddr RANGE``: an end of the packet, ``saddr`` or ``daddr``, lies in a range or is an address."""

    end: str
    cidr: str
    negated: bool = False

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"{'ip6' if ':' in self.cidr else 'ip'} {self.end}{' !=' if self.negated else ''} {self.cidr}"

    def saved(self) -> str:
        """As nft lists it."""
        return f"{'ip6' if ':' in self.cidr else 'ip'} {self.end}{' !=' if self.negated else ''} {shown(self.cidr)}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """Whether the packet fits."""
        network, mask = span(self.cidr)
        return (_value(sight, self.end) & mask == network) is not self.negated


@frozen
class OneOf(Match):
    """``ip saddr { RANGE , RANGE }``: an end lies in one of several ranges; ``comma`` is how they are joined."""

    end: str
    cidrs: tuple[str, ...]
    negated: bool = False
    comma: str = " , "

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"{self._head()} {{ {self.comma.join(self.cidrs)} }}"

    def saved(self) -> str:
        """As nft lists it: in order, neighbours joined, a single one without braces."""
        if len(self.cidrs) == 1:
            return f"{self._head()} {shown(self.cidrs[0])}"
        return f"{self._head()} {{ {', '.join(self._joined())} }}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """Whether the packet fits."""
        value = _value(sight, self.end)
        return any(value & mask == network for network, mask in map(span, self.cidrs)) is not self.negated

    def _head(self) -> str:
        return f"{ip(family(self.cidrs[0]))} {self.end}{' !=' if self.negated else ''}"

    def _joined(self) -> Iterator[str]:
        version = family(self.cidrs[0])
        whole = (1 << BITS[version]) - 1
        spans = sorted({(network, network | (whole ^ mask)) for network, mask in map(span, self.cidrs)})
        joins = any("/" in cidr for cidr in self.cidrs)  # a set of bare addresses holds no ranges
        for first, last in _merged(spans) if joins else spans:
            size = last - first + 1
            if size & (size - 1) or first % size:
                yield f"{as_text(first, version)}-{as_text(last, version)}"
            else:
                length = BITS[version] - size.bit_length() + 1
                yield as_text(first, version) + ("" if size == 1 else f"/{length}")


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, with those joined that touch."""
    found: list[tuple[int, int]] = []
    for first, last in spans:
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


@frozen
class InSet(Match):
    """``ip daddr @set``: an end is one of a named set's elements, given as numbers."""

    version: int
    end: str
    name: str
    members: frozenset[int] = field(repr=False, eq=False)

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"{ip(self.version)} {self.end} @{self.name}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """Whether the packet fits."""
        return _value(sight, self.end) in self.members


@frozen
class Sticky(Recent):
    """``ip saddr @affinity-...``: the source stands in an affinity set; ``seconds`` is how long it does."""

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"{ip(self.family)} saddr @{self.name}"

    def saved(self) -> str:
        """As nft lists it."""
        return self.restored()

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """Whether the packet fits; an element is gone in the moment when its time is up."""
        if sight.recent is None or self.seconds is None:
            return False
        return sight.recent(self.name, math.nextafter(self.seconds, 0))


@frozen
class Note(Recent):
    """``update @affinity-... { ip saddr }``: put the source into an affinity set, or renew its time there."""

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"update @{self.name} {{ {ip(self.family)} saddr }}"

    def saved(self) -> str:
        """As nft lists it."""
        return self.restored()


@frozen
class CtNew(Match):
    """``ct state new``."""

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return "ct state new"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """Whether the packet fits."""
        return "NEW" in sight.states


@frozen
class Unmarked(Match):
    """One bit of the packet's mark is not set."""

    bit: int

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"mark and {self.bit:#010x} == 0"

    def saved(self) -> str:
        """As nft lists it."""
        return f"meta mark & {self.bit:#010x} == 0x00000000"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """Whether the packet fits."""
        return not mark & self.bit


@frozen
class FibLocal(Match):
    """``fib saddr type local``: an end, ``saddr`` or ``daddr``, is one of the node's own addresses."""

    end: str

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"fib {self.end} type local"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """Whether the packet fits."""
        return sight.source_local if self.end == "saddr" else sight.destination_local


@frozen
class L4proto(Match):
    """``meta l4proto tcp``."""

    name: str

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"meta l4proto {self.name}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """Whether the packet fits."""
        return sight.protocol == self.name
