"""What happens to containers: crashes, back-off, probes, init containers, images."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kdisco.control.listen import LISTENS
from kdisco.control.program import CRASHES

if TYPE_CHECKING:
    from kdisco import Cluster
    from kdisco.model.pod import ContainerStatus


def pod(annotations: dict[str, str | None] | None = None, spec: dict[str, Any] | None = None, **container: Any) -> Any:
    """The document of Pod ``a``, whose container listens on 8080."""
    listed = [{"name": "web", "image": "registry.test/web:1", "ports": [{"containerPort": 8080}], **container}]
    meta = {"name": "a", "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": listed, **(spec or {})}}


def status(cluster: Cluster) -> ContainerStatus:
    """How the container is."""
    found: ContainerStatus = cluster.get("pod", "a").status.container_statuses[0]
    return found


def word(cluster: Cluster) -> str:
    """``Running``, or the reason why not."""
    state = status(cluster).state
    told: Any = state.waiting or state.terminated or {}
    return "Running" if state.running is not None else str(told["reason"])


def counts(cluster: Cluster) -> dict[str, int]:
    """How often each reason has been told of the Pod."""
    told: dict[str, int] = {}
    for each in cluster.list("events"):
        if each.involved_object.name == "a":
            told[each.reason] = told.get(each.reason, 0) + each.count
    return told


def annotate(cluster: Cluster, **told: str | None) -> Cluster:
    """Change what the Pod's containers do."""
    names = {"crashes": CRASHES, "listens": LISTENS}
    cluster.patch("pod", "a", {"metadata": {"annotations": {names[key]: value for key, value in told.items()}}})
    return cluster


def test_a_container_that_crashes_is_started_again_after_its_back_off() -> None:
    cluster = running(pod({CRASHES: "after 2s"}))
    assert (word(cluster), status(cluster).restart_count) == ("CrashLoopBackOff", 1)
    uid = cluster.get("pod", "a").metadata.uid
    words = f"back-off 10s restarting failed container=web pod=a_default({uid})"
    assert status(cluster).state.waiting == {"reason": "CrashLoopBackOff", "message": words}
    ended: Any = status(cluster).last_state.terminated
    assert (ended["exitCode"], ended["reason"]) == (1, "Error")
    (event,) = [each for each in cluster.list("events") if each.reason == "BackOff"]
    assert event.message == f"Back-off restarting failed container web in pod a_default({uid})"
    assert (event.type, event.involved_object.field_path) == ("Warning", "spec.containers{web}")


def test_the_first_restart_is_at_once_and_the_waits_double() -> None:
    cluster = running()
    cluster.create(pod({CRASHES: "after 2s"}))
    starts: list[str] = []
    for _ in range(4000):
        cluster.run(0.25)
        state = cluster.get("pod", "a").status.container_statuses
        if state and state[0].state.running and state[0].state.running["startedAt"] not in starts:
            starts.append(state[0].state.running["startedAt"])
    clock = [int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19]) for text in starts]
    waits = [after - before - 2 for before, after in pairwise(clock)]
    assert waits == [1, 10, 20, 40, 80, 160, 300, 300]


def test_after_ten_minutes_of_running_a_crash_is_the_first_one_again() -> None:
    cluster = running(pod({CRASHES: "after 2s"}))
    cluster.run(3600)
    annotate(cluster, crashes=None).settle()
    assert word(cluster) == "Running"
    count = status(cluster).restart_count
    cluster.run(601)
    annotate(cluster, crashes="after 605s").run(10)
    assert (word(cluster), status(cluster).restart_count) == ("Running", count + 1)


def test_a_crash_loop_lets_the_cluster_settle_and_goes_on_when_time_does() -> None:
    cluster = running(pod({CRASHES: "after 2s"}))
    revision, restarts = cluster.revision, status(cluster).restart_count
    assert cluster.settle().revision == revision
    cluster.run(11)
    assert status(cluster).restart_count == restarts + 1


def test_what_no_longer_crashes_recovers() -> None:
    cluster = running(pod({CRASHES: "after 2s"}))
    annotate(cluster, crashes=None).settle()
    assert cluster.get("pod", "a").ready
    assert word(cluster) == "Running"


