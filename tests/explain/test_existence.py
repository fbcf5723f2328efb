"""Services that are not there, not where they are looked for, or that nobody can make; aliases."""

from __future__ import annotations

import pytest
from broken import application
from remedies import carry_out

from kdisco import Cluster


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster(nodes=1)
    made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    made.create(application())
    return made.settle()


def test_a_service_of_another_namespace_goes_by_its_longer_name(cluster: Cluster) -> None:
    [found] = cluster.explain("service/web", namespace="shop").findings
    assert found.code == "wrong-namespace-in-name"
    assert found.objects == ("service/shop/web", "service/default/web")
    assert "web.default" in found.cause
    carry_out(cluster, found.remedy)
    assert cluster.settle().explain("service/web", namespace="shop").healthy


def test_a_misspelt_name_is_recognized(cluster: Cluster) -> None:
    [found] = cluster.explain("service/wbe").findings
    assert found.code == "service-not-found"
    assert found.cause.endswith("did you mean web?")


def test_a_namespace_that_is_not_there_is_told(cluster: Cluster) -> None:
    [found] = cluster.explain("service/db", namespace="nowhere").findings
    assert "nor is there a namespace nowhere" in found.evidence


def test_a_workload_without_a_service_can_be_exposed(cluster: Cluster) -> None:
    cluster.delete("service", "web")
    cluster.settle()
    [found] = cluster.explain("service/web").findings
    assert found.remedy == "kubectl expose deployment web -n default --port=8080"
    carry_out(cluster, found.remedy)
    assert cluster.settle().explain("service/web").healthy


def test_a_range_without_an_address_left_is_why_a_service_is_missing() -> None:
    cluster = Cluster(nodes=1, service_cidr="10.96.0.0/28")
    cluster.inject("service-cidr-exhausted")
    [found] = cluster.explain("service/new").findings
    assert found.code == "service-cidr-exhausted"
    assert "14 IPAddress objects" in found.evidence


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("web.default.svc.cluster.local", None),
        ("known.example.com", None),
        ("unknown.example.com", "external-name-to-nowhere"),
        ("web.defualt.svc.cluster.local", "external-name-to-nowhere"),
        ("db", "external-name-to-nowhere"),
        ("10.96.0.1", "external-name-to-nowhere"),
    ],
)
def test_an_alias_leads_somewhere_or_it_is_told(target: str, code: str | None) -> None:
    cluster = Cluster(nodes=1, upstream=("known.example.com. 300 IN A 203.0.113.1",))
    cluster.create(application())
    spec = {"type": "ExternalName", "externalName": target}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "alias"}, "spec": spec})
    found = cluster.settle().explain("service/alias").findings
    assert [each.code for each in found] == ([code] if code else [])
    if target.startswith("web.defualt"):
        carry_out(cluster, found[0].remedy)
        assert cluster.get("service", "alias").spec.external_name == "web.default.svc.cluster.local"


def test_of_names_outside_a_dump_tells_nothing() -> None:
    spec = {"type": "ExternalName", "externalName": "db.example.com"}
    alias = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "alias"}, "spec": spec}
    assert Cluster.from_dump([alias]).explain("service/alias").healthy
