"""The whole chain for one Service: link after link; where one is broken those behind it are not blamed."""

from __future__ import annotations

from collections.abc import Iterable

from kdisco.explain.advice import advice
from kdisco.explain.backends import behind
from kdisco.explain.callers import callers
from kdisco.explain.diagnosis import Diagnosis
from kdisco.explain.discovery import discovery
from kdisco.explain.existence import alias
from kdisco.explain.finding import Finding
from kdisco.explain.machines import machines
from kdisco.explain.names import tried
from kdisco.explain.outside import outside
from kdisco.explain.scene import Scene
from kdisco.explain.sources import sources

__all__ = ["diagnose"]


def diagnose(scene: Scene) -> Diagnosis:
    """Why a Service does not answer, or that it does. Changes nothing: packets are sent in a state of their own."""
    found: list[Finding] = []
    count: int | None = None
    if scene.service.spec.type == "ExternalName":
        found += alias(scene)
    else:
        broken, count = behind(scene)
        found += broken or outside(scene)
    found += discovery(scene, blamed=bool(found))
    found = _once([*machines(scene.state), *found])
    found += [] if found else callers(scene)
    codes = {each.code for each in found}
    warnings = tuple(each for each in advice(scene) if each.code not in codes)
    asked = len(tried(scene.state))
    return Diagnosis(
        target=scene.name,
        findings=tuple(found),
        warnings=warnings,
        tried=(count or 0) + asked,
        sources=0 if count is None else len(sources(scene.state)),
    )


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Each cause once, the first time it is told."""
    first: dict[tuple[str, tuple[str, ...], str], Finding] = {}
    for each in found:
        first.setdefault((each.code, each.objects[:1], each.remedy), each)
    return list(first.values())
