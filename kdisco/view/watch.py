"""Who watches the API server, and how far each has heard: the view that every component works from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.view import dot
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.sheet import arrow, card, note
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["RESOURCES", "Watcher", "watch", "watchers"]

Words = Mapping[str, str]
RESOURCES = ("services", "endpointslices", "pods")  # what names and rules are made from
SERVER, ETCD, HEARER, STEP = (150.0, 46.0), (104.0, 50.0), (214.0, 48.0), 58.0  # points
COLUMNS = (0.0, 190.0, 470.0)
MOST = 12  # watchers drawn
KINDS = {"coredns": "dns", "kube-proxy": "proxy"}  # the others are controllers


@frozen(kw_only=True)
class Watcher:
    """One component: ``revision`` is its view's, ``unheard`` counts what it has yet to hear, by resource."""

    name: str
    revision: int
    unheard: Mapping[str, int]
    watched: tuple[str, ...]
    held: bool

    @property
    def lags(self) -> bool:
        """Whether something that it watches is news to it."""
        return bool(self.unheard)

    @property
    def kind(self) -> str:
        """Its class in a picture."""
        return KINDS.get(self.name.partition("@")[0], "controller")


def watchers(state: State) -> list[Watcher]:
    """Those who make names and rules of Services: each CoreDNS apart that hears apart, kube-proxy node by node."""
    names = ["coredns", *(f"kube-proxy@{node.name}" for node in state.view.list("nodes"))]
    names += ["endpointslice", "endpoints"]
    names += sorted(name for name in state.seen if name.startswith("coredns@"))
    known = {name for listed in state.watchers.values() for name in listed}
    return [_watcher(state, name) for name in names if name.partition("@")[0] in known]


def _watcher(state: State, name: str) -> Watcher:
    seen, base = state.seen_by(name), name.partition("@")[0]
    watched = tuple(each for each in RESOURCES if base in state.watchers.get(each, ()))
    unheard = {}
    for each in watched:
        old, new = seen.table(each), state.view.table(each)
        if old is not new and (count := sum(1 for _ in old.objects.diff(new.objects))):
            unheard[each] = count
    held = name in state.held or base in state.held
    return Watcher(name=name, revision=seen.revision, unheard=unheard, watched=watched, held=held)


def watch(state: State, lang: str | None = None) -> Diagram:
    """The store in the middle, those who watch it around, each with its view's revision and what it has not heard.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    found = watchers(state)
    title = say["watch title"].format(revision=state.revision)
    text = "\n".join([title, *(f"{each.name}: {'; '.join(_told(each, say))}" for each in found)])
    return Diagram(dot.graph(title, _drawn(state, found, say), layout="nop2"), text)


def _drawn(state: State, found: Sequence[Watcher], say: Words) -> Iterator[str]:
    shown = sorted(found, key=lambda each: not each.lags)[:MOST] if len(found) > MOST else found
    middle = -(len(shown) - 1) * STEP / 2 if shown else 0.0
    etcd, server = Box(COLUMNS[0], middle, *ETCD), Box(COLUMNS[1], middle, *SERVER)
    stored = say["revision"].format(revision=state.revision)
    yield card("etcd", etcd, ("etcd", stored), "etcd", outline={"shape": "cylinder", "style": "filled"})
    yield card("apiserver", server, ("kube-apiserver", say["tells"]), "apiserver")
    yield arrow("etcd", "apiserver", (etcd, server), "etcd")
    for at, each in enumerate(shown):
        box = Box(COLUMNS[2], -at * STEP, *HEARER)
        states = ("not-ready",) if each.lags or each.held else ()
        outline = {"style": "rounded,filled,dashed" if states else "rounded,filled"}
        yield card(each.name, box, (each.name, *_told(each, say)), each.kind, each.name, states=states, outline=outline)
        listed = ", ".join(each.watched)
        yield arrow("apiserver", each.name, (server, box), f"watch.{each.name}", dashed=bool(states), tooltip=listed)
    if len(found) > len(shown):
        words_ = say["more"].format(count=len(found) - len(shown))
        yield note("more", COLUMNS[2], -len(shown) * STEP + 12, words_)


def _told(each: Watcher, say: Words) -> list[str]:
    """How far it has heard, and what it makes of it."""
    revision = say["view of"].format(revision=each.revision)
    missing = ", ".join(f"{name} ({count})" for name, count in each.unheard.items())
    state = say["unheard"].format(what=missing) if missing else say["up to date"]
    if each.held:
        state = f"{say['cut off']}, {state}"
    return [f"{revision}: {state}", say[f"makes {each.name.partition('@')[0]}"]]
