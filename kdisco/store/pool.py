"""A run of numbers to be given away: addresses of a range, or node ports.

Each has two bands: asked-for values may come from anywhere, others are taken at random from the
upper band first. Upstream: pkg/registry/core/service/ipallocator/ipallocator.go, allocator/bitmap.go.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from attrs import frozen

__all__ = ["Network", "Pool"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SMALL, STEP_DIVISOR, MAX_STEP = 16, 16, 256
PORT_DIVISOR, MAX_PORT_STEP = 32, 128


@frozen
class Pool:
    """A run of values from ``first`` to ``last``; values below ``dynamic`` are given out last."""

    first: int
    last: int
    dynamic: int

    @classmethod
    def of_network(cls, network: Network) -> Pool:
        """The usable addresses of a range: all but the network's own and IPv4's broadcast address."""
        size = network.num_addresses
        first = int(network.network_address) + 1
        last = int(network.broadcast_address) - (network.version == 4)  # noqa: PLR2004 - the family
        band = 0 if size <= SMALL else min(max(SMALL, size // STEP_DIVISOR), MAX_STEP)
        return cls(first, last, first + band)

    @classmethod
    def of_ports(cls, first: int, last: int) -> Pool:
        """A range of node ports."""
        band = min(max(SMALL, (last - first + 1) // PORT_DIVISOR), MAX_PORT_STEP)
        return cls(first, last, first + band)

    def __contains__(self, value: int) -> bool:
        return self.first <= value <= self.last

    def pick(self, taken: Callable[[int], bool], draw: Callable[[int], int]) -> int | None:
        """A free value, from a random start upwards with wrap, upper band first; None when all are taken."""
        for low, high in ((self.dynamic, self.last), (self.first, self.dynamic - 1)):
            size = high - low + 1
            if size <= 0:
                continue
            start = draw(size)
            for offset in range(size):
                value = low + (start + offset) % size
                if not taken(value):
                    return value
        return None
