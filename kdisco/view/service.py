"""A Service in front of changing Pods: the front end that stays, the back end that comes and goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.meta import Key
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.view import dot
from kdisco.view.backends import OUTLINES, backends, pod_state, ports, short
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.sheet import arrow, card, frame, nothing
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.store.state import State
    from kdisco.store.table import View

__all__ = ["service"]

Words = Mapping[str, str]
CLIENT, FRONT, POD, STEP = (112.0, 40.0), (212.0, 74.0), (176.0, 36.0), 44.0  # points
COLUMNS = (0.0, 206.0, 462.0)
TITLE, MOST = 26.0, 14  # points above what a frame holds; Pods drawn


@frozen(kw_only=True)
class Cast:
    """The Service, its Pods now, which of them are new, and those that are gone."""

    service: Service
    pods: Sequence[Pod]
    new: frozenset[Key]
    gone: Sequence[Pod]
    traffic: frozenset[Key]


def service(state: State, key: Key, lang: str | None = None, past: View | None = None) -> Diagram:
    """One Service as those who use it see it, before the Pods that it stands for; ``past``: mark what changed since.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    found: Service | None = state.view.get("services", key)
    title = say["service title"].format(name=key[1])
    if found is None:
        return Diagram(dot.graph(title, [nothing(say["nothing"], "service")]), f"{title}: {say['nothing']}")
    cast = _cast(state, found, past)
    domain = f"{found.name}.{found.namespace}.svc.{state.config.dns.zone}"
    text = "\n".join([title, *_told(cast, domain, say)])
    return Diagram(dot.graph(title, _drawn(cast, domain, say), layout="nop2"), text)


def _cast(state: State, found: Service, past: View | None) -> Cast:
    now, before = _pods(state.view, found), [] if past is None else _pods(past, found)
    known, here = {pod.key for pod in before}, {pod.key for pod in now}
    return Cast(
        service=found,
        pods=now,
        new=frozenset() if past is None else frozenset(here - known),
        gone=[pod for pod in before if pod.key not in here],
        traffic=frozenset(end.pod for end in backends(state.view, found) if end.pod and end.state == "ready"),
    )


def _pods(view: View, found: Service) -> list[Pod]:
    listed: list[Pod] = (
        list(view.select("pods", found.namespace, found.spec.selector)) if found.spec.selector else []
    )
    known = {pod.key for pod in listed}
    named = (view.get("pods", end.pod) for end in backends(view, found) if end.pod and end.pod not in known)
    return [*(pod for pod in listed if not pod.finished), *filter(None, named)]


def _drawn(cast: Cast, domain: str, say: Words) -> Iterator[str]:
    found, shown = cast.service, [*cast.pods, *cast.gone][:MOST]
    middle = -(len(shown) - 1) * STEP / 2 if shown else 0.0
    client, front = Box(COLUMNS[0], middle, *CLIENT), Box(COLUMNS[1], middle - 4, *FRONT)
    tall = max(len(shown), 1) * STEP + TITLE + 20
    kept = Box(COLUMNS[1], middle + 6, FRONT[0] + 22, FRONT[1] + TITLE + 24)
    yield frame("front", kept, (say["front"],), "frame", "front")
    yield frame("back", Box(COLUMNS[2], middle + 6, POD[0] + 26, tall), (say["behind"],), "frame", "back")
    yield card("client", client, (say["client"], say["knows name"]), "client", "client")
    yield card(
        "service", front, (found.name, domain, _address(found), f"{say['selector']}: {_pairs(found)}"),
        "service", *found.key, states=() if cast.traffic else ("not-ready",), size=11.0,
    )  # fmt: skip
    yield arrow("client", "service", (client, front), "client")
    for at, pod in enumerate(shown):
        box = Box(COLUMNS[2], -at * STEP, *POD)
        yield from _pod(pod, box, cast, say)
        if pod.key in cast.traffic and pod not in cast.gone:
            yield arrow("service", f"pod/{pod.name}", (front, box), f"{found.name}.{pod.name}", lane=0)
    rest = len(cast.pods) + len(cast.gone) - len(shown)
    if rest or not shown:
        words_ = say["more"].format(count=rest) if rest else say["no endpoints"]
        place = Box(COLUMNS[2], -len(shown) * STEP + (12 if shown else 0), POD[0], 20.0)
        yield card("rest", place, (words_,), "network", "rest", size=9.0)


def _pod(pod: Pod, box: Box, cast: Cast, say: Words) -> Iterator[str]:
    state, told = _state(pod, cast, say)
    states = (state, "changed") if pod.key in cast.new else (state,)
    yield card(
        f"pod/{pod.name}", box, (short(pod, 28), told), "pod", *pod.key, states=states, outline=OUTLINES[state],
        tooltip=f"Pod {'/'.join(pod.key)}, {told}",
    )  # fmt: skip


def _state(pod: Pod, cast: Cast, say: Words) -> tuple[str, str]:
    """The class of a Pod's state, and the words beside its name."""
    if pod in cast.gone:
        return "terminating", " ".join((*pod.addresses[:1], say["gone"]))
    state, word = pod_state(pod)
    fresh = [say["new"]] if pod.key in cast.new else []
    return state, " ".join((*pod.addresses[:1], ", ".join([say[word], *fresh])))


def _address(found: Service) -> str:
    return f"{found.spec.external_name or found.spec.cluster_ip} {ports(found)}"


def _pairs(found: Service) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(found.spec.selector.items())) or "-"


def _told(cast: Cast, domain: str, say: Words) -> Iterator[str]:
    yield f"{say['front']}: {domain} {_address(cast.service)}"
    yield f"{say['behind']}: {say['selector']} {_pairs(cast.service)}"
    yield from (f"  Pod {pod.name} {_state(pod, cast, say)[1]}" for pod in (*cast.pods, *cast.gone))
    if not cast.pods:
        yield f"  {say['no endpoints']}"
