"""Classes of service."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco.model.manifest import to_object
from kdisco.store.qos import qos_class

FULL = {"limits": {"cpu": "1", "memory": "64Mi"}}


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        ([{}], "BestEffort"),
        ([{"requests": {"cpu": "0"}}], "BestEffort"),
        ([{"limits": {"example.test/gpu": "1"}}], "BestEffort"),
        ([{"requests": {"cpu": "100m"}}], "Burstable"),
        ([{"limits": {"cpu": "1"}}], "Burstable"),
        ([FULL], "Guaranteed"),
        ([{**FULL, "requests": {"cpu": "1000m", "memory": "65536Ki"}}], "Guaranteed"),
        ([{**FULL, "requests": {"cpu": "500m"}}], "Burstable"),
        ([FULL, {}], "Burstable"),
    ],
)
def test_what_containers_ask_for_and_how_much_they_may_have(resources: list[dict[str, Any]], found: str) -> None:
    containers = [{"name": f"c{number}", "resources": each} for number, each in enumerate(resources)]
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": containers}}
    pod: Any = to_object(document)
    assert qos_class(pod.spec) == found
