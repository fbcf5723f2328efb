"""A row for each Deployment: how many Pods it is to have, and whether their readiness probes succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipywidgets import Checkbox, VBox

from kdisco.widget.controls import row
from kdisco.widget.scale import ReplicaSlider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kdisco.model.workload import Deployment

__all__ = ["Deployments"]

AUTO = {"width": "auto"}


class Deployments(VBox):
    """``sliders`` and ``toggles`` map each Deployment's name to its controls; new Deployments get theirs as they come.

    ``scale`` and ``ready`` are called when somebody moves one.
    """

    def __init__(
        self, scale: Callable[[str, int], object], ready: Callable[[str, bool], object], say: Mapping[str, str]
    ) -> None:  # fmt: skip
        self.sliders: dict[str, ReplicaSlider] = {}
        self.toggles: dict[str, Checkbox] = {}
        self._scale, self._ready, self._say, self._led = scale, ready, say, False
        super().__init__()  # type: ignore[no-untyped-call]  # ipywidgets is not annotated

    def lead(self, found: Sequence[Deployment], failing: str) -> None:
        """Show these, at their stored numbers; the probes of the one named ``failing`` fail."""
        names = [each.name for each in found]
        if names != list(self.sliders):
            self.sliders = {name: self.sliders.get(name) or self._slider(name) for name in names}
            self.toggles = {name: self.toggles.get(name) or self._toggle(name) for name in names}
            self.children = tuple(row(self.sliders[name], self.toggles[name]) for name in names)
        self._led = True
        try:
            for each in found:
                self.sliders[each.name].lead(each.spec.replicas or 0)
                self.toggles[each.name].value = each.name != failing
        finally:
            self._led = False

    def _slider(self, name: str) -> ReplicaSlider:
        return ReplicaSlider(name, lambda replicas: self._scale(name, replicas), self._say)

    def _toggle(self, name: str) -> Checkbox:
        made = Checkbox(value=True, description=self._say["probe told"].format(name=name), indent=False, layout=AUTO)
        made.observe(lambda change: None if self._led else self._ready(name, bool(change["new"])), "value")
        return made
