"""The whole panel: a slider for each Deployment, the picture, time in the learner's hand, all other panels as tabs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ipywidgets import Button, Checkbox, Tab, VBox

from kdisco.errors import UsageError
from kdisco.faults.standing import in_force
from kdisco.view.topology import topology
from kdisco.widget.controls import button, row
from kdisco.widget.deployments import Deployments
from kdisco.widget.panel import Panel
from kdisco.widget.scale import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kdisco.cluster import Cluster
    from kdisco.model.workload import Deployment
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram
    from kdisco.widget.scale import ReplicaSlider

__all__ = ["PANELS", "Lab"]

FAILING = "readiness-failing"  # the fault that the boxes inject

PANELS: Mapping[str, tuple[str, str]] = {
    "registrar": ("registrar", "Registrar"),
    "selector": ("selector", "SelectorPanel"),
    "dig": ("dig", "DigPanel"),
    "tracer": ("tracer", "Tracer"),
    "rules": ("rules", "RulesPanel"),
    "timeline": ("timeline", "Timeline"),
    "faults": ("faults", "FaultsPanel"),
    "balance": ("balance", "Balance"),
    "command": ("command", "CommandLine"),
}
"""What the tabs behind the first hold: a name, the module and the class."""


class Lab(Panel):
    """Sliders, Step and Settle, and the cluster's picture: ``Lab(cluster, lang="zh")``; other panels in tabs.

    ``sliders`` maps each Deployment's name to its slider, ``deployments.toggles`` to the box of its readiness. With
    ``at_once`` ticked each change settles; without it nothing moves until Step or Settle. ``turn_to("tracer")`` shows
    one of PANELS and gives it; what is not looked at sleeps. Raises UsageError for an unknown keyword.
    """

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        self.panels: dict[str, Panel] = {}
        self.step = self._button("step", "step-forward", self.cluster.step)
        self.settle = self._button("settle", "fast-forward", self.cluster.settle)
        self.at_once = Checkbox(value=True, description=self.say["settle at once"], indent=False)
        self.deployments = Deployments(self._scale, self._ready, self.say)
        first = VBox([self.deployments, row(self.step, self.settle, self.at_once), self.status, self.diagram])
        self._seats = {name: VBox() for name in PANELS}
        titles = [self.say[f"tab {name}"] for name in ("cluster", *PANELS)]
        self.tabs = Tab(children=[first, *self._seats.values()], titles=titles, selected_index=0)
        self.tabs.observe(self._turned, "selected_index")
        self.stand(self.tabs)

    @property
    def sliders(self) -> dict[str, ReplicaSlider]:
        """The slider of each Deployment."""
        return self.deployments.sliders

    def turn_to(self, name: str) -> Panel:
        """Show a panel, "cluster" or one of PANELS, and give it; raises UsageError for one that there is not."""
        names = ("cluster", *PANELS)
        if name not in names:
            msg = f"no panel {name!r}; there are {', '.join(names)}"
            raise UsageError(msg)
        self.tabs.selected_index = names.index(name)
        return self.panels.get(name, self)

    @property
    def settles(self) -> bool:
        """As the box says."""
        return bool(self.at_once.value)

    def follow(self, state: State) -> str:
        """Give each Deployment its slider, at the stored number."""
        found: list[Deployment] = list(state.view.list("deployments", self.namespace))
        failing = in_force(state).get(FAILING)
        aim = failing.aim.get("workload", "") if failing is not None else ""
        self.deployments.lead(found, aim.removeprefix("deployment/"))
        moment = self.say["moment"].format(now=state.now, revision=state.revision)
        told = [standing(each, self.say) for each in found] or [self.say["no deployments"]]
        return " · ".join([moment, *told])

    def picture(self, state: State, since: int | None) -> Diagram:
        """All nodes and Pods."""
        return topology(state, self.lang, self.namespace, since)

    def _turned(self, change: Any) -> None:
        """Another tab was chosen: make its panel where there is none yet, and let only this one follow the cluster."""
        shown = [None, *PANELS][change["new"] or 0]
        with self._lock:
            if shown is not None and shown not in self.panels:
                module, name = PANELS[shown]
                cls = getattr(import_module(f"kdisco.widget.{module}"), name)
                self.panels[shown] = cls(self.cluster, lang=self.lang, namespace=self.namespace)
                self._seats[shown].children = (self.panels[shown],)
            self.awake = shown is None
            for each, panel in self.panels.items():
                panel.awake = each == shown

    def _scale(self, name: str, replicas: int) -> None:
        def act() -> None:
            self.cluster.scale(f"deployment/{name}", replicas, self.namespace)
            if self.at_once.value:
                self.cluster.settle()

        self.change(act)

    def _ready(self, name: str, succeeds: bool) -> None:  # noqa: FBT001 - what a box says
        def act() -> None:
            if succeeds:
                self.cluster.heal(FAILING)
            else:
                aim = {"workload": f"deployment/{name}", "namespace": self.namespace}
                self.cluster.inject(FAILING, **aim)
            if self.at_once.value:
                self.cluster.settle()

        self.change(act)

    def _button(self, word: str, icon: str, act: Any) -> Button:
        return button(word, icon, lambda: self.change(act), self.say)
