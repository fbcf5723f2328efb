"""The packet around a packet: VXLAN as flannel sets it up, Ethernet in UDP from node to node.

Upstream: flannel pkg/backend/vxlan (VNI 1, port 8472, one neighbour and one FDB entry a node), RFC 7348,
Linux udp_flow_src_port.
"""

from __future__ import annotations

from zlib import crc32

from attrs import frozen

from kdisco.net.link import hardware_address
from kdisco.net.packet import Packet, target

__all__ = ["DEVICE", "HEADERS", "MTU", "PORT", "VNI", "Outer", "wrapped"]

VNI, PORT = 1, 8472
DEVICE = {4: "flannel.1", 6: "flannel-v6.1"}  # by the family of what travels inside, and outside
MTU = 1450  # of what travels inside
HEADERS = {4: 50, 6: 70}  # bytes around it: IP, UDP, VXLAN and the inner Ethernet header
FIRST_PORT, PORTS = 32768, 28232  # net.ipv4.ip_local_port_range


@frozen(kw_only=True)
class Outer:
    """The headers around a packet. ``ethernet`` and ``inner_ethernet`` are (from, to) hardware addresses."""

    source: str
    sport: int
    destination: str
    ethernet: tuple[str, str]
    inner_ethernet: tuple[str, str]
    dport: int = PORT
    vni: int = VNI

    def __str__(self) -> str:
        ends = f"{target(self.source, self.sport)} > {target(self.destination, self.dport)} udp"
        (left, arrives), (first, last) = self.ethernet, self.inner_ethernet
        return f"{left} > {arrives}, {ends}, VXLAN vni {self.vni}, {first} > {last}"


def wrapped(packet: Packet, node: str, address: str, other: str, other_address: str) -> Outer:
    """A packet from one node to another, each with its name and address: flows differ in their source port."""
    ends = f"{packet.source} {packet.sport} {packet.destination} {packet.dport} {packet.protocol}"
    device = DEVICE[packet.family]
    return Outer(
        source=address,
        sport=FIRST_PORT + crc32(ends.encode()) % PORTS,
        destination=other_address,
        ethernet=(hardware_address(node, "eth0"), hardware_address(other, "eth0")),
        inner_ethernet=(hardware_address(node, device), hardware_address(other, device)),
    )
