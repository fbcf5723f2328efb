"""The subresource scale: replicas as an object of their own."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment

from kdisco.errors import BadRequest, Conflict
from kdisco.store.scale import scale_of, scale_problems, scaled


def stored() -> Any:
    """A Deployment of two."""
    return Api.made().create(deployment(replicas=2))


def test_a_scale_shows_the_replicas_and_whose_they_are() -> None:
    found = stored()
    shown = scale_of(found)
    assert (shown["apiVersion"], shown["kind"]) == ("autoscaling/v1", "Scale")
    assert shown["metadata"] == {
        "name": "web",
        "namespace": "default",
        "uid": found.metadata.uid,
        "resourceVersion": found.metadata.resource_version,
        "creationTimestamp": found.metadata.creation_timestamp,
    }
    assert (shown["spec"], shown["status"]) == ({"replicas": 2}, {"replicas": 0})


def test_it_changes_nothing_else() -> None:
    found = stored()
    after = scaled(found, scale_of(found) | {"spec": {"replicas": 5}, "status": {"replicas": 9}})
    assert after.spec.replicas == 5
    assert after.status == found.status
    assert after.spec.template == found.spec.template


def test_replicas_left_out_are_none() -> None:
    assert scaled(stored(), {"metadata": {"name": "web"}}).spec.replicas == 0


@pytest.mark.parametrize("replicas", ["3", 1.5, True, [1], {"a": 1}])
def test_replicas_are_a_number(replicas: Any) -> None:
    with pytest.raises(BadRequest, match=r"into Go struct field ScaleSpec\.spec\.replicas of type int32"):
        scaled(stored(), {"spec": {"replicas": replicas}})


def test_a_stale_scale_conflicts() -> None:
    api = Api.made()
    shown = scale_of(api.create(deployment(replicas=2)))
    api.patch("deployment", "web", {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(Conflict, match="the object has been modified"):
        api.send("update", shown, kind="deployment", name="web", namespace="default", subresource="scale")


def test_less_than_none_is_a_problem() -> None:
    found = stored()
    assert scale_problems(found) == []
    assert scale_problems(scaled(found, {"spec": {"replicas": -1}}))
