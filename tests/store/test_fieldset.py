"""Sets of fields: what of an object somebody owns, and how that is written."""

from __future__ import annotations

from typing import Any

import pytest
from api import deployment, service
from hypothesis import given
from hypothesis import strategies as st

from kdisco.store.fieldset import fields_of, from_json, shown, to_json

PATHS: list[tuple[dict[str, Any], set[str]]] = [
    (service(), {'.spec.ports[port=80,protocol="TCP"]', '.spec.ports[port=80,protocol="TCP"].port'}),
    (
        {"kind": "Service", "metadata": {"name": "x", "labels": {"a/b": "c"}, "finalizers": ["a/b"]}},
        {".metadata.labels.a/b", '.metadata.finalizers[="a/b"]'},
    ),
    (
        {"kind": "Service", "spec": {"selector": {"a": "b"}, "clusterIPs": ["None"]}},
        {".spec.selector", ".spec.clusterIPs"},
    ),
    (
        {"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "a", "args": ["x"]}]}}}},
        {
            '.spec.template.spec.containers[name="a"]',
            '.spec.template.spec.containers[name="a"].name',
            '.spec.template.spec.containers[name="a"].args',
        },
    ),
    ({"kind": "Service", "spec": {"type": None}, "status": {}}, {".status"}),
]


@pytest.mark.parametrize(("document", "paths"), PATHS)
def test_the_fields_of_a_document(document: dict[str, Any], paths: set[str]) -> None:
    assert {shown(path) for path in fields_of(document, document["kind"])} == paths


def test_a_set_is_written_as_managed_fields_are() -> None:
    body = deployment(replicas=2)
    tree = to_json(fields_of(body, "Deployment"))
    assert tree["f:spec"]["f:replicas"] == {}
    assert tree["f:spec"]["f:selector"] == {}
    item = tree["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"web"}']
    assert item == {".": {}, "f:image": {}, "f:name": {}}
    assert "f:metadata" not in tree


VALUES = st.recursive(
    st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: (
        st.dictionaries(st.sampled_from(["a", "b", "args"]), inner, max_size=3)
        | st.fixed_dictionaries(
            {"containers": st.lists(st.fixed_dictionaries({"name": st.sampled_from("xyz"), "a": inner}), max_size=3)}
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["spec", "status", "data"]), VALUES, max_size=3))
def test_what_is_written_can_be_read(document: dict[str, Any]) -> None:
    paths = fields_of(document, "Deployment")
    assert from_json(to_json(paths)) == paths
