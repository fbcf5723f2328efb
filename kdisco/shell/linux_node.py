"""A node in a Linux kernel: its bridge, its VXLAN device, its routes, and kube-proxy's rules to the letter.

Devices, addresses and routes are those of ``net/fabric``, the rules those of ``net/text``: the same values that a
traced packet meets. Upstream: flannel pkg/backend/vxlan; pkg/proxy/iptables/proxier.go (what it sets in /proc/sys).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from kdisco.net.conntrack import TIMEOUTS
from kdisco.net.devices import links
from kdisco.net.ends import KUBELET, End, at_address, end_of, listening, nodes_by_address
from kdisco.net.fabric import Network, is_local, node_network
from kdisco.net.fates import ruleset
from kdisco.net.health import KUBE_PROXY, checked
from kdisco.net.link import hardware_address, veth_name
from kdisco.net.masquerade import masquerade_text
from kdisco.net.packet import family
from kdisco.net.policy_text import policy_text
from kdisco.net.proxy import ports_of
from kdisco.net.text import rules
from kdisco.net.vxlan import DEVICE, PORT, VNI
from kdisco.shell.linux_space import (
    FORWARDING,
    QUIET,
    RESOLV_CONF,
    Feed,
    Listener,
    Space,
    addressed,
    batch,
    host,
    impatient,
    pod_listeners,
    routed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.net.rule import Rules
    from kdisco.shell.linux_space import Settings
    from kdisco.store.state import State

__all__ = ["is_alone", "loading", "node_space", "proxied"]

BRIDGED = (("net/bridge/bridge-nf-call-iptables", "1"), ("net/bridge/bridge-nf-call-ip6tables", "1"))


def node_space(state: State, name: str, pods: list[End]) -> Space:
    """A node with its own Pods of ``pods``, which are all that have an address of their own."""
    network, mine = node_network(state, name), [end for end in pods if end.node == name]
    lines = [*_devices(state, name, network)]
    lines += [line for device in network.interfaces for line in addressed(device)]
    lines += [f"link set {device.name} up" for device in network.interfaces]
    lines += routed(route for route in network.routes.listed if not is_local(network, route.via or "::"))
    lines += _astray(state, name, network, pods)
    neighbours, fdb = _overlay(state, name, network)
    uplink = network.device("eth0")
    alone = [veth_name(end.name) for end in mine if is_alone(end)]
    return Space(
        name=f"node/{name}",
        addresses=tuple(text.partition("/")[0] for text in uplink.addresses) if uplink else (),
        before=(*QUIET, *FORWARDING, *BRIDGED),
        feeds=(
            batch([*lines, *neighbours]),
            *([batch(fdb, "bridge")] if fdb else []),
            *(feed for version in (4, 6) for feed in loading(rules(state, name, family=version), version, state)),
            *(feed for version in (4, 6) for feed in _flanneld(state, name, version)),
            *_guarded(state, name),
        ),
        after=(
            *impatient("eth0", "cni0", *alone),
            *(each for device in alone for each in _answering(device)),
            *proxied(state, name),  # not before: the rules bring conntrack with them
        ),
        listeners=tuple(_listeners(state, name, network)),
        files=((RESOLV_CONF, state.config.node_resolv_conf or ""),),
    )


def is_alone(end: End) -> bool:
    """Whether a Pod's addresses lie in no range of its node: it has a link of its own, not a port of the bridge."""
    return not any(route.source for route in end.network.routes.listed)


def _answering(device: str) -> Settings:
    """The node answers for everybody on a Pod's own link, at once."""
    return (f"net/ipv4/conf/{device}/proxy_arp", "1"), (f"net/ipv4/neigh/{device}/proxy_delay", "0")


def loading(text: Rules, version: int, state: State) -> Iterator[Feed]:
    """How the rules of one family are loaded."""
    if state.config.proxy.mode == "nftables":
        yield Feed(("nft", "-f", "-"), text.restore)
        return
    tool = "iptables-restore" if version == 4 else "ip6tables-restore"  # noqa: PLR2004 - the IP version
    yield Feed((tool, "--noflush"), text.jumps)
    yield Feed((tool, "--noflush", "--counters"), text.restore)


def _flanneld(state: State, name: str, version: int) -> Iterator[Feed]:
    """The Pod network's own rules, which come with iptables in either mode."""
    text = masquerade_text(state, name, version)
    if text:
        yield Feed(("iptables-restore" if version == 4 else "ip6tables-restore", "--noflush"), text)  # noqa: PLR2004 - the IP version


def _guarded(state: State, name: str) -> Iterator[Feed]:
    """The NetworkPolicies of the node's Pods, which the Pod network enforces: kube-proxy knows of none."""
    text = policy_text(state, name)
    if text:
        yield Feed(("nft", "-f", "-"), text)


