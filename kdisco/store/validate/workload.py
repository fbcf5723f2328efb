"""What Deployments and ReplicaSets must be. Upstream: pkg/apis/apps/validation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kdisco.model.pod import PodTemplateSpec
from kdisco.model.selector import LabelSelector
from kdisco.model.workload import Deployment, DeploymentStrategy, ReplicaSet
from kdisco.store.field import Cause, forbidden, invalid, required, unsupported
from kdisco.store.validate.meta import annotation_map
from kdisco.store.validate.names import label_selector, labels, number
from kdisco.store.validate.pod import pod_spec

__all__ = ["deployment", "replica_set"]

STRATEGIES = ("Recreate", "RollingUpdate")
WHOLE = 100
Percentage = re.compile(r"([0-9]+)%")
PERCENT_WORDS = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)


def deployment(new: Deployment, old: Deployment | None) -> Iterator[Cause]:
    """A number of Pods, a selector that fits their template and never changes, a legal strategy."""
    spec = new.spec
    yield from number("spec.replicas", spec.replicas or 0)
    yield from _selector(spec.selector, spec.template)
    yield from _template(spec.template)
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
    yield from _selector(spec.selector, spec.template)
    yield from _template(spec.template)
    if old is not None and old.spec.selector != spec.selector:
        yield invalid("spec.selector", spec.selector, "field is immutable")


def _selector(selector: LabelSelector | None, template: PodTemplateSpec) -> Iterator[Cause]:
    if selector is None:
        yield required("spec.selector")
    else:
        problems = list(label_selector("spec.selector", selector))
        yield from problems
        if selector.empty:
            yield invalid("spec.selector", selector, "empty selector is invalid for deployment")
        elif any(field.startswith("spec.selector.matchExpressions") for _, field, _ in problems):
            yield invalid("spec.selector", selector, "invalid label selector")
            return
    if selector is None or not selector.selects(template.metadata.labels):
        words = "`selector` does not match template `labels`"
        yield invalid("spec.template.metadata.labels", template.metadata.labels, words)


def _template(template: PodTemplateSpec) -> Iterator[Cause]:
    yield from labels("spec.template.labels", template.metadata.labels)
    yield from annotation_map("spec.template.annotations", template.metadata.annotations)
    yield from pod_spec("spec.template.spec", template.spec)
    if template.spec.restart_policy != "Always":
        yield unsupported("spec.template.spec.restartPolicy", template.spec.restart_policy, ("Always",))


def _strategy(strategy: DeploymentStrategy) -> Iterator[Cause]:
    at = "spec.strategy"
    if strategy.type not in STRATEGIES:
        yield unsupported(at, strategy.type, STRATEGIES)
    elif strategy.type == "Recreate" and strategy.rolling_update is not None:
        words = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden(f"{at}.rollingUpdate", words)
    rolling = strategy.rolling_update
    if strategy.type != "RollingUpdate" or rolling is None:
        return
    pairs = (("maxUnavailable", rolling.max_unavailable), ("maxSurge", rolling.max_surge))
    for name, value in pairs:
        yield from _share(f"{at}.rollingUpdate.{name}", value)
    if all(_plain(value) == 0 for _, value in pairs):
        yield invalid(
            f"{at}.rollingUpdate.maxUnavailable", rolling.max_unavailable, "may not be 0 when `maxSurge` is 0"
        )
    percent = Percentage.fullmatch(str(rolling.max_unavailable))
    if percent and int(percent[1]) > WHOLE:
        yield invalid(f"{at}.rollingUpdate.maxUnavailable", rolling.max_unavailable, "must not be greater than 100%")


def _share(field: str, value: int | str | None) -> Iterator[Cause]:
    if isinstance(value, str) and not Percentage.fullmatch(value):
        yield invalid(field, value, PERCENT_WORDS)
    elif isinstance(value, int):
        yield from number(field, value)


def _plain(value: int | str | None) -> int:
    percent = Percentage.fullmatch(str(value))
    return int(percent[1]) if percent else value if isinstance(value, int) else 0
