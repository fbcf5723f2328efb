"""The environment variables of containers."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from control_scenes import made, running, service, view_of
from hypothesis import given
from hypothesis import strategies as st

from kdisco import Cluster
from kdisco.config import ClusterConfig
from kdisco.control.environment import Environment, environment, environment_of, expanded, service_variables
from kdisco.errors import UsageError
from kdisco.model.manifest import to_object

KUBERNETES = service("kubernetes", [{"name": "https", "port": 443}], clusterIP="10.96.0.1")


def variables(*services: Any, namespace: str = "default", links: bool = True) -> dict[str, str]:
    """What a Pod of a namespace is told of these Services."""
    found = service_variables(view_of(*services).table("services"), namespace, links=links)
    return {name: value for name, (value, _) in found.items()}


def other(name: str, namespace: str, **spec: Any) -> Any:
    """A Service of another namespace."""
    return service(name, meta={"namespace": namespace}, **spec)


def test_a_service_has_these_variables_in_this_order() -> None:
    found = variables(
        service("my-db", [{"name": "pg-main", "port": 5432}, {"name": "dns", "port": 53, "protocol": "UDP"}])
    )
    assert list(found.items()) == [
        ("MY_DB_SERVICE_HOST", "10.96.0.9"),
        ("MY_DB_SERVICE_PORT", "5432"),
        ("MY_DB_SERVICE_PORT_PG_MAIN", "5432"),
        ("MY_DB_SERVICE_PORT_DNS", "53"),
        ("MY_DB_PORT", "tcp://10.96.0.9:5432"),
        ("MY_DB_PORT_5432_TCP", "tcp://10.96.0.9:5432"),
        ("MY_DB_PORT_5432_TCP_PROTO", "tcp"),
        ("MY_DB_PORT_5432_TCP_PORT", "5432"),
        ("MY_DB_PORT_5432_TCP_ADDR", "10.96.0.9"),
        ("MY_DB_PORT_53_UDP", "udp://10.96.0.9:53"),
        ("MY_DB_PORT_53_UDP_PROTO", "udp"),
        ("MY_DB_PORT_53_UDP_PORT", "53"),
        ("MY_DB_PORT_53_UDP_ADDR", "10.96.0.9"),
    ]


def test_an_ipv6_address_stands_in_brackets_where_a_port_follows() -> None:
    found = variables(service("six", clusterIP="fd00::9"))
    assert found["SIX_SERVICE_HOST"] == found["SIX_PORT_80_TCP_ADDR"] == "fd00::9"
    assert found["SIX_PORT"] == found["SIX_PORT_80_TCP"] == "tcp://[fd00::9]:80"


@pytest.mark.parametrize("spec", [{"clusterIP": "None"}, {"clusterIP": ""}, {"type": "ExternalName", "clusterIP": ""}])
def test_without_a_cluster_ip_there_is_nothing_to_say(spec: dict[str, Any]) -> None:
    assert variables(service("web", **spec)) == {}


def test_a_pod_is_told_of_its_own_namespace_and_of_the_api_server() -> None:
    listed = [KUBERNETES, service("web"), other("db", "shop")]
    assert {name.partition("_")[0] for name in variables(*listed)} == {"KUBERNETES", "WEB"}
    assert {name.partition("_")[0] for name in variables(*listed, namespace="shop")} == {"KUBERNETES", "DB"}
    for namespace in ("default", "shop"):
        assert {name.partition("_")[0] for name in variables(*listed, namespace=namespace, links=False)} == {
            "KUBERNETES"
        }


def test_a_service_named_kubernetes_of_its_own_hides_the_api_server() -> None:
    listed = [KUBERNETES, other("kubernetes", "shop", clusterIP="10.96.0.7")]
    assert variables(*listed, namespace="shop")["KUBERNETES_SERVICE_HOST"] == "10.96.0.7"
    assert variables(*listed, namespace="shop", links=False)["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)z", "x1y$(A)z"),
        ("$(NONE)", "$(NONE)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$$$$(A)", "$$(A)"),
        ("$(A", "$(A"),
        ("$", "$"),
        ("$$", "$"),
        ("$A $(A)", "$A 1"),
        ("$()", "$()"),
        ("$(A)$(A)", "11"),
        ("$($(A))", "$($(A))"),
        ("a$(A)\n$(A)", "a1\n1"),
    ],
)
def test_references_are_replaced_once(text: str, value: str) -> None:
    assert expanded(text, {"A": "1", "B": "$(A)"}) == value


@given(st.text("$()AB x", max_size=12))
def test_any_text_can_be_expanded(text: str) -> None:
    assert "$" in text or expanded(text, {}) == text
    assert expanded(text.replace("$", "$$"), {"A": "1"}) == text


def given_to(
    *env: dict[str, Any], objects: tuple[Any, ...] = (), spec: dict[str, Any] | None = None, **own: Any
) -> Environment:
    """The environment of a Pod's one container."""
    container = {"name": "web", "image": "registry.test/web", "env": list(env), **own}
    status = {"podIP": "10.244.0.7", "podIPs": [{"ip": "10.244.0.7"}, {"ip": "fd00::7"}], "hostIP": "172.18.0.3"}
    pod = made(
        "Pod",
        "web-0",
        {"containers": [container], "nodeName": "n1", **(spec or {})},
        status=status,
        labels={"app": "web"},
    )
    view = view_of(*objects)
    return environment(pod, pod.spec.containers[0], ClusterConfig(), view.table("services"), view.table("configmaps"))


