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
from kdisco.phrase import Phrase

__all__ = ["selection"]

NO_POD = Phrase("there is no Pod at all")
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
            cause=Phrase(
                "The Service has no endpoints because {kind} {found} is scaled to 0: there is no Pod.",
                kind=kind, found=found.name,
            ),
            evidence=f"{found} spec.replicas 0",
            remedy=f"kubectl scale {kind.lower()}/{found.name} --replicas=1 -n {found.namespace}",
            objects=(str(found), scene.name),
        )
    refused = _refused(scene, found)
    if refused:
        return Finding(
            code="pods-not-created",
            cause=Phrase(
                "{kind} {found} cannot make its Pods: the API server refuses them.",
                kind=kind, found=found.name,
            ),
            evidence=refused,
            remedy=f"kubectl describe {kind.lower()} {found.name} -n {found.namespace}\n"
            f"kubectl get resourcequota -n {found.namespace}",
            objects=(str(found), scene.name),
        )
    if getattr(found.spec, "paused", False):
        return Finding(
            code="pods-not-created",
            cause=Phrase("{kind} {found} is paused and has made no Pod yet.", kind=kind, found=found.name),
            evidence=f"{found} spec.paused true",
            remedy=f"kubectl rollout resume {kind.lower()}/{found.name} -n {found.namespace}",
            objects=(str(found), scene.name),
        )
    return Finding(
        code="no-endpoints",
        cause=_none_yet(kind, found.name, replicas),
        evidence=Phrase(
            "{found} spec.replicas {replicas}, and no Pod has the labels {labels}",
            found=found, replicas=replicas, labels=labelled(scene.service.spec.selector),
        ),
        remedy=remedy.restart(found),
        objects=(str(found), scene.name),
    )


def _none_yet(kind: str, name: str, replicas: int | None) -> str:
    if replicas is None:
        return Phrase("{kind} {name} wants its Pods and there is none yet.", kind=kind, name=name)
    return Phrase("{kind} {name} wants {count} Pods and there is none yet.", kind=kind, name=name, count=replicas)


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
        cause=Phrase(
            "The Pods that are meant are in namespace {home}: a selector finds Pods of its own namespace "
            "{namespace} only.",
            home=home, namespace=service.namespace,
        ),
        evidence=Phrase(
            "{service} spec.selector {labels}: no such Pod in {namespace}, but {found} has these labels",
            service=scene.name, labels=labelled(service.spec.selector), namespace=service.namespace, found=found,
        ),
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
    wish = {"selector": labelled(selector), "namespace": service.namespace}
    if meant is None:
        there = told(labelled(pod.labels.without(*OF_A_REVISION)) for pod in scene.view.list("pods", service.namespace))
        return Finding(
            code="wrong-selector",
            cause=Phrase("The selector {selector} finds no Pod in namespace {namespace}.", **wish),
            evidence=Phrase("{head}; labels there: {labels}", head=head, labels=there or NO_POD),
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
        cause=Phrase(
            "The selector {selector} finds no Pod in namespace {namespace}: the Pods of {kind} {name} do not carry "
            "{lacks}.",
            **wish, kind=meant.found.KIND, name=meant.found.name, lacks=lacks,
        ),
        evidence=Phrase(
            "{head}; {found} has Pods with {labels}",
            head=head, found=meant.found, labels=labelled(labels),
        ),
        remedy=remedy.merge_patch(service, {"spec": {"selector": body}}),
        objects=(scene.name, str(meant.found)),
    )
