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


QUESTIONS = (
    Question(name="04/selector", right="c", about=(1,), truth=_label_off_by_one,
             source="https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"),
    Question(name="04/readiness", right="b", about=(2,), truth=_running_but_not_ready, source=PROBES),
    Question(name="04/no-selector", right="d", about=(20,), truth=_without_selector, source=SELECTORS),
)  # fmt: skip
