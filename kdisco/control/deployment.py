"""Deployments: one ReplicaSet a template, rolled over step by step.

Upstream: pkg/controller/deployment/{deployment_controller,sync}.go.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Any

from attrs import evolve

from kdisco.control.claims import candidates, claim
from kdisco.control.controller import Context, Controller, Tell, Try, Write, own_key, owner_key, update_status
from kdisco.control.deployment_status import counted, patience, pause_noted
from kdisco.control.revision import DESIRED, ROLLBACK, by_age, number, same_template
from kdisco.control.rollback import rollback
from kdisco.control.rolling import Sync, clean, recreate, renew, roll, scale
from kdisco.control.rollout import count
from kdisco.model.meta import Key, Object
from kdisco.model.workload import Deployment, ReplicaSet
from kdisco.store.table import View

__all__ = ["CONTROLLER"]


def reconcile(context: Context, key: Key) -> Generator[Write, Any, None]:
    """Bring one Deployment a step nearer to its spec."""
    found: Deployment | None = context.view.get("deployments", key)
    if found is None:
        return
    selector = found.spec.selector
    if selector is None or selector.empty:
        yield from _selecting_all(found)
        return
    owned = yield from claim(context, found, candidates(context, found, "replicasets"), selector.selects)
    seen = found if found.deleting else pause_noted(context, found)
    if seen != found:
        seen = yield Try(update_status(seen))
    present = yield from _synced(context, seen, sorted(owned, key=by_age))
    if present != seen:
        yield update_status(present)
    elif not (seen.deleting or seen.spec.paused) and (later := patience(context, seen)):
        yield later


def _selecting_all(deployment: Deployment) -> Iterator[Write]:
    words = "This deployment is selecting all pods. A non-empty selector is required."
    yield Tell(about=deployment, type="Warning", reason="SelectingAll", message=words)
    if deployment.status.observed_generation < deployment.metadata.generation:
        status = evolve(deployment.status, observed_generation=deployment.metadata.generation)
        yield update_status(evolve(deployment, status=status))


def _synced(context: Context, found: Deployment, owned: list[ReplicaSet]) -> Sync:
    """The Deployment as it is to be told after what can be done for it now."""
    new = next((each for each in owned if same_template(each, found.spec.template)), None)
    old = [each for each in owned if each is not new]
    if new is not None:
        found, new = yield from renew(context, found, new, old)
    everything = sorted((*old, *([new] if new is not None else [])), key=by_age)
    if found.deleting:
        return evolve(found, status=counted(context, found, new, everything))
    if number(found, ROLLBACK) is not None and not found.spec.paused:
        yield from rollback(found, everything)
        return found
    if found.spec.paused or _is_scaling(found, everything):
        yield from scale(found, new, old, everything)
        if found.spec.paused:
            yield from clean(found, old)
        return evolve(found, status=counted(context, found, new, everything))
    rollout = recreate if found.spec.strategy.type == "Recreate" else roll
    return (yield from rollout(context, found, new, old))


def _is_scaling(deployment: Deployment, owned: list[ReplicaSet]) -> bool:
    wanted = deployment.spec.replicas
    return any(count(each) > 0 and number(each, DESIRED) not in (None, wanted) for each in owned)


def _of_replica_set(view: View, found: Object) -> Iterable[Key]:
    """The Deployment that controls a ReplicaSet; of an orphan those that might adopt it."""
    if found.owner is not None:
        return owner_key("Deployment")(view, found)
    near = view.list("deployments", found.namespace) if found.labels else iter(())
    return [each.key for each in near if each.spec.selector is not None and each.spec.selector.selects(found.labels)]


CONTROLLER = Controller(
    "deployment",
    {"deployments": own_key, "replicasets": _of_replica_set},
    reconcile,
    source="deployment-controller",
)
