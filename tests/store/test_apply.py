"""The three-way merge of apply: what the last manifest had goes, what others set stays."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.store.apply import LAST_APPLIED, last_applied, three_way
from kdisco.store.strategic import strategic_patch

NAMES = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)


@st.composite
def manifests(draw: st.DrawFn) -> dict[str, Any]:
    """A manifest with a map, a list with names, a plain list and words."""
    containers = [
        {"name": name}
        | draw(st.dictionaries(st.sampled_from(["image", "tty"]), st.sampled_from(["1", "2"]), max_size=2))
        for name in draw(NAMES)
    ]
    parts: dict[str, Any] = {
        "labels": draw(st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["1", "2"]), max_size=3)),
        "containers": containers,
        "args": draw(st.lists(st.sampled_from("pq"), max_size=2)),
        "finalizers": draw(NAMES),
    }
    return {key: parts[key] for key in draw(st.lists(st.sampled_from(sorted(parts)), unique=True))}


def ordered(document: dict[str, Any]) -> dict[str, Any]:
    """A document with its words sorted: those are united in any order."""
    return document | {"finalizers": sorted(document.get("finalizers", []))}


def applied(original: Any, modified: Any, live: Any) -> Any:
    """What is stored after the patch."""
    return strategic_patch(live, three_way(original, modified, live))


@given(manifests(), manifests())
def test_what_was_applied_becomes_what_is_applied(original: dict[str, Any], modified: dict[str, Any]) -> None:
    live = applied(original, modified, copy.deepcopy(original))
    assert ordered(live) == ordered(modified)


@given(manifests(), manifests())
def test_the_same_again_changes_nothing(original: dict[str, Any], modified: dict[str, Any]) -> None:
    live = applied(original, modified, copy.deepcopy(original))
    assert applied(modified, modified, live) == live


@given(manifests())
def test_what_equals_the_store_needs_no_patch(manifest: dict[str, Any]) -> None:
    assert three_way(manifest, manifest, manifest) == {}


@given(manifests(), manifests())
def test_fields_of_others_stay(original: dict[str, Any], modified: dict[str, Any]) -> None:
    foreign = {"labels": {"w": "other"}, "containers": [{"name": "sidecar", "image": "9"}], "status": {"a": 1}}
    live = strategic_patch(copy.deepcopy(original), foreign)
    after = applied(original, modified, live)
    assert after["status"] == {"a": 1}
    if "labels" in modified or "labels" not in original:
        assert after["labels"]["w"] == "other"
    if "containers" in modified or "containers" not in original:
        assert {"name": "sidecar", "image": "9"} in after["containers"]


def test_null_takes_a_field_out() -> None:
    assert three_way({}, {"replicas": None}, {"replicas": 3}) == {"replicas": None}
    assert three_way({}, {"replicas": None}, {}) == {}


def test_another_strategy_drops_the_settings_of_the_old_one() -> None:
    live = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = three_way({}, {"spec": {"strategy": {"type": "Recreate"}}}, live)
    assert patch == {"spec": {"strategy": {"type": "Recreate", "$retainKeys": ["type"]}}}
    assert strategic_patch(live, patch) == {"spec": {"strategy": {"type": "Recreate"}}}


def test_one_port_number_of_two_protocols_is_two_ports() -> None:
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    manifest = {"spec": {"ports": ports}}
    live = {"spec": {"ports": [port | {"targetPort": 53} for port in ports]}}
    assert three_way(manifest, manifest, live) == {}


@pytest.mark.parametrize("ports", [5, "x", ["x"], [{"name": "x"}], [{"port": {}}]])
def test_a_list_that_is_none_is_left_to_the_server(ports: Any) -> None:
    assert three_way({}, {"spec": {"ports": ports}}, {"spec": {"ports": []}}) == {"spec": {"ports": ports}}


def test_the_last_manifest_is_in_the_annotation() -> None:
    assert last_applied({"metadata": {"annotations": {LAST_APPLIED: '{"a":1}\n'}}}) == {"a": 1}
    assert last_applied({"metadata": {}}) == last_applied({}) == {}
