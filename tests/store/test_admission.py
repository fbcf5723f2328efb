"""Admission plugins: their order, and what those that are modelled do."""

from __future__ import annotations

from api import Api, deployment, pod, service

from kdisco.store.admission import MUTATING, PLUGINS, VALIDATING


def test_plugins_run_in_kube_apiservers_order_quota_last() -> None:
    assert PLUGINS[:7] == (
        "NamespaceLifecycle",
        "LimitRanger",
        "ServiceAccount",
        "TaintNodesByCondition",
        "PodSecurity",
        "Priority",
        "DefaultTolerationSeconds",
    )
    assert VALIDATING == ("ValidatingAdmissionPolicy", "ValidatingAdmissionWebhook", "ResourceQuota")
    assert MUTATING + VALIDATING == PLUGINS
    assert len(set(PLUGINS)) == len(PLUGINS)


def test_a_pod_gets_an_account_a_priority_and_tolerations() -> None:
    api = Api.made()
    spec = api.create(pod()).to_dict()["spec"]
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    assert spec["priority"] == 0
    tolerated = [(each["key"], each["effect"], each["tolerationSeconds"]) for each in spec["tolerations"]]
    assert tolerated == [
        ("node.kubernetes.io/not-ready", "NoExecute", 300),
        ("node.kubernetes.io/unreachable", "NoExecute", 300),
    ]
    note = "19 plugins: changed by ServiceAccount, Priority, DefaultTolerationSeconds"
    assert api.stages()["mutating admission"] == note


def test_what_a_pod_says_itself_is_kept() -> None:
    spec = Api.made().create(pod(serviceAccountName="own", tolerations=[])).to_dict()["spec"]
    assert (spec["serviceAccountName"], spec["tolerations"]) == ("own", [])


def test_templates_and_services_are_left_alone() -> None:
    api = Api.made()
    template = api.create(deployment()).to_dict()["spec"]["template"]["spec"]
    assert not {"serviceAccountName", "priority", "tolerations"} & template.keys()
    api.create(service())
    assert api.stages()["mutating admission"] == "19 plugins: nothing to change"
