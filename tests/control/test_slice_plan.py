"""What becomes of a Service's slices: the rules of packing over several of them, labels, placeholders."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from control_scenes import owned, pod, service
from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.slice_plan import MANAGED_BY, Plan, labels_of, plan
from kdisco.control.slice_plan import owned as is_owned
from kdisco.control.slices import endpoint, identity, ports_of
from kdisco.model.endpoints import EndpointSlice
from kdisco.model.frozen import FrozenMap
from kdisco.model.manifest import to_object

FRONT = service()
PORTS = ports_of(FRONT, pod("a"))


def group(*numbers: int, **more: Any) -> dict[Any, Any]:
    """The endpoints of Pods by their numbers."""
    made = [endpoint(FRONT, pod(f"p{i}", **more), f"10.0.{i // 250}.{i % 250}", "") for i in numbers]
    return {identity(each): each for each in made}


def slice_of(name: str, *numbers: int, labels: Any = None, uid: str = "s-web") -> EndpointSlice:
    """A slice that has these endpoints."""
    made: Any = to_object(
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": name,
                "namespace": "default",
                "labels": dict(labels if labels is not None else labels_of(FRONT)),
                "ownerReferences": [{**owned(FRONT)[0], "uid": uid}],
            },
            "addressType": "IPv4",
        }
    )
    filled: EndpointSlice = evolve(made, endpoints=tuple(group(*numbers).values()) or None, ports=PORTS)
    return filled if numbers else evolve(filled, ports=None)


def sizes(made: Plan) -> list[int]:
    """How full the slices are when the plan is carried out."""
    return sorted(len(each.endpoints or ()) for each in (*made.create, *made.update, *made.unchanged))


def test_a_slice_left_empty_is_not_filled_again_when_others_have_room() -> None:
    there = [slice_of("a", *range(100, 200)), slice_of("b", *range(50))]
    made = plan(FRONT, "IPv4", {PORTS: group(*range(50), *range(200, 230))}, there)
    assert [each.name for each in made.delete] == ["a"]
    assert [(each.name, len(each.endpoints or ())) for each in made.update] == [("b", 80)]


def test_slices_that_are_written_for_their_labels_are_filled_first() -> None:
    old = labels_of(service(meta={"labels": {"x": "old"}}))
    there = [slice_of("a", *range(10), labels=old), slice_of("b", *range(10, 90))]
    made = plan(FRONT, "IPv4", {PORTS: group(*range(110))}, there)
    assert {each.name: len(each.endpoints or ()) for each in made.update} == {"a": 30}
    assert made.update[0].labels == labels_of(FRONT)


@pytest.mark.parametrize("key", ["service.kubernetes.io/headless", "kubernetes.io/service-name", MANAGED_BY])
def test_reserved_labels_of_the_service_are_ignored(key: str) -> None:
    labelled = service(meta={"labels": {key: "me", "x": "y"}})
    assert labels_of(labelled) == labels_of(FRONT).merged({"x": "y"})
    assert plan(labelled, "IPv4", {PORTS: group(1)}, [slice_of("a", 1, labels=labels_of(labelled))]).update == ()


def test_a_headless_service_says_so_on_its_slices() -> None:
    assert labels_of(service(clusterIP="None"))["service.kubernetes.io/headless"] == ""


def test_a_slice_of_a_former_service_goes_and_is_not_reused() -> None:
    made = plan(FRONT, "IPv4", {PORTS: group(1)}, [slice_of("a", 1, uid="former")])
    assert ([each.name for each in made.delete], len(made.create)) == (["a"], 1)
    assert not is_owned(made.delete[0], FRONT)


def test_the_placeholder_stays_when_no_pod_has_an_address_of_the_family() -> None:
    there = slice_of("a")
    assert plan(FRONT, "IPv4", {PORTS: {}}, [there]) == Plan(unchanged=(there,))
    assert plan(FRONT, "IPv4", {}, [there]) == Plan(unchanged=(there,))


def test_a_placeholder_with_old_labels_is_made_anew_in_its_place() -> None:
    made = plan(service(meta={"labels": {"x": "y"}}), "IPv4", {}, [slice_of("a")])
    assert ([each.name for each in made.delete], [each.labels["x"] for each in made.create]) == (["a"], ["y"])


def test_hints_of_another_hand_do_not_make_a_slice_new() -> None:
    there = slice_of("a", 1, 2)
    assert plan(FRONT, "IPv4", {PORTS: group(1, 2)}, [there]) == Plan(unchanged=(there,))


def test_other_ports_go_into_slices_of_their_own() -> None:
    other = (evolve(PORTS[0], port=9090),)
    made = plan(FRONT, "IPv4", {PORTS: group(1), other: group(2)}, [slice_of("a", 1, 2)])
    assert [(each.name, each.ports, len(each.endpoints or ())) for each in (*made.update, *made.create)] == [
        ("a", PORTS, 1),
        ("", other, 1),
    ]


sets = st.sets(st.integers(0, 400), max_size=260)


@given(st.lists(sets, max_size=4), sets)
def test_whatever_was_there_each_endpoint_is_told_once_and_no_slice_is_too_full(
    before: list[set[int]], now: set[int]
) -> None:
    there = [slice_of(f"s{place}", *sorted(numbers)[:100]) for place, numbers in enumerate(before)]
    wanted = {PORTS: group(*sorted(now))} if now else {}
    made = plan(FRONT, "IPv4", wanted, there)
    listed = [identity(one) for each in (*made.create, *made.update, *made.unchanged) for one in each.endpoints or ()]
    assert sorted(listed) == sorted(group(*now))
    assert max(sizes(made)) <= 100
    names = [each.name for each in (*made.update, *made.unchanged, *made.delete)]
    assert sorted(names) == sorted(each.name for each in there)
    after = [
        evolve(each).with_meta(name=each.name or f"n{place}", annotations=FrozenMap())
        for place, each in enumerate((*made.create, *made.update, *made.unchanged))
    ]
    assert plan(FRONT, "IPv4", wanted, after) == Plan(unchanged=tuple(after)), "the next look finds nothing to do"
