"""Roles and their bindings: who may do what. Source: rbac/v1.

Of a ClusterRole's aggregationRule only the selectors matter; it is kept as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object
from kdisco.model.value import Value

__all__ = ["GROUP", "ClusterRole", "ClusterRoleBinding", "PolicyRule", "Role", "RoleBinding", "RoleRef", "Subject"]

GROUP = "rbac.authorization.k8s.io"
ACCOUNT = "system:serviceaccount"  # how the user name of a ServiceAccount begins


@frozen(kw_only=True, repr=False)
class PolicyRule(Value):
    """Verbs on resources of API groups, on those with these names alone where any are named; or on URL paths."""

    verbs: tuple[str, ...] = field(default=(), metadata={"keep": True})
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = field(default=(), metadata={"name": "nonResourceURLs"})

    def __str__(self) -> str:
        """Go's short form, as messages about escalation show it."""
        parts = (
            ("APIGroups", self.api_groups),
            ("Resources", self.resources),
            ("NonResourceURLs", self.non_resource_urls),
            ("ResourceNames", self.resource_names),
            ("Verbs", self.verbs),
        )
        quoted = ((name, " ".join(f'"{each}"' for each in values)) for name, values in parts if values)
        return "{" + ", ".join(f"{name}:[{values}]" for name, values in quoted) + "}"


@frozen(kw_only=True, repr=False)
class Subject(Value):
    """Who gets a role: a User, a Group or a ServiceAccount."""

    kind: str = field(default="", metadata={"keep": True})
    api_group: str = ""
    name: str = field(default="", metadata={"keep": True})
    namespace: str = ""

    def principal(self, namespace: str) -> tuple[str, str]:
        """What is compared with who asks: ("Group", name) or ("User", name). ``namespace`` is the binding's."""
        if self.kind != "ServiceAccount":
            return self.kind, self.name
        space = self.namespace or namespace
        return ("User", f"{ACCOUNT}:{space}:{self.name}") if space else ("", "")


@frozen(kw_only=True, repr=False)
class RoleRef(Value):
    """The role that a binding gives; it never changes."""

    api_group: str = field(default="", metadata={"keep": True})
    kind: str = field(default="", metadata={"keep": True})
    name: str = field(default="", metadata={"keep": True})


@frozen(kw_only=True, repr=False)
class Role(Object):
    """What whoever has it may do in its namespace."""

    rules: tuple[PolicyRule, ...] = field(default=(), metadata={"keep": True})
    kept: FrozenMap[str, Any] = FrozenMap()
    KIND: ClassVar[str] = "Role"
    API_VERSION: ClassVar[str] = f"{GROUP}/v1"


class ClusterRole(Role):
    """What whoever has it may do everywhere, or in the namespace of the RoleBinding that gives it."""

    __slots__ = ()
    KIND: ClassVar[str] = "ClusterRole"
    KEPT: ClassVar[frozenset[str]] = frozenset({"aggregationRule"})

    @property
    def gathers(self) -> tuple[FrozenMap[str, Any], ...]:
        """The label selectors (API form) of the ClusterRoles whose rules it takes over; () when it has its own."""
        rule = self.kept.get("aggregationRule") or {}
        selectors: tuple[FrozenMap[str, Any], ...] = rule.get("clusterRoleSelectors", ())
        return selectors


@frozen(kw_only=True, repr=False)
class RoleBinding(Object):
    """Gives a Role, or a ClusterRole within its namespace, to subjects."""

    subjects: tuple[Subject, ...] = ()
    role_ref: RoleRef = field(factory=RoleRef, metadata={"keep": True})
    KIND: ClassVar[str] = "RoleBinding"
    API_VERSION: ClassVar[str] = f"{GROUP}/v1"

    def principals(self) -> Iterator[tuple[str, str]]:
        """Whom it gives the role, as ``Subject.principal`` tells it, in order."""
        return (subject.principal(self.metadata.namespace) for subject in self.subjects)


class ClusterRoleBinding(RoleBinding):
    """Gives a ClusterRole everywhere."""

    __slots__ = ()
    KIND: ClassVar[str] = "ClusterRoleBinding"
