"""The CoreDNS processes of a cluster: each with its own view, memory and Corefile, and what becomes of them.

A CoreDNS is named by its Pod (``ns/name``); where there is none, as in a dump without add-ons, by "". It runs
with the Corefile of the ConfigMap as of its start, and reads it anew when the kubelet has brought a change into
its volume (within a minute) and the reload plugin looks (every 30 seconds, give or take a quarter).
Upstream: coredns plugin/reload/reload.go, plugin/ready, plugin/health; pkg/kubelet/util/manager.
"""

from __future__ import annotations

from zlib import crc32

from attrs import evolve

from kdisco.control.coredns import COREFILE, LABEL, program, text_in
from kdisco.control.resolvconf import parse_node_file
from kdisco.corefile.caddyfile import CorefileError, blocks
from kdisco.corefile.file import Corefile, corefile_of, parse
from kdisco.dns.memory import Memory
from kdisco.dns.resolvconf import resolv_conf
from kdisco.dns.server import Server
from kdisco.errors import UsageError
from kdisco.model.meta import Key
from kdisco.model.pod import Pod
from kdisco.net.memo import Memo
from kdisco.store.events import Ask, Reload
from kdisco.store.random import draw
from kdisco.store.state import State
from kdisco.store.transaction import Transaction

__all__ = ["ask", "coredns_pods", "corefile", "first", "log", "plan_reloads", "probe", "reload", "server"]

SYNC = 60.0  # seconds between two looks of a kubelet at the volumes of a Pod
PARTS = 1000
MOST_LOG = 100  # lines
_firsts: Memo[str] = Memo(2)
_servers: Memo[Server] = Memo(4)


def coredns_pods(state: State) -> list[Pod]:
    """The Pods of CoreDNS that run, those that are ready first."""
    pods = [pod for pod in state.view.select("pods", COREFILE[0], LABEL) if _runs(state, pod.key)]
    return sorted(pods, key=lambda pod: not pod.ready)


def first(state: State) -> str:
    """The CoreDNS that is asked where nobody says which: in the first ready Pod; "" where there is none."""
    return _firsts.get((state,), (), lambda: next(("/".join(pod.key) for pod in coredns_pods(state) if pod.ready), ""))


def server(state: State, pod: str = "", turn: int = 0) -> Server:
    """The CoreDNS in a Pod (``ns/name``, "" for one without a Pod) as it is now: ask it with ``exchange``."""
    found = _servers.get((state,), (pod,), lambda: _server(state, pod))
    return evolve(found, turn=turn) if turn else found


def _server(state: State, pod: str) -> Server:
    memory, component = _memory(state, pod), f"coredns@{pod}" if pod else "coredns"
    running = _running(state, memory)
    found: Pod | None = state.view.get("pods", _key(pod))
    walks = any("autopath" in block.plugins for block in running.blocks)
    return Server(
        view=state.seen_by(component),
        config=state.config,
        now=state.epoch + state.now,
        local_ips=found.addresses if found else (),
        corefile=running,
        serial=int(state.epoch + _heard(state, component)),
        searches=_searches(state, found) if walks else (),
        memory=memory,
    )


def ask(state: State, event: Ask) -> tuple[State, tuple[bytes, ...]]:
    """Put a message to a CoreDNS: the state in which it remembers the answer, and the messages that it sends."""
    asked = server(state, event.pod, event.turn)
    messages, memory = asked.exchange(event.data, event.protocol, event.client)
    return (state if memory is asked.memory else _remembering(state, event.pod, memory)), messages


def corefile(state: State, pod: str = "") -> Corefile:
    """What a CoreDNS runs with, which for some time is not what the ConfigMap says."""
    return _running(state, _memory(state, pod))


def log(state: State, pod: str = "") -> tuple[str, ...]:
    """What a CoreDNS wrote of its reloads, a line each; of one that could not start, why."""
    box = state.sandboxes.get(_key(pod))
    programs = [each.program for each in box.processes if each.program is not None] if box is not None else []
    return tuple(each.problem for each in programs if each.problem) or _memory(state, pod).log


def probe(state: State, pod: str = "") -> dict[str, tuple[int, str]]:
    """What :8080/health and :8181/ready answer: status and body; nothing where the plugin or the process is not.

    ``ready`` waits for the objects to be listed; one that is stopping is healthy and not ready.
    """
    box = state.sandboxes.get(_key(pod))
    if pod and (box is None or not box.running):
        return {}
    stopping, synced = bool(box and box.stopping is not None), state.config.dns.synced
    served = {name for block in _running(state, _memory(state, pod)).blocks for name in block.plugins}
    found = {"ready": (200, "OK") if synced and not stopping else (503, "kubernetes")}
    return {name: found.get(name, (200, "OK")) for name in ("health", "ready") if name in served}


