"""What an nftables rule does with a packet that fits, as kube-proxy writes it and as nft lists it."""

from __future__ import annotations

from attrs import frozen

from kdisco.net.match import Sight
from kdisco.net.nft_match import ip, shown
from kdisco.net.packet import target
from kdisco.net.target import Dnat, Jump, Masquerade, SetMark, Target, Verdict

__all__ = ["Go", "Mark", "Numgen", "Snat", "To", "Vmap", "Word"]

SIGNS = {"or": "|", "xor": "^"}


@frozen
class Go(Jump):
    """``jump``: through another chain and back here; ``goto`` (``back`` False): back to where this one came from."""

    back: bool = True

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"{'jump' if self.back else 'goto'} {self.chain}"

    def saved(self) -> str:
        """As nft lists it."""
        return self.restored()


@frozen
class Word(Verdict):
    """``drop``, ``return`` or ``reject`` (by ICMP port unreachable)."""

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return self.word.lower()

    def saved(self) -> str:
        """As nft lists it."""
        return self.restored()


@frozen
class Mark(SetMark):
    """Set (``or``) or flip (``xor``) one bit of the mark."""

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"mark set mark {self.how} {self.bit:#010x}"

    def saved(self) -> str:
        """As nft lists it."""
        return f"meta mark set meta mark {SIGNS[self.how]} {self.bit:#010x}"


@frozen
class To(Dnat):
    """``dnat to ip:port``."""

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return f"dnat to {self.to}"

    def saved(self) -> str:
        """As nft lists it."""
        return f"dnat to {target(shown(self.address), self.port)}"


@frozen
class Snat(Masquerade):
    """``masquerade fully-random``: any free source port, so that nobody can guess it."""

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return "masquerade fully-random"


@frozen
class Vmap(Target):
    """Look the packet up in a verdict map, by protocol and port, and by destination too where ``version`` is given."""

    name: str
    version: int | None = None

    def restored(self) -> str:
        """As kube-proxy writes it."""
        whose = f"{ip(self.version)} daddr . " if self.version else ""
        return f"{whose}meta l4proto . th dport vmap @{self.name}"

    def key(self, sight: Sight, anybody: int) -> tuple[int, str, int]:
        """What is looked up; ``anybody`` in place of an address where the map has none."""
        return sight.destination if self.version else anybody, sight.protocol, sight.dport


@frozen
class Numgen(Target):
    """Go on to one of several chains, each as likely as the others."""

    chains: tuple[str, ...]

    def restored(self) -> str:
        """As kube-proxy writes it."""
        return self._with(" , ")

    def saved(self) -> str:
        """As nft lists it."""
        return self._with(", ")

    def _with(self, comma: str) -> str:
        rows = comma.join(f"{at} : goto {chain}" for at, chain in enumerate(self.chains))
        return f"numgen random mod {len(self.chains)} vmap {{ {rows} }}"
