"""The words of a command line as ``sh`` parts them: quotes, backslashes, comments, variables."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["Several", "Unclosed", "words_of"]

TOKEN = re.compile(
    r"""(?P<blank>\s+)|(?P<comment>\#[^\n]*)|(?P<operator>[|&;<>()]+)|'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)\""""
    r"""|\\(?P<escaped>.)|(?P<name>\$\w+|\$\{\w+\})|(?P<plain>[^\s|&;<>()'"\\$]+|\$|\\)|(?P<open>['"])""",
    re.DOTALL | re.VERBOSE,
)
WITHIN = re.compile(r"\\(?P<escaped>[\\\"$`])|\\\n|(?P<name>\$\w+|\$\{\w+\})", re.DOTALL)  # what is special in "..."


class Unclosed(ValueError):
    """A quote that nothing closes."""


class Several(ValueError):
    """A line that is more than one command: a pipe, a list, a redirection."""


def words_of(line: str, variables: Mapping[str, str]) -> list[str]:
    """The words of a simple command; ``$NAME`` outside single quotes is its value, nothing where it is not set.

    Raises Unclosed and Several.
    """
    words: list[str] = []
    word: str | None = None  # None between words
    place = 0
    while found := TOKEN.match(line, place):
        if found["comment"] is not None and word is not None:
            word += "#"
            place += 1
            continue
        place = found.end()
        if found["open"]:
            raise Unclosed
        if found["operator"]:
            raise Several
        if found["blank"] or found["comment"] is not None:
            words += [] if word is None else [word]
            word = None
        else:
            word = _joined(word, found, variables)
    return words if word is None else [*words, word]


def _joined(word: str | None, found: re.Match[str], variables: Mapping[str, str]) -> str | None:
    """A word with one more piece; a variable without a value makes none, unless it is quoted."""
    if found["name"]:
        value = variables.get(found["name"].strip("${}"), "")
        return (word or "") + value if value or word is not None else None
    kind = found.lastgroup or ""
    piece = found[kind]
    if kind == "double":
        piece = WITHIN.sub(lambda part: _special(part, variables), piece)
    elif kind == "escaped" and piece == "\n":
        return word
    return (word or "") + piece


def _special(part: re.Match[str], variables: Mapping[str, str]) -> str:
    return variables.get(part["name"].strip("${}"), "") if part["name"] else part["escaped"] or ""
