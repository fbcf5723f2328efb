"""Services broken in one way each: the cause is named first, its remedy heals, and nothing else is blamed."""

from __future__ import annotations

import pytest
from broken import BROKEN, Broken, application
from remedies import carry_out

from kdisco import Cluster

ROUNDS = 2  # a policy that forbids both directions of a connection shows the second when the first is allowed


def lived(text: str) -> Cluster:
    """A settled cluster to which manifests were applied."""
    cluster = Cluster()
    if "namespace: shop" in text:
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    cluster.create(text)
    return cluster.settle()


def dumped(cluster: Cluster) -> list[dict[str, object]]:
    """What a cluster gives for ``kubectl get`` of everything."""
    return [each.to_dict() for kind in cluster.state.tables for each in cluster.state.view.list(kind)]


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
def test_the_cause_is_named_first_with_what_shows_it(broken: Broken) -> None:
    found = lived(broken.text).explain("service/web")
    assert not found.healthy
    first = found.findings[0]
    assert (first.code, first.objects[0]) == (broken.code, broken.about)
    assert broken.shows in first.evidence
    assert first.cause.endswith(".")
    assert first.remedy
    assert first.document.startswith("https://kubernetes.io/docs/")


@pytest.mark.parametrize("broken", [each for each in BROKEN.values() if each.heals], ids=lambda each: each.code)
def test_the_remedy_heals_and_nothing_is_left(broken: Broken) -> None:
    cluster = lived(broken.text)
    for _ in range(ROUNDS):
        for finding in cluster.explain("service/web").findings:
            carry_out(cluster, finding.remedy)
        cluster.settle()
    found = cluster.explain("service/web")
    assert found.healthy, str(found)
    assert not found.warnings


@pytest.mark.parametrize("broken", [each for each in BROKEN.values() if not each.live], ids=lambda each: each.code)
def test_manifests_alone_show_the_same_cause(broken: Broken) -> None:
    found = Cluster.from_dump(broken.text).explain("service/web")
    assert [each.code for each in found.findings][:1] == [broken.code]


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
def test_a_dump_shows_the_same_causes_as_the_cluster_it_is_of(broken: Broken) -> None:
    cluster = lived(broken.text)
    there = Cluster.from_dump(dumped(cluster)).explain("service/web")
    if "ports: []" in broken.text:
        assert there.healthy  # where a program listens that declares no port a dump does not tell
        return
    assert [each.code for each in there.findings] == [each.code for each in cluster.explain("service/web").findings]


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
def test_explaining_changes_nothing(broken: Broken) -> None:
    cluster = lived(broken.text)
    before, moments = cluster.state, len(cluster.history)
    cluster.explain("service/web")
    assert cluster.state is before
    assert len(cluster.history) == moments


def test_a_service_that_answers_is_healthy_only_after_connections_were_tried() -> None:
    cluster = lived(application())
    found = cluster.explain("service/web")
    assert (found.healthy, found.findings, found.warnings) == (True, (), ())
    nodes, pods, targets = 3, 4, 3  # the Service's two Pods and CoreDNS's two; its ClusterIP and its Pods
    assert found.sources == nodes + pods
    assert found.tried >= 4 * targets  # a node and a Pod, where the target is and elsewhere
    assert lived(application(selector="app: wbe")).explain("service/web").sources == 0


def test_two_faults_are_both_named_those_behind_the_service_first() -> None:
    cluster = lived(application(selector="app: wbe"))
    cluster.inject("coredns-down")
    cluster.settle()
    assert [each.code for each in cluster.explain("service/web").findings] == ["wrong-selector", "coredns-down"]


def test_some_pods_that_are_not_ready_are_a_warning_while_others_answer() -> None:
    text = application(replicas=1) + "---\n" + application(replicas=1, container=', command: ["false"]').split("---")[0]
    cluster = lived(text.replace("{name: web, namespace: default}", "{name: sick, namespace: default}", 2).replace(
        "{name: sick, namespace: default}", "{name: web, namespace: default}", 1))  # fmt: skip
    found = cluster.explain("service/web")
    assert found.healthy
    assert [(each.code, each.objects[0]) for each in found.warnings] == [("crash-loop", "deployment/default/sick")]
