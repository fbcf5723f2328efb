"""Writes that a real kubectl sends over HTTP, handed to the cluster's own API server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdisco import Cluster
from kdisco.console.kubectl.access import rules_of
from kdisco.errors import NotFound
from kdisco.model.codec import encode
from kdisco.rollouts import RESTARTED
from kdisco.store.authorize import access, authenticate, may_visit
from kdisco.store.events import Request
from kdisco.store.rbac import Asked, dangling
from kdisco.store.scale import SCALABLE, scale_of

__all__ = ["REVIEWS", "written"]

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
PATCHES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
REVIEWS = ("authentication.k8s.io", "authorization.k8s.io")  # groups of which nothing is stored
SUCCESS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}


def written(
    cluster: Cluster, method: str, place: Any, query: Mapping[str, str], body: Any, content: str
) -> dict[str, Any]:
    """The answer to a write; raises ApiError."""
    served = place.served
    if served.group in REVIEWS:
        return _reviewed(cluster, served.plural, body)
    if served.row is None:
        msg = f'{served.qualified} "{place.name}" not found'
        raise NotFound(msg)
    if place.part not in ("", "status", "eviction", "binding", *(["scale"] if served.plural in SCALABLE else [])):
        msg = "the server could not find the requested resource"
        raise NotFound(msg)
    options = body if method == "DELETE" or place.part == "eviction" else {}
    if place.part == "eviction":
        method, options = "DELETE", {**body.get("deleteOptions", {})}
    held = options.get("preconditions") or {}
    request = Request(
        verb=VERBS[method],
        resource=served.plural,
        namespace=(place.namespace or "default") if served.namespaced else "",
        name=place.name,
        body=None if method == "DELETE" else _as_of(cluster, body) if "strategic" in content else body,
        subresource="" if place.part == "eviction" else place.part,
        patch_type=PATCHES.get(content.partition(";")[0], "merge"),
        dry_run="dryRun" in query or bool(options.get("dryRun")),
        grace_period=options.get("gracePeriodSeconds"),
        field_validation=query.get("fieldValidation", ""),
        propagation=options.get("propagationPolicy", ""),
        preconditions=(held.get("uid", ""), held.get("resourceVersion", "")),
        manager=query.get("fieldManager", ""),
        force=query.get("force") == "true",
    )
    found = cluster._write([lambda _: request])[0]
    if place.part == "scale":
        return scale_of(found)
    if place.part == "eviction" or (method == "DELETE" and served.plural not in ("pods", "services")):
        return SUCCESS
    answer: dict[str, Any] = found.to_dict()
    return answer


def _as_of(cluster: Cluster, body: Any) -> Any:
    """A body in which the client's clock is the cluster's."""
    if isinstance(body, dict):
        return {
            key: cluster.state.time() if key == RESTARTED else _as_of(cluster, value) for key, value in body.items()
        }
    return [_as_of(cluster, each) for each in body] if isinstance(body, list) else body


def _reviewed(cluster: Cluster, plural: str, body: dict[str, Any]) -> dict[str, Any]:
    spec = body.get("spec", {})
    state, user = cluster.state, authenticate(cluster.user, cluster.groups)
    if plural == "selfsubjectreviews":
        info = {"username": user.name, "groups": list(user.groups)}
        return {**body, "metadata": {"creationTimestamp": state.time()}, "status": {"userInfo": info}}
    if plural == "selfsubjectrulesreviews":
        rules = [encode(each) for each in rules_of(state.view, user, spec.get("namespace", ""))]
        resources = [rule for rule in rules if "resources" in rule]
        paths = [rule for rule in rules if "nonResourceURLs" in rule]
        return {**body, "status": {"incomplete": False, "resourceRules": resources, "nonResourceRules": paths}}
    wish, url = spec.get("resourceAttributes", {}), spec.get("nonResourceAttributes")
    if url is not None:
        allowed = may_visit(state.view, user, url.get("verb", ""), url.get("path", ""))
        problem = dangling(state.view, user, "")
    else:
        found = access(state.view, user, Asked(**{"verb": "", "resource": "", **wish}))
        allowed, problem = bool(found), found.problem
    return {**body, "status": {"allowed": allowed, **({"reason": problem} if problem and not allowed else {})}}
