"""What Deployments and ReplicaSets must be."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, pod

from kdisco.errors import Invalid

ROLLING = "spec.strategy.rollingUpdate"
COST = "controller.kubernetes.io/pod-deletion-cost"
LABEL = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "
    "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)


def rolling(**settings: Any) -> dict[str, Any]:
    """A rolling strategy."""
    return {"strategy": {"type": "RollingUpdate", "rollingUpdate": settings}}


def template(**spec: Any) -> dict[str, Any]:
    """A template with other settings."""
    return {"template": {"metadata": {"labels": {"app": "web"}}, "spec": pod(**spec)["spec"]}}


EXPRESSION = {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "In"}]}
RULES: list[tuple[dict[str, Any], list[str]]] = [
    ({"replicas": -1}, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
    ({"minReadySeconds": -1}, ["spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0"]),
    (
        {"revisionHistoryLimit": -1},
        ["spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0"],
    ),
    (
        {"progressDeadlineSeconds": 5, "minReadySeconds": 5},
        ["spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"],
    ),
    (
        {"selector": None},
        [
            "spec.selector: Required value",
            'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
        ],
    ),
    ({"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]),
    (
        {"selector": EXPRESSION},
        [
            (
                "spec.selector.matchExpressions[0].values: Required value: must be specified when "
                "`operator` is 'In' or 'NotIn'"
            ),
            (
                "spec.selector: Invalid value: "
                '{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"app","operator":"In"}]}: '
                "invalid label selector"
            ),
        ],
    ),
    (
        {"selector": {"matchLabels": {"app": "a b"}}, **template(containers=[])},
        [
            f'spec.selector.matchLabels: Invalid value: "a b": {LABEL}',
            'spec.selector: Invalid value: {"matchLabels":{"app":"a b"}}: invalid label selector',
        ],
    ),
    (
        template(activeDeadlineSeconds=5),
        ["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"],
    ),
    (
        {"template": {"metadata": {"labels": {"app": "web"}, "annotations": {COST: "much"}}, "spec": pod()["spec"]}},
        [f'spec.template.annotations[{COST}]: Invalid value: "much": must be a 32bit integer'],
    ),
    (
        {"strategy": {"type": "Slow"}},
        ['spec.strategy: Unsupported value: "Slow": supported values: "Recreate", "RollingUpdate"'],
    ),
    (
        {"selector": {"matchLabels": {"app": "db"}}},
        ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ),
    (
        template(restartPolicy="Never"),
        ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ),
    (template(containers=[]), ["spec.template.spec.containers: Required value"]),
    (
        rolling(maxSurge=0, maxUnavailable=0),
        [f"{ROLLING}.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
    ),
    (
        rolling(maxSurge="0%", maxUnavailable="0%"),
        [f'{ROLLING}.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    ),
    (
        rolling(maxUnavailable="101%"),
        [f'{ROLLING}.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ),
    (rolling(maxSurge="x"), [f'{ROLLING}.maxSurge: Invalid value: "x": {PERCENT}']),
    (rolling(maxSurge=-1), [f"{ROLLING}.maxSurge: Invalid value: -1: must be greater than or equal to 0"]),
    (
        {"strategy": {"type": "Recreate", "rollingUpdate": {}}},
        [f"{ROLLING}: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ),
]


@pytest.mark.parametrize(("spec", "words"), RULES)
def test_a_breach_is_named_with_its_field(spec: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(deployment(**spec))
    causes = [f"{each['field']}: {each['message']}" for each in caught.value.details["causes"]]
    assert causes == words


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet"])
def test_the_selector_is_for_good(kind: str) -> None:
    api = Api.made()
    api.create(deployment() | {"kind": kind})
    other = {"selector": {"matchLabels": {"app": "db"}}, "template": {"metadata": {"labels": {"app": "db"}}}}
    with pytest.raises(Invalid) as caught:
        api.patch(kind, "web", {"spec": other})
    words = 'Invalid value: {"matchLabels":{"app":"db"}}: field is immutable'
    assert caught.value.message == f'{kind}.apps "web" is invalid: spec.selector: {words}'
