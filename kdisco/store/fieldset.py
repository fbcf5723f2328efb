"""Sets of fields, as managedFields write them: which leaves of an object somebody has set.

A path is a tuple of steps: ("f", name) a field, ("k", keys) the item of a list with these keys, ("v", word) a word
of a set. Lists and maps that are written as one are leaves.
Upstream: structured-merge-diff fieldpath (serialize.go, element.go), the listType and mapType marks of k8s.io/api.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["Path", "fields_of", "from_json", "is_atomic", "is_word_set", "list_keys", "name_of", "shown", "to_json"]

Step = tuple[str, Any]
Path = tuple[Step, ...]

LIST_KEYS: Mapping[str, tuple[str, ...]] = {  # lists whose items are known by these fields; others are one
    "Service.spec.ports": ("port", "protocol"),
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "containers.ports": ("containerPort", "protocol"),
    "initContainers.ports": ("containerPort", "protocol"),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "status.conditions": ("type",),
    "metadata.ownerReferences": ("uid",),
    "podIPs": ("ip",),
}
KEY_DEFAULTS = {"protocol": "TCP"}
WORD_SETS = ("metadata.finalizers",)
ATOMIC = (  # maps and structs that are written as one
    "spec.selector", "nodeSelector", "labelSelector", "targetRef", "fieldRef", "resourceFieldRef", "configMapKeyRef",
    "secretKeyRef", "httpHeaders", "loadBalancer.ingress", "scaleTargetRef", "nodeSelectorTerms",
)
UNOWNED = (  # of metadata
    "name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion",
)


def fields_of(document: Mapping[str, Any], kind: str) -> frozenset[Path]:
    """The leaves and list items of an object, without those that nobody owns: its name, its kind, its versions."""
    meta = {key: value for key, value in (document.get("metadata") or {}).items() if key not in UNOWNED}
    rest = {key: value for key, value in document.items() if key not in ("apiVersion", "kind", "metadata")}
    return frozenset(_leaves({**rest, **({"metadata": meta} if meta else {})}, (), (kind,)))


def _leaves(value: Any, at: Path, names: tuple[str, ...]) -> Iterator[Path]:
    if value is None:
        return
    if isinstance(value, Mapping) and value and not is_atomic(names):
        for key, item in value.items():
            yield from _leaves(item, (*at, ("f", key)), (*names, key))
    elif isinstance(value, list | tuple) and is_word_set(names):
        yield from ((*at, ("v", word)) for word in value)
    elif isinstance(value, list | tuple) and (keys := list_keys(names)):
        for item in value:
            here = (*at, ("k", name_of(item, keys)))
            yield here
            yield from _leaves(item, here, names)
    elif at:
        yield at


def list_keys(names: tuple[str, ...]) -> tuple[str, ...]:
    """The fields by which the items of the list at these names are known, () where the list is one."""
    dotted = (".".join(names[-size:]) for size in (3, 2, 1))
    return next((LIST_KEYS[each] for each in dotted if each in LIST_KEYS), ())


def is_atomic(names: tuple[str, ...]) -> bool:
    """Whether the map at these names is written as one."""
    return names[-1] in ATOMIC or ".".join(names[-2:]) in ATOMIC


def is_word_set(names: tuple[str, ...]) -> bool:
    """Whether the words of the list at these names have owners of their own."""
    return ".".join(names[-2:]) in WORD_SETS


def name_of(item: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    """The keys of a list's item with their values; a key left out has its default."""
    return tuple((key, item.get(key, KEY_DEFAULTS.get(key))) for key in keys)


def shown(path: Path) -> str:
    """A path as conflicts name it: ``.spec.template.spec.containers[name="web"].image``."""
    text = ""
    for kind, value in path:
        if kind == "f":
            text += f".{value}"
        elif kind == "v":
            text += f"[={json.dumps(value)}]"
        else:
            text += "[" + ",".join(f"{key}={json.dumps(item)}" for key, item in value) + "]"
    return text


def to_json(paths: Iterable[Path]) -> dict[str, Any]:
    """A set as ``fieldsV1`` writes it."""
    out: dict[str, Any] = {}
    nodes = []
    for path in sorted(paths, key=shown):
        node = out
        for kind, value in path:
            text = value if kind == "f" else json.dumps(dict(value) if kind == "k" else value, separators=(",", ":"))
            node = node.setdefault(f"{kind}:{text}", {})
        nodes.append((path, node))
    for path, node in nodes:
        if node or path[-1][0] == "k":  # it is in the set itself, not only what is within it
            node["."] = {}
    return out


def from_json(tree: Mapping[str, Any], at: Path = ()) -> frozenset[Path]:
    """The set that a ``fieldsV1`` describes."""
    found: set[Path] = set()
    for name, inner in tree.items():
        if name == ".":
            found.add(at)
            continue
        kind, _, text = name.partition(":")
        value: Any = text if kind == "f" else json.loads(text)
        here = (*at, (kind, tuple(value.items()) if kind == "k" else value))
        found |= from_json(inner, here) if inner else {here}
    return frozenset(found)
