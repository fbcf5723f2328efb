"""Documents merged and pruned as server-side apply does it."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco.store.fieldset import fields_of
from kdisco.store.merge import merged, pruned, value_at

LIVE: dict[str, Any] = {"spec": {"replicas": 1, "selector": {"a": "b"}, "containers": [{"name": "a", "image": "1"}]}}
MERGED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"replicas": 2}, {"replicas": 2}),
    ({"selector": {"c": "d"}}, {"selector": {"c": "d"}}),
    ({"replicas": None}, {}),
    (
        {"containers": [{"name": "b"}, {"name": "a", "tty": True}]},
        {"containers": [{"name": "a", "image": "1", "tty": True}, {"name": "b"}]},
    ),
    ({"args": ["x"]}, {"args": ["x"]}),
]


@pytest.mark.parametrize(("spec", "changed"), MERGED)
def test_a_configuration_is_laid_over_what_is_there(spec: dict[str, Any], changed: dict[str, Any]) -> None:
    assert merged(LIVE, {"spec": spec}, ("Service",)) == {"spec": LIVE["spec"] | changed}


def test_what_is_pruned_is_gone_with_the_maps_that_held_nothing_else() -> None:
    paths = fields_of({"spec": {"containers": [{"name": "a"}], "replicas": 1}}, "Service")
    assert all(value_at(LIVE, path) is not None for path in paths)
    assert pruned(LIVE, paths) == {"spec": {"selector": {"a": "b"}}}
    labelled = {"metadata": {"labels": {"a": "b"}}}
    assert pruned(labelled, fields_of(labelled, "Service")) == {}
