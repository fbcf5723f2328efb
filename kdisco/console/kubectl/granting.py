"""``kubectl create role``, ``clusterrole`` and their bindings. Upstream: kubectl pkg/cmd/create."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kdisco.console.kubectl import documents as made
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.making import create_object, name_given
from kdisco.console.kubectl.resources import find_or_none, unknown_kind

__all__ = ["binding", "role"]

Asked = tuple[str, str, str]  # group, resource and subresource
VERBS = (
    "*", "get", "delete", "list", "create", "update", "patch", "watch", "proxy", "deletecollection", "use", "bind",
    "escalate", "impersonate",
)
ROLES = ((made.RBAC, "roles"), (made.RBAC, "clusterroles"))
SPECIAL = {  # verbs that mean something for some resources only
    "use": (("policy", "podsecuritypolicies"), ("extensions", "podsecuritypolicies")),
    "bind": ROLES,
    "escalate": ROLES,
    "impersonate": (("", "users"), ("", "serviceaccounts"), ("", "groups"), ("authentication.k8s.io", "userextras")),
}


def role(call: Call) -> None:
    """``create role`` and ``create clusterrole``."""
    kind, name = ("ClusterRole" if call.verb.endswith("clusterrole") else "Role"), name_given(call)
    verbs, urls = list(dict.fromkeys(call.flag("verb") or ())), list(call.flag("non-resource-url") or ())
    names = list(call.flag("resource-name") or ())
    if aggregation := dict(text.partition("=")[::2] for text in call.flag("aggregation-rule") or ()):
        if verbs or urls or names or call.flag("resource"):
            msg = "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames"
            raise refuse(msg)
        create_object(call, made.role(kind, name, None, aggregation))
        return
    if not verbs:
        msg = "at least one verb must be specified"
        raise refuse(msg)
    asked = _resources(call.flag("resource") or ())
    if not asked and not urls:
        msg = "one of resource or nonResourceURL must be specified" if kind == "ClusterRole" else (
            "at least one resource must be specified"
        )
        raise refuse(msg)
    _check_verbs(call, verbs, asked)
    verbs = ["*"] if "*" in verbs else verbs
    groups: dict[str, list[str]] = {}
    for group, resource, part in asked:
        groups.setdefault(group, []).append(resource + (f"/{part}" if part else ""))
    more = {"resourceNames": names} if names else {}
    rules: list[dict[str, Any]] = [
        {"verbs": verbs, "apiGroups": [group], "resources": resources, **more}
        for group, resources in sorted(groups.items())
    ]
    if urls:
        rules.append({"verbs": verbs, "nonResourceURLs": urls})
    create_object(call, made.role(kind, name, rules, {}))


def _resources(texts: Iterable[str]) -> list[Asked]:
    """What ``--resource`` names; raises UsageError for what the server does not have."""
    asked: list[Asked] = []
    for text in texts:
        base, _, part = text.partition("/")
        if text == "*":
            return [("", "*", "")]
        found = find_or_none(base)
        if found is None:
            raise unknown_kind(base)
        asked.append((found.group, found.plural, part))
    return asked


def _check_verbs(call: Call, verbs: Iterable[str], asked: Iterable[Asked]) -> None:
    """Warn of verbs that nobody knows; raise UsageError for those that the resources do not have."""
    for verb in verbs:
        if verb not in VERBS:
            call.complain(f"Warning: '{verb}' is not a standard resource verb")
        for group, resource, _ in asked if verb in SPECIAL else ():
            if (group, resource) not in SPECIAL[verb]:
                msg = f"can not perform '{verb}' on '{resource}' in group '{group}'"
                raise refuse(msg)


def binding(call: Call) -> None:
    """``create rolebinding`` and ``create clusterrolebinding``."""
    kind, name = ("ClusterRoleBinding" if "cluster" in call.verb else "RoleBinding"), name_given(call)
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
        space, _, account = text.partition(":")
        if not space or not account or ":" in account:
            msg = "serviceaccount must be <namespace>:<name>"
            raise refuse(msg)
        subjects.append({"kind": "ServiceAccount", "name": account, "namespace": space})
    create_object(call, made.binding(kind, name, ("ClusterRole", wide) if wide else ("Role", own), subjects))
