"""How news reach controllers, and how they work off their keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, made, running

from kdisco.control.controller import Controller, Later, Try, create, delete, own_key
from kdisco.control.queue import AT_REST, deliver, hold, reconcile, release
from kdisco.errors import AlreadyExists, InternalError
from kdisco.model.frozen import FrozenMap
from kdisco.step import tick
from kdisco.store.events import Change, Deliver, Delivered, Reconcile, Reconciled, Wake
from kdisco.store.state import State
from kdisco.store.table import Table, View
from kdisco.store.transaction import Transaction
from kdisco.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kdisco.model.meta import Key
    from kdisco.store.events import Event


def transaction(*names: str) -> Transaction:
    """A state that has stored services of these names, of which ``sample`` has seen nothing."""
    services = [made("Service", name, {"ports": []}, resourceVersion="1") for name in names]
    spaces = [made("Namespace", "default", resourceVersion="1")]
    tables = {"services": Table.of("services", services), "namespaces": Table.of("namespaces", spaces)}
    watchers: FrozenMap[str, tuple[str, ...]] = FrozenMap({"services": ("sample",)})
    return Transaction(State(revision=1, tables=FrozenMap(tables), watchers=watchers, seen=FrozenMap(sample=View())))


def sample(work: Callable[[Any, Key], Iterator[Any]] = lambda _, __: iter(())) -> Controller:
    """A controller that watches services."""
    return Controller("sample", {"services": own_key}, work)


def agenda(txn: Transaction) -> list[Event]:
    """What is due, in order."""
    return list(txn.agenda.values())


def queued(txn: Transaction, name: str = "sample") -> list[Key]:
    """The keys that a controller has yet to work on."""
    return list(txn.queues.get(name, ()))


def test_a_delivery_brings_the_cache_up_to_the_store_and_queues_the_keys() -> None:
    txn = transaction("a", "b")
    deliver(txn, "sample", {"sample": sample()})
    assert txn.seen["sample"].get("services", ("default", "a")) is not None
    assert queued(txn) == [("default", "a"), ("default", "b")]
    assert agenda(txn) == [Reconcile("sample")]
    assert txn.facts == [Delivered(component="sample", revision=1, news=2)]


def test_a_second_delivery_without_news_queues_nothing() -> None:
    txn = transaction("a")
    deliver(txn, "sample", {})
    deliver(txn, "sample", {"sample": sample()})
    assert queued(txn) == []
    assert txn.facts[-1] == Delivered(component="sample", revision=1, news=0)


def test_an_object_that_went_concerns_its_key_too() -> None:
    txn = transaction("a")
    deliver(txn, "sample", {})
    txn.remove("services", ("default", "a"))
    deliver(txn, "sample", {"sample": sample()})
    assert queued(txn) == [("default", "a")]


def test_keys_are_worked_on_one_at_a_time() -> None:
    txn, worked = transaction("a", "b"), []

    def work(_: Any, key: Key) -> Iterator[Any]:
        worked.append(key)
        return iter(())

    deliver(txn, "sample", {"sample": sample(work)})
    reconcile(txn, sample(work))
    assert (worked, queued(txn)) == ([("default", "a")], [("default", "b")])
    assert Reconcile("sample") in agenda(txn)
    reconcile(txn, sample(work))
    reconcile(txn, sample(work))
    assert (worked, queued(txn)) == ([("default", "a"), ("default", "b")], [])


def test_writes_are_carried_out_and_counted() -> None:
    txn = transaction("a")
    deliver(txn, "sample", {"sample": sample()})
    reconcile(txn, sample(lambda _, __: iter([create(made("Endpoints", "new"))])))
    assert txn.get("endpoints", ("default", "new")) is not None
    assert txn.facts[-1] == Reconciled(controller="sample", key=("default", "a"), writes=1)


def test_a_refusal_ends_the_work_on_a_key_but_keeps_what_was_written_before() -> None:
    def work(_: Any, __: Key) -> Iterator[Any]:
        yield create(made("Endpoints", "new"))
        yield create(made("Endpoints", "lost", namespace="nowhere"))
        yield create(made("Endpoints", "late"))

    txn = transaction("a")
    deliver(txn, "sample", {"sample": sample()})
    reconcile(txn, sample(work))
    names = [name for name in ("new", "lost", "late") if txn.get("endpoints", ("default", name))]
    assert names == ["new"]
    last = txn.facts[-1]
    assert isinstance(last, Reconciled)
    assert (last.writes, last.problem) == (1, 'namespaces "nowhere" not found')


def test_a_controllers_own_trouble_is_told_as_a_problem() -> None:
    def work(_: Any, __: Key) -> Iterator[Any]:
        yield from ()
        msg = "no luck"
        raise InternalError(msg)

    txn = transaction("a")
    deliver(txn, "sample", {"sample": sample()})
    reconcile(txn, sample(work))
    assert txn.facts[-1] == Reconciled(controller="sample", key=("default", "a"), writes=0, problem="no luck")


def test_what_was_to_be_deleted_may_be_gone_already() -> None:
    txn = transaction("a")
    deliver(txn, "sample", {"sample": sample()})
    writes = [delete(made("Endpoints", "gone")), create(made("Endpoints", "new"))]
    reconcile(txn, sample(lambda _, __: iter(writes)))
    assert txn.facts[-1] == Reconciled(controller="sample", key=("default", "a"), writes=1)


def test_later_brings_the_key_back_then() -> None:
    txn = transaction("a")
    deliver(txn, "sample", {"sample": sample()})
    reconcile(txn, sample(lambda _, __: iter([Later(30.0)])))
    (at, _), event = list(txn.agenda.items())[-1]
    assert (at, event) == (30.0, Wake("sample", ("default", "a")))


def timers(txn: Transaction) -> list[tuple[float, Event]]:
    """What comes back when."""
    return [(at, event) for (at, _), event in txn.agenda.items() if isinstance(event, Wake)]


def worked(*rounds: list[Later]) -> Transaction:
    """A key worked on so many times, each of which asked for these timers."""
    txn = transaction("a")
    for writes in rounds:
        txn.enqueue("sample", ("default", "a"))
        reconcile(txn, sample(partial(_asking, writes)))
    return txn


def _asking(writes: list[Later], _context: Any, _key: Key) -> Iterator[Later]:
    yield from writes


def test_a_key_has_one_timer_and_the_newest_work_says_which() -> None:
    assert timers(worked([Later(30.0)], [Later(50.0)])) == [(50.0, Wake("sample", ("default", "a")))]


def test_work_that_asks_for_no_timer_ends_the_one_before() -> None:
    assert timers(worked([Later(30.0)], [])) == []


def test_of_two_timers_asked_for_at_once_the_earlier_holds() -> None:
    assert [at for at, _ in timers(worked([Later(30.0), Later(10.0), Later(20.0)]))] == [10.0]


def test_what_comes_again_and_again_lets_a_cluster_settle() -> None:
    txn = worked([Later(10.0, background=True)])
    txn.agenda = Tree.of((place, event) for place, event in txn.agenda.items() if isinstance(event, Wake))
    state = txn.commit()
    assert state.settled
    after, event, _ = tick(state)
    assert (after.now, event) == (10.0, Wake("sample", ("default", "a"), background=True))
    assert (after.background, len(after.timers)) == (0, 0)


@pytest.mark.parametrize("held", ["sample", AT_REST])
def test_a_held_controller_hears_nothing_and_does_nothing(held: str) -> None:
    txn = transaction("a")
    txn.held = frozenset({held})
    deliver(txn, "sample", {"sample": sample()})
    txn.enqueue("sample", ("default", "x"))
    reconcile(txn, sample(lambda _, __: iter([create(made("Endpoints", "new"))])))
    assert txn.seen["sample"] == View()
    assert queued(txn) == [("default", "x")]
    assert not [fact for fact in txn.facts if isinstance(fact, Change)]


@pytest.mark.parametrize("held", ["sample", AT_REST])
def test_a_released_controller_hears_of_all_it_missed(held: str) -> None:
    txn = transaction("a")
    hold(txn, held)
    release(txn, held, {"sample": sample()})
    assert txn.held == frozenset()
    assert Deliver("sample") in agenda(txn)


def test_rest_is_for_controllers_not_for_those_who_only_read() -> None:
    txn = transaction("a")
    txn.held = frozenset({AT_REST})
    deliver(txn, "sample", {})
    assert txn.seen["sample"].get("services", ("default", "a")) is not None


def test_one_kube_proxy_of_many_can_be_behind() -> None:
    cluster = running(deployment(), front())
    cluster.hold("kube-proxy@node-2")
    cluster.scale("deployment/web", 4)
    cluster.settle()
    seen = [
        sum(len(each.endpoints or ()) for each in cluster.state.seen_by(name).list("endpointslices", "default"))
        for name in ("kube-proxy@node-1", "kube-proxy@node-2")
    ]
    assert seen == [5, 3]  # the API server's own endpoint is one of them
    cluster.release("kube-proxy@node-2").settle()
    assert cluster.state.seen_by("kube-proxy@node-2") == cluster.state.seen_by("kube-proxy@node-1")


def test_a_controller_that_writes_hears_of_its_own_writes_later() -> None:
    txn = transaction("a")
    deliver(txn, "sample", {"sample": sample()})
    reconcile(
        txn, sample(lambda _, __: iter([create(made("Service", "b", {"ports": [{"port": 80}], "clusterIP": "None"}))]))
    )
    assert txn.seen["sample"].get("services", ("default", "b")) is None
    assert Deliver("sample") in agenda(txn)


def test_what_a_controller_tries_it_hears_the_outcome_of() -> None:
    heard: list[Any] = []

    def work(_: Any, __: Key) -> Iterator[Any]:
        stored = yield Try(create(made("Endpoints", "new")))
        heard.append(stored)
        try:
            yield Try(create(made("Endpoints", "new")))
        except AlreadyExists as refusal:
            heard.append(refusal.message)
        yield create(made("Endpoints", "more"))
        yield Try(delete(made("Endpoints", "more")))

    txn = transaction("a")
    deliver(txn, "sample", {"sample": sample(work)})
    reconcile(txn, sample(work))
    assert heard[0].metadata.resource_version == "2"
    assert heard[1] == 'endpoints "new" already exists'
    assert isinstance(txn.facts[-1], Reconciled)
    assert (txn.facts[-1].writes, txn.facts[-1].problem) == (3, "")


def test_a_refusal_that_a_controller_does_not_mind_ends_its_work() -> None:
    def work(_: Any, __: Key) -> Iterator[Any]:
        yield Try(delete(made("Endpoints", "none")))
        yield create(made("Endpoints", "never"))

    txn = transaction("a")
    deliver(txn, "sample", {"sample": sample(work)})
    reconcile(txn, sample(work))
    assert isinstance(txn.facts[-1], Reconciled)
    assert (txn.facts[-1].writes, txn.facts[-1].problem) == (0, 'endpoints "none" not found')
