"""The Pod network's own SNAT: who sees a Pod's address, and who sees its node's."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from kdisco import Cluster, ProxyConfig
from kdisco.net.masquerade import masquerade_rules, masquerade_text
from kdisco.net.trace import Rewrite
from kdisco.net.walk import send

if TYPE_CHECKING:
    from kdisco.store.state import State

DUAL = {"pod_cidr": "10.244.0.0/16,fd00:10:244::/56", "service_cidr": "10.96.0.0/12,fd00:10:96::/112"}


@pytest.mark.parametrize(
    ("source", "to", "seen"),
    [
        ("pod/shop/client", "203.0.113.9", "192.0.2.11"),  # the world
        ("pod/shop/client", "192.0.2.12", "192.0.2.11"),  # another node
        ("pod/shop/client", "192.0.2.11", "10.61.0.50"),  # its own node: the packet leaves it by no device
        ("pod/shop/client", "10.61.0.5", "10.61.0.50"),  # a Pod beside it
        ("pod/shop/client", "10.61.1.5", "10.61.0.50"),  # a Pod elsewhere
        ("node/alder", "10.61.0.5", "10.61.0.1"),
        ("node/alder", "10.61.1.5", "10.61.0.0"),
        ("node/alder", "203.0.113.9", "192.0.2.11"),
    ],
)
def test_who_is_seen(shop: State, source: str, to: str, seen: str) -> None:
    _, trace = send(shop, source, to, 8080)
    assert trace.hops[-1].after.source == seen


def test_the_trace_names_the_rule_and_the_answer_finds_its_pod(shop: State) -> None:
    _, trace = send(shop, "pod/shop/client", "192.0.2.12", 10250)
    snat = trace.hop("snat")
    assert isinstance(snat, Rewrite)
    assert snat.what == "source"
    assert snat.why == "flanneld masq: packets that are not between Pods leave with the address of eth0"
    (rule,) = snat.rules
    assert rule.restored() == (
        '-A FLANNEL-POSTRTG -s 10.61.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" '
        "-j MASQUERADE --random-fully"
    )
    assert snat.visited == 5
    assert trace.reply[-1].where == "pod/shop/client"
    assert trace.reply[-1].after == trace.packet.answer


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_what_kube_proxy_marks_is_not_masqueraded_again(mode: str) -> None:
    cluster = Cluster(nodes=2, proxy=ProxyConfig(mode=mode))
    cluster.create(
        "{apiVersion: v1, kind: Service, metadata: {name: out, namespace: kube-system}, "
        "spec: {type: NodePort, selector: {k8s-app: kube-dns}, ports: [{port: 53, nodePort: 30053}]}}"
    )
    cluster.settle()
    for _ in range(8):
        trace = cluster.send("198.51.100.7", "172.18.0.3", 30053)
        (snat,) = (hop for hop in trace.hops if hop.kind == "snat")
        assert snat.why.startswith("marked packets leave")
        assert trace.delivered


def test_a_node_without_pods_of_its_own_has_no_such_rules(shop: State) -> None:
    assert masquerade_rules(shop, "alder", 6) == ()
    assert masquerade_rules(shop, "nobody", 4) == ()
    assert masquerade_text(shop, "alder", 6) == ""


@pytest.mark.root
@pytest.mark.parametrize(("version", "tool"), [(4, "iptables"), (6, "ip6tables")])
def test_a_kernel_takes_the_rules_and_prints_them_back(version: int, tool: str) -> None:
    state = Cluster(nodes=2, **DUAL).state
    text = masquerade_text(state, "node-1", version)
    command = ["unshare", "-n", "sh", "-c", f"{tool}-restore --noflush && {tool}-save -t nat"]
    ran = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    saved = [line.strip() for line in ran.stdout.splitlines() if line.startswith("-A FLANNEL")]
    assert saved == [rule.saved() for rule in masquerade_rules(state, "node-1", version)]
