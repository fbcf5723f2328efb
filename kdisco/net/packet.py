"""One packet's headers, and addresses as numbers."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.phrase import Phrase

__all__ = ["Packet", "address", "asked", "canonical", "family", "number", "span", "target"]

PROTOCOLS = ("tcp", "udp", "sctp")
ECHO = "icmp"  # a ping: no ports, but an id that stands in the place of its source port
MAX_PORT = 65535


@lru_cache(maxsize=1 << 16)
def number(text: str) -> int:
    """An address as the number that it is; raises ValueError when it is none."""
    return int(ipaddress.ip_address(text))


@lru_cache(maxsize=1 << 14)
def span(cidr: str) -> tuple[int, int]:
    """(network, mask) of a range or a single address; host bits are cut off."""
    network = ipaddress.ip_network(cidr, strict=False)
    return int(network.network_address), int(network.netmask)


def family(text: str) -> int:
    """4 or 6, for an address or a range."""
    return 6 if ":" in text else 4


@lru_cache(maxsize=1 << 14)
def address(text: str) -> str:
    """An address in its canonical form; raises UsageError when the text is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        msg = Phrase("{text!r} is not an IP address", text=text)
        raise UsageError(msg) from None


def canonical(ip: str) -> str:
    """An address in the form that rules have it: IPv6 has many ways to write one."""
    return address(ip) if ":" in ip else ip


def target(ip: str, port: int) -> str:
    """``ip:port``, the address in brackets when it is IPv6."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def asked(destination: str, port: int, protocol: str, *, echo: bool = False) -> tuple[str, str]:
    """A destination's canonical address and the protocol in small letters; raises UsageError for what is neither.

    ``echo``: a ping (icmp) will do too, and its port does not matter.
    """
    name = protocol.lower() if isinstance(protocol, str) else protocol
    if echo and name == ECHO:
        return address(destination), ECHO
    if name not in PROTOCOLS:
        words = "protocol: {value} is not one of {known}"
        msg = Phrase(words, value=repr(protocol), known=", ".join(PROTOCOLS))
        raise UsageError(msg)
    if type(port) is not int or not 1 <= port <= MAX_PORT:
        msg = Phrase("port: {value} is not a whole number from 1 to {most}", value=repr(port), most=MAX_PORT)
        raise UsageError(msg)
    return address(destination), name


@frozen
class Packet:
    """The headers that routing and netfilter look at; ``mark`` is the kernel's own note (fwmark), not on the wire."""

    source: str
    sport: int
    destination: str
    dport: int
    protocol: str = "tcp"
    mark: int = 0

    @property
    def family(self) -> int:
        """4 or 6."""
        return family(self.destination)

    @property
    def answer(self) -> Packet:
        """The packet that goes back: ends exchanged, unmarked."""
        return Packet(self.destination, self.dport, self.source, self.sport, self.protocol)

    def to(self, destination: str, dport: int) -> Packet:
        """This packet with another destination, as DNAT makes it."""
        return Packet(self.source, self.sport, destination, dport, self.protocol, self.mark)

    def by(self, source: str, sport: int) -> Packet:
        """This packet with another source, as SNAT makes it."""
        return Packet(source, sport, self.destination, self.dport, self.protocol, self.mark)

    def with_mark(self, mark: int) -> Packet:
        """This packet with another mark."""
        if mark == self.mark:
            return self
        return Packet(self.source, self.sport, self.destination, self.dport, self.protocol, mark)

    def __str__(self) -> str:
        mark = f" mark {self.mark:#x}" if self.mark else ""
        if self.protocol == ECHO:
            return f"{self.source} > {self.destination} icmp echo {'request' if self.sport else 'reply'}{mark}"
        return f"{target(self.source, self.sport)} > {target(self.destination, self.dport)} {self.protocol}{mark}"
