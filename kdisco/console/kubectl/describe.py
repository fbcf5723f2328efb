"""``kubectl describe``: all that is known of an object, for people. Upstream: kubectl pkg/{cmd/describe,describe}."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kdisco.console.kubectl import describe_more as more
from kdisco.console.kubectl import describe_net as net
from kdisco.console.kubectl import describe_sets as sets
from kdisco.console.kubectl.builder import Target, listed, targets
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.describe_node import node_lines
from kdisco.console.kubectl.describe_parts import Lines, events
from kdisco.console.kubectl.describe_pod import pod_lines
from kdisco.console.kubectl.document import Document, at, label_selector, name_of
from kdisco.console.kubectl.manifests import given
from kdisco.console.kubectl.printers import plain
from kdisco.console.kubectl.resources import Served, find
from kdisco.console.kubectl.tabs import aligned
from kdisco.errors import KdiscoError, NotFound
from kdisco.model.endpoints import SERVICE_NAME

__all__ = ["describe"]

TYPE_AND_PREFIX = 2
FINISHED = ("Succeeded", "Failed")


def describe(call: Call) -> None:
    """Print what is known of the objects that the command line names."""
    if not call.given.words and not call.flag("filename"):
        msg = 'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of '
        msg = f"{msg}supported resources."
        raise refuse(msg)
    shown, alike = [], False
    for target in _targets(call):
        for served, found in _objects(call, target):
            alike = alike or (bool(target.name) and found.name != target.name)
            call.objects.append(found)
            shown.append(_text(call, served, plain(found)))
    call.write("".join(f"{text}\n" for text in shown) if alike else "\n\n".join(shown))
    if not shown and not call.failures:
        call.complain("No resources found" if call.everywhere else f"No resources found in {call.namespace} namespace.")


def _targets(call: Call) -> list[Target]:
    if not call.flag("filename"):
        return targets(call, call.given.words)
    return [Target(served, name_of(document), space) for served, document, space in given(call)]


def _objects(call: Call, target: Target) -> list[tuple[Served, Any]]:
    """The objects of one kind; a name that is none may be the beginning of some."""
    try:
        if not target.name:
            return [(target.served, each) for each in listed(call, target)]
        return [(target.served, call.get(target.served, target.name, target.namespace))]
    except NotFound as problem:
        alike = []
        if len(call.given.words) == TYPE_AND_PREFIX and "/" not in call.given.words[0]:
            alike = [each for each in listed(call, Target(target.served)) if each.name.startswith(target.name)]
        if not alike:
            call.fail(problem)
        return [(target.served, each) for each in alike]
    except KdiscoError as problem:
        call.fail(problem)
        return []


def _text(call: Call, served: Served, document: Document) -> str:
    lines = DESCRIBED.get(served.plural, _generic)(call, document)
    text = [*lines]
    if served.plural not in EVENTLESS and call.flag("show-events"):
        text += events(_events(call, served, document), call.now)
    return aligned("".join(f"{line}\n" for line in text))


def _events(call: Call, served: Served, document: Document) -> list[Document]:
    """The events about an object, of its own namespace; a node's are in the default one."""
    space = at(document, "metadata", "namespace", default="")
    found = call.listed(find("events"), space or None)
    uid, name = at(document, "metadata", "uid"), name_of(document)
    about = [plain(each) for each in found if each.involved_object.name == name]
    uids = (uid, name) if served.plural == "nodes" else (uid,)
    return [each for each in about if at(each, "involvedObject", "uid", default="") in (*uids, "")
            and at(each, "involvedObject", "kind") == served.kind]


def _of(plural: str, call: Call, document: Document, **chosen: Any) -> list[Document]:
    space = at(document, "metadata", "namespace")
    return [plain(each) for each in call.listed(find(plural), space, **chosen)]


def _selected(plural: str, call: Call, document: Document) -> list[Document]:
    """The objects that a workload's selector finds."""
    selector = label_selector(at(document, "spec", "selector"))
    every = _of(plural, call, document)
    return [each for each in every if selector.selects(at(each, "metadata", "labels", default={}))]


def _service(call: Call, document: Document) -> Lines:
    return net.service_lines(
        document, _of("endpointslices", call, document, selector=f"{SERVICE_NAME}={name_of(document)}")
    )


def _deployment(call: Call, document: Document) -> Lines:
    uid = at(document, "metadata", "uid")
    owned = [
        each
        for each in _selected("replicasets", call, document)
        if any(owner.get("uid") == uid for owner in at(each, "metadata", "ownerReferences", default=()))
    ]
    return sets.deployment_lines(document, owned)


def _node(call: Call, document: Document) -> Lines:
    pods = call.listed(find("pods"), None, field_selector=f"spec.nodeName={name_of(document)}")
    kept = [plain(each) for each in pods if each.status.phase not in FINISHED]
    return node_lines(document, kept, call.now)


def _generic(_call: Call, document: Document) -> Lines:
    return more.generic_lines(document, namespaced="namespace" in document["metadata"])


def _alone(lines: Callable[[Document], Lines]) -> Callable[[Call, Document], Lines]:
    """A describer that asks for nothing more."""
    return lambda _call, document: lines(document)


def _with_pods(lines: Callable[[Document, list[Document]], Lines]) -> Callable[[Call, Document], Lines]:
    return lambda call, document: lines(document, _selected("pods", call, document))


DESCRIBED: Mapping[str, Callable[[Call, Document], Lines]] = {
    "services": _service,
    "endpoints": _alone(net.endpoints_lines),
    "endpointslices": _alone(net.slice_lines),
    "networkpolicies": _alone(net.policy_lines),
    "servicecidrs": _alone(net.cidr_lines),
    "ipaddresses": _alone(net.ip_lines),
    "pods": lambda call, document: pod_lines(document, call.now),
    "deployments": _deployment,
    "replicasets": _with_pods(sets.replica_lines),
    "statefulsets": _with_pods(sets.stateful_lines),
    "daemonsets": _with_pods(sets.daemon_lines),
    "nodes": _node,
    "namespaces": _alone(more.namespace_lines),
    "configmaps": _alone(more.config_lines),
    "roles": _alone(more.role_lines),
    "clusterroles": _alone(more.role_lines),
    "rolebindings": _alone(more.binding_lines),
    "clusterrolebindings": _alone(more.binding_lines),
}
EVENTLESS = ("namespaces", "networkpolicies", "roles", "clusterroles", "rolebindings", "clusterrolebindings")
