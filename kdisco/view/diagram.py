"""A picture that a notebook shows: its DOT text, its SVG and PNG, and the same thing in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kdisco.view import render

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Diagram"]


@frozen
class Diagram:
    """A picture and its text twin. ``.svg`` and ``.png`` are drawn when asked for; RenderError says what failed."""

    dot: str = field(repr=False)
    text: str

    @property
    def svg(self) -> str:
        """The picture as one SVG element: live in a page, themed by CSS, without script or link."""
        return render.svg(self.dot)

    @property
    def png(self) -> bytes:
        """The picture as PNG, in the light theme's colours on a transparent ground."""
        return render.png(self.dot)

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None, **_options: Any
    ) -> dict[str, str]:
        """What Jupyter shows: the SVG live in the page, as a file elsewhere, the words where there are no pictures.

        JupyterLab would make an ``img`` of ``image/svg+xml`` alone, which knows neither the theme nor the page's width.
        """
        del include, exclude  # IPython filters by itself
        picture = self.svg
        page = f'<div class="kdisco-figure" style="overflow-x:auto">{picture}</div>'
        return {"text/html": page, "image/svg+xml": picture, "text/plain": self.text}
