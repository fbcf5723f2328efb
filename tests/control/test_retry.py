"""When what was refused is tried again."""

from __future__ import annotations

import pytest
from control_scenes import context_of

from kdisco.control.controller import Later
from kdisco.control.retry import retry
from kdisco.model.meta import stamp
from kdisco.store.state import EPOCH


@pytest.mark.parametrize(("waited", "wait"), [(0, 1.0), (5, 5.0), (300, 300.0), (5000, 1000.0)])
def test_each_wait_is_as_long_as_all_before(waited: int, wait: float) -> None:
    context = context_of(now=float(waited))
    assert retry(context, stamp(EPOCH)) == Later(wait)
    assert retry(context, stamp(EPOCH), background=True) == Later(wait, background=True)


def test_what_has_no_beginning_is_tried_again_soon() -> None:
    assert retry(context_of(now=50.0), None) == Later(1.0)
