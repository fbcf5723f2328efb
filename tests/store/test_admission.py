"""Admission plugins: their order, and what those that are modelled do."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, pod, service

from kdisco.errors import Forbidden, NotFound
from kdisco.store.admission import MUTATING, PLUGINS, VALIDATING
from kdisco.store.events import StagePassed

NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
TAINT = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


def parts(api: Api, stage: str) -> dict[str, str]:
    """What the parts of a stage of the last write said."""
    return next(dict(fact.details) for fact in api.facts if isinstance(fact, StagePassed) and fact.stage == stage)


def test_plugins_run_in_kube_apiservers_order_quota_last() -> None:
    names = [plugin.name for plugin in PLUGINS]
    assert names[:7] == [
        "NamespaceLifecycle",
        "LimitRanger",
        "ServiceAccount",
        "TaintNodesByCondition",
        "PodSecurity",
        "Priority",
        "DefaultTolerationSeconds",
    ]
    assert names[-5:] == [
        "MutatingAdmissionPolicy",
        "MutatingAdmissionWebhook",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionWebhook",
        "ResourceQuota",
    ]
    assert len(names) == len(set(names)) == 27
    assert "NodeRestriction" not in names, "it is on only where somebody asks for it"


def test_a_plugin_works_in_one_phase_or_in_both() -> None:
    both = {plugin.name for plugin in MUTATING} & {plugin.name for plugin in VALIDATING}
    assert both == {"LimitRanger", "ServiceAccount", "Priority", "RuntimeClass"}
    assert {plugin.name for plugin in MUTATING} | {plugin.name for plugin in VALIDATING} == {
        plugin.name for plugin in PLUGINS
    }
    assert [plugin.name for plugin in MUTATING][-2:] == ["MutatingAdmissionPolicy", "MutatingAdmissionWebhook"]


def test_a_pod_gets_an_account_a_priority_and_tolerations() -> None:
    api = Api.made()
    spec = api.create(pod()).to_dict()["spec"]
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    assert (spec["priority"], spec["preemptionPolicy"]) == (0, "PreemptLowerPriority")
    tolerated = [(each["key"], each["effect"], each["tolerationSeconds"]) for each in spec["tolerations"]]
    assert tolerated == [
        ("node.kubernetes.io/not-ready", "NoExecute", 300),
        ("node.kubernetes.io/unreachable", "NoExecute", 300),
    ]
    note = "14 plugins: changed by ServiceAccount, Priority, DefaultTolerationSeconds"
    assert api.stages()["mutating admission"] == note


def test_each_plugin_says_what_it_did() -> None:
    api = Api.made()
    api.create(pod())
    told = parts(api, "mutating admission")
    assert list(told) == [plugin.name for plugin in MUTATING]
    assert told["NamespaceLifecycle"] == "the namespace takes it"
    assert told["DefaultTolerationSeconds"] == "stays 300 s on a node out of order"
    assert parts(api, "validating admission")["ResourceQuota"] == "no quota is set"


TOLERATIONS: list[tuple[list[dict[str, Any]], list[str]]] = [
    ([], ["not-ready", "unreachable"]),
    ([{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}], ["unreachable"]),
    (
        [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}],
        ["not-ready"],
    ),
    (
        [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoSchedule"}],
        ["not-ready", "unreachable"],
    ),
    ([{"operator": "Exists"}], []),
    ([{"key": "other", "operator": "Exists"}], ["not-ready", "unreachable"]),
]


@pytest.mark.parametrize(("given", "added"), TOLERATIONS)
def test_tolerations_are_added_to_those_that_a_pod_has(given: list[dict[str, Any]], added: list[str]) -> None:
    there = Api.made().create(pod(tolerations=given)).to_dict()["spec"].get("tolerations", [])
    assert there[: len(given)] == given
    assert [each["key"] for each in there[len(given) :]] == [f"node.kubernetes.io/{name}" for name in added]


@pytest.mark.parametrize("field", ["serviceAccountName", "serviceAccount"])
def test_a_pod_may_name_its_account_either_way(field: str) -> None:
    spec = Api.made().create(pod(**{field: "own"})).to_dict()["spec"]
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "own"


@pytest.mark.parametrize(
    ("name", "number"), [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)]
)
def test_a_priority_class_of_the_system_is_a_number(name: str, number: int) -> None:
    assert Api.made().create(pod(priorityClassName=name)).to_dict()["spec"]["priority"] == number
    assert Api.made().create(pod(priorityClassName=name, priority=number)).name == "web"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"priorityClassName": "gold"}, 'pods "web" is forbidden: no PriorityClass with name gold was found'),
    (
        {"priority": 7},
        (
            'pods "web" is forbidden: the integer value of priority (7) must not be provided in pod spec; '
            "priority admission controller computed 0 from the given PriorityClass name"
        ),
    ),
    (
        {"preemptionPolicy": "Never"},
        (
            'pods "web" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; '
            "priority admission controller computed PreemptLowerPriority from the given PriorityClass name"
        ),
    ),
]


@pytest.mark.parametrize(("spec", "words"), REFUSED)
def test_a_priority_is_not_taken_from_anybody(spec: dict[str, Any], words: str) -> None:
    api = Api.made()
    with pytest.raises(Forbidden) as caught:
        api.create(pod(**spec))
    assert caught.value.message == words
    assert caught.value.details == {"name": "web", "kind": "pods"}
    assert parts(api, "mutating admission") == {"refused by": "Priority"}


def test_a_put_of_a_pod_keeps_its_priority() -> None:
    api = Api.made()
    body = api.create(pod()).to_dict()
    for name in ("priority", "preemptionPolicy", "tolerations"):
        del body["spec"][name]
    assert api.update(body).metadata.resource_version == body["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    ("more", "taints"),
    [
        ({}, [TAINT]),
        ({"spec": {"taints": [TAINT]}}, [TAINT]),
        ({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}, [{"key": "a", "effect": "NoSchedule"}, TAINT]),
        ({"status": {"conditions": [{"type": "Ready", "status": "False"}]}}, [TAINT]),
        ({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, []),
    ],
)
def test_a_new_node_takes_no_pods_before_it_is_ready(more: dict[str, Any], taints: list[dict[str, str]]) -> None:
    assert Api.made().create(NODE | more).to_dict()["spec"].get("taints", []) == taints


def test_templates_and_services_are_left_alone() -> None:
    api = Api.made()
    template = api.create(deployment()).to_dict()["spec"]["template"]["spec"]
    assert not {"serviceAccountName", "priority", "tolerations"} & template.keys()
    api.create(service())
    assert api.stages()["mutating admission"] == "14 plugins: nothing to change"


def ending(name: str = "other") -> Api:
    """A server one of whose namespaces is being deleted."""
    api = Api.made()
    api.create(deployment(), namespace=name)
    api.create(pod(), namespace=name)
    api.delete("namespace", name)
    return api


@pytest.mark.parametrize(
    ("body", "name", "details"),
    [
        (service("new"), 'services "new"', {"name": "new", "kind": "services"}),
        (deployment("new"), 'deployments.apps "new"', {"name": "new", "group": "apps", "kind": "deployments"}),
        (
            pod() | {"metadata": {"generateName": "new-"}},
            'pods "new-"',
            {"name": "new-", "kind": "pods"},
        ),
    ],
)
def test_nothing_new_comes_into_a_namespace_that_is_going(
    body: dict[str, Any], name: str, details: dict[str, str]
) -> None:
    api = ending()
    with pytest.raises(Forbidden) as caught:
        api.create(body, namespace="other")
    words = "unable to create new content in namespace other because it is being terminated"
    assert caught.value.message == f"{name} is forbidden: {words}"
    cause = {
        "reason": "NamespaceTerminating",
        "message": "namespace other is being terminated",
        "field": "metadata.namespace",
    }
    assert caught.value.details == details | {"causes": [cause]}


def test_what_is_in_such_a_namespace_may_be_changed_and_deleted() -> None:
    api = ending()
    labels = {"metadata": {"labels": {"a": "b"}}}
    assert api.patch("deployment", "web", labels, namespace="other").labels == {"a": "b"}
    api.delete("deployment", "web", namespace="other")


def test_a_missing_namespace_is_named() -> None:
    api = Api.made()
    with pytest.raises(NotFound) as caught:
        api.create(deployment(), namespace="nowhere")
    assert caught.value.message == 'namespaces "nowhere" not found'
    assert caught.value.details == {"name": "nowhere", "kind": "namespaces"}
    assert parts(api, "mutating admission") == {"refused by": "NamespaceLifecycle"}


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_three_namespaces_never_go(name: str) -> None:
    api = Api.made()
    if api.get("namespace", name) is None:
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    with pytest.raises(Forbidden) as caught:
        api.delete("namespace", name)
    assert caught.value.message == f'namespaces "{name}" is forbidden: this namespace may not be deleted'
    assert caught.value.details == {"name": name, "kind": "namespaces"}
