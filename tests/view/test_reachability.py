"""The grid of who reaches what: a row for sources that fare alike, a word in every cell, both languages."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from control_scenes import deployment, front, running

from kdisco import Cluster, KdiscoError
from kdisco.view.reachability import reachability


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    """A Service that answers and one that does not."""
    return running(deployment(replicas=4), front(type="NodePort"), front("shut", selector={"app": "x"}))


def test_sources_that_fare_alike_have_one_row(cluster: Cluster) -> None:
    dot = cluster.diagram("reachability").dot
    assert dot.count('class="pod"') == 1
    assert dot.count('class="k8s-node"') == 1
    assert "and 3 alike" in dot
    assert dot.count('class="service"') == 2
    assert dot.count('class="rule ready"') == 3
    assert dot.count('class="rule refused"') == 2
    assert dot.count('class="rule"') == 1  # what is not published outside
    assert "default/shut has no endpoints" in dot


def test_the_words_are_of_the_language_and_the_text_is_the_table(cluster: Cluster) -> None:
    drawn = cluster.diagram("reachability", lang="zh")
    assert "可达" in drawn.dot
    assert str(drawn).splitlines()[1:] == cluster.reachability().text("zh").splitlines()
    assert ET.fromstring(drawn.svg).tag.endswith("svg")  # noqa: S314 - our own text


def test_some_can_be_chosen(cluster: Cluster) -> None:
    drawn = cluster.diagram("reachability", services=["web"], sources=["node/node-1"])
    assert drawn.dot.count('class="service"') == 1
    assert "1 of 1 ways are answered" in drawn.dot
    with pytest.raises(KdiscoError, match="lang"):
        cluster.diagram("reachability", lang="fr")


def test_what_does_not_fit_is_counted() -> None:
    many = running(*(front(f"s{number}", clusterIP="") for number in range(15)))
    assert "and 3 more rows or columns" in many.diagram("reachability").dot


def test_nothing_says_so() -> None:
    assert "nothing to show yet" in reachability(Cluster(nodes=0, addons=False).reachability()).dot
