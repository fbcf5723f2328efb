"""The devices of a node or a Pod, with their numbers, as flannel and the CNI plugin bridge make them.

A system numbers devices as they come; here a Pod's cable has the number of the Pod's address in its node's range.
Upstream: flannel pkg/backend/vxlan, containernetworking/plugins plugins/main/bridge, pkg/ip/link_linux.go.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from attrs import field, frozen

from kdisco.net.ends import end_of, nodes_by_address
from kdisco.net.link import POD_DEVICE, hardware_address, veth_name
from kdisco.net.packet import number, span
from kdisco.net.vxlan import DEVICE, HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.net.ends import End
    from kdisco.store.state import Sandbox, State

__all__ = ["ETHERNET", "Link", "kind_of", "links", "mtu_of", "pods_on"]

ETHERNET = 1500  # bytes that a network card carries
LOOPBACK = 65536
NO_ADDRESS = "00:00:00:00:00:00"
TUNNELS = dict.fromkeys(DEVICE.values(), "vxlan")
KINDS = {"lo": "loopback", "eth0": "nic", "cni0": "bridge", "kube-ipvs0": "dummy", **TUNNELS}
FIRST = 2  # number of the first address of a Pod in its node's range


@frozen(kw_only=True)
class Link:
    """One device. ``kind`` is loopback, nic, vxlan, bridge, veth or dummy; ``mtu`` in bytes.

    ``peer`` is the number of a cable's other end, ``space`` the name of the network namespace that has it ("": the
    node's), ``master`` the bridge that it is a port of, ``pod`` (``pod/ns/name``) whose cable it is. ``idle``: a
    bridge without ports.
    """

    number: int
    name: str
    kind: str
    mtu: int
    mac: str = NO_ADDRESS
    addresses: tuple[str, ...] = field(default=())
    peer: int | None = None
    space: str = ""
    master: str = ""
    pod: str = ""
    idle: bool = False


def kind_of(device: str) -> str:
    """What a device is, by its name: on a node ``eth0`` is a network card, of a Pod it is one end of a cable."""
    return KINDS.get(device, "veth")


def mtu_of(state: State, device: str) -> int:
    """How many bytes a device carries: what travels between nodes wrapped must leave room for the wrapping."""
    if device in ("lo", "eth0", "kube-ipvs0"):
        return LOOPBACK if device == "lo" else ETHERNET
    version = next((version for version, name in DEVICE.items() if name == device), 4)
    return ETHERNET - HEADERS[version] if state.config.backend == "vxlan" else ETHERNET


def pods_on(state: State, node: str) -> dict[str, Sandbox]:
    """The Pods of a node with an address of their own, by ``pod/ns/name``."""
    shared = nodes_by_address(state)
    return {
        f"pod/{key[0]}/{key[1]}": box
        for key, box in state.sandboxes.items()
        if box.node == node and box.ips and box.ips[0] not in shared
    }


def links(state: State, where: str) -> tuple[Link, ...]:
    """The devices of ``pod/ns/name`` or ``node/name``, by number; a Pod on the host network has its node's.

    Raises UsageError when there is no such Pod or node.
    """
    end = end_of(state, where)
    return tuple(_pod_links(state, end) if end.kind == "pod" else _node_links(state, end))


def _node_links(state: State, end: End) -> Iterator[Link]:
    node, pods = end.node, pods_on(state, end.node)
    for at, device in enumerate(end.network.interfaces, 1):
        kind = kind_of(device.name)
        yield Link(
            number=at,
            name=device.name,
            kind=kind,
            mtu=mtu_of(state, device.name),
            mac=NO_ADDRESS if kind == "loopback" else hardware_address(node, device.name),
            addresses=device.addresses,
            idle=kind == "bridge" and not any(_bridged(end, box) for box in pods.values()),
        )
    found = [
        Link(
            number=_number(end, box),
            name=veth_name(name),
            kind="veth",
            mtu=mtu_of(state, "veth"),
            mac=hardware_address(name, "veth"),
            peer=POD_DEVICE,
            space=_space(box),
            master="cni0" if _bridged(end, box) else "",
            pod=name,
        )
        for name, box in pods.items()
    ]
    yield from sorted(found, key=lambda link: (link.number, link.name))


def _pod_links(state: State, end: End) -> Iterator[Link]:
    for at, device in enumerate(end.network.interfaces, 1):
        if device.name == "lo":
            yield Link(number=at, name="lo", kind="loopback", mtu=LOOPBACK, addresses=device.addresses)
            continue
        node = end_of(state, f"node/{end.node}")
        namespace, name = end.name.split("/")[1:]
        yield Link(
            number=at,
            name=device.name,
            kind="veth",
            mtu=mtu_of(state, "veth"),
            mac=hardware_address(end.name, device.name),
            addresses=device.addresses,
            peer=_number(node, state.sandboxes[namespace, name]),
        )


def _bridged(node: End, box: Sandbox) -> bool:
    """Whether a Pod is plugged into its node's bridge: its address is of the node's range."""
    return bool(_place(node, box))


def _place(node: End, box: Sandbox) -> int:
    """The number of a Pod's first address in its node's range, 0 when it is of none."""
    bridge = node.network.device("cni0")
    for text in bridge.addresses if bridge else ():
        network, mask = span(text)
        if number(box.ips[0]) & mask == network:
            return number(box.ips[0]) - network
    return 0


def _number(node: End, box: Sandbox) -> int:
    """The number of the node's end of a Pod's cable: behind the node's own devices."""
    place = _place(node, box) or number(box.ips[0]) % (1 << 16) + (1 << 8)
    return len(node.network.interfaces) + 1 + max(place - FIRST, 0)


def _space(box: Sandbox) -> str:
    """The name that the container runtime gives a Pod's network namespace."""
    word = hashlib.sha256(box.uid.encode()).hexdigest()
    return f"cni-{word[:8]}-{word[8:12]}-{word[12:16]}-{word[16:20]}-{word[20:32]}"
