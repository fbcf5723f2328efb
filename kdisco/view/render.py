"""DOT in, SVG or PNG out: the one place that starts a process, behind one function.

The layout program is ``graphviz-pure``, which pip installs beside Python; a system ``dot`` stands in
where it is absent. An edition without processes (a browser) replaces ``run`` by its own Graphviz.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from functools import cache, lru_cache
from pathlib import Path

from kdisco.errors import KdiscoError
from kdisco.view.measure import wide
from kdisco.view.palette import STYLE

__all__ = ["RenderError", "png", "program", "roomy", "run", "svg"]

PROGRAMS = ("graphviz-pure", "dot")
SPACER = "\u200b"  # zero width on screen, but Graphviz counts it as 5/6 em
WIDE_PER_SPACER = 5  # Graphviz gives a wide character 5/6 em where fonts give 1
WORD = re.compile(r"[^\x00-\x7f]+")
HEAD = re.compile(r"\A.*?<svg ", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
TOOLTIP = re.compile(r'<title>[^<]*</title>\n<g id="a_[^"]*"><a [^>]*xlink:title="([^"]*)"[^>]*>\n')
ANCHOR_END = "</a>\n</g>\n"
GRAPH_TITLE = re.compile(r"<title>([^<]*)</title>\n")
HREF = re.compile(r'\s(?:xlink:)?href="(?!#)[^"]*"')


class RenderError(KdiscoError):
    """The layout program is missing or refused the DOT text; the message is its own."""


@cache
def program() -> str:
    """The path of the layout program; raises RenderError that says how to get one."""
    beside = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    for name in PROGRAMS:
        found = next(filter(None, (shutil.which(name, path=folder) for folder in beside)), None) or shutil.which(name)
        if found:
            return found
    msg = "no program to draw with: pip install graphviz-pure"
    raise RenderError(msg)


def run(dot: str, format: str) -> bytes:  # noqa: A002 - Graphviz' own word for svg and png
    """Lay ``dot`` out as ``svg`` or ``png``; raises RenderError in the program's words.

    A malformed HTML label leaves some programs at exit 0: any ``Error:`` counts as failure.
    """
    done = subprocess.run([program(), f"-T{format}"], input=dot.encode(), capture_output=True, check=False)  # noqa: S603 - fixed words
    if done.returncode or b"Error:" in done.stderr:
        problem = next((line for line in done.stderr.decode(errors="replace").splitlines() if "Error:" in line), "")
        raise RenderError(problem.strip() or f"{Path(program()).name} ended with exit code {done.returncode}")
    return done.stdout


FITTING = 'style="max-width:100%;height:auto"'  # no wider than the page that shows it


@lru_cache(maxsize=128)
def svg(dot: str) -> str:
    """``dot`` as one SVG element for a page or a file: classes, ids, accessible names, both themes, no links."""
    text = COMMENT.sub("", HEAD.sub("<svg ", run(roomy(dot), "svg").decode())).replace(SPACER, "")
    text = text.replace("&#45;", "-")  # Graphviz escapes it for the comments, which are gone
    text = TOOLTIP.sub(r"<title>\1</title>\n", text).replace(ANCHOR_END, "")
    text = HREF.sub("", text) if "href=" in text else text
    title = GRAPH_TITLE.search(text)
    name = title[1] if title else ""
    text = GRAPH_TITLE.sub("", text, count=1)
    head = f'<svg class="kdisco" role="img" aria-label="{name.replace(chr(34), "&quot;")}" {FITTING} '
    return text.replace("<svg ", head, 1).replace(">\n", f">\n<style>{STYLE}</style>\n", 1).strip()


@lru_cache(maxsize=16)
def png(dot: str) -> bytes:
    """``dot`` as a PNG on a transparent ground; raises RenderError for letters that the program cannot draw."""
    if any(map(wide, dot)) and Path(program()).name.startswith("graphviz-pure"):
        msg = "a PNG of Chinese text needs a font that this program lacks: use .svg, which takes the page's fonts"
        raise RenderError(msg)
    return run(roomy(dot), "png")


def roomy(dot: str) -> str:
    """``dot`` with spacers behind wide characters, so that boxes become as wide as their words."""
    if dot.isascii():
        return dot
    return WORD.sub(lambda word: word[0] + SPACER * -(-sum(map(wide, word[0])) // WIDE_PER_SPACER), dot)
