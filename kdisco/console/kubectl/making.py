"""``kubectl create KIND``: objects put together from flags. Upstream: kubectl pkg/cmd/create."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from kdisco.console.kubectl import documents as made
from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.document import name_of
from kdisco.console.kubectl.printers import plain, report
from kdisco.console.kubectl.resources import typed
from kdisco.console.kubectl.structs import as_struct
from kdisco.console.kubectl.writing import dry_run
from kdisco.console.kubectl.yamltext import go_json
from kdisco.errors import ApiError
from kdisco.model.manifest import find_resource
from kdisco.store.apply import LAST_APPLIED
from kdisco.store.patch import patched
from kdisco.store.validate.names import named_port

__all__ = [
    "config_map", "create_object", "deployment", "labels_of", "made_of", "name_given", "namespace", "not_kept",
    "overridden", "send", "service", "shown",
]


FAILED = {  # what is said before the server's words; of the others nothing is
    "Deployment": "failed to create deployment", "ConfigMap": "failed to create configmap",
    "RoleBinding": "failed to create rolebinding", "ClusterRoleBinding": "failed to create clusterrolebinding",
    "Service": "failed to create {} service",
}


def create_object(call: Call, document: dict[str, Any]) -> None:
    """Send what was put together; a refusal is of the command, not of the server."""
    try:
        send(call, document)
    except ApiError as problem:
        words = FAILED.get(document["kind"])
        if words is None:
            raise
        raise refuse(f"{words.format(document['spec'].get('type', ''))}: {problem.message}"
                     if document["kind"] == "Service" else f"{words}: {problem.message}") from None


def send(call: Call, document: dict[str, Any], words: str = "created") -> None:
    """Create an object, or with a dry run of the client only show it."""
    shown(call, made_of(call, document), words)


def made_of(call: Call, document: dict[str, Any]) -> Any:
    """The object that the server makes of a document; with a dry run of the client the document itself."""
    served = typed(find_resource(document))
    space, dry = call.namespace if served.namespaced else "", dry_run(call)
    if call.flag("save-config") and not _forgets(call.verb, dry):
        document = _noted(document)
    if space and (call.explicit or dry != "client"):
        meta = document["metadata"]
        document = {**document, "metadata": {"name": meta["name"], "namespace": space, **meta}}
    if dry == "client":
        return document
    return call.ask(lambda: call.cluster.create(_bare(document), space or "default", dry_run=dry == "server"))


def shown(call: Call, found: Any, words: str) -> None:
    """Say what was made."""
    document = found if isinstance(found, dict) else plain(found)
    served = typed(find_resource(document))
    report(call, found, words, name=served.named(name_of(document)), document=document, typed=True)


def _forgets(verb: str, dry: str) -> bool:
    """Whether a command takes ``--save-config`` and does nothing with it."""
    return verb.startswith("create service") or (dry == "client" and verb in ("run", "expose"))


def _noted(document: dict[str, Any]) -> dict[str, Any]:
    """A document with the annotation that remembers it for a later apply: as the client's structs have it."""
    meta = document["metadata"]
    annotations = {**meta.get("annotations", {}), LAST_APPLIED: go_json(document, in_order=True) + "\n"}
    return {**document, "metadata": {**meta, "annotations": annotations}}


