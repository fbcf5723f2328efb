"""The link from a Service to its Pods: does the selector find any, and if not, which were probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.scene import WORKLOADS, Scene, template_of, workload
from kdisco.explain.words import labelled, told
from kdisco.model.meta import Object
from kdisco.model.pod import Pod
from kdisco.model.selector import matches

__all__ = ["selection"]

LEAST = 0.5  # how alike labels must be for their Pods to be those that were meant
OF_A_REVISION = ("pod-template-hash", "controller-revision-hash", "pod-template-generation")


@frozen
class Candidate:
    """A workload, or a Pod of its own, whose Pods may have been meant; ``likeness`` from 0 to 1."""

    found: Any
    likeness: float

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of its Pods."""
        labels: Mapping[str, str] = template_of(self.found).metadata.labels.without(*OF_A_REVISION)
        return labels


def selection(scene: Scene) -> Iterator[Finding]:
    """Why the selector finds no Pod."""
    if not scene.service.spec.selector or scene.selected:
        return
    makers = [each for each in _workloads(scene, scene.service.namespace) if _selects(scene, each)]
    if makers:
        yield from (_unmade(scene, each) for each in makers)
        return
    elsewhere = [pod for pod in scene.view.list("pods") if matches(scene.service.spec.selector, pod.labels)]
    if elsewhere:
        yield _other_namespace(scene, workload(scene.view, elsewhere[0]))
        return
    yield _mismatch(scene, _meant(scene))


def _workloads(scene: Scene, namespace: str) -> Iterator[Any]:
    """What makes Pods in a namespace: workloads that nothing stands behind."""
    for kind in WORKLOADS:
        for each in scene.view.list(kind, namespace):
            if workload(scene.view, each) is each:
                yield each


def _selects(scene: Scene, found: Any) -> bool:
    return matches(scene.service.spec.selector, template_of(found).metadata.labels)


def _unmade(scene: Scene, found: Any) -> Finding:
    """The selector is right, but the workload has made no Pod."""
    replicas = getattr(found.spec, "replicas", None)
    kind = found.KIND
    if replicas == 0:
        return Finding(
            code="no-endpoints",
            cause=f"The Service has no endpoints because {kind} {found.name} is scaled to 0: there is no Pod.",
            evidence=f"{found} spec.replicas 0",
            remedy=f"kubectl scale {kind.lower()}/{found.name} --replicas=1 -n {found.namespace}",
            objects=(str(found), scene.name),
        )
    refused = _refused(scene, found)
    if refused:
        return Finding(
            code="pods-not-created",
            cause=f"{kind} {found.name} cannot make its Pods: the API server refuses them.",
            evidence=refused,
            remedy=f"kubectl describe {kind.lower()} {found.name} -n {found.namespace}\n"
            f"kubectl get resourcequota -n {found.namespace}",
            objects=(str(found), scene.name),
        )
    if getattr(found.spec, "paused", False):
        return Finding(
            code="pods-not-created",
            cause=f"{kind} {found.name} is paused and has made no Pod yet.",
            evidence=f"{found} spec.paused true",
            remedy=f"kubectl rollout resume {kind.lower()}/{found.name} -n {found.namespace}",
            objects=(str(found), scene.name),
        )
    return Finding(
        code="no-endpoints",
        cause=f"{kind} {found.name} wants {replicas if replicas is not None else 'its'} Pods and there is none yet.",
        evidence=f"{found} spec.replicas {replicas}, and no Pod has the labels {labelled(scene.service.spec.selector)}",
        remedy=remedy.restart(found),
        objects=(str(found), scene.name),
    )


def _refused(scene: Scene, found: Any) -> str:
    """What the API server says to a workload's Pods, "" when it takes them."""
    sets = [found, *(each for each in scene.view.list("replicasets", found.namespace) if each.owned_by(found))]
    for each in sets:
        for condition in getattr(each.status, "conditions", ()):
            if condition.type == "ReplicaFailure" and condition.status == "True":
                return f"{each} status.conditions ReplicaFailure: {condition.message}"
        for event in scene.view.table("events").find("about", each.metadata.uid):
            if event.reason == "FailedCreate":
                return f"{each} event FailedCreate: {event.message}"
    return ""


