"""Roles and bindings in API form, as short as a test wants them."""

from __future__ import annotations

from typing import Any

__all__ = ["GROUP", "bind", "role", "rule"]

GROUP = "rbac.authorization.k8s.io"


def rule(verbs: str, resources: str, group: str = "", *names: str) -> dict[str, Any]:
    """A rule from words with blanks between."""
    named = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()} | named


def role(name: str, *rules: dict[str, Any], namespace: str = "", **meta: Any) -> dict[str, Any]:
    """A Role of a namespace, or a ClusterRole."""
    kind, place = ("Role", {"namespace": namespace}) if namespace else ("ClusterRole", {})
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name} | place | meta,
        "rules": list(rules),
    }


def bind(name: str, ref: str, *subjects: str, namespace: str = "") -> dict[str, Any]:
    """A binding of ``Role/x`` or ``ClusterRole/x`` to ``User/x``, ``Group/x`` or ``ServiceAccount/ns/x``."""
    kind, place = ("RoleBinding", {"namespace": namespace}) if namespace else ("ClusterRoleBinding", {})
    ref_kind, _, ref_name = ref.partition("/")
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name} | place,
        "roleRef": {"kind": ref_kind, "name": ref_name},
        "subjects": [_subject(*each.split("/")) for each in subjects],
    }


def _subject(kind: str, *place: str) -> dict[str, str]:
    if len(place) == 1:
        return {"kind": kind, "name": place[0]}
    return {"kind": kind, "namespace": place[0], "name": place[1]}
