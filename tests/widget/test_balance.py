"""The balance panel: connections are made and counted, the band is that of chance or of turns."""

from __future__ import annotations

import pytest

from kdisco import Cluster, KdiscoError


def test_connections_are_counted_by_pod(cluster: Cluster) -> None:
    made = cluster.balance(service="my-app-svc", connections=200)
    found = made.send()
    pods = {f"default/{pod.name}" for pod in cluster.list("pods", "default")}
    assert found.sent == sum(found.counts.values()) == 200
    assert set(found.counts) == pods
    assert {found.expected(pod) for pod in pods} == {100.0}
    assert all(str(count) in made.shown.value for count in found.counts.values())
    assert "200 connections in iptables mode" in made.status.value
    data, _ = made._repr_mimebundle_()
    assert data["image/svg+xml"] == made.plot.svg


def test_they_are_the_clusters_own(cluster: Cluster) -> None:
    source = f"pod/default/{cluster.list('pods', 'default')[0].name}"
    made = cluster.balance(service="my-app-svc", source=source, connections=30)
    rules = cluster.rules_panel(node=cluster.list("pods", "default")[0].spec.node_name, service="my-app-svc")
    made.send()
    assert "[30:1800] -A KUBE-SERVICES" in rules.text


def test_in_ipvs_mode_each_has_its_turn(ipvs: Cluster) -> None:
    found = ipvs.balance(service="my-app-svc", connections=101).send()
    assert sorted(found.counts.values()) == [50, 51]
    assert all(found.band(pod) == (50.0, 51.0) for pod in found.pods)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"connections": 0}, "0 is not a whole number from 1 to"),
        ({"service": "nope"}, "is not one of"),
        ({"conections": 3}, "did you mean connections"),
    ],
)
def test_what_cannot_be_meant_is_an_error(cluster: Cluster, options: dict[str, object], words: str) -> None:
    with pytest.raises(KdiscoError, match=words):
        cluster.balance(**options)


def test_a_service_without_pods_is_told(cluster: Cluster) -> None:
    made = cluster.balance(service="my-app-svc")
    cluster.scale("deployment/my-app", 0)
    cluster.settle()
    made.sources.value = "node/node-1"
    made.go.click()
    assert "no connection from node/node-1 would reach a Pod" in made.status.value
    assert made.tally is None
