"""Hardware addresses and names of devices."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from kdisco.net.link import hardware_address, link_local, veth_name


@given(st.lists(st.text(max_size=9), max_size=3))
def test_a_hardware_address_is_of_one_device_and_nobody_bought_it(names: list[str]) -> None:
    mac = hardware_address(*names)
    assert re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", mac)
    assert int(mac[:2], 16) & 0b11 == 0b10
    assert hardware_address(*names) == mac


def test_devices_differ() -> None:
    owners = [(f"node-{at}", device) for at in range(200) for device in ("eth0", "cni0", "flannel.1")]
    assert len({hardware_address(*owner) for owner in owners}) == len(owners)


def test_a_device_gives_itself_an_address() -> None:
    assert link_local("52:54:00:00:00:0b") == "fe80::5054:ff:fe00:b"
    assert link_local("02:00:00:00:00:03") == "fe80::ff:fe00:3"


def test_a_cables_name_fits_into_the_kernels_fifteen_letters() -> None:
    names = {veth_name(f"pod/default/web-{at}") for at in range(500)}
    assert len(names) == 500
    assert all(re.fullmatch(r"veth[0-9a-f]{8}", name) for name in names)
