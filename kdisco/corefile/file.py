"""A Corefile as CoreDNS understands it: server blocks with their plugins and options, and the text of a DnsConfig.

The order of directives in the file does not matter; ``PLUGINS`` is the order in which plugins are asked.
Upstream: coredns plugin.cfg, core/dnsserver/register.go; kubeadm pkg/.../addons/dns/manifests.go.
"""

from __future__ import annotations

from functools import lru_cache

from attrs import field, frozen

from kdisco.config import DnsConfig
from kdisco.corefile.caddyfile import CorefileError, blocks
from kdisco.corefile.directives import KNOWN, understood
from kdisco.corefile.options import Options
from kdisco.model.domain import labels_of

__all__ = ["PLUGINS", "Block", "Corefile", "CorefileError", "corefile_of", "parse", "text_of"]

PLUGINS = ("loadbalance", "autopath", "cache", "transfer", "kubernetes", "forward")  # those that change answers
DNS_PORT = 53


@frozen(kw_only=True)
class Block:
    """One server block: the zones (labels) and ports that it serves, the plugins that it names, and their options.

    ``chain`` are those of the plugins that change answers, in the order in which they are asked.
    """

    zones: tuple[tuple[str, ...], ...]
    plugins: tuple[str, ...]
    options: Options
    ports: tuple[int, ...] = (DNS_PORT,)
    chain: tuple[str, ...] = field(init=False)

    @chain.default
    def _in_order(self) -> tuple[str, ...]:
        return tuple(name for name in PLUGINS if name in self.plugins)


@frozen(kw_only=True)
class Corefile:
    """What a CoreDNS runs with: ``text`` is the file, ``only`` the one block that serves all names, if one does."""

    text: str
    blocks: tuple[Block, ...]
    only: Block | None = field(init=False, repr=False)

    @only.default
    def _serves_all(self) -> Block | None:
        return self.blocks[0] if len(self.blocks) == 1 and self.blocks[0].zones == ((),) else None

    @property
    def reload(self) -> tuple[float, float] | None:
        """Seconds between two looks at the file and their jitter; None without the plugin."""
        return next((block.options.reload for block in self.blocks if "reload" in block.plugins), None)

    @property
    def every_class(self) -> bool:
        """Whether questions of other classes than IN are let in at all: these plugins open the door to them."""
        return any(name in block.plugins for block in self.blocks for name in ("forward", "chaos"))

    @property
    def ports(self) -> tuple[int, ...]:
        """Where DNS is served."""
        return tuple(sorted({port for block in self.blocks for port in block.ports}))

    @property
    def forwards_to_the_node(self) -> bool:
        """Whether names of any kind go to the servers in CoreDNS's own resolv.conf."""
        rules = (rule for block in self.blocks for rule in block.options.forward)
        return any(not rule.zone and "/etc/resolv.conf" in rule.to for rule in rules)

    @property
    def lameduck(self) -> float:
        """Seconds that a stopping CoreDNS answers on."""
        return max((block.options.lameduck for block in self.blocks), default=0.0)

    def block(self, labels: tuple[str, ...], *, parent: bool = False) -> Block | None:
        """The block that serves a name (labels in lower case): of those that do, the one with the longest zone.

        With ``parent``, as for type DS, the one with the shortest: it may serve the parent zone, where DS stands.
        The root's block comes last all the same.
        """
        found = [
            (len(zone), block)
            for block in self.blocks
            for zone in block.zones
            if len(zone) <= len(labels) and labels[len(labels) - len(zone) :] == zone
        ]
        sign = -1 if parent else 1
        return max(found, key=lambda pair: (pair[0] > 0, sign * pair[0]))[1] if found else None

    def __str__(self) -> str:
        """The file."""
        return self.text


@lru_cache(maxsize=64)
def parse(text: str) -> Corefile:
    """A Corefile; raises CorefileError in CoreDNS's words, with the line where it knows one."""
    found = [
        Block(
            zones=tuple(labels_of(zone) for zone, _ in block.addresses),
            ports=tuple(int(port) if port.isdecimal() else DNS_PORT for _, port in block.addresses),
            plugins=tuple(dict.fromkeys(each.name.text for each in block.directives)),
            options=understood(block),
        )
        for block in blocks(text, KNOWN)
    ]
    if not found:
        msg = "no server block"
        raise CorefileError(msg)
    return Corefile(text=text, blocks=tuple(found))


@lru_cache(maxsize=64)
def corefile_of(options: DnsConfig) -> Corefile:
    """The Corefile that has these options."""
    return parse(text_of(options))


def text_of(options: DnsConfig) -> str:
    """The Corefile that kubeadm would write, with these options in their places."""
    zone = options.zone.rstrip(".") or "."
    inside = {
        f"pods {options.pods}": True,
        f"namespaces {' '.join(options.namespaces)}": options.namespaces,
        "endpoint_pod_names": options.endpoint_pod_names,
        "ignore empty_service": options.ignore_empty_service,
        "zonal": options.zonal,
        f"fallthrough {' '.join(options.fallthrough)}": options.fallthrough,
        f"ttl {options.ttl}": True,
    }
    off = " ".join(options.cache_disable)
    caching = (f"disable success {off}", f"disable denial {off}") if off else ()
    lines = [
        "errors",
        *_braces("health", ("lameduck 5s",)),
        "ready",
        *(["autopath @kubernetes"] if options.autopath else []),
        *_braces(f"kubernetes {zone} in-addr.arpa ip6.arpa", [line for line, there in inside.items() if there]),
        *(_braces("transfer", ("to *",)) if options.transfer else []),
        "prometheus :9153",
        *_braces("forward . /etc/resolv.conf", ("max_concurrent 1000",)),
        *(_braces(f"cache {options.cache}", caching) if options.cache else []),
        "loop",
        "reload",
        "loadbalance",
    ]
    return "".join(f"{line}\n" for line in (f".:{DNS_PORT} {{", *(f"    {line}" for line in lines), "}"))


def _braces(head: str, properties: list[str] | tuple[str, ...]) -> list[str]:
    return [f"{head} {{", *(f"   {each}" for each in properties), "}"] if properties else [head]
