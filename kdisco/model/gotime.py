"""Times as Go reads them from JSON, and its words for what is none. Upstream: Go time/format.go, meta/v1 time.go."""

from __future__ import annotations

import re
from datetime import datetime

__all__ = ["MICRO", "SECOND", "canonical_time"]

SECOND = "2006-01-02T15:04:05Z07:00"
MICRO = "2006-01-02T15:04:05.000000Z07:00"
PLAIN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
PARTS: tuple[tuple[str, str, str, int], ...] = (  # Go's sample, what it looks like, its name, its highest value
    ("2006", r"\d{4}", "", 9999),
    ("-", "-", "", 0),
    ("01", r"\d{2}", "month", 12),
    ("-", "-", "", 0),
    ("02", r"\d{2}", "day", 31),
    ("T", "T", "", 0),
    ("15", r"\d{1,2}", "hour", 23),
    (":", ":", "", 0),
    ("04", r"\d{2}", "minute", 59),
    (":", ":", "", 0),
    ("05", r"\d{2}(?:[.,]\d+)?", "second", 59),
    ("Z07:00", r"Z|[-+]\d{2}:\d{2}", "", 0),
)


def canonical_time(text: str, layout: str = SECOND) -> str:
    """A time as the API prints it, in UTC, to the second or (``MICRO``) microsecond; raises ValueError as Go does."""
    if layout == SECOND and PLAIN.fullmatch(text):
        return text
    _check(text, layout)
    try:
        moment = datetime.fromisoformat(text.replace(",", "."))
    except ValueError:  # a day that the month does not have is all that is left to go wrong
        msg = f'parsing time "{text}": day out of range'
        raise ValueError(msg) from None
    offset = moment.utcoffset()
    utc = moment.replace(tzinfo=None) - offset if offset else moment
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ" if layout == SECOND else "%Y-%m-%dT%H:%M:%S.%fZ")


def _check(text: str, layout: str) -> None:
    """Raise ValueError at the first part that does not fit."""
    left = text
    for sample, pattern, name, highest in PARTS:
        found = re.match(pattern, left)
        shown = f"{sample}.000000" if sample == "05" and layout == MICRO else sample
        if found is None:
            msg = f'parsing time "{text}" as "{layout}": cannot parse "{left}" as "{shown}"'
            raise ValueError(msg)
        if name and not _fits(found[0], name, highest):
            msg = f'parsing time "{text}": {name} out of range'
            raise ValueError(msg)
        left = left[found.end() :]
    if left:
        msg = f'parsing time "{text}": extra text: "{left}"'
        raise ValueError(msg)


def _fits(digits: str, name: str, highest: int) -> bool:
    number = int(re.split("[.,]", digits)[0])
    return (1 if name in ("month", "day") else 0) <= number <= highest
