"""The whole panel: a slider for each Deployment, the picture, and time in the learner's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import Button, Checkbox, HBox, VBox

from kdisco.widget.panel import Panel
from kdisco.widget.scale import ReplicaSlider, standing

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.model.workload import Deployment
    from kdisco.store.state import State

__all__ = ["Lab"]


class Lab(Panel):
    """Sliders, Step and Settle, and the cluster's picture: ``Lab(cluster, lang="zh")``.

    ``sliders`` maps each Deployment's name to its slider; new Deployments get one as they come. With
    ``at_once`` ticked each change settles; without it nothing moves until Step or Settle. Raises UsageError
    for an unknown keyword.
    """

    def __init__(self, cluster: Cluster, lang: str = "en", namespace: str = "default", **options: Any) -> None:
        checked("Lab", options, ("cluster", "lang", "namespace"))
        super().__init__(cluster, lang, namespace)
        self.sliders: dict[str, ReplicaSlider] = {}
        self.step = self._button("step", "step-forward", self.cluster.step)
        self.settle = self._button("settle", "fast-forward", self.cluster.settle)
        self.at_once = Checkbox(value=True, description=self.say["settle at once"], indent=False)
        self._shelf = VBox()
        controls = HBox([self.step, self.settle, self.at_once])
        self.children = (self._shelf, controls, self.diagram, self.status)
        self.redraw()

    def follow(self, state: State) -> str:
        """Give each Deployment its slider, at the stored number."""
        found: list[Deployment] = list(state.view.list("deployments", self.namespace))
        names = [each.name for each in found]
        if names != list(self.sliders):
            self.sliders = {name: self.sliders.get(name) or self._slider(name) for name in names}
            self._shelf.children = tuple(self.sliders.values())
        for each in found:
            self.sliders[each.name].lead(each.spec.replicas or 0)
        moment = self.say["moment"].format(now=state.now, revision=state.revision)
        told = [standing(each, self.say) for each in found] or [self.say["no deployments"]]
        return " · ".join([moment, *told])

    def _slider(self, name: str) -> ReplicaSlider:
        return ReplicaSlider(name, lambda replicas: self._scale(name, replicas), self.say)

    def _scale(self, name: str, replicas: int) -> None:
        def act() -> None:
            self.cluster.scale(f"deployment/{name}", replicas, self.namespace)
            if self.at_once.value:
                self.cluster.settle()

        self.change(act)

    def _button(self, word: str, icon: str, act: Any) -> Button:
        made = Button(description=self.say[word], icon=icon, tooltip=self.say[f"{word} tip"])
        made.on_click(lambda _: self.change(act))
        return made