@pytest.mark.parametrize(
    ("policy", "command", "phase", "reason"),
    [
        ("Never", ["sh", "-c", "sleep 3; exit 2"], "Failed", "Error"),
        ("Never", ["true"], "Succeeded", "Completed"),
        ("OnFailure", ["true"], "Succeeded", "Completed"),
        ("OnFailure", ["false"], "Running", "CrashLoopBackOff"),
        ("Always", ["true"], "Running", "CrashLoopBackOff"),
    ],
)
def test_the_restart_policy_decides(policy: str, command: list[str], phase: str, reason: str) -> None:
    cluster = running(pod(spec={"restartPolicy": policy}, command=command))
    assert (cluster.get("pod", "a").status.phase, word(cluster)) == (phase, reason)
    assert bool(list(cluster.state.sandboxes)) == (phase == "Running")


def test_readiness_fails_after_three_failures_ten_seconds_apart() -> None:
    cluster = running(pod(readinessProbe={"httpGet": {"port": 8080}}))
    assert cluster.get("pod", "a").ready
    annotate(cluster, listens="")
    cluster.run(15)
    assert cluster.get("pod", "a").ready
    cluster.run(16)
    assert not cluster.get("pod", "a").ready
    assert counts(cluster)["Unhealthy"] == 3
    cluster.run(60)
    assert counts(cluster)["Unhealthy"] == 9
    assert status(cluster).restart_count == 0
    annotate(cluster, listens=None)
    assert cluster.settle().get("pod", "a").ready


def test_readiness_that_comes_back_in_time_was_never_lost() -> None:
    cluster = running(pod(readinessProbe={"tcpSocket": {"port": 8080}}))
    since = cluster.revision
    annotate(cluster, listens="").run(25)
    annotate(cluster, listens=None).settle()
    found: list[Any] = [each.object for each in cluster.watch("pods", since=since)]
    assert all(each.ready for each in found)


def test_liveness_kills_a_container_that_hangs_and_starts_it_again() -> None:
    cluster = running(pod(livenessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 5}))
    annotate(cluster, listens="").run(16)
    killing = [each.message for each in cluster.list("events") if each.reason == "Killing"]
    assert killing == ["Container web failed liveness probe, will be restarted"]
    assert (word(cluster), status(cluster).restart_count) == ("Running", 0)  # until its grace period is over
    annotate(cluster, listens=None).settle()
    assert (word(cluster), status(cluster).restart_count) == ("Running", 1)
    ended: Any = status(cluster).last_state.terminated
    assert (ended["exitCode"], ended["reason"]) == (137, "Error")


def test_the_probes_own_grace_period_is_shorter() -> None:
    probe = {"tcpSocket": {"port": 9090}, "periodSeconds": 1, "failureThreshold": 1, "terminationGracePeriodSeconds": 2}
    cluster = running(pod(livenessProbe=probe))
    assert (word(cluster), status(cluster).restart_count) == ("CrashLoopBackOff", 1)
    assert cluster.now < 30


def test_a_startup_probe_holds_the_others() -> None:
    startup = {"tcpSocket": {"port": 8080}, "initialDelaySeconds": 20}
    liveness = {"tcpSocket": {"port": 9090}, "periodSeconds": 1, "failureThreshold": 1}
    cluster = running()
    cluster.create(pod(startupProbe=startup, readinessProbe={"tcpSocket": {"port": 8080}}, livenessProbe=liveness))
    cluster.run(20)
    assert (status(cluster).started, status(cluster).ready, counts(cluster).get("Unhealthy")) == (False, False, None)
    cluster.run(3)
    assert "Killing" in counts(cluster)


def test_a_startup_probe_that_never_succeeds_kills() -> None:
    cluster = running(pod(startupProbe={"tcpSocket": {"port": 9090}, "periodSeconds": 1}))
    assert word(cluster) == "CrashLoopBackOff"
    assert "Container web failed startup probe, will be restarted" in {e.message for e in cluster.list("events")}


def test_init_containers_run_one_after_the_other() -> None:
    inits = [{"name": "one", "image": "i"}, {"name": "two", "image": "i", "command": ["sleep", "5"]}]
    cluster = running(pod(spec={"initContainers": inits}))
    found = cluster.get("pod", "a").to_dict()["status"]
    times = [
        (each["state"]["terminated"]["startedAt"], each["state"]["terminated"]["finishedAt"])
        for each in found["initContainerStatuses"]
    ]
    main = found["containerStatuses"][0]["state"]["running"]["startedAt"]
    assert times[0][1] <= times[1][0] <= times[1][1] <= main
    assert cluster.get("pod", "a").ready


def test_an_init_container_that_fails_holds_the_pod() -> None:
    inits = [{"name": "one", "image": "i", "command": ["false"]}]
    cluster = running(pod(spec={"initContainers": inits}))
    found = cluster.get("pod", "a").status
    assert (found.phase, word(cluster)) == ("Pending", "PodInitializing")
    assert (found.init_container_statuses[0].state.waiting or {})["reason"] == "CrashLoopBackOff"
    never = running(pod(spec={"initContainers": inits, "restartPolicy": "Never"}))
    assert never.get("pod", "a").status.phase == "Failed"


