"""Taints of nodes and the tolerations of Pods: who may come, and who may stay. Source: core/v1.

Upstream: component-helpers scheduling/corev1/helpers.go, api/core/v1/toleration.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import field, frozen

from kdisco.model.value import Value

__all__ = ["Taint", "Toleration", "untolerated"]


@frozen(kw_only=True, repr=False)
class Taint(Value):
    """What keeps Pods away from a node: NoSchedule, PreferNoSchedule or (running ones too) NoExecute."""

    key: str = field(default="", metadata={"keep": True})
    value: str = ""
    effect: str = field(default="", metadata={"keep": True})
    time_added: str | None = None


@frozen(kw_only=True, repr=False)
class Toleration(Value):
    """A taint that a Pod puts up with; with ``toleration_seconds`` only for so long, after it was added."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None

    def tolerates(self, taint: Taint) -> bool:
        """Whether it is of that taint: an empty effect is of all, an empty key (with Exists) of all keys."""
        if (self.effect and self.effect != taint.effect) or (self.key and self.key != taint.key):
            return False
        return self.operator == "Exists" or (self.operator in ("", "Equal") and self.value == taint.value)


def untolerated(taints: Iterable[Taint], tolerations: Iterable[Toleration], *effects: str) -> Iterator[Taint]:
    """The taints with one of these effects that nothing tolerates, in order."""
    known = tuple(tolerations)
    return (
        taint for taint in taints if taint.effect in effects and not any(each.tolerates(taint) for each in known)
    )
