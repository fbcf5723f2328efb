"""What StatefulSets, DaemonSets and their revisions must be, and what is filled in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from api import Api
from set_scenes import LABELS, daemon, stateful, template

from kdisco.errors import Invalid

CHANGEABLE = (
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' "
    "are forbidden"
)
PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SURGE = "spec.updateStrategy.rollingUpdate.maxSurge"
RECREATE = '{"Type":"Recreate","RollingUpdate":null}'
PARTITION = '{"Partition":1,"MaxUnavailable":null}'
ROLLING = "only allowed for updateStrategy 'RollingUpdate'"
CLAIMS = "spec.persistentVolumeClaimRetentionPolicy"
GAP = "spec.updateStrategy.rollingUpdate.maxUnavailable"


def refused(manifest: str, **more: Any) -> list[str]:
    """What a server says of a manifest: one text for each cause."""
    document = json.loads(manifest)
    document["spec"] |= more
    with pytest.raises(Invalid) as refusal:
        Api.made().create(document)
    return [f"{cause['field']}: {cause['message']}" for cause in refusal.value.details["causes"]]


STATEFUL: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"podManagementPolicy": "Random"},
        ['spec.podManagementPolicy: Invalid value: "Random": must be \'OrderedReady\' or \'Parallel\''],
    ),
    (
        {"updateStrategy": {"type": "Recreate"}},
        [f"spec.updateStrategy: Invalid value: {RECREATE}: must be 'RollingUpdate' or 'OnDelete'"],
    ),
    (
        {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}},
        [f"spec.updateStrategy.rollingUpdate: Invalid value: {PARTITION}: {ROLLING}"],
    ),
    (
        {"updateStrategy": {"rollingUpdate": {"partition": -1}}},
        ["spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0"],
    ),
    (
        {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Burn"}},
        [f'{CLAIMS}.whenDeleted: Unsupported value: "Burn": supported values: "Retain", "Delete"'],
    ),
    ({"replicas": -1}, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
    ({"minReadySeconds": -1}, ["spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0"]),
    ({"ordinals": {"start": -1}}, ["spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0"]),
    ({"serviceName": "My_Web"}, [f'spec.serviceName: Invalid value: "My_Web": {LABEL}']),
    (
        {"selector": {}},
        ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"],
    ),
    (
        {"selector": {"matchLabels": {"app": "other"}}},
        ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ),
    (
        {"template": template(restartPolicy="Never")},
        ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ),
    (
        {"template": template(activeDeadlineSeconds=5)},
        [
            "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported"
        ],
    ),
    (
        {"template": {"metadata": {"labels": LABELS}, "spec": {"containers": []}}},
        ["spec.template.spec.containers: Required value"],
    ),
]


@pytest.mark.parametrize(("more", "words"), STATEFUL)
def test_a_statefulset_that_breaks_a_rule_is_refused(more: dict[str, Any], words: list[str]) -> None:
    assert refused(stateful(), **more) == words


def test_a_statefulset_without_a_selector() -> None:
    assert refused(stateful(), selector=None)[0] == "spec.selector: Required value"


def test_a_statefulsets_name_is_a_label() -> None:
    document = json.loads(stateful(name="my.web"))
    with pytest.raises(Invalid, match="RFC 1123 label"):
        Api.made().create(document)
    assert Api.made().create(json.loads(daemon(name="my.agent"))).name == "my.agent"


@pytest.mark.parametrize(
    "change",
    [
        {"serviceName": "other"},
        {"podManagementPolicy": "Parallel"},
        {"selector": {"matchLabels": {"app": "web", "tier": "x"}}, "template": None},
        {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
    ],
)
def test_what_may_not_change_in_a_statefulset(change: dict[str, Any]) -> None:
    api = Api.made()
    api.create(json.loads(stateful()))
    if "template" in change:
        labels = {"app": "web", "tier": "x"}
        change = {**change, "template": {**template(), "metadata": {"labels": labels}}}
    with pytest.raises(Invalid) as refusal:
        api.patch("sts", "web", {"spec": change})
    assert refusal.value.message == f'StatefulSet.apps "web" is invalid: {CHANGEABLE}'


def test_what_may_change_in_a_statefulset() -> None:
    api = Api.made()
    api.create(json.loads(stateful()))
    change = {
        "replicas": 5,
        "ordinals": {"start": 2},
        "template": template("registry.test/web:2"),
        "updateStrategy": {"type": "OnDelete", "rollingUpdate": None},
        "revisionHistoryLimit": 3,
        "minReadySeconds": 4,
        "persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"},
    }
    assert api.patch("sts", "web", {"spec": change}).metadata.generation == 2


DAEMON: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"updateStrategy": {"type": "Recreate"}},
        [f'spec.updateStrategy: Unsupported value: {RECREATE}: supported values: "RollingUpdate", "OnDelete"'],
    ),
    (
        {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}},
        [f"{GAP}: Required value: cannot be 0 when maxSurge is 0"],
    ),
    (
        {"updateStrategy": {"rollingUpdate": {"maxSurge": 1}}},
        [f"{SURGE}: Invalid value: 1: may not be set when maxUnavailable is non-zero"],
    ),
    (
        {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "many"}}},
        [f'{GAP}: Invalid value: "many": {PERCENT}', f"{GAP}: Required value: cannot be 0 when maxSurge is 0"],
    ),
    (
        {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "101%"}}},
        [f'{GAP}: Invalid value: "101%": must not be greater than 100%'],
    ),
    (
        {"selector": {"matchLabels": {"app": "other"}}},
        ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ),
    ({"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"]),
    ({"minReadySeconds": -1}, ["spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0"]),
    (
        {"revisionHistoryLimit": -1},
        ["spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0"],
    ),
    (
        {"template": template(activeDeadlineSeconds=5)},
        ["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported"],
    ),
]


@pytest.mark.parametrize(("more", "words"), DAEMON)
def test_a_daemonset_that_breaks_a_rule_is_refused(more: dict[str, Any], words: list[str]) -> None:
    assert refused(daemon(), **more) == words


def test_a_revision_has_data_that_never_change() -> None:
    api = Api.made()
    document: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "r"}}
    with pytest.raises(Invalid) as refusal:
        api.create({**document, "revision": -1})
    assert [cause["message"] for cause in refusal.value.details["causes"]] == [
        "Required value: data is mandatory",
        "Invalid value: -1: must be greater than or equal to 0",
    ]
    api.create({**document, "data": {"a": 1}, "revision": 1})
    assert api.patch("controllerrevision", "r", {"revision": 2}).revision == 2
    with pytest.raises(Invalid, match=re.escape('data: Invalid value: {"a":2}: field is immutable')):
        api.patch("controllerrevision", "r", {"data": {"a": 2}})


def test_what_is_left_out_of_a_statefulset_is_filled_in() -> None:
    spec = json.loads(stateful())["spec"]
    bare = {key: value for key, value in spec.items() if key not in ("replicas", "serviceName")}
    document = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": bare}
    found = Api.made().create(document).to_dict()
    assert {key: value for key, value in found["spec"].items() if key not in ("template", "selector")} == {
        "replicas": 1,
        "serviceName": "",
        "podManagementPolicy": "OrderedReady",
        "revisionHistoryLimit": 10,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    }
    assert found["spec"]["template"]["spec"]["restartPolicy"] == "Always"
    assert (found["metadata"]["generation"], found["status"]) == (1, {"replicas": 0, "availableReplicas": 0})


def test_what_is_left_out_of_a_daemonset_is_filled_in() -> None:
    found = Api.made().create({**json.loads(daemon()), "status": {"numberReady": 9}}).to_dict()
    assert {key: value for key, value in found["spec"].items() if key not in ("template", "selector")} == {
        "revisionHistoryLimit": 10,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
    }
    assert found["metadata"]["annotations"] == {"deprecated.daemonset.template.generation": "1"}
    zeros = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
    assert found["status"] == dict.fromkeys(zeros, 0)


def test_a_daemonsets_templates_are_counted() -> None:
    api = Api.made()
    api.create(json.loads(daemon()))
    changes: tuple[dict[str, Any], ...] = ({"minReadySeconds": 1}, {"template": template("registry.test/web:2")})
    marks = [api.patch("ds", "agent", {"spec": change}).metadata for change in changes]
    assert [(each.generation, *each.annotations.values()) for each in marks] == [(2, "1"), (3, "2")]
