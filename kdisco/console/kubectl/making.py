"""``kubectl create KIND``, ``run`` and ``expose``: objects put together from flags.

Upstream: kubectl pkg/cmd/{create,run,expose}, pkg/generate.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kdisco import client
from kdisco.console.kubectl import documents as made
from kdisco.console.kubectl.builder import found
from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.printers import plain, report
from kdisco.console.kubectl.resources import find, typed
from kdisco.console.kubectl.writing import dry_run
from kdisco.errors import UsageError
from kdisco.model.manifest import find_resource
from kdisco.store.patch import merge_patch

__all__ = [
    "binding", "config_map", "deployment", "expose", "namespace", "not_kept", "role", "run_pod", "service",
]


def send(call: Call, document: dict[str, Any], words: str = "created") -> None:
    """Create an object, or with a dry run of the client only show it."""
    served = typed(find_resource(document))
    space, dry = call.namespace if served.namespaced else "", dry_run(call)
    if space and (call.explicit or dry != "client"):
        meta = document["metadata"]
        head = {key: meta[key] for key in ("name",)}
        document = {**document, "metadata": {**head, "namespace": space, **meta}}
    if call.flag("save-config"):
        document = client.noted(document, space)
    name = served.named(document["metadata"]["name"])
    if dry == "client":
        report(call, document, words, name=name, document=document, in_order=True)
        return
    after = call.ask(lambda: call.cluster.create(_bare(document), space or "default", dry_run=dry == "server"))
    report(call, after, words, name=served.named(after.name), document=_typed(plain(after)), in_order=True)


def _bare(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without the nulls that Go writes for what is not set."""
    bare: dict[str, Any] = json.loads(json.dumps(document), object_hook=_without_nulls)
    return bare


def _without_nulls(found_: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found_.items() if value is not None}


def _typed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Kind before apiVersion, as Go's structs have it."""
    return {"kind": document["kind"], "apiVersion": document["apiVersion"], **document}


def _name(call: Call) -> str:
    words = call.given.before
    if len(words) != 1:
        msg = f"exactly one NAME is required, got {len(words)}"
        raise wrong_usage(msg, call.verb)
    return words[0]


def _required(call: Call, *names: str) -> None:
    """Raise UsageError unless the flags were given."""
    missing = [name for name in names if name not in call.given.changed]
    if missing:
        listed = ", ".join(f'"{name}"' for name in missing)
        msg = f"required flag(s) {listed} not set"
        raise refuse(msg)


def namespace(call: Call) -> None:
    """``create namespace``."""
    send(call, made.namespace(_name(call)))


def deployment(call: Call) -> None:
    """``create deployment``."""
    _required(call, "image")
    name, images = _name(call), call.flag("image")
    if len(images) > 1 and call.given.after:
        msg = "cannot specify multiple --image options and command"
        raise refuse(msg)
    document = made.deployment(name, images, call.flag("replicas"), call.flag("port"), call.given.after)
    send(call, document)


def service(call: Call) -> None:
    """``create service clusterip|nodeport|loadbalancer|externalname``."""
    kind = SERVICES[call.verb.rpartition(" ")[2]]
    if kind == "ExternalName":
        _required(call, "external-name")
    name, address = _name(call), call.flag("clusterip")
    ports = [_port(text, call.flag("node-port")) for text in call.flag("tcp") or ()]
    if not ports and kind != "ExternalName" and address != "None":
        msg = "at least one tcp port specifier must be provided"
        raise refuse(msg)
    if ports and address == "None":
        msg = "can not map ports with clusterip=None"
        raise refuse(msg)
    labels = {"app": name}
    document = made.service(
        name, kind, ports, labels, labels, clusterIP=address, externalName=call.flag("external-name")
    )
    send(call, document)


SERVICES = {
    "clusterip": "ClusterIP", "nodeport": "NodePort", "loadbalancer": "LoadBalancer", "externalname": "ExternalName",
}


def _port(text: str, node_port: int | None) -> dict[str, Any]:
    """``80:8080`` or ``80`` as a port of a Service."""
    first, _, second = text.partition(":")
    if not first.isdecimal():
        msg = f'strconv.ParseUint: parsing "{first}": invalid syntax'
        raise refuse(msg)
    target: Any = int(second) if second.isdecimal() else second or int(first)
    port = {"name": text.replace(":", "-"), "protocol": "TCP", "port": int(first), "targetPort": target}
    return {**port, **({"nodePort": node_port} if node_port else {})}


