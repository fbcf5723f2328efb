"""What a cluster is made with: its size, its ranges, its DNS and its proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from attrs import evolve, field, fields, frozen

from kdisco.errors import UsageError

__all__ = ["ClusterConfig", "DnsConfig", "ProxyConfig", "configured"]

PROXY_MODES = ("iptables", "nftables", "ipvs")
BACKENDS = ("vxlan", "host-gw")
DETECT_LOCAL = ("ClusterCIDR", "NodeCIDR", "none")
POD_MODES = ("disabled", "insecure", "verified")
MAX_TTL = 3600
LEAST_ADDRESSES, ADDON_ADDRESSES = 8, 16  # kube-apiserver's own limit; kube-dns has the tenth address
DNS_OFFSET = 10


def _one_of(choices: tuple[str, ...]) -> Any:
    def check(_owner: object, attribute: Any, value: object) -> None:
        if value not in choices:
            msg = f"{attribute.name}: {value!r} is not one of {', '.join(choices)}"
            raise UsageError(msg)

    return check


def _cidrs(_owner: object, attribute: Any, value: object) -> None:
    families = []
    for part in str(value).split(","):
        try:
            families.append(ipaddress.ip_network(part.strip()).version)
        except ValueError as problem:
            msg = f"{attribute.name}: {problem}; write it as 10.244.0.0/16, two families with a comma between"
            raise UsageError(msg) from None
    if len(set(families)) < len(families):
        msg = f"{attribute.name}: {value!r} has more than one range of a family"
        raise UsageError(msg)


def _no_cidrs(owner: object, attribute: Any, value: object) -> None:
    """Ranges, or none at all."""
    if value not in (None, ""):
        _cidrs(owner, attribute, value)


def _is(*kinds: type | None) -> Any:
    """A value of one of these types; None stands for None."""

    def check(_owner: object, attribute: Any, value: object) -> None:
        if (None if value is None else type(value)) not in kinds:
            names = " or ".join("None" if kind is None else kind.__name__ for kind in kinds)
            msg = f"{attribute.name}: {value!r} is not of type {names}"
            raise UsageError(msg)

    return check


def _listed(_owner: object, attribute: Any, value: object) -> None:
    if value is not None and not (isinstance(value, tuple) and all(isinstance(item, str) for item in value)):
        msg = f"{attribute.name}: {value!r} is not a text or a tuple of texts"
        raise UsageError(msg)


def _between(low: int, high: int) -> Any:
    def check(_owner: object, attribute: Any, value: object) -> None:
        if type(value) is not int or not low <= value <= high:
            msg = f"{attribute.name}: {value!r} is not a whole number from {low} to {high}"
            raise UsageError(msg)

    return check


def _texts(value: Any) -> Any:
    """One text as a tuple of one, a list as a tuple; what is neither is left to the check."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Iterable) else value


@frozen(kw_only=True)
class DnsConfig:
    """What the Corefile says when a cluster begins; later the ConfigMap kube-system/coredns says it.

    TTLs and ``cache`` in seconds (cache 0: off); in the zones ``cache_disable`` answers are not kept.
    ``autopath`` works with ``pods`` verified; ``transfer`` lets everybody have the zone. Not in the file:
    ``synced`` (whether CoreDNS could list all objects), ``local_ips`` (its own addresses, where no Pod has
    them), ``autopath_search`` (its own search list, None for that of the node).
    """

    zone: str = field(default="cluster.local", validator=_is(str))
    ttl: int = field(default=30, validator=_between(0, MAX_TTL))
    pods: str = field(default="insecure", validator=_one_of(POD_MODES))
    fallthrough: tuple[str, ...] = field(default=("in-addr.arpa", "ip6.arpa"), converter=_texts, validator=_listed)
    namespaces: tuple[str, ...] = field(default=(), converter=_texts, validator=_listed)
    ignore_empty_service: bool = field(default=False, validator=_is(bool))
    endpoint_pod_names: bool = field(default=False, validator=_is(bool))
    zonal: bool = field(default=False, validator=_is(bool))
    autopath: bool = field(default=False, validator=_is(bool))
    cache: int = field(default=0, validator=_between(0, MAX_TTL))
    cache_disable: tuple[str, ...] = field(default=(), converter=_texts, validator=_listed)
    synced: bool = field(default=True, validator=_is(bool))
    local_ips: tuple[str, ...] = field(default=(), converter=_texts, validator=_listed)
    transfer: bool = field(default=False, validator=_is(bool))
    autopath_search: tuple[str, ...] | None = field(default=None, converter=_texts, validator=_listed)


