"""A value as a small HTML table for notebooks: escaped, without script or colours of its own, readable aloud.

Captions, heads and cells that are Phrases are said in the reader's language, all others stay as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Self

from kdisco.phrase import said

__all__ = ["Bold", "Link", "columns", "room", "table", "wide"]


class Bold(str):
    """A cell that is to stand out; ``text`` is what it was made of, a Phrase perhaps."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Self:
        """Mark a text."""
        made = str.__new__(cls, text)
        made.text = text
        return made


class Link(str):
    """A cell that is an https address: shown by its last part."""

    __slots__ = ()


def table(
    kind: str, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], lang: str | None = None
) -> str:
    """A table of texts; the first cell of a row heads it. ``kind`` is a word for style sheets: ``lookup``, ``trace``.

    It takes the page's own colours, in dark as in light, and says nothing by colour. ``lang`` None is the language
    that was set.
    """
    head = "".join(f'<th scope="col">{escape(said(name, lang))}</th>' for name in heads)
    body = "".join(f"<tr>{''.join(_cells(row, lang))}</tr>" for row in rows)
    return (
        f'<table class="kdisco {escape(kind)}"><caption>{escape(said(caption, lang))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cells(row: Sequence[str], lang: str | None) -> Iterable[str]:
    for place, cell in enumerate(row):
        text = escape(said(cell, lang))
        if isinstance(cell, Bold):
            text = f"<strong>{escape(said(cell.text, lang))}</strong>"
        if isinstance(cell, Link) and cell.startswith("https://"):
            short = cell.rstrip("/").rpartition("/")[2].lstrip("#")
            text = f'<a href="{escape(cell)}">{escape(short)}</a>'
        yield f"<td>{text}</td>" if place else f'<th scope="row">{text}</th>'


def columns(rows: Iterable[Sequence[str]], lang: str | None = None) -> list[str]:
    """The same rows as lines of text, each column as wide as its longest cell."""
    listed = [[said(cell, lang) for cell in row] for row in rows]
    widths = [max(map(room, cells)) for cells in zip(*listed, strict=True)]
    padded = [[cell + " " * (width - room(cell)) for cell, width in zip(row, widths, strict=True)] for row in listed]
    return ["  ".join(row).rstrip() for row in padded]


def wide(letter: str) -> bool:
    """Whether a letter is as wide as high: Chinese ones and their punctuation."""
    return unicodedata.east_asian_width(letter) in "WF"


def room(text: str) -> int:
    """How many letters' room a text takes: a wide letter that of two."""
    return len(text) if text.isascii() else sum(1 + wide(letter) for letter in text)
