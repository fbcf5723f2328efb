"""Commands on a node: those that mend, and one line for all others."""

from __future__ import annotations

import pytest

from kdisco import Cluster
from kdisco.errors import NotFound, UsageError
from kdisco.faults.commands import knows, run_on_node


def test_conntrack_gets_room() -> None:
    cluster = Cluster(nodes=1)
    printed = run_on_node(cluster, "node-1", ["chroot", "/host", "sysctl", "-w", "net.netfilter.nf_conntrack_max=5"])
    assert printed == "net.netfilter.nf_conntrack_max = 5\n"
    assert cluster.state.hosts["node-1"].conntrack_max == 5


def test_a_firewall_forgets_a_rule_that_it_has() -> None:
    cluster = Cluster(nodes=2)
    cluster.inject("vxlan-link-cut")
    rule = "iptables -D INPUT -p udp --dport 8472 -s {} -j DROP"
    ips = {node.name: node.internal_ips[0] for node in cluster.list("nodes")}
    assert run_on_node(cluster, "node-1", rule.format(ips["node-2"]).split()) == ""
    assert "node-1" not in cluster.state.hosts
    assert run_on_node(cluster, "node-1", rule.format(ips["node-2"]).split()).startswith("iptables: Bad rule")


def test_a_service_of_the_node_is_started_anew() -> None:
    cluster = Cluster(nodes=1, addons=False)
    cluster.hold("kube-proxy@node-1")
    assert run_on_node(cluster, "node-1", ["systemctl", "restart", "kube-proxy"]) == ""
    assert not cluster.state.held


@pytest.mark.parametrize(("node", "error"), [("node-1", UsageError), ("node-7", NotFound)])
def test_what_the_model_does_not_know_is_one_line(node: str, error: type[Exception]) -> None:
    with pytest.raises(error) as told:
        run_on_node(Cluster(nodes=1), node, ["rm", "-rf", "/"])
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("command", "known"),
    [
        (["chroot", "/host", "systemctl", "restart", "kubelet"], True), (["sh"], False), ([], False),
        (["sh", "-c", "systemctl restart kubelet"], True), (["sh", "-c"], False),
        (["systemctl", "stop", "kubelet"], False),
    ],
)
def test_what_mends_is_known(command: list[str], known: bool) -> None:  # noqa: FBT001 - a row of the table
    assert knows(command) is known
