"""One source tries for all that are like it: what is found is what is found when every source tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from random_faults import troubled

from kdisco import Cluster
from kdisco.explain.chain import diagnose
from kdisco.explain.explain import everything
from kdisco.explain.groups import Groups, Traits
from kdisco.explain.names import lookups, tried
from kdisco.explain.probes import probes, succeeds
from kdisco.explain.scene import Scene
from kdisco.explain.way import way

if TYPE_CHECKING:
    from collections.abc import Hashable

    from kdisco.explain.diagnosis import Diagnosis
    from kdisco.explain.sources import Source
    from kdisco.store.state import State

SEEDS = range(24)


def told(state: State, *, sharing: bool) -> tuple[dict[str, Any], int]:
    """What is found about every Service, on its way and in all, and how many connections that took."""
    gone: set[Hashable] | None = set() if sharing else None
    found: dict[str, Any] = {}
    count = len(tried(state))
    for service in state.view.list("services"):
        scene = Scene(state, service, gone=gone)
        sent = [*probes(scene)] if service.spec.type != "ExternalName" else []
        count += len(sent)
        fails = [each for each in sent if not succeeds(scene, each)]
        found[f"way {service}"] = [*way(scene, fails)]
        whole = diagnose(Scene(state, service))
        found[str(service)] = whole.findings, whole.warnings
    found["lookups"] = [*lookups(scene)]
    return found, count


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no source be like another."""
    traits = Groups.traits

    def own(groups: Groups, source: Source) -> Traits:
        return evolve(traits(groups, source), link=source)

    monkeypatch.setattr(Groups, "traits", own)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_of_a_sort_finds_what_all_find(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    state = troubled(seed).state
    grouped, few = told(state, sharing=True)
    alone(monkeypatch)
    exhaustive, many = told(evolve(state), sharing=False)
    assert grouped == exhaustive
    assert few <= many


SERVICES, SPACES = 32, 12


def crowded() -> Cluster:
    """A settled cluster of many namespaces and Services, each with a Pod, and a client in every namespace."""
    cluster = Cluster(nodes=8)
    for number in range(SPACES):
        meta = {"name": f"space-{number}", "labels": {"team": f"team-{number}"}}
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    for number in range(SERVICES):
        space, labels = f"space-{number % SPACES}", {"app": f"app-{number}"}
        container = {"name": "main", "image": "registry.test/app:1", "ports": [{"containerPort": 8080}]}
        pod = {"metadata": {"name": f"app-{number}", "labels": labels}, "spec": {"containers": [container]}}
        front = {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}
        cluster.create({"apiVersion": "v1", "kind": "Pod", **pod}, namespace=space)
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"app-{number}"}, "spec": front}
        cluster.create(service, namespace=space)
    return cluster.settle()


@pytest.fixture(scope="module")
def crowd() -> Cluster:
    """It."""
    return crowded()


def both(cluster: Cluster) -> list[list[Diagnosis]]:
    """What is said of all Services, in the cluster and of its dump."""
    listed = [each.to_dict() for kind in cluster.state.tables for each in cluster.state.view.list(kind)]
    return [[*everything(cluster)], [*everything(Cluster.from_dump(listed))]]


def policy(cluster: Cluster, namespace: str, **spec: Any) -> None:
    """Give a namespace a NetworkPolicy."""
    meta = {"name": "some", "namespace": namespace}
    cluster.create({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec})
    cluster.settle()


def test_nothing_is_found_in_the_crowd_while_nothing_is_wrong(crowd: Cluster) -> None:
    for told in both(crowd):
        assert len(told) == SERVICES + 2
        assert all(each.healthy for each in told)


@pytest.mark.parametrize("number", [0, 5, 11])
def test_one_namespace_of_many_that_is_kept_from_one_service_is_found(crowd: Cluster, number: int) -> None:
    given = crowd.branch()
    others = {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["app-17"]}]}
    to = [{"namespaceSelector": {}, "podSelector": others}, {"ipBlock": {"cidr": "172.18.0.0/16"}}]
    policy(given, f"space-{number}", podSelector={}, policyTypes=["Egress"], egress=[{"to": to}])
    blocked = [pod.name for pod in given.list("pods", f"space-{number}") if pod.name != "app-17"]
    for told in both(given):
        (faulty,) = [each for each in told if not each.healthy]
        assert faulty.target == "service/space-5/app-17"
        assert [each.code for each in faulty.findings] == ["network-policy-blocks-port"]
        assert any(f"pod/space-{number}/{name} on " in faulty.findings[0].evidence for name in blocked)


