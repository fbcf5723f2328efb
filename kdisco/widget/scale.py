"""A slider for the replicas of one Deployment, and the Pods that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets
from ipywidgets import IntSlider

from kdisco.errors import KdiscoError, UsageError
from kdisco.model.kinds import resource
from kdisco.model.workload import Deployment
from kdisco.view.topology import topology
from kdisco.widget.panel import Panel
from kdisco.widget.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kdisco.cluster import Cluster
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["MOST", "ReplicaSlider", "Scaler", "standing"]

MOST = 10  # replicas at the right end
WIDTH = "460px"


class ReplicaSlider(IntSlider):
    """A slider that refuses a value beyond its range instead of bending it; ``name`` is what it scales."""

    # not sent back to the page that moved it, which would make the new picture wait
    value = traitlets.CInt(0).tag(sync=True, echo_update=False)

    def __init__(self, name: str, act: Callable[[int], object], say: Mapping[str, str]) -> None:
        self._name, self._act, self._say, self._led = name, act, say, False
        super().__init__(  # type: ignore[no-untyped-call]  # ipywidgets is not annotated
            value=0, min=0, max=MOST, description=f"{name} replicas", continuous_update=True,
            style={"description_width": "initial"}, layout={"width": WIDTH},
        )  # fmt: skip
        self.observe(self._moved, "value")

    @traitlets.validate("value")
    def _validate_value(self, proposal: Any) -> int:
        value = proposal["value"]
        if not self.min <= value <= self.max:
            raise UsageError(self._say["beyond"].format(name=self._name, value=value, most=self.max))
        return int(value)

    def lead(self, replicas: int) -> None:
        """Show the cluster's own number; makes room for one beyond the range."""
        self._led = True
        try:
            self.max = max(MOST, replicas)
            self.value = replicas
        finally:
            self._led = False

    def _moved(self, change: Any) -> None:
        if not self._led:
            self._act(int(change["new"]))


class Scaler(Panel):
    """A slider for one Deployment above the picture of its Pods: ``Scaler(cluster, "deployment/my-app")``.

    ``value`` is the number of replicas, 0 to 10; setting it scales and settles the cluster. Raises UsageError
    for a value beyond the range, an unknown keyword, or a name that is no Deployment.
    """

    KNOWN = (*Panel.KNOWN, "name")

    def __init__(
        self, cluster: Cluster, name: str, namespace: str = "default", lang: str | None = None, **options: Any
    ) -> None:  # fmt: skip
        self._key = (namespace, _deployment_name(name))
        if cluster.state.view.get("deployments", self._key) is None:
            raise UsageError(words(lang)["not found"].format(name=name))
        self.slider = ReplicaSlider(self._key[1], self._scale, words(lang))
        super().__init__(cluster, lang, namespace, **options)
        self.stand(self.slider, self.diagram, self.status)

    @property
    def value(self) -> int:
        """The replicas that are wanted."""
        return int(self.slider.value)

    @value.setter
    def value(self, replicas: int) -> None:
        """Scale and settle; raises UsageError beyond 0 to 10, and nothing is changed."""
        if type(replicas) is not int:
            msg = f"{self._key[1]}: {replicas!r} is not a whole number"
            raise UsageError(msg)
        self.slider.value = replicas

    def follow(self, state: State) -> str:
        """Move the slider to what is stored."""
        found: Deployment | None = state.view.get("deployments", self._key)
        self.slider.disabled = found is None
        if found is None:
            return self.say["not found"].format(name=self._key[1])
        self.slider.lead(found.spec.replicas or 0)
        return standing(found, self.say)

    def picture(self, state: State, since: int | None) -> Diagram:
        """All nodes and Pods."""
        return topology(state, self.lang, self.namespace, since)

    def _scale(self, replicas: int) -> None:
        def act() -> None:
            self.cluster.scale(f"deployment/{self._key[1]}", replicas, self._key[0])
            self.cluster.settle()

        self.change(act)


def standing(found: Deployment, say: Mapping[str, str]) -> str:
    """How far a Deployment is, in words."""
    counts = {"ready": found.status.ready_replicas, "wanted": found.spec.replicas or 0}
    return say["deployment"].format(name=found.name, **counts)


def _deployment_name(text: str) -> str:
    """The name in ``deployment/my-app`` (any word that kubectl takes for the kind), or in ``my-app``."""
    kind, slash, name = str(text).partition("/")
    try:
        fits = not slash or resource(kind).cls is Deployment
    except KdiscoError:
        fits = False
    if not fits or not (name or kind):
        msg = f"{text}: a slider scales a Deployment, as in deployment/my-app"
        raise UsageError(msg)
    return name or kind
