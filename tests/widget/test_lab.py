"""The whole panel: sliders for all, and time in the learner's hand."""

from __future__ import annotations

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.widget.lab import Lab


def test_every_deployment_has_its_slider_as_it_comes(cluster: Cluster) -> None:
    made = cluster.lab()
    assert list(made.sliders) == ["my-app"]
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: your-app}\nspec: {selector: {matchLabels: {a: b}}, "
    cluster.apply(text + "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}")
    assert list(made.sliders) == ["my-app", "your-app"]
    assert [slider.description for slider in made.sliders.values()] == ["my-app replicas", "your-app replicas"]
    cluster.delete("deployment", "my-app")
    cluster.settle()
    assert list(made.sliders) == ["your-app"]


def test_a_slider_settles_at_once_unless_told_not_to(cluster: Cluster) -> None:
    made = Lab(cluster)
    made.sliders["my-app"].value = 4
    assert "my-app: 4 of 4 ready" in made.status.value
    made.at_once.value = False
    made.sliders["my-app"].value = 6
    assert "my-app: 4 of 6 ready" in made.status.value
    made.settle.click()
    assert "my-app: 6 of 6 ready" in made.status.value


def test_step_lets_one_thing_happen(cluster: Cluster) -> None:
    made = Lab(cluster)
    made.at_once.value = False
    made.sliders["my-app"].value = 3
    seen = set()
    for _ in range(200):
        made.step.click()
        seen.add(made.diagram.svg.count('class="node pod '))
    assert seen == {2, 3}
    assert "my-app: 3 of 3 ready" in made.status.value


def test_it_speaks_chinese(cluster: Cluster) -> None:
    made = cluster.lab(lang="zh")
    assert made.settle.description == "运行到稳定"
    assert "2 个就绪" in made.status.value
    assert "就绪" in made.diagram.svg


def test_an_empty_cluster_says_so() -> None:
    assert "no Deployments yet" in Lab(Cluster(nodes=1)).status.value


def test_an_unknown_keyword_names_the_nearest(cluster: Cluster) -> None:
    with pytest.raises(KdiscoError, match="did you mean namespace"):
        Lab(cluster, namespce="x")


def test_the_panels_of_one_cluster_share_its_lock(cluster: Cluster) -> None:
    other = cluster.branch()
    locks = [Lab(each)._lock for each in (cluster, cluster, other)]
    assert locks[0] is locks[1]
    assert locks[0] is not locks[2]
    with locks[0], locks[0]:
        Lab(cluster).redraw()
