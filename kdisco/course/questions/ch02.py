"""The questions of chapter 02: front and back, ports, who gets a connection."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from kdisco.cluster import Cluster
from kdisco.course.question import Question
from kdisco.course.scenes import CLIENT, application, service
from kdisco.errors import KdiscoError

__all__ = ["QUESTIONS"]

DOCS = "https://kubernetes.io/docs"
ASKER = "pod/default/client"
MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"


def _shop(replicas: int = 2, spec: str = MAPPED) -> Cluster:
    c = Cluster(nodes=2)
    c.apply(application("shop", replicas) + service("shop", spec) + CLIENT)
    return c.settle()


def _front() -> str:
    c = _shop()
    tried = {
        "a": {"spec": {"ports": [{"port": 81, "targetPort": 8080}]}},
        "b": {"spec": {"selector": {"app": "other"}}},
        "c": {"metadata": {"name": "store"}},
        "d": {"spec": {"type": "NodePort"}},
    }
    return "".join(key for key, patch in tried.items() if not _accepted(c, patch))


def _accepted(c: Cluster, patch: Any) -> bool:
    try:
        c.patch("service", "shop", patch, dry_run=True)
    except KdiscoError:
        return False
    return True


def _ports() -> str:
    c = _shop()
    pod = c.list("pods", "default", selector="app=shop")[0].status.pod_ip
    vip = c.get("service", "shop").spec.cluster_ip
    ways = {place: c.send(ASKER, *place).delivered for place in ((vip, 80), (vip, 8080), (pod, 80), (pod, 8080))}
    return "a" if [port for (_, port), there in ways.items() if there] == [80, 8080] else "b"


def _balance() -> str:
    c = _shop(4)
    node, vip = c.get("pod", "client").spec.node_name, c.get("service", "shop").spec.cluster_ip
    shares = {fate.probability for fate in c.proxy(node).fates(c.get("pod", "client").status.pod_ip, vip, 80)}
    return {0.5: "a", 0.25: "d"}[float(shares.pop())] if len(shares) == 1 else "b"


def _picked(c: Cluster, flows: Iterable[int]) -> list[str | None]:
    return [c.send(ASKER, "shop", flow=flow).endpoint for flow in flows]


def _keep_alive() -> str:
    return "b" if len(set(_picked(_shop(3), [40000] * 12))) == 1 else "a"


def _random() -> str:
    picked = _picked(_shop(2), range(41000, 41040))
    repeats = [one == other for one, other in pairwise(picked)]
    return "b" if any(repeats) and not all(repeats) else "a"


def _label() -> str:
    c = _shop()
    pod = c.list("pods", "default", selector="app=shop")[0].name
    c.patch("pod", pod, {"metadata": {"labels": {"app": "aside"}}})
    c.settle()
    return {1: "a", 2: "b", 3: "c"}[len([each for each in c.list("pods", "default") if each.name.startswith("shop")])]


def _pending() -> str:
    c = _shop(spec=f"type: LoadBalancer, {MAPPED}")
    waits = "<pending>" in c.kubectl("get service shop")
    return {(True, True): "d", (True, False): "a", (False, True): "b"}[waits, c.send(ASKER, "shop").delivered]


QUESTIONS = (
    Question(name="02/front", right="c", truth=_front, source=f"{DOCS}/concepts/overview/working-with-objects/names/"),
    Question(name="02/ports", right="a", about=(3,), truth=_ports,
             source=f"{DOCS}/concepts/services-networking/service/#defining-a-service"),
    Question(name="02/balance", right="d", truth=_balance, source=f"{DOCS}/reference/networking/virtual-ips/"),
    Question(name="02/keep-alive", right="b", about=(12,), truth=_keep_alive,
             source="https://github.com/kubernetes/kubernetes/issues/47533"),
    Question(name="02/random", right="b", about=(13,), truth=_random,
             source=f"{DOCS}/reference/networking/virtual-ips/#proxy-mode-iptables"),
    Question(name="02/label", right="c", truth=_label, source=f"{DOCS}/concepts/workloads/controllers/replicaset/"),
    Question(name="02/pending", right="d", about=(8,), truth=_pending,
             source=f"{DOCS}/concepts/services-networking/service/#loadbalancer"),
)  # fmt: skip
