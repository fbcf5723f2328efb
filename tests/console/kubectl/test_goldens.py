"""What real kubectl 1.32 printed for a dump of objects, byte for byte."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kdisco import Cluster

FOLDER = Path(__file__).parents[4] / "shared" / "conformance" / "kubectl"
PORT = re.compile(r"127\.0\.0\.1:\d+")
GOLDENS: dict[str, Any] = (
    json.loads((FOLDER / "goldens.json").read_text(encoding="utf-8")) if FOLDER.exists() else {}
)


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    dump = json.loads((FOLDER / "objects.json").read_text(encoding="utf-8"))
    return Cluster.from_dump(dump["objects"], now=dump["now"])


@pytest.mark.skipif(not GOLDENS, reason="../shared/conformance/kubectl is absent")
@pytest.mark.parametrize("case", GOLDENS)
def test_the_text_is_kubectls(cluster: Cluster, case: str) -> None:
    golden = GOLDENS[case]
    found = cluster.kubectl(golden["command"])
    assert PORT.sub("127.0.0.1:PORT", found.out) == golden["stdout"]
    assert found.err == golden.get("stderr", "")
    assert found.exit == golden["exit"]
    assert str(found) == found.out + found.err
