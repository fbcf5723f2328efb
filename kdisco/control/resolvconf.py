"""A Pod's /etc/resolv.conf: what the kubelet makes of dnsPolicy, dnsConfig and the node's file.

It is written when the Pod's sandbox is made, and never again.
Upstream: kubernetes pkg/kubelet/network/dns/dns.go (1.36); the runtime writes the lines.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from attrs import evolve, frozen

from kdisco.config import ClusterConfig
from kdisco.errors import UsageError
from kdisco.model.node import Node
from kdisco.model.pod import DNSConfig, Pod
from kdisco.store.table import View

__all__ = [
    "FORMING",
    "MISSING",
    "NO_CLUSTER_DNS",
    "ResolvConf",
    "cluster_dns",
    "form",
    "formed",
    "parse_node_file",
    "written",
]

MOST_NAMESERVERS, MOST_SEARCHES = 3, 32
LONGEST_DOMAIN, LONGEST_SEARCH_LINE = 253, 2048  # bytes
CLUSTER_OPTIONS = ("ndots:5",)
CLUSTER, HOST, NONE = "cluster", "host", "none"
POLICIES = {"None": NONE, "Default": HOST, "ClusterFirstWithHostNet": CLUSTER}
FORMING, MISSING = "DNSConfigForming", "MissingClusterDNS"  # reasons of Events
NO_CLUSTER_DNS = (
    'kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. '
    'Falling back to "Default" policy.'
)


@frozen(kw_only=True, slots=False)  # so that the text is made once
class ResolvConf:
    """A resolver's configuration; ``warnings`` are (reason, message) of the Events that its making caused."""

    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()

    @cached_property
    def text(self) -> str:
        """The file, lines in the order in which container runtimes write them."""
        lines = [f"search {' '.join(self.searches)}"] if self.searches else []
        lines += [f"nameserver {address}" for address in self.nameservers]
        lines += [f"options {' '.join(self.options)}"] if self.options else []
        return "".join(f"{line}\n" for line in lines)

    def __str__(self) -> str:
        return self.text


def formed(config: ClusterConfig, view: View, pod: Pod, node: Node | None) -> ResolvConf:
    """What the kubelet of a node gives a Pod, by what it has seen; see ``form``."""
    return form(pod, config, cluster_dns(config, view), node.internal_ips if node is not None else ())


def written(config: ClusterConfig, view: View, pod: Pod) -> str | None:
    """The text that a Pod's node must have written if things were as they are; None where it cannot be."""
    try:
        return formed(config, view, pod, view.get("nodes", ("", pod.spec.node_name))).text
    except UsageError:
        return None


def cluster_dns(config: ClusterConfig, view: View) -> tuple[str, ...]:
    """The kubelet's --cluster-dns as configured, leaving out what is no address; else kubeadm's, whatever is there.

    In a cluster without add-ons, as of a dump, whose flag nobody knows: the addresses of Service kube-dns.
    """
    if config.cluster_dns is not None:
        return tuple(_addresses(config.cluster_dns))
    if config.addons:
        return (config.dns_address,)
    service = view.get("services", ("kube-system", "kube-dns"))
    return service.virtual_ips if service is not None else ()


def form(pod: Pod, config: ClusterConfig, nameservers: Sequence[str], node_ips: Sequence[str] = ()) -> ResolvConf:
    """What the kubelet gives a Pod when it makes its sandbox, with the Warnings it emits about the Pod.

    ``nameservers`` is the kubelet's --cluster-dns, ``node_ips`` its node's addresses.
    Raises UsageError where the node's file cannot be read, as the kubelet fails to make the sandbox.
    """
    policy = POLICIES.get(pod.spec.dns_policy, HOST if pod.spec.host_network else CLUSTER)
    missing = policy == CLUSTER and not nameservers
    local = _loopback(node_ips) if config.node_resolv_conf is None else ()
    found = _formed(
        HOST if missing else policy,
        pod.namespace,
        pod.spec.dns_config,
        tuple(nameservers),
        config.domain,
        config.node_resolv_conf,
        local,
    )
    if not missing:
        return found
    who = f'pod: "{pod.name}_{pod.namespace}({pod.metadata.uid})". '
    return evolve(found, warnings=((MISSING, who + NO_CLUSTER_DNS), *found.warnings))


