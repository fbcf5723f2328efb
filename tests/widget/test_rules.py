"""The rules panel: node, mode, Service and chain are chosen, the text is kube-proxy's own."""

from __future__ import annotations

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.widget.chains import about, pieces
from kdisco.widget.rules import MODES


def test_the_text_is_that_of_the_node_and_mode(cluster: Cluster) -> None:
    made = cluster.rules_panel()
    for node in ("node-1", "node-2"):
        made.node = node
        for mode in MODES:
            made.mode = mode
            rules = cluster.proxy(node).rules(mode)
            assert made.rules == rules
            lines = [line for line in made.text.splitlines() if line and not line.startswith("# ")]
            save = cluster.proxy(node).counters().save if mode == "iptables" else rules.save
            whole = [line for text in (rules.ipvsadm, rules.ipset, save) for line in text.splitlines()]
            assert len(lines) > 10
            assert not set(lines) - {line.strip() for line in whole} - {line.rstrip() for line in whole}
            assert f"{node}, {mode} mode" in made.status.value


def test_no_rule_is_lost_between_the_chains(cluster: Cluster) -> None:
    rules = cluster.proxy("node-1").rules("iptables")
    shown = [line for lines in pieces(rules).values() for line in lines]
    assert sorted(shown) == sorted(line for line in rules.save.splitlines() if line.startswith("-A "))


@pytest.mark.parametrize("mode", MODES)
def test_a_service_has_its_own_chains_and_the_lines_that_lead_to_them(cluster: Cluster, mode: str) -> None:
    made = cluster.rules_panel(mode=mode, service="my-app-svc")
    pods = [pod.status.pod_ip for pod in cluster.list("pods", "default")]
    assert all(f"{ip}:8080" in made.text for ip in pods)
    assert "kube-dns" not in made.text
    assert all(f"{ip}:8080" in made.diagram.diagram.text for ip in pods)
    assert mode in made.diagram.diagram.text.splitlines()[0]
    assert "10.96.0.10" not in made.text.replace(cluster.get("service", "my-app-svc").spec.cluster_ip, "")


def test_a_name_that_is_part_of_another_is_not_meant(cluster: Cluster) -> None:
    spec = "{selector: {app: my-app}, ports: [{port: 1}]}"
    cluster.apply(f"{{apiVersion: v1, kind: Service, metadata: {{name: app}}, spec: {spec}}}")
    cluster.settle()
    whole = pieces(cluster.proxy("node-1").rules("iptables"))
    assert not any("my-app-svc" in line for lines in about(whole, "default/app").values() for line in lines)


def test_counters_stand_before_the_rules_and_follow(cluster: Cluster) -> None:
    made = cluster.rules_panel(node="node-1", service="my-app-svc")
    assert "[1:60]" not in made.text
    pod = next(pod for pod in cluster.list("pods", "default") if pod.spec.node_name == "node-1")
    cluster.send(f"pod/default/{pod.name}", cluster.get("service", "my-app-svc").spec.cluster_ip)
    assert "[1:60] -A KUBE-SERVICES" in made.text
    made.counted.value = False
    assert "[1:60]" not in made.text
    assert "-A KUBE-SERVICES" in made.text
    made.mode = "nftables"
    assert made.counters is None
    assert made.counted.disabled


def test_one_chain_alone(cluster: Cluster) -> None:
    made = cluster.rules_panel()
    made.chain.value = "nat KUBE-SERVICES"
    assert {line.split("-A ")[1].split()[0] for line in made.text.splitlines()[1:]} == {"KUBE-SERVICES"}
    made.mode = "nftables"
    assert made.chain.value == made.say["all chains"]


def test_it_follows_the_cluster_and_keeps_what_was_chosen(cluster: Cluster) -> None:
    made = cluster.rules_panel(node="node-2", service="my-app-svc")
    cluster.scale("deployment/my-app", 5)
    cluster.settle()
    assert made.text.count(":8080") >= 5
    assert (made.node, made.service) == ("node-2", "default/my-app-svc")
    assert made.diagram.diagram.text.count("KUBE-SEP-") >= 5
    cluster.delete("service", "my-app-svc")
    cluster.settle()
    assert made.service == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"node": "node-9"}, "Node 'node-9' is not one of node-1, node-2"),
        ({"mode": "ebpf"}, "'ebpf' is not one of iptables, nftables, ipvs"),
        ({"service": "nope"}, "'default/nope' is not one of"),
        ({"nodes": "node-1"}, "no keyword nodes; did you mean node?"),
    ],
)
def test_what_there_is_not_is_an_error(cluster: Cluster, options: dict[str, str], words: str) -> None:
    with pytest.raises(KdiscoError) as caught:
        cluster.rules_panel(**options)
    assert words in str(caught.value)


def test_a_cluster_without_nodes_says_so() -> None:
    made = Cluster(nodes=0, addons=False).rules_panel(lang="zh")
    assert made.status.value == "集群没有节点"
