"""How controllers are driven: news is delivered to a watch cache, keys are queued, one is worked on at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast

from attrs import evolve

from kdisco.control.answers import alters
from kdisco.control.controller import Context, Controller, Later, Run, Tell, Try, Write
from kdisco.control.program import ending
from kdisco.control.recorder import record
from kdisco.errors import ApiError, NotFound
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key
from kdisco.store.apiserver import serve
from kdisco.store.authorize import MASTERS
from kdisco.store.delays import delay_of
from kdisco.store.events import Change, Deliver, Delivered, Reconcile, Reconciled, Request
from kdisco.store.state import Sandbox
from kdisco.store.table import View
from kdisco.store.transaction import SOON, Transaction
from kdisco.tree import Tree

__all__ = ["AT_REST", "adjust", "deliver", "hold", "reconcile", "release"]

HEARTBEATS = {"kubelet": "nodelifecycle"}  # whose signs of life are waited for, and by whom
ANSWERERS = ("coredns",)  # whose answers have a serial that says how new they are
PROCESSES = {("kube-system", "kube-dns"): "coredns", ("kube-system", "kube-proxy"): "kube-proxy"}
AT_REST = "controllers"  # held: all controllers wait, as they do over a dump until it is settled


def deliver(txn: Transaction, component: str, controllers: Mapping[str, Controller]) -> None:
    """Bring a component's watch cache up to the store and queue the keys that the news concerns."""
    txn.kept(Deliver(component), component)
    base, apart, _ = component.partition("@")
    if not txn.held.isdisjoint((component, base)) or (AT_REST in txn.held and base in controllers):
        return
    old, new = txn.seen.get(component, View()), txn.view
    controller = controllers.get(base) if component in txn.delays else controllers.get(component)
    news, answers_change = 0, False
    for before, after in _news(txn, base, controller, old, new):
        news += 1
        answers_change = answers_change or (base in ANSWERERS and alters(txn.state.config, before, after))
    if answers_change:
        txn.heard = txn.heard.merged({component: txn.now})
    rejoins = apart and component not in txn.delays
    txn.seen = txn.seen.without(component) if rejoins else txn.seen.merged({component: new})
    if delay_of(txn.delays, component).min_sync:
        txn.synced = txn.synced.without(component) if rejoins else txn.synced.merged({component: txn.now})
    txn.facts.append(Delivered(component=component, revision=new.revision, news=news))


def _news(
    txn: Transaction, base: str, controller: Controller | None, old: View, new: View
) -> Iterator[tuple[Any, Any]]:
    """What is new to a component, (before, after); the keys that it concerns are queued."""
    for resource in _watched(txn, base, controller):
        if old.tables.get(resource) is new.tables.get(resource):
            continue
        for _, before, after in old.table(resource).objects.diff(new.table(resource).objects):
            if controller is not None and _heeded(controller, before, after):
                for found in (before, after):
                    for key in controller.watches[resource](new, found) if found is not None else ():
                        txn.enqueue(controller.name, key)
            yield before, after


def _watched(txn: Transaction, component: str, controller: Controller | None) -> Iterable[str]:
    """The resources that a component watches."""
    if controller is not None:
        return controller.watches
    return [name for name, names in txn.state.watchers.items() if component in names]


def _heeded(controller: Controller, before: Any, after: Any) -> bool:
    """Whether a change is news to a controller; what comes and what goes always is."""
    return controller.heeds is None or before is None or after is None or controller.heeds(before, after)


def reconcile(txn: Transaction, controller: Controller) -> None:
    """Let a controller work on the first key of its queue; what is left is promised anew."""
    txn.kept(Reconcile(controller.name), controller.name)
    queue = txn.queues.get(controller.name, Tree())
    first = queue.first()
    if first is None or not txn.held.isdisjoint((controller.name, AT_REST)):
        return
    key = first[0]
    txn.queues[controller.name] = rest = queue.delete(key)
    if rest:
        txn.start(controller.name)
    txn.forget(controller.name, key)  # what it asked for before: it will ask anew
    before, problem = len(txn.facts), ""
    try:
        _work(txn, controller, key, controller.reconcile(_context(txn, controller.name, controller, key), key))
    except ApiError as refusal:
        problem = refusal.message
    writes = sum(isinstance(fact, Change) for fact in txn.facts[before:])
    txn.facts.append(Reconciled(controller=controller.name, key=key, writes=writes, problem=problem))


def _work(txn: Transaction, controller: Controller, key: Key, writes: Iterator[Write]) -> None:
    """Carry out what a controller asks for; what it tries, it is told the outcome of."""
    for write in writes:
        following: Write | None = write
        while isinstance(following, Try):
            following = _tried(txn, controller, following, cast("Generator[Write, Any]", writes))
        if following is not None:
            _carry_out(txn, controller, key, following)


