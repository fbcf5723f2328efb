"""NetworkPolicies as nftables: what is written, that nft takes it, and that a kernel judges by it as the model does."""

from __future__ import annotations

import subprocess
from itertools import product
from typing import Any

import pytest

from kdisco import Cluster, ProxyConfig
from kdisco.net.policy_text import policy_text
from kdisco.shell.linux_check import compared
from kdisco.shell.linux_flow import Flow

WEB, DB = "10.244.1.2", "10.244.1.3"
PEERS: tuple[dict[str, Any], ...] = (
    {"podSelector": {"matchLabels": {"app": "web"}}},
    {"namespaceSelector": {}},
    {"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.1.0/24", "10.244.1.2/32"]}},
    {"ipBlock": {"cidr": "fd00:244::/56"}},
)
PORTS: tuple[dict[str, Any], ...] = (
    {"port": 8080},
    {"port": "sql"},
    {"port": 8000, "endPort": 9000},
    {"port": 8080, "endPort": 8080, "protocol": "UDP"},
    {"protocol": "SCTP"},
)


def policy(name: str, app: str, **spec: Any) -> dict[str, Any]:
    """A NetworkPolicy for the Pods of an application."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"podSelector": {"matchLabels": {"app": app}}, **spec},
    }


def place(*policies: dict[str, Any], **settings: Any) -> Cluster:
    """Two nodes; web and db on the first, far on the other; each listens on 8080, which only db calls sql."""
    cluster = Cluster(nodes=2, addons=False, **settings)
    for name, node in (("web", "node-2"), ("db", "node-2"), ("far", "node-1")):
        port = {"containerPort": 8080, **({"name": "sql"} if name == "db" else {})}
        cluster.create({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
            "spec": {"nodeName": node, "containers": [{"name": "c", "image": "c", "ports": [port]}]},
        })
        cluster.settle()
    for each in policies:
        cluster.create(each)
    return cluster.settle()


def lines(cluster: Cluster, chain: str, node: str = "node-2") -> list[str]:
    """What one chain holds."""
    text = policy_text(cluster.state, node)
    assert f"\tchain {chain} {{\n" in text
    return text.split(f"\tchain {chain} {{\n")[1].split("\t}\n")[0].replace("\t\t", "").splitlines()


def test_without_policies_there_is_nothing_to_load() -> None:
    assert policy_text(place().state, "node-2") == ""


def test_a_node_guards_its_own_pods_alone() -> None:
    cluster = place(policy("closed", "db"))
    assert policy_text(cluster.state, "node-1") == ""
    assert policy_text(cluster.state, "node-2") == (
        "table inet kdisco-policies {\n"
        f"\tchain ingress-{DB} {{\n"
        "\t\tdrop\n"
        "\t}\n"
        "\tchain forward {\n"
        "\t\ttype filter hook forward priority 10; policy accept;\n"
        "\t\tct state != new accept\n"
        f'\t\tip daddr {DB} ip saddr != {DB} jump ingress-{DB} comment "pod/default/db"\n'
        "\t}\n"
        "}\n"
    )


def test_a_rule_is_each_of_its_peers_with_each_of_its_ports() -> None:
    ports = [{"port": 8080}, {"port": "sql"}]
    cluster = place(policy("some", "db", ingress=[{"from": list(PEERS[:3:2]), "ports": ports}]))
    note = 'return comment "default/some rule 1"'
    block = "ip saddr 10.244.0.0/16 ip saddr != 10.244.1.0/24 ip saddr != 10.244.1.2/32"
    assert lines(cluster, f"ingress-{DB}") == [
        f"ip saddr {{ {WEB} }} tcp dport 8080 {note}",
        f"ip saddr {{ {WEB} }} ip daddr {{ {DB} }} tcp dport {{ 8080 }} {note}",
        f"{block} tcp dport 8080 {note}",
        f"{block} ip daddr {{ {DB} }} tcp dport {{ 8080 }} {note}",
        "drop",
    ]


def test_a_named_port_is_that_of_each_destination() -> None:
    cluster = place(policy("out", "web", policyTypes=["Egress"], egress=[{"ports": [{"port": "sql"}]}]))
    rule = f'ip daddr {{ {DB} }} tcp dport {{ 8080 }} return comment "default/out rule 1"'
    assert lines(cluster, f"egress-{WEB}") == [rule, "drop"]


def test_no_rule_asks_for_two_families_at_once() -> None:
    ranges = {"pod_cidr": "10.244.0.0/16,fd00:244::/56", "service_cidr": "10.96.0.0/16,fd00:96::/112"}
    to = {"to": list(PEERS[2:]), "ports": [{"port": "sql"}]}
    cluster = place(policy("out", "web", policyTypes=["Egress"], egress=[to]), **ranges)
    rules = lines(cluster, f"egress-{WEB}")
    assert [("ip daddr" in rule, "ip6 daddr" in rule) for rule in rules] == [(True, False), (False, True), (False,) * 2]


@pytest.mark.root
@pytest.mark.peer("nft")
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_nft_takes_every_kind_of_rule(direction: str) -> None:
    end = {"ingress": "from", "egress": "to"}[direction]
    rules = [{end: [peer], "ports": [port]} for peer, port in product(PEERS, PORTS)]
    ranges = {"pod_cidr": "10.244.0.0/16,fd00:244::/56", "service_cidr": "10.96.0.0/16,fd00:96::/112"}
    every = policy("every", "db", policyTypes=[direction.title()], **{direction: rules})
    text = policy_text(place(every, **ranges).state, "node-2")
    assert text.count("return") >= len(rules)
    done = subprocess.run(["nft", "-c", "-f", "-"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.root
@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_a_kernel_judges_as_the_model_does(mode: str) -> None:
    """Whoever may ask the database and whoever may not, in a Service's name too, and what it may ask itself."""
    cluster = place(
        policy("in", "db", ingress=[{"from": [PEERS[0]], "ports": [{"port": "sql"}]}]),
        policy("out", "far", policyTypes=["Egress"], egress=[{"to": [{"ipBlock": {"cidr": f"{WEB}/32"}}]}]),
        proxy=ProxyConfig(mode=mode),
    )
    cluster.create({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {"selector": {"app": "db"}, "ports": [{"port": 80, "targetPort": 8080}]},
    })
    virtual = cluster.settle().get("service", "db").spec.cluster_ip
    sources = [*(f"pod/default/{name}" for name in ("web", "db", "far")), "node/node-1", "node/node-2"]
    flows = [Flow(source, ip, port) for source in sources for ip, port in ((virtual, 80), (DB, 8080), (WEB, 8080))]
    silent = [flow for flow in flows if cluster.send(flow.source, flow.to, flow.port).verdict == "DROP"]
    assert [flow for flow in silent if flow.to == WEB] == []
    assert {flow.source for flow in silent} == {"pod/default/far", "node/node-1"}
    assert compared(cluster, flows) == []
