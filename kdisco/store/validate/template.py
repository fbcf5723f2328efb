"""What all workloads share: a selector, a template of Pods that fits it, numbers that may be percentages.

Upstream: pkg/apis/apps/validation, pkg/apis/core/validation ValidatePodTemplateSpec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kdisco.model.pod import PodTemplateSpec
from kdisco.model.selector import LabelSelector
from kdisco.store.field import Cause, forbidden, invalid, required, unsupported
from kdisco.store.validate.meta import annotation_map, deletion_cost
from kdisco.store.validate.names import label_selector, labels, number
from kdisco.store.validate.pod import pod_spec

__all__ = ["at_most_all", "lasting", "matching", "plain", "selector", "share", "template", "usable"]

WHOLE = 100
Percentage = re.compile(r"([0-9]+)%")
PERCENT_WORDS = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)


def selector(at: str, found: LabelSelector | None, empty: str) -> Iterator[Cause]:
    """A selector that is there, is well formed and asks for something; ``empty`` are the words when it does not."""
    if found is None:
        yield required(at)
        return
    yield from label_selector(at, found)
    if found.empty:
        yield invalid(at, found, empty)


def usable(found: LabelSelector | None) -> bool:
    """Whether labels can be compared with a selector at all."""
    return found is None or not any(label_selector("", found))


def matching(at: str, found: LabelSelector | None, spec: PodTemplateSpec) -> Iterator[Cause]:
    """The labels of a template are those that the selector asks for; no selector at all selects nothing."""
    if found is None or not (found.empty or found.selects(spec.metadata.labels)):
        yield invalid(f"{at}.metadata.labels", spec.metadata.labels, "`selector` does not match template `labels`")


def template(at: str, spec: PodTemplateSpec) -> Iterator[Cause]:
    """What Pods are made from."""
    meta = spec.metadata
    yield from labels(f"{at}.labels", meta.labels)
    yield from annotation_map(f"{at}.annotations", meta.annotations)
    yield from deletion_cost(f"{at}.annotations", meta.annotations)
    yield from pod_spec(f"{at}.spec", spec.spec)
    if spec.spec.kept.get("ephemeralContainers"):
        yield forbidden(f"{at}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def lasting(at: str, spec: PodTemplateSpec, kind: str) -> Iterator[Cause]:
    """Pods of a workload run for ever."""
    if spec.spec.restart_policy != "Always":
        yield unsupported(f"{at}.spec.restartPolicy", spec.spec.restart_policy, ("Always",))
    if spec.spec.kept.get("activeDeadlineSeconds") is not None:
        yield forbidden(f"{at}.spec.activeDeadlineSeconds", f"activeDeadlineSeconds in {kind} is not Supported")


def share(field: str, value: int | str | None) -> Iterator[Cause]:
    """What is wrong with a count that may be a percentage."""
    if isinstance(value, str) and not Percentage.fullmatch(value):
        yield invalid(field, value, PERCENT_WORDS)
    elif isinstance(value, int):
        yield from number(field, value)


def at_most_all(field: str, value: int | str | None) -> Iterator[Cause]:
    """A percentage may not be more than the whole."""
    percent = Percentage.fullmatch(str(value))
    if percent and int(percent[1]) > WHOLE:
        yield invalid(field, value, "must not be greater than 100%")


def plain(value: int | str | None) -> int:
    """The number of a count or of a percentage, 0 when it is neither."""
    percent = Percentage.fullmatch(str(value))
    return int(percent[1]) if percent else value if isinstance(value, int) else 0
