"""A Pod's /etc/hosts, as the kubelet writes it when a container starts, and as a resolver reads it.

Upstream: pkg/kubelet/kubelet_pods.go (managedHostsFileContent, nodeHostsFileContent); glibc nss/nss_files,
musl src/network/lookup_name.c (name_from_hosts).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from kdisco.config import ClusterConfig
from kdisco.control.hostname import domain_of, hostname_of
from kdisco.model.address import parse_ip
from kdisco.model.pod import Pod

__all__ = ["Host", "entries", "hosts_file", "node_hosts_file"]

MANAGED = "# Kubernetes-managed hosts file.\n"
OF_THE_HOST = "# Kubernetes-managed hosts file (host network).\n"
OF_ALIASES = "\n# Entries added by HostAliases.\n"
LOCAL = (  # the IPv6 multicast names have these addresses in upstream's file
    "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"
)
NODE_LOCAL = (  # what a Debian node has
    "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"
)


@frozen
class Host:
    """One line: an address in canonical text, its canonical name first among ``names``, as written."""

    address: str
    names: tuple[str, ...]


def hosts_file(pod: Pod, config: ClusterConfig) -> str:
    """The text of a Pod's file; in the host network it is the node's own, whose name and addresses the model knows."""
    aliases = "".join(_aliases(pod))
    if pod.spec.host_network:
        return f"{OF_THE_HOST}{node_hosts_file(pod.spec.node_name, pod.addresses)}{aliases}"
    name, domain = hostname_of(pod), domain_of(pod, config)
    names = f"{name}.{domain}\t{name}" if domain else name
    own = "".join(f"{ip}\t{names}\n" for ip in pod.addresses)
    return f"{MANAGED}{LOCAL}{own}{aliases}"


def node_hosts_file(name: str, addresses: Iterable[str]) -> str:
    """The text of a node's own file."""
    return NODE_LOCAL + "".join(f"{ip}\t{name}\n" for ip in addresses)


def entries(text: str) -> tuple[Host, ...]:
    """The lines of a hosts file that name an address; comments and what is no address are passed over."""
    found = []
    for line in text.split("\n"):
        words = line.partition("#")[0].split()
        address = parse_ip(words[0]) if words else None
        if address is not None and words[1:]:
            found.append(Host(address[1], tuple(words[1:])))
    return tuple(found)


def _aliases(pod: Pod) -> Iterator[str]:
    listed = pod.spec.kept.get("hostAliases") or ()
    if listed:
        yield OF_ALIASES
    for each in listed:
        names = "\t".join(each.get("hostnames") or ())
        yield f"{each.get('ip', '')}\t{names}\n"