def test_the_runtime_gives_a_few() -> None:
    assert list(given_to()) == ["PATH", "HOSTNAME", "HOME"]
    assert given_to()["HOSTNAME"] == "web-0"
    assert str(given_to()).splitlines()[1] == "HOSTNAME=web-0"


def test_what_is_declared_comes_in_its_order_and_before_services() -> None:
    found = given_to(
        {"name": "B", "value": "$(WEB_SERVICE_HOST)"}, {"name": "A", "value": "$(B)/x"}, objects=(service(),)
    )
    assert list(found)[2:5] == ["B", "A", "WEB_SERVICE_HOST"]
    assert (found["B"], found["A"]) == ("10.96.0.9", "10.96.0.9/x")
    assert (found.sources["B"], found.sources["WEB_PORT"]) == ("the container's env", "Service default/web")


def test_what_is_declared_goes_before_all_others() -> None:
    found = given_to(
        {"name": "WEB_PORT", "value": "1"}, {"name": "PATH", "value": "/x"}, {"name": "E"}, objects=(service(),)
    )
    assert (found["WEB_PORT"], found["PATH"], found["E"]) == ("1", "/x", "")
    assert next(iter(found)) == "PATH"


def test_no_service_links_leaves_the_api_server() -> None:
    found = given_to(objects=(KUBERNETES, service()), spec={"enableServiceLinks": False})
    assert "KUBERNETES_SERVICE_HOST" in found
    assert "WEB_SERVICE_HOST" not in found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "web-0"),
        ("metadata.namespace", "default"),
        ("metadata.uid", "p-web-0"),
        ("metadata.labels['app']", "web"),
        ("metadata.labels['none']", ""),
        ("metadata.annotations['none']", ""),
        ("spec.nodeName", "n1"),
        ("spec.serviceAccountName", ""),
        ("status.podIP", "10.244.0.7"),
        ("status.podIPs", "10.244.0.7,fd00::7"),
        ("status.hostIP", "172.18.0.3"),
    ],
)
def test_fields_of_the_pod(path: str, value: str) -> None:
    assert given_to({"name": "X", "valueFrom": {"fieldRef": {"fieldPath": path}}})["X"] == value


SETTINGS = to_object(
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "s", "namespace": "default"},
        "data": {"b": "2", "a": "1"},
    }
)