def proxied(state: State, name: str) -> Iterator[tuple[str, str]]:
    """What a node's kube-proxy sets in /proc/sys."""
    flags = state.config.proxy
    yield "net/netfilter/nf_conntrack_tcp_timeout_established", f"{TIMEOUTS['tcp', 'ESTABLISHED']:.0f}"
    if flags.mode == "iptables" and ruleset(state, name).settings.localhost:
        yield "net/ipv4/conf/all/route_localnet", "1"
    if flags.tcp_liberal:
        yield "net/netfilter/nf_conntrack_tcp_be_liberal", "1"


def _devices(state: State, name: str, network: Network) -> Iterator[str]:
    """The node's devices but its network card, which it is plugged in with, and its Pods' cables."""
    yield "link set lo up"
    for link in links(state, f"node/{name}"):
        own = f"index {link.number} address {link.mac} mtu {link.mtu}"
        if link.kind == "bridge":
            yield f"link add {link.name} {own} type bridge"
        elif link.kind == "vxlan":
            local = network.uplink(next(version for version, device in DEVICE.items() if device == link.name))
            yield f"link add {link.name} {own} type vxlan id {VNI} local {local} dev eth0 dstport {PORT} nolearning"
        elif link.pod:
            peer = f"peer name eth0 index {link.peer} address {hardware_address(link.pod, 'eth0')} mtu {link.mtu}"
            yield f"link add {link.name} {own} type veth {peer} netns {link.pod}"
            if link.master:
                yield f"link set {link.name} master {link.master}"
                yield f"link set {link.name} type bridge_slave hairpin on"  # as flannel has it: a Pod reaches itself
            yield f"link set {link.name} up"


def _astray(state: State, name: str, network: Network, pods: list[End]) -> Iterator[str]:
    """Routes to Pods that no other route of a node is for, as routed networks give them."""
    for end in pods:
        there = node_network(state, end.node)
        for ip in (text.partition("/")[0] for text in end.network.interfaces[-1].addresses):
            route = network.routes.lookup(ip)
            if route is not None and not route.destination.endswith("/0"):
                continue
            if end.node == name:
                yield f"route add {host(ip)} dev {veth_name(end.name)}"
            elif (gateway := there.uplink(family(ip))) and network.device("eth0"):
                yield f"route add {host(ip)} via {gateway}"


def _overlay(state: State, name: str, network: Network) -> tuple[list[str], list[str]]:
    """Who is behind flannel.1: neighbours for ``ip``, and for ``bridge`` the node to send to. Nothing is learned."""
    neighbours: list[str] = []
    fdb: list[str] = []
    others = [node.name for node in state.view.list("nodes") if node.name != name]
    for other, (version, device) in product(others, DEVICE.items()):
        there, mac = node_network(state, other), hardware_address(other, device)
        tunnel, uplink = there.device(device), there.uplink(version)
        if network.device(device) and tunnel and uplink:
            fdb.append(f"fdb append {mac} dev {device} dst {uplink}")
            neighbours.append(f"neigh replace {tunnel.address(version)} lladdr {mac} dev {device} nud permanent")
    return neighbours, fdb


def _listeners(state: State, name: str, network: Network) -> Iterator[Listener]:
    """Pods on the host network, the kubelet, kube-proxy, the API server; of two that want a port the first has it."""
    shared = nodes_by_address(state)
    boxes = [box for box in state.sandboxes.values() if box.node == name and any(ip in shared for ip in box.ips)]
    wanted = [found for box in boxes for found in pod_listeners(state, box)]
    own = [text.partition("/")[0] for device in network.interfaces for text in device.addresses]
    wanted += [Listener(ip, KUBELET[0], KUBELET[1].lower(), "kubelet") for ip in own]
    wanted += _health_checks(state, name, own)
    wanted += _apiserver(state, name)
    yield from {(each.address, each.port, each.protocol): each for each in reversed(wanted)}.values()


def _health_checks(state: State, name: str, own: list[str]) -> Iterator[Listener]:
    """kube-proxy, for load balancers that ask whether the node has Pods of a Service."""
    ports = {each.spec.health_check_node_port for each in state.view.list("services")} - {0}
    for ip, port in product(own, sorted(ports)):
        if checked(state, name, ip, port):
            yield Listener(ip, port, "tcp", KUBE_PROXY)


def _apiserver(state: State, name: str) -> Iterator[Listener]:
    """The API server where Service default/kubernetes leads to this node."""
    service = state.view.get("services", ("default", "kubernetes"))
    for version in (4, 6) if service else ():
        for port in ports_of(state.view, service, "", version):
            for end in port.endpoints:
                there = at_address(state, end.address)
                if there is not None and there.kind == "process" and there.node == name:
                    heard = listening(state, end_of(state, f"node/{name}"), end.address, end.port, "tcp")
                    yield Listener(end.address, end.port, "tcp", heard)
