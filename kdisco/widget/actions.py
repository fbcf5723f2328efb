"""What can be done with the things in a picture: one table of actions, each a request that the API server judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kdisco.control.listen import LISTENS
from kdisco.errors import UsageError
from kdisco.model.meta import Object
from kdisco.model.pod import Pod
from kdisco.model.workload import Deployment, ReplicaSet
from kdisco.store.state import State
from kdisco.widget.controls import labels_text
from kdisco.widget.things import plural_of

if TYPE_CHECKING:
    from kdisco.cluster import Cluster  # noqa: TC004 - attrs reads field types as text

__all__ = ["ACTIONS", "Action", "deaf", "offered", "perform"]

Words = Mapping[str, str]


@frozen
class Action:
    """``words`` say what would be done with an object, None: it is not offered. ``entry`` is a text to begin with.

    ``do`` asks for it, with what was typed; it gives a line to be told where the outcome surprises, else "".
    """

    words: Callable[[State, Object, Words], str | None]
    do: Callable[[Cluster, Object, Any, Words], str]
    entry: Callable[[Object], str] | None = None


def offered(state: State, found: Object, say: Words) -> list[dict[str, str]]:
    """The actions for an object as the page wants them: ``key``, ``label``, and for a text ``entry`` and ``hint``."""
    listed = []
    for key, action in ACTIONS.items():
        label = action.words(state, found, say)
        if label is not None:
            typed = {"entry": action.entry(found), "hint": say[f"{key} hint"]} if action.entry else {}
            listed.append({"key": key, "label": label, **typed})
    return listed


def perform(cluster: Cluster, key: str, found: Object, value: Any, say: Words) -> str:
    """Do it; raises UsageError for what is not offered, ApiError for what the API server refuses."""
    action = ACTIONS.get(key)
    if action is None or action.words(cluster.state, found, say) is None:
        raise UsageError(say["no such action"].format(thing=found.name))
    return action.do(cluster, found, value, say)


def deaf(pod: Pod) -> bool:
    """Whether somebody has made a Pod answer on no port."""
    return pod.metadata.annotations.get(LISTENS) == ""


def workload(state: State, found: Object) -> Object | None:
    """The Deployment or ReplicaSet that says how many there are of an object: itself, or who owns it."""
    if isinstance(found, Deployment):
        return found
    for owner in found.metadata.owner_references or ():
        above: Object | None = None
        if owner.controller and owner.kind in ("ReplicaSet", "Deployment"):
            above = state.view.get(f"{owner.kind.lower()}s", (found.namespace, owner.name))
        if above is not None:
            return workload(state, above)
    return found if isinstance(found, ReplicaSet) else None


def _scaling(step: int) -> Action:
    """One more or one fewer of a workload's Pods."""

    def wanted(state: State, found: Object) -> tuple[Object, int] | None:
        owner = workload(state, found)
        if not isinstance(owner, (Deployment, ReplicaSet)):
            return None
        replicas = (owner.spec.replicas or 0) + step
        return (owner, replicas) if replicas >= 0 else None

    def words(state: State, found: Object, say: Words) -> str | None:
        then = wanted(state, found)
        return then and say["scale"].format(name=then[0].name, replicas=then[1])

    def do(cluster: Cluster, found: Object, _value: Any, _say: Words) -> str:
        then = wanted(cluster.state, found)
        if then is not None:
            cluster.scale(f"{plural_of(then[0])}/{then[0].name}", then[1], then[0].namespace)
        return ""

    return Action(words, do)


def _of_pods(word: str, fits: Callable[[Pod], bool]) -> Callable[[State, Object, Words], str | None]:
    """A word for Pods that fit."""
    return lambda _, found, say: say[word] if isinstance(found, Pod) and fits(found) else None


def _delete(cluster: Cluster, found: Object, _value: Any, _say: Words) -> str:
    cluster.delete(plural_of(found), found.name, found.namespace)
    return ""


def _deafen(cluster: Cluster, found: Object, _value: Any, say: Words) -> str:
    """Nobody listens in the Pod any more: a readiness probe notices it, and nothing else does."""
    _annotate(cluster, found, "")
    probed = isinstance(found, Pod) and any(each.readiness_probe is not None for each in found.spec.containers)
    return "" if probed else say["still ready"].format(pod=found.name)


def _restore(cluster: Cluster, found: Object, _value: Any, _say: Words) -> str:
    """As its template says."""
    owners = [each.name for each in found.metadata.owner_references or () if each.kind == "ReplicaSet"]
    above: ReplicaSet | None = cluster.state.view.get("replicasets", (found.namespace, owners[0])) if owners else None
    _annotate(cluster, found, above.spec.template.metadata.annotations.get(LISTENS) if above else None)
    return ""


def _annotate(cluster: Cluster, found: Object, listened: str | None) -> None:
    change = {"metadata": {"annotations": {LISTENS: listened}}}
    cluster.patch(plural_of(found), found.name, change, found.namespace)


def _label(cluster: Cluster, found: Object, value: Any, say: Words) -> str:
    """Give it exactly these labels."""
    wanted: dict[str, str | None] = dict.fromkeys(found.labels)
    for part in filter(None, (each.strip() for each in str(value or "").split(","))):
        key, sign, told = part.partition("=")
        if not sign or not key.strip():
            raise UsageError(say["no label"].format(part=part))
        wanted[key.strip()] = told.strip()
    cluster.patch(plural_of(found), found.name, {"metadata": {"labels": wanted}}, found.namespace)
    return ""


ACTIONS: Mapping[str, Action] = {
    "delete": Action(_of_pods("delete", lambda _: True), _delete),
    "fail": Action(_of_pods("fail", lambda pod: not deaf(pod)), _deafen),
    "restore": Action(_of_pods("restore", deaf), _restore),
    "fewer": _scaling(-1),
    "more": _scaling(1),
    "label": Action(lambda _state, _found, say: say["label"], _label, lambda found: labels_text(found.labels)),
}
