"""The protobuf bodies that a real kubectl sends where it knows the kind as a struct (``create deployment``): to JSON.

Upstream: k8s.io/api */generated.proto (numbers of the fields that kubectl fills in), apimachinery
pkg/runtime/serializer/protobuf (the envelope).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["MAGIC", "from_protobuf"]

MAGIC = b"k8s\0"
Fields = dict[int, tuple[str, str]]  # number: name and type; "*" before a type: a list, "map" of text to text
TEXT, VARINT, BYTES = "text", 0, 2
OBJECT: Fields = {1: ("metadata", "Meta")}
SCHEMA: dict[str, Fields] = {
    "Meta": {1: ("name", TEXT), 3: ("namespace", TEXT), 11: ("labels", "map"), 12: ("annotations", "map")},
    "Namespace": OBJECT,
    "ConfigMap": OBJECT | {2: ("data", "map")},
    "Service": OBJECT | {2: ("spec", "ServiceSpec")},
    "ServiceSpec": {
        1: ("ports", "*ServicePort"), 2: ("selector", "map"), 3: ("clusterIP", TEXT), 4: ("type", TEXT),
        5: ("externalIPs", "*text"), 7: ("sessionAffinity", TEXT), 8: ("loadBalancerIP", TEXT),
        10: ("externalName", TEXT),
    },
    "ServicePort": {
        1: ("name", TEXT), 2: ("protocol", TEXT), 3: ("port", "int"), 4: ("targetPort", "IntOrString"),
        5: ("nodePort", "int"),
    },
    "IntOrString": {1: ("type", "int"), 2: ("int", "int"), 3: ("text", TEXT)},
    "Deployment": OBJECT | {2: ("spec", "DeploymentSpec")},
    "DeploymentSpec": {1: ("replicas", "number"), 2: ("selector", "Selector"), 3: ("template", "Template")},
    "Selector": {1: ("matchLabels", "map")},
    "Template": {1: ("metadata", "Meta"), 2: ("spec", "PodSpec")},
    "PodSpec": {2: ("containers", "*Container")},
    "Container": {
        1: ("name", TEXT), 2: ("image", TEXT), 3: ("command", "*text"), 4: ("args", "*text"), 6: ("ports", "*Port"),
    },
    "Port": {3: ("containerPort", "int")},
    "Role": OBJECT | {2: ("rules", "*Rule")},
    "ClusterRole": OBJECT | {2: ("rules", "*Rule"), 3: ("aggregationRule", "Aggregation")},
    "Rule": {
        1: ("verbs", "*text"), 2: ("apiGroups", "*text"), 3: ("resources", "*text"), 4: ("resourceNames", "*text"),
        5: ("nonResourceURLs", "*text"),
    },
    "Aggregation": {1: ("clusterRoleSelectors", "*Selector")},
    "RoleBinding": OBJECT | {2: ("subjects", "*Subject"), 3: ("roleRef", "RoleRef")},
    "ClusterRoleBinding": OBJECT | {2: ("subjects", "*Subject"), 3: ("roleRef", "RoleRef")},
    "Subject": {1: ("kind", TEXT), 2: ("apiGroup", TEXT), 3: ("name", TEXT), 4: ("namespace", TEXT)},
    "RoleRef": {1: ("apiGroup", TEXT), 2: ("kind", TEXT), 3: ("name", TEXT)},
    "SelfSubjectAccessReview": {2: ("spec", "Access")},
    "Access": {1: ("resourceAttributes", "Resource"), 2: ("nonResourceAttributes", "Url")},
    "Resource": {
        1: ("namespace", TEXT), 2: ("verb", TEXT), 3: ("group", TEXT), 5: ("resource", TEXT),
        6: ("subresource", TEXT), 7: ("name", TEXT),
    },
    "Url": {1: ("path", TEXT), 2: ("verb", TEXT)},
    "SelfSubjectReview": {},
    "DeleteOptions": {1: ("gracePeriodSeconds", "number"), 4: ("propagationPolicy", TEXT)},
    "SelfSubjectRulesReview": {2: ("spec", "Space")},
    "Space": {1: ("namespace", TEXT)},
    "Unknown": {1: ("type", "Type"), 2: ("raw", "bytes")},
    "Type": {1: ("apiVersion", TEXT), 2: ("kind", TEXT)},
}


def from_protobuf(body: bytes) -> dict[str, Any]:
    """An object as JSON, its empty fields left out."""
    envelope = _message("Unknown", body.removeprefix(MAGIC))
    return {**envelope["type"], **_message(envelope["type"]["kind"], envelope["raw"])}


def _message(kind: str, data: bytes) -> Any:
    found: dict[str, Any] = {}
    for number, value in _fields(data):
        name, sort = SCHEMA[kind].get(number, ("", ""))
        if not name:
            continue
        if sort == "map":
            pair = dict(_fields(value))
            found.setdefault(name, {})[pair.get(1, b"").decode()] = pair.get(2, b"").decode()
        elif sort.startswith("*"):
            found.setdefault(name, []).append(_value(sort[1:], value))
        elif (read := _value(sort, value)) or sort == "number":
            found[name] = read
    if kind == "IntOrString":
        return found.get("text", "") if found.get("type") else found.get("int", 0)
    return found


def _value(sort: str, value: Any) -> Any:
    if sort in ("int", "number"):
        return value - (1 << 64) if value >> 63 else value
    if sort == "bytes":
        return value
    return value.decode() if sort == TEXT else _message(sort, value)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        if key & 7 == BYTES:
            yield key >> 3, data[at : at + value]
            at += value
        else:
            assert key & 7 == VARINT, key
            yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if not data[at - 1] & 128:
            return value, at
