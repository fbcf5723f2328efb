"""The figures and habits of the house that a machine can see."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "kdisco").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
TEXTS = {".py", ".md", ".toml", ".ipynb", ".yaml", ".yml", ".txt", ".sh", ".js", ".css", ".json", ""}
UNTRACKED = {".git", ".venv", "build", "dist", "__pycache__"}
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work|farm|tmp/[\w-]+)/")
TEMPORARY = {"tests", "kdisco/shell"}  # where a temporary folder may be named


def short(file: Path) -> str:
    """A file's name for the report."""
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", MODULES, ids=short)
def test_a_module_can_be_read_in_one_sitting(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 350
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert not long


def undocumented(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """The public classes and functions of a body that say nothing of themselves; overloads need not."""
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        overload = any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)
        if ast.get_docstring(node) is None and not overload:
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node.body, f"{prefix}{node.name}.")


@pytest.mark.parametrize("file", MODULES, ids=short)
def test_every_public_name_says_what_it_is_for(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module itself"
    assert not list(undocumented(tree.body))


@pytest.mark.parametrize("file", [file for file in MODULES if file.name != "__init__.py"], ids=short)
def test_every_module_lists_what_is_public(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    listed = [
        [name.value for name in node.value.elts if isinstance(name, ast.Constant)]
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "__all__"
        and isinstance(node.value, ast.List | ast.Tuple)
    ]
    assert len(listed) == 1, "__all__ stands once"
    assert len(set(listed[0])) == len(listed[0])


def texts() -> Iterator[Path]:
    """The text files of the project, as far as git would take them."""
    for file in sorted(ROOT.rglob("*")):
        parts = file.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in {".ci", ".gitignore"} for part in parts)
        if file.is_file() and not hidden and not UNTRACKED & set(parts) and file.suffix in TEXTS:
            yield file


def test_no_file_names_a_place_of_one_machine() -> None:
    found = [
        f"{short(file)}: {match[0]}"
        for file in texts()
        for match in MACHINE.finditer(file.read_text(encoding="utf-8"))
        if not (match[0].startswith("/tmp/") and any(short(file).startswith(place) for place in TEMPORARY))  # noqa: S108 - the place is looked for, not used
    ]
    assert not found


@pytest.mark.parametrize("file", NOTEBOOKS, ids=short)
def test_a_chapter_is_stored_without_outputs(file: Path) -> None:
    cells = [cell for cell in json.loads(file.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert cells
    assert not [cell["source"] for cell in cells if cell["outputs"] or cell["execution_count"] is not None]


def test_the_readme_starts_in_two_steps() -> None:
    start = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Start\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"```sh\n(.*?)```", start, re.DOTALL)
    assert start.count("```") == 4
    assert [block.splitlines() for block in blocks] == [
        ["python3 -m venv .venv && .venv/bin/pip install .", ".venv/bin/kdisco lab"],
        [".venv/bin/pip install '.[test]'", ".venv/bin/pytest"],
    ]


def test_the_readme_example_is_true() -> None:
    example = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    assert len(example[1].strip().splitlines()) <= 12
    exec(compile(example[1], "README.md", "exec"), {})  # noqa: S102 - the text is the project's own
