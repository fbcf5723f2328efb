"""What a cluster looks like in a Linux kernel, as a value: every namespace with all that is in it.

Nothing is done here; ``linux_build`` does it.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from kdisco.dns.hostsfile import hosts_file
from kdisco.dns.resolvconf import resolv_conf
from kdisco.errors import UsageError
from kdisco.model.pod import Pod
from kdisco.net.ends import End, api_servers, end_of, nodes_by_address
from kdisco.net.fabric import Network, node_network
from kdisco.net.link import POD_DEVICE, ROUTER, hardware_address
from kdisco.net.packet import family
from kdisco.shell.linux_node import is_alone, node_space
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

    from kdisco.store.state import State

__all__ = ["CLIENTS", "MODES", "OUTSIDE", "TOOLS", "planned"]

IP = ipaddress.IPv4Network | ipaddress.IPv6Network
OUTSIDE = "outside"  # the space where nodes are plugged together and everybody else lives
CLIENTS = {4: "198.51.100.77", 6: "2001:db8:ff::77"}  # who asks from outside
MOST = 500  # namespaces: a laptop's kernel makes them in half a minute
ANY = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - all addresses of a namespace of its own
EVERYTHING = {4: "0.0.0.0/0", 6: "::/0"}
PUBLISHED = 100  # number of the routing table that leads from outside to published addresses
ANSWERS = 101  # and of the one by which answers to Pods go: nobody outside knows a way to them otherwise
TOOLS = ("ip", "bridge", "iptables-restore", "ip6tables-restore", "nft")  # the programs that it takes
MODES = ("iptables", "nftables")  # of kube-proxy, that can be loaded
PROTOCOLS = ("tcp", "udp")
CAUGHT = 80  # whatever leaves the cluster is answered on this port, outside
UNBRIDGED = (("net/bridge/bridge-nf-call-iptables", "0"), ("net/bridge/bridge-nf-call-ip6tables", "0"))


def planned(state: State) -> tuple[Space, ...]:
    """The spaces of a cluster as it stands, in the order in which they can be filled.

    Raises UsageError for a proxy mode that a kernel without modules cannot run, and for too many Pods.
    """
    if state.config.proxy.mode not in MODES:
        msg = f"kube-proxy mode {state.config.proxy.mode} is not loaded into a kernel; take iptables or nftables"
        raise UsageError(msg)
    nodes = [node.name for node in state.view.list("nodes")]
    ends = [end_of(state, f"pod/{key[0]}/{key[1]}") for key, box in state.sandboxes.items() if box.ips]
    pods = [end for end in ends if end.kind == "pod" and end.node in nodes]
    if not nodes:
        msg = "there is no node to build"
        raise UsageError(msg)
    if len(nodes) + len(pods) > MOST:
        msg = f"{len(pods)} Pods on {len(nodes)} nodes are too many: at most {MOST} of both are built"
        raise UsageError(msg)
    return (
        _outside(state, nodes, pods),
        *(node_space(state, name, pods) for name in nodes),
        *(_pod(state, end) for end in pods),
    )


def _pod(state: State, end: End) -> Space:
    box = state.sandboxes[(end.name.split("/")[1], end.name.split("/")[2])]
    pod = state.view.get("pods", box.pod)
    lines = [line for device in end.network.interfaces for line in addressed(device)]
    lines += [f"link set {device.name} up" for device in end.network.interfaces]
    lines += routed(end.network.routes.listed)
    heard = tuple(pod_listeners(state, box))
    ports = dict.fromkeys((each.port, each.protocol, each.name) for each in heard if not each.dns)
    return Space(
        name=end.name,
        addresses=box.ips,
        node=end.node,
        feeds=(batch(lines),),
        after=impatient("eth0"),
        listeners=(*heard, *(Listener("127.0.0.1", *each) for each in ports)),
        files=((RESOLV_CONF, resolv_conf(state, pod)), ("/etc/hosts", hosts_file(pod, state.config)))
        if isinstance(pod, Pod)
        else (),
    )


# Outside: the wire between the nodes, their gateway, and the whole world behind it


def _outside(state: State, nodes: list[str], pods: list[End]) -> Space:
    networks = [node_network(state, name) for name in nodes]
    wide = {net.version: net for network in networks for net in _uplinks(network)}
    taken = nodes_by_address(state)
    lines = ["link set lo up", f"link add nodes address {hardware_address(ROUTER)} type bridge", "link set nodes up"]
    for at, name in enumerate(nodes):
        own = f"address {hardware_address(name, 'eth0')}"
        lines.append(f"link add node{at} type veth peer name eth0 index {POD_DEVICE} {own} netns node/{name}")
        lines += [f"link set node{at} master nodes", f"link set node{at} up"]
    gateways = [(net.network_address + 1, net.prefixlen) for net in wide.values()]
    lines += [f"addr add {ip}/{size} dev nodes" for ip, size in gateways if str(ip) not in taken]
    for version in wide:
        lines.append(f"addr add {host(CLIENTS[version])} dev lo")
        lines.append(f"route add local {EVERYTHING[version]} dev lo table main")
    servers = [each for version in wide for each in api_servers(state, version) if each[0] not in taken]
    lines += [f"addr add {host(ip)} dev nodes" for ip, _ in servers]
    ranges = (*state.config.service_cidrs, *state.config.pod_cidrs)
    lines += [f"route add unreachable {cidr}" for cidr in ranges if family(cidr) in wide]
    lines += [*_published(state, networks), *_answered(state, nodes, pods)]
    return Space(
        name=OUTSIDE,
        addresses=tuple(CLIENTS[version] for version in wide),
        before=(*QUIET, *FORWARDING, *UNBRIDGED),
        feeds=(
            batch(lines),
            *(batch(_choosing(net), "ip", f"-{version}") for version, net in wide.items()),
            *_caught((*ranges, *(host(ip) for ip, _ in servers))),
        ),
        after=impatient("nodes"),
        listeners=(
            *(Listener(ANY[version], CAUGHT, each, OUTSIDE) for version in wide for each in PROTOCOLS),
            *(Listener(ip, port, "tcp", "kube-apiserver") for ip, port in servers),
        ),
    )


def _caught(ranges: tuple[str, ...]) -> Iterator[Feed]:
    """Whatever leaves the cluster is answered, but for what exists in the cluster only, and the API server's own."""
    for tool, version in (("iptables-restore", 4), ("ip6tables-restore", 6)):
        lines = ["*nat", *(f"-A PREROUTING -d {cidr} -j RETURN" for cidr in ranges if family(cidr) == version)]
        lines += [f"-A PREROUTING -i nodes -p {each} -j REDIRECT --to-ports {CAUGHT}" for each in PROTOCOLS]
        yield Feed((tool, "--noflush"), "\n".join([*lines, "COMMIT", ""]))


