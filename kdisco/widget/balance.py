"""Connections to a Service, counted by Pod, beside how many each should get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import IntSlider

from kdisco.errors import UsageError
from kdisco.plot.balance import Tally, drawn, tally
from kdisco.widget.chosen import OfService, WithSource
from kdisco.widget.controls import LABEL, Chooser, button, combo, row, shown
from kdisco.widget.panel import Panel
from kdisco.widget.places import service_names, sources

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.plot.figure import Plot
    from kdisco.store.state import State

__all__ = ["Balance"]

MOST, USUAL = 1000, 120


class Balance(OfService, WithSource, Panel):
    """Many connections at once: ``b = c.balance(service="my-app-svc", connections=200); b.send()``.

    They are made in the cluster itself, a thousand a second of its time, so that counters and connection tables show
    them. ``tally`` keeps the counts, ``plot`` shows them with the band in which chance stays.
    """

    KNOWN = (*Panel.KNOWN, "connections", "service", "source")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        say = self.say
        self.tally: Tally | None = None
        self.plot: Plot | None = None
        self.sources = combo(say["from"], next(iter(sources(cluster.state))), "pod/default/client")
        self.services = Chooser(say["service"])
        self.services.lead(service_names(cluster.state))
        self.many = IntSlider(
            value=USUAL, min=1, max=MOST, description=say["connections"], continuous_update=False, style=LABEL,
            layout={"width": "380px"},
        )  # fmt: skip
        for name, value in options.items():
            setattr(self, name, value)
        self.go = button("send", "paper-plane", lambda: self.change(self.send), say)
        self.shown = shown()
        self.stand(row(self.sources, self.services), row(self.many, self.go), self.status, self.shown)

    @property
    def connections(self) -> int:
        """How many."""
        return int(self.many.value)

    @connections.setter
    def connections(self, connections: int) -> None:
        """Change the number; raises UsageError for what is not a whole number in range."""
        if type(connections) is not int or not 1 <= connections <= MOST:
            msg = f"connections: {connections!r} is not a whole number from 1 to {MOST}"
            raise UsageError(msg)
        self.many.value = connections

    def send(self) -> Tally:  # type: ignore[override]  # a box sends no messages of its own to the page
        """Make the connections and count them; raises UsageError where none would reach a Pod."""
        return self.act(self._made)

    def _made(self) -> Tally:
        namespace, _, name = self.service.partition("/")
        if not name:
            raise UsageError(self.say["no service"])
        service = self.cluster.get("service", name, namespace)
        self.tally = tally(self.cluster, self.source, service, self.connections)
        self.plot = drawn([self.tally], self.lang)
        self.shown.value = self.plot._repr_html_()
        return self.tally

    def follow(self, state: State) -> str:
        """Offer the places that there are; say which Pods got more or less than chance would have it."""
        self.sources.options = sources(state)
        self.services.lead(service_names(state))
        found = self.tally
        if found is None:
            return self.say["no connections yet"]
        bands = {pod: found.band(pod) for pod in found.pods}
        beyond = [pod for pod, (low, high) in bands.items() if not low <= found.counts.get(pod, 0) <= high]
        told = ", ".join(beyond) or self.say["none"]
        return self.say["balance told"].format(service=found.service, sent=found.sent, mode=found.mode, outside=told)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The panel, and its plot as SVG for saved notebooks and exports."""
        data, metadata = super()._repr_mimebundle_(**options)
        return {**data, **(self.plot._repr_mimebundle_() if self.plot is not None else {})}, metadata
