"""What a cluster is made with: its size, its ranges, its DNS and its proxies."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, fields, frozen

from kdisco.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ClusterConfig", "DnsConfig", "ProxyConfig", "configured"]

PROXY_MODES = ("iptables", "nftables", "ipvs")
DETECT_LOCAL = ("ClusterCIDR", "none")
POD_MODES = ("disabled", "insecure", "verified")
MAX_TTL = 3600


def _one_of(choices: tuple[str, ...]) -> Any:
    def check(_owner: object, attribute: Any, value: object) -> None:
        if value not in choices:
            msg = f"{attribute.name}: {value!r} is not one of {', '.join(choices)}"
            raise UsageError(msg)

    return check


def _cidrs(_owner: object, attribute: Any, value: object) -> None:
    for part in str(value).split(","):
        try:
            ipaddress.ip_network(part.strip())
        except ValueError as problem:
            msg = f"{attribute.name}: {problem}; write it as 10.244.0.0/16, two families with a comma between"
            raise UsageError(msg) from None


def _between(low: int, high: int) -> Any:
    def check(_owner: object, attribute: Any, value: object) -> None:
        if type(value) is not int or not low <= value <= high:
            msg = f"{attribute.name}: {value!r} is not a whole number from {low} to {high}"
            raise UsageError(msg)

    return check


def _texts(value: Iterable[str] | str | None) -> tuple[str, ...] | None:
    return value if value is None else (value,) if isinstance(value, str) else tuple(value)


@frozen(kw_only=True)
class DnsConfig:
    """The facts of the Corefile's ``kubernetes`` and ``cache`` blocks. TTLs and cache in seconds (cache 0: off)."""

    zone: str = "cluster.local"
    ttl: int = field(default=30, validator=_between(0, MAX_TTL))
    pods: str = field(default="insecure", validator=_one_of(POD_MODES))
    fallthrough: tuple[str, ...] = field(default=("in-addr.arpa", "ip6.arpa"), converter=_texts)
    namespaces: tuple[str, ...] = field(default=(), converter=_texts)
    ignore_empty_service: bool = False
    endpoint_pod_names: bool = False
    zonal: bool = False
    autopath: bool = False
    cache: int = 0
    cache_disable: tuple[str, ...] = field(default=(), converter=_texts)
    synced: bool = True
    local_ips: tuple[str, ...] = field(default=(), converter=_texts)
    transfer: bool = False


@frozen(kw_only=True)
class ProxyConfig:
    """kube-proxy's flags. ``cluster_cidr`` None: the cluster's Pod CIDR."""

    mode: str = field(default="iptables", validator=_one_of(PROXY_MODES))
    cluster_cidr: str | None = None
    detect_local: str = field(default="ClusterCIDR", validator=_one_of(DETECT_LOCAL))
    masquerade_all: bool = False
    nodeport_addresses: tuple[str, ...] = field(default=(), converter=_texts)
    localhost_nodeports: bool = True
    tcp_liberal: bool = False
    service_cidrs: tuple[str, ...] | None = field(default=(), converter=_texts)


@frozen(kw_only=True)
class ClusterConfig:
    """A cluster before it lives. CIDRs are comma lists, one a family; the first family is the default one."""

    nodes: int = field(default=3, validator=_between(0, 5000))
    kubernetes_version: str = "v1.36.0"
    pod_cidr: str = field(default="10.244.0.0/16", validator=_cidrs)
    service_cidr: str = field(default="10.96.0.0/12", validator=_cidrs)
    addons: bool = True
    kubelets: bool = True
    dns: DnsConfig = field(factory=DnsConfig)
    proxy: ProxyConfig = field(factory=ProxyConfig)
    upstream: tuple[str, ...] = field(default=(), converter=_texts)
    node_resolv_conf: str | None = "nameserver 192.0.2.53\n"
    cluster_dns: tuple[str, ...] | None = field(default=None, converter=_texts)
    cluster_domain: str | None = None
    seed: int = 1

    @property
    def pod_cidrs(self) -> tuple[str, ...]:
        """The Pod ranges, one a family."""
        return tuple(part.strip() for part in self.pod_cidr.split(","))

    @property
    def service_cidrs(self) -> tuple[str, ...]:
        """The Service ranges, one a family, the default family first."""
        return tuple(part.strip() for part in self.service_cidr.split(","))

    @property
    def domain(self) -> str:
        """The cluster domain that kubelets write into resolv.conf, without a final dot; "" for none."""
        domain = self.dns.zone if self.cluster_domain is None else self.cluster_domain
        return domain.rstrip(".")


def configured(base: ClusterConfig | None = None, **settings: Any) -> ClusterConfig:
    """A config with these settings; raises UsageError that names an unknown keyword and what there is."""
    known = [entry.name for entry in fields(ClusterConfig)]
    for name in settings:
        if name not in known:
            msg = f"{name}: no such setting of a cluster; there are {', '.join(known)}"
            raise UsageError(msg)
    return evolve(base or ClusterConfig(), **settings)
