"""Admission: plugins that may change a request or turn it away, in kube-apiserver's order.

Upstream: pkg/kubeapiserver/options/plugins.go (order), plugin/pkg/admission, apiserver pkg/admission/plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from kdisco.errors import Forbidden, NotFound
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import Resource
from kdisco.model.pod import Pod
from kdisco.store.events import Request
from kdisco.store.transaction import Transaction

__all__ = ["MUTATING", "PLUGINS", "VALIDATING", "mutate"]

PLUGINS = (
    "NamespaceLifecycle",
    "LimitRanger",
    "ServiceAccount",
    "TaintNodesByCondition",
    "PodSecurity",
    "Priority",
    "DefaultTolerationSeconds",
    "DefaultStorageClass",
    "StorageObjectInUseProtection",
    "PersistentVolumeClaimResize",
    "RuntimeClass",
    "CertificateApproval",
    "CertificateSigning",
    "ClusterTrustBundleAttest",
    "CertificateSubjectRestriction",
    "DefaultIngressClass",
    "PodTopologyLabels",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionWebhook",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
    "ResourceQuota",
)
MUTATING = PLUGINS[:-3]
VALIDATING = PLUGINS[-3:]
UNDELETABLE = ("default", "kube-system", "kube-public")
EVICTION_SECONDS = 300

Plugin = Callable[[Transaction, Resource, Request, Any], Any]


def _namespace_lifecycle(txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
    """Nothing comes into a namespace that is missing or going; three namespaces never go."""
    if request.verb == "delete" and row.plural == "namespaces" and request.name in UNDELETABLE:
        msg = f'namespaces "{request.name}" is forbidden: this namespace may not be deleted'
        raise Forbidden(msg, {"name": request.name, "kind": "namespaces"})
    if request.verb != "create" or not row.namespaced:
        return found
    name = found.namespace
    namespace = txn.get("namespaces", ("", name))
    if namespace is None:
        msg_0 = f'namespaces "{name}" not found'
        raise NotFound(msg_0, {"name": name, "kind": "namespaces"})
    if namespace.deleting:
        words = f"unable to create new content in namespace {name} because it is being terminated"
        msg = f'{row.qualified} "{found.name}" is forbidden: {words}'
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {name} is being terminated",
            "field": "metadata.namespace",
        }
        raise Forbidden(msg, {"name": found.name, "kind": row.plural, "causes": [cause]})
    return found


def _service_account(_txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
    """A Pod that names no service account runs as ``default``."""
    if not isinstance(found, Pod) or row.plural != "pods" or request.verb != "create":
        return found
    name = found.spec.service_account_name or "default"
    kept = found.spec.kept.merged({"serviceAccount": name})
    return evolve(found, spec=evolve(found.spec, service_account_name=name, kept=kept))


def _keep(name: str, value: Any) -> Plugin:
    """A plugin that gives new Pods a field that the model keeps but does not act on."""

    def plugin(_txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
        if row.plural != "pods" or request.verb != "create" or name in found.spec.kept:
            return found
        return evolve(found, spec=evolve(found.spec, kept=found.spec.kept.merged({name: value})))

    return plugin


def _toleration(condition: str) -> FrozenMap[str, Any]:
    key = f"node.kubernetes.io/{condition}"
    return FrozenMap({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": EVICTION_SECONDS})


ACTIONS: Mapping[str, Plugin] = {
    "NamespaceLifecycle": _namespace_lifecycle,
    "ServiceAccount": _service_account,
    "Priority": _keep("priority", 0),
    "DefaultTolerationSeconds": _keep("tolerations", (_toleration("not-ready"), _toleration("unreachable"))),
}


def mutate(txn: Transaction, row: Resource, request: Request, found: Any) -> tuple[Any, tuple[str, ...]]:
    """The object after all mutating plugins, and the names of those that changed it.

    Raises Forbidden or NotFound where a plugin turns the request away.
    """
    changed = []
    for name, action in ACTIONS.items():
        after = action(txn, row, request, found)
        if after is not found:
            changed.append(name)
        found = after
    return found, tuple(changed)
