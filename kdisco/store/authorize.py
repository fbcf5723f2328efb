"""Who asks, and may they: authentication and authorization of a request.

Until roles are modelled, the administrator and the system's own components may do everything and
any other named user may only look. Upstream: apiserver pkg/endpoints/filters.
"""

from __future__ import annotations

from kdisco.errors import Forbidden, Unauthorized
from kdisco.model.kinds import Resource
from kdisco.store.events import ADMIN, Request

__all__ = ["authenticate", "authorize"]


def authenticate(user: str) -> str:
    """The groups of a user as a sentence; raises Unauthorized when there is no user."""
    if not user:
        msg = "Unauthorized"
        raise Unauthorized(msg)
    group = "kubeadm:cluster-admins" if user == ADMIN else "system:authenticated"
    return f"user {user} of {group}"


def authorize(row: Resource, request: Request) -> str:
    """Why a request may go on; raises Forbidden in RBAC's words."""
    if request.user == ADMIN:
        return "RBAC: allowed by ClusterRole cluster-admin"
    if request.user.startswith("system:"):
        return f"RBAC: allowed, {request.user} is a component of the cluster"
    target = f'{row.qualified} "{request.name}"' if request.name else row.qualified
    where = f' in the namespace "{request.namespace}"' if row.namespaced else " at the cluster scope"
    resource = f"{row.plural}/{request.subresource}" if request.subresource else row.plural
    msg = (
        f'{target} is forbidden: User "{request.user}" cannot {request.verb} resource "{resource}" '
        f'in API group "{row.group}"{where}'
    )
    raise Forbidden(msg, {"kind": row.plural} | ({"name": request.name} if request.name else {}))
