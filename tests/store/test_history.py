"""The past: every revision can be looked at, watched from and returned to."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, pod, service
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.errors import ApiError, Expired, UsageError
from kdisco.model.selector import LabelSelector, parse_selector
from kdisco.store import history
from kdisco.store.events import Change
from kdisco.store.history import Timeline
from kdisco.store.state import State
from kdisco.store.transaction import Transaction
from kdisco.store.watch import chosen, events

LABELS = st.sampled_from([{"app": "web"}, {"app": "db"}, {}])
DOINGS = st.lists(
    st.tuples(st.sampled_from(["put", "delete", "wait"]), st.sampled_from(["a", "b", "c"]), LABELS), max_size=15
)


def play(doings: list[Any]) -> Api:
    """Services come, change and go."""
    api = Api.made("10.96.0.0/24,fd00:96::/112")
    for verb, name, labels in doings:
        try:
            if verb == "wait":
                api.wait(1.5)
            elif verb == "delete":
                api.delete("service", name)
            else:
                body = service(name, ipFamilyPolicy="PreferDualStack")
                api.update(body | {"metadata": {"name": name, "labels": labels}})
        except ApiError:
            assert verb == "delete"
    return api


def objects(state: State) -> dict[Any, Any]:
    """All objects by resource and key."""
    return {(name, key): found for name, table in state.tables.items() for key, found in table.objects.items()}


def snapshots(api: Api) -> dict[int, dict[Any, Any]]:
    """The objects of every revision, rebuilt change by change."""
    there = objects(api.history[0].state)
    known = {api.history[0].state.revision: dict(there)}
    for fact in api.history.facts():
        if isinstance(fact, Change):
            there.pop((fact.resource, fact.key), None)
            if fact.after is not None:
                there[fact.resource, fact.key] = fact.after
            known[fact.revision] = dict(there)
    return known


@given(DOINGS)
@settings(max_examples=40)
def test_until_has_exactly_the_objects_of_every_revision(doings: list[Any]) -> None:
    api = play(doings)
    known = snapshots(api)
    assert list(known) == list(range(api.history.oldest, api.state.revision + 1))
    for revision, there in known.items():
        past = api.history.until(revision)
        assert objects(past.state) == there
        assert past.state.revision == revision
        assert past.state.now <= api.state.now


@given(DOINGS, st.sampled_from([None, "app=web", "app!=web"]))
@settings(max_examples=40)
def test_a_watch_from_any_revision_leads_to_what_is_selected_now(doings: list[Any], text: str | None) -> None:
    api = play(doings)
    selector: LabelSelector | None = parse_selector(text) if text else None

    def selected(state: State) -> dict[Any, Any]:
        return {
            key: found
            for (resource, key), found in objects(state).items()
            if resource == "services" and (selector is None or selector.selects(found.labels))
        }

    for since in range(api.history.oldest, api.state.revision + 1):
        there, last = selected(api.history.until(since).state), since
        for event in events(api.history.changes(since), "services", "default", chosen(selector, None)):
            assert (event.type == "ADDED") == (event.object.key not in there)
            assert int(event.object.metadata.resource_version) > last
            last = int(event.object.metadata.resource_version)
            there[event.object.key] = event.object
            if event.type == "DELETED":
                del there[event.object.key]
        assert there == selected(api.state)


def test_the_midst_of_a_step_has_the_time_of_the_step() -> None:
    api = Api.made()
    api.wait(7)
    api.create(service())
    api.history.add(api.state, None, ())
    midst = api.history.until(api.state.revision - 1).state
    assert midst.view.get("services", ("default", "web")) is None
    assert midst.now == 7


@pytest.mark.parametrize("revision", [-1, 10_000, 1.0, "3", None, True])
def test_a_revision_that_never_was_is_a_mistake(revision: Any) -> None:
    with pytest.raises(UsageError, match="is not a whole number from"):
        Api.made().history.until(revision)


def test_undo_goes_back_to_the_mark_and_no_further() -> None:
    api = Api.made()
    before = api.state
    api.history.mark()
    api.create(service())
    api.wait(1)
    assert api.history.undo() is before
    with pytest.raises(UsageError, match="nothing to undo"):
        api.history.undo()


def test_a_branch_goes_its_own_way() -> None:
    api = Api.made()
    other = api.history.branch()
    length = len(api.history)
    other.mark()
    other.add(api.state, None, ())
    assert len(api.history) == length
    assert len(other) == length + 1


def test_what_is_long_past_is_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEEP", 5)
    api = Api.made()
    for number in range(12):
        api.history.mark()
        api.create(pod(f"p{number}"))
    oldest = api.history.oldest
    assert len(api.history) <= 10
    assert oldest > 0
    words = rf"too old resource version: {oldest - 1} \({oldest}\)"
    with pytest.raises(Expired, match=words) as caught:
        api.history.until(oldest - 1)
    assert caught.value.status == 410
    with pytest.raises(Expired, match=words):
        list(api.history.changes(oldest - 1))
    assert api.history.until(oldest).state.revision == oldest
    for _ in range(len(api.history) - 1):
        api.history.undo()
    assert api.history.state.revision == oldest


def test_a_moment_tells_what_happened() -> None:
    api = Api.made()
    api.create(pod())
    assert str(api.history[-1]) == "   0.000 s  ADDED pod/default/web"
    assert list(api.history)[-1] is api.history[-1]


def test_a_replayed_change_is_the_same_change() -> None:
    api = Api.made()
    api.create(service())
    txn = Transaction(api.history[0].state)
    for change in Timeline.changes(api.history, api.history.oldest):
        txn.replay(change)
    assert objects(txn.commit()) == objects(api.state)


def test_compaction_forgets_what_was_before() -> None:
    api = play([("put", name, {}) for name in "abcabc"])
    whole = api.history.branch()
    for revision in (whole.oldest + 1, api.state.revision - 3, api.state.revision):
        api.history = whole.branch()
        api.history.compact(revision)
        assert api.history.oldest == revision
        assert list(api.history.changes(revision)) == list(whole.changes(revision))
        assert objects(api.history.until(revision).state) == objects(whole.until(revision).state)
        with pytest.raises(Expired) as caught:
            list(api.history.changes(revision - 1))
        assert caught.value.message == f"too old resource version: {revision - 1} ({revision})"


@pytest.mark.parametrize(("shift", "words"), [(0, "has been compacted"), (10_000, "is a future revision")])
def test_what_cannot_be_compacted_is_said_as_etcd_says_it(shift: int, words: str) -> None:
    api = Api.made()
    with pytest.raises(UsageError) as caught:
        api.history.compact(api.history.oldest + shift)
    assert str(caught.value) == f"Error: etcdserver: mvcc: required revision {words}"
