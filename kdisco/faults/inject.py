"""Inject a fault, take it back, and what there is and what is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from kdisco.errors import NotFound, UsageError
from kdisco.faults.fault import Fault, Faults, Injected
from kdisco.faults.hand import Hand, operate
from kdisco.faults.machines import MACHINES
from kdisco.faults.objects import OBJECTS
from kdisco.faults.standing import in_force
from kdisco.model.frozen import FrozenMap, thaw
from kdisco.net.lost import host
from kdisco.phrase import Phrase
from kdisco.store.events import ADMIN

if TYPE_CHECKING:
    from kdisco.cluster import Cluster

__all__ = ["FAULTS", "faults", "heal", "inject"]

FAULTS: dict[str, Fault] = {each.code: each for each in (*OBJECTS, *MACHINES)}


def faults(cluster: Cluster) -> Faults:
    """All faults there are, and those in force in a cluster."""
    return Faults(tuple(FAULTS.values()), tuple(in_force(cluster.state).values()))


def inject(cluster: Cluster, code: str, **aim: str) -> Injected:
    """Break something; nothing reacts before time moves. ``aim`` says where, else something fitting is chosen.

    Raises UsageError for an unknown fault, for an aim that it has not, and where there is nothing to aim at.
    """
    fault = _known(code)
    for name, value in aim.items():
        if name not in fault.where or not isinstance(value, str):
            aims = {"name": name, "value": repr(value), "code": code, "known": ", ".join(fault.where)}
            msg = Phrase("{name}={value}: {code} is aimed by {known}, each a name", **aims)
            raise UsageError(msg)
    there = in_force(cluster.state)
    if code in there:
        words = "{code} is in force already: {fault}; heal it first"
        msg = Phrase(words, code=code, fault=there[code])
        raise UsageError(msg)
    hand = Hand(cluster.as_user(ADMIN), dict(aim))
    state = cluster.state
    try:
        fault.do(hand)
    except BaseException:  # an interrupt too
        cluster.history.add(evolve(state, changes=()), None, ())  # nothing half-applied
        raise
    made = Injected(code=code, aim=FrozenMap(hand.aim), undo=tuple(reversed(hand.undo)))
    operate(cluster, faults=cluster.state.faults.merged({code: made}))
    return made


def heal(cluster: Cluster, code: str | None = None) -> Cluster:
    """Take a fault back, or all that are in force; raises UsageError for one that is not."""
    there = in_force(cluster.state)
    if code is not None and code not in there:
        _known(code)
        msg = Phrase("{code} is not in force; {known} is", code=code, known=", ".join(there) or Phrase("nothing"))
        raise UsageError(msg)
    admin = cluster.as_user(ADMIN)
    for name in [code] if code is not None else reversed([*there]):
        for each in there[name].undo:
            UNDO[each.verb](admin, thaw(each.facts))
        operate(cluster, faults=cluster.state.faults.without(name))
    return cluster


def _known(code: str) -> Fault:
    if code not in FAULTS:
        msg = Phrase("no fault {code!r}; there are {known}", code=code, known=", ".join(FAULTS))
        raise UsageError(msg)
    return FAULTS[code]


def _patch(cluster: Cluster, facts: dict[str, Any]) -> None:
    """Lay over what was there before; an object that has gone meanwhile needs nothing."""
    try:
        cluster.patch(facts["kind"], facts["name"], facts["body"], facts["namespace"])
    except NotFound:
        return


def _delete(cluster: Cluster, facts: dict[str, Any]) -> None:
    try:
        cluster.delete(facts["kind"], facts["name"], facts["namespace"])
    except NotFound:
        return


def _create(cluster: Cluster, facts: dict[str, Any]) -> None:
    """Make an object as it was before another of its name took its place."""
    document = facts["document"]
    meta = document["metadata"]
    _delete(cluster, {"kind": document["kind"], "name": meta["name"], "namespace": meta.get("namespace", "")})
    cluster.create(document)


def _release(cluster: Cluster, facts: dict[str, Any]) -> None:
    if facts["component"] in cluster.state.held:
        cluster.release(facts["component"])


def _host(cluster: Cluster, facts: dict[str, Any]) -> None:
    before: dict[str, Any] = {
        name: frozenset(value) if name == "blocked" else tuple(value) if isinstance(value, list) else value
        for name, value in facts["before"].items()
    }
    now = evolve(host(cluster.state, facts["node"]), **before)
    operate(cluster, cluster.state.hosts.merged({facts["node"]: now}))


def _renew(cluster: Cluster, facts: dict[str, Any]) -> None:
    line = f"nameserver {facts['nameserver']}\n"
    for key, box in list(cluster.state.sandboxes.items()):
        if line in (box.resolv_conf or ""):
            _delete(cluster, {"kind": "pods", "name": key[1], "namespace": key[0]})


UNDO = {"renew": _renew, "patch": _patch, "delete": _delete, "create": _create, "release": _release, "host": _host}
