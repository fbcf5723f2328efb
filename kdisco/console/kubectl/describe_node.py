"""What describe says of a Node: conditions, and what its Pods ask for. Upstream: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from collections.abc import Sequence

from kdisco.console.kubectl.age import date
from kdisco.console.kubectl.columns import roles
from kdisco.console.kubectl.describe_parts import Lines, labels, notes
from kdisco.console.kubectl.document import Document, age_of, at, name_of
from kdisco.console.kubectl.quantity import quantity, shown

__all__ = ["node_lines"]

NONE = "<none>"
INFO = (
    ("Machine ID", "machineID"), ("System UUID", "systemUUID"), ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"), ("OS Image", "osImage"), ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"), ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"), ("Kube-Proxy Version", "kubeProxyVersion"),
)


def node_lines(node: Document, pods: Sequence[Document], now: float) -> Lines:
    """A Node, with the Pods that are bound to it and not over; all but the events."""
    status = node.get("status") or {}
    yield f"Name:\t{name_of(node)}"
    yield f"Roles:\t{roles(node)}"
    yield from labels("Labels", at(node, "metadata", "labels"))
    yield from notes(node)
    yield f"CreationTimestamp:\t{date(at(node, 'metadata', 'creationTimestamp'))}"
    yield from _taints(at(node, "spec", "taints", default=()))
    yield f"Unschedulable:\t{str(bool(at(node, 'spec', 'unschedulable'))).lower()}"
    yield f'Lease:\tFailed to get lease: leases.coordination.k8s.io "{name_of(node)}" not found'  # the model has none
    yield from _conditions(status)
    yield "Addresses:"
    yield from (f"  {each.get('type')}:\t{each.get('address')}" for each in status.get("addresses") or ())
    for title, part in (("Capacity", "capacity"), ("Allocatable", "allocatable")):
        if status.get(part):
            yield f"{title}:"
            yield from (f"  {name}:\t{value}" for name, value in sorted(status[part].items()))
    info = status.get("nodeInfo") or {}
    yield "System Info:"
    yield from (f"  {title}:\t{info.get(part, '')}" for title, part in INFO)
    for title, part in (("PodCIDR", "podCIDR"), ("ProviderID", "providerID")):
        if at(node, "spec", part):
            yield f"{title}:\t{node['spec'][part]}"
        if part == "podCIDR" and at(node, "spec", "podCIDRs"):
            yield f"PodCIDRs:\t{','.join(node['spec']['podCIDRs'])}"
    yield from _pods(node, pods, now)


def _taints(found: Sequence[Document]) -> Lines:
    texts = sorted(
        f"{each.get('key')}{'=' + each['value'] if each.get('value') else ''}:{each.get('effect')}" for each in found
    )
    yield f"Taints:\t{texts[0] if texts else NONE}"
    yield from (f"\t{text}" for text in texts[1:])


def _conditions(status: Document) -> Lines:
    if not status.get("conditions"):
        return
    yield "Conditions:"
    yield "  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage"
    yield "  ----\t------\t-----------------\t------------------\t------\t-------"
    for each in status["conditions"]:
        times = [date(each.get(part)) for part in ("lastHeartbeatTime", "lastTransitionTime")]
        words = [f"{each.get('type')} ", f"{each.get('status')} ", *(f"{time} " for time in times)]
        yield "  " + "\t".join([*words, f"{each.get('reason', '')} ", each.get("message", "")])


def _pods(node: Document, pods: Sequence[Document], now: float) -> Lines:
    """The Pods with their requests and limits, and what they add up to."""
    allocatable = at(node, "status", "allocatable") or at(node, "status", "capacity") or {}
    yield f"Non-terminated Pods:\t({len(pods)} in total)"
    yield "  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge"
    yield "  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---"
    totals: dict[tuple[str, str], int] = {}
    for pod in pods:
        cells = []
        for name in ("cpu", "memory"):
            for part in ("requests", "limits"):
                value = _asked(pod, part, name)
                totals[part, name] = totals.get((part, name), 0) + value
                cells.append(_share(name, value, allocatable))
        age = age_of(pod, now)
        space = at(pod, "metadata", "namespace")
        yield f"  {space}\t{name_of(pod)}\t\t" + "\t".join(cells) + f"\t{age}"
    yield "Allocated resources:"
    yield "  (Total limits may be over 100 percent, i.e., overcommitted.)"
    yield "  Resource\tRequests\tLimits"
    yield "  --------\t--------\t------"
    for name in ("cpu", "memory"):
        shares = [_share(name, totals.get((part, name), 0), allocatable) for part in ("requests", "limits")]
        yield f"  {name}\t{shares[0]}\t{shares[1]}"
    yield "  ephemeral-storage\t0 (0%)\t0 (0%)"
    for name in sorted(each for each in allocatable if each.startswith("hugepages-")):
        yield f"  {name}\t0 (0%)\t0 (0%)"


def _asked(pod: Document, part: str, name: str) -> int:
    """What a Pod asks for in thousandths: of its containers together, or of the init container that wants most."""
    spec = pod.get("spec") or {}
    every = [quantity(at(each, "resources", part, name, default="0")) for each in spec.get("containers") or ()]
    first = [quantity(at(each, "resources", part, name, default="0")) for each in spec.get("initContainers") or ()]
    return max(sum(every), max(first, default=0))


def _share(name: str, value: int, allocatable: Document) -> str:
    """An amount, and how much it is of what the Node has."""
    whole = quantity(str(allocatable.get(name, "0")))
    return f"{shown(value, binary=name == 'memory')} ({int(value / whole * 100) if whole else 0}%)"
