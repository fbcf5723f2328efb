"""The live picture, driven from Python as the page would drive it."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from nbformat import v4

from kdisco import Cluster, KdiscoError
from kdisco.widget.viewer import Viewer


def pod_of(made: Viewer, at: int = 0) -> str:
    """The id of a drawn Pod."""
    return [thing for thing in made.facts if thing.startswith("pod.")][at]


def test_one_line_gives_it_and_it_follows_the_cluster(cluster: Cluster) -> None:
    made = cluster.view()
    assert made.text == str(cluster.diagram("topology"))
    cluster.scale("deployment/my-app", 4)
    cluster.settle()
    assert made.text == str(cluster.diagram("topology"))
    assert made.svg.count('class="node pod ') == 4
    assert made.dot.startswith("digraph ")
    data, _ = made._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")


def test_a_chosen_thing_opens_with_its_yaml(cluster: Cluster) -> None:
    made = cluster.view()
    made.set_state({"selected": pod_of(made)})
    name = made.detail["title"].rpartition("/")[2]
    assert made.detail["yaml"] == cluster.kubectl(f"get pod {name} -o yaml")
    made.selected = "network"
    assert made.detail == {}
    assert made.selected == "network"


def test_what_the_page_asks_for_is_done_once_and_drawn_once(cluster: Cluster) -> None:
    made, drawn = cluster.view(), []
    gone = made.selected = pod_of(made)
    made.on_show(lambda: drawn.append(made.text))
    made._handle_custom_msg({"action": "delete", "thing": gone, "value": None}, [])
    assert len(drawn) == 1
    assert gone not in made.facts
    assert len([thing for thing in made.facts if thing.startswith("pod.")]) == 2
    assert (made.selected, made.detail, made.problem) == ("", {}, "")
    assert made.said.startswith("now: Pod my-app-")
    made.act("delete", gone)
    assert made.problem == f'Error from server (NotFound): pods "{gone.rpartition(".")[2]}" not found'


def test_an_error_is_told_and_goes_away_with_the_next_action(cluster: Cluster) -> None:
    made = cluster.view()
    pod, revision = pod_of(made), cluster.revision
    made.act("label", pod, "a")
    assert "'a' is not key=value" in made.problem
    assert cluster.revision == revision
    made.act("more", pod)
    assert made.problem == ""
    assert cluster.get("deployment", "my-app").spec.replicas == 3


@pytest.mark.parametrize(
    "content", [None, [], {}, {"press": "x"}, {"action": 1}, {"action": "delete", "thing": {"x": 1}}]
)
def test_nonsense_from_a_page_changes_nothing(cluster: Cluster, content: object) -> None:
    made, revision = cluster.view(), cluster.revision
    made._handle_custom_msg(content, [])
    assert cluster.revision == revision


def test_time_stands_where_it_shall(cluster: Cluster) -> None:
    made = cluster.view(settles=False)
    now = cluster.now
    made.act("more", pod_of(made))
    assert cluster.now == now
    assert cluster.get("deployment", "my-app").spec.replicas == 3
    assert len([thing for thing in made.facts if thing.startswith("pod.")]) == 2


def test_a_packet_goes_its_way_hop_by_hop_or_from_place_to_place(cluster: Cluster) -> None:
    pods = cluster.list("pods", "default")
    trace = cluster.send(f"pod/default/{pods[0].name}", cluster.get("service", "my-app-svc").spec.cluster_ip)
    hops = cluster.view("dnat", trace=trace)
    assert len(hops.path) == len(trace.hops) + len(trace.reply) - 1 == len(hops.notes)
    assert all(f'id="{each}"' in hops.svg for each in hops.path)
    assert (hops.position, hops.playing) == (0, False)
    assert hops.notes[0].startswith("2. ")
    made = cluster.view()
    made.play(trace)
    assert made.playing
    assert made.path[0] == made.path[-1] == f"pod.default.{pods[0].name}"
    assert all(f'id="{each}"' in made.svg for each in made.path)
    assert "DNAT" in " ".join(made.notes)
    cluster.scale("deployment/my-app", 3)
    assert made.path


def test_the_other_language_is_spoken_everywhere(cluster: Cluster) -> None:
    made = cluster.view(lang="zh")
    made.selected = pod_of(made)
    assert made.words["play"] == "让数据包前进"
    assert {"key": "delete", "label": "删除 Pod"} in made.detail["actions"]
    assert "就绪" in made.svg
    made.act("more", made.selected)
    assert made.said.startswith("现在")


@pytest.mark.parametrize(
    ("kind", "what", "words"),
    [
        ("topolgy", {}, "did you mean topology"),
        ("topology", {"servce": "x"}, "no keyword servce"),
        ("topology", {"lang": "fr"}, "'fr' is not one of en, zh"),
        ("topology", {"since": 3}, "since is found by itself"),
    ],
)
def test_what_cannot_be_meant_is_an_error(cluster: Cluster, kind: str, what: dict[str, Any], words: str) -> None:
    with pytest.raises(KdiscoError, match=words):
        cluster.view(kind, **what)


def test_what_cannot_be_drawn_any_more_is_told_and_the_last_picture_stays(cluster: Cluster) -> None:
    pod = cluster.list("pods", "default")[0].name
    made = cluster.view("dnat", source=f"pod/default/{pod}", to=cluster.get("service", "my-app-svc").spec.cluster_ip)
    cluster.delete("pod", pod, grace_period=0)
    last = made.svg  # the node runs it still
    assert made.problem == ""
    cluster.settle()
    assert pod in made.problem
    assert made.svg == last


def test_widgets_of_two_clusters_do_not_disturb_each_other(cluster: Cluster) -> None:
    other = cluster.branch()
    made, beside = cluster.view(), other.view()
    before = beside.svg
    made.act("more", pod_of(made))
    assert beside.svg == before
    assert other.get("deployment", "my-app").spec.replicas == 2


def test_hostile_labels_are_text(cluster: Cluster) -> None:
    bad = '<img src=x onerror="alert(1)">'
    pod = cluster.list("pods", "default")[0]
    cluster.patch("pod", pod.name, {"metadata": {"annotations": {"note": bad}}})
    made = cluster.view()
    made.selected = f"pod.default.{pod.name}"
    assert bad in made.detail["yaml"]
    assert "<img" not in made.svg


def test_a_viewer_that_nobody_holds_follows_no_more(cluster: Cluster) -> None:
    made = Viewer(cluster)
    gone = weakref.ref(made)
    made.close()  # type: ignore[no-untyped-call]  # ipywidgets is not annotated
    del made
    gc.collect()
    cluster.scale("deployment/my-app", 3)
    cluster.settle()
    assert gone() is None


def test_an_exported_notebook_shows_the_picture(cluster: Cluster) -> None:
    nbconvert = pytest.importorskip("nbconvert")
    data, _ = cluster.view()._repr_mimebundle_()
    shown = v4.new_output("display_data", data=data)
    page = v4.new_notebook(cells=[v4.new_code_cell("c.view()", outputs=[shown])])
    text, _ = nbconvert.HTMLExporter().from_notebook_node(page)
    assert 'id="pod.default.my-app-' in text
    assert 'aria-label="Cluster: 2 nodes, 2 Pods, 1 Services"' in text
    assert text.count("<svg") == 1