def test_a_sidecar_runs_beside() -> None:
    side = {"name": "log", "image": "i", "restartPolicy": "Always"}
    cluster = running(pod(spec={"initContainers": [side]}))
    found = cluster.get("pod", "a")
    assert found.ready
    assert found.status.init_container_statuses[0].state.running is not None


def test_an_image_that_cannot_be_pulled_is_tried_again_and_again() -> None:
    cluster = running(pod(image="registry.invalid/web:9"))
    assert (word(cluster), cluster.get("pod", "a").status.phase) == ("ImagePullBackOff", "Pending")
    revision = cluster.revision
    assert cluster.settle().revision == revision
    cluster.run(10)
    assert counts(cluster)["Pulling"] == 2
    change = {"spec": {"containers": [{"name": "web", "image": "registry.test/web:9"}]}}
    cluster.patch("pod", "a", change, type="strategic")
    assert cluster.settle().get("pod", "a").ready


def test_the_other_containers_of_a_pod_go_on() -> None:
    side = {"name": "side", "image": "i", "ports": [{"containerPort": 9090}]}
    document = pod({CRASHES: "side after 3s"})
    document["spec"]["containers"].append(side)
    cluster = running(document)
    found = cluster.get("pod", "a")
    assert [each.ready for each in found.status.container_statuses] == [True, False]
    assert (found.status.phase, found.ready) == ("Running", False)


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("crashes"), st.sampled_from([None, "after 2s", "after 40s exit 3"])),
        st.tuples(st.just("listens"), st.sampled_from([None, "", "8080/tcp", "9090/tcp"])),
        st.tuples(st.just("run"), st.sampled_from([0.5, 7.0, 45.0, 400.0])),
        st.tuples(st.just("hold"), st.booleans()),
        st.tuples(st.just("delete"), st.just(None)),
        st.tuples(st.just("settle"), st.just(None)),
    ),
    max_size=10,
)
PROBES = st.fixed_dictionaries(
    {},
    optional={
        "readinessProbe": st.sampled_from([{"tcpSocket": {"port": 8080}}, {"tcpSocket": {"port": 9090}}]),
        "livenessProbe": st.just({"tcpSocket": {"port": 8080}, "failureThreshold": 2}),
        "startupProbe": st.just({"tcpSocket": {"port": 8080}, "periodSeconds": 3}),
    },
)


def play(actions: list[tuple[str, Any]], probes: dict[str, Any]) -> Cluster:
    """A cluster in which these things were done to one Pod, settled."""
    cluster = running(pod(spec={"nodeName": "node-1"}, **probes))
    for what, how in actions:
        there = bool(cluster.list("pods"))
        if what in ("crashes", "listens") and there:
            annotate(cluster, **{what: how})
        elif what == "run":
            cluster.run(how)
        elif what == "hold":
            if how:
                cluster.hold("kubelet@node-1")
            elif "kubelet@node-1" in cluster.state.held:
                cluster.release("kubelet@node-1")
        elif what == "delete" and there:
            cluster.delete("pod", "a")
        elif what == "settle":
            cluster.settle()
    if "kubelet@node-1" in cluster.state.held:
        cluster.release("kubelet@node-1")
    return cluster.settle()


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(ACTIONS, PROBES)
def test_a_settled_pod_is_as_its_containers_are(actions: list[tuple[str, Any]], probes: dict[str, Any]) -> None:
    cluster = play(actions, probes)
    revision = cluster.revision
    assert cluster.settle().revision == revision
    for found in cluster.list("pods"):
        assert not found.deleting
        (state,) = found.status.container_statuses
        assert found.ready == state.ready
        told = found.metadata.annotations.get(LISTENS, "8080/tcp")
        asked = [f"{probe['tcpSocket']['port']}/tcp" in told for probe in probes.values()]
        if CRASHES not in found.metadata.annotations and all(asked):
            assert state.ready
        if state.ready:
            assert state.state.running is not None
            assert f"{probes.get('readinessProbe', {'tcpSocket': {'port': ''}})['tcpSocket']['port']}" in told
    assert [box.pod for box in cluster.state.sandboxes.values()] == [found.key for found in cluster.list("pods")]
    again = play(actions, probes)
    assert (again.revision, again.now) == (cluster.revision, cluster.now)
    assert again.state == cluster.state
