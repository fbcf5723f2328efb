"""DOT text, a line at a time: small functions, every value quoted, so that a hostile name stays text."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from kdisco.view.measure import columns
from kdisco.view.palette import FONT, INK, MUTED, OUTSIDE, PAINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Html",
    "cut",
    "edge",
    "graph",
    "label",
    "muted",
    "node",
    "outside",
    "paint",
    "quote",
    "strong",
    "thing",
    "trim",
]

SAFE = re.compile(r"[\w .,:;#/()-]*", re.ASCII)  # means itself: the usual case, found fast
FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Html(str):
    """A label in Graphviz' HTML; its text is escaped already."""

    __slots__ = ()


def quote(value: object) -> str:
    """A value as DOT reads it back unchanged: no escape, entity or keyword in it means anything."""
    if isinstance(value, Html):
        return f"<{value}>"
    if SAFE.fullmatch(str(value)):
        return f'"{value}"'
    text = _plain(value).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", "\\n")
    return f'"{text}"'


def node(name: str, **attributes: object) -> str:
    """One node; attributes of value None are left out, ``class_`` is DOT's ``class``."""
    return f"{quote(name)}{_listed(attributes)}"


def edge(tail: str, head: str, **attributes: object) -> str:
    """One edge."""
    return f"{quote(tail)} -> {quote(head)}{_listed(attributes)}"


def graph(title: str, lines: Iterable[str], **attributes: object) -> str:
    """A whole picture; ``title`` is its accessible name."""
    common = {"bgcolor": "transparent", "fontname": FONT, "fontsize": 10, "fontcolor": OUTSIDE, "pad": 0.1}
    nodes = {"fontname": FONT, "fontsize": 10, "fontcolor": INK, "shape": "box", "style": "rounded,filled"}
    edges = {"fontname": FONT, "fontsize": 9, "fontcolor": OUTSIDE, "color": OUTSIDE, "arrowsize": 0.6}
    body = [*_settings({**common, **attributes}), f"node{_listed(nodes)}", f"edge{_listed(edges)}", *lines]
    return "\n".join([f"digraph {quote(title)} {{", *body, "}", ""])


def thing(kind: str, *key: str, states: Iterable[str] = ()) -> dict[str, object]:
    """The id, class and colours of a drawn thing: ``pod.default.web-1``, ``pod ready``."""
    classes = (kind, *states)
    return {"id": ".".join((kind, *(part for part in key if part))), "class_": " ".join(classes), **paint(*classes)}


def paint(*classes: str) -> dict[str, object]:
    """The light colours of the last class that has any; pages override them by the same classes."""
    found = next(PAINTS[name] for name in reversed(classes) if name in PAINTS)
    return {"fillcolor": found.fill, "color": found.line}


def label(*lines: str) -> Html:
    """Lines of marked-up text, one below the other."""
    return Html("<br/>".join(lines))


def strong(text: str, size: float | None = None) -> str:
    """Bold."""
    words = f"<b>{_inline(text)}</b>"
    return f'<font point-size="{size:g}">{words}</font>' if size else words


def muted(text: str, size: float = 8.5) -> str:
    """Smaller and paler, within a box."""
    return f'<font point-size="{size:g}" color="{MUTED}">{_inline(text)}</font>'


def outside(text: str, size: float = 9) -> str:
    """Words that stand on the page itself."""
    return f'<font point-size="{size:g}" color="{OUTSIDE}">{_inline(text)}</font>'


def cut(name: str, letters: int) -> str:
    """A long name with its middle left out: both ends tell. A Chinese letter takes the room of two."""
    return name if columns(name) <= letters else _shortened(name, letters, middle=True)


def trim(words: str, letters: int) -> str:
    """Long words without their end. A Chinese letter takes the room of two."""
    return words if columns(words) <= letters else _shortened(words, letters, middle=False)


def _shortened(text: str, letters: int, *, middle: bool) -> str:
    """The longest beginning, and with ``middle`` as long an end, that fits with a mark for what is left out."""
    kept = min(len(text), letters) - 1
    while True:
        tail = kept // 2 if middle else 0
        head = text[: kept - tail] if middle else text[:kept].rstrip()
        found = f"{head}\u2026{text[len(text) - tail :]}"
        if columns(found) <= letters or kept <= 1:
            return found
        kept -= 1


def _plain(value: object) -> str:
    """Without the characters that no XML may hold."""
    return FORBIDDEN.sub("\ufffd", str(value))


def _inline(text: str) -> str:
    """Text within a label's line; Graphviz takes no empty one."""
    return escape(re.sub(r"[\n\t]", " ", _plain(text)) or " ")


def _listed(attributes: Mapping[str, object]) -> str:
    parts = _settings(attributes)
    return f" [{' '.join(parts)}]" if parts else ""


def _settings(attributes: Mapping[str, object]) -> list[str]:
    return [f"{name.rstrip('_')}={quote(value)}" for name, value in attributes.items() if value is not None]
