"""A Pod's life on its node."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, problems, running

from kdisco import Cluster
from kdisco.control.kubelet import STAGES
from kdisco.control.listen import LISTENS

if TYPE_CHECKING:
    from collections.abc import Iterator


def bare(name: str = "a", spec: dict[str, Any] | None = None, **container: Any) -> str:
    """A Pod's manifest."""
    listed = [{"name": "web", "image": "registry.test/web:1", "ports": [{"containerPort": 8080}], **container}]
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}}}
    return json.dumps({**body, "spec": {"containers": listed, **(spec or {})}})


def story(cluster: Cluster, since: int, name: str = "a") -> Iterator[str]:
    """What the API tells of a Pod, one word an event."""
    for event in cluster.watch("pod", since=since):
        found = event.object.to_dict()
        if found["metadata"]["name"] == name:
            yield " ".join(
                [
                    event.type,
                    found["status"]["phase"],
                    "bound" if found["spec"].get("nodeName") else "-",
                    "addressed" if found["status"].get("podIP") else "-",
                    "ready" if _ready(found) else "-",
                    "going" if found["metadata"].get("deletionTimestamp") else "-",
                ]
            )


def _ready(found: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in found["status"].get("conditions", ()))


def addresses(cluster: Cluster) -> list[str]:
    """The Pods' addresses, as text in order of numbers."""
    found = [pod.status.pod_ip for pod in cluster.list("pods") if pod.status.pod_ip]
    return sorted(found, key=lambda ip: [int(part) for part in ip.split(".")])


def test_from_pending_over_the_sandbox_to_ready() -> None:
    cluster = running()
    since = cluster.revision
    cluster.create(bare())
    cluster.settle()
    assert list(story(cluster, since)) == [
        "ADDED Pending - - - -",
        "MODIFIED Pending bound - - -",
        "MODIFIED Pending bound - - -",
        "MODIFIED Pending bound addressed - -",
        "MODIFIED Running bound addressed ready -",
    ]


def test_from_the_deletion_over_the_end_of_the_containers_to_the_removal() -> None:
    cluster = running(bare())
    since = cluster.revision
    cluster.delete("pod", "a")
    cluster.settle()
    assert list(story(cluster, since)) == [
        "MODIFIED Running bound addressed ready going",
        "MODIFIED Succeeded bound addressed - going",
        "MODIFIED Succeeded bound addressed - going",
        "DELETED Succeeded bound addressed - going",
    ]
    assert not list(cluster.state.sandboxes)


def test_the_deletion_timestamp_lies_in_the_future_by_the_grace_period() -> None:
    cluster = running(bare())
    going = cluster.delete("pod", "a")
    assert going.metadata.deletion_grace_period_seconds == 30
    assert going.metadata.deletion_timestamp == cluster.state.time(30)


@pytest.mark.parametrize("grace", [0, 1])
def test_a_shorter_grace_ends_sooner(grace: int) -> None:
    cluster = running(bare())
    cluster.delete("pod", "a", grace_period=grace)
    cluster.settle()
    assert cluster.list("pods") == ()
    assert not list(cluster.state.sandboxes)


def test_a_terminating_pod_still_serves_until_its_containers_end() -> None:
    cluster = running(deployment(replicas=1), front())
    (pod,) = cluster.list("pods")
    cluster.delete("pod", pod.name)
    cluster.run(0.3)
    (mine,) = [
        each
        for found in cluster.list("endpointslice", selector={"kubernetes.io/service-name": "web"})
        for each in found.endpoints
        if each.target_ref.name == pod.name
    ]
    assert (mine.ready, mine.serving, mine.terminating) == (False, True, True)
    assert cluster.state.sandboxes[pod.key].running


@pytest.mark.parametrize(
    ("probe", "told", "ready"),
    [
        ({"httpGet": {"port": 8080}}, None, True),
        ({"httpGet": {"port": 9090}}, None, False),
        ({"httpGet": {"port": 9090}}, "9090/tcp", True),
        ({"exec": {"command": ["true"]}}, "", True),
    ],
)
def test_a_readiness_probe_decides(probe: dict[str, Any], told: str | None, ready: bool) -> None:  # noqa: FBT001 - a row of the table
    document = json.loads(bare(readinessProbe=probe))
    document["metadata"]["annotations"] = {} if told is None else {LISTENS: told}
    cluster = running(document)
    found = cluster.get("pod", "a")
    assert (found.status.phase, found.ready) == ("Running", ready)


