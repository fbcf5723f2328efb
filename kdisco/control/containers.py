"""What happens to a Pod's containers, one after the other: a table of what may come next, each with its time.

Upstream: pkg/kubelet/kuberuntime kuberuntime_manager.go (computePodActions, doBackOff), kuberuntime_container.go,
pkg/kubelet/images/image_manager.go, client-go util/flowcontrol/backoff.go. Words of Events are upstream's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from attrs import evolve, frozen

from kdisco.control.backoff import FIRST, STABLE, doubled
from kdisco.control.controller import Tell
from kdisco.control.images import Told, failed_pull, pulled, pulling_failed, waiting_to_pull
from kdisco.control.listen import answering, listens
from kdisco.control.probes import READINESS, STARTUP, failure_due, failures, find, observed, probes, success_due
from kdisco.control.program import LEAST, Ending, ending
from kdisco.model.pod import Container, Pod, Probe
from kdisco.store.state import Process, Program, Sandbox

__all__ = ["Happening", "following", "looked_at", "restarts", "settled_inits"]

START = 1.0  # seconds to make and start a container whose image is on the node
SYNC = 1.0  # seconds after which a kubelet looks again at a container that has ended
STARTED = (("Normal", "Created", "Container created"), ("Normal", "Started", "Container started"))
KILLED = 137  # exit status of SIGKILL: a program that hangs does not hear SIGTERM


@frozen(kw_only=True)
class Happening:
    """The next thing that happens to a container: which, when (cluster time), what it is then, what is told."""

    index: int
    due: float
    then: Callable[[float], Process]
    told: tuple[Told, ...] = ()
    background: bool = False

    def happen(self, pod: Pod, sandbox: Sandbox, now: float) -> tuple[Sandbox, Iterator[Tell]]:
        """The sandbox after it, and the Events."""
        listed = list(sandbox.processes)
        listed[self.index] = process = self.then(now)
        started = now if sandbox.started is None and process.running else sandbox.started
        return evolve(sandbox, processes=tuple(listed), started=started), self._tells(pod)

    def _tells(self, pod: Pod) -> Iterator[Tell]:
        container, init = _container(pod, self.index)
        path = f"spec.{'initContainers' if init else 'containers'}{{{container.name}}}"
        for kind, reason, message in self.told:
            yield Tell(
                about=pod, reason=reason, message=message, type=kind, host=pod.spec.node_name, field_path=path
            )


def following(pod: Pod, sandbox: Sandbox) -> Happening | None:
    """What happens next to the containers of a Pod; None when they go on as they are."""
    first = None
    for index, process in enumerate(sandbox.processes):
        for found in _possible(pod, sandbox, index, process):
            if first is None or found.due < first.due:
                first = found
    return first


def looked_at(pod: Pod, sandbox: Sandbox, now: float) -> Sandbox:
    """The sandbox with what the probes of its running containers find now."""
    if not any(True for each in (*pod.spec.init_containers, *pod.spec.containers) for _ in probes(each)):
        return sandbox
    ports, ip = answering(pod, sandbox), next(iter(sandbox.ips), "")
    listed = tuple(
        observed(_container(pod, index)[0], each, ports, ip, now) if each.running else each
        for index, each in enumerate(sandbox.processes)
    )
    return sandbox if listed == sandbox.processes else evolve(sandbox, processes=listed)


def _container(pod: Pod, index: int) -> tuple[Container, bool]:
    """The container of a process, and whether it stands among the init containers."""
    inits = pod.spec.init_containers
    return (inits[index], True) if index < len(inits) else (pod.spec.containers[index - len(inits)], False)


def restarts(pod: Pod, index: int, process: Process) -> bool:
    """Whether a container that has ended is started again. Upstream: pkg/kubelet/container helpers.go."""
    container, init = _container(pod, index)
    policy = container.restart_policy or pod.spec.restart_policy or "Always"
    if init and container.restart_policy != "Always":
        return process.code != 0 and policy != "Never"
    return policy == "Always" or (policy == "OnFailure" and (process.code != 0 or process.killed is not None))


def settled_inits(pod: Pod, sandbox: Sandbox, count: int) -> float | None:
    """When the first ``count`` init containers had done their part; None when one has yet to."""
    done = sandbox.created
    for container, process in zip(pod.spec.init_containers[:count], sandbox.processes, strict=False):
        end = process.up if container.restart_policy == "Always" else process.ended
        if end is None or (container.restart_policy != "Always" and (process.code or process.pulls)):
            return None
        done = max(done, end)
    return done


def _possible(pod: Pod, sandbox: Sandbox, index: int, process: Process) -> Iterator[Happening]:
    container = _container(pod, index)[0]
    if process.started is None:
        yield from _beginning(pod, sandbox, index, container, process)
    elif process.ended is not None:
        if process.delay != math.inf and restarts(pod, index, process):
            yield from _again(pod, index, container, process, doomed=_doomed(pod, index, process.program))
    else:
        end = _end(pod, index, process.program)
        again = process.restarts > 1 and _doomed(pod, index, process.program)
        if end is not None:
            seconds, code = end
            over = process.started + seconds
            yield Happening(index=index, due=over, then=lambda now: _ended(process, now, code), background=again)
        yield from _probed(pod, sandbox, index, container, process, looping=again)


def _end(pod: Pod, index: int, program: Program | None) -> Ending | None:
    """When a run of it ends and how; None when it runs on."""
    if program is not None and program.problem:
        return LEAST, 1
    container, init = _container(pod, index)
    return ending(pod, container, init=init and container.restart_policy != "Always")


def _doomed(pod: Pod, index: int, program: Program | None) -> bool:
    """Whether a run of it is going to end in another one: by itself, or because a probe has it killed."""
    end = _end(pod, index, program)
    if end is not None and restarts(pod, index, Process(code=end[1])):
        return True
    container, ports = _container(pod, index)[0], listens(pod) if program is None else frozenset(program.ports)
    asked = ((place, probe) for place, probe in probes(container) if place != READINESS)
    return any(not find(container, place, probe, ports, "", program).success for place, probe in asked)


def _beginning(
    pod: Pod, sandbox: Sandbox, index: int, container: Container, process: Process
) -> Iterator[Happening]:
    """Its first start, once the init containers before it have done their part and the image can be pulled."""
    turn = settled_inits(pod, sandbox, min(index, len(pod.spec.init_containers)))
    if turn is None:
        return
    problem = failed_pull(container)
    if not problem:
        due = turn + START if process.ended is None else process.ended + START
        told = (*pulled(container), *STARTED)
        yield Happening(index=index, due=due, then=lambda now: _started(container, process, now), told=told)
        return
    failed = pulling_failed(container, problem)
    if process.ended is None:
        yield Happening(index=index, due=turn + START, then=lambda now: _unpulled(process, now), told=failed)
    elif not process.waiting:
        due, told = process.ended + SYNC, waiting_to_pull(container)
        again = process.pulls > 1
        yield Happening(index=index, due=due, then=lambda _: evolve(process, waiting=True), told=told, background=again)
    else:
        due = process.ended + doubled(FIRST, process.pulls - 1)
        yield Happening(index=index, due=due, then=lambda now: _unpulled(process, now), told=failed, background=True)


def _again(pod: Pod, index: int, container: Container, process: Process, *, doomed: bool) -> Iterator[Happening]:
    """It has ended and is to run again: at once after the first time, then after its back-off."""
    ended = process.ended or 0.0
    wait = 0.0 if ended - process.decided > STABLE else process.delay
    if wait and not process.waiting:
        who = f"{pod.name}_{pod.namespace}({pod.metadata.uid})"
        words = f"Back-off restarting failed container {container.name} in pod {who}"
        yield Happening(
            index=index, due=ended + SYNC, then=lambda _: evolve(process, waiting=True),
            told=(("Warning", "BackOff", words),), background=doomed and process.restarts > 1,
        )  # fmt: skip
        return
    delay = doubled(wait) if wait else FIRST
    yield Happening(
        index=index,
        due=ended + max(wait, START),
        then=lambda now: _restarted(container, process, now, delay),
        told=(*pulled(container), *STARTED),
        background=doomed and wait > 0,
    )


def _probed(
    pod: Pod, sandbox: Sandbox, index: int, container: Container, process: Process, *, looping: bool
) -> Iterator[Happening]:
    """The next result of each of its probes that changes anything or is told."""
    if process.killed is not None:
        grace = process.killed + _grace(pod, container)
        yield Happening(index=index, due=grace, then=lambda now: _ended(process, now, KILLED), background=looping)
        return
    ports, ip = answering(pod, sandbox), next(iter(sandbox.ips), "")
    for place, probe in probes(container):
        found = process.outcomes[place]
        if found is None or (process.up is None) != (place == STARTUP):
            continue
        finding = find(container, place, probe, ports, ip, process.program)
        if not finding.success:
            due = failure_due(place, probe, process, found, finding)
            last = place != READINESS and found[2] + 1 >= (probe.failure_threshold or 3)
            told = [("Warning", "Unhealthy", finding.message)]
            if last:
                kind = "startup" if place == STARTUP else "liveness"
                words = f"Container {container.name} failed {kind} probe, will be restarted"
                told.append(("Normal", "Killing", words))
            idle = place == READINESS and not process.ready and found[2] > 0
            yield Happening(
                index=index, due=due, then=_failed(place, probe, process),
                told=tuple(told), background=looping or idle,
            )  # fmt: skip
        elif place == STARTUP or (place == READINESS and not process.ready):
            due = success_due(place, probe, process, found, finding)
            yield Happening(index=index, due=due, then=_succeeded(place, container, process), background=looping)


def _failed(place: int, probe: Probe, process: Process) -> Callable[[float], Process]:
    """One more failure: at the threshold a readiness probe says no, the others have the container killed."""

    def then(now: float) -> Process:
        outcomes = list(process.outcomes)
        known = outcomes[place] or (False, now, 0)
        count = failures(place, probe, process, known, now)
        outcomes[place] = (known[0], known[1], count)
        reached = count >= (probe.failure_threshold or 3)
        return evolve(
            process,
            outcomes=(outcomes[0], outcomes[1], outcomes[2]),
            ready=process.ready and not (reached and place == READINESS),
            killed=now if reached and place != READINESS else None,
        )

    return then


def _succeeded(place: int, container: Container, process: Process) -> Callable[[float], Process]:
    def then(now: float) -> Process:
        if place == READINESS:
            return evolve(process, ready=True)
        return evolve(process, up=now, ready=container.readiness_probe is None)

    return then


def _started(container: Container, process: Process, now: float) -> Process:
    up = now if container.startup_probe is None else None
    ready = up is not None and container.readiness_probe is None
    return evolve(process, started=now, ended=None, up=up, ready=ready, waiting=False, pulls=0)


def _ended(process: Process, now: float, code: int) -> Process:
    return evolve(process, ended=now, code=code, ready=False, up=None)


def _restarted(container: Container, process: Process, now: float, delay: float) -> Process:
    fresh = Process(
        restarts=process.restarts + 1, delay=delay, decided=now, last=evolve(process, last=None, outcomes=(None,) * 3)
    )
    return _started(container, fresh, now)


def _unpulled(process: Process, now: float) -> Process:
    return evolve(process, ended=now, pulls=process.pulls + 1, waiting=False)


def _grace(pod: Pod, container: Container) -> float:
    """Seconds from SIGTERM to SIGKILL when a probe has failed."""
    given = [each.termination_grace_period_seconds for _, each in probes(container)]
    seconds = next((each for each in given if each is not None), pod.spec.termination_grace_period_seconds)
    return 30.0 if seconds is None else float(seconds)
