"""What is wrong with a text that is no JSON, in the words of Go's decoder. Upstream: Go encoding/json scanner.go."""

from __future__ import annotations

import json

__all__ = ["broken"]

AFTER = {  # what Python's decoder misses, and what Go's was looking for
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Illegal trailing comma before end of array": "looking for beginning of value",
    "Expecting value": "looking for beginning of value",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
    "Invalid control character at": "in string literal",
}


def broken(text: str) -> str:
    """The error, "" where the text is JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as problem:
        rest = text[problem.pos :]
        if problem.msg.startswith("Illegal trailing comma"):
            rest = rest.removeprefix(",").lstrip()
        if not rest or problem.msg.startswith("Unterminated string"):
            return "unexpected end of JSON input"
        return f"invalid character {_quoted(rest[0])} {_where(problem.msg, text[: problem.pos])}"
    return ""


def _quoted(letter: str) -> str:
    return {"'": r"'\''", '"': "'\"'", "\n": r"'\n'", "\t": r"'\t'"}.get(letter, f"'{letter}'")


def _where(missing: str, before: str) -> str:
    if missing != "Expecting ',' delimiter":
        return AFTER.get(missing, "in string escape code")
    depth: list[str] = []  # the brackets that are open
    quoted = False
    for at, letter in enumerate(before):
        if letter == '"' and not _escaped(before, at):
            quoted = not quoted
        elif not quoted and letter in "{[":
            depth.append(letter)
        elif not quoted and letter in "}]":
            depth.pop()
    return "after object key:value pair" if depth[-1:] == ["{"] else "after array element"


def _escaped(text: str, at: int) -> bool:
    """Whether an odd number of backslashes stands before a place."""
    return (at - len(text[:at].rstrip("\\"))) % 2 == 1
