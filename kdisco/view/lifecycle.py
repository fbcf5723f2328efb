"""A Pod's life as a graph of the states that kubectl shows, found by letting the model live through some Pods.

So picture and model cannot disagree: what a kubelet or the scheduler does is where an arrow comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from kdisco.cluster import Cluster
from kdisco.store.events import Change
from kdisco.view import dot
from kdisco.view.diagram import Diagram
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.model.pod import Pod
    from kdisco.store.history import Moment
    from kdisco.store.state import State

__all__ = ["Transition", "condition", "lifecycle", "transitions"]

Words = Mapping[str, str]
Transition = tuple[str, str, str]  # from a state to a state, and the last Event told then
NONE, GONE = "none", "gone"
LIVES = {  # what each Pod's container is beside its name and image: a life of each sort
    "runs": "",
    "warms up": ", ports: [{containerPort: 80}], readinessProbe: {httpGet: {port: 80}, initialDelaySeconds: 3}",
    "crashes": ', command: [sh, -c, "sleep 2; exit 1"]',
    "ends": ', command: [sh, -c, "sleep 2"]',
    "fails": ', command: [sh, -c, "sleep 2; exit 1"]',
    "has no image": "",
}
ONCE = ("ends", "fails")
LONG = 60.0  # seconds in which all of it happens
STATES = {"Running": "ready", "Completed": "ready", "Terminating": "terminating", NONE: "", GONE: ""}
SOFT = ("Pending", "ContainerCreating", "Running, not ready")  # the others are trouble


def condition(pod: Pod | None) -> str:
    """The word that ``kubectl get pods`` prints under STATUS; of a running one that is not ready, it says so too."""
    if pod is None:
        return NONE
    if pod.deleting:
        return "Terminating"
    if not pod.spec.node_name:
        return "Pending"
    for each in pod.status.container_statuses:
        if each.state.waiting is not None:
            return str(each.state.waiting.get("reason") or "Pending")
        if each.state.terminated is not None:
            return str(each.state.terminated.get("reason") or "Completed")
    phase = pod.status.phase or "Pending"
    return "Running, not ready" if phase == "Running" and not pod.ready else phase


@cache
def transitions() -> tuple[Transition, ...]:
    """Every change of state in the lives of some Pods of one small cluster, each once, in order of appearance."""
    cluster = Cluster(nodes=1, addons=False)
    for at, (name, more) in enumerate(LIVES.items()):
        image = "registry.invalid/app" if name == "has no image" else "app"
        policy = "Never" if name in ONCE else "Always"
        cluster.create(
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: pod-{at}}}\n"
            f"spec: {{restartPolicy: {policy}, containers: [{{name: app, image: {image}{more}}}]}}"
        )
    cluster.run(LONG)
    for at in range(len(LIVES)):
        cluster.delete("pod", f"pod-{at}")
    cluster.run(LONG)
    found = (each for moment in cluster.history for each in _moved(moment))
    return tuple(dict.fromkeys(found))


def _moved(moment: Moment) -> Iterator[Transition]:
    """The Pods that came into another state at one moment."""
    changes = [fact for fact in moment.facts if isinstance(fact, Change)]
    told = [str(getattr(each.object, "reason", "")) for each in changes if each.resource == "events"]
    for each in changes:
        if each.resource == "pods":
            before, after = condition(each.before), condition(each.after)  # type: ignore[arg-type]  # of pods
            after = GONE if each.type == "DELETED" else after
            if before != after:
                yield before, after, told[-1] if told else ""


def lifecycle(state: State, lang: str | None = None, pods: Sequence[Pod] | None = None) -> Diagram:
    """The states of a Pod's life, and where the Pods of a cluster are now, or these ``pods``.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    everyone: list[Pod] = list(state.view.list("pods")) if pods is None else list(pods)
    here: dict[str, list[str]] = {}
    for pod in everyone:
        here.setdefault(condition(pod), []).append(pod.name)
    moves = _joined(transitions())
    names = list(dict.fromkeys([*(name for pair in moves for name in pair), *here]))
    title = say["life title"]
    lines = [*(_state(name, here.get(name, ()), say) for name in names), *_moves(moves, say)]
    text = "\n".join([title, *_told(moves, here, say)])
    return Diagram(dot.graph(title, lines, rankdir="LR", nodesep=0.25, ranksep=0.35), text)


def _joined(found: Sequence[Transition]) -> dict[tuple[str, str], str]:
    """All ways from a state to another as one, with the words of the first that has any."""
    joined: dict[tuple[str, str], str] = {}
    for before, after, why in found:
        joined[before, after] = joined.get((before, after)) or why
    return joined


def _state(name: str, here: Sequence[str], say: Words) -> str:
    shown = say.get(f"life {name}", name)
    kind = STATES.get(name, "not-ready" if name in SOFT else "refused")
    below = [dot.muted(dot.trim(_present(here, say), 34), 8.5)] if here else []
    states = [*filter(None, (kind,)), *(["changed"] if here else [])]
    return dot.node(
        name, label=dot.label(dot.strong(shown, 10), *below), margin="0.14,0.07",
        tooltip=", ".join(filter(None, (shown, _present(here, say) if here else ""))),
        style="rounded,filled,bold" if here else "rounded,filled",
        **dot.thing("rule", "state", name.replace(", ", "-").replace(" ", "-"), states=states),
    )  # fmt: skip


def _present(here: Sequence[str], say: Words) -> str:
    names = here[0] if len(here) == 1 else say["life and"].format(name=here[0], count=len(here) - 1)
    return say["life here"].format(names=names)


def _moves(moves: Mapping[tuple[str, str], str], say: Words) -> Iterator[str]:
    for at, ((before, after), why) in enumerate(moves.items()):
        back, ends = after in (GONE, "Terminating"), [say.get(f"move {name}", name) for name in (before, after)]
        label = f" {dot.trim(why, 24)} " if why and not back else None
        yield dot.edge(
            before, after, id=f"edge.{at}", label=label, tooltip=why or " \u2192 ".join(ends),
            style="dashed" if back else None,
        )  # fmt: skip


def _told(moves: Mapping[tuple[str, str], str], here: Mapping[str, Sequence[str]], say: Words) -> Iterator[str]:
    for name, pods in here.items():
        yield f"{say.get(f'life {name}', name)}: {_present(pods, say)}"
    for (before, after), why in moves.items():
        line = f"  {say.get(f'life {before}', before)} -> {say.get(f'life {after}', after)}"
        yield f"{line}: {why}" if why else line
