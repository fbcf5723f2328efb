"""The questions of chapter 06: rules, kernels, what carries packets and what does not."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.config import ProxyConfig
from kdisco.course.question import Question
from kdisco.course.scenes import CLIENT, application, service

__all__ = ["QUESTIONS"]

DOCS = "https://kubernetes.io/docs"
ASKER, OUTSIDE = "pod/default/client", "203.0.113.9"
MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
UNDECLARED = """
apiVersion: v1
kind: Pod
metadata: {name: quiet, labels: {app: shop}, annotations: {kdisco.dev/listens: "8080/tcp"}}
spec: {containers: [{name: web, image: nginx}]}
---
"""


def _shop(pods: str = "", mode: str = "iptables", spec: str = MAPPED) -> Cluster:
    c = Cluster(nodes=3, proxy=ProxyConfig(mode=mode))
    c.apply((pods or application("shop", 1)) + service("shop", spec) + CLIENT)
    return c.settle()


def _vip(c: Cluster) -> str:
    return str(c.get("service", "shop").spec.cluster_ip)


def _ping() -> str:
    c = _shop()
    pinged = c.send(ASKER, _vip(c), protocol="icmp").delivered
    return {(False, True): "c", (True, True): "a", (False, False): "b"}[pinged, c.send(ASKER, "shop").delivered]


def _laptop_vip() -> str:
    c = _shop()
    return {"REFUSED": "a", "REJECT": "a", "DELIVERED": "d"}.get(c.send(OUTSIDE, _vip(c)).verdict, "b")


def _through_proxy() -> str:
    trace = _shop().send(ASKER, "shop")
    return "a" if any(hop.kind == "process" or "kube-proxy" in hop.where for hop in trace.hops) else "d"


def _proxy_dies() -> str:
    c = _shop()
    node = c.get("pod", "client").spec.node_name
    c.hold(f"kube-proxy@{node}")
    c.run(60)
    before = c.send(ASKER, "shop").delivered
    c.delete("pod", c.list("pods", "default", selector="app=shop")[0].name)
    c.settle()
    after = c.send(ASKER, "shop").delivered
    return {(True, True): "a", (True, False): "b", (False, False): "c"}[before, after]


def _node_port() -> str:
    c = _shop(spec=f"type: NodePort, {MAPPED.replace('8080', '8080, nodePort: 30080')}")
    home = c.list("pods", "default", selector="app=shop")[0].spec.node_name
    answering = {node.name for node in c.list("nodes") if c.send(OUTSIDE, node.internal_ips[0], 30080).delivered}
    return {True: "d", False: "a"}[len(answering) == len(c.list("nodes"))] if home in answering else "b"


def _dnat_where() -> str:
    c = _shop()
    trace = c.send(ASKER, "shop")
    rewrite, server = trace.hop("dnat"), c.list("pods", "default", selector="app=shop")[0].spec.node_name
    assert rewrite is not None  # noqa: S101 - the question is where, not whether
    places = {f"node/{c.get('pod', 'client').spec.node_name}": "a", f"node/{server}": "b"}
    return places.get(rewrite.where, "c")


def _container_port() -> str:
    return "b" if _shop(UNDECLARED).send(ASKER, "shop").delivered else "a"


def _other_port() -> str:
    ends = {}
    for mode in ("iptables", "nftables"):
        c = _shop(mode=mode)
        ends[mode] = c.send(ASKER, _vip(c), 81).verdict
    return "c" if ends == {"iptables": "UNREACHABLE", "nftables": "REJECT"} else "a"


QUESTIONS = (
    Question(name="06/ping", right="c", about=(4,), truth=_ping,
             source="https://danielepolencic.hashnode.dev/learn-why-you-cant-ping-a-kubernetes-service"),
    Question(name="06/laptop-vip", right="b", about=(5,), truth=_laptop_vip,
             source="https://github.com/kubernetes/minikube/issues/3355"),
    Question(name="06/through-proxy", right="d", about=(15,), truth=_through_proxy,
             source=f"{DOCS}/reference/networking/virtual-ips/"),
    Question(name="06/proxy-dies", right="b", about=(15,), truth=_proxy_dies,
             source=f"{DOCS}/reference/networking/virtual-ips/"),
    Question(name="06/node-port", right="d", about=(7,), truth=_node_port,
             source=f"{DOCS}/concepts/services-networking/service/#type-nodeport"),
    Question(name="06/nftables", right="b", about=(24,),
             source="https://github.com/kubernetes/enhancements/blob/master/keps/sig-network/3866-nftables-proxy/kep.yaml"),
    Question(name="06/dnat-where", right="a", truth=_dnat_where,
             source="https://github.com/kubernetes/enhancements/blob/master/keps/sig-network/3866-nftables-proxy/README.md"),
    Question(name="06/container-port", right="b", about=(3,), truth=_container_port,
             source="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports"),
    Question(name="06/other-port", right="c", truth=_other_port,
             source="https://github.com/kubernetes/enhancements/blob/master/keps/sig-network/3866-nftables-proxy/README.md"),
)  # fmt: skip
