"""Apply a manifest, and walk with it through the stages of the API server: what each looked at, what it changed."""

from __future__ import annotations

from difflib import unified_diff
from html import escape
from typing import TYPE_CHECKING, Any

from attrs import frozen
from ipywidgets import Textarea

from kdisco.language import LANGUAGES
from kdisco.model.manifest import to_yaml
from kdisco.model.service import Service
from kdisco.phrase import said
from kdisco.store.events import Refused, Request, StagePassed
from kdisco.table import Bold, table
from kdisco.view.registration import registration
from kdisco.view.words import words as view_words
from kdisco.widget.controls import LABEL, button, row, scroll, shown, terminal
from kdisco.widget.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kdisco.cluster import Cluster
    from kdisco.model.meta import Object
    from kdisco.store.history import Moment
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["Registrar", "Step"]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
STAGES = 9  # of a write that is stored

EXAMPLE = """\
apiVersion: v1
kind: Service
metadata:
  name: my-service
spec:
  selector:
    app: my-app
  ports:
  - port: 80
    targetPort: 8080
"""


@frozen
class Step:
    """One stage of one request: of which object, the how-manieth of how many."""

    name: str
    number: int
    count: int
    stage: StagePassed


class Registrar(Panel):
    """A manifest and its way to the store: ``r = c.registrar(); r.apply(); r.step()``.

    ``manifest`` is the text, one document or several; ``steps`` are the stages that the last ``apply`` passed,
    ``at`` is how many of them are shown. A refusal is told in the server's words, and the text stays as it was.
    """

    KNOWN = (*Panel.KNOWN, "manifest")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        say = self.say
        self.steps: tuple[Step, ...] = ()
        self.at = 0
        self.text = Textarea(
            value=options.get("manifest", EXAMPLE), description=say["manifest"], style=LABEL, rows=11,
            continuous_update=False, layout={"width": "min(640px, 100%)"},  # as a whole, before a button's message
        )  # fmt: skip
        self.text.add_class("kdisco-code")
        self.go = button("apply", "upload", lambda: self.change(self.apply), say)
        hand = {"stage back": ("step-backward", self.back), "stage on": ("step-forward", self.step),
                "stage all": ("fast-forward", self.finish)}  # fmt: skip
        walk = [button(word, icon, do, say) for word, (icon, do) in hand.items()]
        self.settle = button("settle", "check", lambda: self.change(cluster.settle), say)
        self.shown = shown()
        self.stand(self.text, row(self.go, *walk, self.settle), self.status, self.shown, self.diagram)

    @property
    def manifest(self) -> str:
        """The text that is applied."""
        return str(self.text.value)

    @manifest.setter
    def manifest(self, manifest: str) -> None:
        """Fill it in, as a hand would."""
        self.text.value = manifest

    def apply(self) -> Any:
        """Apply the manifest and stand at the first stage; raises in the server's words where it is refused."""
        history = self.cluster.history
        self.steps, self.at = (), 0

        def go() -> Any:
            newest = history[-1]
            try:
                return self.cluster.apply(self.manifest, self.namespace)
            finally:
                self.steps = tuple(_steps(_since(history, newest)))
                self.at = min(1, len(self.steps))

        return self.act(go)

    def step(self) -> None:
        """Go on to the next stage."""
        self._stand_at(self.at + 1)

    def back(self) -> None:
        """Go back to the stage before."""
        self._stand_at(self.at - 1)

    def finish(self) -> None:
        """Go on to the last stage."""
        self._stand_at(len(self.steps))

    def _stand_at(self, at: int) -> None:
        self.at = max(min(1, len(self.steps)), min(at, len(self.steps)))
        self.redraw()

    def follow(self, state: State) -> str:
        """Tell of the stage at which the manifest stands, and list those behind it."""
        del state
        self.shown.value = self._told()
        if not self.at:
            return self.say["nothing applied"]
        here = self.steps[self.at - 1]
        words = {"name": here.name, "number": here.number, "count": here.count, "stage": self._stage(here)}
        words["note"] = said(here.stage.note, self.lang)
        return self.say["stage told"].format(**words)

    def picture(self, state: State, since: int | None) -> Diagram | None:
        """The way of the last Service, the stage at which it stands chosen."""
        del since
        if not self.at:
            return None
        here = self.steps[self.at - 1]
        if not here.name.startswith("Service/"):
            return None
        key = (self._space(here), here.name.partition("/")[2])
        return registration(state, self.cluster.history.facts(), self.lang, key)

    def presented(self) -> None:
        """Choose the stage at which it stands."""
        if self.at:
            stage = self.steps[self.at - 1].stage.stage
            self.diagram.selected = f"apiserver.{stage.replace(' + ', '-').replace(' ', '-')}"

    def _space(self, here: Step) -> str:
        objects = (here.stage.after, here.stage.before)
        return next((each.namespace for each in objects if isinstance(each, Service)), "") or self.namespace

    def _stage(self, here: Step) -> str:
        name = here.stage.stage
        return name if self.lang == LANGUAGES[0] else view_words(self.lang).get(f"stage {name}", name)

    def _note(self, here: Step) -> str:
        return str(said(here.stage.note, self.lang))

    def _details(self, stage: StagePassed) -> Iterable[tuple[str, str]]:
        return ((said(name, self.lang), said(done, self.lang)) for name, done in stage.details)

    def _told(self) -> str:
        """The stages so far as a table, and what the present one changed."""
        if not self.at:
            return ""
        heads = (self.say["object"], self.say["stage"], self.say["what it did"])
        signs = {True: "\u2713", False: "\u2717"}
        rows: list[tuple[str, ...]] = [
            (each.name, f"{each.number}. {self._stage(each)}", f"{signs[each.stage.passed]} {self._note(each)}")
            for each in self.steps[: self.at]
        ]
        rows[-1] = (rows[-1][0], *(Bold(cell) for cell in rows[-1][1:]))
        here = self.steps[self.at - 1].stage
        parts = "".join(f"<li><b>{escape(name)}</b>: {escape(done)}</li>" for name, done in self._details(here))
        listed = f"<ul>{parts}</ul>" if parts else ""
        changed = terminal(_changed(here), self.say["what it changed"])
        return scroll(table("stages", self.say["stages"], heads, rows), self.say["stages"]) + changed + listed


