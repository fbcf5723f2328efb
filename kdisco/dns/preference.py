"""In which order getaddrinfo() gives the addresses it found: RFC 6724 as each library has it.

Upstream: glibc sysdeps/posix/getaddrinfo.c (2.36, whose tables are still RFC 3484's); musl
src/network/lookup_name.c (1.2.3).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["by_preference"]

Row = tuple[str, int, int]  # prefix, precedence, label
TABLES: dict[str, tuple[Row, ...]] = {  # the first row that fits counts
    "glibc": (
        ("::1/128", 50, 0),
        ("::ffff:0:0/96", 10, 4),
        ("::/96", 20, 3),
        ("2002::/16", 30, 2),
        ("2001::/32", 40, 7),
        ("fec0::/10", 40, 5),
        ("fc00::/7", 40, 6),
        ("::/0", 40, 1),
    ),
    "musl": (
        ("::1/128", 50, 0),
        ("::ffff:0:0/96", 35, 4),
        ("2002::/16", 30, 2),
        ("2001::/32", 5, 5),
        ("fc00::/7", 3, 13),
        ("::/0", 40, 1),
    ),
}
LINK, GLOBAL = 2, 14
BITS = 128


def by_preference(addresses: Sequence[str], own: Sequence[str], libc: str = "glibc") -> list[str]:
    """Addresses as a Pod with ``own`` addresses (``10.244.1.5/24``, or without length) sorts them.

    Addresses of a family that it lacks come last; with no own addresses known every family counts as reachable.
    Within IPv4 glibc puts its own network first, musl whatever begins most like the own address.
    """
    interfaces = [ipaddress.ip_interface(each) for each in own]

    def rank(text: str) -> tuple[int, ...]:
        address = ipaddress.ip_address(text)
        source = ipaddress.ip_interface(text) if address.is_loopback else None
        source = source or next((each for each in interfaces if each.version == address.version), None)
        precedence, label = _policy(libc, _wide(address))
        if source is None:
            return (bool(interfaces), 0, 0, -precedence, _scope(address), 0)
        mine = _wide(source.ip)
        matching = _scope(source.ip) == _scope(address), label == _policy(libc, mine)[1]
        return (0, -matching[0], -matching[1], -precedence, _scope(address), -_alike(address, source, libc))

    return sorted(addresses, key=rank)


def _alike(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    source: ipaddress.IPv4Interface | ipaddress.IPv6Interface,
    libc: str,
) -> int:
    """Bits at the beginning that a destination and its source have in common, as far as they matter."""
    if libc == "glibc" and address.version == 4 and address not in source.network:  # noqa: PLR2004 - the IP version
        return 0
    return BITS - (int(_wide(address)) ^ int(_wide(source.ip))).bit_length()


def _wide(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv6Address:
    """An IPv4 address as an IPv6 one."""
    return ipaddress.IPv6Address(f"::ffff:{address}") if isinstance(address, ipaddress.IPv4Address) else address


@lru_cache(maxsize=1 << 12)
def _policy(libc: str, address: ipaddress.IPv6Address) -> tuple[int, int]:
    """Precedence and label."""
    rows = ((ipaddress.IPv6Network(prefix), precedence, label) for prefix, precedence, label in TABLES[libc])
    return next((precedence, label) for network, precedence, label in rows if address in network)


def _scope(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return LINK if address.is_link_local or address.is_loopback else GLOBAL
