"""The dig panel: a name asked for in a Pod, by the type, by the libc."""

from __future__ import annotations

import pytest

from kdisco import Cluster, KdiscoError


def test_a_name_is_asked_for(cluster: Cluster) -> None:
    made = cluster.dig_panel()
    assert made.name == "my-app-svc"
    answer = made.ask()
    ip = cluster.get("service", "my-app-svc").spec.cluster_ip
    assert ip in answer
    assert made.lookup.addresses == (ip,)
    assert made.status.value == made.lookup.verdict
    assert "my-app-svc.default.svc.cluster.local" in made.diagram.diagram.text
    assert "ANSWER SECTION" in made.shown.value


def test_the_libc_decides_how_it_walks(cluster: Cluster) -> None:
    made = cluster.dig_panel(name="example.com")
    made.ask()
    assert len(made.lookup.questions) == 4
    made.libc = "musl"
    made.ask()
    assert made.lookup.libc == "musl"


def test_other_types_have_an_answer_and_no_walk(cluster: Cluster) -> None:
    made = cluster.dig_panel(type="SRV", name="my-app-svc.default.svc.cluster.local")
    answer = made.ask()
    assert "SRV" in answer
    assert made.lookup is None
    assert "addresses only" in made.status.value


@pytest.mark.parametrize("name", ["a; rm -rf /", "$HOME", "'", "two words"])
def test_a_name_stays_one_word(cluster: Cluster, name: str) -> None:
    made = cluster.dig_panel(name=name)
    made.go.click()
    assert made.name == name
    assert made.answer is None or "NXDOMAIN" in made.answer or made.answer.exit
    assert made.status.value


def test_nothing_to_ask_is_said(cluster: Cluster) -> None:
    made = cluster.dig_panel(name="")
    made.go.click()
    assert made.status.value == "choose a Pod and a name to ask for"
    with pytest.raises(KdiscoError, match="choose a Pod"):
        made.ask()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pod": "nobody"}, "Pod 'default/nobody' is not one of"),
        ({"type": "B"}, "Type 'B'"),
        ({"libc": "bionic"}, "'bionic'"),
        ({"nmae": "x"}, "did you mean name"),
    ],
)
def test_what_there_is_not_is_an_error(cluster: Cluster, options: dict[str, str], words: str) -> None:
    with pytest.raises(KdiscoError, match=words):
        cluster.dig_panel(**options)


def test_the_chosen_pod_stays_while_it_is_there(cluster: Cluster) -> None:
    made = cluster.dig_panel()
    made.pod = made.pods.options[1]
    held = made.pod
    cluster.scale("deployment/my-app", 5)
    cluster.settle()
    assert made.pod == held
    cluster.delete("pod", held.split("/")[1])
    cluster.settle()
    assert made.pod != held
