"""Admission: plugins that may change a request or turn it away, in kube-apiserver's order.

The table names every plugin that is on by default, in which of the two phases it works, and what it says
of a request that it leaves alone. Those that matter to Services and Pods do their work here.
Upstream: pkg/kubeapiserver/options/plugins.go (order), plugin/pkg/admission, apiserver pkg/admission/plugin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from attrs import evolve

from kdisco.errors import ApiError, Forbidden, NotFound
from kdisco.model.kinds import Resource
from kdisco.model.pod import Pod
from kdisco.model.taint import Taint, Toleration
from kdisco.phrase import Phrase
from kdisco.store.decode import details
from kdisco.store.events import Request
from kdisco.store.transaction import Transaction

__all__ = ["MUTATING", "PLUGINS", "VALIDATING", "Plugin", "deletion", "mutate", "validate"]

UNDELETABLE = ("default", "kube-system", "kube-public")
EVICTION_SECONDS = 300
NOT_READY = Taint(key="node.kubernetes.io/not-ready", effect="NoSchedule")
OUT_OF_ORDER = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
PREEMPTION = "PreemptLowerPriority"

Told = tuple[tuple[str, str], ...]  # what each plugin says, by its name
Action = Callable[[Transaction, Resource, Request, Any], Any]


def _namespace_lifecycle(txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
    """Nothing comes into a namespace that is missing or going; three namespaces never go."""
    if request.verb == "delete" and row.plural == "namespaces" and request.name in UNDELETABLE:
        msg = f'namespaces "{request.name}" is forbidden: this namespace may not be deleted'
        raise Forbidden(msg, details(row, request.name))
    if request.verb != "create" or not row.namespaced:
        return found
    name = found.namespace
    namespace = txn.get("namespaces", ("", name))
    if namespace is None:
        msg = f'namespaces "{name}" not found'
        raise NotFound(msg, {"name": name, "kind": "namespaces"})
    if namespace.deleting:
        refusal = _forbidden(
            row, found, f"unable to create new content in namespace {name} because it is being terminated"
        )
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {name} is being terminated",
            "field": "metadata.namespace",
        }
        refusal.details["causes"] = [cause]
        raise refusal
    return found


def _service_account(_txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
    """A Pod that names no ServiceAccount runs as ``default``."""
    if row.plural != "pods" or request.verb != "create" or request.subresource:
        return found
    pod: Pod = found
    name = pod.spec.service_account_name or pod.spec.kept.get("serviceAccount") or "default"
    kept = pod.spec.kept.merged({"serviceAccount": name})
    spec = evolve(pod.spec, service_account_name=name, kept=kept)
    return pod if spec == pod.spec else evolve(pod, spec=spec)


def _node_taint(_txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
    """No Pod comes to a new node before it is known to be ready; one that says so as it comes is taken at its word."""
    if row.plural != "nodes" or request.verb != "create" or found.ready:
        return found
    if any((each.key, each.effect) == (NOT_READY.key, NOT_READY.effect) for each in found.spec.taints):
        return found
    return evolve(found, spec=evolve(found.spec, taints=(*found.spec.taints, NOT_READY)))


def _priority(txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
    """The number that a Pod's priority class stands for; nobody gives it himself. It stays for good."""
    if row.plural != "pods" or request.verb == "delete" or request.subresource:
        return found
    given = found.spec.kept
    if request.verb != "create":
        old = txn.get("pods", found.key).spec.kept
        stays = {name: old[name] for name in ("priority", "preemptionPolicy") if name in old and name not in given}
        return evolve(found, spec=evolve(found.spec, kept=given.merged(stays))) if stays else found
    name = given.get("priorityClassName") or ""
    if name and name not in PRIORITIES:
        raise _forbidden(row, found, f"no PriorityClass with name {name} was found")
    number, computed = PRIORITIES.get(name, 0), "priority admission controller computed"
    claimed, policy = given.get("priority"), given.get("preemptionPolicy") or PREEMPTION
    if claimed not in (None, number):
        words = f"the integer value of priority ({claimed}) must not be provided in pod spec"
        raise _forbidden(row, found, f"{words}; {computed} {number} from the given PriorityClass name")
    if policy != PREEMPTION:
        words = f"the string value of PreemptionPolicy ({policy}) must not be provided in pod spec"
        raise _forbidden(row, found, f"{words}; {computed} {PREEMPTION} from the given PriorityClass name")
    return evolve(
        found, spec=evolve(found.spec, kept=given.merged({"priority": number, "preemptionPolicy": policy}))
    )


