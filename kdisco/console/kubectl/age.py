"""Times as kubectl shows them: how long ago, in few letters. Upstream: apimachinery pkg/util/duration."""

from __future__ import annotations

from datetime import UTC, datetime

from kdisco.model.meta import seconds

__all__ = ["ago", "date", "human"]

MINUTE, HOUR, DAY = 60, 3600, 86400
YEAR = 365 * DAY
UNKNOWN = "<unknown>"


def human(length: float) -> str:
    """A length in seconds with two units at most: ``3h7m``."""
    whole = int(length)
    if whole < -1:
        return "<invalid>"
    for below, unit, names in LENGTHS:
        if whole < below:
            return _units(max(whole, 0), unit, names)
    return f"{whole // YEAR}y"


# below so many seconds: the larger unit, and the letters of it and of the smaller one ("" for none)
LENGTHS = (
    (2 * MINUTE, 1, "s"),
    (10 * MINUTE, MINUTE, "ms"),
    (3 * HOUR, MINUTE, "m"),
    (8 * HOUR, HOUR, "hm"),
    (2 * DAY, HOUR, "h"),
    (8 * DAY, DAY, "dh"),
    (2 * YEAR, DAY, "d"),
    (8 * YEAR, YEAR, "yd"),
)
SIZES = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY}


def _units(whole: int, unit: int, names: str) -> str:
    many, rest = divmod(whole, unit)
    few = rest // SIZES[names[1]] if len(names) > 1 else 0
    return f"{many}{names[0]}" + (f"{few}{names[1]}" if few else "")


def ago(stamp: str | None, now: float) -> str:
    """How long before ``now`` (Unix seconds) an API time was; ``<unknown>`` for none."""
    return human(now - seconds(stamp)) if stamp else UNKNOWN


def date(stamp: str | None) -> str:
    """An API time as describe prints it: RFC 1123 with the zone as a number; None is Go's zero time."""
    if not stamp:
        return "Mon, 01 Jan 0001 00:00:00 +0000"
    return datetime.fromtimestamp(int(seconds(stamp)), UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
