"""The subresource ``scale``: the number of replicas alone, as an object of its own.

Upstream: pkg/registry/apps/{deployment,replicaset,statefulset}/storage ScaleREST, api/autoscaling/v1 Scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from kdisco.errors import BadRequest
from kdisco.store.field import Cause, invalid

__all__ = ["SCALABLE", "scale_of", "scale_problems", "scaled"]

SCALABLE = ("deployments", "replicasets", "statefulsets")  # the resources that have it
GROUP_VERSION = "autoscaling/v1"
SHARED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")  # metadata of the Scale


def scale_of(found: Any) -> dict[str, Any]:
    """The Scale of a Deployment, ReplicaSet or StatefulSet in API form."""
    meta = found.to_dict()["metadata"]
    return {
        "kind": "Scale",
        "apiVersion": GROUP_VERSION,
        "metadata": {name: meta[name] for name in SHARED if name in meta},
        "spec": {"replicas": found.spec.replicas or 0},
        "status": {"replicas": found.status.replicas},
    }


def scaled(found: Any, document: Any) -> Any:
    """The object with the replicas that a Scale asks for; raises BadRequest for what is no Scale."""
    body = document if isinstance(document, Mapping) else {}
    spec, meta = body.get("spec") or {}, body.get("metadata") or {}
    wanted = spec.get("replicas", 0) if isinstance(spec, Mapping) else None
    if type(wanted) is not int or not isinstance(meta, Mapping):
        word = {str: "string", bool: "bool", float: "number", list: "array"}.get(type(wanted), "object")
        at = "Go struct field ScaleSpec.spec.replicas of type int32"
        msg = f'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal {word} into {at}'
        raise BadRequest(msg)
    changed = evolve(found, spec=evolve(found.spec, replicas=wanted))
    return changed.with_meta(
        name=meta.get("name", ""), resource_version=meta.get("resourceVersion", ""), uid=meta.get("uid", "")
    )


def scale_problems(found: Any) -> list[Cause]:
    """What is wrong with the replicas that a Scale asked for."""
    wanted = found.spec.replicas
    return [invalid("spec.replicas", wanted, "must be greater than or equal to 0")] if wanted < 0 else []
