"""The questions of chapter 07: one packet both ways, and what goes wrong on long ways."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.question import Question
from kdisco.course.scenes import CLIENT, application, service

__all__ = ["QUESTIONS"]

DOCS = "https://kubernetes.io/docs"
ASKER, DNS = "pod/default/client", "k8s-app=kube-dns"
MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
PATIENT = "lifecycle: {preStop: {sleep: {seconds: 5}}}"


def _shop(replicas: int = 1, more: str = "") -> Cluster:
    c = Cluster(nodes=3)
    c.apply(application("shop", replicas, more=more) + service("shop", MAPPED) + CLIENT)
    return c.settle()


def _first_packet() -> str:
    c = _shop(1)
    first = c.send(ASKER, "shop", flow=50000).endpoint
    c.scale("deployment/shop", 8)
    c.settle()
    later = {c.send(ASKER, "shop", flow=50000).endpoint for _ in range(20)}
    new = {c.send(ASKER, "shop", flow=50001 + number).endpoint for number in range(60)}
    return "a" if later == {first} and len(new) > 1 else "b"


def _way_back() -> str:
    c = _shop()
    trace = c.send(ASKER, "shop")
    seen = trace.reply[-1].after.source
    return {c.get("service", "shop").spec.cluster_ip: "c", str(trace.endpoint).partition(":")[0]: "a"}.get(seen, "b")


def _hairpin() -> str:
    c = _shop(1)
    pod = c.list("pods", "default", selector="app=shop")[0]
    trace = c.send(f"pod/default/{pod.name}", "shop")
    if not trace.delivered:
        return "c"
    return "a" if trace.hops[-1].after.source == pod.status.pod_ip else "b"


def _lost(more: str) -> int:
    c = _shop(3, more)
    again = {1: lambda c: c.rollout("deployment/shop").restart()}
    return len(c.load(source=ASKER, to="shop", rate=50, seconds=40, deeds=again).losses)


def _rolling() -> str:
    return {(True, False): "b", (False, False): "a"}.get((bool(_lost("")), bool(_lost(PATIENT))), "d")


def _dns_vip() -> str:
    c = _shop()
    vip = c.get("service", "kube-dns", "kube-system").spec.cluster_ip
    pods = {pod.status.pod_ip for pod in c.list("pods", "kube-system", selector=DNS)}
    server = c.resolv_conf("default/client").splitlines()
    named = next(line.split()[1] for line in server if line.startswith("nameserver"))
    return "d" if named == vip else "a" if named in pods else "b"


def _stale_udp() -> str:
    c = _shop()
    node, vip = c.get("pod", "client").spec.node_name, c.get("service", "kube-dns", "kube-system").spec.cluster_ip
    c.send(ASKER, vip, 53, "udp", flow=40053)
    before = len(c.conntrack(node))
    for pod in c.list("pods", "kube-system", selector=DNS):
        c.delete("pod", pod.name, "kube-system", grace_period=0)
    c.hold(f"kube-proxy@{node}")
    c.run(10)
    held = len(c.conntrack(node))
    c.release(f"kube-proxy@{node}").run(5)
    return {(1, 1, 0): "b", (1, 0, 0): "a"}.get((before, held, len(c.conntrack(node))), "c")


def _policy_dns() -> str:
    c = _shop()
    c.inject("network-policy-blocks-dns")
    c.settle()
    found = c.lookup("shop", "default/client")
    by_address = c.send(ASKER, c.get("service", "shop").spec.cluster_ip).delivered
    return {("EAI_AGAIN", True): "c", ("EAI_NONAME", True): "a"}.get((str(found.error), by_address), "b")


QUESTIONS = (
    Question(name="07/first-packet", right="a", about=(12, 15), truth=_first_packet,
             source=f"{DOCS}/reference/networking/virtual-ips/"),
    Question(name="07/way-back", right="c", truth=_way_back, source=f"{DOCS}/tutorials/services/source-ip/"),
    Question(name="07/port-forward", right="d", about=(14,),
             source="https://github.com/kubernetes/kubectl/issues/881"),
    Question(name="07/hairpin", right="b", about=(16,), truth=_hairpin,
             source="https://github.com/kubernetes/kubernetes/issues/20475"),
    Question(name="07/rolling", right="b", about=(17,), truth=_rolling,
             source="https://github.com/kubernetes/kubernetes/issues/86280"),
    Question(name="07/dns-vip", right="d", about=(21,), truth=_dns_vip,
             source=f"{DOCS}/tasks/administer-cluster/dns-debugging-resolution/"),
    Question(name="07/stale-udp", right="b", about=(18,), truth=_stale_udp,
             source="https://github.com/kubernetes/kubernetes/issues/125467"),
    Question(name="07/policy-dns", right="c", about=(22,), truth=_policy_dns,
             source=f"{DOCS}/concepts/services-networking/network-policies/"),
)  # fmt: skip
