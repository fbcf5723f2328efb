"""The kernel and the extension: the same gifts, through nbclient and in plain IPython."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import graphviz
import nbclient
import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

import kdisco
from kdisco import Cluster
from kdisco.shell import extension

SPEC = Path(kdisco.__file__).parent / "shell" / "kernelspec"
CELLS = (
    "print(len(cluster.list('nodes')))",
    "cluster.get('service', 'nowhere')",
    "cluster.diagram('topology', namespace='kube-system')",
    "import graphviz; graphviz.Digraph(body=['a -> b'])",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """What the cells gave, run by the kernel ``kdisco``."""
    folder = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(SPEC, folder / "kernels" / "kdisco")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        paths = [str(Path(kdisco.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        nbclient.NotebookClient(notebook, kernel_name="kdisco", allow_errors=True, timeout=60).execute()
    return [cell.outputs for cell in notebook.cells]


def test_the_kernelspec_runs_this_python() -> None:
    found = json.loads((SPEC / "kernel.json").read_text(encoding="utf-8"))
    assert found["argv"][:3] == ["python", "-m", "kdisco.shell.kernel"]
    assert found["display_name"] == "kdisco"
    assert found["language"] == "python"


def test_a_cluster_is_at_hand(outputs: list[list[Any]]) -> None:
    assert outputs[0][0].text == "3\n"


def test_an_error_is_its_words_alone(outputs: list[list[Any]]) -> None:
    [error] = outputs[1]
    assert error.output_type == "error"
    assert error.traceback == ['Error from server (NotFound): services "nowhere" not found']


def test_a_picture_is_shown_as_svg_with_its_words(outputs: list[list[Any]]) -> None:
    data = outputs[2][0].data
    assert data["image/svg+xml"].startswith("<svg")
    assert "coredns" in data["text/plain"]


def test_a_learners_own_graph_needs_no_system_program(outputs: list[list[Any]]) -> None:
    assert "<svg" in outputs[3][0].data["image/svg+xml"]


def test_the_extension_gives_the_same_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz.backend.dot_command, "DOT_BINARY", Path("dot"))
    shell = InteractiveShell()
    extension.load_ipython_extension(shell)
    assert isinstance(shell.user_ns["cluster"], Cluster)
    assert graphviz.backend.dot_command.DOT_BINARY.name in ("graphviz-pure", "graphviz-pure.exe", "dot")
    extension.unload_ipython_extension(shell)
    assert "cluster" not in shell.user_ns


def test_a_name_that_is_taken_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz.backend.dot_command, "DOT_BINARY", Path("dot"))
    shell = InteractiveShell()
    shell.user_ns["cluster"] = "mine"
    extension.load_ipython_extension(shell)
    extension.unload_ipython_extension(shell)
    assert shell.user_ns["cluster"] == "mine"


def test_load_ext_gives_what_the_kernel_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz.backend.dot_command, "DOT_BINARY", Path("dot"))
    shell = InteractiveShell()
    shell.run_cell("%load_ext kdisco")
    assert isinstance(shell.user_ns["cluster"], Cluster)
