"""What StatefulSets, DaemonSets and their revisions must be. Upstream: pkg/apis/apps/validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from kdisco.model.sets import (
    ControllerRevision,
    DaemonSet,
    DaemonSetUpdateStrategy,
    StatefulSet,
    StatefulSetSpec,
    StatefulSetUpdateStrategy,
)
from kdisco.store.field import Cause, forbidden, invalid, required, unsupported
from kdisco.store.validate.names import DNS_1123_LABEL, label_selector, number
from kdisco.store.validate.template import at_most_all, lasting, matching, plain, selector, share, template, usable

__all__ = ["controller_revision", "daemon_set", "stateful_set"]

CHANGEABLE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
ORDERS = ("OrderedReady", "Parallel")
STRATEGIES = ("RollingUpdate", "OnDelete")
SHOWN = ("partition", "max_unavailable")  # of a rolling update, which the model has without the second
KEPT_CLAIMS = "persistentVolumeClaimRetentionPolicy"
TEMPLATE = "spec.template"


def stateful_set(new: StatefulSet, old: StatefulSet | None) -> Iterator[Cause]:
    """A policy, a strategy, a number of Pods and a selector that fits their template; little may change."""
    spec = new.spec
    if spec.pod_management_policy not in ORDERS:
        words = "must be 'OrderedReady' or 'Parallel'"
        yield invalid("spec.podManagementPolicy", spec.pod_management_policy, words)
    yield from _partition(spec.update_strategy)
    yield from _claims(spec.kept.get(KEPT_CLAIMS))
    yield from number("spec.replicas", spec.replicas or 0)
    yield from number("spec.minReadySeconds", spec.min_ready_seconds)
    yield from number("spec.ordinals.start", new.start)
    yield from selector("spec.selector", spec.selector, "empty selector is invalid for statefulset")
    if not usable(spec.selector):
        yield invalid("spec.selector", spec.selector, "")
    else:
        yield from matching(TEMPLATE, spec.selector, spec.template)
        yield from template(TEMPLATE, spec.template)
    yield from lasting(TEMPLATE, spec.template, "StatefulSet")
    if spec.service_name and old is None:
        problems = DNS_1123_LABEL.problems(spec.service_name)
        yield from (invalid("spec.serviceName", spec.service_name, words) for words in problems)
    if old is not None and _fixed(spec) != _fixed(old.spec):
        yield forbidden("spec", CHANGEABLE)


def daemon_set(new: DaemonSet, old: DaemonSet | None) -> Iterator[Cause]:
    """A selector that fits the template and never changes, a template, a strategy."""
    spec = new.spec
    if spec.selector is not None:
        yield from label_selector("spec.selector", spec.selector)
    if usable(spec.selector):
        yield from matching(TEMPLATE, spec.selector, spec.template)
    if spec.selector is not None and spec.selector.empty:
        yield invalid("spec.selector", spec.selector, "empty selector is invalid for daemonset")
    yield from template(TEMPLATE, spec.template)
    yield from lasting(TEMPLATE, spec.template, "DaemonSet")
    yield from number("spec.minReadySeconds", spec.min_ready_seconds)
    yield from _shares(spec.update_strategy)
    yield from number("spec.revisionHistoryLimit", spec.revision_history_limit or 0)
    if old is not None and old.spec.selector != spec.selector:
        yield invalid("spec.selector", spec.selector, "field is immutable")


def controller_revision(new: ControllerRevision, old: ControllerRevision | None) -> Iterator[Cause]:
    """Data that is there and never changes, and a number."""
    if new.data is None:
        yield required("data", "data is mandatory")
    yield from number("revision", new.revision)
    if old is not None and new.data != old.data:
        yield invalid("data", new.data, "field is immutable")


def _partition(strategy: StatefulSetUpdateStrategy) -> Iterator[Cause]:
    at = "spec.updateStrategy"
    rolling = strategy.rolling_update
    if strategy.type not in STRATEGIES:
        shown = {"Type": strategy.type, "RollingUpdate": _internal(rolling, *SHOWN)}
        yield invalid(at, shown, "must be 'RollingUpdate' or 'OnDelete'")
    elif rolling is not None and strategy.type == "OnDelete":
        words = "only allowed for updateStrategy 'RollingUpdate'"
        yield invalid(f"{at}.rollingUpdate", _internal(rolling, *SHOWN), words)
    elif rolling is not None:
        yield from number(f"{at}.rollingUpdate.partition", rolling.partition or 0)


def _internal(rolling: Any, *names: str) -> dict[str, Any] | None:
    """Settings as Go prints its own structs: fields by their Go names."""
    if rolling is None:
        return None
    return {name.title().replace("_", ""): getattr(rolling, name, None) for name in names}


def _claims(policy: Mapping[str, Any] | None) -> Iterator[Cause]:
    for name in ("whenDeleted", "whenScaled") if policy is not None else ():
        value = (policy or {}).get(name)
        if value not in ("Retain", "Delete"):
            yield unsupported(f"spec.{KEPT_CLAIMS}.{name}", value, ("Retain", "Delete"))


def _fixed(spec: StatefulSetSpec) -> StatefulSetSpec:
    """A spec without what may change."""
    bare = StatefulSetSpec()
    return evolve(
        spec,
        replicas=None,
        ordinals=None,
        template=bare.template,
        update_strategy=bare.update_strategy,
        revision_history_limit=None,
        min_ready_seconds=0,
        kept=spec.kept.without(KEPT_CLAIMS),
    )


def _shares(strategy: DaemonSetUpdateStrategy) -> Iterator[Cause]:
    at = "spec.updateStrategy"
    rolling = strategy.rolling_update
    if strategy.type == "OnDelete":
        return
    if strategy.type != "RollingUpdate":
        shown = {"Type": strategy.type, "RollingUpdate": _internal(rolling, "max_unavailable", "max_surge")}
        yield unsupported(at, shown, STRATEGIES)
        return
    if rolling is None:
        yield required(f"{at}.rollingUpdate")
        return
    pairs = (("maxUnavailable", rolling.max_unavailable), ("maxSurge", rolling.max_surge))
    for name, value in pairs:
        yield from share(f"{at}.rollingUpdate.{name}", value)
    for name, value in pairs:
        yield from at_most_all(f"{at}.rollingUpdate.{name}", value)
    gap, surge = (plain(value) != 0 for _, value in pairs)
    if gap and surge:
        words = "may not be set when maxUnavailable is non-zero"
        yield invalid(f"{at}.rollingUpdate.maxSurge", rolling.max_surge, words)
    elif not (gap or surge):
        yield required(f"{at}.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0")
