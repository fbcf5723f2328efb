"""What a sync of kube-proxy takes as changed, and so writes again: of all other Services the chains stay as they are.

Upstream: pkg/proxy/servicechangetracker.go, endpointschangetracker.go, endpointslicecache.go, and
pkg/proxy/{iptables,nftables}/proxier.go (partial sync, OnServiceCIDRsChanged).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.net.backends import changed_slices, concerns
from kdisco.net.proxy import ServicePort, ports_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from kdisco.model.meta import Key
    from kdisco.net.iptables import Settings
    from kdisco.net.nft_ruleset import NftRuleset
    from kdisco.net.ruleset import Ruleset

__all__ = ["Sync", "changed", "written"]


@frozen(kw_only=True)
class Sync:
    """What kube-proxy writes to bring its rules from one state to a later one.

    ``restore`` is fed to ``iptables-restore --noflush --counters`` or ``nft -f -``; ``removal`` (nftables alone) is
    the transaction that deletes, a second later, the chains that nothing leads to any more. ``full``: everything is
    written again, because the flags or the node's own labels have changed; else ``services`` (``ns/name``) are those
    whose own chains are written.
    """

    restore: str
    removal: str = ""
    full: bool = False
    services: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.restore + self.removal


def changed(before: Ruleset | NftRuleset, after: Ruleset | NftRuleset) -> frozenset[Key] | None:
    """The Services of which kube-proxy noticed a change between two rulesets; None where it writes everything again.

    Of a Service it compares the ports that it serves; of a slice it only asks whether that is still the same object.
    """
    if before.zone != after.zone or _flags(before, after) != after.settings:
        return None
    if before.view is after.view:
        return frozenset()
    services = before.view.table("services").objects.diff(after.view.table("services").objects)
    keys: set[Key] = {key for key, *_ in services if _ports(before, key) != _ports(after, key)}
    slices = changed_slices(before.view, after.view)
    return frozenset(keys.union(each.service_key for each in slices if concerns(each, after.settings.family)))


def written(before: Ruleset | NftRuleset, after: Ruleset | NftRuleset, keys: AbstractSet[Key]) -> tuple[str, ...]:
    """Those of the Services with something to write, or to take back: of one without a ClusterIP there is nothing."""
    return tuple("/".join(key) for key in sorted(keys) if _ports(before, key) or _ports(after, key))


def _flags(before: Ruleset | NftRuleset, after: Ruleset | NftRuleset) -> Settings:
    """The flags from before, but for the ranges of ClusterIPs: of a new one no kube-proxy takes notice at once."""
    return evolve(before.settings, service_cidrs=after.settings.service_cidrs)


def _ports(rules: Ruleset | NftRuleset, key: Key) -> tuple[ServicePort, ...]:
    """The service ports that a ruleset serves of one Service."""
    service = rules.view.get("services", key)
    found = ports_of(rules.view, service, rules.node, rules.settings.family, exact=True) if service is not None else ()
    return tuple(port for port in found if port.cluster_ip)