def _choosing(net: IP) -> list[str]:
    """Which routing table is asked first."""
    return [f"rule add iif lo lookup {PUBLISHED}", f"rule add from {net.network_address + 1} lookup {ANSWERS}"]


def _answered(state: State, nodes: list[str], pods: list[End]) -> Iterator[str]:
    """Routes to each node's Pods, for answers."""
    for node in (each for each in state.view.list("nodes") if each.name in nodes):
        own = node.spec.pod_cidrs or ((node.spec.pod_cidr,) if node.spec.pod_cidr else ())
        alone = [end for end in pods if end.node == node.name and is_alone(end)]
        ips = [host(text.partition("/")[0]) for end in alone for text in end.network.interfaces[-1].addresses]
        for cidr in (*own, *ips):
            if hop := node_network(state, node.name).uplink(family(cidr)):
                yield f"route add {cidr} via {hop} table {ANSWERS}"


def _uplinks(network: Network) -> Iterator[IP]:
    """The networks that a node's eth0 is on."""
    device = network.device("eth0")
    for text in device.addresses if device else ():
        yield ipaddress.ip_interface(text).network


def _published(state: State, networks: list[Network]) -> Iterator[str]:
    """Routes from outside, and from nowhere else, to external and balancers' addresses: by any node."""
    taken = nodes_by_address(state)
    found: dict[str, None] = {}
    for service in state.view.list("services"):
        balanced = tuple(each.ip for each in service.status.load_balancer.ingress if each.ip)
        found |= dict.fromkeys((*service.spec.external_ips, *balanced))
    for ip in found:
        hops = [hop for network in networks if (hop := network.uplink(family(ip)))]
        if hops and ip not in taken:
            yield f"route add {host(ip)} table {PUBLISHED} {' '.join(f'nexthop via {hop}' for hop in hops)}"