def _since(history: Iterable[Moment], newest: Moment) -> list[Moment]:
    """The moments after one."""
    found: list[Moment] = []
    for each in reversed(list(history)):
        if each is newest:
            break
        found.append(each)
    return found[::-1]


def _steps(moments: Iterable[Moment]) -> Iterable[Step]:
    for moment in moments:
        stages = [fact for fact in moment.facts if isinstance(fact, StagePassed)]
        if not isinstance(moment.event, Request) or not stages:
            continue
        objects = [each for stage in stages for each in (stage.after, stage.before) if each is not None]
        kind = objects[-1].KIND if objects else moment.event.resource
        name = f"{kind}/{objects[-1].name if objects else moment.event.name}"
        refused = any(isinstance(fact, Refused) for fact in moment.facts)
        count = len(stages) if not refused else max(len(stages), STAGES)
        yield from (Step(name, number, count, stage) for number, stage in enumerate(stages, 1))


def _changed(stage: StagePassed) -> str:
    """What a stage changed in the object, line by line of its YAML; "" for nothing."""
    if stage.after is None or stage.before is None or stage.after is stage.before:
        return ""
    old, new = (_plain(each).splitlines() for each in (stage.before, stage.after))
    return "\n".join(line for line in list(unified_diff(old, new, lineterm="", n=1))[2:] if not line.startswith("@@"))


def _plain(found: Object) -> str:
    """An object as YAML, without the copy of itself that kubectl puts into an annotation."""
    document = found.to_dict()
    annotations = document["metadata"].get("annotations", {})
    annotations.pop(LAST_APPLIED, None)
    if not annotations:
        document["metadata"].pop("annotations", None)
    return to_yaml(document)
