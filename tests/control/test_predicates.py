"""Whether a Pod fits a node."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import made, pod
from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.predicates import affine, asks, named_nodes, port_claims, preference, refusal, takes_all

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
WORDS = ("nodeAffinity", REQUIRED, "nodeSelectorTerms", "matchFields", "key", "operator", "values")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(WORDS), each, max_size=3),
    max_leaves=12,
)


def node(name: str = "n", labels: dict[str, str] | None = None, status: Any = None, **spec: Any) -> Any:
    """A node with these labels."""
    return made("Node", name, spec, labels=labels or {}, status=status or {})


def wanting(*terms: Any, preferred: Any = (), **spec: Any) -> Any:
    """A Pod with required node affinity terms."""
    affinity: dict[str, Any] = {PREFERRED: list(preferred)}
    if terms:
        affinity[REQUIRED] = {"nodeSelectorTerms": list(terms)}
    return pod("p", spec={"affinity": {"nodeAffinity": affinity}, **spec})


def labelled(key: str, operator: str, *values: str) -> dict[str, Any]:
    """A term of one expression."""
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def named(operator: str, *values: str, key: str = "metadata.name") -> dict[str, Any]:
    """A term of one field."""
    return {"matchFields": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("term", "fits"),
    [
        (labelled("disk", "In", "ssd", "nvme"), True),
        (labelled("disk", "In", "hdd"), False),
        (labelled("gpu", "In", "a"), False),
        (labelled("disk", "NotIn", "hdd"), True),
        (labelled("gpu", "NotIn", "a"), True),
        (labelled("disk", "NotIn", "ssd"), False),
        (labelled("disk", "Exists"), True),
        (labelled("gpu", "Exists"), False),
        (labelled("gpu", "DoesNotExist"), True),
        (labelled("disk", "DoesNotExist"), False),
        (labelled("cores", "Gt", "7"), True),
        (labelled("cores", "Gt", "8"), False),
        (labelled("cores", "Lt", "9"), True),
        (labelled("cores", "Lt", "-1"), False),
        (labelled("disk", "Gt", "1"), False),
        (labelled("gpu", "Lt", "1"), False),
        (labelled("cores", "Gt", "1", "2"), False),
        (labelled("disk", "Like", "ssd"), False),
        (named("In", "n", "m"), True),
        (named("In", "m"), False),
        (named("NotIn", "m"), True),
        (named("NotIn", "n"), False),
        (named("In", "n", key="metadata.uid"), False),
        ({**labelled("disk", "Exists"), **named("In", "m")}, False),
        ({}, False),
    ],
)
def test_a_term_asks_labels_and_the_name(term: dict[str, Any], fits: bool) -> None:  # noqa: FBT001 - a row of the table
    assert affine(wanting(term).spec, node(labels={"disk": "ssd", "cores": "8"})) is fits


def test_one_of_several_terms_is_enough_and_none_at_all_is_not() -> None:
    assert affine(wanting(named("In", "m"), named("In", "n")).spec, node())
    assert affine(pod("p").spec, node())
    empty = pod("p", spec={"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}}})
    assert not affine(empty.spec, node())


def test_the_selector_counts_as_well() -> None:
    both = wanting(named("In", "n"), nodeSelector={"disk": "ssd"}).spec
    assert affine(both, node(labels={"disk": "ssd"}))
    assert not affine(both, node())


@given(JSON)
def test_an_affinity_of_any_shape_is_only_a_question_of_yes_or_no(affinity: Any) -> None:
    odd = pod("p", spec={"affinity": affinity}).spec
    assert affine(odd, node()) in (True, False)
    names = named_nodes(odd)
    assert names is None or isinstance(names, set)
    assert preference(odd, node())[0] == 0


def test_names_narrow_the_choice_only_when_every_term_names_some() -> None:
    assert named_nodes(pod("p").spec) is None
    assert named_nodes(wanting(named("In", "a"), labelled("x", "Exists")).spec) is None
    assert named_nodes(wanting(named("In", "a"), named("In", "b")).spec) == {"a", "b"}
    conflict = {"matchFields": [*named("In", "a")["matchFields"], *named("In", "b")["matchFields"]]}
    assert named_nodes(wanting(conflict).spec) == set()


def test_preferences_are_taints_to_avoid_and_weights() -> None:
    wish = {"weight": 30, "preference": labelled("disk", "In", "ssd")}
    slow: dict[str, Any] = {"taints": [{"key": "slow", "effect": "PreferNoSchedule"}]}
    wanted = wanting(preferred=[wish]).spec
    assert preference(wanted, node(labels={"disk": "ssd"})) == (0, -30)
    assert preference(wanted, node(**slow)) == (1, 0)
    patient = wanting(preferred=[wish], tolerations=[{"key": "slow", "operator": "Exists"}]).spec
    assert preference(patient, node(**slow)) == (0, 0)


def test_a_node_without_marks_takes_whoever_asks_nothing() -> None:
    assert takes_all(node())
    assert not any(takes_all(each) for each in (node(unschedulable=True), node(**TAINTED), node(status=FULL)))
    assert not asks(pod("p").spec)
    picky: tuple[dict[str, Any], ...] = ({"nodeSelector": {"a": "b"}}, {"affinity": {}}, PORT)
    assert all(asks(pod("p", spec=spec).spec) for spec in picky)


FULL: dict[str, Any] = {"allocatable": {"pods": "3"}}
TAINTED: dict[str, Any] = {"taints": [{"key": "dedicated", "value": "db", "effect": "NoExecute"}]}
PORT = {"containers": [{"name": "web", "ports": [{"containerPort": 80, "hostPort": 80}]}]}


@pytest.mark.parametrize(
    ("asking", "asked", "reason"),
    [
        (pod("p"), node(), ""),
        (pod("p"), node(unschedulable=True, **TAINTED), "node(s) were unschedulable"),
        (pod("p"), node(**TAINTED), "node(s) had untolerated taint(s)"),
        (pod("p", spec={"tolerations": [{"operator": "Exists"}]}), node(unschedulable=True, **TAINTED), ""),
        (pod("p", spec={"nodeSelector": {"a": "b"}}), node(), "node(s) didn't match Pod's node affinity/selector"),
        (
            pod("p", spec=PORT),
            node(),
            "node(s) didn't have free ports for the requested pod ports",
        ),
        (pod("p"), node(status=FULL), "Too many pods"),
        (pod("p"), node(status={"allocatable": {"pods": 4}}), ""),
    ],
)
def test_the_first_reason_against_a_node(asking: Any, asked: Any, reason: str) -> None:
    assert refusal(asking, asked, 3, lambda: {("TCP", 80)}) == reason


def test_a_host_port_is_one_of_a_protocol() -> None:
    ports = [{"containerPort": 53, "hostPort": 53, "protocol": "UDP"}, {"containerPort": 80}]
    assert port_claims(pod("p", spec={"containers": [{"name": "c", "ports": ports}]}).spec) == {("UDP", 53)}
