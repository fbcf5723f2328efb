"""Who asks, and may they: authentication and authorization of a request.

A user carries the groups that its credentials name; the cluster's own users (kubeadm's administrators,
nodes, ServiceAccounts) carry those of their certificates and tokens. The group ``system:masters`` may do
everything, as in every API server; all others are judged by RBAC. A simplification: the control plane's
own components (controllers, scheduler, kubelets) come with that group, where upstream gives each a role.
Upstream: apiserver pkg/endpoints/filters, pkg/endpoints/request/requestinfo.go,
pkg/authentication/serviceaccount, authorizerfactory NewPrivilegedGroups.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from attrs import field, frozen

from kdisco.errors import Forbidden, Unauthorized
from kdisco.model.kinds import Resource
from kdisco.model.rbac import ACCOUNT
from kdisco.phrase import Phrase
from kdisco.store.events import ADMIN
from kdisco.store.rbac import Asked, Grant, User, allows, dangling, grants
from kdisco.store.table import View

__all__ = ["ANONYMOUS", "MASTERS", "Access", "access", "asked", "authenticate", "authorize", "known_as", "may_visit"]

MASTERS = ("system:masters",)
ANONYMOUS, UNAUTHENTICATED, AUTHENTICATED = "system:anonymous", "system:unauthenticated", "system:authenticated"
CREDENTIALS: Mapping[str, tuple[str, ...]] = {  # the groups that the certificates of the cluster's own users name
    ADMIN: ("kubeadm:cluster-admins",),
    "kubernetes-super-admin": MASTERS,
    "system:apiserver": MASTERS,
}
NODE = "system:node:"
REASON, RULE, ROLE, BINDING = Phrase("reason"), Phrase("rule"), Phrase("role"), Phrase("binding")
ACCOUNT_PARTS = 4  # system:serviceaccount:NAMESPACE:NAME


@frozen
class Access:
    """Whether somebody may do something, and why: true or false itself, its text is a sentence.

    ``grant`` is the rule that allows it, with its role and binding; None where none does, and for
    ``system:masters``, who need none. ``problem`` is what RBAC could not look up, "" when it found all.
    """

    allowed: bool
    reason: str
    grant: Grant | None = field(default=None, repr=False)
    problem: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        """Whether it is allowed."""
        return self.allowed

    @property
    def note(self) -> str:
        """A sentence for the stage that authorizes: the role first, then who bound it to whom."""
        if self.grant is None:
            return self.reason
        binding, subject = self.grant.binding, self.grant.subject
        words = "RBAC: allowed by {role}, bound by {kind} {binding} to {whom} {name}"
        named = {"kind": binding.KIND, "binding": binding.name, "whom": subject.kind, "name": subject.name}
        return Phrase(words, role=self.grant.role, **named)

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The rule that decides, the role it is of, the binding that gives it; where none was needed, why."""
        if self.grant is None:
            return ((REASON, self.reason),)
        binding = str(self.grant)
        return (RULE, str(self.grant.rule)), (ROLE, self.grant.role), (BINDING, binding)

    def __str__(self) -> str:
        """``yes`` or ``no`` and why."""
        return f"{'yes' if self.allowed else 'no'}: {self.reason}"


@lru_cache(maxsize=256)  # the components of the control plane write most
def authenticate(name: str, groups: tuple[str, ...] = ()) -> User:
    """The user of a request; raises Unauthorized when there is none."""
    if not name:
        msg = "Unauthorized"
        raise Unauthorized(msg)
    if name == ANONYMOUS:
        return User(name, (UNAUTHENTICATED,))
    return User(name, tuple(dict.fromkeys((*_credentials(name), *groups, AUTHENTICATED))))


def _credentials(name: str) -> tuple[str, ...]:
    parts = name.split(":")
    if name.startswith(f"{ACCOUNT}:") and len(parts) == ACCOUNT_PARTS and all(parts):
        return "system:serviceaccounts", f"system:serviceaccounts:{parts[2]}"
    if name.startswith(NODE):
        return ("system:nodes",)
    return CREDENTIALS.get(name, ())


@lru_cache(maxsize=256)
def known_as(user: User) -> str:
    """A user and its groups as a sentence; that it is authenticated goes without saying."""
    groups = [group for group in user.groups if group != AUTHENTICATED] or list(user.groups)
    return Phrase("user {user} of {groups}", user=user.name, groups=", ".join(groups))


def asked(row: Resource, verb: str, namespace: str, name: str = "", subresource: str = "") -> Asked:
    """What a request for a resource asks for; one for a namespace by name is made within that namespace."""
    space = namespace if row.namespaced else (name if row.plural == "namespaces" else "")
    return Asked(
        verb=verb, group=row.group, resource=row.plural, subresource=subresource, namespace=space, name=name
    )


def access(view: View, user: User, wish: Asked) -> Access:
    """Whether a user may do something: the first rule in the order of bindings that allows it decides."""
    if not set(MASTERS).isdisjoint(user.groups):
        return Access(True, Phrase("{group} may do everything", group=MASTERS[0]))  # noqa: FBT003 - reads as a verdict
    for grant in grants(view, user, wish.namespace):
        if allows(grant.rule, wish):
            return Access(True, Phrase("RBAC: allowed by {grant}", grant=grant), grant)  # noqa: FBT003 - as above
    problem = dangling(view, user, wish.namespace)
    refusal = _refusal(user, wish)
    return Access(False, f"{refusal}: {problem}" if problem else refusal, problem=problem)  # noqa: FBT003 - as above


def may_visit(view: View, user: User, verb: str, path: str) -> bool:
    """Whether a user may ask for a path that is no resource. Upstream: evaluation_helpers.go NonResourceURLMatches."""
    return not set(MASTERS).isdisjoint(user.groups) or any(
        not {"*", verb}.isdisjoint(grant.rule.verbs)
        and any(url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*")))
                for url in grant.rule.non_resource_urls)
        for grant in grants(view, user, "")
    )


def authorize(view: View, user: User, wish: Asked) -> Access:
    """Why a request may go on; raises Forbidden in RBAC's words."""
    found = access(view, user, wish)
    if not found:
        qualified = f"{wish.resource}.{wish.group}" if wish.group else wish.resource
        target = f'{qualified} "{wish.name}"' if wish.name else qualified
        details = {"name": wish.name, "group": wish.group, "kind": wish.resource}
        msg = f"{target} is forbidden: {found.reason}"
        raise Forbidden(msg, {name: value for name, value in details.items() if value})
    return found


def _refusal(user: User, wish: Asked) -> str:
    what = f"{wish.resource}/{wish.subresource}" if wish.subresource else wish.resource
    where = f'in the namespace "{wish.namespace}"' if wish.namespace else "at the cluster scope"
    return f'User "{user.name}" cannot {wish.verb} resource "{what}" in API group "{wish.group}" {where}'
