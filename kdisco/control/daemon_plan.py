"""What a DaemonSet does next, worked out from its nodes and Pods alone.

Upstream: pkg/controller/daemon/daemon_controller.go (podsShouldBeOnNode), update.go (rollingUpdate).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from kdisco.control.daemon_pods import by_age, by_node, should_run, tolerant
from kdisco.control.owned_pods import is_available
from kdisco.control.set_history import REVISION_LABEL
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.model.sets import DaemonSet, DaemonSetStatus

__all__ = ["Fleet", "Plan", "count", "manage", "renew"]

PERCENTAGE = re.compile(r"([0-9]{1,9})%")


@frozen(kw_only=True)
class Plan:
    """Nodes that need a Pod, and Pods that are to go."""

    nodes: tuple[str, ...] = ()
    pods: tuple[Pod, ...] = ()


@frozen(kw_only=True)
class Fleet:
    """A DaemonSet's nodes and its Pods by node; ``mark`` is the present template's hash, ``now`` Unix seconds."""

    owner: DaemonSet
    nodes: Mapping[str, Node]
    pods: Mapping[str, list[Pod]]
    mark: str
    now: float
    fits: Mapping[str, tuple[bool, bool]] = field()

    @classmethod
    def of(cls, owner: DaemonSet, nodes: Iterable[Node], pods: Iterable[Pod], mark: str, now: float) -> Fleet:
        """The fleet that these nodes and Pods are."""
        spec, known = tolerant(owner.spec.template.spec), {node.name: node for node in nodes}
        fits = {name: should_run(spec, node) for name, node in known.items()}
        return cls(owner=owner, nodes=known, pods=by_node(pods), mark=mark, now=now, fits=fits)

    @property
    def surge(self) -> int:
        """How many nodes may have two Pods during an update."""
        return self._share("max_surge")

    @property
    def desired(self) -> int:
        """How many nodes should have a Pod."""
        return sum(runs for runs, _ in self.fits.values())

    @property
    def unavailable(self) -> int:
        """How many nodes may be without an available Pod during an update; never is nothing allowed at all."""
        share = self._share("max_unavailable")
        return 1 if self.desired and not share and not self.surge else share

    def _share(self, name: str) -> int:
        """A number of nodes; percentages of them are rounded up."""
        rolling = self.owner.spec.update_strategy.rolling_update
        if self.owner.spec.update_strategy.type != "RollingUpdate" or rolling is None:
            return 0
        value = getattr(rolling, name)
        percent = PERCENTAGE.fullmatch(str(value))
        return math.ceil(int(percent[1]) * self.desired / 100) if percent else value if isinstance(value, int) else 0

    def available(self, pod: Pod) -> bool:
        """Whether a Pod has been Ready for long enough."""
        return is_available(pod, self.owner.spec.min_ready_seconds, self.now)

    def updated(self, pod: Pod) -> bool:
        """Whether a Pod is of the present template."""
        return pod.labels.get(REVISION_LABEL) == self.mark


def manage(fleet: Fleet) -> Plan:
    """One Pod on each node that should have one, none elsewhere; what has ended goes and is made anew later."""
    needy: list[str] = []
    doomed: list[Pod] = []
    for name, (runs, stays) in fleet.fits.items():
        there = fleet.pods.get(name)
        if runs and there is None:
            needy.append(name)
        elif stays:
            doomed += [pod for pod in there or () if pod.finished and not pod.deleting]
            living = sorted((pod for pod in there or () if not pod.deleting and not pod.finished), key=by_age)
            if not fleet.surge:
                doomed += living[1:]
            elif len(living) > 1:
                doomed += _surplus(fleet, living)
            elif runs and not living:
                needy.append(name)
        else:
            doomed += [pod for pod in there or () if not pod.deleting]
    for name, pods in fleet.pods.items():
        if name not in fleet.nodes:
            doomed += [pod for pod in pods if not pod.spec.node_name and not pod.deleting]
    return Plan(nodes=tuple(needy), pods=tuple(doomed))


def _surplus(fleet: Fleet, living: list[Pod]) -> list[Pod]:
    """Of several Pods on a node those that go: one old may stay until one new is available."""
    new = [pod for pod in living if fleet.updated(pod)]
    old = [pod for pod in living if not fleet.updated(pod)]
    gone = [*new[1:], *old[1:]]
    if new and old and (not old[0].ready or fleet.available(new[0])):
        gone.append(old[0])
    return gone


def renew(fleet: Fleet) -> Plan:
    """The next step of a rolling update."""
    pairs = {name: _pair(fleet, fleet.pods.get(name, [])) for name, (runs, _) in fleet.fits.items() if runs}
    pairs |= {name: _pair(fleet, pods) for name, pods in fleet.pods.items() if name not in pairs}
    return _surged(fleet, pairs) if fleet.surge else _replaced(fleet, pairs)


Pair = tuple[Pod | None, Pod | None]  # of one node, the new and the old Pod


def _pair(fleet: Fleet, pods: list[Pod]) -> Pair | None:
    """The new and the old Pod of a node; None when there are more than one of a sort."""
    staying = [pod for pod in pods if not pod.deleting]
    new = [pod for pod in staying if fleet.updated(pod)]
    old = [pod for pod in staying if not fleet.updated(pod)]
    return None if max(len(new), len(old)) > 1 else (new[0] if new else None, old[0] if old else None)


def _replaced(fleet: Fleet, pairs: Mapping[str, Pair | None]) -> Plan:
    """Old Pods that are not available go; of the others as many as may be missing."""
    missing, broken, sound = 0, [], []
    for pair in pairs.values():
        new, old = pair or (None, None)
        if old is not None and new is None:
            if fleet.available(old):
                sound.append(old)
            else:
                broken.append(old)
                missing += 1
        elif new is None or old is not None or not fleet.available(new):
            missing += 1
    return Plan(pods=(*broken, *sound[: max(0, fleet.unavailable - missing)]))


def _surged(fleet: Fleet, pairs: Mapping[str, Pair | None]) -> Plan:
    """New Pods come beside old ones; an old one goes when the new one is available."""
    surging, available = 0, 0
    gone, homeless = [], []
    urgent, candidates = [], []
    for name, pair in pairs.items():
        if pair is None:
            surging += 1
            continue
        new, old = pair
        shown = old or new
        available += shown is not None and fleet.available(shown)
        if old is None:
            continue
        runs = fleet.fits.get(name, (False, False))[0]
        if new is not None:
            if fleet.available(new):
                gone.append(old)
            else:
                surging += 1
        elif not fleet.available(old):
            (urgent.append(name) if runs else gone.append(old))
        elif runs:
            candidates.append(name)
        else:
            homeless.append(old)
    gone += homeless[: max(0, available - fleet.desired)]
    return Plan(nodes=(*urgent, *candidates[: max(0, fleet.surge - surging)]), pods=tuple(gone))


def count(fleet: Fleet) -> DaemonSetStatus:
    """On how many nodes the Pod should run, does, is Ready, available, of the present template."""
    first = {
        name: min(fleet.pods[name], key=by_age) for name, (runs, _) in fleet.fits.items() if runs and name in fleet.pods
    }
    available = sum(pod.ready and fleet.available(pod) for pod in first.values())
    return evolve(
        fleet.owner.status,
        observed_generation=fleet.owner.metadata.generation,
        desired_number_scheduled=fleet.desired,
        current_number_scheduled=len(first),
        number_misscheduled=sum(name in fleet.pods for name, (runs, _) in fleet.fits.items() if not runs),
        number_ready=sum(pod.ready for pod in first.values()),
        updated_number_scheduled=sum(fleet.updated(pod) for pod in first.values()),
        number_available=available,
        number_unavailable=fleet.desired - available,
    )
