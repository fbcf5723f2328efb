"""IP addresses as text. Upstream: Go's net.ParseIP."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

__all__ = ["IPV4", "IPV6", "parse_ip"]

IPV4, IPV6 = 4, 6


@lru_cache(maxsize=4096)
def parse_ip(text: str) -> tuple[int, str] | None:
    """The family (4 or 6) and canonical text of an address, None when it is none.

    As Go's net.ParseIP: no zones, no leading zeros; an IPv4-mapped address is the IPv4 address.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return IPV4, str(address)
    if address.scope_id is not None:
        return None
    mapped = address.ipv4_mapped
    return (IPV4, str(mapped)) if mapped is not None else (IPV6, str(address))
