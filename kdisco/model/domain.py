"""Domain names as their labels: ``("web", "default", "svc")``; the root has none."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["REVERSE", "labels_of", "within"]

REVERSE = (("in-addr", "arpa"), ("ip6", "arpa"))  # the zones of addresses, IPv4's first


@lru_cache(maxsize=256)
def labels_of(domain: str) -> tuple[str, ...]:
    """The labels of a domain in lower case; "" and "." have none."""
    return tuple(domain.lower().strip(".").split(".")) if domain.strip(".") else ()


def within(labels: Sequence[str], zones: Iterable[tuple[str, ...]]) -> bool:
    """Whether a name (labels in lower case) is in one of the zones."""
    return any(not zone or tuple(labels[-len(zone) :]) == zone for zone in zones)