@frozen(kw_only=True)
class ProxyConfig:
    """kube-proxy's flags. ``cluster_cidr`` None: the cluster's Pod CIDR; "": none.

    ``detect_local`` is how Pods are told from others: by the cluster's range, by the node's own, or not at all.
    ``conntrack_max`` is how many connections a node can track (--conntrack-min: nf_conntrack_max).
    """

    mode: str = field(default="iptables", validator=_one_of(PROXY_MODES))
    cluster_cidr: str | None = field(default=None, validator=_no_cidrs)
    detect_local: str = field(default="ClusterCIDR", validator=_one_of(DETECT_LOCAL))
    masquerade_all: bool = field(default=False, validator=_is(bool))
    nodeport_addresses: tuple[str, ...] = field(default=(), converter=_texts, validator=_listed)
    localhost_nodeports: bool = field(default=True, validator=_is(bool))
    tcp_liberal: bool = field(default=False, validator=_is(bool))
    service_cidrs: tuple[str, ...] | None = field(default=(), converter=_texts, validator=_listed)
    conntrack_max: int = field(default=131072, validator=_between(1, 2**31 - 1))


@frozen(kw_only=True)
class ClusterConfig:
    """A cluster before it lives. CIDRs are comma lists, one a family; the first family is the default one.

    ``backend`` is how packets go from node to node: flannel's vxlan (wrapped) or host-gw (by a route).
    ``upstream`` are all records that the node's resolvers know, as lines of a zone file; None: they do not answer.
    """

    nodes: int = field(default=3, validator=_between(0, 5000))
    kubernetes_version: str = field(default="v1.36.0", validator=_is(str))
    pod_cidr: str = field(default="10.244.0.0/16", validator=_cidrs)
    service_cidr: str = field(default="10.96.0.0/12", validator=_cidrs)
    backend: str = field(default="vxlan", validator=_one_of(BACKENDS))
    addons: bool = field(default=True, validator=_is(bool))
    kubelets: bool = field(default=True, validator=_is(bool))
    dns: DnsConfig = field(factory=DnsConfig, validator=_is(DnsConfig))
    proxy: ProxyConfig = field(factory=ProxyConfig, validator=_is(ProxyConfig))
    upstream: tuple[str, ...] | None = field(default=(), converter=_texts, validator=_listed)
    node_resolv_conf: str | None = field(default="nameserver 192.0.2.53\n", validator=_is(str, None))
    cluster_dns: tuple[str, ...] | None = field(default=None, converter=_texts, validator=_listed)
    cluster_domain: str | None = field(default=None, validator=_is(str, None))
    seed: int = field(default=1, validator=_is(int))

    def __attrs_post_init__(self) -> None:
        """Refuse a Service range that is too small: for a cluster at all, or for kube-dns to have its address."""
        least = ADDON_ADDRESSES if self.addons else LEAST_ADDRESSES
        for text in self.service_cidrs:
            if ipaddress.ip_network(text).num_addresses < least:
                msg = f"service_cidr: {text} has too few addresses, a cluster needs {least} at least"
                raise UsageError(msg)

    @property
    def pod_cidrs(self) -> tuple[str, ...]:
        """The Pod ranges, one a family."""
        return tuple(part.strip() for part in self.pod_cidr.split(","))

    @property
    def service_cidrs(self) -> tuple[str, ...]:
        """The Service ranges, one a family, the default family first."""
        return tuple(part.strip() for part in self.service_cidr.split(","))

    @property
    def dns_address(self) -> str:
        """The address that kubeadm gives kube-dns: the tenth of the first Service range."""
        return str(ipaddress.ip_network(self.service_cidrs[0])[DNS_OFFSET])

    @property
    def domain(self) -> str:
        """The cluster domain that kubelets write into resolv.conf: as given, else the zone; "" for none."""
        return self.dns.zone.rstrip(".") if self.cluster_domain is None else self.cluster_domain


def configured(base: ClusterConfig | None = None, **settings: Any) -> ClusterConfig:
    """A config with these settings; raises UsageError that names an unknown keyword and what there is."""
    known = [entry.name for entry in fields(ClusterConfig)]
    for name in settings:
        if name not in known:
            msg = f"{name}: no such setting of a cluster; there are {', '.join(known)}"
            raise UsageError(msg)
    return evolve(base or ClusterConfig(), **settings)