def _other_namespace(scene: Scene, found: Any) -> Finding:
    """The labels are right, the namespace is not: a selector looks only into its own."""
    service = scene.service
    home = found.namespace
    written = service.to_dict()["spec"]["ports"]
    plain = [{key: value for key, value in port.items() if key != "nodePort"} for port in written]
    there = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": service.name, "namespace": home},
        "spec": {"selector": dict(service.spec.selector), "ports": plain},
    }
    target = f"{service.name}.{home}.svc.{scene.state.config.domain}"
    here = remedy.merge_patch(
        service, {"spec": {"type": "ExternalName", "externalName": target, "clusterIP": None, "clusterIPs": None}}
    )
    return Finding(
        code="wrong-namespace",
        cause=f"The Pods that are meant are in namespace {home}: a selector finds Pods of its own namespace "
        f"{service.namespace} only.",
        evidence=f"{scene.name} spec.selector {labelled(service.spec.selector)}: no such Pod in {service.namespace}, "
        f"but {found} has these labels",
        remedy=f"{remedy.apply(there)}\n{here}",
        objects=(scene.name, str(found)),
    )


def _meant(scene: Scene) -> Candidate | None:
    """Whose Pods were probably meant: labels that are most like the selector."""
    space = scene.service.namespace
    pods: list[Pod] = [pod for pod in scene.view.list("pods", space) if not pod.finished]
    bare = [pod for pod in pods if workload(scene.view, pod) is pod]
    listed = [Candidate(each, _likeness(scene, each)) for each in (*_workloads(scene, space), *bare)]
    best = max(listed, key=lambda each: each.likeness, default=None)
    return best if best is not None and best.likeness >= LEAST else None


def _likeness(scene: Scene, found: Object) -> float:
    """How alike the labels of its Pods are to the selector, or their names to the Service's."""
    selector, labels = scene.service.spec.selector, template_of(found).metadata.labels
    texts = [f"{key}={value}" for key, value in labels.items()]
    parts = [max((_alike(f"{key}={value}", each) for each in texts), default=0.0) for key, value in selector.items()]
    values = [max((_alike(value, each) for each in labels.values()), default=0.0) for value in selector.values()]
    named = max(_alike(scene.service.name, found.name), float(scene.service.name == found.name))
    return max(sum(parts) / len(parts), sum(values) / len(values) * 0.9, named * 0.9)


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _mismatch(scene: Scene, meant: Candidate | None) -> Finding:
    service, selector = scene.service, scene.service.spec.selector
    head = f"{scene.name} spec.selector {labelled(selector)}"
    cause = f"The selector {labelled(selector)} finds no Pod in namespace {service.namespace}"
    if meant is None:
        there = told(labelled(pod.labels.without(*OF_A_REVISION)) for pod in scene.view.list("pods", service.namespace))
        return Finding(
            code="wrong-selector",
            cause=f"{cause}.",
            evidence=f"{head}; labels there: {there or 'there is no Pod at all'}",
            remedy=f"kubectl get pods -n {service.namespace} --show-labels",
            objects=(scene.name,),
        )
    labels = meant.labels
    wrong = {key: value for key, value in selector.items() if labels.get(key) != value}
    right = {key: value for key, value in labels.items() if key in selector} or dict(labels)
    if getattr(meant.found.spec, "selector", None) is not None:
        own = meant.found.spec.selector.match_labels
        right = {**{key: value for key, value in own.items() if labels.get(key) == value}, **right}
    body: dict[str, Any] = {**dict.fromkeys(key for key in selector if key not in right), **right}
    lacks = told(f"{key}={value}" for key, value in sorted(wrong.items()))
    return Finding(
        code="wrong-selector",
        cause=f"{cause}: the Pods of {meant.found.KIND} {meant.found.name} do not carry {lacks}.",
        evidence=f"{head}; {meant.found} has Pods with {labelled(labels)}",
        remedy=remedy.merge_patch(service, {"spec": {"selector": body}}),
        objects=(scene.name, str(meant.found)),
    )
