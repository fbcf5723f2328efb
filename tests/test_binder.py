"""The Binder button: what repo2docker would build, and that it fits what the package asks for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"
REPO2DOCKER = Path(sys.executable).with_name("jupyter-repo2docker")
ENVIRONMENT = {"jupyterlab", "ipywidgets", "ipykernel", "nbconvert"}  # what repo2docker brings itself


def version(text: str) -> tuple[int, ...]:
    """A release as a tuple of numbers."""
    return tuple(int(part) for part in text.split("."))


def needed() -> dict[str, str]:
    """The runtime dependencies and their lower bounds."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    rows = [re.match(r"([\w-]+)>=([\d.]+)", line) for line in listed]
    return {row[1]: row[2] for row in rows if row is not None}


def pinned() -> dict[str, str]:
    """The pins."""
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_what_the_package_needs_is_pinned_or_brought() -> None:
    wanted = needed()
    assert pinned().keys() | ENVIRONMENT == wanted.keys()
    assert not [name for name, there in pinned().items() if version(there) < version(wanted[name])]


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_what_repo2docker_brings_is_new_enough(name: str) -> None:
    repo2docker = pytest.importorskip("repo2docker", reason="needs jupyter-repo2docker")
    python = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    folder = Path(repo2docker.__file__).parent / "buildpacks" / "conda"
    lock = (folder / f"environment.py-{python}-linux-64.lock").read_text(encoding="utf-8")
    found = re.search(rf"/{name}(?:-core)?-([\d.]+)-", lock)
    assert found is not None
    assert version(found[1]) >= version(needed()[name])


def test_the_last_step_can_be_run() -> None:
    assert os.access(BINDER / "postBuild", os.X_OK)


def test_repo2docker_takes_the_folder(tmp_path: Path) -> None:
    if not REPO2DOCKER.exists():
        pytest.skip("needs jupyter-repo2docker")
    shutil.copytree(BINDER, tmp_path / "binder")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = [str(REPO2DOCKER), "--no-build", "--debug", "."]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    told = run.stdout + run.stderr
    assert run.returncode == 0, told
    assert "Building conda environment for python=3.12" in told
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in told
    assert "RUN ./binder/postBuild" in told