@lru_cache(maxsize=1024)  # Pods of a namespace have the same file
def _formed(
    policy: str,
    namespace: str,
    own: DNSConfig | None,
    nameservers: tuple[str, ...],
    domain: str,
    node_file: str | None,
    local: tuple[str, ...],
) -> ResolvConf:
    """The file by a policy; without a node's file ``local`` are the servers of those who would have it."""
    node = ResolvConf() if node_file is None else parse_node_file(node_file)
    if policy == CLUSTER:
        searches = _searches(namespace, domain, node.searches)
        base = ResolvConf(nameservers=nameservers, searches=searches, options=CLUSTER_OPTIONS)
    elif policy == NONE:
        base = ResolvConf()
    else:
        base = node if node_file is not None else ResolvConf(nameservers=local, searches=(".",))
    return _limited(base if own is None else _merged(base, own))


def parse_node_file(text: str) -> ResolvConf:
    """The node's resolv.conf as the kubelet reads it; raises UsageError at a ``nameserver`` without an address."""
    found = ResolvConf()
    for line in text.split("\n"):
        match line.split():
            case ["nameserver"]:
                msg = "node_resolv_conf: nameserver list is empty"
                raise UsageError(msg)
            case ["nameserver", address, *_]:
                found = evolve(found, nameservers=(*found.nameservers, address))
            case ["search", *domains]:
                found = evolve(found, searches=tuple(each.removesuffix(".") for each in domains if each != "."))
            case ["options", *options]:
                named = {each.partition(":")[0]: each for each in (*found.options, *options)}
                found = evolve(found, options=tuple(named.values()))
    return found


def _searches(namespace: str, domain: str, node: tuple[str, ...]) -> tuple[str, ...]:
    return _once((f"{namespace}.svc.{domain}", f"svc.{domain}", domain, *node)) if domain else node


def _loopback(node_ips: Iterable[str]) -> tuple[str, ...]:
    """--resolv-conf="": nobody is asked but the Pod itself, as a node address, one a family."""
    return _once("::1" if ":" in address else "127.0.0.1" for address in _addresses(node_ips)) or ("127.0.0.1",)


def _addresses(texts: Iterable[str]) -> Iterator[str]:
    """Addresses as Go writes them; what is none is left out."""
    for text in texts:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        yield str(getattr(address, "ipv4_mapped", None) or address)


def _merged(base: ResolvConf, own: DNSConfig) -> ResolvConf:
    """With what the Pod adds. Upstream's order of options is then a Go map's; here the first mention's."""
    options = dict(_option(each) for each in base.options)
    options |= {each.name: each.value or "" for each in own.options}
    return evolve(
        base,
        nameservers=_once((*base.nameservers, *own.nameservers)),
        searches=_once((*base.searches, *own.searches)),
        options=tuple(f"{name}:{value}" if value else name for name, value in options.items()),
    )


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name, value


def _limited(conf: ResolvConf) -> ResolvConf:
    warnings = []
    servers = conf.nameservers[:MOST_NAMESERVERS]
    if servers != conf.nameservers:
        warnings.append((FORMING, _exceeded("Nameserver", "nameservers", "nameserver", servers)))
    searches = tuple(each for each in conf.searches[:MOST_SEARCHES] if len(each.encode()) <= LONGEST_DOMAIN)
    while len(" ".join(searches).encode()) > LONGEST_SEARCH_LINE:
        searches = searches[:-1]
    if searches != conf.searches:
        warnings.append((FORMING, _exceeded("Search Line", "search paths", "search", searches)))
    return evolve(conf, nameservers=servers, searches=searches, warnings=tuple(warnings))


def _exceeded(what: str, left_out: str, line: str, kept: Iterable[str]) -> str:
    told = f"{what} limits were exceeded, some {left_out} have been omitted"
    return f"{told}, the applied {line} line is: {' '.join(kept)}"


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
