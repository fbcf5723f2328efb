"""A fault is in force as long as what was broken is broken, whoever mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdisco import Cluster
from kdisco.errors import UsageError
from kdisco.examples import ARTICLE
from kdisco.faults.inject import FAULTS
from kdisco.faults.standing import free_addresses, leaves


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster(nodes=2)
    made.create(ARTICLE)
    return made.settle()


def codes(cluster: Cluster) -> list[str]:
    """The faults in force."""
    return [each.code for each in cluster.faults.injected]


def aimed(code: str) -> dict[str, str]:
    return {"service": "my-app-svc"} if "service" in FAULTS[code].where else {}


@pytest.mark.parametrize("code", sorted(FAULTS.keys() - {"service-cidr-exhausted"}))
def test_a_fault_is_in_force_at_once_and_stays_until_somebody_mends_it(cluster: Cluster, code: str) -> None:
    cluster.inject(code, **aimed(code))
    assert codes(cluster) == [code]
    cluster.settle()
    assert codes(cluster) == [code]
    cluster.heal(code)
    assert codes(cluster) == []


MENDED = {
    "wrong-selector": """patch service my-app-svc -p '{"spec": {"selector": {"app": "my-app"}}}'""",
    "no-endpoints": "scale deployment my-app --replicas=5",
    "crash-loop": "rollout undo deployment/my-app",
    "readiness-failing": "rollout undo deployment/my-app",
    "network-policy-blocks-dns": "delete networkpolicy only-within",
    "load-balancer-pending": """patch service my-app-svc -p '{"spec": {"type": "ClusterIP"}}'""",
    "session-affinity-surprise": """patch service my-app-svc -p '{"spec": {"sessionAffinity": "None"}}'""",
    "external-traffic-policy-local-without-pod": (
        """patch service my-app-svc -p '{"spec": {"externalTrafficPolicy": "Cluster"}}'"""
    ),
    "named-port-missing": """patch service my-app-svc --type=json \
-p '[{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 9376}]'""",
}


@pytest.mark.parametrize("code", MENDED)
def test_a_command_that_mends_it_is_seen(cluster: Cluster, code: str) -> None:
    cluster.inject(code, **aimed(code))
    cluster.settle()
    done = cluster.kubectl(MENDED[code])
    assert done.exit == 0, done
    cluster.settle()
    assert codes(cluster) == []
    line = next(each for each in str(cluster.faults).splitlines() if f" {code} " in each)
    assert not line.startswith("*")


def test_what_has_nothing_to_do_with_it_does_not_mend_it(cluster: Cluster) -> None:
    cluster.inject("wrong-target-port", service="my-app-svc")
    cluster.inject("crash-loop", service="your-app-svc")
    cluster.kubectl("label service my-app-svc team=a")
    cluster.kubectl("scale deployment your-app --replicas=1")
    more = {"op": "add", "path": "/spec/ports/0/name", "value": "http"}
    cluster.patch("service", "my-app-svc", [more], type="json")
    cluster.settle()
    assert codes(cluster) == ["wrong-target-port", "crash-loop"]


def test_one_firewall_of_two_is_not_enough(cluster: Cluster) -> None:
    cluster.inject("vxlan-link-cut")
    first, second = (each.remedy for each in cluster.explain("my-app-svc").findings[:1]).__next__().splitlines()
    cluster.kubectl(first.removeprefix("kubectl "))
    assert codes(cluster) == ["vxlan-link-cut"]
    cluster.kubectl(second.removeprefix("kubectl "))
    assert codes(cluster) == []


def test_a_mended_fault_can_be_injected_again_and_is_not_healed_over(cluster: Cluster) -> None:
    cluster.inject("no-endpoints", service="my-app-svc")
    cluster.scale("deployment/my-app", 5)
    with pytest.raises(UsageError, match="no-endpoints is not in force; nothing is"):
        cluster.heal("no-endpoints")
    cluster.heal()
    assert cluster.get("deployment", "my-app").spec.replicas == 5
    cluster.inject("no-endpoints", service="my-app-svc")
    assert codes(cluster) == ["no-endpoints"]


def test_going_back_in_time_brings_it_back(cluster: Cluster) -> None:
    cluster.inject("no-endpoints", service="my-app-svc")
    cluster.settle()
    cluster.scale("deployment/my-app", 5)
    assert codes(cluster) == []
    cluster.undo()
    assert codes(cluster) == ["no-endpoints"]


def test_a_saved_cluster_knows_it_too(cluster: Cluster, tmp_path: Path) -> None:
    cluster.inject("wrong-selector", service="my-app-svc")
    cluster.inject("vxlan-link-cut")
    cluster.save(tmp_path / "broken.json")
    there = Cluster.load(tmp_path / "broken.json")
    assert codes(there) == ["wrong-selector", "vxlan-link-cut"]
    there.patch("service", "my-app-svc", {"spec": {"selector": {"app": "my-app"}}})
    assert codes(there) == ["vxlan-link-cut"]


def test_a_range_with_room_again_is_mended_however_it_came() -> None:
    small = Cluster(nodes=1, service_cidr="10.96.0.0/28")
    small.inject("service-cidr-exhausted")
    assert free_addresses(small.state) == 0
    assert codes(small) == ["service-cidr-exhausted"]
    small.delete("service", "filler-0")
    small.settle()
    assert free_addresses(small.state) == 1
    assert codes(small) == []


def test_leaves_are_the_fields_that_differ() -> None:
    before = {"a": 1, "b": {"c": [1, 2], "d": 4}}
    assert [*leaves({"a": 1, "b": {"c": [1, 3]}}, before)] == [(("b", "c", 1), 3), (("b", "d"), None)]
    assert [*leaves({"c": [1]}, {"c": [1, 2]})] == [(("c",), [1])]
    assert [*leaves({"a": {"b": [{"c": 1}]}})] == [(("a", "b", 0, "c"), 1)]
