"""The table of who reaches what: every source by every Service, and nothing is left behind."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, running

from kdisco import Cluster, ProxyConfig

if TYPE_CHECKING:
    from kdisco.matrix import Reachability


def made(**settings: Any) -> Cluster:
    """Two applications: one is published outside, one has no Pods, one has no address of its own."""
    return running(
        deployment(),
        front(type="NodePort"),
        front("shut"),
        front("bare", clusterIP="None", selector={"app": "web"}, ports=[{"port": 8080}]),
        addons=True,
        **settings,
    )


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    """It."""
    return made()


def test_all_sources_are_tried_with_all_fronts(cluster: Cluster) -> None:
    before = cluster.state
    found = cluster.reachability()
    pods = [pod for pod in cluster.list("pods") if not pod.spec.host_network]
    assert len(found.sources) == len(pods) + 2 + 1
    assert [*map(str, found.fronts)] == [
        "default/bare:8080",
        "default/shut:80",
        "default/web:80",
        "kube-system/kube-dns:53/udp",
        "kube-system/kube-dns:53",
        "kube-system/kube-dns:9153",
    ]
    assert len(found.cells) == len(found.sources) * len(found.fronts)
    assert cluster.state is before


def test_each_cell_has_its_word(cluster: Cluster) -> None:
    rows = {row[0]: row[1:] for row in cluster.reachability().rows()}
    pod = next(name for name in rows if name.startswith("pod/default/"))
    assert rows[pod] == ("yes", "refused", "yes", "yes", "yes", "yes")
    assert rows["node/node-1"] == ("-", "refused", "yes", "yes", "yes", "yes")
    assert rows["203.0.113.9"] == ("-", "-", "yes", "-", "-", "-")


def test_it_is_true_when_every_way_is_answered(cluster: Cluster) -> None:
    found = cluster.reachability()
    assert not found
    assert {each.to for each in found} == {cluster.get("service", "shut").spec.cluster_ip}
    assert cluster.reachability(["web", "kube-system/kube-dns", "service/default/bare"])


def test_it_is_told_as_text_and_as_a_table(cluster: Cluster) -> None:
    found = cluster.reachability(["web", "shut"], ["node/node-1", "node/node-2"])
    assert str(found).splitlines() == [
        "from         default/web:80  default/shut:80",
        "node/node-1  yes             refused",
        "node/node-2  yes             refused",
        "2 of 4 ways are answered",
        "node/node-1 -> default/shut:80: connection refused: default/shut has no endpoints, at node/node-1",
        "node/node-2 -> default/shut:80: connection refused: default/shut has no endpoints, at node/node-2",
    ]
    html = found._repr_html_()
    assert html.count("<strong>refused</strong>") == 2
    assert "<caption>2 of 4 ways are answered</caption>" in html


def test_by_name_a_dead_dns_shows(cluster: Cluster) -> None:
    given = cluster.branch()
    given.scale("deployment/coredns", 0, namespace="kube-system")
    given.settle()
    pod = f"pod/default/{given.list('pods', namespace='default')[0].name}"
    assert given.reachability(["web"], [pod])
    named = given.reachability(["web"], [pod], by_name=True)
    assert [row[1] for row in named.rows()] == ["no name"]


def test_two_families_have_two_worlds_outside() -> None:
    dual = {"pod_cidr": "10.244.0.0/16,fd00:10:244::/56", "service_cidr": "10.96.0.0/16,fd00:96::/112"}
    found = made(**dual).reachability(["web"])
    assert found.sources[-2:] == ("203.0.113.9", "2001:db8::9")
    assert [found.verdict(source, found.fronts[0]) for source in found.sources[-2:]] == ["yes", "-"]


def test_nothing_by_nothing_is_an_empty_table() -> None:
    found = Cluster(nodes=0, addons=False).reachability()
    assert bool(found)
    assert str(found) == "0 of 0 ways are answered"


MODES = ("iptables", "nftables", "ipvs")


def _drawn(seed: int) -> Cluster:
    """Some applications, Services and NetworkPolicies, by a number."""
    draw = random.Random(seed)  # noqa: S311 - which clusters are drawn keeps no secret
    apps = "abc"[: draw.choice((1, 2, 3))]
    documents: list[Any] = [deployment(app, replicas=draw.choice((0, 1, 3, 5))) for app in apps]
    for number in range(3):
        spec: dict[str, Any] = {"selector": {"app": draw.choice(apps)}, "type": draw.choice(("ClusterIP", "NodePort"))}
        spec |= draw.choice(({}, {}, {"sessionAffinity": "ClientIP"}, {"internalTrafficPolicy": "Local"}))
        documents.append(front(f"front-{number}", **spec))
    if draw.random() < 0.5:
        peer = {"podSelector": {"matchLabels": {"app": draw.choice(apps)}}}
        spec = {"podSelector": {"matchLabels": {"app": draw.choice(apps)}}, "ingress": [{"from": [peer]}]}
        documents.append(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "some"},
                "spec": spec,
            }
        )
    return running(*documents, nodes=draw.choice((1, 2, 3)), proxy=ProxyConfig(mode=MODES[seed % 3]))


def _told(found: Reachability) -> dict[str, tuple[str, list[Any]]]:
    """What is said of each pair, whatever the order in which the endpoints were tried."""
    return {
        f"{source} > {asked}": ("-", [])
        if cell is None
        else (cell.verdict, sorted((each.outcome, each.why, each.listener, each.endpoint) for each in cell.attempts))
        for (source, asked), cell in found.cells.items()
    }


@pytest.mark.parametrize("seed", range(9))
def test_what_is_shared_and_foreseen_is_what_each_packet_would_meet(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given = _drawn(seed)
    found = _told(given.reachability())
    monkeypatch.setattr("kdisco.reach._Ways._who", lambda ways, *_: ways.source)
    monkeypatch.setattr("kdisco.reach._Ways._foresight", lambda *_: None)
    assert found == _told(given.reachability())
    assert len({verdict for verdict, _ in found.values()}) > 1
