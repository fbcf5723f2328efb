"""A transaction changes nothing before it is committed, and then everything at once."""

from __future__ import annotations

import uuid
from typing import Any

import attrs
from attrs import evolve, fields

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import ObjectMeta
from kdisco.model.service import Service
from kdisco.store.events import Deliver, Reconcile
from kdisco.store.state import State
from kdisco.store.table import View
from kdisco.store.transaction import LETTERS, Transaction

WORKED_ON = ("tables", "queues", "due", "changes")  # a transaction copies the first three and begins the last anew


def web(uid: str = "") -> Service:
    """A Service."""
    return Service(metadata=ObjectMeta(name="web", namespace="default", uid=uid))


def test_a_state_stays_as_it_was() -> None:
    state = State()
    txn = Transaction(state)
    txn.put("services", web())
    txn.schedule(Deliver("x"), 1)
    txn.draw(10)
    assert state == State()
    after = txn.commit()
    assert (after.revision, after.draws, len(after.agenda)) == (1, 1, 1)
    assert [change.type for change in after.changes] == ["ADDED"]


def test_every_write_has_a_revision_over_all_resources() -> None:
    txn = Transaction(State())
    first = txn.put("services", web())
    other = txn.put("endpoints", web())
    again = txn.put("services", web(uid="u"))
    last = txn.remove("services", ("default", "web"))
    versions = [found.metadata.resource_version for found in (first, other, again, last)]
    assert versions == ["1", "2", "3", "4"]
    state = txn.commit()
    assert [change.type for change in state.changes] == ["ADDED", "ADDED", "MODIFIED", "DELETED"]
    assert state.changes[2].before == first
    assert (last.metadata.uid, state.view.get("services", ("default", "web"))) == ("u", None)


def test_the_same_seed_draws_the_same() -> None:
    texts = []
    for seed in (1, 1, 2):
        txn = Transaction(evolve(State(), config=evolve(State().config, seed=seed)))
        texts.append((txn.uid(), txn.suffix()))
    assert texts[0] == texts[1] != texts[2]
    assert uuid.UUID(texts[0][0]).version == 4
    assert set(texts[0][1]) <= set(LETTERS)


def test_equal_times_keep_their_order_and_a_promise_stands_once() -> None:
    txn = Transaction(State(watchers=FrozenMap({"services": ("endpoints", "coredns")})))
    txn.put("services", web())
    txn.put("services", web(uid="u"))
    events = list(txn.agenda.values())
    assert events == [Deliver("endpoints"), Deliver("coredns")]
    txn.kept(Deliver("endpoints"), "endpoints")
    txn.put("services", web())
    assert list(txn.agenda.values()).count(Deliver("endpoints")) == 2


def test_a_key_waits_in_a_queue_once() -> None:
    txn = Transaction(State())
    for _ in range(2):
        txn.enqueue("endpoints", ("default", "web"))
    assert len(txn.queues["endpoints"]) == 1
    assert list(txn.agenda.values()) == [Reconcile("endpoints")]


def test_time_is_written_as_the_api_writes_it() -> None:
    txn = Transaction(evolve(State(), now=61.9))
    assert txn.time() == "2026-01-01T00:01:01Z"
    assert txn.time(30) == "2026-01-01T00:01:31Z"
    assert txn.state.time() == txn.time()


def test_a_component_knows_what_it_has_seen() -> None:
    old = View(7)
    state = State(seen=FrozenMap({"kube-proxy": View(3), "kube-proxy@node-2": old}), revision=9)
    assert state.seen_by("kube-proxy@node-2") is old
    assert state.seen_by("kube-proxy@node-1").revision == 3
    assert state.seen_by("coredns").revision == 9


def test_what_a_transaction_did_not_touch_it_hands_on() -> None:
    marks: dict[str, Any] = {entry.name: object() for entry in fields(State) if entry.name not in WORKED_ON}
    copied: dict[str, Any] = {"tables": {"a": 1}, "queues": {"b": 2}, "due": {"c"}}
    state = evolve(State(), **marks, **copied)
    assert attrs.asdict(Transaction(state).commit(), recurse=False) == attrs.asdict(state, recurse=False)
