"""Defaults of Pods and templates: what is left out gets its documented value, what is there stays."""

from __future__ import annotations

from typing import Any

import pytest
from api import deployment, pod

from kdisco.model.manifest import to_object
from kdisco.store.defaults import defaulted

PULLS = [
    ("web", "Always"),
    ("web:latest", "Always"),
    ("web:1", "IfNotPresent"),
    ("h:5000/web", "Always"),
    ("h:5000/web:1", "IfNotPresent"),
    ("h:5000/a/web:latest", "Always"),
    ("web@sha256:0", "IfNotPresent"),
    ("web:latest@sha256:0", "Always"),
    ("web:1@sha256:0", "IfNotPresent"),
    ("registry.test/Web", "IfNotPresent"),
    ("", "IfNotPresent"),
]


def filled(**spec: Any) -> dict[str, Any]:
    """A Pod's spec with its defaults."""
    found: dict[str, Any] = defaulted(to_object(pod(**spec))).to_dict()["spec"]
    return found


def one(**container: Any) -> dict[str, Any]:
    """A Pod's only container, with its defaults."""
    found: dict[str, Any] = filled(containers=[{"name": "web", "image": "web:1"} | container])["containers"][0]
    return found


@pytest.mark.parametrize(("image", "policy"), PULLS)
def test_an_image_without_a_tag_is_always_pulled(image: str, policy: str) -> None:
    assert one(image=image)["imagePullPolicy"] == policy
    assert one(image=image, imagePullPolicy="Never")["imagePullPolicy"] == "Never"


def test_a_pod() -> None:
    spec = filled()
    containers = spec.pop("containers")
    assert spec == {
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "terminationGracePeriodSeconds": 30,
        "enableServiceLinks": True,
        "schedulerName": "default-scheduler",
        "securityContext": {},
    }
    assert containers == [
        {
            "name": "web",
            "image": "registry.test/web:1",
            "imagePullPolicy": "IfNotPresent",
            "resources": {},
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        }
    ]


def test_a_template_gets_no_service_links() -> None:
    spec = defaulted(to_object(deployment())).to_dict()["spec"]["template"]["spec"]
    assert "enableServiceLinks" not in spec
    assert (spec["restartPolicy"], spec["terminationGracePeriodSeconds"]) == ("Always", 30)


PARTS: list[tuple[str, Any, Any]] = [  # of a container
    ("ports", [{"containerPort": 80}], [{"containerPort": 80, "protocol": "TCP"}]),
    (
        "env",
        [{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        [{"name": "a", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}}],
    ),
    (
        "readinessProbe",
        {"httpGet": {"port": 80}},
        {
            "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
    ),
    (
        "livenessProbe",
        {"grpc": {"port": 80}, "periodSeconds": 5},
        {
            "grpc": {"port": 80, "service": ""},
            "timeoutSeconds": 1,
            "periodSeconds": 5,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
    ),
]


@pytest.mark.parametrize(("name", "given", "full"), PARTS)
def test_a_part_of_a_container(name: str, given: Any, full: Any) -> None:
    assert one(**{name: given})[name] == full


VOLUMES = [
    ({"name": "a"}, {"name": "a", "emptyDir": {}}),
    ({"name": "a", "configMap": {"name": "b"}}, {"name": "a", "configMap": {"name": "b", "defaultMode": 420}}),
    ({"name": "a", "hostPath": {"path": "/"}}, {"name": "a", "hostPath": {"path": "/", "type": ""}}),
    ({"name": "a", "secret": {"defaultMode": 256}}, {"name": "a", "secret": {"defaultMode": 256}}),
]


@pytest.mark.parametrize(("given", "full"), VOLUMES)
def test_a_volume(given: dict[str, Any], full: dict[str, Any]) -> None:
    assert filled(volumes=[given])["volumes"] == [full]


def test_on_the_network_of_the_node_a_port_is_the_node_s_own() -> None:
    container = {"name": "web", "image": "web:1", "ports": [{"containerPort": 80}]}
    ports = filled(hostNetwork=True, containers=[container])["containers"][0]["ports"]
    assert ports == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"hostNetwork": True, "containers": [container]}}
    spec = defaulted(to_object(deployment(template=template))).to_dict()["spec"]["template"]["spec"]
    assert spec["containers"][0]["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
