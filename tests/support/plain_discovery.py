"""What the test's API server says of itself: its resources, and which of them check the fields sent."""

from __future__ import annotations

from typing import Any

from kdisco.console.kubectl.resources import SERVED, Served
from kdisco.store.scale import SCALABLE

__all__ = ["DISCOVERY", "discovery", "openapi", "resources"]

DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
PARTS = {  # subresources that clients look for
    **dict.fromkeys(SCALABLE, ("scale", "autoscaling", "v1", "Scale", ("get", "patch", "update"))),
    "pods": ("eviction", "policy", "v1", "Eviction", ("create",)),
}


def discovery(root: str) -> dict[str, Any]:
    """The answer to ``/api`` or ``/apis``: all resources at once."""
    versions = sorted({each.group_version for each in SERVED if bool(each.group) == (root == "apis")})
    items = []
    for each in versions:
        group, _, version = each.rpartition("/")
        rows = [_row(served) for served in SERVED if served.group_version == each]
        found = {"version": version, "freshness": "Current", "resources": rows}
        items.append({"metadata": {"name": group}, "versions": [found]})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _row(each: Served) -> dict[str, Any]:
    row: dict[str, Any] = {
        "resource": each.plural, "responseKind": {"group": each.group, "version": each.version, "kind": each.kind},
        "scope": "Namespaced" if each.namespaced else "Cluster", "singularResource": each.kind.lower(),
        "verbs": list(each.verbs), "shortNames": list(each.short), "categories": list(each.categories),
    }
    if each.plural in PARTS:
        name, group, version, kind, verbs = PARTS[each.plural]
        answer = {"group": group, "version": version, "kind": kind}
        row["subresources"] = [{"subresource": name, "responseKind": answer, "verbs": list(verbs)}]
    return row


def resources(group_version: str) -> dict[str, Any]:
    """The answer to ``/api/v1`` or ``/apis/apps/v1``, which few clients still ask for."""
    rows = [
        {
            "name": each.plural, "singularName": each.kind.lower(), "namespaced": each.namespaced, "kind": each.kind,
            "verbs": list(each.verbs), "shortNames": list(each.short),
        }
        for each in SERVED
        if each.group_version == group_version
    ]
    if group_version == "v1":
        name, group, version, kind, verbs = PARTS["pods"]
        what = {"kind": kind, "group": group, "version": version, "verbs": list(verbs)}
        rows.append({"name": f"pods/{name}", "singularName": "", "namespaced": True, **what})
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": rows}


def openapi(place: str) -> dict[str, Any]:
    """``/openapi/v3``, or of one group version: that the server checks fields itself (``fieldValidation``)."""
    if not place:
        listed = {f"apis/{each.group_version}" if each.group else "api/v1" for each in SERVED}
        return {"paths": {each: {"serverRelativeURL": f"/openapi/v3/{each}"} for each in sorted(listed)}}
    group_version = place.partition("/")[2]
    check = [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}]
    paths = {}
    for each in SERVED:
        if each.group_version == group_version:
            kind = {"group": each.group, "version": each.version, "kind": each.kind}
            patch = {"parameters": check, "responses": {}, "x-kubernetes-group-version-kind": kind}
            paths[f"/{place}/{each.plural}/{{name}}"] = {"patch": patch}
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1"}, "paths": paths}
