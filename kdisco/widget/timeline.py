"""The past in the learner's hand: a slider over revisions, what each changed, and who has heard of what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ipywidgets import IntSlider, Play

from kdisco.errors import Expired, UsageError
from kdisco.phrase import complaint
from kdisco.table import Bold, table
from kdisco.view.topology import topology
from kdisco.view.watch import watchers
from kdisco.widget.controls import LABEL, button, row, scroll, shown, terminal
from kdisco.widget.panel import Panel

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.contrast.difference import Difference
    from kdisco.store.history import Moment
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["Timeline"]

PACE = 700  # milliseconds from one revision to the next while it plays


class Timeline(Panel):
    """The cluster at any revision that is remembered: ``t = c.timeline(); t.rewind(); t.forward()``.

    ``revision`` can be set. Only the picture goes back; the cluster itself stays in the present, until ``step`` or
    ``settle`` move its time on, or ``undo`` takes its last write back. At the newest revision the panel follows it.
    """

    KNOWN = (*Panel.KNOWN, "revision")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        say, newest = self.say, cluster.revision
        self._past: tuple[State, State] | None = None  # the state of the newest, and the one that is looked at
        self.slider = IntSlider(
            value=newest, min=min(cluster.history.oldest, newest), max=newest, description=say["revision"], style=LABEL,
            layout={"width": "460px"},
        )  # fmt: skip
        self.player = Play(min=self.slider.min, max=newest, value=newest, interval=PACE, show_repeat=False)
        self.shown = shown()
        hand = {
            "rewind": ("fast-backward", self.rewind), "back": ("step-backward", self.back),
            "forward": ("step-forward", self.forward), "newest": ("fast-forward", self.newest),
        }  # fmt: skip
        deeds = {"step": ("forward", self.step), "settle": ("check", self.settle), "undo": ("undo", self.undo)}
        looks = [button(word, icon, partial(self.change, do), say) for word, (icon, do) in hand.items()]
        self.buttons = [button(word, icon, partial(self.change, do), say) for word, (icon, do) in deeds.items()]
        self.revision = options.get("revision", newest)
        self.slider.observe(self.redraw_by_hand, "value")
        self.player.observe(self._played, "value")
        hands = row(*looks, *self.buttons)
        self.stand(row(self.slider, self.player), hands, self.status, self.diagram, self.shown)

    @property
    def revision(self) -> int:
        """The revision that is looked at."""
        return int(self.slider.value)

    @revision.setter
    def revision(self, revision: int) -> None:
        """Look at another one; raises UsageError or Expired for one that is not known."""
        self.cluster.history.until(revision)
        self.slider.value = revision

    @property
    def moment(self) -> Moment:
        """The newest moment of the revision that is looked at."""
        return self.cluster.history.until(self.revision)[-1]

    @property
    def difference(self) -> Difference | None:
        """What the revision changed, against the one before; None for the oldest."""
        at = self.revision
        return None if at <= self.slider.min else self.cluster.diff(at - 1, at)

    def rewind(self) -> None:
        """Look at the oldest revision."""
        self.slider.value = self.slider.min

    def back(self) -> None:
        """Look at the revision before."""
        self.slider.value = max(self.slider.min, self.revision - 1)

    def forward(self) -> None:
        """Look at the next revision."""
        self.slider.value = min(self.slider.max, self.revision + 1)

    def newest(self) -> None:
        """Look at the present, and follow it."""
        self.slider.value = self.slider.max

    def play(self) -> None:
        """Let the page run through the revisions, from the oldest where the newest is looked at."""
        if self.revision == self.slider.max:
            self.rewind()
        self.player.playing = True

    def step(self) -> None:
        """Let the next thing happen in the cluster, and look at it."""
        self.newest()
        self.act(self.cluster.step)

    def settle(self) -> None:
        """Let everything happen in the cluster, and look at it."""
        self.newest()
        self.act(self.cluster.settle)

    def undo(self) -> None:
        """Take the cluster's last write back, with all that followed; raises UsageError where there is none."""
        self.newest()
        self.act(self.cluster.undo)

    def follow(self, state: State) -> str:
        """Let the slider reach the newest revision; stay where it is unless it was there."""
        at_end = self.revision == self.slider.max
        self._stretch(min(self.cluster.history.oldest, state.revision), state.revision, at_end=at_end)
        past = self._state(state)
        changed = self._changed()
        seen = _seen(past, self.say)
        self.shown.value = scroll(seen, self.say["seen title"]) + terminal(changed, self.say["what changed"])
        told = self.say["moment"].format(now=past.now, revision=past.revision)
        return told if past is state else f"{told} · {self.say['the past'].format(newest=state.revision)}"

    def picture(self, state: State, since: int | None) -> Diagram | None:
        """The cluster as it was; what the revision made is marked."""
        past = self._state(state)
        return topology(past, self.lang, self.namespace, since if past is state else self.revision - 1)

    def _stretch(self, oldest: int, newest: int, *, at_end: bool) -> None:
        value = newest if at_end else min(max(self.revision, oldest), newest)
        for each in (self.slider, self.player):
            if (each.min, each.max, each.value) != (oldest, newest, value):
                with each.hold_trait_notifications():
                    each.min, each.max, each.value = oldest, newest, value

    def _state(self, state: State) -> State:
        """The state that is looked at; remembered while the cluster stands still."""
        if self.revision == state.revision:
            return state
        if self._past is None or self._past[0] is not state or self._past[1].revision != self.revision:
            self._past = (state, self.cluster.history.until(self.revision).state)
        return self._past[1]

    def _changed(self) -> str:
        """The difference in words; what is forgotten is said."""
        try:
            found = self.difference
        except (Expired, UsageError) as gone:
            return complaint(gone, self.lang)
        return self.say["oldest"] if found is None else found.text(self.lang)

    def _played(self, change: Any) -> None:
        if not self._busy:
            self.slider.value = change["new"]


def _seen(state: State, say: Any) -> str:
    """Who has heard how far, as a table; those behind stand out."""
    rows = []
    for each in watchers(state):
        missing = ", ".join(f"{count} {resource}" for resource, count in each.unheard.items())
        told = say["missing"].format(what=missing) if missing else say["up to date"]
        told = f"{say['held']}; {told}" if each.held else told
        rows.append((each.name, str(each.revision), Bold(told) if each.lags or each.held else told))
    heads = (say["component"], say["heard of"], say["state"])
    return table("seen", say["seen title"], heads, rows)
