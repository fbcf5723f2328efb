"""Who watches what."""

from __future__ import annotations

import pytest

from kdisco.control.registry import CONTROLLERS, READERS, watchers
from kdisco.model.kinds import RESOURCES


def test_every_controller_is_found_by_its_name() -> None:
    assert {name: each.name for name, each in CONTROLLERS.items()} == {name: name for name in CONTROLLERS}
    assert not CONTROLLERS.keys() & READERS.keys()


@pytest.mark.parametrize("component", [*CONTROLLERS, *READERS])
def test_the_watchers_of_a_resource_are_those_who_name_it(component: str) -> None:
    wanted = set(CONTROLLERS[component].watches if component in CONTROLLERS else READERS[component])
    assert wanted <= RESOURCES.keys()
    assert {resource for resource, names in watchers().items() if component in names} == wanted


def test_the_api_servers_watch_cache_tells_kube_proxy_of_services_slices_and_nodes() -> None:
    assert set(READERS["kube-proxy"]) == {"services", "endpointslices", "nodes"}
    assert set(READERS["coredns"]) == {"services", "endpointslices", "namespaces", "pods"}


def test_a_controller_watches_what_it_writes() -> None:
    written = {
        "deployment": {"deployments", "replicasets"},
        "replicaset": {"replicasets", "pods"},
        "nodeipam": {"nodes"},
        "scheduler": {"pods"},
        "kubelet": {"pods"},
        "endpoints": {"endpoints"},
        "endpointslice": {"endpointslices"},
        "namespace": {"namespaces"},
    }
    assert all(CONTROLLERS[name].watches.keys() >= resources for name, resources in written.items())
