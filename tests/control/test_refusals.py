"""What a controller makes of a write that was refused."""

from __future__ import annotations

import pytest

from kdisco.control.refusals import namespace_ends, will_pass
from kdisco.errors import AlreadyExists, ApiError, Conflict, Forbidden, InternalError, NotFound


@pytest.mark.parametrize(
    ("refusal", "passes"),
    [
        (Conflict("x"), True),
        (AlreadyExists("x"), True),
        (NotFound("x"), True),
        (Forbidden("x"), False),
        (InternalError("x"), False),
    ],
)
def test_what_passes_when_the_cache_has_caught_up(refusal: ApiError, passes: bool) -> None:  # noqa: FBT001 - a row of the table
    assert will_pass(refusal) == passes


def test_a_namespace_that_ends_is_told_by_the_cause() -> None:
    assert namespace_ends(Forbidden("x", {"causes": [{"reason": "NamespaceTerminating"}]}))
    assert not namespace_ends(Forbidden("x", {"causes": [{"reason": "FieldValueInvalid"}]}))
    assert not namespace_ends(Forbidden("x"))
