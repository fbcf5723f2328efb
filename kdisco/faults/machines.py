"""Faults of what runs and of the machines it runs on: components cut off, nodes without power, cables, tables."""

from __future__ import annotations

import ipaddress

from kdisco.control.program import CRASHES
from kdisco.errors import UsageError
from kdisco.faults.fault import Fault, described
from kdisco.faults.hand import Hand
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.net.conntrack import TIMEOUTS, Conntrack, Entry, flow_of
from kdisco.net.lost import host
from kdisco.net.packet import Packet
from kdisco.phrase import Phrase

__all__ = ["MACHINES"]

CRASH = {"metadata": {"annotations": {CRASHES: "after 1s"}}}
FLOOD = 16  # connections that fill a table
OUTSIDE, KUBELET = "198.51.100.7", 10250


def _some(pods: list[Pod], name: str) -> list[Pod]:
    if not pods:
        msg = Phrase("pod: there is no Pod of {name} to aim at", name=name)
        raise UsageError(msg)
    return pods


def coredns_down(hand: Hand) -> None:
    """CoreDNS crashes: all its Pods, or the one named."""
    for pod in _some(hand.system_pods("kube-dns"), "CoreDNS"):
        hand.patch(pod, CRASH)


def coredns_stale(hand: Hand) -> None:
    """One CoreDNS hears of no change, and then the Service gets another address."""
    pod = _some(hand.system_pods("kube-dns"), "CoreDNS")[0]
    hand.aim["pod"] = f"{pod.namespace}/{pod.name}"
    hand.hold(f"coredns@{pod.namespace}/{pod.name}")
    _readdress(hand, hand.service())


def _readdress(hand: Hand, service: Service) -> None:
    """Delete the Service and make it anew: it gets another ClusterIP."""
    document = service.to_dict()
    document.pop("status", None)
    spec = {key: value for key, value in document["spec"].items() if key not in ("clusterIP", "clusterIPs")}
    meta = {key: value for key, value in document["metadata"].items() if key in ("name", "namespace", "labels")}
    taken = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}
    hand.cluster.delete("services", service.name, service.namespace)
    hand.cluster.create(taken)


def kube_proxy_dead(hand: Hand) -> None:
    """kube-proxy of a node crashes and the rules stay, and then the Service's Pods are replaced."""
    node = hand.node()
    hand.hold(f"kube-proxy@{node}")
    for pod in hand.system_pods("kube-proxy"):
        hand.patch(pod, CRASH)
    _replaced(hand)


def kube_proxy_stale(hand: Hand) -> None:
    """kube-proxy of a node hears of no change, and then the Service's Pods are replaced."""
    hand.hold(f"kube-proxy@{hand.node()}")
    _replaced(hand)


def _replaced(hand: Hand) -> None:
    for pod in hand.pods():
        hand.remove(pod)


def node_down(hand: Hand) -> None:
    """A node is switched off."""
    node = hand.node()
    hand.machine(node, down=True)
    _silent(hand, node)


def node_partitioned(hand: Hand) -> None:
    """A node runs on, but nothing passes its network card."""
    node = hand.node()
    hand.machine(node, cut=True)
    _silent(hand, node)


def _silent(hand: Hand, node: str) -> None:
    """Nothing on the node hears of anything, nor is heard of."""
    hand.hold(f"kubelet@{node}")
    hand.hold(f"kube-proxy@{node}")
    for pod in hand.state.view.select("pods", "kube-system", {"k8s-app": "kube-dns"}):
        if pod.spec.node_name == node:
            hand.hold(f"coredns@{pod.namespace}/{pod.name}")


def link_cut(hand: Hand) -> None:
    """The firewalls of two nodes drop each other's VXLAN packets."""
    node = hand.node()
    other = hand.node("other", node)
    if hand.cluster.config.backend != "vxlan":
        words = "backend: packets travel by {backend} here, there is no VXLAN to cut"
        msg = Phrase(words, backend=hand.cluster.config.backend)
        raise UsageError(msg)
    for here, there in ((node, other), (other, node)):
        hand.machine(here, blocked=host(hand.state, here).blocked | {there})


def wrong_cluster_dns(hand: Hand) -> None:
    """Kubelets (all, or that of the node named) give Pods a nameserver that nobody is, and the Pods are made anew."""
    dns = hand.state.view.get("services", ("kube-system", "kube-dns"))
    if dns is None or not dns.virtual_ips:
        msg = Phrase("this cluster has no cluster DNS")
        raise UsageError(msg)
    taken = {each.name for each in hand.state.view.list("ipaddresses")}
    wrong = ipaddress.ip_address(dns.virtual_ips[0]) + 1
    while str(wrong) in taken:
        wrong += 1
    hand.renew(str(wrong))
    nodes = [hand.aim["node"]] if hand.aim.get("node") else [each.name for each in hand.state.view.list("nodes")]
    for node in nodes:
        hand.machine(node, cluster_dns=(str(wrong),))
    _replaced(hand)


def conntrack_full(hand: Hand) -> None:
    """A node's table of connections has no room left."""
    node = hand.node()
    ip = hand.cluster.get("nodes", node).internal_ips[0]
    table: Conntrack = hand.state.conntrack.get(node) or Conntrack()
    for entry in [each for each in table.living(0.0) if not each.assured]:
        table = table.forget(entry)
    for number in range(FLOOD):
        flow = Packet(OUTSIDE, 40000 + number, ip, KUBELET, "tcp")
        now = hand.state.now
        until = now + TIMEOUTS["tcp", "ESTABLISHED"]
        entry = Entry(flow_of(flow), flow_of(flow.answer), "ESTABLISHED", now, until, replied=True, assured=True)
        table = table.track(entry)
    hand.flood(node, table)
    hand.machine(node, conntrack_max=sum(1 for _ in table.living(hand.state.now)))


AT_NODE = ("node",)
UNKNOWN = Phrase("could not resolve host")
FROM_ONE, BETWEEN_TWO = Phrase("from one node: connection times out"), Phrase("between two nodes: connection times out")
SOME = Phrase("some connections time out, until its Pods are taken out")
EVERY_OTHER = Phrase("every other look-up gives an old address")
MACHINES = tuple(
    Fault(code=code, what=described(do), symptom=symptom, where=where, do=do)
    for code, symptom, where, do in (
        ("coredns-down", UNKNOWN, ("pod",), coredns_down),
        ("coredns-stale", EVERY_OTHER, ("pod", "service", "namespace"), coredns_stale),
        ("kube-proxy-dead", FROM_ONE, (*AT_NODE, "service", "namespace"), kube_proxy_dead),
        ("kube-proxy-stale", FROM_ONE, (*AT_NODE, "service", "namespace"), kube_proxy_stale),
        ("node-down", SOME, AT_NODE, node_down),
        ("node-partitioned", SOME, AT_NODE, node_partitioned),
        ("vxlan-link-cut", BETWEEN_TWO, (*AT_NODE, "other"), link_cut),
        ("wrong-cluster-dns", UNKNOWN, (*AT_NODE, "service", "namespace"), wrong_cluster_dns),
        ("conntrack-full", FROM_ONE, AT_NODE, conntrack_full),
    )
)