def test_a_probe_waits_its_delay_and_its_successes() -> None:
    probe = {"tcpSocket": {"port": 8080}, "initialDelaySeconds": 20, "periodSeconds": 5, "successThreshold": 3}
    cluster = running()
    began = cluster.now
    cluster.create(bare(readinessProbe=probe))
    cluster.run(25)
    assert not cluster.get("pod", "a").ready
    cluster.settle()
    assert cluster.get("pod", "a").ready
    assert 30 <= cluster.now - began <= 33


def test_a_pod_stops_and_starts_being_ready_as_its_port_does() -> None:
    cluster = running(bare(readinessProbe={"tcpSocket": {"port": 8080}}))
    states = []
    for told in ("", "8080/tcp", None):
        cluster.patch("pod", "a", {"metadata": {"annotations": {LISTENS: told}}})
        cluster.settle()
        states.append(cluster.get("pod", "a").ready)
    assert states == [False, True, True]


def test_a_readiness_gate_opens_and_closes() -> None:
    cluster = running(bare(spec={"readinessGates": [{"conditionType": "example.test/lb"}]}))
    states = [cluster.get("pod", "a").ready]
    for status in ("True", "False"):
        others = cluster.get("pod", "a").to_dict()["status"]["conditions"]
        kept = [each for each in others if each["type"] != "example.test/lb"]
        gate = {"type": "example.test/lb", "status": status}
        cluster.patch("pod", "a", {"status": {"conditions": [*kept, gate]}}, subresource="status")
        cluster.settle()
        states.append(cluster.get("pod", "a").ready)
    assert states == [False, True, False]


def test_a_host_network_pod_has_the_nodes_addresses() -> None:
    cluster = running(bare(spec={"hostNetwork": True, "nodeName": "node-1"}))
    assert cluster.get("pod", "a").addresses == cluster.get("node", "node-1").internal_ips


def test_addresses_are_given_one_after_the_other_and_not_again_at_once() -> None:
    cluster = running(*(bare(name) for name in "ab"), nodes=1)
    assert addresses(cluster) == ["10.244.0.2", "10.244.0.3"]
    cluster.delete("pod", "b")
    cluster.settle()
    cluster.create(bare("c"))
    cluster.settle()
    assert addresses(cluster) == ["10.244.0.2", "10.244.0.4"]


def test_when_the_range_is_used_up_a_pod_waits_for_one_to_go() -> None:
    cluster = running(*(bare(f"p{i}") for i in range(7)), nodes=1, pod_cidr="10.244.0.0/29")
    assert addresses(cluster) == [f"10.244.0.{i}" for i in range(2, 7)]
    waiting = [pod.name for pod in cluster.list("pods") if not pod.status.pod_ip]
    assert len(waiting) == 2
    served = next(pod for pod in cluster.list("pods") if pod.status.pod_ip == "10.244.0.4")
    cluster.delete("pod", served.name)
    cluster.settle()
    assert addresses(cluster) == [f"10.244.0.{i}" for i in range(2, 7)]
    assert sum(cluster.get("pod", name).ready for name in waiting) == 1


def test_an_address_belongs_to_one_pod_at_a_time() -> None:
    cluster = running(deployment(replicas=10), nodes=1, pod_cidr="10.244.0.0/28")
    for replicas in (3, 12, 1, 13):
        cluster.scale("deployment/web", replicas)
        while cluster.step() is not None:
            ips = [ip for box in cluster.state.sandboxes.values() for ip in box.ips]
            assert len(set(ips)) == len(ips)
    assert problems(cluster) == []


def test_dual_stack_pods_have_an_address_of_each_family() -> None:
    cluster = running(bare(), pod_cidr="10.244.0.0/16,fd00:10:244::/56", nodes=1)
    assert cluster.get("pod", "a").addresses == ("10.244.0.2", "fd00:10:244::2")


def test_a_pod_on_a_missing_node_waits_for_it() -> None:
    cluster = running(bare(spec={"nodeName": "node-9"}))
    assert cluster.get("pod", "a").status.phase == "Pending"
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-9"}})
    cluster.settle()
    assert cluster.get("pod", "a").ready


def test_a_pod_of_the_same_name_begins_anew() -> None:
    cluster = running(bare())
    before = cluster.get("pod", "a")
    cluster.delete("pod", "a", grace_period=0)
    cluster.create(bare())
    cluster.settle()
    after = cluster.get("pod", "a")
    assert after.metadata.uid != before.metadata.uid
    assert after.ready
    assert cluster.state.sandboxes[("default", "a")].uid == after.metadata.uid


def test_a_finalizer_keeps_the_object_of_a_pod_that_has_ended() -> None:
    cluster = running(bare())
    cluster.patch("pod", "a", {"metadata": {"finalizers": ["example.test/wait"]}})
    cluster.delete("pod", "a")
    cluster.settle()
    assert cluster.get("pod", "a").status.phase == "Succeeded"
    cluster.patch("pod", "a", {"metadata": {"finalizers": None}})
    cluster.settle()
    assert cluster.list("pods") == ()


