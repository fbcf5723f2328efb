"""What a client makes of a manifest before it sends anything: requests.

Upstream: kubectl pkg/cmd, cli-runtime pkg/resource.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kdisco.errors import UsageError
from kdisco.model.kinds import Resource, resource
from kdisco.model.manifest import find_resource
from kdisco.model.meta import Key
from kdisco.store.apply import LAST_APPLIED, last_applied, three_way
from kdisco.store.events import Request
from kdisco.store.state import State

__all__ = ["application", "creation", "noted", "replacement", "server_side", "target"]

Maker = Callable[[State, Mapping[str, Any], str], Request]

NAMELESS = "error: resource name may not be empty"
GO_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def creation(_state: State, document: Mapping[str, Any], namespace: str) -> Request:
    """``kubectl create -f``: POST."""
    row = find_resource(document)
    return _post(row, document, _namespace(row, document, namespace))


def _post(row: Resource, document: Mapping[str, Any], space: str) -> Request:
    """POST a manifest; the version of an object that was read before stays behind. Upstream: resource/helper.go."""
    meta = _metadata(document)
    if "resourceVersion" in meta:
        kept = {key: value for key, value in meta.items() if key != "resourceVersion"}
        document = {**document, "metadata": kept}
    return Request(verb="create", resource=row.plural, namespace=space, body=document)


def replacement(_state: State, document: Mapping[str, Any], namespace: str) -> Request:
    """``kubectl replace -f``: PUT."""
    row = find_resource(document)
    space, name = _namespace(row, document, namespace), _name(document)
    return Request(verb="update", resource=row.plural, namespace=space, name=name, body=document)


def application(state: State, document: Mapping[str, Any], namespace: str) -> Request:
    """``kubectl apply -f``: POST what is not there, PATCH what differs from the last apply and from what is stored."""
    row = find_resource(document)
    space, name = _namespace(row, document, namespace), _name(document)
    marked = noted(document, space)
    current = state.view.get(row.plural, (space, name))
    if current is None:
        return _post(row, marked, space)
    live = current.to_dict()
    patch = three_way(last_applied(live), marked, live)
    return Request(
        verb="patch",
        resource=row.plural,
        namespace=space,
        name=name,
        body=patch,
        patch_type="strategic",
        field_validation="Strict",
    )


def server_side(manager: str, *, force: bool) -> Maker:
    """``kubectl apply --server-side -f``: PATCH with the manifest itself, whether the object is there or not."""

    def request(_state: State, document: Mapping[str, Any], namespace: str) -> Request:
        row = find_resource(document)
        space, name = _namespace(row, document, namespace), _name(document)
        return Request(
            verb="patch",
            resource=row.plural,
            namespace=space,
            name=name,
            body=document,
            patch_type="apply",
            manager=manager,
            force=force,
        )

    return request


def target(text: str, namespace: str) -> tuple[Resource, Key]:
    """The resource and key of ``deployment/web``; raises UsageError in kubectl's words."""
    kind, slash, name = text.partition("/") if isinstance(text, str) else ("", "", "")
    if not slash or not name:
        msg = f"error: arguments in resource/name form must have a single resource and name, not {text!r}"
        raise UsageError(msg)
    row = resource(kind)
    return row, (namespace if row.namespaced else "", name)


def _namespace(row: Resource, document: Mapping[str, Any], namespace: str) -> str:
    if not row.namespaced:
        return ""
    return str(_metadata(document).get("namespace") or namespace)


def _name(document: Mapping[str, Any]) -> str:
    name = _metadata(document).get("name")
    if not name:
        generated = _metadata(document).get("generateName")
        msg = f"error: from {generated}: cannot use generate name with apply" if generated else NAMELESS
        raise UsageError(msg)
    return str(name)


def _metadata(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = document.get("metadata")
    return found if isinstance(found, Mapping) else {}


def noted(document: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """The document with the annotation that remembers it for the next apply."""
    meta = {**_metadata(document)}
    given = meta.get("annotations") or {}
    if not isinstance(given, Mapping):
        return {**document}  # the server refuses it
    annotations = {key: value for key, value in given.items() if key != LAST_APPLIED}
    if namespace:
        meta["namespace"] = namespace
    plain = {**document, "metadata": {**meta, "annotations": annotations}}
    note = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    for letter, escaped in GO_ESCAPES.items():
        note = note.replace(letter, escaped)
    return {**plain, "metadata": {**meta, "annotations": {**annotations, LAST_APPLIED: note}}}
