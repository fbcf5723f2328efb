"""RBAC: whether a rule allows what is asked, and which rules a user has. Purely additive: nothing denies.

Upstream: plugin/pkg/auth/authorizer/rbac, pkg/apis/rbac/v1/evaluation_helpers.go,
pkg/registry/rbac/validation/rule.go, component-helpers auth/rbac/validation/policy_comparator.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from attrs import evolve

from kdisco.model.codec import decode
from kdisco.model.rbac import ClusterRole, PolicyRule, Role, RoleBinding, RoleRef, Subject
from kdisco.model.selector import LabelSelector
from kdisco.store.table import View

__all__ = [
    "FULL_AUTHORITY", "Asked", "Grant", "User", "aggregated", "allows", "dangling", "grants", "missing", "role_rules",
]  # fmt: skip

FULL_AUTHORITY = (
    PolicyRule(verbs=("*",), api_groups=("*",), resources=("*",)),
    PolicyRule(verbs=("*",), non_resource_urls=("*",)),
)


class User(NamedTuple):
    """Who asks: a name and the groups it belongs to."""

    name: str
    groups: tuple[str, ...] = ()


class Asked(NamedTuple):
    """What somebody wants to do. ``namespace`` "" is the whole cluster, ``name`` "" none in particular."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""


class Grant(NamedTuple):
    """A rule that a user has, and how: the binding, the subject in it that is the user, the role."""

    rule: PolicyRule
    binding: RoleBinding
    subject: Subject

    @property
    def role(self) -> str:
        """The role as ``ClusterRole view``."""
        return f"{self.binding.role_ref.kind} {self.binding.role_ref.name}"

    def __str__(self) -> str:
        """The way of the grant, as the API server's audit log names it."""
        ref, space = self.binding.role_ref, self.binding.namespace
        name = f"{self.binding.name}/{space}" if space else self.binding.name
        to = self.subject.name
        if self.subject.kind == "ServiceAccount":
            to = f"{to}/{self.subject.namespace or space}"
        return f'{self.binding.KIND} "{name}" of {ref.kind} "{ref.name}" to {self.subject.kind} "{to}"'


def allows(rule: PolicyRule, asked: Asked) -> bool:
    """Whether a rule allows it: verb, API group, resource and name must all fit.

    ``*`` is any verb, group or resource (with its subresources), ``*/scale`` that subresource of any;
    a resource without its subresource does not include it. Where a rule names objects, what is asked of
    none in particular (create, list) does not fit.
    """
    return (
        not {"*", asked.verb}.isdisjoint(rule.verbs)
        and not {"*", asked.group}.isdisjoint(rule.api_groups)
        and not _resources(asked).isdisjoint(rule.resources)
        and (not rule.resource_names or asked.name in rule.resource_names)
    )


def _resources(asked: Asked) -> set[str]:
    """The ways in which a rule may name what is asked for."""
    if not asked.subresource:
        return {"*", asked.resource}
    return {"*", f"{asked.resource}/{asked.subresource}", f"*/{asked.subresource}"}


def grants(view: View, user: User, namespace: str) -> Iterator[Grant]:
    """The rules that a user has in a namespace, those of ClusterRoleBindings first; "" is the whole cluster."""
    for binding, subject, rules in _bound(view, user, namespace):
        for rule in rules or ():
            yield Grant(rule, binding, subject)


def dangling(view: View, user: User, namespace: str) -> str:
    """The roles that a user's bindings name and that are not there, as the server complains of them; "" for none."""
    found = [binding.role_ref for binding, _, rules in _bound(view, user, namespace) if rules is None]
    words = dict.fromkeys(f'{ref.kind.lower()}.{ref.api_group} "{ref.name}" not found' for ref in found)
    told = ", ".join(words)
    return f"RBAC: {told if len(words) == 1 else f'[{told}]'}" if words else ""


