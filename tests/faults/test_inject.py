"""What can be injected, at what it is aimed, and that nothing is half-applied."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.errors import NotFound, UsageError
from kdisco.examples import ARTICLE
from kdisco.faults.inject import FAULTS

ASKED_FOR = (
    "wrong-selector", "wrong-target-port", "named-port-missing", "readiness-failing", "crash-loop",
    "stuck-terminating", "no-endpoints", "coredns-down", "coredns-stale", "kube-proxy-dead", "kube-proxy-stale",
    "node-down", "node-partitioned", "vxlan-link-cut", "wrong-cluster-dns", "network-policy-blocks-dns",
    "network-policy-blocks-port", "conntrack-full", "service-cidr-exhausted",
    "external-traffic-policy-local-without-pod", "session-affinity-surprise", "ndots-flood",
    "wrong-namespace-in-name", "headless-with-port-mapping", "external-name-to-nowhere", "load-balancer-pending",
)  # fmt: skip


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster(nodes=2)
    made.create(ARTICLE)
    return made.settle()


def test_the_table_holds_every_fault_and_says_what_a_user_sees() -> None:
    assert set(ASKED_FOR) <= FAULTS.keys()
    for fault in FAULTS.values():
        assert fault.what.endswith(".")
        assert fault.symptom
        assert fault.where


def test_a_fault_says_where_it_is_and_is_listed_as_in_force(cluster: Cluster) -> None:
    made = cluster.inject("kube-proxy-stale", node="node-1", service="my-app-svc")
    assert str(made) == "kube-proxy-stale(node=node-1, service=my-app-svc)"
    assert cluster.faults.injected == (made,)
    line = next(each for each in str(cluster.faults).splitlines() if "kube-proxy-stale" in each)
    assert line.startswith("*")
    assert "in force" in cluster.faults._repr_html_()


def test_nothing_reacts_before_time_moves(cluster: Cluster) -> None:
    now = cluster.now
    cluster.inject("no-endpoints", service="my-app-svc")
    assert cluster.now == now
    assert len([pod for pod in cluster.list("pods", "default", {"app": "my-app"}) if pod.ready]) == 2


def test_one_coredns_is_aimed_at_by_its_name(cluster: Cluster) -> None:
    first, second = cluster.list("pods", "kube-system", {"k8s-app": "kube-dns"})
    cluster.inject("coredns-down", pod=first.name)
    cluster.settle().run(5)
    assert not cluster.get("pod", first.name, "kube-system").ready
    assert cluster.get("pod", second.name, "kube-system").ready
    found = cluster.explain("my-app-svc")
    assert found.healthy
    assert [each.code for each in found.warnings] == ["coredns-down"]


@pytest.mark.parametrize(
    ("code", "aim", "error", "words"),
    [
        ("no-such-fault", {}, UsageError, "no fault 'no-such-fault'; there are wrong-selector"),
        ("wrong-selector", {"node": "node-1"}, UsageError, "wrong-selector is aimed by service, namespace"),
        ("wrong-selector", {"service": "nobody"}, NotFound, 'services "nobody" not found'),
        ("wrong-selector", {"namespace": "kube-public"}, UsageError, "there is none with a selector"),
        ("node-down", {"node": "node-9"}, NotFound, 'nodes "node-9" not found'),
        ("service-cidr-exhausted", {}, UsageError, "make a cluster with a smaller range"),
    ],
)
def test_what_cannot_be_aimed_at_is_one_line_and_changes_nothing(
    cluster: Cluster, code: str, aim: dict[str, str], error: type[KdiscoError], words: str
) -> None:
    before = cluster.revision
    with pytest.raises(error, match=words):
        cluster.inject(code, **aim)
    assert cluster.revision == before
    assert cluster.faults.injected == ()


def test_a_fault_is_in_force_once(cluster: Cluster) -> None:
    cluster.inject("conntrack-full", node="node-1")
    with pytest.raises(UsageError, match=r"conntrack-full is in force already: conntrack-full\(node=node-1\)"):
        cluster.inject("conntrack-full", node="node-2")


def test_healing_what_is_not_there_says_what_is(cluster: Cluster) -> None:
    cluster.inject("conntrack-full", node="node-1")
    with pytest.raises(UsageError, match="node-down is not in force; conntrack-full is"):
        cluster.heal("node-down")
    with pytest.raises(UsageError, match="no fault 'nothing'"):
        cluster.heal("nothing")


def test_all_faults_are_taken_back_at_once(cluster: Cluster) -> None:
    cluster.inject("wrong-selector", service="my-app-svc")
    cluster.inject("vxlan-link-cut")
    cluster.inject("load-balancer-pending", service="your-app-svc")
    cluster.settle()
    cluster.heal().settle()
    assert cluster.faults.injected == ()
    assert cluster.state.hosts == {}
    for name in ("my-app-svc", "your-app-svc"):
        assert cluster.explain(name).healthy


def test_a_branch_has_its_own_faults(cluster: Cluster) -> None:
    branch = cluster.branch()
    branch.inject("node-down", node="node-2")
    assert branch.faults.injected
    assert cluster.faults.injected == ()
    assert not cluster.state.held


def test_a_past_before_the_fault_knows_nothing_of_it(cluster: Cluster) -> None:
    revision = cluster.revision
    cluster.inject("no-endpoints", service="my-app-svc")
    assert cluster.at(revision).faults.injected == ()


def test_a_learner_without_rights_may_break_things(cluster: Cluster) -> None:
    learner = cluster.as_user("jane")
    learner.inject("no-endpoints", service="my-app-svc")
    assert cluster.get("deployment", "my-app").spec.replicas == 0


def test_a_saved_cluster_can_be_healed_too(cluster: Cluster, tmp_path: Path) -> None:
    cluster.inject("vxlan-link-cut")
    cluster.inject("wrong-selector", service="my-app-svc")
    cluster.settle().save(tmp_path / "broken.json")
    there = Cluster.load(tmp_path / "broken.json")
    assert there.faults.injected == cluster.faults.injected
    there.heal().settle()
    assert there.explain("my-app-svc").healthy
