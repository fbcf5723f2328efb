"""Addresses and packets."""

from __future__ import annotations

import pytest

from kdisco.errors import UsageError
from kdisco.net.packet import Packet, address, as_text, asked, lenient, lenient_range, number, span


def test_a_packet_says_what_it_is() -> None:
    packet = Packet("10.0.0.1", 4000, "10.0.0.2", 80, mark=0x4000)
    assert str(packet) == "10.0.0.1:4000 > 10.0.0.2:80 tcp mark 0x4000"
    assert str(packet.answer) == "10.0.0.2:80 > 10.0.0.1:4000 tcp"
    assert str(Packet("fd00::1", 1, "fd00::2", 2)) == "[fd00::1]:1 > [fd00::2]:2 tcp"


def test_nat_changes_one_end() -> None:
    packet = Packet("10.0.0.1", 4000, "10.0.0.2", 80)
    assert packet.to("10.0.0.3", 8080).by("10.0.0.9", 5).answer == Packet("10.0.0.3", 8080, "10.0.0.9", 5)


def test_addresses_are_canonical() -> None:
    assert address("fd00:0::1") == "fd00::1"
    assert asked("10.0.0.1", 80, "TCP") == ("10.0.0.1", "tcp")
    assert span("10.1.2.3/8") == (10 << 24, 255 << 24)


def test_addresses_are_written_as_the_kernel_s_tools_do() -> None:
    written = {"10.0.0.1": 4, "fd00::1": 6, "::1": 6, "::1.2.3.4": 6, "::": 6}
    assert [as_text(number(ip), version) for ip, version in written.items()] == list(written)


def test_kube_proxy_reads_addresses_leniently() -> None:
    for text, found in {
        "010.000.0.08": "10.0.0.8", "FD00:0::001": "fd00::1", "::ffff:10.0.0.1": "10.0.0.1", "0.0.0.7": "0.0.0.7",
        "10.0.0": "", "pods.example.org": "", "": "", "fd00::00001": "",
    }.items():  # fmt: skip
        assert lenient(text) == found, text
    assert lenient_range("010.1.2.3/8") == "10.0.0.0/8"
    assert lenient_range("FD00::1/16") == "fd00::/16"
    assert [lenient_range(text) for text in ("10.0.0.1", "x/8", "10.0.0.0/33")] == [""] * 3


@pytest.mark.parametrize("arguments", [("x", 80, "tcp"), ("10.0.0.1", True, "tcp"), ("10.0.0.1", 65536, "tcp")])
def test_what_is_none(arguments: tuple[str, int, str]) -> None:
    with pytest.raises(UsageError):
        asked(*arguments)
