"""Random clusters in which nothing is wrong: no false finding, neither alive, nor as a dump, nor as part of one."""

from __future__ import annotations

import pytest
from healthy_clusters import healthy

from kdisco import Cluster
from kdisco.explain.explain import everything

SEEDS = range(50)
PART = ("Pod", "Service", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")  # what ``kubectl get all`` gives


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_found_where_nothing_is_wrong(seed: int) -> None:
    cluster = healthy(seed)
    listed = [each.to_dict() for kind in cluster.state.tables for each in cluster.state.view.list(kind)]
    ranges = {"pod_cidr": cluster.config.pod_cidr, "service_cidr": cluster.config.service_cidr}
    dump = Cluster.from_dump(listed, proxy=cluster.config.proxy, **ranges)
    part = Cluster.from_dump([each for each in listed if each["kind"] in PART], proxy=cluster.config.proxy, **ranges)
    services = len(list(cluster.state.view.list("services")))
    for found in (cluster, dump, part):
        told = list(everything(found))
        assert len(told) == services
        assert not [str(each) for each in told if not each.healthy]
    assert all(each.tried for each in everything(cluster))
