"""What is diagnosed: clusters, dumps with what they leave out, manifests."""

from __future__ import annotations

import pytest
from broken import application

from kdisco import Cluster
from kdisco.explain.explain import everything
from kdisco.explain.whole import whole

KINDS = {  # what was asked of kubectl, and how much of it is needed
    "all and endpointslices": ("Pod", "Service", "Deployment", "ReplicaSet", "DaemonSet", "EndpointSlice", "Node"),
    "all": ("Pod", "Service", "Deployment", "ReplicaSet", "DaemonSet"),
    "pods and services": ("Pod", "Service"),
    "pods, services and endpoints": ("Pod", "Service", "Endpoints"),
}


def lived(**how: str) -> list[dict[str, object]]:
    """All objects of a settled cluster with one application."""
    cluster = Cluster()
    cluster.create(application(**how))  # type: ignore[arg-type]  # texts only
    cluster.settle()
    return [each.to_dict() for kind in cluster.state.tables for each in cluster.state.view.list(kind)]


@pytest.mark.parametrize("kinds", KINDS.values(), ids=list(KINDS))
def test_a_dump_needs_not_hold_all_kinds(kinds: tuple[str, ...]) -> None:
    part = [each for each in lived() if each["kind"] in kinds]
    assert [each.verdict for each in everything(Cluster.from_dump(part)) if not each.healthy] == []
    part = [each for each in lived(selector="app: wbe") if each["kind"] in kinds]
    found = Cluster.from_dump(part).explain("service/web")
    assert [each.code for each in found.findings] == ["wrong-selector"]


def test_what_a_dump_leaves_out_is_made_beside_it() -> None:
    part = [each for each in lived() if each["kind"] in ("Pod", "Service")]
    cluster = Cluster.from_dump(part)
    before = cluster.state
    case = whole(cluster)
    assert (case.read, case.partial, case.tried) == (True, True, False)
    assert {node.name for node in case.state.view.list("nodes")} == {"node-1", "node-2", "node-3"}
    assert list(case.state.view.list("endpointslices"))
    assert cluster.state is before
    assert not list(before.view.list("nodes"))


def test_a_cluster_that_lives_is_taken_as_it_stands() -> None:
    cluster = Cluster(nodes=1)
    case = whole(cluster)
    assert case.state is cluster.state
    assert not case.read


def test_manifests_are_tried_in_a_cluster_that_gives_them_what_they_take_for_granted() -> None:
    text = application(
        declares="", container=", readinessProbe: {tcpSocket: {port: 8080}}", pod=", nodeSelector: {disk: ssd}",
        service=", clusterIP: 172.30.7.7", namespace="default",
    )  # fmt: skip
    cluster = Cluster.from_dump(text)
    case = whole(cluster)
    assert case.tried
    assert case.refused == ()
    assert [each.code for each in cluster.explain("service/web").findings] == []


def test_what_no_api_server_takes_is_named_with_its_words() -> None:
    text = application(port="port: 80, protocol: XYZ")
    [found] = Cluster.from_dump(text).explain("service/web").findings
    assert found.code == "manifest-refused"
    assert 'Unsupported value: "XYZ"' in found.evidence


def test_what_manifests_leave_to_their_cluster_is_a_warning() -> None:
    found = Cluster.from_dump(application(service=", type: LoadBalancer")).explain("service/web")
    assert found.healthy
    assert [each.code for each in found.warnings] == ["load-balancer-pending"]


def test_manifests_of_two_families_are_tried_in_a_cluster_of_two() -> None:
    found = Cluster.from_dump(application(service=", ipFamilyPolicy: RequireDualStack")).explain("service/web")
    assert found.healthy, str(found)
