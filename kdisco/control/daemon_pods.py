"""On which nodes a DaemonSet's Pods belong, and what such a Pod is.

Upstream: pkg/controller/daemon/util/daemonset_util.go, daemon_controller.go NodeShouldRunDaemonPod.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from attrs import evolve

from kdisco.control.predicates import affine, named_nodes, repelled
from kdisco.control.set_history import REVISION_LABEL
from kdisco.model.frozen import FrozenMap, freeze
from kdisco.model.meta import ObjectMeta
from kdisco.model.node import Node
from kdisco.model.pod import Pod, PodSpec
from kdisco.model.sets import DaemonSet
from kdisco.model.taint import Toleration

__all__ = ["GENERATION", "by_age", "by_node", "new_pod", "should_run", "tolerant"]

GENERATION = "deprecated.daemonset.template.generation"
GENERATION_LABEL = "pod-template-generation"
OUT_OF_ORDER = (  # what a daemon puts up with: (condition of the node, effect)
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
HOST_NETWORK = ("network-unavailable", "NoSchedule")


@lru_cache(maxsize=1 << 8)
def tolerant(spec: PodSpec) -> PodSpec:
    """A Pod's spec with the tolerations that every daemon has."""
    rows = (*OUT_OF_ORDER, HOST_NETWORK) if spec.host_network else OUT_OF_ORDER
    added = tuple(
        Toleration(key=f"node.kubernetes.io/{name}", operator="Exists", effect=effect) for name, effect in rows
    )
    known = {(each.key, each.effect) for each in added}
    own = (each for each in spec.tolerations if each.operator != "Exists" or (each.key, each.effect) not in known)
    return evolve(spec, tolerations=(*own, *added))


def should_run(spec: PodSpec, node: Node) -> tuple[bool, bool]:
    """Whether a node should get the Pod of this (tolerant) spec, and whether it may keep one that it has."""
    if spec.node_name not in ("", node.name) or not affine(spec, node):
        return False, False
    if repelled(spec, node, "NoSchedule", "NoExecute"):
        return False, not repelled(spec, node, "NoExecute")
    return True, True


def by_node(pods: Iterable[Pod]) -> dict[str, list[Pod]]:
    """The Pods by the node that they are on or were made for; what has ended and is going no longer counts."""
    found: dict[str, list[Pod]] = {}
    for pod in pods:
        names = {pod.spec.node_name} if pod.spec.node_name else named_nodes(pod.spec) or set()
        if len(names) == 1 and not (pod.finished and pod.deleting):
            found.setdefault(names.pop(), []).append(pod)
    return found


def by_age(pod: Pod) -> tuple[bool, str, str]:
    """Those with a node first, then the oldest, then by name."""
    return not pod.spec.node_name, pod.metadata.creation_timestamp or "", pod.name


def new_pod(owner: DaemonSet, node: str, mark: str) -> Pod:
    """The Pod for a node: its affinity lets the scheduler put it nowhere else."""
    template = owner.spec.template
    generation = owner.metadata.annotations.get(GENERATION)
    marks = {REVISION_LABEL: mark} | ({GENERATION_LABEL: generation} if generation else {})
    meta = ObjectMeta(
        generate_name=f"{owner.name}-",
        namespace=owner.namespace,
        labels=template.metadata.labels.merged(marks),
        annotations=template.metadata.annotations,
        finalizers=template.metadata.finalizers,
        owner_references=(owner.reference(),),
    )
    spec = tolerant(template.spec)
    affinity = _only(spec.kept.get("affinity"), node)
    return Pod(metadata=meta, spec=evolve(spec, kept=spec.kept.merged({"affinity": affinity})))


def _only(affinity: Any, node: str) -> FrozenMap[str, Any]:
    """An affinity whose required node terms are this node alone."""
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    whole: Mapping[str, Any] = affinity if isinstance(affinity, Mapping) else {}
    part = whole.get("nodeAffinity")
    nodes = {
        **(part if isinstance(part, Mapping) else {}),
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]},
    }
    found: FrozenMap[str, Any] = freeze({**whole, "nodeAffinity": nodes})
    return found
