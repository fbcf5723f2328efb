"""The registrar: a manifest goes through the stages one by one, a refusal is told in the server's words."""

from __future__ import annotations

import pytest

from kdisco import Cluster, KdiscoError

STAGES = [
    "authentication", "authorization", "decode + defaulting", "mutating admission", "allocation", "validation",
    "validating admission", "store", "watch",
]  # fmt: skip


def test_a_service_walks_the_nine_stages(cluster: Cluster) -> None:
    made = cluster.registrar()
    assert made.status.value == "nothing was applied yet"
    made.apply()
    assert cluster.get("service", "my-service").spec.cluster_ip
    seen = []
    for number in range(1, 10):
        assert made.at == number
        assert f"stage {number} of 9" in made.status.value
        seen.append(made.steps[made.at - 1].stage.stage)
        assert made.diagram.selected == f"apiserver.{seen[-1].replace(' + ', '-').replace(' ', '-')}"
        assert f'id="{made.diagram.selected}"' in made.diagram.svg
        made.step()
    assert seen == STAGES
    assert made.at == 9
    made.back()
    assert made.at == 8


def test_a_stage_shows_what_it_changed(cluster: Cluster) -> None:
    made = cluster.registrar()
    made.apply()
    while made.steps[made.at - 1].stage.stage != "allocation":
        made.step()
    ip = cluster.get("service", "my-service").spec.cluster_ip
    assert f"+  clusterIP: {ip}" in made.shown.value
    made.back()
    assert "clusterIP" not in made.shown.value


def test_a_refusal_is_told_and_the_text_stays(cluster: Cluster) -> None:
    text = "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: [{port: 0}]}}"
    made, revision = cluster.registrar(manifest=text), cluster.revision
    made.go.click()
    assert made.status.value.startswith('The Service "x" is invalid:')
    assert made.manifest == text
    assert cluster.revision == revision
    made.finish()
    assert made.steps[-1].stage.stage == "validation"
    assert not made.steps[-1].stage.passed
    assert "\u2717" in made.shown.value
    assert "stage 6 of 9" in made.status.value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "error parsing"),
        ("", "no objects passed to apply"),
        ("{kind: Serv, apiVersion: v1}", "no matches for kind"),
    ],
)
def test_what_is_no_manifest_is_told(cluster: Cluster, text: str, words: str) -> None:
    made = cluster.registrar()
    made.apply()
    made.manifest = text
    made.go.click()
    assert words in made.status.value
    assert made.manifest == text
    assert made.steps == ()
    with pytest.raises(KdiscoError, match=words):
        made.apply()


def test_several_documents_walk_one_after_the_other(cluster: Cluster) -> None:
    one = "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}}"
    made = cluster.registrar(manifest=f"{one % 'a'}\n---\n{one % 'b'}\n")
    made.apply()
    assert [each.name for each in made.steps] == ["ConfigMap/a"] * 9 + ["ConfigMap/b"] * 9
    made.finish()
    assert "ConfigMap/b: stage 9 of 9" in made.status.value


def test_markup_in_a_manifest_stays_text(cluster: Cluster) -> None:
    text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {x: '<script>alert(1)</script>'}}}"
    made = cluster.registrar(manifest=text)
    made.apply()
    for _ in range(9):
        assert "<script" not in made.shown.value
        made.step()
