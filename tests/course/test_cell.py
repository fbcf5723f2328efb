"""Solutions are cells: Python, and lines of kubectl."""

from __future__ import annotations

import pytest

from kdisco import Cluster
from kdisco.course.cell import run
from kdisco.course.scenes import application
from kdisco.errors import UsageError


def test_both_kinds_of_line_reach_the_cluster() -> None:
    c = Cluster(nodes=1)
    c.apply(application("web"))
    run("\nkubectl scale deployment/web --replicas=3\nc.patch('deployment', 'web', {'spec': {'paused': True}})\n", c)
    spec = c.get("deployment", "web").spec
    assert (spec.replicas, spec.paused) == (3, True)


def test_a_kubectl_that_fails_is_an_error_with_its_words() -> None:
    with pytest.raises(UsageError, match=r'deployments\.apps "web" not found'):
        run("kubectl scale deployment/web --replicas=3", Cluster(nodes=1))


def test_a_node_is_debugged_by_its_own_commands() -> None:
    c = Cluster(nodes=1)
    line = "kubectl debug node/node-1 --profile=sysadmin --image=busybox:1.37 -- chroot /host "
    run(f"{line}sysctl -w net.netfilter.nf_conntrack_max=4", c)
    assert c.state.hosts["node-1"].conntrack_max == 4
    with pytest.raises(UsageError, match="reboot: not found"):
        run(f"{line}reboot", c)