def test_configmaps_give_one_key_or_all() -> None:
    one = {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "s", "key": "a"}}}
    none = {"name": "Y", "valueFrom": {"configMapKeyRef": {"name": "s", "key": "c", "optional": True}}}
    sources = [{"prefix": "S_", "configMapRef": {"name": "s"}}, {"configMapRef": {"name": "none", "optional": True}}]
    found = given_to(one, none, objects=(SETTINGS,), envFrom=sources)
    assert list(found.items())[2:-1] == [("S_a", "1"), ("S_b", "2"), ("X", "1")]
    assert found.sources["S_a"] == "ConfigMap s"


def bare(name: str = "a", **container: Any) -> str:
    """A Pod's manifest."""
    listed = [
        {"name": "web", "image": "registry.test/web:1", **container},
        {"name": "side", "image": "registry.test/side"},
    ]
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": listed}})


def front(name: str) -> dict[str, Any]:
    """A Service's manifest."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}}


def test_a_container_keeps_what_it_was_started_with() -> None:
    cluster = running(front("early"), bare())
    cluster.create(front("late"))
    cluster.delete("service", "early")
    cluster.settle()
    for container in (None, "web", "side"):
        found = cluster.environment("a", container)
        assert "EARLY_SERVICE_HOST" in found
        assert "LATE_SERVICE_HOST" not in found
    cluster.create(bare("b"))
    cluster.settle()
    assert "LATE_SERVICE_HOST" in cluster.environment("pod/default/b")


def test_a_container_that_is_started_anew_hears_of_what_came_since() -> None:
    cluster = running(bare(command=["sh", "-c", "sleep 60"]))
    cluster.create(front("late"))
    cluster.run(20)
    first = cluster.state.sandboxes[("default", "a")].processes[0]
    assert ("LATE_SERVICE_HOST" in cluster.environment("a")) == (first.restarts > 0)
    cluster.run(300)
    assert cluster.state.sandboxes[("default", "a")].processes[0].restarts > 0
    assert "LATE_SERVICE_HOST" in cluster.environment("a")
    assert "LATE_SERVICE_HOST" not in cluster.environment("a", "side")


def test_a_kubelet_that_is_cut_off_does_not_hear_of_a_service() -> None:
    cluster = running(bare())
    cluster.hold("kubelet@node-1").hold("kubelet@node-2")
    cluster.create(front("late"))
    cluster.settle()
    assert "LATE_SERVICE_HOST" not in cluster.environment("a")


def test_a_container_of_a_dump_knows_services_that_are_older() -> None:
    pod = json.loads(bare())
    pod["spec"]["nodeName"] = "n1"
    states = [
        {"name": name, "ready": True, "state": {"running": {"startedAt": "2026-01-10T00:00:00Z"}}}
        for name in ("web", "side")
    ]
    pod["status"] = {"phase": "Running", "podIP": "10.244.0.7", "containerStatuses": states}
    services = [front("early"), front("late")]
    for each, day in zip(services, ("09", "11"), strict=True):
        each["metadata"]["creationTimestamp"] = f"2026-01-{day}T00:00:00Z"
        each["spec"]["clusterIP"] = "10.96.0.9"
    listed = {"apiVersion": "v1", "kind": "List", "items": [pod, *services]}
    cluster = Cluster.from_dump(json.dumps(listed))
    found = cluster.environment("a")
    assert "EARLY_SERVICE_HOST" in found
    assert "LATE_SERVICE_HOST" not in found


def test_a_container_that_is_not_there_is_named() -> None:
    cluster = running(bare())
    with pytest.raises(UsageError, match="container: 'nobody' is not one of Pod a; there are web, side"):
        environment_of(cluster.state, cluster.get("pod", "a"), "nobody")


def test_it_shows_where_each_variable_comes_from() -> None:
    found = given_to({"name": "A", "value": "<1>"}, objects=(service(),))
    page = found._repr_html_()
    assert "<td>&lt;1&gt;</td><td>the container&#x27;s env</td>" in page
    copy = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    assert (copy, copy.sources) == (found, found.sources)
