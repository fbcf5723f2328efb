"""The questions of chapter 01: addresses of Pods, the flat network, what crosses between nodes."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from kdisco.cluster import Cluster
from kdisco.course.question import Question
from kdisco.course.scenes import application

__all__ = ["QUESTIONS"]

LAPTOP = "203.0.113.9"
NETWORK = "https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model"
TWO_IN_ONE = """
apiVersion: v1
kind: Pod
metadata: {name: pair}
spec: {containers: [{name: web, image: nginx}, {name: log, image: busybox}]}
"""


def _shop(**settings: str) -> Cluster:
    c = Cluster(nodes=2, **settings)
    c.apply(application("shop"))
    return c.settle()


def _whose_address() -> str:
    c = Cluster(nodes=1)
    c.apply(TWO_IN_ONE)
    c.settle()
    status = c.get("pod", "pair").status
    return {(2, 2): "a", (1, 2): "b"}[len(status.pod_ips), len(status.container_statuses)]


def _nat() -> str:
    c = _shop()
    one, other = c.list("pods", "default")
    seen = c.send(f"pod/default/{one.name}", other.status.pod_ip, 8080).hops[-1].after.source
    node = c.get("node", one.spec.node_name).internal_ips[0]
    return {node: "a", one.status.pod_ip: "b"}.get(seen, "c")


def _overlay() -> str:
    c = _shop(backend="host-gw")
    one, other = c.list("pods", "default")
    trace = c.send(f"pod/default/{one.name}", other.status.pod_ip, 8080)
    return "c" if trace.delivered and trace.hop("vxlan") is None else "a"


def _ipam() -> str:
    c = _shop()
    ranges = {node.name: ip_network(node.spec.pod_cidr) for node in c.list("nodes")}
    pods = c.list("pods", "default")
    return "d" if all(ip_address(pod.status.pod_ip) in ranges[pod.spec.node_name] for pod in pods) else "a"


def _laptop_pod() -> str:
    c = _shop()
    trace = c.send(LAPTOP, c.list("pods", "default")[0].status.pod_ip, 8080)
    return {"DELIVERED": "c", "REFUSED": "b", "REJECT": "b"}.get(trace.verdict, "a")


def _new_address() -> str:
    c = _shop()
    before = {pod.status.pod_ip for pod in c.list("pods", "default")}
    for pod in c.list("pods", "default"):
        c.delete("pod", pod.name)
    c.settle()
    return "a" if before & {pod.status.pod_ip for pod in c.list("pods", "default")} else "b"


QUESTIONS = (
    Question(name="01/whose-address", right="b", truth=_whose_address,
             source="https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking"),
    Question(name="01/containers", right="a", source="https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking"),
    Question(name="01/nat", right="b", truth=_nat, source=NETWORK),
    Question(name="01/overlay", right="c", truth=_overlay, source=NETWORK),
    Question(name="01/ipam", right="d", truth=_ipam,
             source="https://kubernetes.io/docs/concepts/cluster-administration/networking/"),
    Question(name="01/laptop-pod", right="a", about=(6,), truth=_laptop_pod,
             source="https://github.com/kubernetes/kubernetes/issues/25620"),
    Question(name="01/new-address", right="b", truth=_new_address,
             source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/"),
)  # fmt: skip
