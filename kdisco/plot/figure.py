"""A plot: an SVG that matplotlib draws, in the colours of all pictures, and the same numbers as a table.

matplotlib is loaded when a plot is first drawn, without its windows; nothing of a notebook's own settings is touched.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kdisco.table import columns, table
from kdisco.view.palette import INK, LANES, MUTED, OUTSIDE, STYLE

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes  # noqa: TC004 - attrs reads field types as text

__all__ = ["HATCHES", "INK", "LANES", "MARKS", "MUTED", "Plot"]

WIDE, HIGH = 6.6, 3.3  # inches of 72 points
HATCHES = ("", "//", "xx", "..", "\\\\", "++")  # beside the colours: what they say is seen without them
MARKS = ("o", "s", "^", "D", "v", "P")
VARIABLES = {INK: "ink", MUTED: "muted", OUTSIDE: "outside"} | {colour: f"lane-{at}" for at, colour in enumerate(LANES)}
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 9.0, "text.color": INK, "axes.labelcolor": INK,
    "axes.edgecolor": OUTSIDE, "axes.linewidth": 0.8, "xtick.color": OUTSIDE, "ytick.color": OUTSIDE,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.spines.top": False, "axes.spines.right": False,
    "hatch.linewidth": 0.7, "legend.frameon": False, "axes.titlesize": 10.5,
}  # fmt: skip
HEAD = re.compile(r"\A.*?<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", re.DOTALL)
METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
COUNTED = re.compile(r' id="[A-Za-z.]+\d*_\d+"')
FONT = re.compile(r"font: ([\d.]+px)[^;\"]*")
COLOUR = re.compile("|".join(VARIABLES))
FITTING = 'style="max-width:100%;height:auto"'


@frozen(kw_only=True, slots=False)
class Plot:
    """A plot and its numbers: ``rows`` below ``heads``, ``told`` in a sentence. ``draw`` puts them on matplotlib axes.

    ``kind`` is balance, rollout, visits or ndots; ``unfold`` is what is written on the folded table.
    """

    kind: str
    title: str
    told: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    unfold: str = "The numbers as a table"
    draw: Callable[[Axes], None] = field(repr=False, eq=False)

    @property
    def text(self) -> str:
        """The same numbers in words."""
        return "\n".join([self.title, *columns([self.heads, *self.rows]), self.told])

    @cached_property
    def svg(self) -> str:
        """The plot as one SVG element: text as text, colours of the page's theme."""
        return _themed(_drawn(self), self)

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """The plot, and below it the numbers to unfold."""
        numbers = table(f"plot-{self.kind}", self.told, self.heads, self.rows)
        summary = f"<details><summary>{escape(self.unfold)}</summary>{numbers}</details>"
        return f'<div class="kdisco-figure" style="overflow-x:auto">{self.svg}{summary}</div>'

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None, **_options: Any
    ) -> dict[str, str]:
        """What Jupyter shows: the SVG live in the page, as a file elsewhere, the words where there are no pictures."""
        del include, exclude  # IPython filters by itself
        return {"text/html": self._repr_html_(), "image/svg+xml": self.svg, "text/plain": self.text}


def _drawn(plot: Plot) -> str:
    """What matplotlib writes; the same bytes for the same numbers."""
    import matplotlib as mpl  # noqa: PLC0415 - most of a second, for those who plot
    from matplotlib.figure import Figure  # noqa: PLC0415 - likewise; without pyplot there is no state to disturb

    with mpl.rc_context({**SETTINGS, "svg.hashsalt": plot.text}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)  # the page has the Chinese font
        figure = Figure(figsize=(WIDE, HIGH), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(plot.title, loc="left", color=INK)
        plot.draw(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _themed(drawn: str, plot: Plot) -> str:
    """The SVG with the page's fonts and colours, an accessible name, and no names of parts that repeat in a page."""
    text = COUNTED.sub("", METADATA.sub("", drawn))
    text = FONT.sub(r"font-size: \1", text)
    text = COLOUR.sub(lambda found: f"var(--kd-{VARIABLES[found[0]]}, {found[0]})", text)
    name = escape(f"{plot.title}. {plot.told}")
    wide, high = WIDE * 72, HIGH * 72
    head = (
        f'<svg class="kdisco" role="img" aria-label="{name}" {FITTING} width="{wide:g}pt" height="{high:g}pt" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    )
    return HEAD.sub(lambda found: f"{head} {found[1]}>\n<style>{STYLE}</style>", text).strip()
