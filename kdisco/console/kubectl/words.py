r"""A command line's words, as a shell parts them; only that what stands in braces stays together.

``-o jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}`` and ``-p {"spec": {"replicas": 2}}`` are then what they
look like, without quotes around them.
"""

from __future__ import annotations

__all__ = ["split"]

BREAKS = " \t\n"


def split(line: str) -> list[str]:
    """The words of a line; raises ValueError for a quote that does not end."""
    words: list[str] = []
    word: str | None = None
    at = 0
    while at < len(line):
        letter = line[at]
        if letter in BREAKS:
            if word is not None:
                words.append(word)
            word, at = None, at + 1
            continue
        if letter == "\\" and line[at + 1 : at + 2] == "\n":
            at += 2  # the line goes on
            continue
        text, at = _piece(line, at)
        word = (word or "") + text
    return words if word is None else [*words, word]


def _piece(line: str, at: int) -> tuple[str, int]:
    """The next piece of a word as it is meant, and where it ends."""
    letter = line[at]
    if letter in "'\"":
        return _quoted(line, at)
    if letter == "{" and (end := _closed(line, at)):
        return line[at:end], end
    if letter == "\\":
        return line[at + 1 : at + 2], at + 2
    return letter, at + 1


def _quoted(line: str, start: int) -> tuple[str, int]:
    quote, text, at = line[start], "", start + 1
    while at < len(line) and line[at] != quote:
        if quote == '"' and line[at] == "\\" and line[at + 1 : at + 2] in ('"', "\\", "$", "`", "\n"):
            at += 1
            text += "" if line[at] == "\n" else line[at]
        else:
            text += line[at]
        at += 1
    if at >= len(line):
        msg = "No closing quotation"
        raise ValueError(msg)
    return text, at + 1


def _closed(line: str, start: int) -> int:
    """Where the brace that opens at ``start`` has closed, 0 when it never does; braces in quotes do not count."""
    depth, quote, at = 0, "", start
    while at < len(line):
        letter = line[at]
        if quote:
            at += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += {"{": 1, "}": -1}.get(letter, 0)
            if not depth:
                return at + 1
        at += 1
    return 0
