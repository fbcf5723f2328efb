"""The record itself: facts by name, and who is told."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kdisco.course.record import PARTS, Record

FACTS = st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none())
RECORDS = st.fixed_dictionaries({part: st.dictionaries(st.text(), FACTS) for part in PARTS})


class Listener:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.heard = 0

    def hear(self) -> None:
        """One change."""
        self.heard += 1


@given(RECORDS)
def test_what_is_written_down_is_read_back(parts: dict[str, dict[str, dict[str, Any]]]) -> None:
    first, second = Record(parts=parts), Record()
    second.take(first.to_dict())
    assert second == first


def test_facts_add_up_until_they_are_forgotten() -> None:
    found = Record()
    found.note("task", "x", hints=1)
    found.note("task", "x", passed=True)
    assert found.get("task", "x") == {"hints": 1, "passed": True}
    found.forget("task", "x")
    found.forget("task", "x")
    assert found.get("task", "x") == {}


def test_the_keeper_is_told_of_each_change() -> None:
    told: list[Any] = []
    found = Record(kept=lambda *what: told.append(what))
    found.note("quiz", "x", answer="a")
    found.forget("quiz", "x")
    assert told == [("quiz", "x", {"answer": "a"}), ("quiz", "x", None)]


def test_who_listens_is_told_for_as_long_as_it_lives() -> None:
    found, listener = Record(), Listener()
    found.observe(listener.hear)
    found.note("quiz", "x", answer="a")
    assert listener.heard == 1
    del listener
    found.note("quiz", "x", answer="b")
    assert found._heard == []
