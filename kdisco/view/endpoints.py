"""What stands behind a Service: its selector, its EndpointSlices, and the Pods they list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.endpoints import Endpoints, EndpointSlice
from kdisco.model.meta import Key
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.view import dot
from kdisco.view.backends import OUTLINES, endpoint_state, pod_state, ports, short, slices
from kdisco.view.box import Box, across
from kdisco.view.diagram import Diagram
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["endpoints"]

Words = Mapping[str, str]
SERVICE, SLICE, POD = (168.0, 60.0), (176.0, 40.0), (178.0, 36.0)  # points
COLUMNS = (0.0, 250.0, 520.0)
STEP = 46.0  # points from one row to the next
MOST, STRANGERS = 24, 4  # Pods drawn: of the Service, and others beside them
WORD_OF = {"ready": "ready", "not-ready": "not ready", "terminating": "deleting"}
LINES = {"ready": None, "not-ready": "dashed", "terminating": "dotted"}


@frozen(kw_only=True)
class Cast:
    """Who appears: the Service, its slices, its old Endpoints, its Pods, and Pods that its selector passes over."""

    service: Service
    slices: Sequence[EndpointSlice]
    legacy: Endpoints | None
    pods: Sequence[Pod]
    strangers: Sequence[Pod]
    states: Mapping[tuple[str, Key], str]


def endpoints(state: State, service: Key, lang: str | None = None) -> Diagram:
    """One Service with its back end, as stored; a Service that is not there gives a picture that says so."""
    say = words(lang)
    found: Service | None = state.view.get("services", service)
    title = say["endpoints"].format(name=service[1])
    if found is None:
        nothing = dot.node("none", label=say["nothing"], **dot.thing("service"))
        return Diagram(dot.graph(title, [nothing]), f"{title}: {say['nothing']}")
    cast = _cast(state, found)
    text = "\n".join([title, *_told(cast, say)])
    return Diagram(dot.graph(title, _drawn(cast, say), layout="nop2"), text)


def _cast(state: State, service: Service) -> Cast:
    listed = slices(state.view, service)
    states = {
        (each.name, (entry.target_ref.namespace, entry.target_ref.name)): endpoint_state(entry)
        for each in listed
        for entry in each.endpoints or ()
        if entry.target_ref is not None
    }
    behind = {key for _, key in states}
    wanted = set(behind)
    if service.spec.selector:
        wanted |= {pod.key for pod in state.view.select("pods", service.namespace, service.spec.selector)}
    everyone: list[Pod] = [pod for pod in state.view.list("pods", service.namespace) if not pod.finished]
    return Cast(
        service=service,
        slices=listed,
        legacy=state.view.get("endpoints", service.key),
        pods=[pod for pod in everyone if pod.key in wanted],
        strangers=[pod for pod in everyone if pod.key not in wanted],
        states=states,
    )


def _drawn(cast: Cast, say: Words) -> Iterator[str]:
    pods = [*cast.pods[:MOST], *cast.strangers[:STRANGERS]]
    middle = -(len(pods) - 1) * STEP / 2 if pods else 0.0
    front = Box(COLUMNS[0], middle, *SERVICE)
    places = {pod.key: Box(COLUMNS[2], -at * STEP, *POD) for at, pod in enumerate(pods)}
    yield _front(cast.service, front, say)
    tall = len(cast.slices) + (cast.legacy is not None)
    for at, each in enumerate(cast.slices):
        box = Box(COLUMNS[1], middle + (tall - 1) * STEP / 2 - at * STEP, *SLICE)
        yield _slice(each, box, say)
        yield dot.edge("service", f"slice/{each.name}", id=f"edge.{each.name}", pos=across(front, box))
        for (name, key), state in sorted(cast.states.items()):
            if name == each.name and key in places:
                yield dot.edge(
                    f"slice/{name}", f"pod/{key[1]}", id=f"edge.{name}.{key[1]}", style=LINES[state],
                    class_="lane-0" if state == "ready" else None,
                    pos=across(box, places[key]), tooltip=say[WORD_OF[state]],
                )  # fmt: skip
    if cast.legacy is not None:
        yield from _legacy(cast.legacy, front, Box(COLUMNS[1], middle - (tall - 1) * STEP / 2, *SLICE), say)
    for pod in pods:
        yield _pod(pod, places[pod.key], say, chosen=pod in cast.pods)


def _front(service: Service, box: Box, say: Words) -> str:
    selector = _pairs(service.spec.selector) or say["no selector"]
    address = f"{service.spec.external_name or service.spec.cluster_ip} {ports(service)}"
    return dot.node(
        "service",
        label=dot.label(
            dot.strong(dot.cut(service.name, 22), 11), dot.muted(dot.cut(address, 32), 9),
            dot.muted(f"{say['selector']}: {dot.trim(selector, 30)}", 9),
        ),
        tooltip=f"Service {'/'.join(service.key)}, {address}, {say['selector']} {selector}",
        style="filled", penwidth=1.6, **box.place, **dot.thing("service", *service.key),
    )  # fmt: skip


def _slice(each: EndpointSlice, box: Box, say: Words) -> str:
    listed = ",".join(f"{port.port}/{port.protocol or 'TCP'}" for port in each.ports or ()) or "-"
    body = f"{each.address_type}, {listed}, {len(each.endpoints or ())} {say['entries']}"
    return dot.node(
        f"slice/{each.name}",
        label=dot.label(dot.strong(dot.cut(each.name, 26), 10), dot.muted("EndpointSlice", 8), dot.muted(body, 8)),
        tooltip=f"EndpointSlice {'/'.join(each.key)}, {body}",
        **box.place, **dot.thing("endpointslice", *each.key),
    )  # fmt: skip


def _legacy(found: Endpoints, front: Box, box: Box, say: Words) -> Iterator[str]:
    yield dot.node(
        "legacy",
        label=dot.label(
            dot.strong(dot.cut(found.name, 26), 10), dot.muted("Endpoints", 8), dot.muted(say["deprecated"], 8)
        ),
        tooltip=f"Endpoints {'/'.join(found.key)}, {say['deprecated']}",
        style="rounded,filled,dashed", **box.place, **dot.thing("endpoints", *found.key),
    )  # fmt: skip
    yield dot.edge("service", "legacy", id="edge.endpoints", style="dashed", pos=across(front, box))


def _pod(pod: Pod, box: Box, say: Words, *, chosen: bool) -> str:
    state, word = pod_state(pod)
    address = pod.addresses[0] if pod.addresses else ""
    told = f"{address} {say[word]}".strip() if chosen else f"{say['no match']}: {_pairs(pod.labels)}"
    return dot.node(
        f"pod/{pod.name}",
        label=dot.label(dot.strong(short(pod, 24), 10), dot.muted(dot.trim(told, 40))),
        tooltip=f"Pod {'/'.join(pod.key)}, {told}",
        **box.place, **OUTLINES[state], **dot.thing("pod", *pod.key, states=(state,)),
    )  # fmt: skip


def _pairs(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if key != "pod-template-hash")


def _told(cast: Cast, say: Words) -> Iterator[str]:
    spec = cast.service.spec
    yield f"Service {cast.service.name} {spec.external_name or spec.cluster_ip} {ports(cast.service)}"
    yield f"  {say['selector']}: {_pairs(spec.selector) or say['no selector']}"
    for each in cast.slices:
        yield f"  EndpointSlice {each.name}"
        for entry in each.endpoints or ():
            name = entry.target_ref.name if entry.target_ref else ""
            yield " ".join(filter(None, ("   ", name, *entry.addresses[:1], say[WORD_OF[endpoint_state(entry)]])))
    if not cast.slices:
        yield f"  {say['no slice']}"
    for pod in cast.strangers[:STRANGERS]:
        yield f"  Pod {pod.name}: {say['no match']} ({_pairs(pod.labels)})"

