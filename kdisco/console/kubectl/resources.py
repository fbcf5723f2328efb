"""What the API server serves: the kinds of the model, and beside them those of which it keeps no objects.

Upstream: the discovery documents of kube-apiserver 1.36; apimachinery pkg/api/meta/restmapper.go.
"""

from __future__ import annotations

from functools import cache

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.model.kinds import RESOURCES, Resource

__all__ = ["ALL", "SERVED", "Served", "find", "find_or_none", "kinds", "of_kind", "typed", "unknown_kind"]

FULL = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@frozen
class Served:
    """One row of ``kubectl api-resources``; ``row`` is None where the model keeps no objects of the kind."""

    plural: str
    kind: str
    group_version: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    verbs: tuple[str, ...] = FULL
    categories: tuple[str, ...] = ()
    row: Resource | None = None

    @property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return self.group_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version within the group."""
        return self.group_version.rpartition("/")[2]

    @property
    def qualified(self) -> str:
        """``pods``, ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def type(self) -> str:
        """``pod``, ``deployment.apps``: what stands before a name."""
        return f"{self.kind.lower()}.{self.group}" if self.group else self.kind.lower()

    def named(self, name: str) -> str:
        """``pod/web``, ``deployment.apps/web``."""
        return f"{self.type}/{name}"


IN_ALL = ("pods", "services", "daemonsets", "deployments", "replicasets", "statefulsets")  # `kubectl get all`
EMPTY = (  # served, but nobody in the model makes any
    Served("secrets", "Secret", "v1"),
    Served("serviceaccounts", "ServiceAccount", "v1", ("sa",)),
    Served("persistentvolumeclaims", "PersistentVolumeClaim", "v1", ("pvc",)),
    Served("persistentvolumes", "PersistentVolume", "v1", ("pv",), namespaced=False),
    Served("podtemplates", "PodTemplate", "v1"),
    Served("limitranges", "LimitRange", "v1", ("limits",)),
    Served("resourcequotas", "ResourceQuota", "v1", ("quota",)),
    Served("replicationcontrollers", "ReplicationController", "v1", ("rc",), categories=("all",)),
    Served("componentstatuses", "ComponentStatus", "v1", ("cs",), namespaced=False, verbs=("get", "list")),
    Served("customresourcedefinitions", "CustomResourceDefinition", "apiextensions.k8s.io/v1", ("crd", "crds"),
           namespaced=False, categories=("api-extensions",)),
    Served("horizontalpodautoscalers", "HorizontalPodAutoscaler", "autoscaling/v2", ("hpa",), categories=("all",)),
    Served("cronjobs", "CronJob", "batch/v1", ("cj",), categories=("all",)),
    Served("jobs", "Job", "batch/v1", categories=("all",)),
    Served("leases", "Lease", "coordination.k8s.io/v1"),
    Served("ingresses", "Ingress", "networking.k8s.io/v1", ("ing",)),
    Served("ingressclasses", "IngressClass", "networking.k8s.io/v1", namespaced=False),
    Served("poddisruptionbudgets", "PodDisruptionBudget", "policy/v1", ("pdb",)),
    Served("priorityclasses", "PriorityClass", "scheduling.k8s.io/v1", ("pc",), namespaced=False),
    Served("storageclasses", "StorageClass", "storage.k8s.io/v1", ("sc",), namespaced=False),
)


def _served(row: Resource) -> Served:
    version = f"{row.group}/{row.version}" if row.group else row.version
    verbs = tuple(verb for verb in FULL if (row.plural, verb) != ("namespaces", "deletecollection"))
    categories = ("all",) if row.plural in IN_ALL else ()
    return Served(row.plural, row.kind, version, row.short, row.namespaced, verbs, categories, row)


SERVED: tuple[Served, ...] = tuple(
    sorted((*map(_served, RESOURCES.values()), *EMPTY), key=lambda each: (each.group, each.plural))
)
ALL_ORDER = (
    "pods", "replicationcontrollers", "services", "daemonsets", "deployments", "replicasets", "statefulsets",
    "horizontalpodautoscalers", "cronjobs", "jobs",
)
ALL: tuple[Served, ...] = tuple(next(each for each in SERVED if each.plural == name) for name in ALL_ORDER)


@cache
def _names() -> dict[str, Served]:
    names: dict[str, Served] = {}
    for each in SERVED:
        singular = each.kind.lower()
        full = (f"{name}.{each.group}" for name in (each.plural, singular, *each.short) if each.group)
        versioned = (
            f"{name}.{each.version}.{each.group}" for name in (each.plural, singular) if each.group or each.version
        )
        for name in (each.plural, singular, *each.short, *full, *versioned):
            names.setdefault(name, each)
    return names


def find(name: str) -> Served:
    """The resource under a name that kubectl takes; raises UsageError in its words."""
    found = _names().get(name.lower())
    if found is None:
        msg = f'error: the server doesn\'t have a resource type "{name}"'
        raise UsageError(msg)
    return found


def find_or_none(name: str) -> Served | None:
    """The resource under a name that kubectl takes, None for none."""
    return _names().get(name.lower())


def unknown_kind(name: str) -> UsageError:
    """The error of a command that asks what the server has: kubectl does not call it one."""
    base, _, group = name.partition(".")
    where = f' in group "{group}"' if group else ""
    return UsageError(f'the server doesn\'t have a resource type "{base}"{where}')


def kinds(text: str) -> tuple[Served, ...]:
    """The resources of ``pods,svc`` or ``all``."""
    found: list[Served] = []
    for name in text.split(","):
        found += ALL if name.lower() == "all" else [find(name)]
    return tuple(dict.fromkeys(found))


@cache
def of_kind(kind: str, group_version: str) -> Served | None:
    """The resource of a document's kind and apiVersion."""
    return next((each for each in SERVED if (each.kind, each.group_version) == (kind, group_version)), None)


def typed(row: Resource) -> Served:
    """The row of a kind of the model."""
    return _names()[row.qualified if row.group else row.plural]
