"""Events: told once they are stored, told again they are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kdisco import Cluster
from kdisco.control.controller import Tell
from kdisco.control.recorder import record
from kdisco.store.transaction import Transaction

if TYPE_CHECKING:
    from kdisco.model.event import Event

POD = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: main, image: i}]}}"


@pytest.fixture
def txn() -> Transaction:
    c = Cluster(nodes=1, addons=False, kubelets=False)
    c.create(POD)
    return Transaction(c.state)


def tell(txn: Transaction, message: str = "Back-off", *, after: float = 0.0) -> None:
    txn.now += after
    pod = txn.get("pods", ("default", "a"))
    record(txn, "kubelet", Tell(about=pod, type="Warning", reason="BackOff", message=message, host="node-1"))


def told(txn: Transaction) -> list[Event]:
    return [each for each in txn.view.list("events") if each.reason == "BackOff"]


def test_an_event_names_its_object_and_who_tells_it(txn: Transaction) -> None:
    tell(txn)
    (event,) = told(txn)
    pod = txn.get("pods", ("default", "a"))
    assert (event.involved_object.kind, event.involved_object.uid) == ("Pod", pod.metadata.uid)
    assert (event.source.component, event.source.host, event.count) == ("kubelet", "node-1", 1)
    assert event.name.startswith("a.")
    assert event.namespace == "default"


def test_the_same_told_again_is_counted_with_its_last_time(txn: Transaction) -> None:
    tell(txn)
    tell(txn, after=10.0)
    (event,) = told(txn)
    assert event.count == 2
    assert event.first_timestamp is not None
    assert event.last_timestamp is not None
    assert event.first_timestamp < event.last_timestamp


def test_other_words_are_another_event(txn: Transaction) -> None:
    tell(txn)
    tell(txn, "something else")
    assert len({event.name for event in told(txn)}) == 2


def test_telling_leaves_the_random_stream_as_it_was(txn: Transaction) -> None:
    other = Transaction(txn.state)
    tell(txn)
    assert txn.suffix() == other.suffix()


def test_a_namespace_that_is_going_takes_none() -> None:
    c = Cluster(nodes=1, addons=False, kubelets=False)
    c.create("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    pod = c.create(POD, "shop")
    c.delete("ns", "shop")
    txn = Transaction(c.state)
    record(txn, "kubelet", Tell(about=pod, reason="Killing", message="Stopping container main"))
    assert not list(txn.view.list("events", "shop"))
