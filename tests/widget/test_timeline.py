"""The timeline: the past is looked at, the present stays; what changed and who has heard of it is told."""

from __future__ import annotations

import re

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.view.topology import topology


def test_a_rewound_picture_equals_the_earlier_one(cluster: Cluster) -> None:
    made = cluster.timeline()
    before, revision = topology(cluster.state).text, cluster.revision
    cluster.scale("deployment/my-app", 5)
    cluster.settle()
    assert made.revision == cluster.revision > revision
    made.revision = revision
    assert made.diagram.diagram.text == before
    assert "this is the past" in made.status.value
    assert cluster.get("deployment", "my-app").spec.replicas == 5
    made.newest()
    assert made.diagram.diagram.text == topology(cluster.state).text


def test_the_end_is_followed_and_the_past_is_not_left(cluster: Cluster) -> None:
    made = cluster.timeline()
    made.back()
    held = made.revision
    cluster.scale("deployment/my-app", 3)
    cluster.settle()
    assert made.revision == held
    assert made.slider.max == cluster.revision
    made.newest()
    cluster.scale("deployment/my-app", 2)
    assert made.revision == cluster.revision


def test_what_a_revision_changed_is_told(cluster: Cluster) -> None:
    made = cluster.timeline()
    cluster.scale("deployment/my-app", 7)
    assert "spec.replicas" in str(made.difference)
    assert "spec.replicas" in made.shown.value
    made.rewind()
    assert made.difference is None
    assert made.revision == cluster.history.oldest


def test_who_has_heard_of_what_is_told(cluster: Cluster) -> None:
    cluster.hold("kube-proxy@node-2")
    made = cluster.timeline()
    made.cluster.scale("deployment/my-app", 3)
    made.settle()
    row = re.search(r"<tr><th scope=\"row\">kube-proxy@node-2</th>.*?</tr>", made.shown.value)
    assert row
    assert "held; has yet to hear of" in row[0]
    other = re.search(r"<tr><th scope=\"row\">kube-proxy@node-1</th>.*?</tr>", made.shown.value)
    assert other
    assert "up to date" in other[0]


def test_time_moves_by_step_settle_and_undo(cluster: Cluster) -> None:
    made = cluster.timeline()
    revision = cluster.revision
    cluster.scale("deployment/my-app", 3)
    moments = len(cluster.history)
    made.step()
    assert len(cluster.history) == moments + 1
    made.settle()
    assert cluster.state.settled
    made.undo()
    assert cluster.revision == made.revision == made.slider.max == revision
    made.buttons[2].click()
    made.buttons[2].click()
    made.buttons[2].click()
    assert "nothing to undo" in made.status.value


def test_it_plays_from_the_beginning(cluster: Cluster) -> None:
    made = cluster.timeline()
    made.play()
    assert made.player.playing
    assert made.revision == made.slider.min
    made.player.value = made.slider.min + 1  # as the page does
    assert made.revision == made.slider.min + 1


def test_all_revisions_can_be_looked_at(cluster: Cluster) -> None:
    made = cluster.timeline()
    for revision in range(made.slider.min, made.slider.max + 1):
        made.slider.value = revision
        assert made.moment.state.revision == revision
        assert f"revision {revision}" in made.status.value


def test_a_compacted_past_is_no_longer_offered(cluster: Cluster) -> None:
    made = cluster.timeline()
    made.rewind()
    cluster.compact(cluster.revision - 2)
    made.redraw()
    assert made.slider.min == cluster.revision - 2
    assert made.revision == cluster.revision - 2


@pytest.mark.parametrize(
    ("revision", "words"), [(10**9, "is not a whole number from"), (-1, "is not a whole number"), ("x", "'x'")]
)
def test_an_unknown_revision_is_an_error(cluster: Cluster, revision: object, words: str) -> None:
    made = cluster.timeline()
    with pytest.raises(KdiscoError, match=words):
        made.revision = revision
    with pytest.raises(KdiscoError, match=words):
        cluster.timeline(revision=revision)
