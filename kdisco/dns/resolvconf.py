"""A Pod's /etc/resolv.conf: what the kubelet makes of dnsPolicy, dnsConfig and the node's file.

Upstream: kubernetes pkg/kubelet/network/dns/dns.go (1.36); the runtime writes the lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.dns.names import IPV6, parse_ip
from kdisco.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kdisco.config import ClusterConfig
    from kdisco.model.pod import DNSConfig, Pod

__all__ = ["ResolvConf", "form", "parse_node_file", "resolv_conf"]

MOST_NAMESERVERS, MOST_SEARCHES = 3, 32
LONGEST_DOMAIN, LONGEST_SEARCH_LINE = 253, 2048  # characters
CLUSTER_OPTIONS = ("ndots:5",)
CLUSTER, HOST, NONE = "cluster", "host", "none"


@frozen(kw_only=True)
class ResolvConf:
    """A resolver's configuration; ``warnings`` are (reason, message) of the Events that its making caused."""

    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The file, lines in the order in which container runtimes write them."""
        lines = [f"search {' '.join(self.searches)}"] if self.searches else []
        lines += [f"nameserver {address}" for address in self.nameservers]
        lines += [f"options {' '.join(self.options)}"] if self.options else []
        return "".join(f"{line}\n" for line in lines)


def resolv_conf(pod: Pod, config: ClusterConfig, nameservers: Sequence[str], node_ips: Sequence[str] = ()) -> str:
    """The text of a Pod's /etc/resolv.conf; see ``form``."""
    return str(form(pod, config, nameservers, node_ips))


def form(pod: Pod, config: ClusterConfig, nameservers: Sequence[str], node_ips: Sequence[str] = ()) -> ResolvConf:
    """What the kubelet gives a Pod when it makes its sandbox, with the Warnings it emits.

    ``nameservers`` is the kubelet's --cluster-dns, ``node_ips`` its node's addresses.
    Raises UsageError where the node's file cannot be read, as the kubelet fails to make the sandbox.
    """
    node = ResolvConf() if config.node_resolv_conf is None else parse_node_file(config.node_resolv_conf)
    policy, warnings = _policy(pod), list[tuple[str, str]]()
    if policy == CLUSTER and not nameservers:
        policy = HOST
        warnings.append(("MissingClusterDNS", _missing(pod)))
    base = {
        CLUSTER: evolve(
            node,
            nameservers=tuple(nameservers),
            searches=_searches(pod, config.domain, node.searches),
            options=CLUSTER_OPTIONS,
        ),
        HOST: node if config.node_resolv_conf is not None else _loopback(node_ips),
        NONE: ResolvConf(),
    }[policy]
    merged = base if pod.spec.dns_config is None else _merged(base, pod.spec.dns_config)
    return _limited(merged, warnings)


def parse_node_file(text: str) -> ResolvConf:
    """The node's resolv.conf as the kubelet reads it; raises UsageError at a ``nameserver`` without an address."""
    found = ResolvConf()
    for line in text.splitlines():
        match line.split():
            case [word, *_] if word.startswith("#"):
                continue
            case ["nameserver"]:
                msg = "node_resolv_conf: nameserver list is empty"
                raise UsageError(msg)
            case ["nameserver", address, *_]:
                found = evolve(found, nameservers=(*found.nameservers, address))
            case ["search", *domains]:
                found = evolve(found, searches=tuple(each.removesuffix(".") for each in domains if each != "."))
            case ["options", *options]:
                found = evolve(found, options=_options(found.options, options))
    return found


def _policy(pod: Pod) -> str:
    table = {"None": NONE, "Default": HOST, "ClusterFirstWithHostNet": CLUSTER}
    return table.get(pod.spec.dns_policy, HOST if pod.spec.host_network else CLUSTER)


def _searches(pod: Pod, domain: str, node: tuple[str, ...]) -> tuple[str, ...]:
    own = (f"{pod.namespace}.svc.{domain}", f"svc.{domain}", domain) if domain else ()
    return _once((*own, *node))


def _loopback(node_ips: Iterable[str]) -> ResolvConf:
    """--resolv-conf="": nobody is asked but the Pod itself, once a node address."""
    families = [(parse_ip(address) or (0, ""))[0] for address in node_ips]
    servers = tuple("::1" if family == IPV6 else "127.0.0.1" for family in families)
    return ResolvConf(nameservers=servers or ("127.0.0.1",), searches=(".",))


def _merged(base: ResolvConf, own: DNSConfig) -> ResolvConf:
    options = [f"{option.name}:{option.value}" if option.value else option.name for option in own.options]
    return evolve(
        base,
        nameservers=_once((*base.nameservers, *own.nameservers)),
        searches=_once((*base.searches, *own.searches)),
        options=_options(base.options, options),
    )


def _options(base: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Options by name, the later value wins. Upstream's order is a Go map's; here the first mention's."""
    named = {option.partition(":")[0]: option for option in base}
    return tuple((named | {option.partition(":")[0]: option for option in more}).values())


def _limited(conf: ResolvConf, warnings: list[tuple[str, str]]) -> ResolvConf:
    servers = conf.nameservers[:MOST_NAMESERVERS]
    if servers != conf.nameservers:
        warnings.append(("DNSConfigForming", _exceeded("Nameserver", "nameservers", "nameserver", servers)))
    searches = tuple(each for each in conf.searches[:MOST_SEARCHES] if len(each) <= LONGEST_DOMAIN)
    while len(" ".join(searches)) > LONGEST_SEARCH_LINE:
        searches = searches[:-1]
    if searches != conf.searches:
        warnings.append(("DNSConfigForming", _exceeded("Search Line", "search paths", "search", searches)))
    return evolve(conf, nameservers=servers, searches=searches, warnings=tuple(warnings))


def _exceeded(what: str, left_out: str, line: str, kept: Iterable[str]) -> str:
    told = f"{what} limits were exceeded, some {left_out} have been omitted"
    return f"{told}, the applied {line} line is: {' '.join(kept)}"


def _missing(pod: Pod) -> str:
    return (
        f'pod: "{pod.name}_{pod.namespace}({pod.metadata.uid})". kubelet does not have ClusterDNS IP configured and '
        'cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.'
    )


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
