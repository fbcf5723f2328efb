"""Bands of a range, and what is picked from them."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.store.pool import Pool

BANDS = [  # range, first and last usable address, first address of the dynamic band
    ("10.96.0.0/12", "10.96.0.1", "10.111.255.254", "10.96.1.1"),
    ("10.96.0.0/24", "10.96.0.1", "10.96.0.254", "10.96.0.17"),
    ("10.96.0.0/27", "10.96.0.1", "10.96.0.30", "10.96.0.17"),
    ("10.96.0.0/28", "10.96.0.1", "10.96.0.14", "10.96.0.1"),
    ("10.96.0.0/20", "10.96.0.1", "10.96.15.254", "10.96.1.1"),
    ("10.96.0.0/23", "10.96.0.1", "10.96.1.254", "10.96.0.33"),
    ("fd00:10:96::/112", "fd00:10:96::1", "fd00:10:96::ffff", "fd00:10:96::101"),
]


@pytest.mark.parametrize(("cidr", "first", "last", "dynamic"), BANDS)
def test_a_range_has_a_static_and_a_dynamic_band(cidr: str, first: str, last: str, dynamic: str) -> None:
    pool = Pool.of_network(ipaddress.ip_network(cidr))
    assert [pool.first, pool.last, pool.dynamic] == [int(ipaddress.ip_address(each)) for each in (first, last, dynamic)]


def test_node_ports_have_bands_too() -> None:
    assert Pool.of_ports(30000, 32767) == Pool(30000, 32767, 30086)


@given(st.integers(1, 40), st.integers(0, 40), st.sets(st.integers(0, 45)), st.integers(0, 2**64 - 1))
def test_a_pick_is_free_and_of_the_upper_band_while_that_has_any(
    size: int, band: int, taken: set[int], number: int
) -> None:
    pool = Pool(0, size - 1, min(band, size))
    upper, lower = ({*range(low, high)} - taken for low, high in ((pool.dynamic, size), (0, pool.dynamic)))
    picked = pool.pick(taken.__contains__, lambda below: number % below)
    assert picked in (upper or lower or {None})
