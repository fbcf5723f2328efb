"""Connections while time runs: what a rolling update costs those who use the Service, and what helps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, running

from kdisco import Cluster, KdiscoError
from kdisco.errors import UsageError

if TYPE_CHECKING:
    from kdisco.load import Load

CLIENT = json.dumps({
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client"},
    "spec": {"nodeName": "node-1", "containers": [{"name": "c", "image": "registry.test/c:1"}]},
})  # fmt: skip
IP = "10.96.0.77"
FROM = "pod/default/client"


def cluster(template: dict[str, Any] | None = None, pod: dict[str, Any] | None = None, replicas: int = 4) -> Cluster:
    """A client, a Service and its Pods, on which nothing happens yet."""
    manifest = json.loads(deployment(replicas=replicas, template=template or {}))
    manifest["spec"]["template"]["spec"] |= pod or {}
    return running(manifest, front(clusterIP=IP), CLIENT)


def updated(given: Cluster, **more: Any) -> Load:
    """A rolling update in the third second of a load."""
    restart = {3: lambda c: c.rollout("deployment/web").restart()}
    load: Load = given.load(**{"rate": 20, "source": FROM, "to": IP, "seconds": 20, "deeds": restart, **more})
    return load


SLEEPS = {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}


def test_without_a_pre_stop_a_rolling_update_loses_connections() -> None:
    load = updated(cluster())
    assert load.sent == 400
    assert load.timeouts > 0
    assert load.lost == load.timeouts == len(load.losses)
    assert all("nobody on 10.244." in each.why for each in load.losses)
    assert all(load.began + 3 < each.at < load.began + 10 for each in load.losses)
    assert load.bins[0].sent == load.bins[0]["answered"] == 20
    assert len(load.pods) > 4  # old ones and new ones


def test_with_a_pre_stop_sleep_it_loses_none() -> None:
    load = updated(cluster(SLEEPS))
    assert (load.lost, load.successes) == (0, 400)
    assert load.whys() == ()


def test_a_grace_period_shorter_than_the_sleep_cuts_it_off() -> None:
    assert updated(cluster(SLEEPS, {"terminationGracePeriodSeconds": 0})).lost > 0


def test_a_kube_proxy_that_is_quick_enough_needs_no_sleep() -> None:
    quick, slow = cluster(), cluster()
    quick.delay("kube-proxy", min_sync=0)
    slow.delay("kube-proxy", min_sync=4)
    assert updated(quick).lost == 0
    assert updated(slow).lost > updated(cluster()).lost


def test_only_the_node_that_hears_late_loses_connections() -> None:
    given = cluster()
    given.delay("kube-proxy", min_sync=0)
    given.delay("kube-proxy@node-2", watch=3)
    near, far = given.branch(), given.branch()
    assert updated(near).lost == 0
    assert updated(far, source="node/node-2").lost > 0


def test_a_readiness_gate_that_stays_shut_keeps_the_old_pods() -> None:
    given = cluster()
    gate = {"spec": {"template": {"spec": {"readinessGates": [{"conditionType": "example.com/ready"}]}}}}
    load = updated(given, deeds={3: lambda c: c.patch("deployment", "web", gate)})
    assert load.lost == 0
    assert {name.split("-")[1] for name in load.pods} == {next(iter(load.pods)).split("-")[1]}
    assert given.get("deployment", "web").status.ready_replicas == 3


def test_terminating_endpoints_serve_until_their_hook_is_over() -> None:
    gone = {2: lambda c: c.scale("deployment/web", 0)}
    load = updated(cluster(SLEEPS), deeds=gone, seconds=12)
    assert load.timeouts > 0  # the last moments, of which kube-proxy hears late
    assert load.refusals > 0
    assert all(each["answered"] == 20 for each in load.bins[:7])
    assert [each["refused"] for each in load.bins[-3:]] == [20, 20, 20]
    assert any("has no endpoints" in each for each in load.whys())


def test_a_connection_that_lasts_is_reset_when_its_pod_goes() -> None:
    assert updated(cluster(), lasts=4).resets > 0
    kind = updated(cluster(SLEEPS), lasts=4)
    assert (kind.resets, kind.lost) == (0, 0)
    assert updated(cluster(SLEEPS), lasts=8).resets > 0


def test_a_name_is_looked_up_and_one_that_is_none_is_a_loss() -> None:
    given = running(deployment(), front(), CLIENT, addons=True)
    load = given.load(source=FROM, to="web", rate=10, seconds=3, deeds={1: lambda c: c.delete("service", "web")})
    assert load.total("unresolved") > 0
    assert load.bins[0]["answered"] == 10
    assert "unresolved" in str(load).splitlines()[1]
    assert "no such name" in load.whys()[0]
    steady = given.load(source="node/node-1", to=given.list("pods")[0].status.pod_ip, port=1, seconds=1)
    assert "unresolved" not in str(steady)


def test_the_same_cluster_gives_the_same_load() -> None:
    given = cluster()
    one, other = given.branch(), given.branch()
    assert updated(one) == updated(other)
    assert one.state == other.state
    assert one.now == given.now + 20


def test_a_source_that_goes_ends_the_load() -> None:
    gone = {1: lambda c: c.delete("pod", "client", grace_period=0)}
    load = cluster().load(source=FROM, to=IP, rate=10, seconds=60, deeds=gone)
    assert 10 <= load.sent < 30
    assert len(load.bins) == 60


def test_all_of_it_is_told_in_a_table() -> None:
    load = updated(cluster(), rate=10, every=2)
    lines = str(load).splitlines()
    assert lines[0] == load.caption
    assert lines[0].startswith(f"200 connections from {FROM} to {IP} port 80: ")
    assert lines[1].split() == ["second", "answered", "refused", "timeout", "reset"]
    assert [line.split()[0] for line in lines[2:12]] == [str(second) for second in range(0, 20, 2)]
    assert sum(int(line.split()[1]) for line in lines[2:12]) == load.successes
    html = load._repr_html_()
    assert html.count("<tr>") == 11
    assert "<strong>" in html
    assert sum(load.pods.values()) == load.successes


WRONG: dict[str, dict[str, Any]] = {
    "a rate of nothing": {"rate": 0},
    "a rate that is a word": {"rate": "x"},
    "seconds below zero": {"seconds": -1},
    "bins of nothing": {"every": 0},
    "too many": {"rate": 1e6, "seconds": 60},
    "a source that is nobody": {"source": "pod/default/nobody"},
    "a source that is no text": {"source": 5},
    "a name outside": {"source": "203.0.113.5", "to": "web"},
    "a port that is none": {"port": 0},
    "a deed that cannot be done": {"deeds": {1: 5}},
    "a deed at no time": {"deeds": {"x": print}},
    "a word that is not known": {"pods": 1},
}


@pytest.mark.parametrize("what", WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_changes_nothing(what: dict[str, Any]) -> None:
    given = cluster()
    before = given.state
    with pytest.raises(KdiscoError) as caught:
        given.load(**{"source": FROM, "to": IP, **what})
    assert "\n" not in str(caught.value)
    assert given.state is before


def test_a_file_is_loaded_of_the_class_and_connections_are_of_a_cluster() -> None:
    with pytest.raises(UsageError, match=r"Cluster\.load\(path\)"):
        cluster().load("cluster.json")
    with pytest.raises(UsageError, match="source"):
        cluster().load()