def config_map(call: Call) -> None:
    """``create configmap``."""
    name = _name(call)
    if call.flag("from-file") or call.flag("from-env-file"):
        msg = "no file of this machine becomes part of the cluster: give the text with --from-literal or a manifest"
        raise refuse(msg)
    data: dict[str, str] = {}
    for text in call.flag("from-literal") or ():
        key, sign, value = text.partition("=")
        if not sign or not key:
            msg = f"invalid literal source {text}, expected key=value"
            raise refuse(msg)
        if key in data:
            msg = f'cannot add key "{key}", another key by that name already exists in Data for ConfigMap "{name}"'
            raise refuse(msg)
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        data[key] = value[1:-1] if quoted else value
    send(call, made.config_map(name, data))


def role(call: Call) -> None:
    """``create role`` and ``create clusterrole``."""
    kind, name = ("ClusterRole" if call.verb.endswith("clusterrole") else "Role"), _name(call)
    verbs, urls = list(dict.fromkeys(call.flag("verb") or ())), list(call.flag("non-resource-url") or ())
    aggregation = dict(text.partition("=")[::2] for text in call.flag("aggregation-rule") or ())
    if aggregation:
        send(call, made.role(kind, name, None, aggregation))
        return
    if not verbs:
        msg = "at least one verb must be specified"
        raise refuse(msg)
    rules: list[dict[str, Any]] = []
    groups: dict[str, list[str]] = {}
    for text in call.flag("resource") or ():
        base, _, part = text.partition("/")
        found_ = find(base)
        groups.setdefault(found_.group, []).append(found_.plural + (f"/{part}" if part else ""))
    names = {"resourceNames": list(call.flag("resource-name"))} if call.flag("resource-name") else {}
    for group, resources in sorted(groups.items()):
        rules.append({"verbs": verbs, "apiGroups": [group], "resources": resources, **names})
    if urls:
        rules.append({"verbs": verbs, "nonResourceURLs": urls})
    if not rules:
        msg = "one of resource or nonResourceURL must be specified" if kind == "ClusterRole" else (
            "at least one resource must be specified"
        )
        raise refuse(msg)
    send(call, made.role(kind, name, rules, {}))


def binding(call: Call) -> None:
    """``create rolebinding`` and ``create clusterrolebinding``."""
    kind, name = ("ClusterRoleBinding" if "cluster" in call.verb else "RoleBinding"), _name(call)
    wide, own = call.flag("clusterrole"), call.flag("role")
    if bool(wide) == bool(own):
        msg = "exactly one of clusterrole or role must be specified" if kind == "RoleBinding" else (
            'required flag(s) "clusterrole" not set'
        )
        raise refuse(msg)
    group = {"apiGroup": made.RBAC}
    subjects: list[dict[str, str]] = [{"kind": "User", **group, "name": text} for text in call.flag("user") or ()]
    subjects += [{"kind": "Group", **group, "name": text} for text in call.flag("group") or ()]
    for text in call.flag("serviceaccount") or ():
        space, sign, account = text.partition(":")
        if not sign or not space or not account:
            msg = "serviceaccount must be <namespace>:<name>"
            raise refuse(msg)
        subjects.append({"kind": "ServiceAccount", "name": account, "namespace": space})
    send(call, made.binding(kind, name, ("ClusterRole", wide) if wide else ("Role", own), subjects))


def not_kept(call: Call) -> None:
    """A kind of which the model keeps no objects."""
    kind = call.verb.split()[1]
    msg = f"this cluster keeps no objects of the kind {kind}: nothing in the model acts on them"
    raise refuse(msg)


def _labels(text: str) -> dict[str, str]:
    labels = {}
    for part in filter(None, text.split(",")):
        key, sign, value = part.partition("=")
        if not sign:
            msg = f"unexpected label spec: {part}"
            raise refuse(msg)
        labels[key] = value
    return labels


