"""Nobody gives away more than they have: what the API server checks before it stores a role or a binding.

Whoever may ``escalate`` a role, or ``bind`` it, is trusted; so is ``system:masters``.
Upstream: pkg/registry/rbac/escalation_check.go, pkg/registry/rbac/*/policybased/storage.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kdisco.errors import Forbidden
from kdisco.model.kinds import RESOURCES, Resource
from kdisco.model.rbac import GROUP, ClusterRole, PolicyRule, Role, RoleBinding
from kdisco.store.authorize import MASTERS, access
from kdisco.store.decode import details, not_found
from kdisco.store.rbac import FULL_AUTHORITY, Asked, User, grants, missing, role_rules
from kdisco.store.table import View

__all__ = ["confirm"]


def confirm(view: View, user: User, row: Resource, new: Any, old: Any) -> None:
    """Raise Forbidden where a role or binding would give rights that its writer lacks, NotFound for a missing role."""
    if not isinstance(new, Role | RoleBinding) or MASTERS[0] in user.groups:
        return
    if isinstance(new, RoleBinding):
        _confirm_binding(view, user, row, new)
        return
    if access(view, user, _wish("escalate", row.plural, new.namespace, old.name if old else "")):
        return
    _confirm_rules(view, user, row, new, new.rules)
    gathering = [each for each in (new, old) if isinstance(each, ClusterRole) and each.gathers]
    if gathering and missing((grant.rule for grant in grants(view, user, "")), FULL_AUTHORITY):
        msg = f'{row.qualified} "{new.name}" is forbidden: must have cluster-admin privileges to use an aggregationRule'
        raise Forbidden(msg, details(row, new.name))


def _confirm_binding(view: View, user: User, row: Resource, new: RoleBinding) -> None:
    ref = new.role_ref
    roles = {"Role": "roles", "ClusterRole": "clusterroles"}.get(ref.kind, "")
    if roles and access(view, user, _wish("bind", roles, new.namespace, ref.name)):
        return
    rules = role_rules(view, ref, new.namespace) if roles else ()
    if rules is None:
        raise not_found(RESOURCES[roles], ref.name)
    _confirm_rules(view, user, row, new, rules)


def _confirm_rules(
    view: View, user: User, row: Resource, new: Role | RoleBinding, rules: Iterable[PolicyRule]
) -> None:
    lacking = missing((grant.rule for grant in grants(view, user, new.namespace)), rules)
    if lacking:
        groups = " ".join(f'"{group}"' for group in user.groups)
        words = f'user "{user.name}" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:'
        msg = f'{row.qualified} "{new.name}" is forbidden: {words}\n' + "\n".join(lacking)
        raise Forbidden(msg, details(row, new.name))


def _wish(verb: str, resource: str, namespace: str, name: str) -> Asked:
    return Asked(verb=verb, group=GROUP, resource=resource, namespace=namespace, name=name)
