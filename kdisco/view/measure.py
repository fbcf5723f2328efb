"""How wide words are in a picture, so that they are cut where their box ends: Helvetica's widths, and wide letters.

Pages show Helvetica or a font of the same widths (Arial, Liberation Sans); Chinese letters are as wide as high.
Source: Adobe Core 14 AFM, Helvetica.afm.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from kdisco.table import room as columns
from kdisco.table import wide

__all__ = ["columns", "fit", "wide", "width"]

BOLD = 1.09  # at most so much wider than the plain letters
OTHER = 0.67  # em: a letter that the table does not have
GROUPS = {  # thousandths of an em
    191: "'", 222: "ijl", 260: "|", 278: " !,./:;I[\\]ft", 333: "()-`r", 334: "{}", 355: '"', 389: "*", 469: "^",
    500: "Jckszvxy", 556: "#$0123456789?L_abdeghnopqu", 584: "+<=>~", 611: "FTZ", 667: "&ABEKPSVXY", 722: "CDHNRUw",
    778: "GOQ", 833: "Mm", 889: "%", 944: "W", 1000: "\u2026\u2192", 1015: "@",
}  # fmt: skip
WIDTHS = {letter: size / 1000 for size, letters in GROUPS.items() for letter in letters}
ELLIPSIS = "\u2026"


@lru_cache(maxsize=1 << 13)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is in points, in letters of ``size`` points."""
    ems = sum(WIDTHS.get(letter) or (1.0 if wide(letter) else _em(letter)) for letter in text)
    return ems * size * (BOLD if bold else 1.0)


def _em(letter: str) -> float:
    return 0.0 if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf" else OTHER


@lru_cache(maxsize=1 << 13)
def fit(text: str, room: float, size: float, *, bold: bool = False, middle: bool = False) -> str:
    """A text as it fits into ``room`` points: without its end, or without its ``middle``, as names are cut."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = len(text)
    while kept > 1:
        kept -= 1
        tail = (kept - 1) // 2 if middle else 0
        head = text[: kept - tail] if middle else text[:kept].rstrip()
        cut = f"{head}{ELLIPSIS}{text[len(text) - tail :]}"
        if width(cut, size, bold=bold) <= room:
            return cut
    return ELLIPSIS