@pytest.mark.parametrize("node", ["node-1", "node-4", "node-8"])
def test_one_node_of_many_that_is_kept_from_one_service_is_found(crowd: Cluster, node: str) -> None:
    given = crowd.branch()
    own = next(each.spec.pod_cidr for each in given.list("nodes") if each.name == node)
    others = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [own]}}]
    policy(given, "space-5", podSelector={"matchLabels": {"app": "app-17"}}, ingress=[{"from": others}])
    for told in both(given):
        (faulty,) = [each for each in told if not each.healthy]
        assert faulty.target == "service/space-5/app-17"
        assert f"{node} to " in faulty.findings[0].evidence


def everywhere(cluster: Cluster, name: str, *but: str, **spec: Any) -> None:
    """A Service with a Pod on every node but these, each with its node as a label."""
    for node in (each.name for each in cluster.list("nodes") if each.name not in but):
        container = {"name": "main", "image": "app:1", "ports": [{"containerPort": 8080}]}
        meta = {"name": f"{name}-{node}", "labels": {"app": name, "on": f"{name}-{node}"}}
        body = {"nodeName": node, "containers": [container]}
        cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": body})
    front = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}], **spec}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": front})
    cluster.settle()


@pytest.mark.parametrize("node", ["node-2", "node-5", "node-8"])
def test_the_processes_of_one_node_that_are_kept_from_one_back_end_are_found(crowd: Cluster, node: str) -> None:
    given = crowd.branch()
    for name in ("less", "more"):
        everywhere(given, name)
    own = next(each.spec.pod_cidr for each in given.list("nodes") if each.name == "node-3")
    address = own.partition("/")[0]  # of the VXLAN device, by which the node's processes reach Pods elsewhere
    others = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [f"{address}/32"]}}]
    policy(given, "default", podSelector={"matchLabels": {"on": f"more-{node}"}}, ingress=[{"from": others}])
    for told in both(given):
        (faulty,) = [each for each in told if not each.healthy]
        assert faulty.target == "service/default/more"
        assert f"no rule allows from {address} on " in faulty.findings[0].evidence


def test_one_pod_of_many_alike_that_is_kept_from_one_service_is_found(crowd: Cluster) -> None:
    given = crowd.branch()
    template = {"metadata": {"labels": {"app": "many"}}, "spec": {"containers": [{"name": "main", "image": "app:1"}]}}
    spec = {"replicas": 24, "selector": {"matchLabels": {"app": "many"}}, "template": template}
    given.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "many"}, "spec": spec})
    given.settle()
    ip = given.list("pods", "default")[-1].addresses[0]
    others = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [f"{ip}/32"]}}]
    policy(given, "space-5", podSelector={"matchLabels": {"app": "app-17"}}, ingress=[{"from": others}])
    for told in both(given):
        (faulty,) = [each for each in told if not each.healthy]
        assert faulty.target == "service/space-5/app-17"
        assert f"no rule allows from {ip} " in faulty.findings[0].evidence


@pytest.mark.parametrize("lacking", ["node-1", "node-5", "node-8"])
def test_one_node_of_many_without_a_pod_of_a_local_service_is_found(crowd: Cluster, lacking: str) -> None:
    given = crowd.branch()
    everywhere(given, "more", lacking, internalTrafficPolicy="Local")
    for told in both(given):
        (faulty,) = [each for each in told if not each.healthy]
        assert [each.code for each in faulty.findings] == ["internal-traffic-policy-local-without-pod"]
        assert f"node/{lacking} to " in faulty.findings[0].evidence


def test_one_cut_link_is_found_at_every_service_behind_it_and_at_no_other(crowd: Cluster) -> None:
    given = crowd.branch()
    given.inject("vxlan-link-cut", node="node-2", other="node-7")
    pods = {pod.labels.get("app"): pod.spec.node_name for pod in given.list("pods")}
    behind = {name for name, node in pods.items() if name and node in ("node-2", "node-7")}
    faulty = {each.target.rpartition("/")[2]: each for each in everything(given) if not each.healthy}
    assert behind
    assert behind <= faulty.keys()
    assert {finding.code for each in faulty.values() for finding in each.findings} == {"vxlan-link-cut"}


def test_a_namespace_that_may_not_ask_the_dns_is_found_among_many(crowd: Cluster) -> None:
    given = crowd.branch()
    given.inject("network-policy-blocks-dns", namespace="space-9")
    given.settle()
    found = given.explain("service/app-3", "space-3")
    assert "network-policy-blocks-dns" in [each.code for each in found.findings]
    assert "pod/space-9/" in found.findings[0].evidence


def test_how_much_was_tried_does_not_hang_on_what_was_asked_before(crowd: Cluster) -> None:
    first = crowd.explain("service/app-17", "space-5")
    [*everything(crowd)]
    assert crowd.explain("service/app-17", "space-5") == first
    assert first.tried > 0
