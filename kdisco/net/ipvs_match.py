"""What the iptables rules of IPVS mode ask of a packet beside what those of iptables mode do."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from attrs import field, frozen

from kdisco.net.match import Match, Sight
from kdisco.net.packet import number, span
from kdisco.net.target import Masquerade

__all__ = ["ForVirtual", "FromAfar", "Hairpin", "InSet", "OfProtocol", "Unbridged"]

NUMBERS = {"tcp": 6, "udp": 17, "sctp": 132}  # IP protocol numbers


@frozen
class InSet(Match):
    """``-m set --match-set``: the packet stands in an ipset; ``ends`` says by which of its ends, ``has`` looks."""

    name: str
    ends: str
    has: Callable[[Sight, str], bool] = field(eq=False, repr=False)

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-m set --match-set {self.name} {self.ends}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return self.has(sight, self.ends)


@frozen
class OfProtocol(Match):
    """``-p`` without the protocol's own module."""

    name: str
    RANK: ClassVar[int] = 2
    MODULE: ClassVar[bool] = False

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-p {self.name}"

    def head(self) -> str:
        """As iptables-save prints it before the modules."""
        return f"-p {self.name}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return sight.protocol == self.name


@frozen
class Unbridged(Match):
    """``-m physdev ! --physdev-is-in``: it came by no port of the bridge; those lead to Pods of these ``ranges``."""

    ranges: tuple[str, ...]

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return "-m physdev ! --physdev-is-in"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return all(sight.source & mask != network for network, mask in map(span, self.ranges))


@frozen
class FromAfar(Match):
    """``-m addrtype ! --src-type LOCAL``: the node itself did not send it."""

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return "-m addrtype ! --src-type LOCAL"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return not sight.source_local


@frozen
class ForVirtual(Match):
    """``-m ipvs``: IPVS took the packet for one of its virtual servers."""

    ip: str
    protocol: str
    port: int

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-m ipvs --vaddr {self.ip} --vproto {self.protocol} --vport {self.port}"

    def saved(self) -> str:
        """As iptables-save prints it among the modules."""
        return f"-m ipvs --vproto {NUMBERS[self.protocol]} --vaddr {self.ip} --vport {self.port}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return sight.virtual == (number(self.ip), self.protocol, self.port)


@frozen
class Hairpin(Masquerade):
    """MASQUERADE for who reaches itself; kube-proxy asks for no random port there."""

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return "-j MASQUERADE"
