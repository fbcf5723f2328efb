"""Values as JSON and back: nothing is lost, what is shared stays shared, and nothing foreign is ever made."""

from __future__ import annotations

import json
import math
from typing import Any

import dns.name
import dns.rdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco import Cluster, KdiscoError, ProxyConfig
from kdisco.config import DnsConfig
from kdisco.errors import UsageError
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import ObjectMeta
from kdisco.net.fates import MODES, ruleset
from kdisco.snapshot import Reader, Writer
from kdisco.tree import Tree

TEXTS = st.text(max_size=5)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | st.binary(max_size=5)
KEYS = st.text(max_size=3) | st.integers()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3).map(FrozenMap),
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(lambda found: Tree.of(found.items())),
        st.frozensets(st.text(max_size=3), max_size=3),
        st.builds(lambda name: ObjectMeta(name=name, labels=FrozenMap({name: "x"})), TEXTS),
    ),
    max_leaves=12,
)  # fmt: skip


def again(value: Any) -> Any:
    """A value written as text and read."""
    writer = Writer()
    written = json.loads(json.dumps([writer.write(value), writer.parts], allow_nan=False))
    return Reader(written[1]).read(written[0])


def shape(value: Any) -> Any:
    """A value with its types all the way down: 1, 1.0 and True are three, 0.0 and -0.0 two."""
    if isinstance(value, frozenset):
        return frozenset, sorted(value)
    if isinstance(value, dict | Tree):
        return type(value), [(shape(key), shape(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [shape(each) for each in value]
    return type(value), repr(value)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert again(value) == value
    assert shape(again(value)) == shape(value)


def test_what_is_one_object_stays_one() -> None:
    shared = ObjectMeta(name="a")
    found = again((shared, FrozenMap({"again": shared}), [shared]))
    assert found[0] is found[1]["again"] is found[2][0]
    assert len(Writer().parts) == 0


def test_infinity_is_written_in_words() -> None:
    assert again((math.inf, -math.inf)) == (math.inf, -math.inf)


def test_what_is_a_default_is_not_written_and_what_only_equals_one_is() -> None:
    writer = Writer()
    writer.write(DnsConfig(ttl=30, cache=5))
    assert writer.parts == [{"@": "config.DnsConfig", "cache": 5}]


def test_names_and_records_of_dnspython_keep_their_letters() -> None:
    name = dns.name.from_text("WeB.Default.svc.cluster.local.")
    record = dns.rdata.from_text("IN", "SRV", "0 50 80 Web.default.svc.cluster.local.")
    found = again((name, record))
    assert found == (name, record)
    assert found[0].to_text() == name.to_text()


@pytest.mark.parametrize("mode", MODES)
def test_rules_in_force_are_made_again_of_what_they_were_made_of(mode: str) -> None:
    state = Cluster(nodes=1, proxy=ProxyConfig(mode=mode)).state
    rules = ruleset(state, "node-1")
    found = again(rules)
    assert type(found) is type(rules)
    assert (found.view, found.node, found.settings) == (rules.view, rules.node, rules.settings)


@pytest.mark.parametrize("value", [object(), print, {1, 2}, pytest, 1j, KdiscoError("x")])
def test_what_is_no_value_of_the_model_is_not_written(value: Any) -> None:
    with pytest.raises(UsageError, match=r"^cannot be saved: a .* is no value of the model$"):
        Writer().write((value,))


@pytest.mark.parametrize(
    "part",
    [
        {"@": "os.system"},
        {"@": "store.state.os"},
        {"@": "store.state.Missing"},
        {"@": "model.nowhere.Pod"},
        {"@": "shell.kernel.Kernel"},
        {"@": "store.transaction.Transaction"},
        {"@": "model.meta.ObjectMeta", "no": 1},
        {"@": "config.DnsConfig", "ttl": "x"},
        {"@": "map", "of": ["a"]},
        {"@": "map"},
        {"@": "bytes", "of": ["%"]},
        {"@": "rdata", "of": ["a", 1, "b"]},
        {"=": 0},
        {},
        [],
        "x",
        None,
        {"@": "list", "of": [{"=": 5}]},
        {"@": ["list"]},
    ],
)
def test_a_part_that_no_writer_wrote_is_refused_in_one_line(part: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Reader([part])
    assert "\n" not in str(caught.value)
