"""What Deployments and ReplicaSets must be. Upstream: pkg/apis/apps/validation."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.model.workload import Deployment, DeploymentSpec, DeploymentStrategy, ReplicaSet, ReplicaSetSpec
from kdisco.store.field import Cause, forbidden, invalid, required, unsupported
from kdisco.store.validate.names import number
from kdisco.store.validate.template import at_most_all, lasting, matching, plain, selector, share, template, usable

__all__ = ["deployment", "replica_set"]

STRATEGIES = ("Recreate", "RollingUpdate")
EMPTY = "empty selector is invalid for deployment"  # of ReplicaSets too


def deployment(new: Deployment, old: Deployment | None) -> Iterator[Cause]:
    """A number of Pods, a selector that fits their template and never changes, a legal strategy."""
    spec = new.spec
    yield from number("spec.replicas", spec.replicas or 0)
    yield from _pods(spec)
    yield from _strategy(spec.strategy)
    yield from number("spec.minReadySeconds", spec.min_ready_seconds)
    yield from number("spec.revisionHistoryLimit", spec.revision_history_limit or 0)
    yield from number("spec.progressDeadlineSeconds", spec.progress_deadline_seconds or 0)
    if spec.progress_deadline_seconds is not None and spec.progress_deadline_seconds <= spec.min_ready_seconds:
        words = "must be greater than minReadySeconds"
        yield invalid("spec.progressDeadlineSeconds", spec.progress_deadline_seconds, words)
    if old is not None and old.spec.selector != spec.selector:
        yield invalid("spec.selector", spec.selector, "field is immutable")


def replica_set(new: ReplicaSet, old: ReplicaSet | None) -> Iterator[Cause]:
    """A number of Pods and a selector that fits their template and never changes."""
    spec = new.spec
    yield from number("spec.replicas", spec.replicas or 0)
    yield from number("spec.minReadySeconds", spec.min_ready_seconds)
    yield from _pods(spec)
    if old is not None and old.spec.selector != spec.selector:
        yield invalid("spec.selector", spec.selector, "field is immutable")


def _pods(spec: DeploymentSpec | ReplicaSetSpec) -> Iterator[Cause]:
    at = "spec.template"
    yield from selector("spec.selector", spec.selector, EMPTY)
    if not usable(spec.selector):
        yield invalid("spec.selector", spec.selector, "invalid label selector")
        return
    yield from matching(at, spec.selector, spec.template)
    yield from template(at, spec.template)
    yield from lasting(at, spec.template, "ReplicaSet")


def _strategy(strategy: DeploymentStrategy) -> Iterator[Cause]:
    at, rolling = "spec.strategy.rollingUpdate", strategy.rolling_update
    if strategy.type not in STRATEGIES:
        yield unsupported("spec.strategy", strategy.type, STRATEGIES)
    elif strategy.type == "Recreate":
        if rolling is not None:
            yield forbidden(at, "may not be specified when strategy `type` is 'Recreate'")
    elif rolling is None:
        yield required(at, "this should be defaulted and never be nil")
    else:
        yield from share(f"{at}.maxUnavailable", rolling.max_unavailable)
        yield from share(f"{at}.maxSurge", rolling.max_surge)
        if plain(rolling.max_unavailable) == plain(rolling.max_surge) == 0:
            words = "may not be 0 when `maxSurge` is 0"
            yield invalid(f"{at}.maxUnavailable", rolling.max_unavailable, words)
        yield from at_most_all(f"{at}.maxUnavailable", rolling.max_unavailable)
