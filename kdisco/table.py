"""A value as a small HTML table for notebooks: escaped, without script or colours of its own, readable aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["Bold", "Link", "columns", "table"]


class Bold(str):
    """A cell that is to stand out."""

    __slots__ = ()


class Link(str):
    """A cell that is an https address: shown by its last part."""

    __slots__ = ()


def table(kind: str, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts; the first cell of a row heads it. ``kind`` is a word for style sheets: ``lookup``, ``trace``.

    It takes the page's own colours, in dark as in light, and says nothing by colour.
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return (
        f'<table class="kdisco {escape(kind)}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cells(row: Sequence[str]) -> Iterable[str]:
    for place, cell in enumerate(row):
        text = f"<strong>{escape(cell)}</strong>" if isinstance(cell, Bold) else escape(cell)
        if isinstance(cell, Link) and cell.startswith("https://"):
            short = cell.rstrip("/").rpartition("/")[2].lstrip("#")
            text = f'<a href="{escape(cell)}">{escape(short)}</a>'
        yield f"<td>{text}</td>" if place else f'<th scope="row">{text}</th>'


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """The same rows as lines of text, each column as wide as its longest cell."""
    listed = [list(row) for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*listed, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in listed]
