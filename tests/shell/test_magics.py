"""Commands in cells, in a plain IPython with ``%load_ext kdisco``: what they print, give and refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from kdisco import Cluster
from kdisco.console.result import CommandResult
from kdisco.shell import extension
from kdisco.shell.magics import Commands

WEB = """
apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec: {containers: [{name: c, image: nginx}]}
"""


PROMPT = re.compile(r"Out\[\d+\]: ")  # what a terminal's IPython, not a notebook, writes before a value


@pytest.fixture(scope="module")
def loaded() -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    extension.load_ipython_extension(shell)
    yield shell
    extension.unload_ipython_extension(shell)


@pytest.fixture
def cell(loaded: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a cell in a notebook with one fresh cluster: gives its value and what it printed."""
    loaded.user_ns["cluster"] = Cluster(seed=1)
    loaded.run_line_magic("cluster", "cluster")
    capsys.readouterr()

    def run(text: str) -> tuple[Any, str, str]:
        found = loaded.run_cell(text)
        assert found.error_before_exec is None
        shown = capsys.readouterr()
        return found.result, PROMPT.sub("", shown.out), shown.err

    return run


def test_a_command_prints_once_and_is_the_value(cell: Any) -> None:
    value, out, _ = cell("kubectl get nodes -o name")
    assert out == "node/node-1\nnode/node-2\nnode/node-3\n"
    assert isinstance(value, CommandResult)
    assert value == out
    assert value.exit == 0
    assert [node.name for node in value.objects] == ["node-1", "node-2", "node-3"]


def test_an_assigned_command_prints_nothing(cell: Any) -> None:
    value, out, _ = cell("nodes = kubectl get nodes -o name\nnodes.split()[0]")
    assert value == "node/node-1"
    assert out.count("node/") <= 1  # the cell's own value, no table


def test_variables_reach_commands_in_a_loop_and_in_a_function(cell: Any) -> None:
    _, out, _ = cell("for n in (1, 2):\n    kubectl get node node-$n -o name")
    assert out == "node/node-1\nnode/node-2\n"
    _, out, _ = cell("def show(which):\n    kubectl get node {which} -o name\nshow('node-3')")
    assert out == "node/node-3\n"


def test_a_heredoc_and_a_cell_magic_are_read_as_manifests(cell: Any, loaded: InteractiveShell) -> None:
    _, out, err = cell(f"kubectl apply -f - <<EOF{WEB}EOF")
    assert (out, err) == ("pod/client created\n", "")
    _, out, _ = cell(f"%%kubectl apply -f -\n{WEB}")
    assert out == "pod/client unchanged\n"
    assert loaded.user_ns["cluster"].get("pod", "client").labels == {"app": "client"}


def test_what_fails_is_the_tools_words_not_a_traceback(cell: Any) -> None:
    value, out, err = cell("kubectl get service nowhere")
    assert (out, err) == ("", 'Error from server (NotFound): services "nowhere" not found\n')
    assert value.exit == 1
    value, _, err = cell("kubectl get 'pods")
    assert err == "sh: 1: Syntax error: Unterminated quoted string\n"
    assert value.exit == 2


def test_other_commands_run_where_on_says(cell: Any) -> None:
    _, _, err = cell("hostname")
    assert err.startswith("hostname: no Pod runs in the namespace default: say where, with %on")
    cell(f"kubectl apply -f - <<EOF{WEB}EOF\ncluster.settle()")
    assert cell("hostname")[1] == "client\n"  # the first Pod that runs, while nobody says otherwise
    [pod, *_] = cell("kubectl get pods -n kube-system -l k8s-app=kube-dns -o name")[1].split()
    assert cell(f"%on pod/kube-system/{pod.removeprefix('pod/')}")[1].startswith("commands run on pod/kube-system/core")
    assert cell("hostname")[1] == f"{pod.removeprefix('pod/')}\n"


@pytest.mark.usefixtures("cell")
def test_on_and_cluster_refuse_what_is_not_there(loaded: InteractiveShell) -> None:
    with pytest.raises(Exception, match='pods "nowhere" not found'):
        loaded.run_line_magic("on", "pod/nowhere")
    with pytest.raises(Exception, match="where is 'nowhere'"):
        loaded.run_line_magic("on", "nowhere")
    with pytest.raises(Exception, match="no cluster in a variable nothing"):
        loaded.run_line_magic("cluster", "nothing")


def test_cluster_switches(cell: Any) -> None:
    cell("from kdisco import Cluster\nother = Cluster(nodes=1, addons=False)")
    assert cell("%cluster other")[1].startswith("commands talk to other: <Cluster: 1 nodes")
    assert cell("kubectl get nodes -o name")[1] == "node/node-1\n"


def test_a_name_that_python_took_is_python(cell: Any) -> None:
    value, out, _ = cell("host = 3\nhost")
    assert value == 3
    assert "Usage" not in out


def test_unloading_takes_the_commands_away() -> None:
    shell = InteractiveShell()
    extension.load_ipython_extension(shell)
    extension.unload_ipython_extension(shell)
    assert "cluster" not in shell.user_ns
    hooks = shell.input_transformers_cleanup
    assert not any(isinstance(getattr(each, "__self__", None), Commands) for each in hooks)


def test_help_is_the_verbs_or_the_commands_own(loaded: InteractiveShell) -> None:
    commands = loaded.find_line_magic("kdisco").__self__
    assert commands.helped("    kubectl rollout status web").startswith("Show the status of the rollout")
    assert commands.helped("rules = iptables-save -t nat").startswith("iptables-save [-c]")
    assert commands.helped("len([])") is None
