"""What Nodes must be. Upstream: pkg/apis/core/validation ValidateNode, ValidateNodeUpdate."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.model.node import Node
from kdisco.model.taint import Taint
from kdisco.store.field import Cause, duplicate, forbidden, invalid, required, unsupported
from kdisco.store.validate.addresses import cidr, family
from kdisco.store.validate.names import LABEL_VALUE, qualified

__all__ = ["node"]

AT = "spec.podCIDRs"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
MAX_FAMILIES = 2


def node(new: Node, old: Node | None) -> Iterator[Cause]:
    """Taints once each, a part of the Pod network per family; what it has been given it keeps."""
    yield from _taints(new.spec.taints)
    cidrs = new.spec.pod_cidrs
    if old is None:
        yield from (cause for i, text in enumerate(cidrs) for cause in cidr(f"{AT}[{i}]", text))
        families = [family(text.rpartition("/")[0]) for text in cidrs]
        if len(cidrs) > MAX_FAMILIES or (len(cidrs) == MAX_FAMILIES and families[0] == families[1]):
            yield invalid(AT, cidrs, "may specify no more than one CIDR for each IP family")
        return
    if old.spec.pod_cidrs and old.spec.pod_cidrs != cidrs:
        yield forbidden(AT, 'node updates may not change podCIDR except from "" to valid')
    if old.spec.provider_id and old.spec.provider_id != new.spec.provider_id:
        yield forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid')


def _taints(taints: tuple[Taint, ...]) -> Iterator[Cause]:
    seen: set[tuple[str, str]] = set()
    for i, taint in enumerate(taints):
        at = f"spec.taints[{i}]"
        yield from qualified(f"{at}.key", taint.key)
        if problems := list(LABEL_VALUE.problems(taint.value)):
            yield invalid(f"{at}.value", taint.value, ";".join(problems))
        if not taint.effect:
            yield required(f"{at}.effect")
        elif taint.effect not in EFFECTS:
            yield unsupported(f"{at}.effect", taint.effect, EFFECTS)
        if (taint.key, taint.effect) in seen:
            shown = {"Key": taint.key, "Value": taint.value, "Effect": taint.effect, "TimeAdded": taint.time_added}
            reason, field, words = duplicate(at, shown)
            yield reason, field, f"{words}: taints must be unique by key and effect pair"
        seen.add((taint.key, taint.effect))
