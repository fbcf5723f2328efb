"""Aggregated ClusterRoles: ``view``, ``edit`` and ``admin`` take over the rules of the roles whose labels say so.

Upstream: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Write, update
from kdisco.model.meta import Key, Object
from kdisco.model.rbac import ClusterRole
from kdisco.store.rbac import aggregated
from kdisco.store.table import View

__all__ = ["CONTROLLER"]


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Give one role the rules that it takes over."""
    role: ClusterRole | None = context.view.get("clusterroles", key)
    if role is None or not role.gathers:
        return
    rules = aggregated(role, context.view.list("clusterroles"))
    if rules != role.rules:
        yield update(evolve(role, rules=rules))


def _gathering(view: View, _role: Object) -> Iterator[Key]:
    """Every role that gathers: any change may concern it."""
    return (role.key for role in view.list("clusterroles") if role.gathers)


CONTROLLER = Controller("clusterrole-aggregation", {"clusterroles": _gathering}, reconcile)