def run_pod(call: Call) -> None:
    """``run``: a Pod of one image."""
    _required(call, "image")
    words, dash = call.given.words, call.given.dash
    if not words or dash == 0:
        msg = "NAME is required for run"
        raise wrong_usage(msg, "run")
    restart = call.flag("restart")
    if restart not in ("Always", "OnFailure", "Never"):
        msg = f"invalid restart policy: {restart}"
        raise wrong_usage(msg, "run")
    if call.flag("rm") or call.flag("stdin") or call.flag("tty") or call.flag("attach"):
        msg = "nobody can be attached to a Pod here: run it without -i, -t, --attach and --rm, and use exec"
        raise refuse(msg)
    name, rest = words[0], list(words[1:])
    port = call.flag("port")
    if port and not port.isdecimal():
        msg = f'error parsing port: strconv.Atoi: parsing "{port}": invalid syntax'
        raise refuse(msg)
    if call.flag("expose") and not port:
        msg = "--port must be set when exposing a service"
        raise wrong_usage(msg, "run")
    labels = _labels(call.flag("labels")) or {"run": name}
    document = made.pod(
        name, call.flag("image"), labels, port=int(port or 0), env=_variables(call.flag("env") or ()),
        command=rest if call.flag("command") else (), args=() if call.flag("command") else rest,
        policy=call.flag("image-pull-policy"), restart=restart,
        annotations=dict(text.partition("=")[::2] for text in call.flag("annotations") or ()),
    )
    if call.flag("expose"):
        ports = [{"protocol": "TCP", "port": int(port), "targetPort": int(port)}]
        send(call, made.service(name, "", ports, labels, {}))
    send(call, _overridden(call, document))


def _variables(given: Iterable[str]) -> list[dict[str, str]]:
    found_ = []
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            msg = f"invalid env: {text}"
            raise refuse(msg)
        found_.append({"name": name, "value": value})
    return found_


def _overridden(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    text = call.flag("overrides")
    if not text:
        return document
    try:
        patch = json.loads(text)
    except ValueError:
        msg = f"--overrides is no JSON: {text}"
        raise refuse(msg) from None
    merged: dict[str, Any] = merge_patch(document, patch)
    return merged


EXPOSED = ("Pod", "Service", "ReplicationController", "Deployment", "ReplicaSet")


def expose(call: Call) -> None:
    """``expose``: a Service for what there is."""
    call.each(found(call), lambda pair: _expose(call, pair[0].kind, pair[0].qualified, pair[1]))


def _expose(call: Call, kind: str, qualified: str, each: Any) -> None:
    if kind not in EXPOSED:
        msg = f"cannot expose a {kind}.{each.API_VERSION.rpartition('/')[0]}".rstrip(".")
        raise refuse(msg)
    selector = _labels(call.flag("selector")) or _selected(kind, each)
    ports = _exposed_ports(call, kind, each)
    if not ports and call.flag("cluster-ip") != "None":
        msg = "couldn't find port via --port flag or introspection"
        raise refuse(msg)
    del qualified
    name, labels = call.flag("name") or each.name, _labels(call.flag("labels")) or dict(each.labels)
    outside = [call.flag("external-ip")] if call.flag("external-ip") else None
    document = made.service(
        name, call.flag("type"), ports, selector, labels, clusterIP=call.flag("cluster-ip"), externalIPs=outside,
        sessionAffinity=call.flag("session-affinity"), loadBalancerIP=call.flag("load-balancer-ip"),
    )
    send(call, _overridden(call, document), "exposed")


def _selected(kind: str, each: Any) -> dict[str, str]:
    """The labels by which the Pods of what is exposed are found; raises UsageError where there are none."""
    if kind == "Pod":
        found_ = dict(each.labels)
        problem = "the pod has no labels and cannot be exposed"
    elif kind == "Service":
        found_ = dict(each.spec.selector)
        problem = "the service has no pod selector set"
    else:
        selector = each.spec.selector
        found_ = dict(selector.match_labels) if selector and not selector.match_expressions else {}
        problem = "couldn't convert expressions"
    if not found_:
        msg = f"couldn't retrieve selectors via --selector flag or introspection: {problem}"
        msg = f"error: {msg}"
        raise UsageError(msg)
    return found_


def _exposed_ports(call: Call, kind: str, each: Any) -> list[dict[str, Any]]:
    """The ports of the Service: those that ``--port`` names, or those of the containers."""
    given: Sequence[tuple[int, str]]
    if call.flag("port"):
        given = [(int(text), call.flag("protocol") or "TCP") for text in call.flag("port").split(",")]
    elif kind == "Service":
        given = [(port.port, port.protocol or "TCP") for port in each.spec.ports]
    else:
        spec = each.spec if kind == "Pod" else each.spec.template.spec
        given = [
            (port.container_port, port.protocol or "TCP") for one in spec.containers for port in one.ports
        ]
    target = call.flag("target-port")
    several = len(given) > 1
    return [
        {
            **({"name": f"port-{place}"} if several else {}), "protocol": protocol, "port": number,
            "targetPort": (int(target) if target.isdecimal() else target) if target else number,
        }
        for place, (number, protocol) in enumerate(given, 1)
    ]
