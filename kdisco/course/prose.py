"""The course's texts as HTML: paragraphs, lists, code and emphasis, and nothing else."""

from __future__ import annotations

import re
from html import escape

__all__ = ["html"]

CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"\*\*([^*]+)\*\*")
EMPHASIS = re.compile(r"(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])")
LINK = re.compile(r"(?<![\"\w])(https://[^\s<>\"'，。）]+[^\s<>\"'，。）.,)])")  # noqa: RUF001 - Chinese punctuation ends an address too


def html(text: str) -> str:
    """A text with ``code``, **strong** and *stressed* words, addresses, indented blocks, lists; all else is escaped."""
    return "".join(_block(block) for block in re.split(r"\n\s*\n", text.strip("\n")))


def _block(block: str) -> str:
    lines = block.splitlines()
    if all(line.startswith("    ") for line in lines):
        return f"<pre>{escape(chr(10).join(line[4:] for line in lines))}</pre>"
    if all(line.startswith("- ") for line in lines):
        return f"<ul>{''.join(f'<li>{_inline(line[2:])}</li>' for line in lines)}</ul>"
    return f"<p>{_inline(block)}</p>"


def _inline(text: str) -> str:
    parts = CODE.split(escape(text, quote=False))  # every other part is code, in which stars are stars
    parts[::2] = (EMPHASIS.sub(r"<em>\1</em>", STRONG.sub(r"<strong>\1</strong>", part)) for part in parts[::2])
    parts[1::2] = (f"<code>{part}</code>" for part in parts[1::2])
    return LINK.sub(r'<a href="\1">\1</a>', "".join(parts))
