"""What roles and their bindings must be. Upstream: pkg/apis/rbac/validation/validation.go."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.model.rbac import GROUP, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject
from kdisco.store.field import Cause, invalid, required, unsupported
from kdisco.store.validate.names import DNS_1123_SUBDOMAIN

__all__ = ["binding", "role"]

SUBJECTS = ("ServiceAccount", "User", "Group")


def role(new: Role, _old: Role | None) -> Iterator[Cause]:
    """Rules that say on what and which verbs."""
    for i, rule in enumerate(new.rules):
        yield from _rule(f"rules[{i}]", rule, namespaced=new.KIND == "Role")


def _rule(at: str, rule: PolicyRule, *, namespaced: bool) -> Iterator[Cause]:
    if not rule.verbs:
        yield required(f"{at}.verbs", "verbs must contain at least one value")
    urls = rule.non_resource_urls
    if urls:
        if namespaced:
            yield invalid(f"{at}.nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs")
        if rule.api_groups or rule.resources or rule.resource_names:
            words = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid(f"{at}.nonResourceURLs", urls, words)
        return
    if not rule.api_groups:
        yield required(f"{at}.apiGroups", "resource rules must supply at least one api group")
    if not rule.resources:
        yield required(f"{at}.resources", "resource rules must supply at least one resource")


def binding(new: RoleBinding, old: RoleBinding | None) -> Iterator[Cause]:
    """A role that may be given, to subjects that there can be; the role of a binding never changes."""
    everywhere = isinstance(new, ClusterRoleBinding)
    ref, kinds = new.role_ref, ("ClusterRole",) if everywhere else ("Role", "ClusterRole")
    if ref.api_group != GROUP:
        yield unsupported("roleRef.apiGroup", ref.api_group, [GROUP])
    if ref.kind not in kinds:
        yield unsupported("roleRef.kind", ref.kind, kinds)
    if not ref.name:
        yield required("roleRef.name")
    else:
        yield from _path_segment("roleRef.name", ref.name)
    for i, subject in enumerate(new.subjects):
        yield from _subject(f"subjects[{i}]", subject, everywhere=everywhere)
    if old is not None and ref != old.role_ref:
        yield invalid("roleRef", _shown(ref), "cannot change roleRef")


def _subject(at: str, subject: Subject, *, everywhere: bool) -> Iterator[Cause]:
    if not subject.name:
        yield required(f"{at}.name")
    if subject.kind == "ServiceAccount":
        if subject.name:
            problems = DNS_1123_SUBDOMAIN.problems(subject.name)
            yield from (invalid(f"{at}.name", subject.name, words) for words in problems)
        if subject.api_group:
            yield unsupported(f"{at}.apiGroup", subject.api_group, [""])
        if everywhere and not subject.namespace:
            yield required(f"{at}.namespace")
    elif subject.kind in SUBJECTS:
        if not subject.name:
            yield invalid(f"{at}.name", "", f"{subject.kind.lower()} name cannot be empty")
        if subject.api_group != GROUP:
            yield unsupported(f"{at}.apiGroup", subject.api_group, [GROUP])
    else:
        yield unsupported(f"{at}.kind", subject.kind, SUBJECTS)


def _path_segment(field: str, name: str) -> Iterator[Cause]:
    """What is wrong with a name that is to stand in a URL."""
    if name in (".", ".."):
        yield invalid(field, name, f"may not be '{name}'")
        return
    yield from (invalid(field, name, f"may not contain '{letter}'") for letter in "/%" if letter in name)


def _shown(ref: RoleRef) -> dict[str, str]:
    """A role reference as messages show it: the server's inner type, whose fields have Go's names."""
    return {"APIGroup": ref.api_group, "Kind": ref.kind, "Name": ref.name}
