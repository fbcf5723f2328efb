"""What of a Pod may change once it is stored. Upstream: pkg/apis/core/validation ValidatePodUpdate."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

from attrs import evolve

from kdisco.model.codec import encode
from kdisco.model.pod import PodSpec
from kdisco.store.field import Cause, forbidden, invalid

__all__ = ["FIXED", "pod_changes"]

FIXED = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
CHANGEABLE = ("activeDeadlineSeconds", "schedulingGates")
GO_NAMES = {"dnsConfig": "DNSConfig", "dnsPolicy": "DNSPolicy"}  # of Go fields that do not just begin with a capital
MAX_SECONDS = 2**31 - 1


def pod_changes(new: PodSpec, old: PodSpec) -> Iterator[Cause]:
    """Images, a shorter deadline, further tolerations and gates that fall: whatever else changes is refused."""
    for group, after, before in (
        ("containers", new.containers, old.containers),
        ("initContainers", new.init_containers, old.init_containers),
    ):
        if len(after) != len(before):
            yield forbidden(f"spec.{group}", "pod updates may not add or remove containers")
            return
    problems = list(_deadline(new.kept.get("activeDeadlineSeconds"), old.kept.get("activeDeadlineSeconds")))
    yield from problems
    if problems and new.kept.get("activeDeadlineSeconds") is not None:
        return
    bare = {evolve(each, toleration_seconds=None) for each in new.tolerations}
    if any(evolve(each, toleration_seconds=None) not in bare for each in old.tolerations):
        words = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden("spec.tolerations", words)
    known = {gate.get("name") for gate in old.kept.get("schedulingGates", ())}
    for i, gate in enumerate(new.kept.get("schedulingGates", ())):
        if gate.get("name") not in known:
            words = f"only deletion is allowed, but found new scheduling gate '{gate.get('name')}'"
            yield forbidden(f"spec.schedulingGates[{i}].name", words)
    munged = _munged(new, old)
    if munged != old:
        yield forbidden("spec", f"{FIXED}\n{_difference(old, munged)}")


def _deadline(new: int | None, old: int | None) -> Iterator[Cause]:
    at = "spec.activeDeadlineSeconds"
    if new is None:
        if old is not None:
            yield invalid(at, new, "must not update from a positive integer to nil value")
    elif not 0 <= new <= MAX_SECONDS:
        yield invalid(at, new, f"must be between 0 and {MAX_SECONDS}, inclusive")
    elif old is not None and old < new:
        yield invalid(at, new, "must be less than or equal to previous value")


def _munged(new: PodSpec, old: PodSpec) -> PodSpec:
    """The new spec with the old values of all that may change."""
    pairs = zip(new.containers, old.containers, strict=True)
    first = zip(new.init_containers, old.init_containers, strict=True)
    kept = {name: old.kept[name] for name in CHANGEABLE if name in old.kept}
    grace = new.termination_grace_period_seconds
    if grace == 1 and (old.termination_grace_period_seconds or 0) < 0:
        grace = old.termination_grace_period_seconds
    return evolve(
        new,
        containers=tuple(evolve(after, image=before.image) for after, before in pairs),
        init_containers=tuple(evolve(after, image=before.image) for after, before in first),
        tolerations=old.tolerations,
        termination_grace_period_seconds=grace,
        kept=new.kept.without(*CHANGEABLE).merged(kept),
    )


def _difference(old: PodSpec, new: PodSpec) -> str:
    """The two specs as indented JSON, line by line, as apimachinery's diff package shows them.

    Upstream writes every field of its internal type, set or not; here stand those that are set.
    """
    before, after = (_lines(encode(each)) for each in (old, new))
    return "".join(list(difflib.unified_diff(before, after, n=3))[2:])


def _lines(found: dict[str, Any]) -> list[str]:
    return [f"{line}\n" for line in json.dumps(_capital(found), indent=2, ensure_ascii=False).split("\n")]


def _capital(value: Any) -> Any:
    if isinstance(value, dict):
        return {GO_NAMES.get(key, key[:1].upper() + key[1:]): _capital(item) for key, item in value.items()}
    return [_capital(item) for item in value] if isinstance(value, list) else value
