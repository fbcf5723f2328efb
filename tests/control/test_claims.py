"""Whose objects are whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from control_scenes import context_of, deployment, made, new_image, owned, pod, problems, running, sets, view_of

from kdisco.control.claims import candidates, claim
from kdisco.control.controller import Try

if TYPE_CHECKING:
    from kdisco.control.controller import Context

SET = made("ReplicaSet", "set", {"replicas": 1})
GONE: dict[str, Any] = {"deletionTimestamp": "2026-01-01T00:00:30Z"}


def fits(labels: Any) -> bool:
    """What the owner selects."""
    return bool(labels.get("app") == "web")


def claimed(context: Context, owner: Any, *found: Any) -> tuple[list[str], list[dict[str, Any]]]:
    """The names of what is the owner's, and the patches that it took."""
    work, patches = claim(context, owner, found, fits), []
    try:
        asked = next(work)
        while True:
            assert isinstance(asked, Try)
            patches.append({"name": asked.request.name, **asked.request.body["metadata"]})
            asked = work.send(next(each for each in found if each.name == asked.request.name))
    except StopIteration as end:
        return [each.name for each in end.value], patches


def test_what_fits_and_is_owned_stays_without_a_write() -> None:
    mine = pod("mine", ownerReferences=owned(SET))
    assert claimed(context_of(SET, mine), SET, mine) == (["mine"], [])


def test_an_orphan_that_fits_is_adopted_by_a_patch_of_this_very_object() -> None:
    orphan = pod("orphan")
    expected = [{"name": "orphan", "uid": "p-orphan", "ownerReferences": owned(SET)}]
    found, patches = claimed(context_of(SET, orphan), SET, orphan)
    assert found == ["orphan"]
    assert [{**each, "ownerReferences": [dict(each["ownerReferences"][0])]} for each in patches] == expected


def test_what_fits_no_more_is_let_go() -> None:
    lost = pod("lost", labels={"app": "debug"}, ownerReferences=owned(SET))
    let_go = [{"$patch": "delete", "uid": SET.metadata.uid}]
    expected = [{"name": "lost", "uid": "p-lost", "ownerReferences": let_go}]
    assert claimed(context_of(SET, lost), SET, lost) == ([], expected)


@pytest.mark.parametrize(
    "found",
    [
        pod("other", ownerReferences=owned(made("ReplicaSet", "other"))),
        pod("stranger", labels={"app": "db"}),
        pod("going", **GONE),
    ],
    ids=lambda each: each.name,
)
def test_what_another_controls_does_not_fit_or_is_going_is_left_alone(found: Any) -> None:
    assert claimed(context_of(SET, found), SET, found) == ([], [])


def test_an_owner_that_is_going_neither_adopts_nor_lets_go() -> None:
    going = SET.with_meta(deletion_timestamp=GONE["deletionTimestamp"])
    found = (pod("orphan"), pod("lost", labels={"app": "debug"}, ownerReferences=owned(SET)))
    assert claimed(context_of(going, *found), going, *found) == ([], [])


@pytest.mark.parametrize("stored", [(), (SET.with_meta(uid="another"),), (SET.with_meta(deletion_timestamp="x"),)])
def test_an_owner_that_is_gone_by_now_does_not_adopt(stored: tuple[Any, ...]) -> None:
    orphan = pod("orphan")
    seen = evolve(context_of(SET, orphan), stored=view_of(*stored))
    assert claimed(seen, SET, orphan) == ([], [])


def test_candidates_are_what_is_owned_and_what_nobody_owns() -> None:
    other = made("ReplicaSet", "other")
    found = (pod("a", ownerReferences=owned(SET)), pod("b"), pod("c", ownerReferences=owned(other)))
    assert [each.name for each in candidates(context_of(SET, *found), SET, "pods")] == ["a", "b"]


def test_a_replica_set_without_an_owner_is_adopted_and_one_with_other_labels_let_go() -> None:
    cluster = running(deployment())
    (first,) = sets(cluster)
    cluster.patch("rs", first.name, {"metadata": {"ownerReferences": None}})
    cluster.settle()
    assert cluster.get("rs", first.name).owned_by(cluster.get("deployment", "web"))
    cluster.patch("rs", first.name, {"metadata": {"labels": {"app": "debug"}}})
    cluster.settle()
    assert cluster.get("rs", first.name).owner is None
    (second,) = sets(cluster)
    assert second.name != first.name
    assert cluster.get("deployment", "web").status.collision_count == 1
    assert problems(cluster) == []


def test_an_adopted_replica_set_of_an_old_template_is_rolled_away() -> None:
    cluster = running(deployment())
    (first,) = sets(cluster)
    cluster.hold("deployment")
    cluster.patch("rs", first.name, {"metadata": {"ownerReferences": None}})
    new_image(cluster, "registry.test/web:2")
    cluster.release("deployment").settle()
    assert [(each.spec.replicas, each.status.replicas) for each in sets(cluster)] == [(0, 0), (2, 2)]
