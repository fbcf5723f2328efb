"""Times as Go reads them: the same words for the same faults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.model.gotime import MICRO, SECOND, canonical_time

READ = [
    ("2026-01-02T03:04:05Z", SECOND, "2026-01-02T03:04:05Z"),
    ("2026-01-02T03:04:05.75Z", SECOND, "2026-01-02T03:04:05Z"),
    ("2026-01-02T03:04:05+02:00", SECOND, "2026-01-02T01:04:05Z"),
    ("2026-01-02T03:04:05.000250Z", MICRO, "2026-01-02T03:04:05.000250Z"),
    ("2026-01-02T03:04:05Z", MICRO, "2026-01-02T03:04:05.000000Z"),
]


@pytest.mark.parametrize(("text", "layout", "printed"), READ)
def test_a_time_is_printed_in_utc(text: str, layout: str, printed: str) -> None:
    assert canonical_time(text, layout) == printed


REFUSED = [
    ("x", 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'),
    ("2026", 'parsing time "2026" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "-"'),
    (
        "2026-01-02 03:04:05",
        'parsing time "2026-01-02 03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse " 03:04:05" as "T"',
    ),
    (
        "2026-01-02T03:04:05",
        'parsing time "2026-01-02T03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
    ),
    ("2026-13-02T03:04:05Z", 'parsing time "2026-13-02T03:04:05Z": month out of range'),
    ("2026-02-30T03:04:05Z", 'parsing time "2026-02-30T03:04:05Z": day out of range'),
    ("2026-01-02T25:04:05Z", 'parsing time "2026-01-02T25:04:05Z": hour out of range'),
    ("2026-01-02T03:04:05Zx", 'parsing time "2026-01-02T03:04:05Zx": extra text: "x"'),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_no_time_is_refused_in_gos_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="parsing time") as caught:
        canonical_time(text)
    assert str(caught.value) == words


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=ZONES).filter(lambda moment: 1000 < moment.year < 9999))
def test_the_moment_is_the_same_in_every_zone(moment: datetime) -> None:
    printed = canonical_time(moment.isoformat())
    assert datetime.fromisoformat(printed) == moment.astimezone(UTC).replace(microsecond=0)
    assert canonical_time(printed) == printed