def _tried(txn: Transaction, controller: Controller, write: Try, work: Generator[Write, Any]) -> Write | None:
    """Write, and tell the controller what was stored or why nothing was; gives what it asks for next."""
    try:
        stored = serve(txn, evolve(write.request, user=controller.user, groups=MASTERS))
    except ApiError as refusal:
        told = partial(work.throw, refusal)
    else:
        told = partial(work.send, stored)
    try:
        return told()
    except StopIteration:
        return None


def _carry_out(txn: Transaction, controller: Controller, key: Key, write: Write) -> None:
    if isinstance(write, Request):
        _request(txn, evolve(write, user=controller.user, groups=MASTERS))
    elif isinstance(write, Later):
        txn.wake(controller.name, write.key or key, write.seconds, background=write.background)
    elif isinstance(write, Tell):
        record(txn, controller.source or controller.name, write)
    elif isinstance(write, Run):
        sandbox = write.sandbox
        txn.sandboxes = txn.sandboxes.delete(write.pod) if sandbox is None else txn.sandboxes.set(write.pod, sandbox)
        if sandbox is not None and write.lease is not None:
            txn.leases = txn.leases.merged({sandbox.node: write.lease})
        if sandbox is not None and txn.held_since:
            _listed_anew(txn, sandbox)


def _listed_anew(txn: Transaction, sandbox: Sandbox) -> None:
    """A CoreDNS or kube-proxy that was cut off and is started anew lists all there is: it is cut off no longer."""
    pod = txn.get("pods", sandbox.pod)
    if pod is None or not sandbox.running or any(ending(pod, each) for each in pod.spec.containers):
        return
    name = PROCESSES.get((pod.namespace, pod.labels.get("k8s-app", "")), "")
    component = f"{name}@{'/'.join(pod.key) if name == 'coredns' else sandbox.node}"
    started = max((each.started or 0.0 for each in sandbox.processes), default=0.0)
    if component in txn.held and started > txn.held_since[component]:
        release(txn, component, {})


def _request(txn: Transaction, request: Request) -> None:
    """Write; what was to be deleted may be gone already."""
    try:
        serve(txn, request)
    except NotFound:
        if request.verb != "delete":
            raise


def _context(txn: Transaction, name: str, controller: Controller | None = None, key: Key = ("", "")) -> Context:
    """What a controller may look at; one of many instances for ``key`` may know less than the others."""
    view = txn.seen.get(name, View())
    if txn.delays and controller is not None and controller.whose is not None:
        view = txn.seen.get(f"{name}@{controller.whose(txn.view, txn.sandboxes, key)}", view)
    return Context(
        view=view,
        stored=txn.view,
        now=txn.now,
        epoch=txn.state.epoch,
        config=txn.state.config,
        sandboxes=txn.sandboxes,
        leases=txn.leases,
        held=txn.held_since,
        hosts=txn.hosts,
    )


def hold(txn: Transaction, component: str) -> None:
    """Cut a component off: it keeps what it has seen. ``kube-proxy@node-2`` is one instance of many."""
    txn.held |= {component}
    txn.held_since = txn.held_since.merged({component: txn.now})
    _set_apart(txn, component)
    _missed(txn, component)


def adjust(txn: Transaction, component: str, own: FrozenMap[str, float]) -> None:
    """Set the delays of a component; an instance with its own hears by itself, without it goes with the others."""
    txn.delays = txn.delays.merged({component: own}) if own else txn.delays.without(component)
    if "@" in component:
        _set_apart(txn, component)
        txn.promise(Deliver(component), component, delay_of(txn.delays, component).watch)


def _set_apart(txn: Transaction, component: str) -> None:
    """Let a component have a view of its own, which is what it knows at this moment."""
    txn.seen = FrozenMap({**txn.seen, component: txn.state.seen_by(component)})
    base = component.partition("@")[0]
    if base in txn.heard:
        txn.heard = txn.heard.merged({component: max(txn.heard[base], txn.heard.get(component, 0.0))})
    if base in txn.synced:
        txn.synced = txn.synced.merged({component: txn.synced.get(component, txn.synced[base])})


def release(txn: Transaction, component: str, controllers: Mapping[str, Controller]) -> None:
    """Let a component hear again; what it missed is delivered soon."""
    txn.held -= {component}
    txn.held_since = txn.held_since.without(component)
    for name in controllers if component == AT_REST else (component,):
        txn.promise(Deliver(name), name, SOON)
        if txn.queues.get(name):
            txn.start(name)
    base, _, instance = component.partition("@")
    controller = controllers.get(base)
    if instance and controller is not None and controller.instance is not None:
        for key in controller.instance(_context(txn, base), instance):
            txn.enqueue(base, key)
    _missed(txn, component)


def _missed(txn: Transaction, component: str) -> None:
    """Whoever waits for a sign of life of this instance looks at it anew."""
    base, _, instance = component.partition("@")
    if instance and base in HEARTBEATS:
        txn.enqueue(HEARTBEATS[base], ("", instance))