def _tolerations(_txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
    """A Pod that says nothing of nodes out of order stays there for five minutes."""
    if row.plural != "pods" or request.verb == "delete" or request.subresource:
        return found
    given = found.spec.tolerations
    said = {each.key for each in given if each.effect in ("", "NoExecute")}
    keys = [key for key in OUT_OF_ORDER if said.isdisjoint((key, ""))]
    added = tuple(
        Toleration(key=key, operator="Exists", effect="NoExecute", toleration_seconds=EVICTION_SECONDS) for key in keys
    )
    return evolve(found, spec=evolve(found.spec, tolerations=(*given, *added))) if added else found


def _forbidden(row: Resource, found: Any, words: str) -> Forbidden:
    """A plugin's refusal; an object whose name is yet to be made is called by what it is to begin with."""
    name = found.name or found.metadata.generate_name or "Unknown"
    return Forbidden(f'{row.qualified} "{name}" is forbidden: {words}', details(row, name))


class Plugin(NamedTuple):
    """An admission plugin: in which phases it works, what it says of a request that it leaves alone, what it does.

    ``did`` is what it says when ``act`` has changed the object.
    """

    name: str
    phases: str
    word: str
    act: Action | None = None
    did: str = ""


BOTH = "mutating, validating"
PLUGINS = (
    Plugin("NamespaceLifecycle", "mutating", Phrase("the namespace takes it"), _namespace_lifecycle),
    Plugin("LimitRanger", BOTH, Phrase("no LimitRange is set")),
    Plugin("ServiceAccount", BOTH, Phrase("for Pods"), _service_account, Phrase("runs as its ServiceAccount")),
    Plugin("TaintNodesByCondition", "mutating", Phrase("for Nodes"), _node_taint, Phrase("no Pods before it is ready")),
    Plugin("PodSecurity", "validating", Phrase("every namespace is at the level privileged")),
    Plugin("Priority", BOTH, Phrase("for Pods"), _priority, Phrase("its class as a number")),
    Plugin(
        "DefaultTolerationSeconds", "mutating", Phrase("for Pods"),
        _tolerations, Phrase("stays 300 s on a node out of order"),
    ),
    Plugin("DefaultStorageClass", "mutating", Phrase("for PersistentVolumeClaims")),
    Plugin("StorageObjectInUseProtection", "mutating", Phrase("for volumes and their claims")),
    Plugin("PodGroupProtection", "mutating", Phrase("for PodGroups")),
    Plugin("PersistentVolumeClaimResize", "validating", Phrase("for PersistentVolumeClaims")),
    Plugin("RuntimeClass", BOTH, Phrase("no RuntimeClass is set")),
    Plugin("CertificateApproval", "validating", Phrase("for certificates")),
    Plugin("CertificateSigning", "validating", Phrase("for certificates")),
    Plugin("ClusterTrustBundleAttest", "validating", Phrase("for certificates")),
    Plugin("CertificateSubjectRestriction", "validating", Phrase("for certificates")),
    Plugin("DefaultIngressClass", "mutating", Phrase("for Ingresses")),
    Plugin("PodTopologyLabels", "mutating", Phrase("for the binding of Pods")),
    Plugin("PodGroupWorkloadExists", "validating", Phrase("for PodGroups")),
    Plugin("NodeDeclaredFeatureValidator", "validating", Phrase("for Pods that a node must support")),
    Plugin("JobValidation", "validating", Phrase("for Jobs")),
    Plugin("PodResizeValidator", "validating", Phrase("for the resizing of Pods")),
    Plugin("MutatingAdmissionPolicy", "mutating", Phrase("no policy is set")),
    Plugin("MutatingAdmissionWebhook", "mutating", Phrase("no webhook is set")),
    Plugin("ValidatingAdmissionPolicy", "validating", Phrase("no policy is set")),
    Plugin("ValidatingAdmissionWebhook", "validating", Phrase("no webhook is set")),
    Plugin("ResourceQuota", "validating", Phrase("no quota is set")),
)
MUTATING = tuple(plugin for plugin in PLUGINS if "mutating" in plugin.phases)
VALIDATING = tuple(plugin for plugin in PLUGINS if "validating" in plugin.phases)
ACTIVE = tuple(plugin for plugin in PLUGINS if plugin.act is not None)
UNTOUCHED: Told = tuple((plugin.name, plugin.word) for plugin in MUTATING)
UNOPPOSED: Told = tuple((plugin.name, plugin.word) for plugin in VALIDATING)
NOTHING_TO_CHANGE = Phrase("{count} plugins: nothing to change", count=len(MUTATING))
NOT_AGAINST = Phrase("{count} plugins: no objection", count=len(VALIDATING))
NOT_AGAINST_REMOVAL = Phrase("{count} plugins: no objection", count=len(PLUGINS))


def mutate(txn: Transaction, row: Resource, request: Request, found: Any) -> tuple[Any, Told, str]:
    """The object after all mutating plugins, what each of them says, and a sentence.

    Raises Forbidden or NotFound where one turns the request away, with a note of its name.
    """
    changed: dict[str, str] = {}
    for plugin in ACTIVE:
        after = _acted(plugin, txn, row, request, found)
        if after is not found:
            changed[plugin.name] = plugin.did
        found = after
    if not changed:
        return found, UNTOUCHED, NOTHING_TO_CHANGE
    told = tuple((name, changed.get(name, word)) for name, word in UNTOUCHED)
    note = Phrase("{count} plugins: changed by {plugins}", count=len(MUTATING), plugins=", ".join(changed))
    return found, told, note


def validate() -> tuple[Told, str]:
    """What the validating plugins say of any request: nothing that they judge by is set in this cluster."""
    return UNOPPOSED, NOT_AGAINST


def deletion(txn: Transaction, row: Resource, request: Request, found: Any) -> tuple[Told, str]:
    """What the plugins say of a deletion; raises Forbidden where one turns it away."""
    for plugin in ACTIVE:
        _acted(plugin, txn, row, request, found)
    return UNTOUCHED, NOT_AGAINST_REMOVAL


def _acted(plugin: Plugin, txn: Transaction, row: Resource, request: Request, found: Any) -> Any:
    assert plugin.act is not None  # noqa: S101 - only those that act are asked
    try:
        return plugin.act(txn, row, request, found)
    except ApiError as refusal:
        refusal.add_note(plugin.name)
        raise
