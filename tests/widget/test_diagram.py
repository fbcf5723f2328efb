"""The diagram widget as Python sees it; what it does in a page is in test_browser.py."""

from __future__ import annotations

import re

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.view.palette import STYLE
from kdisco.view.topology import topology
from kdisco.widget.captions import captions
from kdisco.widget.diagram import DiagramWidget
from kdisco.widget.spoken import spoken


def test_it_is_built_without_a_front_end_and_carries_the_picture(cluster: Cluster) -> None:
    picture = topology(cluster.state)
    made = DiagramWidget(picture)
    assert made.svg == picture.svg.replace(f"<style>{STYLE}</style>", "")
    assert "<style>" not in made.svg
    data, _ = made._repr_mimebundle_()
    assert data["image/svg+xml"] == picture.svg
    assert data["text/plain"] == str(picture)
    assert "application/vnd.jupyter.widget-view+json" in data


def test_python_hears_what_is_chosen(cluster: Cluster) -> None:
    made, heard = DiagramWidget(topology(cluster.state)), []
    made.observe(lambda change: heard.append(change["new"]), "selected")
    made.set_state({"selected": "service.default.my-app-svc"})  # type: ignore[no-untyped-call]  # as a click does
    assert heard == ["service.default.my-app-svc"]


def test_a_change_is_said_in_words(cluster: Cluster) -> None:
    made = DiagramWidget(topology(cluster.state))
    assert made.said == ""
    cluster.scale("deployment/my-app", 3)
    cluster.settle()
    made.show(topology(cluster.state))
    assert re.fullmatch(r"now: Pod my-app-\S+ 10\.244\.\d+\.\d+ ready", made.said)


def test_many_changes_are_counted() -> None:
    after = "\n".join(["title", *(f"  Pod {number}" for number in range(9))])
    assert spoken("title", after, captions("en")).endswith("Pod 5; and 3 more")


def test_an_unknown_keyword_names_the_nearest() -> None:
    with pytest.raises(KdiscoError, match="did you mean selected"):
        DiagramWidget(select="x")


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(KdiscoError, match="'fr' is not one of en, zh"):
        DiagramWidget(lang="fr")
