"""A Service's selector and the labels of Pods, to edit; which Pods match, and in what the others fall short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import Button, HBox, Text, VBox

from kdisco.errors import UsageError
from kdisco.phrase import Phrase
from kdisco.view.nearness import judged
from kdisco.view.selector import selector
from kdisco.widget.chosen import OfService
from kdisco.widget.controls import LABEL, Chooser, button, labels_text, row
from kdisco.widget.panel import Panel
from kdisco.widget.places import service_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kdisco.cluster import Cluster
    from kdisco.model.service import Service
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["SelectorPanel", "read_labels"]

MOST = 12  # Pods whose labels can be edited at once
PART = "/"


class Editor(HBox):
    """Labels as text, ``app=web,tier=front``, and a button that sets them; what is typed stays until it is set."""

    def __init__(self, label: str, act: Any, say: Mapping[str, str]) -> None:
        self._stored = ""
        self.field = Text(  # sent as a whole: the button's message would overtake the last letters
            description=label, continuous_update=False, style=LABEL, layout={"width": "min(560px, 100%)"}
        )
        self.go: Button = button("set labels", "tag", lambda: act(self.field.value), say)
        super().__init__([self.field, self.go])  # type: ignore[no-untyped-call]  # ipywidgets is not annotated
        self.add_class("kdisco-row")  # type: ignore[no-untyped-call]  # likewise

    def lead(self, labels: Mapping[str, str]) -> None:
        """Show what is stored, unless somebody has typed something else meanwhile."""
        stored = labels_text(labels)
        if self.field.value in (self._stored, stored):
            self.field.value = stored
        self._stored = stored


class SelectorPanel(OfService, Panel):
    """Which Pods a Service selects: ``c.selector_panel(service="my-app-svc")``.

    ``set_selector({"app": "web"})`` and ``set_labels(pod, {...})`` do what the editors do; ``matching`` names the Pods
    that are found. With every change the cluster settles.
    """

    KNOWN = (*Panel.KNOWN, "service")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        self.services = Chooser(self.say["service"])
        self.services.lead(service_names(cluster.state))
        if "service" in options:
            self.service = options["service"]
        self.services.observe(self._other, "value")
        self.selector = Editor(self.say["selector of"], self._typed_selector, self.say)
        self.editors: dict[str, Editor] = {}
        self._pods = VBox()
        self.stand(row(self.services), self.selector, self._pods, self.status, self.diagram)

    @property
    def matching(self) -> tuple[str, ...]:
        """The Pods that the selector finds, ``ns/name``."""
        found = self._found(self.cluster.state)
        return () if found is None else tuple(
            "/".join(each.pod.key) for each in judged(self.cluster.state.view, found) if each.chosen
        )

    def set_selector(self, labels: Mapping[str, str]) -> None:
        """Give the Service another selector; raises as the API server refuses it."""
        namespace, _, name = self.service.partition(PART)
        body = {"spec": {"selector": self._patch(self._found(self.cluster.state), "selector", labels)}}
        self._write("service", name, namespace, body)

    def set_labels(self, pod: str, labels: Mapping[str, str]) -> None:
        """Give a Pod ``ns/name`` other labels; raises as the API server refuses them."""
        namespace, _, name = pod.removeprefix("pod/").rpartition(PART)
        found = self.cluster.get("pod", name, namespace or self.namespace)
        self._write("pod", name, found.namespace, {"metadata": {"labels": self._patch(found, "labels", labels)}})

    def follow(self, state: State) -> str:
        """Show what is stored, and say who matches; an editor for every Pod of the namespace, the nearest first."""
        self.services.lead(service_names(state))
        found = self._found(state)
        if found is None:
            self._pods.children = ()
            return self.say["no service"]
        self.selector.lead(found.spec.selector)
        matched = [each for each in judged(state.view, found) if each.pod.namespace == found.namespace]
        names = ["/".join(each.pod.key) for each in matched[:MOST]]
        self.editors = {name: self.editors.get(name) or self._editor(name) for name in names}
        for name, each in zip(names, matched, strict=False):
            self.editors[name].lead(each.pod.labels)
        if tuple(self.editors.values()) != self._pods.children:
            self._pods.children = tuple(self.editors.values())
        chosen = sum(each.chosen for each in matched)
        told = self.say["matching"].format(name=found.name, chosen=chosen, pods=len(matched))
        left = len(matched) - len(names)
        return f"{told} · {self.say['more'].format(count=left)}" if left else told

    def picture(self, state: State, since: int | None) -> Diagram | None:
        """The selector beside the Pods, matching labels marked."""
        del since
        namespace, _, name = self.service.partition(PART)
        return selector(state, (namespace, name), self.lang) if self.service else None

    def _found(self, state: State) -> Service | None:
        namespace, _, name = self.service.partition(PART)
        found: Service | None = state.view.get("services", (namespace, name))
        return found

    def _editor(self, pod: str) -> Editor:
        def act(text: str) -> None:
            self.change(lambda: self.set_labels(pod, read_labels(text)))

        return Editor(pod.rpartition(PART)[2], act, self.say)

    def _typed_selector(self, text: str) -> None:
        self.change(lambda: self.set_selector(read_labels(text)))

    def _patch(self, found: Any, part: str, labels: Mapping[str, str]) -> dict[str, str | None]:
        """A merge patch that leaves these labels and no others."""
        there = {} if found is None else found.spec.selector if part == "selector" else found.labels
        return {**dict.fromkeys(there), **labels}

    def _write(self, kind: str, name: str, namespace: str, body: Mapping[str, Any]) -> None:
        def act() -> None:
            self.cluster.patch(kind, name, body, namespace)
            self.cluster.settle()

        self.act(act)

    def _other(self, _: Any) -> None:
        if not self._busy:
            self.selector.field.value = ""  # another Service has another selector
            self.selector.lead({})
            self.redraw()


def read_labels(text: str) -> dict[str, str]:
    """Labels as somebody types them, ``app=web, tier=front``; raises UsageError for what is no pair."""
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        key, sign, value = part.partition("=")
        if not sign or not key.strip():
            msg = Phrase("{part!r} is no label: write key=value, several with commas between them", part=part)
            raise UsageError(msg)
        found[key.strip()] = value.strip().removeprefix("=")
    return found
