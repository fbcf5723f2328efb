"""Ranges of ClusterIPs: a second one, and one that goes."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from kdisco import Cluster
from kdisco.errors import InternalError, NotFound

FINALIZER = "networking.k8s.io/service-cidr-finalizer"
IN_USE = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"


def cluster(service_cidr: str = "10.96.0.0/29") -> Cluster:
    """A cluster whose first range has six addresses."""
    return Cluster(addons=False, service_cidr=service_cidr)


def span(name: str, *cidrs: str) -> dict[str, Any]:
    """A further range."""
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": name}}
    return head | {"spec": {"cidrs": list(cidrs)}}


def service(name: str, **spec: Any) -> dict[str, Any]:
    """A Service with one port."""
    head = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}
    return head | {"spec": {"ports": [{"port": 80}], **spec}}


def ready(c: Cluster, name: str) -> dict[str, Any]:
    """The condition Ready of a range."""
    (condition,) = c.get("servicecidr", name).to_dict()["status"]["conditions"]
    assert condition.pop("lastTransitionTime")
    return dict(condition)


def test_the_first_range_is_guarded_and_ready_from_the_beginning() -> None:
    c = cluster()
    found = c.get("servicecidr", "kubernetes")
    assert found.metadata.finalizers == (FINALIZER,)
    message = "Kubernetes default Service CIDR is ready"
    assert ready(c, "kubernetes") == {"type": "Ready", "status": "True", "reason": "", "message": message}
    c.settle()
    assert c.get("servicecidr", "kubernetes") == found


def test_a_second_range_is_used_when_the_first_is_full() -> None:
    c = cluster()
    for i in range(5):
        c.create(service(f"s{i}"))
    with pytest.raises(InternalError, match="failed to allocate a serviceIP: range is full"):
        c.create(service("more"))
    c.create(span("second", "10.97.0.0/29"))
    given = c.create(service("more")).spec.cluster_ip
    assert ipaddress.ip_address(given) in ipaddress.ip_network("10.97.0.0/29")
    c.settle()
    assert c.get("servicecidr", "second").metadata.finalizers == (FINALIZER,)
    assert ready(c, "second")["message"] == "Kubernetes Service CIDR is ready"


def test_a_range_in_use_stays_and_gives_nothing_more_until_its_last_address_is_free() -> None:
    c = cluster()
    c.create(span("second", "10.97.0.0/29"))
    c.settle()
    c.create(service("web", clusterIP="10.97.0.2"))
    c.delete("servicecidr", "second")
    c.settle()
    assert ready(c, "second") == {"type": "Ready", "status": "False", "reason": "Terminating", "message": IN_USE}
    with pytest.raises(Exception, match="the provided network does not match the current range"):
        c.create(service("other", clusterIP="10.97.0.3"))
    before = c.now
    c.delete("service", "web")
    c.settle()
    with pytest.raises(NotFound):
        c.get("servicecidr", "second")
    assert c.now >= before


def test_an_empty_range_goes_ten_seconds_after_it_was_asked_to() -> None:
    c = cluster()
    c.create(span("second", "10.97.0.0/29"))
    c.settle()
    c.delete("servicecidr", "second")
    began = c.now
    c.run(9)
    assert c.get("servicecidr", "second").deleting
    c.settle()
    assert not [found for found in c.list("servicecidrs") if found.name == "second"]
    assert c.now - began < 12


def test_a_range_inside_another_goes_and_its_addresses_stay() -> None:
    c = cluster()
    c.create(span("small", "10.97.0.0/29"))
    c.settle()
    c.create(service("web", clusterIP="10.97.0.2"))
    c.delete("servicecidr", "small")
    c.settle()
    assert ready(c, "small")["status"] == "False"
    c.create(span("large", "10.97.0.0/24"))
    c.settle()
    assert [found.name for found in c.list("servicecidrs")] == ["kubernetes", "large"]
    assert c.get("ipaddress", "10.97.0.2")


def test_a_second_family_needs_the_first_range_to_have_it() -> None:
    c = cluster()
    c.create(span("six", "fd00:96::/112"))
    with pytest.raises(Exception, match="this cluster is not configured for dual-stack services"):
        c.create(service("web", ipFamilyPolicy="RequireDualStack"))