def _bound(
    view: View, user: User, namespace: str
) -> Iterator[tuple[RoleBinding, Subject, tuple[PolicyRule, ...] | None]]:
    """The bindings of a user, each with the subject in it that is the user, and its role's rules if that is there."""
    who = [("User", user.name), *(("Group", group) for group in user.groups)]
    for resource, space in (("clusterrolebindings", ""), *([("rolebindings", namespace)] if namespace else ())):
        table = view.table(resource)
        bindings = {each.name: each for principal in who for each in table.find("subject", space, *principal)}
        for _, binding in sorted(bindings.items()):
            subject = next(each for each in binding.subjects if each.principal(space) in who)
            yield binding, subject, role_rules(view, binding.role_ref, space)


def role_rules(view: View, ref: RoleRef, namespace: str) -> tuple[PolicyRule, ...] | None:
    """The rules of the role that a binding in ``namespace`` refers to; None when there is no such role."""
    if ref.kind == "ClusterRole":
        role: Role | None = view.get("clusterroles", ("", ref.name))
    else:
        role = view.get("roles", (namespace, ref.name))
    return role.rules if role is not None else None


def aggregated(role: ClusterRole, roles: Iterable[ClusterRole]) -> tuple[PolicyRule, ...]:
    """The rules that an aggregating ClusterRole takes over from ``roles``, each once.

    Upstream: pkg/controller/clusterroleaggregation.
    """
    selectors = [decode(LabelSelector, selector) for selector in role.gathers]
    chosen = [each for each in roles if each.name != role.name and any(one.selects(each.labels) for one in selectors)]
    rules = (rule for each in sorted(chosen, key=lambda each: each.name) for rule in each.rules)
    return tuple(dict.fromkeys(rules))


def missing(held: Iterable[PolicyRule], wanted: Iterable[PolicyRule]) -> list[str]:
    """What ``wanted`` allows and ``held`` does not, in the words of the message; empty when all is held.

    Rules are taken apart into one verb on one resource each, and what is missing is put together by resource.
    """
    mine, found = tuple(held), dict[Any, list[str]]()
    for part in (part for rule in wanted for part in _parts(rule)):
        if not any(_covers(rule, part) for rule in mine):
            found.setdefault(evolve(part, verbs=()), []).extend(part.verbs)
    lines: set[str] = set()
    for rest, verbs in found.items():
        simple = not rest.resource_names and not rest.non_resource_urls
        lines.update(str(evolve(rest, verbs=each)) for each in ([tuple(verbs)] if simple else [(v,) for v in verbs]))
    return sorted(lines)


def _parts(rule: PolicyRule) -> Iterator[PolicyRule]:
    for group in rule.api_groups:
        for resource in rule.resources:
            for verb in rule.verbs:
                part = PolicyRule(verbs=(verb,), api_groups=(group,), resources=(resource,))
                if rule.resource_names:
                    yield from (evolve(part, resource_names=(name,)) for name in rule.resource_names)
                else:
                    yield part
    for url in rule.non_resource_urls:
        yield from (PolicyRule(verbs=(verb,), non_resource_urls=(url,)) for verb in rule.verbs)


def _covers(rule: PolicyRule, part: PolicyRule) -> bool:
    """Whether a rule allows all that a part of another one does."""
    if {"*", *part.verbs}.isdisjoint(rule.verbs):
        return False
    if part.non_resource_urls:
        (path,) = part.non_resource_urls
        return any(url == path or (url[-1:] == "*" and path.startswith(url[:-1])) for url in rule.non_resource_urls)
    (resource,) = part.resources
    _, slash, subresource = resource.partition("/")
    ways = {"*", resource, *([f"*/{subresource}"] if slash else ())}
    names = part.resource_names
    return (
        not {"*", *part.api_groups}.isdisjoint(rule.api_groups)
        and not ways.isdisjoint(rule.resources)
        and (not rule.resource_names or (bool(names) and set(names) <= set(rule.resource_names)))
    )
