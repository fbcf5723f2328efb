"""The questions of chapter 04: selectors, Endpoints, EndpointSlices, readiness."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import slice_ends
from kdisco.course.question import Question
from kdisco.course.scenes import application, service

__all__ = ["QUESTIONS"]

NEVER_READY = "readinessProbe: {httpGet: {path: /ready, port: 9999}}"
PROBES = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes"
SELECTORS = "https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors"


def _running_but_not_ready() -> str:
    c = Cluster(nodes=1)
    c.apply(application("shop", more=NEVER_READY) + service("shop", "selector: {app: shop}, ports: [{port: 80}]"))
    c.settle()
    running = all(pod.status.phase == "Running" for pod in c.list("pods", "default"))
    return {(True, 0): "b", (True, 2): "a", (False, 0): "c"}[running, len(slice_ends(c, "shop"))]


def _label_off_by_one() -> str:
    c = Cluster(nodes=1)
    c.apply(application("shop") + service("shop", "selector: {app: shopp}, ports: [{port: 80}]"))
    c.settle()
    there = c.list("endpointslices", "default", selector="kubernetes.io/service-name=shop")
    return "c" if there and not slice_ends(c, "shop") else "a"


def _without_selector() -> str:
    c = Cluster(nodes=1)
    c.apply(service("legacy", "ports: [{port: 80}]"))
    c.settle()
    return "d" if not c.list("endpointslices", "default", selector="kubernetes.io/service-name=legacy") else "b"


def _shop(replicas: int = 1, more: str = "") -> Cluster:
    c = Cluster(nodes=3)
    c.apply(application("shop", replicas, more=more) + service("shop", "selector: {app: shop}, ports: [{port: 80}]"))
    return c.settle()


def _deprecated() -> str:
    c = _shop()
    told = c.kubectl("get endpoints shop")
    return {(True, True): "a", (False, True): "c"}["deprecated in v1.33+" in told, told.exit == 0]


def _terminating() -> str:
    c = _shop(more="lifecycle: {preStop: {sleep: {seconds: 20}}}")
    c.delete("pod", c.list("pods", "default")[0].name)
    c.run(2)
    slices = c.list("endpointslices", "default", selector="kubernetes.io/service-name=shop")
    leaving = [end.conditions for each in slices for end in each.endpoints or () if end.conditions.terminating]
    facts = [(each.ready, each.serving) for each in leaving]
    return {(): "a", ((False, True),): "c", ((True, True),): "b"}[tuple(facts)]


def _who_reads() -> str:
    watchers = Cluster(nodes=1).state.watchers
    reads = {name: {"kube-proxy", "coredns"} <= {*watchers.get(name, ())} for name in ("endpoints", "endpointslices")}
    return {(True, False): "a", (False, True): "b", (True, True): "c"}[reads["endpoints"], reads["endpointslices"]]


def _slice_size() -> str:
    c = _shop(250)
    slices = c.list("endpointslices", "default", selector="kubernetes.io/service-name=shop")
    return {1: "a", 3: "b", 250: "c"}[len(slices)]


QUESTIONS = (
    Question(name="04/selector", right="c", about=(1,), truth=_label_off_by_one,
             source="https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"),
    Question(name="04/readiness", right="b", about=(2,), truth=_running_but_not_ready, source=PROBES),
    Question(name="04/no-selector", right="d", about=(20,), truth=_without_selector, source=SELECTORS),
    Question(name="04/deprecated", right="a", about=(19,), truth=_deprecated,
             source="https://kubernetes.io/blog/2025/04/24/endpoints-deprecation/"),
    Question(name="04/terminating", right="c", about=(17,), truth=_terminating,
             source="https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions"),
    Question(name="04/who-reads", right="b", about=(19,), truth=_who_reads,
             source="https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/"),
    Question(name="04/slice-size", right="b", truth=_slice_size,
             source="https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#distribution-of-endpointslices"),
)  # fmt: skip
