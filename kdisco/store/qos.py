"""A Pod's class of service, from what its containers ask for. Upstream: pkg/apis/core/helper/qos/qos.go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdisco.model.pod import PodSpec

__all__ = ["qos_class"]

COUNTED = ("cpu", "memory")
SUFFIXES = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip
NANO = 1e9


def qos_class(spec: PodSpec) -> str:
    """Guaranteed (every container limits what it asks for), BestEffort (none asks) or Burstable."""
    asked, full = False, True
    for each in (*spec.init_containers, *spec.containers):
        resources: Mapping[str, Any] = each.kept.get("resources") or {}
        limits = _counted(resources.get("limits") or {})
        requests = limits | _counted(resources.get("requests") or {})
        asked = asked or bool(requests)
        full = full and set(limits) == set(COUNTED) and requests == limits
    if not asked:
        return "BestEffort"
    return "Guaranteed" if full else "Burstable"


def _counted(amounts: Mapping[str, Any]) -> dict[str, int]:
    """What there is of processor and memory; nothing asked for is not asking."""
    found = {name: _amount(str(amounts[name])) for name in COUNTED if name in amounts}
    return {name: amount for name, amount in found.items() if amount}


def _amount(text: str) -> int:
    """A quantity in billionths; 0 for what is none."""
    digits = text.rstrip("KMGTPEikmnu")
    try:
        return round(float(digits) * SUFFIXES.get(text[len(digits) :], 1.0) * NANO)
    except ValueError:
        return 0
