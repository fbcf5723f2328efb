"""The picture in the README is the one that the code draws."""

from __future__ import annotations

from pathlib import Path

from kdisco import Cluster
from kdisco.examples import ARTICLE

PICTURE = Path(__file__).parents[1] / "notebooks" / "images" / "topology.svg"


def test_the_picture_in_the_readme_is_drawn_by_the_code(rewrite: bool) -> None:  # noqa: FBT001 - a fixture
    c = Cluster(nodes=3)
    c.apply(ARTICLE)
    drawn = c.settle().diagram("topology").svg + "\n"
    if rewrite:
        PICTURE.write_text(drawn, encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawn
