"""The command box: kubectl, commands in Pods and on nodes, and what stays on the screen."""

from __future__ import annotations

import pytest

from kdisco import Cluster, KdiscoError


def test_kubectl_runs_and_changes_the_cluster(cluster: Cluster) -> None:
    made = cluster.command_line()
    made.line = "kubectl scale deployment/my-app --replicas=4"
    assert "scaled" in made.run()
    assert cluster.get("deployment", "my-app").spec.replicas == 4
    assert made.status.value == "exit status 0"


def test_other_commands_run_where_it_says(cluster: Cluster) -> None:
    made = cluster.command_line(where="node/node-2", line="ip route")
    assert "cni0" in made.run()
    made.where = made.places.options[0]
    made.line = "cat /etc/resolv.conf"
    assert "ndots:5" in made.run()
    assert [line for line, _, _ in made.results] == ["ip route", "cat /etc/resolv.conf"]


def test_enter_runs_the_line_and_it_stays(cluster: Cluster) -> None:
    made = cluster.command_line(line="kubectl get nodes")
    made.field._handle_custom_msg({"line": "kubectl get nodes -o name"}, [])
    assert "node/node-2" in made.shown.value
    assert made.line == "kubectl get nodes -o name"
    assert made.field.history == ["kubectl get nodes -o name"]


def test_a_failure_is_an_exit_status_not_an_error(cluster: Cluster) -> None:
    made = cluster.command_line(line="kubectl get pod nobody")
    made.field.click()
    assert made.status.value == "exit status 1"
    assert "NotFound" in made.shown.value


def test_nothing_to_run_is_told(cluster: Cluster) -> None:
    made = cluster.command_line(line="  ")
    made.field.click()
    assert made.status.value == "type a command"
    with pytest.raises(KdiscoError, match="type a command"):
        made.run()


def test_what_is_printed_is_text(cluster: Cluster) -> None:
    made = cluster.command_line(line="<b>x</b>")
    made.field.click()
    assert "<b>" not in made.shown.value
