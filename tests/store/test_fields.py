"""Field selectors: which fields a kind can be found by, and the words for others."""

from __future__ import annotations

import pytest
from api import Api, pod, service

from kdisco.errors import BadRequest
from kdisco.model.kinds import RESOURCES
from kdisco.store.fields import field_selector

SELECTED = [
    ("pods", "metadata.name=web", True),
    ("pods", "metadata.name==web,metadata.namespace=default", True),
    ("pods", "metadata.name!=web", False),
    ("pods", "spec.nodeName=node-1,status.phase=Pending", True),
    ("pods", "spec.nodeName!=node-1", False),
    ("pods", "status.podIP=", True),
    ("pods", "spec.hostNetwork=false", True),
    ("pods", "spec.schedulerName=default-scheduler", True),
    ("pods", "", True),
    ("services", "spec.type=ClusterIP", True),
    ("services", "spec.clusterIP=None", False),
]


@pytest.mark.parametrize(("resource", "text", "selected"), SELECTED)
def test_fields_select(resource: str, text: str, selected: bool) -> None:  # noqa: FBT001 - a row of the table
    api = Api.made()
    body = pod(node="node-1") if resource == "pods" else service()
    found = api.create(body)
    assert field_selector(RESOURCES[resource], text).selects(found) is selected


REFUSED = [
    ("pods", "spec.replicas=1", "field label not supported: spec.replicas"),
    ("nodes", "status.phase=x", "field label not supported: status.phase"),
    (
        "deployments",
        "spec.replicas=1",
        '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
    ("pods", "metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
]


@pytest.mark.parametrize(("resource", "text", "words"), REFUSED)
def test_what_is_no_selector_is_refused(resource: str, text: str, words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        field_selector(RESOURCES[resource], text)
    assert caught.value.message == words
