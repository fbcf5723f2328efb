"""What an iptables rule can ask of a packet.

Each part prints itself twice: as kube-proxy writes it for iptables-restore, and as iptables-save shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_network
from typing import ClassVar

from attrs import field, frozen

from kdisco.net.packet import as_text, span

__all__ = [
    "AddrType",
    "Comment",
    "Ctstate",
    "Destination",
    "Dport",
    "Marked",
    "Match",
    "Protocol",
    "Recent",
    "Sight",
    "Source",
    "Statistic",
    "as_range",
]

STEPS = 1 << 31  # the kernel keeps a probability in 31 bits


def as_range(cidr: str) -> str:
    """An address or a range as iptables-save prints it: with its length, IPv6 in its short form."""
    if ":" in cidr:
        return _canonical(cidr)
    return cidr if "/" in cidr else f"{cidr}/32"


@lru_cache(maxsize=1 << 14)
def _canonical(cidr: str) -> str:
    network = ip_network(cidr, strict=False)
    return f"{as_text(int(network.network_address), network.version)}/{network.prefixlen}"


def _not(negated: bool) -> str:  # noqa: FBT001 - a word for a word
    return "! " if negated else ""


@frozen
class Sight:
    """What the rules can see of one packet at one hook; addresses are numbers.

    ``states`` are its connection's conntrack states; ``recent(list, seconds)`` says whether its source
    stands in an xt_recent list since at most that many seconds. ``virtual`` is the virtual server (address, protocol,
    port) that IPVS took it for.
    """

    source: int
    destination: int
    protocol: str
    dport: int
    source_local: bool
    destination_local: bool
    states: frozenset[str] = frozenset({"NEW"})
    recent: Callable[[str, float], bool] | None = None
    virtual: tuple[int, str, int] | None = None


@frozen
class Match:
    """One condition. ``head`` is its part before the ``-m`` modules in iptables-save, ranked ``-s -d -p``."""

    RANK: ClassVar[int] = 3
    MODULE: ClassVar[bool] = True  # whether iptables-save prints something of it among the modules
    detail: ClassVar[bool] = False  # whether large clusters go without it

    def restored(self) -> str:
        """As fed to iptables-restore; "" for a condition that asks nothing."""
        return ""

    def head(self) -> str:
        """What iptables-save prints of it before the modules."""
        return ""

    def saved(self) -> str:
        """What iptables-save prints of it among the modules."""
        return self.restored() if self.MODULE else ""

    def holds(self, sight: Sight, mark: int) -> int:  # noqa: ARG002 - most ask less
        """0: no, 1: yes, n: one time in n."""
        return 1


@frozen
class Comment(Match):
    """Words for the reader. ``detail``: left out in large clusters."""

    text: str
    detail: bool = field(default=False, eq=False)  # type: ignore[misc]  # each comment says it of itself

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f'-m comment --comment "{self.text}"' if " " in self.text else f"-m comment --comment {self.text}"

    def saved(self) -> str:
        """As iptables-save prints it among the modules."""
        plain = self.text.replace("-", "").replace("_", "").isalnum()
        return f"-m comment --comment {self.text}" if plain else f'-m comment --comment "{self.text}"'


@frozen
class _Range(Match):
    cidr: str
    negated: bool = False
    MODULE: ClassVar[bool] = False
    OPTION: ClassVar[str] = ""

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"{'! ' if self.negated else ''}{self.OPTION} {self.cidr}"

    def head(self) -> str:
        """As iptables-save prints it before the modules."""
        text = as_range(self.cidr)
        return "" if text.endswith("/0") else f"{'! ' if self.negated else ''}{self.OPTION} {text}"


@frozen
class Source(_Range):
    """``-s``: the source lies in a range."""

    OPTION: ClassVar[str] = "-s"
    RANK: ClassVar[int] = 0

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        network, mask = span(self.cidr)
        return (sight.source & mask == network) is not self.negated


@frozen
class Destination(_Range):
    """``-d``: the destination lies in a range."""

    OPTION: ClassVar[str] = "-d"
    RANK: ClassVar[int] = 1

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        network, mask = span(self.cidr)
        return (sight.destination & mask == network) is not self.negated


@frozen
class Protocol(Match):
    """``-p``, with its module."""

    name: str
    RANK: ClassVar[int] = 2

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-m {self.name} -p {self.name}"

    def head(self) -> str:
        """As iptables-save prints it before the modules."""
        return f"-p {self.name}"

    def saved(self) -> str:
        """As iptables-save prints it among the modules."""
        return f"-m {self.name}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return sight.protocol == self.name


@frozen
class Dport(Match):
    """``--dport``: the destination port."""

    port: int

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"--dport {self.port}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return sight.dport == self.port


@frozen
class Ctstate(Match):
    """``-m conntrack --ctstate``: the connection is in one of these states."""

    states: tuple[str, ...]
    negated: bool = False

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-m conntrack {_not(self.negated)}--ctstate {','.join(self.states)}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return sight.states.isdisjoint(self.states) is self.negated


@frozen
class Marked(Match):
    """``-m mark``: one bit of the packet's mark."""

    bit: int
    negated: bool = False

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-m mark {_not(self.negated)}--mark {self.bit:#010x}/{self.bit:#010x}"

    def saved(self) -> str:
        """As iptables-save prints it among the modules."""
        return f"-m mark {_not(self.negated)}--mark {self.bit:#x}/{self.bit:#x}"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return bool(mark & self.bit) is not self.negated


@frozen
class AddrType(Match):
    """``-m addrtype``: an end of the packet is one of the node's own addresses. ``end`` is src or dst."""

    end: str

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-m addrtype --{self.end}-type LOCAL"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return sight.source_local if self.end == "src" else sight.destination_local


@frozen
class Statistic(Match):
    """``-m statistic --mode random``: one in ``among``, decided anew for each connection."""

    among: int

    def restored(self) -> str:
        """As fed to iptables-restore."""
        return f"-m statistic --mode random --probability {1 / self.among:.10f}"

    def saved(self) -> str:
        """As iptables-save prints it among the modules."""
        kept = int(STEPS * float(f"{1 / self.among:.10f}") + 0.5)
        return f"-m statistic --mode random --probability {kept / STEPS:.11f}"

    def holds(self, sight: Sight, mark: int) -> int:  # noqa: ARG002
        """One time in ``among``."""
        return self.among


@frozen
class Recent(Match):
    """``-m recent``: session affinity. With ``seconds`` it asks (``--rcheck``), without it notes (``--set``)."""

    name: str
    family: int
    seconds: int | None = None

    def restored(self) -> str:
        """As fed to iptables-restore."""
        ask = "--set" if self.seconds is None else f"--rcheck --seconds {self.seconds} --reap"
        return f"-m recent --name {self.name} {ask}"

    def saved(self) -> str:
        """As iptables-save prints it among the modules."""
        ask = "--set" if self.seconds is None else f"--rcheck --seconds {self.seconds} --reap"
        mask = "255.255.255.255" if self.family == 4 else ":".join(["ffff"] * 8)  # noqa: PLR2004 - the IP version
        return f"-m recent {ask} --name {self.name} --mask {mask} --rsource"

    def holds(self, sight: Sight, mark: int) -> bool:  # noqa: ARG002
        """0 or 1: whether the packet fits."""
        return self.seconds is None or (sight.recent is not None and sight.recent(self.name, self.seconds))
