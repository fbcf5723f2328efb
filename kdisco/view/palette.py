"""The colours of all pictures, one table: attributes for DOT, and a style sheet for both themes.

A picture never tells by colour alone: each state has its outline and its word as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FONT", "INK", "LANES", "MUTED", "OUTSIDE", "PAINTS", "STYLE", "Paint"]

FONT = "Helvetica"  # Graphviz knows its widths; the pages' style sheet gives the real fonts
INK = "#1a2433"  # words within boxes
MUTED = "#56606e"  # lesser words within boxes
OUTSIDE = "#6f7b8a"  # words on the page itself: legible on white and on black


@frozen
class Paint:
    """Fill and outline in the light and in the dark theme."""

    fill: str
    line: str
    dark_fill: str
    dark_line: str


PAINTS: Mapping[str, Paint] = {
    "pod": Paint("#e6effd", "#326ce5", "#14284d", "#6f9cff"),
    "service": Paint("#e9e8fd", "#4f46c8", "#26235a", "#a29bff"),
    "k8s-node": Paint("#8090a814", "#8795a9", "#8090a8", "#74839a"),
    "endpointslice": Paint("#f0e9fd", "#7c4dce", "#33215a", "#bb93ff"),
    "endpoints": Paint("#f0e9fd", "#7c4dce", "#33215a", "#bb93ff"),
    "dns": Paint("#fce8f1", "#b83271", "#4b1834", "#f583b6"),
    "apiserver": Paint("#e6effd", "#326ce5", "#14284d", "#6f9cff"),
    "etcd": Paint("#e0f4f4", "#0d7a80", "#0b3a3d", "#4fc3c9"),
    "proxy": Paint("#fdeede", "#bd5a12", "#4a270c", "#f5a15d"),
    "deployment": Paint("#e8eef6", "#41608f", "#1d2d47", "#8fb0e0"),
    "replicaset": Paint("#e8eef6", "#41608f", "#1d2d47", "#8fb0e0"),
    "packet": Paint("#fff7d1", "#8f6b00", "#433503", "#e3bd3a"),
    "rule": Paint("#f2f3f5", "#5f6b7a", "#2a3038", "#9aa7b8"),
    "network": Paint("#8090a830", "#8795a900", "#8090a8", "#74839a"),
    "controller": Paint("#e8eef6", "#41608f", "#1d2d47", "#8fb0e0"),
    "client": Paint("#f2f3f5", "#5f6b7a", "#2a3038", "#9aa7b8"),
    "frame": Paint("#8090a814", "#8795a9", "#8090a8", "#74839a"),
    "label": Paint("#f2f3f5", "#8795a9", "#2a3038", "#74839a"),
    "ready": Paint("#e0f3e6", "#23803f", "#123a20", "#5ac47b"),
    "not-ready": Paint("#fff1d2", "#a96800", "#452f05", "#eeb04b"),
    "terminating": Paint("#ececee", "#73777f", "#303338", "#a3a8b1"),
    "refused": Paint("#fde7e4", "#c2301f", "#4d1710", "#ff8e7e"),
}
"""Kinds first, states after them: in the style sheet the later rule wins."""

LANES = ("#4f46c8", "#bd5a12", "#0d7a80", "#b83271", "#41608f", "#8f6b00")
DARK_LANES = ("#a29bff", "#f5a15d", "#4fc3c9", "#f583b6", "#8fb0e0", "#e3bd3a")
LATIN = "Helvetica,Arial,'Liberation Sans'"
CHINESE = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','WenQuanYi Micro Hei'"
OPAQUE = 7  # letters of a colour without its opacity, which Graphviz writes as an attribute of its own
SHAPES = "> :is(path,polygon,ellipse,polyline)"


def _variables(*, dark: bool) -> str:
    paints = [
        f"--kd-{name}:{(paint.dark_fill if dark else paint.fill)[:OPAQUE]};"
        f"--kd-{name}-line:{(paint.dark_line if dark else paint.line)[:OPAQUE]}"
        for name, paint in PAINTS.items()
    ]
    lanes = [f"--kd-lane-{at}:{colour}" for at, colour in enumerate(DARK_LANES if dark else LANES)]
    ink = ("#eef2f7", "#b6c0cd", "#96a2b2") if dark else (INK, MUTED, OUTSIDE)
    words = [f"--kd-{name}:{colour}" for name, colour in zip(("ink", "muted", "outside"), ink, strict=True)]
    return ";".join([*paints, *lanes, *words])


def _rules() -> str:
    kinds = [
        f".kdisco .{name}{SHAPES}{{fill:var(--kd-{name});stroke:var(--kd-{name}-line)}}" for name in PAINTS
    ]
    lanes = [
        f".kdisco .lane-{at} path{{stroke:var(--kd-lane-{at})}}"
        f".kdisco .lane-{at} polygon{{fill:var(--kd-lane-{at});stroke:var(--kd-lane-{at})}}"
        for at in range(len(LANES))
    ]
    return "".join([
        f".kdisco text{{font-family:{LATIN},{CHINESE},sans-serif;fill:var(--kd-ink)}}",
        f'.kdisco text[fill="{MUTED}"]{{fill:var(--kd-muted)}}',
        f'.kdisco text[fill="{OUTSIDE}"]{{fill:var(--kd-outside)}}',
        ".kdisco .edge path{fill:none;stroke:var(--kd-outside)}",
        ".kdisco .edge polygon{fill:var(--kd-outside);stroke:var(--kd-outside)}",
        *kinds,
        *lanes,
        f".kdisco .changed{SHAPES}{{stroke-width:2.6}}",
        f".kdisco .selected{SHAPES}{{stroke-width:3.4}}",
    ])


STYLE = (
    f".kdisco{{{_variables(dark=False)}}}"
    f"@media (prefers-color-scheme:dark){{svg.kdisco:root{{{_variables(dark=True)}}}}}"
    f'[data-jp-theme-light="false"] .kdisco{{{_variables(dark=True)}}}'
    f"{_rules()}"
)
"""The style sheet of every SVG: by the system's theme in a file, by Jupyter's theme in a page."""
