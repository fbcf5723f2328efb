"""One packet's headers, and addresses as numbers."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.phrase import Phrase

__all__ = ["Packet", "address", "as_text", "asked", "family", "lenient", "lenient_range", "number", "span", "target"]

PROTOCOLS = ("tcp", "udp", "sctp")
ECHO = "icmp"  # a ping: no ports, but an id that stands in the place of its source port
MAX_PORT = 65535
WHOLE = {4: (1 << 32) - 1, 6: (1 << 128) - 1}  # the mask of a single address
LEADING_ZEROS = re.compile(r"\b0+(?=\d)")


@lru_cache(maxsize=1 << 16)
def number(text: str) -> int:
    """An address as the number that it is; raises ValueError when it is none."""
    return int(ipaddress.ip_address(text))


@lru_cache(maxsize=1 << 14)
def span(cidr: str) -> tuple[int, int]:
    """(network, mask) of a range or a single address; host bits are cut off."""
    if "/" not in cidr:
        return number(cidr), WHOLE[family(cidr)]
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


@lru_cache(maxsize=1 << 16)
def lenient(text: str) -> str:
    """An address as kube-proxy takes it: leading zeros do not matter; "" for a text that is none.

    Upstream: k8s.io/utils/net ParseIPSloppy.
    """
    try:
        found = ipaddress.ip_address(LEADING_ZEROS.sub("", text) if "." in text else text)
    except ValueError:
        return ""
    return str((found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None) or found)


@lru_cache(maxsize=1 << 12)
def lenient_range(text: str) -> str:
    """A range as kube-proxy takes it, without its host bits; "" for a text that is none."""
    start, slash, length = text.partition("/")
    try:
        return str(ipaddress.ip_network(f"{lenient(start)}/{length}", strict=False)) if slash else ""
    except ValueError:
        return ""


def as_text(value: int, version: int) -> str:
    """An address as inet_ntop(3) writes it, and with it the kernel's tools."""
    if version == 4:  # noqa: PLR2004 - the IP version
        return str(ipaddress.IPv4Address(value))
    if 1 << 16 <= value < 1 << 32:  # ::a.b.c.d, the old form of IPv4 addresses
        return f"::{ipaddress.IPv4Address(value)}"
    return str(ipaddress.IPv6Address(value))


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
