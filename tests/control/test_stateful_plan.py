"""What a StatefulSet does next."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from set_scenes import member, revision, stateful, stored

from kdisco.control.set_history import REVISION_LABEL
from kdisco.control.stateful_plan import INDEX, POD_NAME, Plan, Revisions, identified, new_pod, ordinal, plan
from kdisco.model.meta import seconds
from kdisco.model.sets import StatefulSetStatus

GOING = "2026-01-01T00:00:30Z"


def world(**spec: Any) -> tuple[Any, Revisions]:
    """A StatefulSet that is being brought from image 1 to image 2."""
    owner = stored(stateful(image="registry.test/web:2", **spec))
    old = stored(stateful(image="registry.test/web:1", **spec))
    return owner, Revisions(revision(old), revision(owner, 2))


def new(owner: Any, revisions: Revisions, name: str, **more: Any) -> Any:
    """A Pod of the new revision."""
    return member(owner, name, labels={REVISION_LABEL: revisions.newest.name, POD_NAME: name}, **more)


def old(owner: Any, revisions: Revisions, name: str, **more: Any) -> Any:
    """A Pod of the old revision."""
    return member(owner, name, labels={REVISION_LABEL: revisions.current.name, POD_NAME: name}, **more)


def steps(found: Plan) -> list[str]:
    """The steps as text."""
    return [f"{verb} {pod.name}" for verb, pod in found.steps]


@pytest.mark.parametrize(
    ("name", "number"),
    [("web-0", 0), ("web-12", 12), ("web-01", None), ("web", None), ("web-x", None), ("my-web-0", None)],
)
def test_a_member_has_the_sets_name_and_a_number(name: str, number: int | None) -> None:
    assert ordinal(stored(stateful()), name) == number


def test_pods_are_made_one_after_the_other_each_when_the_one_before_is_ready() -> None:
    owner, revisions = world()
    made = [new(owner, revisions, f"web-{i}") for i in range(3)]
    assert steps(plan(owner, [], revisions, 0)) == ["create web-0"]
    assert steps(plan(owner, [new(owner, revisions, "web-0", ready=False)], revisions, 0)) == []
    assert steps(plan(owner, made[:1], revisions, 0)) == ["create web-1"]
    assert steps(plan(owner, made[1:], revisions, 0)) == ["create web-0"]
    assert steps(plan(owner, made, revisions, 0)) == []


def test_in_parallel_all_are_made_and_deleted_at_once() -> None:
    owner, revisions = world(podManagementPolicy="Parallel")
    assert steps(plan(owner, [], revisions, 0)) == ["create web-0", "create web-1", "create web-2"]
    many = [new(owner, revisions, f"web-{i}", ready=i != 1) for i in range(6)]
    assert steps(plan(owner, many, revisions, 0)) == ["delete web-5", "delete web-4", "delete web-3"]


def test_the_highest_goes_first_and_only_when_all_others_are_well() -> None:
    owner, revisions = world(replicas=1)
    many = [new(owner, revisions, f"web-{i}") for i in range(3)]
    assert steps(plan(owner, many, revisions, 0)) == ["delete web-2"]
    going = new(owner, revisions, "web-2", deletionTimestamp=GOING)
    assert steps(plan(owner, [*many[:2], going], revisions, 0)) == []
    unwell = [new(owner, revisions, f"web-{i}", ready=i != 0) for i in range(3)]
    assert steps(plan(owner, unwell, revisions, 0)) == []


def test_of_the_superfluous_one_that_is_unwell_waits_for_the_first_such() -> None:
    owner, revisions = world(replicas=1)
    last = [new(owner, revisions, f"web-{i}", ready=i != 2) for i in range(3)]
    assert steps(plan(owner, last, revisions, 0)) == ["delete web-2"]
    both = [new(owner, revisions, f"web-{i}", ready=i == 0) for i in range(3)]
    assert steps(plan(owner, both, revisions, 0)) == []


def test_an_update_goes_from_the_highest_down_one_at_a_time() -> None:
    owner, revisions = world()
    olds = [old(owner, revisions, f"web-{i}") for i in range(3)]
    found = plan(owner, olds, revisions, 0)
    assert steps(found) == ["delete web-2"]
    assert (found.status.current_replicas, found.status.updated_replicas) == (2, 0)
    mixed = [*olds[:2], new(owner, revisions, "web-2")]
    assert steps(plan(owner, mixed, revisions, 0)) == ["delete web-1"]
    waiting = [*olds[:2], new(owner, revisions, "web-2", ready=False)]
    assert steps(plan(owner, waiting, revisions, 0)) == []


def test_in_parallel_an_update_still_goes_one_at_a_time() -> None:
    owner, revisions = world(podManagementPolicy="Parallel")
    olds = [old(owner, revisions, f"web-{i}", ready=False) for i in range(3)]
    assert steps(plan(owner, olds, revisions, 0)) == ["delete web-2"]
    assert steps(plan(owner, [*olds[:2], new(owner, revisions, "web-2", ready=False)], revisions, 0)) == []


def test_below_the_partition_pods_stay_and_come_back_as_they_were() -> None:
    owner, revisions = world(updateStrategy={"rollingUpdate": {"partition": 2}})
    olds = [old(owner, revisions, f"web-{i}") for i in range(3)]
    assert steps(plan(owner, olds, revisions, 0)) == ["delete web-2"]
    assert steps(plan(owner, [*olds[:2], new(owner, revisions, "web-2")], revisions, 0)) == []
    made = [new_pod(owner, number, revisions) for number in range(3)]
    assert [pod.spec.containers[0].image[-1] for pod in made] == ["1", "1", "2"]
    status = plan(owner, [*olds[:2], new(owner, revisions, "web-2")], revisions, 0).status
    assert (status.current_replicas, status.updated_replicas) == (2, 1)
    assert (status.current_revision, status.update_revision) == (revisions.current.name, revisions.newest.name)


def test_on_delete_only_those_that_are_deleted_become_new() -> None:
    owner, revisions = world(updateStrategy={"type": "OnDelete"})
    olds = [old(owner, revisions, f"web-{i}") for i in range(3)]
    assert steps(plan(owner, olds, revisions, 0)) == []
    found = plan(owner, [olds[0], olds[2]], revisions, 0)
    assert steps(found) == ["create web-1"]
    assert found.steps[0][1].labels[REVISION_LABEL] == revisions.newest.name


def test_a_pod_that_has_ended_is_deleted_and_made_anew_later() -> None:
    owner, revisions = world()
    for phase in ("Failed", "Succeeded"):
        ended = new(owner, revisions, "web-0", phase=phase, ready=False)
        assert steps(plan(owner, [ended], revisions, 0)) == ["delete web-0"]
        going = new(owner, revisions, "web-0", phase=phase, ready=False, deletionTimestamp=GOING)
        assert steps(plan(owner, [going], revisions, 0)) == []


def test_ordinals_may_begin_elsewhere() -> None:
    owner, revisions = world(replicas=2, ordinals={"start": 5})
    assert steps(plan(owner, [], revisions, 0)) == ["create web-5"]
    pods = [new(owner, revisions, f"web-{i}") for i in (0, 5, 6)]
    assert steps(plan(owner, pods, revisions, 0)) == ["delete web-0"]


def test_a_set_that_goes_does_nothing_but_count() -> None:
    owner, revisions = world()
    found = plan(owner.with_meta(deletion_timestamp=GOING), [new(owner, revisions, "web-0")], revisions, 0)
    assert (steps(found), found.status.replicas) == ([], 1)


def test_min_ready_seconds_put_availability_off() -> None:
    owner, revisions = world(minReadySeconds=10)
    first = new(owner, revisions, "web-0", since="2026-01-01T00:00:00Z")
    now = seconds("2026-01-01T00:00:09Z")
    early = plan(owner, [first], revisions, now)
    assert (steps(early), early.status.ready_replicas, early.status.available_replicas) == ([], 1, 0)
    late = plan(owner, [first], revisions, now + 2)
    assert (steps(late), late.status.available_replicas) == (["create web-1"], 1)


def test_when_all_are_new_and_ready_the_new_revision_is_the_current_one() -> None:
    owner, revisions = world()
    pods = [new(owner, revisions, f"web-{i}") for i in range(3)]
    assert plan(owner, pods, revisions, 0).status == StatefulSetStatus(
        observed_generation=1,
        replicas=3,
        ready_replicas=3,
        available_replicas=3,
        current_replicas=3,
        updated_replicas=3,
        current_revision=revisions.newest.name,
        update_revision=revisions.newest.name,
        collision_count=0,
    )


def test_a_pod_is_named_in_its_labels_and_in_dns() -> None:
    owner, revisions = world()
    made = new_pod(owner, 1, revisions)
    assert (made.name, made.metadata.generate_name, made.namespace) == ("web-1", "web-", "default")
    assert (made.spec.hostname, made.spec.subdomain) == ("web-1", "web")
    assert made.labels == {
        "app": "web",
        REVISION_LABEL: revisions.newest.name,
        POD_NAME: "web-1",
        INDEX: "1",
    }
    assert made.owned_by(owner)
    adopted = member(owner, "web-1")
    assert identified(adopted).labels == {"app": "web", POD_NAME: "web-1", INDEX: "1"}
    assert identified(made) is made
    assert "update web-1" in steps(plan(owner, [new(owner, revisions, "web-0"), adopted], revisions, 0))


PHASES = st.sampled_from(["Running", "Pending", "Failed"])
PODS = st.dictionaries(st.integers(0, 5), st.tuples(st.booleans(), st.booleans(), PHASES, st.booleans()))


@given(
    PODS,
    st.integers(0, 5),
    st.sampled_from(["OrderedReady", "Parallel"]),
    st.integers(0, 4),
    st.integers(0, 3),
)
def test_no_ordinal_ever_has_two_pods_and_order_is_kept(
    found: dict[int, tuple[bool, bool, str, bool]], replicas: int, policy: str, partition: int, start: int
) -> None:
    owner, revisions = world(
        replicas=replicas,
        podManagementPolicy=policy,
        updateStrategy={"rollingUpdate": {"partition": partition}},
        ordinals={"start": start},
    )
    pods = {
        f"web-{number}": (new if fresh else old)(
            owner,
            revisions,
            f"web-{number}",
            ready=ready and phase == "Running",
            phase=phase,
            **({"deletionTimestamp": GOING} if going else {}),
        )
        for number, (ready, fresh, phase, going) in found.items()
    }
    planned = plan(owner, pods.values(), revisions, 0)
    wanted = {f"web-{number}" for number in range(start, start + replicas)}
    created = [pod.name for verb, pod in planned.steps if verb == "create"]
    deleted = [pod for verb, pod in planned.steps if verb == "delete"]
    assert set(created) <= wanted - set(pods)
    assert not any(pod.deleting for pod in deleted)
    assert len({pod.name for pod in deleted}) == len(deleted)
    if policy == "OrderedReady":
        assert len(created) + len(deleted) <= 1
        for name in created:
            before = range(start, int(name.rpartition("-")[2]))
            assert all(pods[f"web-{i}"].ready and not pods[f"web-{i}"].deleting for i in before)
        superfluous = [pod for pod in deleted if pod.name not in wanted]
        assert all(pod.name == max(pods.keys() - wanted, key=lambda n: int(n[4:])) for pod in superfluous)
    else:
        assert set(created) == wanted - set(pods)
    assert planned.status.replicas == len(pods)