def _bare(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without the nulls that Go writes for what is not set."""
    bare: dict[str, Any] = json.loads(json.dumps(document), object_hook=_without_nulls)
    return bare


def _without_nulls(found_: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found_.items() if value is not None}


def name_given(call: Call) -> str:
    """The one NAME of ``create KIND NAME``; raises UsageError."""
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
    create_object(call, made.namespace(name_given(call)))


def deployment(call: Call) -> None:
    """``create deployment``."""
    _required(call, "image")
    name, images = name_given(call), call.flag("image")
    if len(images) > 1 and call.given.after:
        msg = "cannot specify multiple --image options and command"
        raise refuse(msg)
    document = made.deployment(name, images, call.flag("replicas"), call.flag("port"), call.given.after)
    create_object(call, document)


def service(call: Call) -> None:
    """``create service clusterip|nodeport|loadbalancer|externalname``."""
    kind = SERVICES[call.verb.rpartition(" ")[2]]
    if kind == "ExternalName":
        _required(call, "external-name")
    name, address = name_given(call), call.flag("clusterip")
    ports = [_port(text, call.flag("node-port")) for text in call.flag("tcp") or ()]
    if not ports and kind != "ExternalName" and address != "None":
        msg = "at least one tcp port specifier must be provided"
        raise refuse(msg)
    labels = {"app": name}
    document = made.service(
        name, kind, ports, labels, labels, clusterIP=address, externalName=call.flag("external-name")
    )
    create_object(call, document)


MOST = 65535
CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
CONFIG_KEY_WORDS = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
SERVICES = {
    "clusterip": "ClusterIP", "nodeport": "NodePort", "loadbalancer": "LoadBalancer", "externalname": "ExternalName",
}


def _port(text: str, node_port: int | None) -> dict[str, Any]:
    """``80:8080`` or ``80`` as a port of a Service; raises UsageError."""
    first, sign, second = text.partition(":")
    if not first.isdecimal() or int(first) > MOST:
        problem = "value out of range" if first.isdecimal() else "invalid syntax"
        msg = f'strconv.ParseUint: parsing "{first}": {problem}'
        raise refuse(msg)
    second = second.partition(":")[0]
    port = {
        "name": text.replace(":", "-"), "protocol": "TCP", "port": int(first),
        "targetPort": _target(second) if sign else int(first),
    }
    return {**port, **({"nodePort": node_port} if node_port else {})}


def _target(text: str) -> int | str:
    """A port of the Pods by number or name; raises UsageError."""
    if re.fullmatch(r"[-+]?[0-9]+", text):
        if not 0 < int(text) <= MOST:
            msg = f"must be between 1 and {MOST}, inclusive"
            raise refuse(msg)
        return int(text)
    if problems := [words.rpartition('": ')[2] for _, _, words in named_port("", text)]:
        raise refuse(",".join(problems).replace(" bytes", " characters"))  # the word of this client's version
    return text


def config_map(call: Call) -> None:
    """``create configmap``."""
    name = name_given(call)
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
        if not CONFIG_KEY.fullmatch(key):
            msg = f'"{key}" is not a valid key name for a ConfigMap: {CONFIG_KEY_WORDS}'
            raise refuse(msg)
        data[key] = value
    if call.flag("append-hash"):
        name = f"{name}-{_hashed({'kind': 'ConfigMap', 'name': name, 'data': data or None})}"
    create_object(call, made.config_map(name, data))


def _hashed(content: dict[str, Any]) -> str:
    """Ten letters that tell contents apart. Upstream: kubectl pkg/util/hash."""
    letters = hashlib.sha256(go_json(content).encode()).hexdigest()[:10]
    return letters.translate(str.maketrans("013ae", "ghkmt"))


def not_kept(call: Call) -> None:
    """A kind of which the model keeps no objects."""
    kind = call.verb.split()[1]
    msg = f"this cluster keeps no objects of the kind {kind}: nothing in the model acts on them"
    raise refuse(msg)


def labels_of(text: str) -> dict[str, str]:
    """The labels of ``a=b,c=d``; raises UsageError."""
    labels = {}
    for part in filter(None, text.split(",")):
        key, sign, value = part.partition("=")
        if not sign:
            msg = f"unexpected label spec: {part}"
            raise refuse(msg)
        labels[key] = value
    return labels


def overridden(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    """A document as ``--overrides`` changes it; raises UsageError for what is no patch."""
    text, kind = call.flag("overrides"), call.flag("override-type") or "merge"
    if not text:
        return document
    if kind not in ("json", "merge", "strategic"):
        msg = f"invalid override type: {kind}"
        raise refuse(msg)
    try:
        return as_struct(patched(document, json.loads(text), kind))
    except ValueError:
        msg = "Invalid JSON Patch"
        raise refuse(msg) from None
