"""Amounts of CPU and memory: ``100m``, ``64Mi``. Upstream: apimachinery pkg/api/resource/quantity.go."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

__all__ = ["quantity", "shown"]

NUMBER = re.compile(r"([-+]?[0-9.]+)(m|[kMGTPE]i?|Ki|[eE][-+]?[0-9]+|)")
BINARY = {f"{letter}i": 1024**power for power, letter in enumerate("KMGTPE", 1)}
DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}


def quantity(text: str) -> int:
    """An amount in thousandths, rounded up; 0 for what is none."""
    found = NUMBER.fullmatch(text)
    if found is None:
        return 0
    number, unit = Decimal(found[1]), found[2]
    if unit == "m":
        return int(number.to_integral_value(ROUND_CEILING))
    size = Decimal(f"1{unit}") if unit[:1] in ("e", "E") and len(unit) > 1 else Decimal({**BINARY, **DECIMAL}[unit])
    return int((number * size * 1000).to_integral_value(ROUND_CEILING))


def shown(value: int, *, binary: bool) -> str:
    """Thousandths as text, in the largest unit that leaves no fraction."""
    if value % 1000:
        return f"{value}m"
    whole = value // 1000
    for unit, size in reversed((BINARY if binary else DECIMAL).items()):
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return str(whole)
