"""Break things and heal them: a box for each fault, and what ``explain`` finds about a Service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import Checkbox, GridBox

from kdisco.faults.standing import in_force
from kdisco.phrase import said
from kdisco.widget.chosen import OfService
from kdisco.widget.controls import Chooser, button, row, scroll, shown
from kdisco.widget.panel import Panel
from kdisco.widget.places import service_names

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.explain.diagnosis import Diagnosis
    from kdisco.faults.fault import Fault
    from kdisco.store.state import State

__all__ = ["FaultsPanel"]

COLUMNS = "repeat(auto-fill, minmax(290px, 1fr))"


class FaultsPanel(OfService, Panel):
    """Faults as boxes to tick: ``p = c.faults_panel(service="my-app-svc"); p.inject("wrong-selector"); p.explain()``.

    ``toggles`` maps each fault's code to its box, ticked while it is in force. With ``at_once`` ticked time runs until
    nothing changes any more after each. ``diagnosis`` keeps what ``explain`` found last.
    """

    KNOWN = (*Panel.KNOWN, "service")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        say = self.say
        self.diagnosis: Diagnosis | None = None
        self.services = Chooser(say["service"])
        self.services.lead(service_names(cluster.state))
        if "service" in options:
            self.service = options["service"]
        self.at_once = Checkbox(value=True, description=say["settle at once"], indent=False)
        self.toggles = {each.code: self._toggle(each) for each in cluster.faults.known}
        self._moved = False
        grid = GridBox(tuple(self.toggles.values()), layout={"grid_template_columns": COLUMNS})
        explaining = button("explain", "stethoscope", lambda: self.change(self.explain), say)
        healing = button("heal", "medkit", lambda: self.change(self.heal), say)
        self.shown = shown()
        self.stand(row(self.services, explaining, healing, self.at_once), grid, self.status, self.shown)

    @property
    def settles(self) -> bool:
        """As the box says."""
        return bool(self.at_once.value)

    def inject(self, code: str) -> None:
        """Break something about the Service; raises UsageError as ``Cluster.inject`` does."""
        known = {each.code: each.where for each in self.cluster.faults.known}
        namespace, _, name = self.service.partition("/")
        aims = {"service": name, "namespace": namespace}
        aim = {key: value for key, value in aims.items() if value and key in known.get(code, ())}
        self._do(lambda: self.cluster.inject(code, **aim))

    def heal(self, code: str | None = None) -> None:
        """Take one fault back, or all; raises UsageError for one that is not in force."""
        self._do(lambda: self.cluster.heal(code))

    def explain(self) -> Diagnosis:
        """Why the Service does not answer; changes nothing."""
        return self.act(self._explained)

    def _explained(self) -> Diagnosis:
        namespace, _, name = self.service.partition("/")
        self.diagnosis = self.cluster.explain(f"service/{name}", namespace)
        return self.diagnosis

    def follow(self, state: State) -> str:
        """Tick what is in force; show what was found."""
        self.services.lead(service_names(state))
        there = in_force(state)
        self._moved = True
        try:
            for code, toggle in self.toggles.items():
                toggle.value = code in there
        finally:
            self._moved = False
        if self.diagnosis is not None:
            self.shown.value = scroll(self.diagnosis.html(self.lang), self.say["findings"])
        listed = ", ".join(str(each) for each in there.values())
        told = self.say["in force"].format(what=listed) if there else self.say["none in force"]
        return told if self.diagnosis is None else f"{told} · {said(self.diagnosis.verdict, self.lang)}"

    def _toggle(self, fault: Fault) -> Checkbox:
        tip = f"{said(fault.what, self.lang)} {said(fault.symptom, self.lang)}"
        made = Checkbox(description=fault.code, tooltip=tip, indent=False, layout={"width": "auto"})
        made.observe(lambda change: self._ticked(fault.code, now=change["new"]), "value")
        return made

    def _ticked(self, code: str, *, now: bool) -> None:
        if not self._moved:
            self.change(lambda: self.inject(code) if now else self.heal(code))

    def _do(self, action: Any) -> None:
        def act() -> None:
            action()
            if self.settles:
                self.cluster.settle()
            if self.diagnosis is not None:
                self._explained()

        self.act(act)
