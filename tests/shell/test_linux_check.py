"""Random flows in model and kernel: they agree, and where they do not it is told."""

from __future__ import annotations

import errno
import re
from random import Random

import pytest

from kdisco import Cluster
from kdisco.examples import ARTICLE
from kdisco.model.service import Service
from kdisco.net.rule import Rules
from kdisco.shell import linux_check, linux_flow, linux_node
from kdisco.shell.linux_check import check, compared
from kdisco.shell.linux_flow import Flow, Result, expected, judged
from kdisco.shell.linux_random import random_cluster, random_flows


@pytest.fixture(scope="module")
def article() -> Cluster:
    """The article's applications on two nodes."""
    cluster = Cluster(nodes=2)
    cluster.apply(ARTICLE)
    return cluster.settle()


def app(cluster: Cluster, name: str) -> str:
    return f"pod/default/{cluster.list('pods', selector=f'app={name}')[0].name}"


@pytest.mark.root
@pytest.mark.parametrize(("mode", "seed"), [("iptables", 1), ("nftables", 2)])
def test_two_hundred_random_flows_end_alike(mode: str, seed: int) -> None:
    written: list[str] = []
    assert check(200, seed, mode, written.append) == 0, "".join(written)
    assert written == [f"kube-proxy in {mode} mode: flows 200, clusters 4, differences 0\n"]


@pytest.mark.root
def test_rules_that_are_not_there_are_a_difference(article: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_node, "rules", lambda *_, **__: Rules(jumps="", restore="", save=""))
    ip = article.get("service", "your-app-svc").spec.cluster_ip
    flow = Flow(app(article, "my-app"), ip, 80)
    [difference] = compared(article, [flow, Flow("node/node-1", "172.18.0.3", 10250)])
    assert (difference.flow, difference.kernel) == (flow, Result("unreachable"))
    assert len(difference.model) == 4
    words = rf"{flow} *\n  kernel: unreachable\n  model:  pod/default/your-app-\S+ at 10\.244\.\S+, asked by "
    assert re.match(words, str(difference))


@pytest.mark.root
def test_a_difference_is_exit_code_one(article: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = Flow(app(article, "my-app"), "172.18.0.3", 10250)
    monkeypatch.setattr(linux_check, "random_cluster", lambda *_: article)
    monkeypatch.setattr(linux_check, "random_flows", lambda *_: [flow])
    monkeypatch.setattr(linux_check, "expected", lambda *_: iter([Result("silence")]))
    written: list[str] = []
    assert check(1, 5, "iptables", written.append) == 1
    told = f"cluster 0 of seed 5, iptables: {flow}\n  kernel: kubelet at 172.18.0.3:10250, asked by "
    assert written[0].startswith(told)
    assert written[1] == "kube-proxy in iptables mode: flows 1, clusters 1, differences 1\n"


def test_the_model_tells_every_way(article: Cluster) -> None:
    flow = Flow(app(article, "my-app"), article.get("service", "your-app-svc").spec.cluster_ip, 80)
    source = article.get("pod", flow.source.rpartition("/")[2]).status.pod_ip
    pods = article.list("pods", selector="app=your-app")
    own = {Result("answered", f"pod/default/{pod.name}", f"{pod.status.pod_ip}:8080", source) for pod in pods}
    assert set(expected(article.state, flow)) == own
    assert {fate.endpoint for fate in judged(article.state, flow)} == {each.endpoint for each in own}


@pytest.mark.parametrize(
    ("flow", "result"),
    [
        (Flow("outside", "10.96.0.1", 443), Result("unreachable")),
        (Flow("outside", "172.18.0.3", 81), Result("refused")),
        (Flow("outside", "172.18.0.3", 10250), Result("answered", "kubelet", "172.18.0.3:10250", "198.51.100.77")),
        (Flow("node/node-1", "192.0.2.200", 80), Result("left", source="172.18.0.3")),
    ],
)
def test_the_model_in_a_few_words(article: Cluster, flow: Flow, result: Result) -> None:
    assert set(expected(article.state, flow)) == {result}
    assert {fate.verdict for fate in judged(article.state, flow)} <= {"NONE"}


def test_an_answer_is_read() -> None:
    line = b"pod/default/web-1 answers on [fd00::5]:8080, asked by [fd00::9]:40112\nwhat was sent"
    assert linux_flow._read(line) == Result("answered", "pod/default/web-1", "[fd00::5]:8080", "fd00::9")
    line = b"outside answers on 172.18.0.1:80, asked by 172.18.0.3:1\n"
    assert linux_flow._read(line) == Result("left", source="172.18.0.3")
    assert linux_flow._read(b"hello").how == "an answer that makes no sense: b'hello'"
    assert linux_flow.CODES[errno.ECONNREFUSED] == "refused"


def test_the_same_seed_draws_the_same() -> None:
    for mode in ("iptables", "nftables"):
        drawn = []
        for _ in range(2):
            dice = Random("7/0")  # noqa: S311 - repeatable
            cluster = random_cluster(dice, mode)
            drawn.append((cluster.state, random_flows(dice, cluster, 40)))
        assert drawn[0] == drawn[1]
        assert drawn[0][0].config.proxy.mode == mode


def test_what_is_drawn_is_of_many_kinds() -> None:
    flows: list[Flow] = []
    services: list[Service] = []
    for seed in range(12):
        dice = Random(f"{seed}/0")  # noqa: S311 - repeatable
        cluster = random_cluster(dice, "iptables")
        flows += random_flows(dice, cluster, 50)
        services += cluster.list("services", namespace="default")
    assert {flow.protocol for flow in flows} == {"tcp", "udp"}
    assert {flow.source.partition("/")[0] for flow in flows} == {"pod", "node", "outside"}
    assert any(":" in flow.to for flow in flows)
    assert {service.spec.type for service in services} == {"ClusterIP", "NodePort", "LoadBalancer"}
    assert {service.spec.external_traffic_policy for service in services} >= {"Cluster", "Local"}
    assert {service.spec.internal_traffic_policy for service in services} >= {"Cluster", "Local"}
    assert any(service.spec.load_balancer_source_ranges for service in services)
    assert any(service.spec.session_affinity == "ClientIP" for service in services)
    assert not [flow for flow in flows if flow.source == "outside" and flow.to.startswith("192.0.2.")]
