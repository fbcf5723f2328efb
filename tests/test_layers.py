"""Imports go downwards only, and what is below the widgets is pure."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[1] / "kdisco"
LAYERS = (
    ("chinese", "collection", "errors", "language", "meter", "phrase", "rooted", "table", "tree"),
    ("model",),
    ("config",),
    ("corefile",),
    ("store",),
    ("control",),
    ("net",),
    ("dns",),
    ("addons", "arguments", "client", "examples", "handle", "progress", "snapshot", "source", "step"),
    ("attempt", "reach"),
    ("boot", "breakpoints", "contrast", "fronts", "load", "matrix", "objects", "saving", "wiretap"),
    ("machine", "rollouts", "traffic"),
    ("cluster",),
    ("explain", "faults"),
    ("view",),
    ("plot",),
    ("console",),
    ("course",),
    ("widget",),
    ("shell",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
IMPURE = {"asyncio", "multiprocessing", "random", "secrets", "select", "socket", "subprocess", "threading", "time"}
EXCEPTIONS = {("view/render.py", "subprocess")}  # Graphviz is a program
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(file: Path) -> Iterator[tuple[str, int]]:
    """The modules that a file imports while running, with their lines; not those for types alone."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in for_types:
            assert not node.level, f"{file}:{node.lineno}: imports are absolute"
            names = [f"kdisco.{alias.name}" for alias in node.names] if node.module == "kdisco" else [node.module or ""]
            yield from ((name, node.lineno) for name in names)
        elif isinstance(node, ast.Import) and id(node) not in for_types:
            yield from ((alias.name, node.lineno) for alias in node.names)


def layer(file: Path) -> str:
    """The layer of a file: its folder, or its own name at the top."""
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_only_from_below(file: Path) -> None:
    top = layer(file)
    if top == "__init__":
        return  # the top of the package names everything, and loads nothing until it is asked for
    uphill = [
        f"{file.name}:{line} imports {name}"
        for name, line in imported(file)
        if name.startswith("kdisco.") and RANK.get(name.split(".")[1], -1) > RANK[top]
    ]
    assert not uphill


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_what_is_below_the_widgets_is_pure(file: Path) -> None:
    if RANK.get(layer(file), -1) >= RANK["widget"]:
        return
    path = file.relative_to(PACKAGE).as_posix()
    impure = [
        f"{path}:{line} imports {name}"
        for name, line in imported(file)
        if name.split(".")[0] in IMPURE and (path, name) not in EXCEPTIONS
    ]
    assert not impure


def test_every_module_has_a_layer() -> None:
    assert {layer(file) for file in MODULES} - {"__init__"} <= RANK.keys()


def test_the_check_sees_an_upward_and_an_impure_import(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(
        "from typing import TYPE_CHECKING\nimport socket\nfrom kdisco import cluster\n"
        "if TYPE_CHECKING:\n    from kdisco.shell import cli\n",
        encoding="utf-8",
    )
    assert [name for name, _ in imported(file)] == ["typing", "socket", "kdisco.cluster"]
