"""A table finds what a scan would find, whatever was put and taken out before."""

from __future__ import annotations

from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import ObjectMeta, OwnerReference
from kdisco.model.pod import Pod, PodSpec
from kdisco.model.selector import parse_selector
from kdisco.model.service import Service
from kdisco.store.table import Table, View

Change: TypeAlias = "Pod | tuple[str, str]"  # put it, or take out what is at the key
NAMES = st.sampled_from(["a", "b", "c", "web-1", "web-10", "web-2"])
SPACES = st.sampled_from(["default", "default2", "shop"])
LABELS = st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["web", "web2", ""]), max_size=2)
UIDS = st.sampled_from(["u1", "u2", "u10"])


@st.composite
def pods(draw: st.DrawFn) -> Pod:
    """A Pod with few possible names, labels, owners and nodes."""
    owners = tuple(
        OwnerReference(kind="ReplicaSet", name="rs", uid=uid, controller=place == 0)
        for place, uid in enumerate(draw(st.lists(UIDS, max_size=2, unique=True)))
    )
    meta = ObjectMeta(
        name=draw(NAMES), namespace=draw(SPACES), labels=FrozenMap(draw(LABELS)), owner_references=owners
    )
    return Pod(metadata=meta, spec=PodSpec(node_name=draw(st.sampled_from(["", "node-1", "node-10"]))))


CHANGES = st.lists(pods() | st.tuples(SPACES, NAMES), max_size=30)


def play(changes: list[Change]) -> tuple[Table, dict[tuple[str, str], Pod]]:
    """A table and a dict after the same changes: a Pod is put, a key is taken out if it is there."""
    table, there = Table(), dict[tuple[str, str], Pod]()
    for change in changes:
        if isinstance(change, Pod):
            table, there[change.key] = table.put("pods", change), change
        elif change in there:
            table = table.without("pods", change)
            del there[change]
    return table, there


@given(CHANGES, SPACES, LABELS)
def test_labels_find_what_a_scan_finds(changes: list[Change], space: str, wanted: dict[str, str]) -> None:
    table, there = play(changes)
    view = View(1, FrozenMap(pods=table))
    scanned = [pod for key, pod in sorted(there.items()) if key[0] == space and wanted.items() <= pod.labels.items()]
    assert list(view.select("pods", space, wanted)) == scanned
    text = ",".join(f"{key}={value}" for key, value in wanted.items())
    assert list(view.select("pods", space, parse_selector(text))) == scanned


@given(CHANGES, UIDS)
def test_owners_find_what_they_control(changes: list[Change], uid: str) -> None:
    table, there = play(changes)
    owner = Service(metadata=ObjectMeta(name="rs", uid=uid))
    found = list(View(1, FrozenMap(pods=table)).owned("pods", owner))
    assert found == [pod for _, pod in sorted(there.items()) if pod.owned_by(owner)]


@given(CHANGES, st.sampled_from(["", "node-1", "node-10"]))
def test_nodes_find_their_pods(changes: list[Change], node: str) -> None:
    table, there = play(changes)
    assert list(table.find("node", node)) == [pod for _, pod in sorted(there.items()) if pod.spec.node_name == node]


@given(CHANGES, st.sampled_from(["", "node-1", "node-10"]), UIDS)
def test_counts_are_what_counting_gives(changes: list[Change], node: str, uid: str) -> None:
    table, there = play(changes)
    on_node = [pod for pod in there.values() if pod.spec.node_name == node]
    assert table.count(node) == len(on_node)
    assert table.count(node, uid) == sum(pod.owner is not None and pod.owner.uid == uid for pod in on_node)
    assert Table.of("pods", there.values()).counts == table.counts


@given(CHANGES)
def test_a_table_loaded_at_once_equals_one_grown(changes: list[Change]) -> None:
    table, there = play(changes)
    loaded = Table.of("pods", there.values())
    assert loaded.objects == table.objects
    for name, index in loaded.indexes.items():
        assert index == table.indexes.get(name, index)
        assert len(index) == len(table.indexes.get(name, ()))


@given(CHANGES, CHANGES)
def test_an_older_table_stays_as_it_was(before: list[Change], after: list[Change]) -> None:
    old, there = play(before)
    play([*before, *after])
    assert dict(old.objects.items()) == there


def test_a_view_lists_one_namespace_or_all() -> None:
    keys = [(space, name) for space in ("b", "a", "ab") for name in ("y", "x")]
    made = [Service(metadata=ObjectMeta(name=name, namespace=space)) for space, name in keys]
    view = View(1, FrozenMap(services=Table.of("services", made)))
    assert [each.key for each in view.list("services")] == sorted(each.key for each in made)
    assert [each.key for each in view.list("services", "a")] == [("a", "x"), ("a", "y")]
    assert view.get("services", ("ab", "x")) is made[5]
    assert view.get("services", ("ab", "z")) is None
    assert list(view.list("pods")) == []


def test_selecting_without_an_index_works_too() -> None:
    made = Service(metadata=ObjectMeta(name="x", namespace="a", labels=FrozenMap(app="web")))
    view = View(1, FrozenMap(services=Table.of("services", [made])))
    assert list(view.select("services", "a", {"app": "web"})) == [made]
    assert list(view.select("services", "a", {})) == [made]
    assert list(view.select("services", "a", {"app": "db"})) == []


@pytest.mark.parametrize("index", ["label", "owner", "node"])
def test_taking_out_leaves_no_index_entry(index: str) -> None:
    meta = ObjectMeta(name="a", namespace="b", labels=FrozenMap(app="web"), owner_references=(OwnerReference(uid="u"),))
    table = Table().put("pods", Pod(metadata=meta)).without("pods", ("b", "a"))
    assert len(table.indexes[index]) == 0