def test_without_kubelets_nothing_happens_on_nodes() -> None:
    cluster = running(deployment(replicas=2), kubelets=False)
    pods = cluster.list("pods")
    assert [(pod.status.phase, bool(pod.spec.node_name), pod.addresses) for pod in pods] == [("Pending", True, ())] * 2
    cluster.scale("deployment/web", 0)
    cluster.settle()
    assert [pod.deleting for pod in cluster.list("pods")] == [True, True]


def test_the_stages_are_a_table_in_the_order_in_which_they_are_asked() -> None:
    assert [stage.name for stage in STAGES] == ["stop", "end", "address", "live"]


def test_before_its_sandbox_is_up_a_pod_says_what_it_waits_for() -> None:
    cluster = running()
    cluster.create(bare())
    cluster.run(0.1)
    status = cluster.get("pod", "a").status
    assert (status.phase, status.pod_ip, status.host_ip) == ("Pending", "", "172.18.0.3")
    assert status.container_statuses[0].state.waiting == {"reason": "ContainerCreating"}
    assert status.conditions[0].type == "PodReadyToStartContainers"
    assert status.conditions[0].status == "False"


def told(cluster: Cluster, name: str = "a") -> list[tuple[str, str, str, int]]:
    """The Events of a Pod that its kubelet tells, in the order in which they first came."""
    found = [each for each in cluster.list("events") if each.involved_object.name == name]
    ordered = sorted(found, key=lambda each: (each.first_timestamp, each.name))
    own = [each for each in ordered if each.source.component == "kubelet"]
    return [(each.type, each.reason, each.message, each.count) for each in own]


def test_a_quiet_life_is_told_in_four_events() -> None:
    cluster = running(bare())
    cluster.delete("pod", "a")
    cluster.settle()
    assert told(cluster) == [
        ("Normal", "Pulled", PRESENT, 1),
        ("Normal", "Created", "Container created", 1),
        ("Normal", "Started", "Container started", 1),
        ("Normal", "Killing", "Stopping container web", 1),
    ]
    (started,) = [each for each in cluster.list("events") if each.reason == "Started"]
    assert (started.involved_object.field_path, started.source.host) == ("spec.containers{web}", "node-1")


PRESENT = 'Container image "registry.test/web:1" already present on machine and can be accessed by the pod'


def test_a_range_that_is_used_up_is_told() -> None:
    cluster = running(*(bare(f"p{i}") for i in range(6)), nodes=1, pod_cidr="10.244.0.0/29")
    (event,) = [each for each in cluster.list("events") if each.reason == "FailedCreatePodSandBox"]
    assert event.message.endswith("no IP addresses available in range set: 10.244.0.1-10.244.0.6")
    waiting = cluster.get("pod", event.involved_object.name)
    assert waiting.status.container_statuses[0].state.waiting == {"reason": "ContainerCreating"}


def test_the_kubelets_own_reports_are_no_news_to_it() -> None:
    cluster = running()
    before = len([fact for fact in cluster.history.facts() if getattr(fact, "controller", "") == "kubelet"])
    cluster.create(bare())
    cluster.settle()
    after = len([fact for fact in cluster.history.facts() if getattr(fact, "controller", "") == "kubelet"])
    assert after - before == 3  # it is bound, its network is up, its containers are


def test_a_held_kubelet_lets_its_pods_run_and_tells_nothing() -> None:
    cluster = running(bare(spec={"nodeName": "node-2"}))
    cluster.hold("kubelet@node-2")
    cluster.delete("pod", "a")
    cluster.run(35)
    assert cluster.get("pod", "a").deleting
    assert cluster.state.sandboxes[("default", "a")].running
    cluster.create(bare("b", spec={"nodeName": "node-2"}))
    cluster.run(1)
    assert ("default", "b") not in cluster.state.sandboxes
    cluster.release("kubelet@node-2").settle()
    assert [pod.name for pod in cluster.list("pods") if pod.ready] == ["b"]
    assert list(cluster.state.sandboxes) == [("default", "b")]


def test_what_a_held_kubelet_runs_for_nobody_ends_when_it_hears_again() -> None:
    cluster = running(bare(spec={"nodeName": "node-2"}))
    cluster.hold("kubelet@node-2")
    cluster.delete("pod", "a", grace_period=0)
    cluster.run(5)
    assert cluster.list("pods") == ()
    assert cluster.state.sandboxes[("default", "a")].running
    cluster.release("kubelet@node-2").settle()
    assert not list(cluster.state.sandboxes)
