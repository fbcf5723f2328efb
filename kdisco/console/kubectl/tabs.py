"""Text in columns: cells end with tabs, and neighbouring lines share the widths of their columns.

A column is a run of consecutive lines that have a cell in that place; the last cell of a line belongs to none.
Upstream: Go text/tabwriter, cli-runtime pkg/printers/tabwriter.go, kubectl pkg/describe (tabbedString).
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["aligned", "tabulated"]

GET_LEAST, GET_PADDING = 6, 3  # of tables: the narrowest column, and the spaces behind the widest cell
TEXT_PADDING = 2  # of describe


def aligned(text: str, least: int = 0, padding: int = TEXT_PADDING) -> str:
    """A text whose tabs are replaced by spaces, as describe prints it."""
    lines = [line.split("\t") for line in text.split("\n")]
    out: list[str] = []
    _block(lines, (), least, padding, out)
    return "\n".join(out)


def _block(lines: Sequence[list[str]], widths: tuple[int, ...], least: int, padding: int, out: list[str]) -> None:
    """Add lines whose first columns are ``widths`` wide to ``out``; look for blocks of the next column."""
    column, at = len(widths), 0
    while at < len(lines):
        if column >= len(lines[at]) - 1:
            out.append(_line(lines[at], widths))
            at += 1
            continue
        end = at
        while end < len(lines) and column < len(lines[end]) - 1:
            end += 1
        width = max(least, *(len(line[column]) + padding for line in lines[at:end]))
        _block(lines[at:end], (*widths, width), least, padding, out)
        at = end


def _line(cells: list[str], widths: tuple[int, ...]) -> str:
    padded = [cell.ljust(widths[place]) if place < len(widths) else cell for place, cell in enumerate(cells)]
    return "".join(padded)


def tabulated(rows: Sequence[Sequence[str]]) -> str:
    """A table as ``kubectl get`` prints it: a line each, the last column as it is."""
    text = "".join("\t".join(row) + "\n" for row in rows)
    return aligned(text, GET_LEAST, GET_PADDING)
