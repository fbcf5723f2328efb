"""English sentences in a text: two or more words in a row, one of which only sentences have."""

from __future__ import annotations

import re
from html import unescape

__all__ = ["sentences", "shown"]

ARTICLES = "a an the this that these those it its he they them their one two each every some any other another own"
VERBS = "is are was were be been has have had does do did can could may must will would goes comes gets says needs"
WHERE = "of to from with without by for at in on as than after behind above below between until before here there"
REST = "no not nor none nobody nothing and but or so if when where who whom what which why how only yet already again"
LITTLE = frozenset(f"{ARTICLES} {VERBS} {WHERE} {REST}".split())
RUN = re.compile(r"[A-Za-z][A-Za-z'-]*(?:,? [A-Za-z][A-Za-z'-]*)+")
TITLE = re.compile(r"<title>(.*?)</title>|(?:xlink:title|aria-label)=\"(.*?)\"", re.DOTALL)
TEXT = re.compile(r">([^<]+)<")
QUOTED = re.compile(r"<pre.*?</pre>|<code.*?</code>|<style.*?</style>", re.DOTALL)


def sentences(text: str) -> list[str]:
    """The runs of English words of a text that hold a little word, each once, in order."""
    runs = (found[0] for line in text.splitlines() for found in RUN.finditer(line))
    return list(dict.fromkeys(run for run in runs if not LITTLE.isdisjoint(re.split(r",? ", run.lower()))))


def shown(markup: str) -> str:
    """What SVG or HTML shows or says: its texts, titles and labels, a line each; what is preformatted is left out."""
    told = QUOTED.sub("", markup)
    parts = [one or other for one, other in TITLE.findall(told)] + TEXT.findall(told)
    return "\n".join(unescape(part).strip() for part in parts)
