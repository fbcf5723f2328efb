"""What a fresh process loads: nothing for the name alone, no front end for the model."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

FRONT_ENDS = ("ipywidgets", "anywidget", "IPython", "graphviz", "dns", "jupyterlab", "ipykernel", "traitlets")
SHOW = "import json, sys; {}; print(json.dumps(sorted(sys.modules)))"


def loaded(statement: str) -> set[str]:
    """The modules that a fresh process has after a statement."""
    run = subprocess.run([sys.executable, "-c", SHOW.format(statement)], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


@pytest.fixture(scope="module")
def bare() -> set[str]:
    return loaded("pass")


def test_importing_kdisco_loads_kdisco_alone(bare: set[str]) -> None:
    news = loaded("import kdisco") - bare
    assert {name for name in news if name.startswith("kdisco")} == {"kdisco"}
    assert not {"attrs", "attr", "yaml", *FRONT_ENDS} & news
    assert len(news) <= 40  # what importlib and typing bring; each later Python moves some


def test_the_cluster_needs_no_front_end(bare: set[str]) -> None:
    news = loaded("import kdisco; kdisco.Cluster") - bare
    assert "kdisco.cluster" in news
    assert not set(FRONT_ENDS) & news
    assert not {name for name in news if name.startswith(("kdisco.widget", "kdisco.shell", "kdisco.course"))}
    assert len(news) <= 300


@pytest.mark.parametrize("name", ["ClusterConfig", "ApiError"])
def test_a_small_name_loads_little(bare: set[str], name: str) -> None:
    news = loaded(f"import kdisco; kdisco.{name}") - bare
    assert "kdisco.cluster" not in news
    assert "yaml" not in news
