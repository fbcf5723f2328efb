"""How a Deployment's ReplicaSets are made and noted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from attrs import evolve
from control_scenes import made
from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.revision import (
    DESIRED,
    MAXIMUM,
    REVISION,
    encoded,
    new_replica_set,
    number,
    pod_template_hash,
    renewed,
    sizes,
)
from kdisco.model.workload import Deployment, ReplicaSet
from kdisco.store.apply import LAST_APPLIED

HISTORY = "deployment.kubernetes.io/revision-history"
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "a"}]}}
SPEC = {
    "replicas": 4,
    "minReadySeconds": 3,
    "selector": {"matchLabels": {"app": "web"}},
    "template": TEMPLATE,
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
}


def web(**annotations: str) -> Deployment:
    """A Deployment that allows one Pod more than its four."""
    found: Deployment = made("Deployment", "web", SPEC, annotations=annotations)
    return found


def noted(name: str, **annotations: str) -> ReplicaSet:
    """A ReplicaSet with these annotations."""
    marks = {f"deployment.kubernetes.io/{key.replace('_', '-')}": text for key, text in annotations.items()}
    found: ReplicaSet = made("ReplicaSet", name, {"replicas": 1, "minReadySeconds": 3}, annotations=marks)
    return found


@given(st.integers(0, 2**32 - 1))
def test_a_hash_has_only_ten_letters(value: int) -> None:
    assert re.fullmatch("[456789bcdf]{1,10}", encoded(value))


@pytest.mark.parametrize(("value", "text"), [(0, "4"), (1234567890, "56789bcdf4")])
def test_each_digit_has_its_letter(value: int, text: str) -> None:
    assert encoded(value) == text


def test_the_hash_is_of_the_template_and_of_the_collisions() -> None:
    template = web().spec.template
    other = evolve(template, spec=evolve(template.spec, hostname="x"))
    hashes = [pod_template_hash(template), pod_template_hash(other), pod_template_hash(template, 1)]
    assert len(set(hashes)) == 3
    assert pod_template_hash(web().spec.template) == hashes[0]


def test_a_new_replica_set_carries_the_hash_everywhere() -> None:
    found = new_replica_set(web(), 2, [])
    mark = found.name.removeprefix("web-")
    assert found.labels == {"app": "web", "pod-template-hash": mark}
    assert found.spec.template.metadata.labels == found.labels
    assert found.spec.selector is not None
    assert found.spec.selector.match_labels == found.labels
    assert (found.spec.replicas, found.spec.min_ready_seconds) == (2, 3)
    assert found.owned_by(web())
    (owner,) = found.metadata.owner_references
    assert (owner.controller, owner.block_owner_deletion) == (True, True)


def test_a_new_replica_set_takes_the_deployments_annotations_but_for_its_own() -> None:
    source = web(note="x", **{LAST_APPLIED: "{}", REVISION: "7", HISTORY: "1", DESIRED: "9", MAXIMUM: "9"})
    assert new_replica_set(source, 2, []).metadata.annotations == {
        "note": "x",
        REVISION: "1",
        DESIRED: "4",
        MAXIMUM: "5",
    }


@pytest.mark.parametrize(("old", "revision"), [([], "1"), (["1"], "2"), (["4", "2"], "5"), (["x"], "1"), ([""], "1")])
def test_a_new_revision_is_one_above_the_old_ones(old: list[str], revision: str) -> None:
    olds = [noted(f"old{i}", revision=text) for i, text in enumerate(old)]
    assert new_replica_set(web(), 1, olds).metadata.annotations[REVISION] == revision


@pytest.mark.parametrize(
    ("marks", "after"),
    [
        ({"revision": "3"}, {"revision": "3"}),
        ({"revision": "9"}, {"revision": "9"}),
        ({"revision": "1"}, {"revision": "3", "revision_history": "1"}),
        ({"revision": "1", "revision_history": "0"}, {"revision": "3", "revision_history": "0,1"}),
        ({}, {"revision": "3"}),
    ],
)
def test_going_back_makes_an_old_template_the_newest_revision(marks: dict[str, str], after: dict[str, str]) -> None:
    found = renewed(web(), noted("back", **marks), [noted("old", revision="2")])
    assert found == noted("back", **after)


def test_what_is_noted_rightly_is_left_alone() -> None:
    new = noted("new", revision="2")
    assert renewed(web(), new, [noted("old", revision="1")]) == new


def test_a_later_annotation_and_min_ready_seconds_reach_the_new_replica_set() -> None:
    new = evolve(noted("new", revision="1"), spec=evolve(noted("new").spec, min_ready_seconds=0))
    found = renewed(web(cause="why"), new, [])
    assert (found.metadata.annotations["cause"], found.spec.min_ready_seconds) == ("why", 3)


def test_sizes_are_the_wanted_and_the_highest_number() -> None:
    assert sizes(web()) == {DESIRED: "4", MAXIMUM: "5"}


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("0", 0), ("-1", None), ("x", None), ("", None), ("²", None), ("٣", None)]
)
def test_an_annotation_that_is_no_number_says_nothing(text: str, value: Any) -> None:
    assert number(noted("a", revision=text), REVISION) == value
    assert number(noted("a"), REVISION) is None
