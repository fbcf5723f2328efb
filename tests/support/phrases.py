"""The templates that the package's modules give to Phrase, read off their text."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PACKAGE", "made"]

PACKAGE = Path(__file__).parents[2] / "kdisco"


def made(file: Path) -> Iterator[tuple[int, str | None]]:
    """Where a module makes Phrases: the line and the template; None where it is not written out there.

    ``Phrase("...")``, ``partial(Phrase, "...")``, and the same with a name that its function gives one text.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    yield from _within(tree.body, {})


def _within(body: list[ast.stmt], outer: dict[str, set[str]]) -> Iterator[tuple[int, str | None]]:
    known = {name: set(texts) for name, texts in outer.items()}
    inner: list[ast.AST] = []
    todo: list[ast.AST] = list(body)
    calls: list[ast.Call] = []
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner.append(node)
            todo += node.decorator_list
            continue
        if isinstance(node, ast.Assign):
            _note(node, known)
        if isinstance(node, ast.Call):
            calls.append(node)
        todo += ast.iter_child_nodes(node)
    for call in calls:
        first = _template(call)
        if isinstance(first, ast.Constant):
            yield call.lineno, str(first.value)
        elif isinstance(first, ast.Name) and first.id in known:
            yield from ((call.lineno, text) for text in sorted(known[first.id]))
        elif first is not None:
            yield call.lineno, None
    for function in inner:
        assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _within(function.body, known)


def _note(node: ast.Assign, known: dict[str, set[str]]) -> None:
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=False))
        for name, value in pairs:
            if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                known.setdefault(name.id, set()).add(value.value)


def _template(call: ast.Call) -> ast.expr | None:
    """What a call gives to Phrase as its template; None for other calls."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name == "Phrase" and call.args:
        return call.args[0]
    partial = name == "partial" and len(call.args) > 1
    return call.args[1] if partial and isinstance(call.args[0], ast.Name) and call.args[0].id == "Phrase" else None
