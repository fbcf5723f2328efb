"""The link layer: hardware addresses, interface names and numbers of nodes and Pods.

A real system takes most of them at random; here each follows from what it belongs to, so that it stays the same.
"""

from __future__ import annotations

import hashlib
import ipaddress
from functools import lru_cache

__all__ = ["POD_DEVICE", "ROUTER", "hardware_address", "link_local", "veth_name"]

POD_DEVICE = 2  # number of eth0 in a Pod
ROUTER = "gateway"  # whose hardware address all have that are in the nodes' network and no nodes


@lru_cache(maxsize=1 << 14)
def hardware_address(*names: str) -> str:
    """The MAC address of a device: locally administered, as those that the kernel draws for virtual devices."""
    raw = bytearray(hashlib.sha256("/".join(names).encode()).digest()[:6])
    raw[0] = raw[0] & 0xFC | 0x02
    return raw.hex(":")


def link_local(mac: str) -> str:
    """The IPv6 address that a device gives itself (EUI-64)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    host = bytes((octets[0] ^ 0x02, *octets[1:3], 0xFF, 0xFE, *octets[3:]))
    return str(ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + host))


def veth_name(pod: str) -> str:
    """The node's end of a Pod's cable."""
    return "veth" + hashlib.sha256(pod.encode()).hexdigest()[:8]
