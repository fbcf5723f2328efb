"""The questions of chapter 00: wishes, controllers, what stays."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.question import Question
from kdisco.examples import application

__all__ = ["QUESTIONS"]

DOCS = "https://kubernetes.io/docs/concepts"


def _ready() -> Cluster:
    c = Cluster(nodes=2)
    c.apply(application("my-app") + "---\n" + application("your-app"))
    return c.settle()


def _wish() -> str:
    c = Cluster(nodes=2)
    c.apply(application("my-app"))
    return {2: "a", 1: "b", 0: "c"}[len(c.list("pods", "default"))]


def _name() -> str:
    c = _ready()
    client, other = (c.list("pods", "default", selector=f"app={name}")[0].name for name in ("my-app", "your-app"))
    known = {"a": other, "b": "your-app", "c": "your-app-svc"}
    return "".join(key for key, name in known.items() if c.lookup(name, f"default/{client}").addresses)


def _stable() -> str:
    c = _ready()
    pod, vip = c.list("pods", "default", selector="app=my-app")[0], c.get("svc", "my-app-svc").spec.cluster_ip
    c.delete("pod", pod.name)
    c.settle()
    pods = c.list("pods", "default")
    same = {
        "a": any(each.name == pod.name for each in pods),
        "b": any(each.status.pod_ip == pod.status.pod_ip for each in pods),
        "c": c.get("svc", "my-app-svc").spec.cluster_ip == vip,
    }
    return "".join(key for key, holds in same.items() if holds)


def _time() -> str:
    c = _ready()
    c.scale("deployment/my-app", 3)
    at_once = len(c.list("pods", "default", selector="app=my-app"))
    c.settle()
    later = len(c.list("pods", "default", selector="app=my-app"))
    return {(3, 3): "a", (2, 3): "b", (2, 2): "c"}[at_once, later]


def _delete_pod() -> str:
    c = _ready()
    c.delete("pod", c.list("pods", "default", selector="app=my-app")[0].name)
    c.settle()
    return {1: "a", 2: "b", 0: "c"}[len(c.list("pods", "default", selector="app=my-app"))]


QUESTIONS = (
    Question(name="00/wish", right="c", truth=_wish, source=f"{DOCS}/architecture/controller/"),
    Question(name="00/time", right="b", truth=_time, source=f"{DOCS}/architecture/controller/"),
    Question(name="00/delete-pod", right="b", truth=_delete_pod, source=f"{DOCS}/workloads/controllers/replicaset/"),
    Question(name="00/stable", right="c", truth=_stable, source=f"{DOCS}/services-networking/service/"),
    Question(name="00/name", right="c", truth=_name, source=f"{DOCS}/services-networking/dns-pod-service/"),
    Question(name="00/where-truth", right="b", source=f"{DOCS}/overview/components/"),
)
