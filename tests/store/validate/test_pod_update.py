"""What of a Pod may change once it is stored."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, pod

from kdisco.errors import Invalid
from kdisco.store.validate.pod_update import FIXED

KEPT = {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}
STANDS: dict[str, Any] = {"tolerations": [KEPT], "activeDeadlineSeconds": 60}
SECOND = {"name": "second", "image": "registry.test/web:1"}


def stored() -> Api:
    """A server with the Pod that is to change."""
    api = Api.made()
    api.create(pod(node="node-1", **STANDS))
    return api


@pytest.mark.parametrize(
    "change", [{"nodeName": "node-2"}, {"hostname": "x"}, {"dnsPolicy": "Default"}, {"schedulerName": "x"}]
)
def test_most_of_a_pod_is_for_good(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        stored().patch("pod", "web", {"spec": change})
    (cause,) = caught.value.details["causes"]
    assert cause["field"] == "spec"
    assert cause["message"].startswith(f"Forbidden: {FIXED}\n@@ ")
    value = next(iter(change.values()))
    assert f'": "{value}"' in next(line for line in cause["message"].split("\n") if line.startswith("+"))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"containers": [*pod()["spec"]["containers"], SECOND]}, "spec.containers: Forbidden: pod updates may not add"),
    ({"activeDeadlineSeconds": 61}, "spec.activeDeadlineSeconds: Invalid value: 61: must be less than or equal to p"),
    (
        {"activeDeadlineSeconds": None},
        'spec.activeDeadlineSeconds: Invalid value: "null": must not update from a positive integer to nil value',
    ),
    ({"tolerations": []}, "spec.tolerations: Forbidden: existing toleration can not be modified except its"),
    ({"schedulingGates": [{"name": "a"}]}, "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_a_change_that_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        stored().patch("pod", "web", {"spec": change})
    assert caught.value.message.startswith(f'Pod "web" is invalid: {words}')


@pytest.mark.parametrize(
    "change",
    [
        {"containers": [{"name": "web", "image": "registry.test/web:2"}]},
        {"activeDeadlineSeconds": 5},
        {"tolerations": [KEPT | {"tolerationSeconds": 9}, {"key": "b", "operator": "Exists"}]},
    ],
)
def test_images_a_shorter_deadline_and_further_tolerations(change: dict[str, Any]) -> None:
    kind = "strategic" if "containers" in change else "merge"
    assert stored().patch("pod", "web", {"spec": change}, kind).metadata.generation == 2
