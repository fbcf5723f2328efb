"""Which taints a toleration is of."""

from __future__ import annotations

import pytest

from kdisco.model.taint import Taint, Toleration, untolerated

DEDICATED = Taint(key="dedicated", value="db", effect="NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "tolerates"),
    [
        (Toleration(key="dedicated", operator="Equal", value="db", effect="NoSchedule"), True),
        (Toleration(key="dedicated", value="db", effect="NoSchedule"), True),
        (Toleration(key="dedicated", value="db"), True),
        (Toleration(key="dedicated", operator="Exists"), True),
        (Toleration(operator="Exists"), True),
        (Toleration(operator="Exists", effect="NoSchedule"), True),
        (Toleration(operator="Exists", effect="NoExecute"), False),
        (Toleration(key="other", operator="Exists"), False),
        (Toleration(key="dedicated", value="web"), False),
        (Toleration(key="dedicated"), False),
        (Toleration(key="dedicated", operator="Gt", value="1"), False),
    ],
)
def test_a_toleration_is_of_a_key_a_value_and_an_effect(toleration: Toleration, tolerates: bool) -> None:  # noqa: FBT001 - a row of the table
    assert toleration.tolerates(DEDICATED) is tolerates


def test_only_the_effects_asked_for_count_and_one_toleration_is_enough() -> None:
    soft = Taint(key="slow", effect="PreferNoSchedule")
    tolerations = (Toleration(key="x", operator="Exists"), Toleration(key="slow", operator="Exists"))
    assert list(untolerated((DEDICATED, soft), (), "NoSchedule", "NoExecute")) == [DEDICATED]
    assert list(untolerated((DEDICATED, soft), (), "PreferNoSchedule")) == [soft]
    assert list(untolerated((DEDICATED, soft), tolerations, "NoSchedule", "PreferNoSchedule")) == [DEDICATED]
