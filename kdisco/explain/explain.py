"""``c.explain``: the diagnosis of one Service, or of all."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from attrs import evolve

from kdisco import arguments
from kdisco.client import target as parsed
from kdisco.errors import UsageError
from kdisco.explain.chain import diagnose
from kdisco.explain.diagnosis import Diagnosis
from kdisco.explain.existence import missing
from kdisco.explain.finding import Finding
from kdisco.explain.scene import Scene
from kdisco.explain.whole import Case, whole
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from kdisco.cluster import Cluster

__all__ = ["everything", "explain", "refusals"]

LEFT_OPEN = ("external-traffic-policy-local-without-pod", "load-balancer-pending")


def explain(cluster: Cluster, target: str, namespace: str = "default") -> Diagnosis:
    """Why ``service/web`` does not answer, or that it does; the cluster stays as it is."""
    arguments.texts(target=target, namespace=namespace)
    row, (space, name) = parsed(target if "/" in target else f"service/{target}", namespace)
    if row.plural != "services":
        msg = f"error: only Services can be explained, as service/web, not {target!r}"
        raise UsageError(msg)
    case = whole(cluster)
    own = [each for each in refusals(case) if each.objects == (f"service/{space}/{name}",)]
    return Diagnosis(target=own[0].objects[0], findings=tuple(own)) if own else _one(case, space, name)


def everything(cluster: Cluster) -> Iterator[Diagnosis]:
    """The diagnosis of every Service, and of what no API server takes; of manifests only theirs."""
    case = whole(cluster)
    for each in refusals(case):
        yield Diagnosis(target=each.objects[0], findings=(each,))
    there = cluster.state.view
    gone: set[Hashable] = set()
    for service in case.state.view.list("services"):
        if not case.tried or there.get("services", service.key) is not None:
            yield _one(case, service.namespace, service.name, gone)


def _one(case: Case, namespace: str, name: str, gone: set[Hashable] | None = None) -> Diagnosis:
    """One diagnosis; what manifests leave to the cluster that they are for is worth a warning."""
    service = case.state.view.get("services", (namespace, name))
    if service is None:
        target = f"service/{namespace}/{name}"
        return Diagnosis(target=target, findings=tuple(missing(case.state, namespace, name)))
    found = diagnose(Scene(case.state, service, case.read, case.partial, gone=gone))
    if not case.tried:
        return found
    left = tuple(each for each in found.findings if each.code in LEFT_OPEN)
    rest = tuple(each for each in found.findings if each.code not in LEFT_OPEN)
    return evolve(found, findings=rest, warnings=(*left, *found.warnings))


def refusals(case: Case) -> list[Finding]:
    """What an API server says to manifests, as findings."""
    return [
        Finding(
            code="manifest-refused",
            cause=Phrase("The API server refuses {name}.", name=name),
            evidence=words,
            remedy="kubectl apply --dry-run=server -f FILE",
            objects=(name,),
        )
        for name, words in case.refused
    ]
