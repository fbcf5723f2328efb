"""What Pods must be, and what of them may change."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, pod

from kdisco.errors import Invalid
from kdisco.store.validate.pod import FIXED


def one(**container: Any) -> dict[str, Any]:
    """A Pod's only container with other settings."""
    return {"containers": [{"name": "web", "image": "registry.test/web:1"} | container]}


RULES: list[tuple[dict[str, Any], str]] = [
    ({"containers": []}, "spec.containers: Required value"),
    (one(name=""), "spec.containers[0].name: Required value"),
    (one(image=""), "spec.containers[0].image: Required value"),
    ({"containers": one()["containers"] * 2}, 'spec.containers[1].name: Duplicate value: "web"'),
    (one() | {"initContainers": one()["containers"]}, 'spec.containers[0].name: Duplicate value: "web"'),
    (
        one(ports=[{"containerPort": 0}]),
        "spec.containers[0].ports[0].containerPort: Invalid value: 0: must be between 1 and 65535, inclusive",
    ),
    (
        one(ports=[{"name": "a", "containerPort": 1}, {"name": "a", "containerPort": 2}]),
        'spec.containers[0].ports[1].name: Duplicate value: "a"',
    ),
    (
        {"restartPolicy": "Maybe"},
        'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"',
    ),
    (
        {"dnsPolicy": "X"},
        (
            'spec.dnsPolicy: Unsupported value: "X": '
            'supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"'
        ),
    ),
    (
        {"dnsPolicy": "None"},
        "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
    ),
    (
        {"dnsConfig": {"nameservers": ["192.0.2.1"] * 4}},
        (
            'spec.dnsConfig.nameservers: Invalid value: ["192.0.2.1","192.0.2.1","192.0.2.1","192.0.2.1"]: '
            "must not have more than 3 nameservers"
        ),
    ),
]


@pytest.mark.parametrize(("spec", "words"), RULES)
def test_a_breach_is_named_with_its_field(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(pod(**spec))
    assert caught.value.message == f'Pod "web" is invalid: {words}'


FIXED_FIELDS = [{"nodeName": "node-2"}, {"hostname": "x"}, {"dnsPolicy": "Default"}, {"schedulerName": "x"}]


@pytest.mark.parametrize("change", FIXED_FIELDS)
def test_most_of_a_pod_is_for_good(change: dict[str, Any]) -> None:
    api = Api.made()
    api.create(pod(node="node-1"))
    with pytest.raises(Invalid) as caught:
        api.patch("pod", "web", {"spec": change})
    assert caught.value.message == f'Pod "web" is invalid: spec: Forbidden: {FIXED}'


@pytest.mark.parametrize("change", [one(image="registry.test/web:2"), {"activeDeadlineSeconds": 5}])
def test_images_and_the_deadline_may_change(change: dict[str, Any]) -> None:
    api = Api.made()
    api.create(pod())
    assert api.patch("pod", "web", {"spec": change}, "strategic").metadata.generation == 2
