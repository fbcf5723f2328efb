"""kube-ipvs0: the interface that IPVS mode gives every Service address to, so that a node takes packets for them.

Upstream: pkg/proxy/ipvs/proxier.go (activeBindAddrs), netlink_linux.go (v1.36).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from kdisco.net.memo import Memo
from kdisco.net.packet import number
from kdisco.net.proxy import ANY, front_ends

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kdisco.net.proxy import FrontEnds
    from kdisco.store.table import View

__all__ = ["KUBE_IPVS0", "bound"]

KUBE_IPVS0 = "kube-ipvs0"

_ADDRESSES: Memo[tuple[int, ...]] = Memo(32)


def bound(view: View, family: int, own: Iterable[str]) -> tuple[str, ...]:
    """The addresses of a family on the interface, in their order: of all Services but what is the node's ``own``."""
    front = front_ends(view, family)
    mine = set(map(number, own))
    cls = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address  # noqa: PLR2004 - the IP version
    listed = _ADDRESSES.get((front,), (), lambda: _addresses(front))
    return tuple(str(cls(each)) for each in listed if each not in mine or each in front.cluster_ips)


def _addresses(front: FrontEnds) -> tuple[int, ...]:
    return tuple(sorted({entry[0] for entry in front.places} - {ANY}))
