"""Whether a Pod fits a node, and in what words it does not.

Upstream: pkg/scheduler/framework/plugins/{nodeunschedulable,nodename,tainttoleration,nodeaffinity,nodeports,
noderesources}, component-helpers scheduling/corev1/nodeaffinity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kdisco.model.node import Node
from kdisco.model.pod import Pod, PodSpec
from kdisco.model.selector import TESTS, matches
from kdisco.model.taint import Taint, untolerated

__all__ = [
    "CONFLICT",
    "HELPED",
    "affine",
    "asks",
    "named_nodes",
    "port_claims",
    "preference",
    "refusal",
    "repelled",
    "takes_all",
]

UNSCHEDULABLE = Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule")
CONFLICT = "pod affinity terms conflict"
PORTS = "node(s) didn't have free ports for the requested pod ports"
FULL = "Too many pods"
HELPED = (PORTS, FULL)  # what other Pods' going would change
NAME = "metadata.name"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def asks(spec: PodSpec) -> bool:
    """Whether a Pod cares at all which node it gets."""
    return bool(spec.node_selector) or "affinity" in spec.kept or bool(port_claims(spec))


def takes_all(node: Node) -> bool:
    """Whether a node takes every Pod that does not ask for anything."""
    return not (node.spec.taints or node.spec.unschedulable or "allocatable" in node.status.kept)


def refusal(pod: Pod, node: Node, running: int, taken: Callable[[], set[tuple[str, int]]]) -> str:
    """Why a node will not take a Pod, the first reason there is; "" when it will.

    ``running`` counts the node's Pods; ``taken`` gives the host ports in use there.
    """
    spec = pod.spec
    if node.spec.unschedulable and not any(each.tolerates(UNSCHEDULABLE) for each in spec.tolerations):
        return "node(s) were unschedulable"
    if repelled(spec, node, "NoSchedule", "NoExecute"):
        return "node(s) had untolerated taint(s)"
    if not affine(spec, node):
        return "node(s) didn't match Pod's node affinity/selector"
    wanted = port_claims(spec)
    if wanted and not wanted.isdisjoint(taken()):
        return PORTS
    room = _whole(_part(node.status.kept, "allocatable").get("pods"))
    return FULL if room is not None and running >= room else ""


def repelled(spec: PodSpec, node: Node, *effects: str) -> bool:
    """Whether the node has a taint with one of these effects that the Pod does not put up with."""
    taints = node.spec.taints
    return bool(taints) and next(untolerated(taints, spec.tolerations, *effects), None) is not None


def affine(spec: PodSpec, node: Node) -> bool:
    """Whether the node is what nodeSelector and the required node affinity ask for."""
    if spec.node_selector and not matches(spec.node_selector, node.labels):
        return False
    terms = _required(spec)
    return terms is None or any(_met(term, node) for term in terms)


def named_nodes(spec: PodSpec) -> set[str] | None:
    """The only nodes that the Pod may go to, by name; None when its affinity names none."""
    terms = _required(spec)
    if not terms:
        return None
    names: set[str] = set()
    for term in terms:
        wanted = [
            set(_texts(each.get("values")))
            for each in _parts(term.get("matchFields"))
            if each.get("key") == NAME and each.get("operator") == "In"
        ]
        if not wanted:
            return None
        names |= set.intersection(*wanted)
    return names


def preference(spec: PodSpec, node: Node) -> tuple[int, int]:
    """How little the Pod wants the node: taints it would rather avoid, then the weight of what it prefers, negated."""
    avoided = sum(1 for _ in untolerated(node.spec.taints, spec.tolerations, "PreferNoSchedule"))
    affinity = _part(_part(spec.kept, "affinity"), "nodeAffinity")
    wishes = _parts(affinity.get(PREFERRED))
    return avoided, -sum(_whole(each.get("weight")) or 0 for each in wishes if _met(_part(each, "preference"), node))


def port_claims(spec: PodSpec) -> set[tuple[str, int]]:
    """The host ports that a Pod wants for itself on its node, with their protocols."""
    return {
        (port.protocol or "TCP", port.host_port)
        for container in spec.containers
        for port in container.ports
        if port.host_port
    }


def _required(spec: PodSpec) -> list[Mapping[str, Any]] | None:
    if "affinity" not in spec.kept:
        return None
    affinity = _part(_part(spec.kept, "affinity"), "nodeAffinity")
    return list(_parts(_part(affinity, REQUIRED).get("nodeSelectorTerms"))) if affinity.get(REQUIRED) else None


def _met(term: Mapping[str, Any], node: Node) -> bool:
    """Whether all that a term asks holds; one that asks nothing never does."""
    labels, fields = list(_parts(term.get("matchExpressions"))), list(_parts(term.get("matchFields")))
    asked = [(each, node.labels.get(str(each.get("key")))) for each in labels]
    asked += [(each, node.name if each.get("key") == NAME else None) for each in fields]
    return bool(asked) and all(_holds(each, value) for each, value in asked)


def _holds(asked: Mapping[str, Any], value: str | None) -> bool:
    operator, values = asked.get("operator"), _texts(asked.get("values"))
    if operator in ("Gt", "Lt"):
        one, other = _whole(value), _whole(values[0] if len(values) == 1 else None)
        return one is not None and other is not None and (one > other if operator == "Gt" else one < other)
    test = TESTS.get(str(operator))
    return test is not None and test(value, values)


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of kept JSON, which may be of any type."""
    part = found.get(name)
    return part if isinstance(part, Mapping) else {}


def _parts(found: Any) -> Iterator[Mapping[str, Any]]:
    return (each for each in found if isinstance(each, Mapping)) if isinstance(found, tuple) else iter(())


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in found) if isinstance(found, tuple) else ()


def _whole(value: Any) -> int | None:
    return int(value) if value is not None and WHOLE.fullmatch(str(value)) else None
