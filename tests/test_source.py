"""Documents come from text, files, dicts and lists of dicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kdisco.errors import KdiscoError, UsageError
from kdisco.source import read

ONE: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
TWO: dict[str, Any] = ONE | {"metadata": {"name": "b"}}
LIST: dict[str, Any] = {"apiVersion": "v1", "kind": "List", "items": [ONE, {"kind": "PodList", "items": [TWO]}]}
TEXT = f"{json.dumps(ONE)}\n---\n{json.dumps(TWO)}\n"
SOURCES: list[tuple[Any, list[dict[str, Any]]]] = [
    (ONE, [ONE]),
    ([ONE, TWO], [ONE, TWO]),
    ((ONE,), [ONE]),
    (LIST, [ONE, TWO]),
    ([ONE, LIST], [ONE, ONE, TWO]),
    (TEXT, [ONE, TWO]),
    (json.dumps(LIST), [ONE, TWO]),
    ([], []),
    ({"kind": "List", "items": 5}, [{"kind": "List", "items": 5}]),
    ("", []),
]


@pytest.mark.parametrize(("source", "documents"), SOURCES)
def test_lists_are_taken_apart_and_order_is_kept(source: Any, documents: list[dict[str, Any]]) -> None:
    assert read(source) == documents


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".json"])
def test_a_path_may_be_text(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"pods{ending}"
    path.write_text(json.dumps(LIST), encoding="utf-8")
    assert read(path) == read(str(path)) == [ONE, TWO]


def test_a_path_object_may_end_in_anything(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text(TEXT, encoding="utf-8")
    assert read(path) == [ONE, TWO]


def test_what_is_read_is_a_copy() -> None:
    (found,) = read(ONE)
    found["kind"] = "Service"
    assert ONE["kind"] == "Pod"


def test_a_missing_file_is_told_as_kubectl_tells_it(tmp_path: Path) -> None:
    for path in ("nowhere.yaml", Path("nowhere")):
        with pytest.raises(UsageError) as caught:
            read(path)
        assert str(caught.value) == f'error: the path "{path}" does not exist'
    with pytest.raises(UsageError, match="error reading"):
        read(tmp_path)
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(KdiscoError):
        read(tmp_path / "x.yaml")


@pytest.mark.parametrize(
    "source", [None, 5, b"kind: Pod", ["kind: Pod"], [ONE, 5], {1, 2}, {"kind": "List", "items": [5]}]
)
def test_what_is_no_manifest_is_refused(source: Any) -> None:
    with pytest.raises(KdiscoError):
        read(source)
