"""What gets a Pod that no node takes onto one: the node's refusals in the scheduler's words, each with its remedy."""

from __future__ import annotations

from kdisco.control.predicates import affine, refusal, repelled
from kdisco.explain import remedy
from kdisco.explain.scene import Scene
from kdisco.model.meta import Object
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.model.taint import untolerated
from kdisco.phrase import Phrase

__all__ = ["fix"]

DEFAULT = "default-scheduler"


def fix(scene: Scene, pod: Pod, above: Object) -> str:
    """The command that lets a node take the Pod; where none is known, the one that tells more."""
    nodes: list[Node] = list(scene.view.list("nodes"))
    if not nodes:
        return Phrase("# the cluster has no node: let one join it\nkubectl get nodes")
    ask = f"kubectl describe pod {pod.name} -n {pod.namespace}"
    node = next((each for each in nodes if each.ready), nodes[0])
    for name, usual in (("schedulingGates", None), ("schedulerName", DEFAULT)):
        if pod.spec.kept.get(name, usual) != usual:
            return remedy.in_template(above, {"spec": {name: usual}})
    if not any(affine(pod.spec, each) for each in nodes):
        return _affinity(pod, above, node)
    if all(each.spec.unschedulable for each in nodes):
        return f"kubectl uncordon {node.name}"
    repelling = [each for each in nodes if repelled(pod.spec, each, "NoSchedule", "NoExecute")]
    if repelling:
        taint = next(untolerated(repelling[0].spec.taints, pod.spec.tolerations, "NoSchedule", "NoExecute"))
        return f"kubectl taint nodes {repelling[0].name} {taint.key}:{taint.effect}-"
    refused = [refusal(pod, each, 0, set) for each in nodes]
    return ask if any(refused) or above is pod else f"{ask}\nkubectl get nodes"


def _affinity(pod: Pod, above: Object, node: Node) -> str:
    """Give the node what nodeSelector asks for, or take the affinity away."""
    lacking = [f"{key}={value}" for key, value in pod.spec.node_selector.items() if node.labels.get(key) != value]
    if lacking:
        return f"kubectl label node {node.name} {' '.join(lacking)} --overwrite"
    return remedy.in_template(above, {"spec": {"affinity": None}})
