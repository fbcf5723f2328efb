"""The roles and bindings of every cluster: what the API server keeps of them, and what kubeadm adds.

Here are those that people meet: the four roles for users, what any user may see, and what the cluster's
DNS and proxies run with. The roles of the control plane's own components are left out: see authorize.py.
Upstream: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go, cmd/kubeadm/app/phases.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from functools import cache

from attrs import evolve

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Labels, ObjectMeta
from kdisco.model.rbac import GROUP, ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef, Subject
from kdisco.store.random import draw
from kdisco.store.rbac import FULL_AUTHORITY, aggregated

__all__ = ["first_roles"]

STREAM = 1 << 40  # uids of these come from numbers that nothing else draws: other random names stay as they are
LABELS: Labels = FrozenMap({"kubernetes.io/bootstrapping": "rbac-defaults"})
KEPT_UP: Labels = FrozenMap({"rbac.authorization.kubernetes.io/autoupdate": "true"})
READ, LOOK, ALL = "get list watch", "list watch", "create delete deletecollection get list patch update watch"
WRITE = "create delete deletecollection patch update"
PAGES = "/livez /readyz /healthz /version /version/"
Rules = tuple[tuple[str, str, str], ...]  # (verbs, API group, resources), words with blanks between

AGGREGATES = ("admin", "edit", "view")
JOINS = {  # whose rules also are those of which role
    "edit": "admin",
    "view": "edit",
    "system:aggregate-to-admin": "admin",
    "system:aggregate-to-edit": "edit",
    "system:aggregate-to-view": "view",
}
ROLES: Mapping[str, Rules] = {
    "system:aggregate-to-admin": (
        ("create", "authorization.k8s.io", "localsubjectaccessreviews"),
        (ALL, GROUP, "roles rolebindings"),
    ),
    "system:aggregate-to-edit": (  # no endpoints, no endpointslices: they could lead to other people's Pods
        (READ, "", "pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy"),
        ("impersonate", "", "serviceaccounts"),
        (WRITE, "", "pods pods/attach pods/proxy pods/exec pods/portforward"),
        ("create", "", "pods/eviction"),
        (
            WRITE,
            "",
            (
                "replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy "
                "persistentvolumeclaims configmaps secrets events"
            ),
        ),
        ("create", "", "serviceaccounts/token"),
        (
            WRITE,
            "apps",
            (
                "statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback "
                "replicasets replicasets/scale"
            ),
        ),
        (WRITE, "autoscaling", "horizontalpodautoscalers"),
        (WRITE, "batch", "jobs cronjobs"),
        (WRITE, "policy", "poddisruptionbudgets"),
        (WRITE, "networking.k8s.io", "networkpolicies ingresses"),
        (ALL, "coordination.k8s.io", "leases"),
    ),
    "system:aggregate-to-view": (
        (
            READ,
            "",
            (
                "pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status "
                "endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps"
            ),
        ),
        (
            READ,
            "",
            (
                "limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status "
                "replicationcontrollers/status pods/log"
            ),
        ),
        (READ, "", "namespaces"),
        (READ, "discovery.k8s.io", "endpointslices"),
        (
            READ,
            "apps",
            (
                "controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status "
                "deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale"
            ),
        ),
        (READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
        (READ, "batch", "jobs cronjobs cronjobs/status jobs/status"),
        (READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
        (READ, "networking.k8s.io", "networkpolicies ingresses ingresses/status"),
    ),
    "system:basic-user": (
        ("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
        ("create", "authentication.k8s.io", "selfsubjectreviews"),
    ),
    "system:discovery": (("get", "/", f"{PAGES} /openapi /openapi/* /api /api/* /apis /apis/*"),),
    "system:public-info-viewer": (("get", "/", PAGES),),
    "system:node-proxier": (
        (LOOK, "", "services"),
        (READ, "", "nodes"),
        ("create patch update", "", "events"),
        ("create patch update", "events.k8s.io", "events"),
        (LOOK, "discovery.k8s.io", "endpointslices"),
        (LOOK, "networking.k8s.io", "servicecidrs"),
    ),
}
BINDINGS = {  # binding: role, subjects as Kind/name or ServiceAccount/namespace/name
    "cluster-admin": ("cluster-admin", "Group/system:masters"),
    "system:basic-user": ("system:basic-user", "Group/system:authenticated"),
    "system:discovery": ("system:discovery", "Group/system:authenticated"),
    "system:public-info-viewer": (
        "system:public-info-viewer",
        "Group/system:authenticated Group/system:unauthenticated",
    ),
    "system:node-proxier": ("system:node-proxier", "User/system:kube-proxy"),
}
ADMINISTRATORS = {"kubeadm:cluster-admins": ("cluster-admin", "Group/kubeadm:cluster-admins")}  # kubeadm's
ADDON_ROLES: Mapping[str, Rules] = {
    "system:coredns": ((LOOK, "", "endpoints services pods namespaces"), (LOOK, "discovery.k8s.io", "endpointslices")),
}
ADDON_BINDINGS = {
    "kubeadm:node-proxier": ("system:node-proxier", "ServiceAccount/kube-system/kube-proxy"),
    "system:coredns": ("system:coredns", "ServiceAccount/kube-system/coredns"),
}


def first_roles(seed: int, *, addons: bool) -> Iterator[ClusterRole | ClusterRoleBinding]:
    """The ClusterRoles and ClusterRoleBindings of a new cluster: of what the server sets they have a uid alone."""
    for number, found in enumerate(_all(addons)):
        high, low = (draw(seed, -STREAM - 2 * number - place) for place in (0, 1))
        yield found.with_meta(uid=str(uuid.UUID(int=high << 64 | low, version=4)))


@cache
def _all(addons: bool) -> tuple[ClusterRole | ClusterRoleBinding, ...]:  # noqa: FBT001 - the key of a cache
    plain = [_role(name, rules) for name, rules in ROLES.items()]
    plain.append(ClusterRole(metadata=_meta("cluster-admin"), rules=FULL_AUTHORITY))
    known = {role.name: role for role in plain}
    for name in reversed(AGGREGATES):  # view first: edit takes it over
        role = _gathering(name)
        known[name] = evolve(role, rules=aggregated(role, known.values()))
    found: list[ClusterRole | ClusterRoleBinding] = list(known.values())
    found += [_binding(name, *row, KEPT_UP) for name, row in BINDINGS.items()]
    found += [_binding(name, *row) for name, row in ADMINISTRATORS.items()]
    if addons:
        found += [_role(name, rules) for name, rules in ADDON_ROLES.items()]
        found += [_binding(name, *row) for name, row in ADDON_BINDINGS.items()]
    return tuple(found)


def _role(name: str, rules: Rules) -> ClusterRole:
    return ClusterRole(metadata=_meta(name), rules=tuple(_rule(*row) for row in rules))


def _rule(verbs: str, group: str, resources: str) -> PolicyRule:
    """A rule; the group ``/`` stands for URL paths."""
    named = tuple(sorted(resources.split()))
    if group == "/":
        return PolicyRule(verbs=tuple(verbs.split()), non_resource_urls=named)
    return PolicyRule(verbs=tuple(verbs.split()), api_groups=(group,), resources=named)


def _gathering(name: str) -> ClusterRole:
    """A ClusterRole whose rules are those of the ClusterRoles that say so in a label."""
    selector = FrozenMap({"matchLabels": FrozenMap({f"{GROUP}/aggregate-to-{name}": "true"})})
    rule = FrozenMap({"clusterRoleSelectors": (selector,)})
    return ClusterRole(metadata=_meta(name), kept=FrozenMap({"aggregationRule": rule}))


def _meta(name: str) -> ObjectMeta:
    joins = {f"{GROUP}/aggregate-to-{JOINS[name]}": "true"} if name in JOINS else {}
    return ObjectMeta(name=name, labels=LABELS.merged(joins), annotations=KEPT_UP)


def _binding(name: str, role: str, subjects: str, annotations: Labels = FrozenMap()) -> ClusterRoleBinding:
    labels = LABELS if annotations else FrozenMap[str, str]()
    return ClusterRoleBinding(
        metadata=ObjectMeta(name=name, labels=labels, annotations=annotations),
        subjects=tuple(_subject(*each.split("/")) for each in subjects.split()),
        role_ref=RoleRef(api_group=GROUP, kind="ClusterRole", name=role),
    )


def _subject(kind: str, *place: str) -> Subject:
    if kind == "ServiceAccount":
        namespace, name = place
        return Subject(kind=kind, namespace=namespace, name=name)
    return Subject(kind=kind, api_group=GROUP, name=place[0])
