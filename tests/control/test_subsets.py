"""The one right layout of Endpoints."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.subsets import repacked, same_subsets
from kdisco.model.endpoints import EndpointAddress, EndpointPort, EndpointSubset
from kdisco.model.meta import ObjectReference


def addresses(*ips: str) -> tuple[EndpointAddress, ...]:
    """Addresses without a target."""
    return tuple(EndpointAddress(ip=ip) for ip in ips)


def ports(*numbers: int) -> tuple[EndpointPort, ...]:
    """Ports with names."""
    return tuple(EndpointPort(name=f"p{number}", port=number, protocol="TCP") for number in numbers)


def test_ports_of_the_same_addresses_come_together() -> None:
    apart = [
        EndpointSubset(addresses=addresses("10.0.0.1"), ports=ports(1)),
        EndpointSubset(addresses=addresses("10.0.0.1"), ports=ports(2)),
    ]
    (found,) = repacked(apart)
    assert (found.addresses, set(found.ports)) == (addresses("10.0.0.1"), set(ports(1, 2)))


def test_addresses_of_the_same_ports_come_together_as_text_orders_them() -> None:
    apart = [
        EndpointSubset(addresses=addresses("10.0.0.9"), ports=ports(1)),
        EndpointSubset(addresses=addresses("10.0.0.10"), ports=ports(1)),
    ]
    (found,) = repacked(apart)
    assert found.addresses == addresses("10.0.0.10", "10.0.0.9")


def test_not_ready_goes_before_ready() -> None:
    both = EndpointSubset(
        addresses=addresses("10.0.0.1"), not_ready_addresses=addresses("10.0.0.1"), ports=ports(1)
    )
    (found,) = repacked([both])
    assert (found.addresses, found.not_ready_addresses) == ((), addresses("10.0.0.1"))


def test_an_address_of_two_targets_is_two() -> None:
    one, two = (EndpointAddress(ip="10.0.0.1", target_ref=ObjectReference(kind="Pod", uid=uid)) for uid in "ab")
    (found,) = repacked([EndpointSubset(addresses=(two, one, one), ports=ports(1))])
    assert found.addresses == (one, two)


def test_a_subset_without_ports_is_kept() -> None:
    bare = EndpointSubset(addresses=addresses("10.0.0.1"))
    assert repacked([bare]) == (bare,)
    other = EndpointSubset(addresses=addresses("10.0.0.1"), ports=ports(1))
    assert repacked([bare, other]) == (other,), "of the same addresses it needs no place of its own"


def test_the_order_of_subsets_does_not_matter() -> None:
    found = repacked(
        [
            EndpointSubset(addresses=addresses("10.0.0.1"), ports=ports(1)),
            EndpointSubset(addresses=addresses("10.0.0.2"), ports=ports(2)),
        ]
    )
    assert same_subsets(found[::-1], found)
    assert not same_subsets(found[:1], found)


ips = st.sampled_from([f"10.0.0.{number}" for number in range(6)])
some = st.lists(ips, max_size=4).map(lambda found: addresses(*found))
subsets = st.builds(
    EndpointSubset,
    addresses=some,
    not_ready_addresses=some,
    ports=st.sets(st.integers(1, 4), min_size=1, max_size=3).map(lambda found: ports(*sorted(found))),
)


@given(st.lists(subsets, max_size=4))
def test_repacking_keeps_what_each_port_leads_to(found: list[EndpointSubset]) -> None:
    def leads(listed: list[EndpointSubset]) -> dict[str, dict[str, bool]]:
        told: dict[str, dict[str, bool]] = {}
        for each in listed:
            for port in each.ports:
                there = told.setdefault(port.name, {})
                for one in each.addresses:
                    there.setdefault(one.ip, True)
                for one in each.not_ready_addresses:
                    there[one.ip] = False
        return {name: there for name, there in told.items() if there}

    packed = repacked(found)
    assert leads(list(packed)) == leads(found)
    assert repacked(packed) == packed
    assert len({frozenset(each.ports) for each in packed}) == len(packed)
