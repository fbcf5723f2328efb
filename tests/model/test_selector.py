"""Which labels a selector means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.errors import BadRequest
from kdisco.model.frozen import FrozenMap
from kdisco.model.selector import LabelSelector, Requirement, matches, parse_selector

WEB = {"app": "web", "tier": "front", "canary": "", "cores": "4"}
SELECTED = {
    "": True,
    "app=web": True,
    "app==web": True,
    "app=db": False,
    "app!=db": True,
    "app!=web": False,
    "zone!=east": True,
    "app": True,
    "zone": False,
    "!zone": True,
    "!app": False,
    "! zone": True,
    "canary=": True,
    "app in (web)": True,
    "app in (db, web)": True,
    "app in (db)": False,
    "app notin (db,cache)": True,
    "app notin (web)": False,
    "zone notin (east)": True,
    "zone in (east)": False,
    "app=web,tier=front": True,
    "app=web,tier=back": False,
    " app = web , tier in (front, back),!zone": True,
    "app.kubernetes.io/name=web": False,
    "in in (a)": False,
    "canary in ()": True,
    "canary in (,x)": True,
    "app in (,)": False,
    "cores>3": True,
    "cores>4": False,
    "cores<5": True,
    "app>1": False,
}


@pytest.mark.parametrize("text", SELECTED)
def test_a_selector_selects(text: str) -> None:
    assert parse_selector(text).selects(WEB) is SELECTED[text]


REFUSED = {
    "app in web": "unable to parse requirement: found 'web' expected: '('",
    "app in (web": "unable to parse requirement: found '', expected: ',' or ')'",
    "app in (web=)": "unable to parse requirement: found '=', expected: ',' or ')'",
    "=web": "found '=', expected: !, identifier, or 'end of string'",
    ",": "found ',', expected: !, identifier, or 'end of string'",
    "app=web=x": "found '=', expected: ',' or 'end of string'",
    "app,,tier": "found ',', expected: identifier after ','",
    "app=web,": "found '', expected: identifier after ','",
    "!": "unable to parse requirement: found '', expected: identifier",
    "app in ()x": "found 'x', expected: ',' or 'end of string'",
    "a b": "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    "app=(web)": "unable to parse requirement: found '(', expected: identifier",
    "cores>many": (
        'unable to parse requirement: values[0][cores]: Invalid value: "many": '
        "for 'Gt', 'Lt' operators, the value must be an integer"
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_selector_is_refused_in_the_api_servers_words(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_selector(text)
    assert (caught.value.status, caught.value.message) == (400, REFUSED[text])


@given(
    st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz")),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz")),
)
def test_matching_is_being_a_part(wanted: dict[str, str], labels: dict[str, str]) -> None:
    assert matches(wanted, labels) == (wanted.items() <= labels.items())
    text = ",".join(f"{key}={value}" for key, value in wanted.items())
    assert parse_selector(text).selects(labels) == matches(wanted, labels)


@given(st.sets(st.sampled_from("xyz"), min_size=1), st.dictionaries(st.just("a"), st.sampled_from("xyz")))
def test_not_in_is_the_opposite_of_in(values: set[str], labels: dict[str, str]) -> None:
    inside, outside = (Requirement(key="a", operator=each, values=tuple(values)) for each in ("In", "NotIn"))
    assert inside.met_by(labels) is not outside.met_by(labels)


def test_labels_and_expressions_must_all_hold() -> None:
    selector = LabelSelector(
        match_labels=FrozenMap(app="web"), match_expressions=(Requirement(key="zone", operator="DoesNotExist"),)
    )
    assert selector.selects(WEB)
    assert not selector.selects({**WEB, "zone": "east"})
    assert not selector.empty
    assert LabelSelector().empty
    assert LabelSelector().selects({})
