"""A state after packets have gone their ways."""

from __future__ import annotations

from typing import Any

from attrs import evolve, fields

from kdisco.model.frozen import FrozenMap
from kdisco.store.state import State


def test_packets_leave_all_else_as_it_is() -> None:
    own: dict[str, Any] = {each.name: object() for each in fields(State)}
    before = evolve(State(), **own)
    table = FrozenMap({"node-1": object()})
    after = before.after_packets(7, table, "counted")
    changed = {"draws": 7, "conntrack": table, "counters": "counted", "changes": ()}
    assert {each.name: getattr(after, each.name) for each in fields(State)} == own | changed
