"""What holds of a whole cluster whatever people do to it: addresses, ports, endpoints, rollouts, rest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from control_scenes import deployment, front, running
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kdisco import KdiscoError
from kdisco.control.rollout import limits
from kdisco.model.selector import matches
from kdisco.store.events import Change

if TYPE_CHECKING:
    from kdisco import Cluster

BASE = running(deployment("web", 3), front("web"))
NAMES = ("web", "shop")
TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
CRASHES = {"kdisco.dev/crashes": "after 2s"}

Act = tuple[Any, ...]
acts = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(NAMES), st.integers(0, 4)),
    st.tuples(st.just("scale"), st.sampled_from(NAMES), st.integers(0, 6)),
    st.tuples(st.just("image"), st.sampled_from(NAMES), st.integers(1, 3)),
    st.tuples(st.just("type"), st.sampled_from(NAMES), st.sampled_from(TYPES)),
    st.tuples(st.just("label"), st.integers(0, 5), st.sampled_from(["web", "shop", "debug"])),
    st.tuples(st.just("crash"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("kill"), st.integers(0, 5), st.sampled_from([None, 0])),
    st.tuples(st.just("rollout"), st.sampled_from(NAMES), st.sampled_from(["undo", "pause", "resume", "restart"])),
    st.tuples(st.just("cut"), st.sampled_from(["hold", "release"])),
    st.tuples(st.just("delete"), st.sampled_from(["deployment", "service"]), st.sampled_from(NAMES)),
    st.tuples(st.just("run"), st.floats(0, 60)),
    st.tuples(st.just("settle")),
)
scripts = st.lists(acts, max_size=9)


def do(cluster: Cluster, act: Act) -> None:  # noqa: C901 - a table of acts would say the same in more words
    """Carry out one act; what is refused changes nothing."""
    try:
        match act:
            case "create", name, replicas:
                cluster.create(f"{deployment(name, replicas)}\n---\n{front(name)}")
            case "scale", name, replicas:
                cluster.scale(f"deployment/{name}", replicas)
            case "image", name, number:
                change = {"containers": [{"name": "web", "image": f"registry.test/web:{number}"}]}
                cluster.patch("deployment", name, {"spec": {"template": {"spec": change}}}, type="strategic")
            case "type", name, kind:
                spec = {"type": kind, "externalName": "away.example" if kind == "ExternalName" else None}
                cluster.patch("service", name, {"spec": spec})
            case "rollout", name, verb:
                getattr(cluster.rollout(f"deployment/{name}"), verb)()
            case "cut", verb:
                getattr(cluster, verb)("kubelet@node-1")
            case "delete", kind, name:
                cluster.delete(kind, name)
            case "label" | "crash" | "kill", number, how:
                _to_a_pod(cluster, act[0], number, how)
            case verb, *words:
                getattr(cluster, verb)(*words)
    except KdiscoError:
        return


def _to_a_pod(cluster: Cluster, verb: str, number: int, how: Any) -> None:
    pods = cluster.list("pods", namespace="default")
    name = pods[number % len(pods)].name if pods else "none"
    if verb == "kill":
        cluster.delete("pod", name, grace_period=how)
    elif verb == "label":
        cluster.patch("pod", name, {"metadata": {"labels": {"app": how}}})
    else:
        cluster.patch("pod", name, {"metadata": {"annotations": CRASHES if how else dict.fromkeys(CRASHES)}})


def check_addresses(cluster: Cluster) -> None:
    """No ClusterIP and no node port is held twice, and none is leaked."""
    services = cluster.list("services")
    ips = Counter(ip for each in services for ip in each.virtual_ips)
    assert set(ips.values()) <= {1}
    held = {
        (each.name, each.spec.parent_ref.namespace, each.spec.parent_ref.name) for each in cluster.list("ipaddresses")
    }
    assert held == {(ip, *each.key) for each in services for ip in each.virtual_ips}
    ports = Counter(port for each in services for port in {port.node_port for port in each.spec.ports} - {0, None})
    assert set(ports.values()) <= {1}


def check_endpoints(cluster: Cluster) -> None:
    """Every ready endpoint is a Ready Pod that the selector matches and the other way round; no slice is too full."""
    for service in cluster.list("services", namespace="default"):
        slices = [each for each in cluster.list("endpointslices") if each.owned_by(service)]
        assert all(len(each.endpoints or ()) <= 100 for each in slices)
        if service.spec.type == "ExternalName" or not service.spec.selector:
            continue
        ready = [each.target_ref.name for found in slices for each in found.endpoints or () if each.conditions.ready]
        pods = cluster.list("pods", namespace="default")
        wanted = [
            pod.name for pod in pods
            if matches(service.spec.selector, pod.labels) and pod.ready and not pod.deleting and not pod.finished
        ]  # fmt: skip
        assert sorted(ready) == sorted(wanted)


@settings(max_examples=40)
@given(scripts)
def test_addresses_have_one_owner_at_every_moment_and_endpoints_are_true_in_the_end(script: list[Act]) -> None:
    cluster = BASE.branch()
    for act in script:
        do(cluster, act)
        check_addresses(cluster)
    cluster.settle()
    check_addresses(cluster)
    if "kubelet@node-1" not in cluster.state.held:
        check_endpoints(cluster)
    revision = cluster.revision
    assert cluster.settle().revision == revision


rollouts = st.lists(
    st.one_of(
        st.tuples(st.just("image"), st.just("web"), st.integers(1, 4)),
        st.tuples(st.just("run"), st.floats(0, 3)),
        st.tuples(st.just("rollout"), st.just("web"), st.sampled_from(["undo", "restart"])),
        st.tuples(st.just("settle")),
    ),
    max_size=6,
)


def behind(cluster: Cluster) -> bool:
    """Whether the status of some ReplicaSet is older than its spec.

    Who takes a template back in those few milliseconds loses a Pod that the Deployment controller still counts as
    available: upstream's does not look at Pods either.
    """
    sets = cluster.list("replicasets", "default")
    return any(found.status.observed_generation != found.metadata.generation for found in sets)


@settings(max_examples=25)
@given(rollouts, st.sampled_from([(1, 0), (0, 1), ("25%", "25%"), ("100%", 0), (2, 2)]), st.integers(1, 6))
@example([("image", "web", 2), ("run", 0.625), ("run", 0.640625), ("image", "web", 1)], (1, 0), 1)
def test_a_rolling_update_keeps_within_surge_and_unavailable_at_every_step(
    script: list[Act], bounds: tuple[Any, Any], replicas: int
) -> None:
    surge, unavailable = bounds
    cluster = BASE.branch()
    strategy = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    cluster.patch("deployment", "web", {"spec": {"replicas": replicas, "strategy": strategy}})
    start = len(cluster.settle().history)
    for act in [*script, ("settle",)]:
        while behind(cluster):
            cluster.run(0.005)
        do(cluster, act)
    allowed = limits(cluster.get("deployment", "web").spec)
    for index in range(start, len(cluster.history)):
        moment = cluster.history[index]
        if any(isinstance(fact, Change) and fact.resource == "pods" for fact in moment.facts):
            pods = [pod for pod in moment.state.view.list("pods", "default") if not pod.deleting]
            assert len(pods) <= replicas + allowed.surge
            assert sum(pod.ready for pod in pods) >= replicas - allowed.unavailable