def plan_reloads(txn: Transaction) -> None:
    """After a write to a ConfigMap: where it changed the Corefile, let each CoreDNS look at it in its time."""
    before, after = text_in(txn.state.view), text_in(txn.view)
    if before is None or before == after:
        return
    for pod in coredns_pods(txn.state):
        name = "/".join(pod.key)
        memory = _memory(txn.state, name)
        if memory.corefile is None:
            txn.remembered = txn.remembered.merged({name: evolve(memory, corefile=before)})
        timing = _running(txn.state, memory).reload
        if timing is not None:
            txn.schedule(Reload(name), _until_look(txn, name, memory.life, timing))


def reload(txn: Transaction, pod: str) -> tuple[str, ...]:
    """Let a CoreDNS look at its Corefile: with one that it does not understand it goes on as it was. Gives its log."""
    memory, text = _memory(txn.state, pod), text_in(txn.view)
    if not _runs(txn.state, _key(pod)) or text is None or memory.corefile in (None, text):
        return ()
    try:
        parse(text)
    except CorefileError as problem:
        lines = _complaint(text, problem)
        memory = evolve(memory, log=(*memory.log, *lines)[-MOST_LOG:])
    else:
        lines = ("[INFO] Reloading", "[INFO] Reloading complete")
        memory = Memory(life=memory.life, corefile=text, log=(*memory.log, *lines)[-MOST_LOG:])
        _serve(txn, pod, text)
    txn.remembered = txn.remembered.merged({pod: memory})
    return lines


def _serve(txn: Transaction, pod: str, text: str) -> None:
    """Let a process serve what its new Corefile says, which the probes of its kubelet find out."""
    key = _key(pod)
    box = txn.sandboxes[key]
    found = program(text, txn.state.config, box.resolv_conf or "")
    processes = tuple(each if each.program is None else evolve(each, program=found) for each in box.processes)
    if processes != box.processes:
        txn.sandboxes = txn.sandboxes.set(key, evolve(box, processes=processes))
        txn.enqueue("kubelet", key)


def _complaint(text: str, problem: CorefileError) -> tuple[str, ...]:
    try:
        blocks(text)
    except CorefileError as wrong:
        return (f"[WARNING] plugin/reload: Corefile parse failed: {wrong}",)
    failed = "Corefile changed but reload failed: starting with listener file descriptors"
    return ("[INFO] Reloading", f"[ERROR] Restart failed: {problem}", f"[ERROR] plugin/reload: {failed}: {problem}")


def _until_look(txn: Transaction, pod: str, life: float, timing: tuple[float, float]) -> float:
    """Seconds until the process looks at its file after the kubelet has brought the change into it."""
    interval, jitter = timing
    interval += jitter * (draw(txn.state.config.seed ^ crc32(pod.encode()), 0) % PARTS / PARTS - 0.5)
    brought = (int((txn.now - life) / SYNC) + 1) * SYNC
    return float(life + (int(brought / interval) + 1) * interval - txn.now)


def _running(state: State, memory: Memory) -> Corefile:
    """The Corefile of a process; where there is none, or none that it could start with, what the config says."""
    text = text_in(state.view) if memory.corefile is None else memory.corefile
    try:
        return corefile_of(state.config.dns) if text is None else parse(text)
    except CorefileError:
        return corefile_of(state.config.dns)


def _memory(state: State, pod: str) -> Memory:
    """What the process remembers; one that was started anew remembers nothing."""
    life = _life(state, pod)
    found: Memory | None = state.remembered.get(pod)
    return found if found is not None and found.life == life else Memory(life=life)


def _remembering(state: State, pod: str, memory: Memory) -> State:
    there = {name: kept for name, kept in state.remembered.items() if not name or _key(name) in state.sandboxes}
    return evolve(state, remembered=type(state.remembered)({**there, pod: memory}))


def _life(state: State, pod: str) -> float:
    """When the process was started, seconds of cluster time."""
    box = state.sandboxes.get(_key(pod))
    if box is None:
        return 0.0
    started = box.processes[-1].started if box.processes else box.started
    return started or 0.0


def _heard(state: State, component: str) -> float:
    """When it saw the last change that shows in DNS: at the latest what it listed when it began."""
    own = state.heard.get(component, 0.0)
    heard = own if component in state.seen else max(own, state.heard.get("coredns", 0.0))
    return max(heard, _life(state, component.partition("@")[2]))


def _searches(state: State, pod: Pod | None) -> tuple[str, ...]:
    """The search list of a CoreDNS's own resolv.conf, without a Pod that of the nodes."""
    try:
        text = state.config.node_resolv_conf if pod is None else resolv_conf(state, pod)
        return parse_node_file(text or "").searches
    except UsageError:
        return ()


def _runs(state: State, key: Key) -> bool:
    box = state.sandboxes.get(key)
    return box is not None and box.running


def _key(pod: str) -> Key:
    namespace, _, name = pod.partition("/")
    return namespace, name
