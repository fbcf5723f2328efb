"""What an iptables rule does with a packet that fits, printed for iptables-restore and as iptables-save shows it."""

from __future__ import annotations

from attrs import frozen

from kdisco.net.packet import as_text, number, target

__all__ = ["Dnat", "Jump", "Masquerade", "SetMark", "Target", "Verdict"]


@frozen
class Target:
    """What a rule does with a packet that fits."""

    def restored(self) -> str:
        """As fed to iptables-restore; "" for a rule that only counts."""
        return ""

    def saved(self) -> str:
        """As iptables-save prints it."""
        return self.restored()


@frozen
class Jump(Target):
    """Go through another chain, and come back unless that one decides."""

    chain: str

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-j {self.chain}"


@frozen
class Verdict(Target):
    """ACCEPT, DROP, RETURN or REJECT (by ICMP port unreachable: the client reads "connection refused")."""

    word: str
    family: int = 4

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-j {self.word}"

    def saved(self) -> str:
        """As iptables-save prints it."""
        by = {4: "icmp-port-unreachable", 6: "icmp6-port-unreachable"}[self.family]
        return f"-j REJECT --reject-with {by}" if self.word == "REJECT" else f"-j {self.word}"


@frozen
class SetMark(Target):
    """Set (``or``) or flip (``xor``) one bit of the mark."""

    how: str
    bit: int

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-j MARK --{self.how}-mark {self.bit:#010x}"

    def saved(self) -> str:
        """As iptables-save prints it."""
        mask = self.bit if self.how == "or" else 0
        return f"-j MARK --set-xmark {self.bit:#x}/{mask:#x}"

    def on(self, mark: int) -> int:
        """The mark after it."""
        return mark | self.bit if self.how == "or" else mark ^ self.bit


@frozen
class Dnat(Target):
    """Rewrite the destination; conntrack remembers, so that replies are rewritten back."""

    address: str
    port: int
    to: str

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-j DNAT --to-destination {self.to}"

    def saved(self) -> str:
        """As iptables-save prints it."""
        to = target(as_text(number(self.address), 6), self.port) if ":" in self.address else self.to
        return f"-j DNAT --to-destination {to}"


@frozen
class Masquerade(Target):
    """Rewrite the source to the address of the interface that the packet leaves by."""

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return "-j MASQUERADE --random-fully"
