"""Commands on a node that mend its machine: what ``kubectl debug node/...`` runs there, as far as faults need it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from kdisco.errors import UsageError
from kdisco.faults.hand import operate
from kdisco.net.ends import nodes_by_address
from kdisco.net.lost import host
from kdisco.store.host import Host

if TYPE_CHECKING:
    from kdisco.cluster import Cluster

__all__ = ["knows", "run_on_node"]

SYSCTL = re.compile(r"sysctl -w net\.netfilter\.nf_conntrack_max=(?P<most>\d+)")
IPTABLES = re.compile(r"iptables -D INPUT -p udp --dport 8472 -s (?P<ip>\S+) -j DROP")
SED = re.compile(r"sed -i s/(?P<old>[^/]+)/(?P<new>[^/]+)/ /var/lib/kubelet/config\.yaml && systemctl restart kubelet")
SYSTEMCTL = re.compile(r"systemctl restart (?P<what>kube-proxy|kubelet)")


def knows(command: Sequence[str]) -> bool:
    """Whether a command is one that mends a machine."""
    return any(pattern.fullmatch(_line(command)) for pattern in COMMANDS)


def run_on_node(cluster: Cluster, node: str, command: Sequence[str]) -> str:
    """Run a command on a node as root; gives what it prints. Raises UsageError for one that ``knows`` does not."""
    cluster.get("nodes", node)
    line = _line(command)
    for pattern, do in COMMANDS.items():
        found = pattern.fullmatch(line)
        if found is not None:
            return do(cluster, node, found)
    msg = f"node {node}: {line!r} is none of the commands that mend a machine"
    raise UsageError(msg)


def _line(command: Sequence[str]) -> str:
    """The words of a command as one line, without the way onto the host and the shell."""
    words = list(command)
    words = words[2:] if words[:2] == ["chroot", "/host"] else words
    return words[2] if words[:2] == ["sh", "-c"] and len(words) > 2 else " ".join(words)  # noqa: PLR2004 - sh -c LINE


def _set(cluster: Cluster, node: str, machine: Host) -> None:
    operate(cluster, cluster.state.hosts.merged({node: machine}))


def _sysctl(cluster: Cluster, node: str, found: re.Match[str]) -> str:
    _set(cluster, node, evolve(host(cluster.state, node), conntrack_max=int(found["most"])))
    return f"net.netfilter.nf_conntrack_max = {found['most']}\n"


def _iptables(cluster: Cluster, node: str, found: re.Match[str]) -> str:
    machine, other = host(cluster.state, node), nodes_by_address(cluster.state).get(found["ip"], "")
    if other not in machine.blocked:
        return "iptables: Bad rule (does a matching rule exist in that chain?).\n"
    _set(cluster, node, evolve(machine, blocked=machine.blocked - {other}))
    return ""


def _sed(cluster: Cluster, node: str, found: re.Match[str]) -> str:
    machine = host(cluster.state, node)
    servers = tuple(found["new"] if each == found["old"] else each for each in machine.cluster_dns or ())
    _set(cluster, node, evolve(machine, cluster_dns=servers or None))
    return ""


def _systemctl(cluster: Cluster, node: str, found: re.Match[str]) -> str:
    component = f"{found['what']}@{node}"
    if component in cluster.state.held:
        cluster.release(component)
    return ""


COMMANDS: Mapping[re.Pattern[str], Callable[[Cluster, str, re.Match[str]], str]] = {
    SYSCTL: _sysctl, IPTABLES: _iptables, SED: _sed, SYSTEMCTL: _systemctl,
}  # fmt: skip
