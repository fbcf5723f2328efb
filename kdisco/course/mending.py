"""When a broken cluster is mended: those who called are answered again, and nothing was thrown away for it."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import Missing, answered, calls, heard, kept, pod_of, ready_pods, silent, unless, verdict
from kdisco.course.scenes import client
from kdisco.course.workbook import Answer

__all__ = [
    "admits", "answers", "billing", "confined", "doors", "elsewhere", "linked", "own_port", "probes", "told_alike",
    "told_where",
]  # fmt: skip

OUTSIDE, NAME = "203.0.113.9", "shop.default.svc.cluster.local"


def _whole(c: Cluster) -> Missing:
    """Whether all that there was is there still, and runs."""
    gone = kept(c, "service", "shop") or kept(c, "deployment", "shop")
    return gone or unless(ready_pods(c, "app=shop"), "no pods", selector="app=shop", namespace="default")


def _mended(c: Cluster) -> Missing:
    """Whether the client is answered by name, and every node by address."""
    found = _whole(c) or heard(c, "app=client", "shop")
    if found is not None:
        return found
    vip = c.get("service", "shop").spec.cluster_ip
    nodes = c.list("nodes") if vip and vip != "None" else ()
    tried = (heard(c, f"node/{node.name}", vip) for node in nodes)
    return next((each for each in tried if each is not None), None)


def answers(c: Cluster) -> Answer:
    """The shop answers the client and all nodes."""
    return verdict(_mended(c))


def probes(c: Cluster) -> Answer:
    """The same, and its Pods are still asked how they are."""
    container = c.get("deployment", "shop").spec.template.spec.containers[0]
    return verdict(_mended(c), unless(container.readiness_probe, "no-probe"))


def elsewhere(c: Cluster) -> Answer:
    """The client in the other namespace is answered at the address that it was given."""
    return verdict(_whole(c), calls(c, pod_of(c, "app=shop-client", "elsewhere"), "BACKEND_URL"))


def admits(c: Cluster) -> Answer:
    """The client comes in, the stranger does not."""
    ip = c.get("pod", pod_of(c, "app=shop").rpartition("/")[2]).status.pod_ip
    return verdict(_whole(c), heard(c, "app=client", "shop"), silent(c, "app=stranger", ip, 8080))


def confined(c: Cluster) -> Answer:
    """The client finds the shop, and does not get out of its namespace."""
    desk = pod_of(c, "app=desk", "office").rpartition("/")[2]
    ip = c.get("pod", desk, "office").status.pod_ip
    return verdict(_whole(c), heard(c, "app=client", "shop"), silent(c, "app=client", ip, 8080))


def own_port(c: Cluster) -> Answer:
    """The shop answers on the port that its Service names."""
    ports = c.get("service", "shop").spec.ports
    return verdict(_whole(c), *(heard(c, "app=client", "shop", port.port) for port in ports))


def doors(c: Cluster) -> Answer:
    """Every node answers the world outside."""
    port = c.get("service", "shop").spec.ports[0].node_port
    if not port:
        return "no-door"
    return verdict(_mended(c), *(heard(c, OUTSIDE, node.internal_ips[0], port) for node in c.list("nodes")))


def told_alike(c: Cluster) -> Answer:
    """Every CoreDNS gives the address that the Service has."""
    vip = c.get("service", "shop").spec.cluster_ip
    for pod in ready_pods(c, "k8s-app=kube-dns", "kube-system"):
        answer = c.dns.query(NAME, pod=pod.name).answer
        if not answer or answer[0][0].address != vip:
            return "told-differently"
    return answers(c)


def billing(c: Cluster) -> Answer:
    """There is a new Service, it answers, and the shop does too."""
    there = unless(any(each.name == "billing" for each in c.list("services", "default")), "not-there")
    return verdict(there, _mended(c), heard(c, "app=client", "billing"))


def linked(c: Cluster) -> Answer:
    """Every Pod of the shop is reached from every node; there is one on each."""
    pods = ready_pods(c, "app=shop")
    apart = unless(len({pod.spec.node_name for pod in pods}) == len(c.list("nodes")), "not-spread")
    ways = (answered(c, f"node/{node.name}", pod.status.pod_ip, 8080) for node in c.list("nodes") for pod in pods)
    missing = next((each for each in ways if each is not None), None)
    return verdict(apart, unless(missing is None, "some-ways"), _mended(c))


def told_where(c: Cluster) -> Answer:
    """The shop's Pods and Pods that come from now on, on any node, get an address for a name."""
    nodes = [node.name for node in c.list("nodes")]
    for node in nodes:
        c.apply(client(f"new-on-{node}", more=f"nodeName: {node}"))
    c.settle()
    pods = [f"pod/default/{pod.name}" for pod in ready_pods(c, "app=shop")]
    old = (heard(c, pod, "shop") for pod in pods)
    new = (heard(c, f"pod/default/new-on-{node}", "shop") for node in nodes)
    return verdict(_whole(c), *old, *(unless(each is None, "new-pods") for each in new))
