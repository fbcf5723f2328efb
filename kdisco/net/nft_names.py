"""The names of kube-proxy's own chains and sets in nftables mode: readable, and a hash in front tells them apart.

Upstream: pkg/proxy/nftables/proxier.go (hashAndTruncate, servicePortChainNameBase).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from kdisco.net.proxy import PAIRS

if TYPE_CHECKING:
    from kdisco.net.backends import Backend
    from kdisco.net.proxy import ServicePort

__all__ = ["chain_name", "name_base"]

LONGEST = 240  # nft takes 256 characters; 16 are left for what stands before
HASH_BYTES = 5  # 8 letters of base32


@lru_cache(maxsize=1 << 17)
def _hashed(text: str) -> str:
    """A text with its hash in front, cut where it would be too long for nft."""
    bits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:HASH_BYTES], "big")
    name = f"{PAIRS[bits >> 30]}{PAIRS[bits >> 20 & 1023]}{PAIRS[bits >> 10 & 1023]}{PAIRS[bits & 1023]}-{text}"
    return name if len(name) <= LONGEST else f"{name[:LONGEST - 3]}..."


def name_base(port: ServicePort, backend: Backend | None = None) -> str:
    """What all names of a service port, or of one of its endpoints, have in common after their first word.

    The colons of IPv6, which nft refuses, become dots.
    """
    name = f"{port.namespace}/{port.service}/{port.protocol}/{port.name}"
    if backend is not None:
        name += f"__{backend.address.replace(':', '.')}/{backend.port}"
    return _hashed(name)


def chain_name(port: ServicePort, kind: str, backend: Backend | None = None) -> str:
    """A chain of a service port: ``service``, ``local``, ``external`` or ``firewall``.

    With a backend its ``endpoint`` chain or its ``affinity`` set.
    """
    return f"{kind}-{name_base(port, backend)}"
