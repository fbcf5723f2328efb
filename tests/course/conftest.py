"""Each test of the course begins with a learner who has done nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kdisco.course import record, tasks, workbook
from kdisco.language import set_language

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def new_learner(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KDISCO_PROGRESS", "")
    monkeypatch.setattr(record, "_ONE", [])
    monkeypatch.setattr(tasks, "OPEN", {})
    monkeypatch.setattr(workbook, "OWN", {})
    yield
    set_language("en")
