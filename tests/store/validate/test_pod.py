"""What Pods must be: policies, DNS settings, names, tolerations, volumes."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, pod

from kdisco.errors import Invalid

IMAGE = "registry.test/web:1"
PORT = {"containerPort": 80}


def one(**container: Any) -> dict[str, Any]:
    """A Pod's only container with other settings."""
    return {"containers": [{"name": "web", "image": IMAGE} | container]}


LABEL = "a lowercase RFC 1123 label must consist of"
DOMAIN = "a lowercase RFC 1123 subdomain must consist of"
RULES: list[tuple[dict[str, Any], str]] = [
    (
        {"restartPolicy": "Maybe"},
        'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
    ),
    (
        {"dnsPolicy": "X"},
        (
            'spec.dnsPolicy: Unsupported value: "X": '
            'supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"'
        ),
    ),
    ({"dnsPolicy": "None"}, "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"),
    (
        {"dnsPolicy": "None", "dnsConfig": {"searches": ["a.test"]}},
        "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
    ),
    (
        {"dnsConfig": {"nameservers": ["192.0.2.1"] * 4}},
        (
            'spec.dnsConfig.nameservers: Invalid value: ["192.0.2.1","192.0.2.1","192.0.2.1","192.0.2.1"]: '
            "must not have more than 3 nameservers"
        ),
    ),
    (
        {"dnsConfig": {"nameservers": ["x"]}},
        (
            'spec.dnsConfig.nameservers[0]: Invalid value: "x": '
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        ),
    ),
    ({"dnsConfig": {"searches": ["a b"]}}, f'spec.dnsConfig.searches[0]: Invalid value: "a b": {DOMAIN}'),
    ({"dnsConfig": {"options": [{"value": "1"}]}}, "spec.dnsConfig.options[0]: Required value: must not be empty"),
    ({"hostname": "a.b"}, f'spec.hostname: Invalid value: "a.b": {LABEL}'),
    ({"subdomain": "A"}, f'spec.subdomain: Invalid value: "A": {LABEL}'),
    ({"nodeName": "a_b"}, f'spec.nodeName: Invalid value: "a_b": {DOMAIN}'),
    (
        {"activeDeadlineSeconds": 0},
        "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
    ),
    (
        {"readinessGates": [{"conditionType": "a b"}]},
        'spec.readinessGates[0].conditionType: Invalid value: "a b": name part must consist of',
    ),
    ({"nodeSelector": {"a": "b c"}}, 'spec.nodeSelector: Invalid value: "b c": a valid label must be'),
    (
        {"tolerations": [{"effect": "NoSchedule"}]},
        (
            'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, '
            'which means "match all values and all keys"'
        ),
    ),
    (
        {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]},
        "spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'",
    ),
    (
        {"tolerations": [{"key": "a", "operator": "Near"}]},
        'spec.tolerations[0].operator: Unsupported value: "Near": supported values: "Equal", "Exists"',
    ),
    (
        {"tolerations": [{"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5}]},
        (
            'spec.tolerations[0].effect: Invalid value: "NoSchedule": '
            "effect must be 'NoExecute' when `tolerationSeconds` is set"
        ),
    ),
    (
        {"tolerations": [{"key": "a", "effect": "Never"}]},
        (
            'spec.tolerations[0].effect: Unsupported value: "Never": '
            'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'
        ),
    ),
    ({"volumes": [{"name": "a"}, {"name": "a"}]}, 'spec.volumes[1].name: Duplicate value: "a"'),
    ({"volumes": [{"emptyDir": {}}]}, "spec.volumes[0].name: Required value"),
    (
        one(volumeMounts=[{"name": "a", "mountPath": "/a"}]),
        'spec.containers[0].volumeMounts[0].name: Not found: "a"',
    ),
    (
        one(ports=[PORT | {"hostPort": 81}]) | {"hostNetwork": True},
        (
            "spec.containers[0].ports[0].hostPort: Invalid value: 81: "
            "must match `containerPort` when `hostNetwork` is true"
        ),
    ),
    (
        one(image=" a"),
        'spec.containers[0].image: Invalid value: " a": must not have leading or trailing whitespace',
    ),
    ({"schedulingGates": [{"name": "a"}], "nodeName": "n"}, "spec.nodeName: Forbidden: cannot be set until all"),
]


@pytest.mark.parametrize(("spec", "words"), RULES)
def test_a_breach_is_named_with_its_field(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(pod(**spec))
    assert caught.value.message.startswith(f'Pod "web" is invalid: {words}')
    assert len(caught.value.details["causes"]) == 1


FINE: list[dict[str, Any]] = [
    {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["192.0.2.1"]}},
    {"dnsConfig": {"searches": [".", "_tcp.example.test.", "a_b.test"], "options": [{"name": "ndots", "value": "2"}]}},
    {"hostname": "web-0", "subdomain": "web"},
    {"tolerations": [{"operator": "Exists"}]},
    one(ports=[PORT | {"hostPort": 80}]) | {"hostNetwork": True},
    {"volumes": [{"name": "a"}]} | one(volumeMounts=[{"name": "a", "mountPath": "/a"}]),
    one(env=[{"name": "a.b c", "value": "1"}]),
]


@pytest.mark.parametrize("spec", FINE)
def test_what_follows_the_rules_is_stored(spec: dict[str, Any]) -> None:
    assert Api.made().create(pod(**spec)).metadata.uid


def test_a_template_may_leave_ports_of_the_node_to_the_pod() -> None:
    spec = pod(**one(ports=[PORT]), hostNetwork=True)["spec"]
    template = {"metadata": {"labels": {"app": "web"}}, "spec": spec}
    made = Api.made().create(deployment(template=template))
    assert made.spec.template.spec.containers[0].ports[0].host_port == 0
