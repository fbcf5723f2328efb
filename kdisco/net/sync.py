"""What a sync of kube-proxy takes as changed, and so writes again: of all other Services the chains stay as they are.

Upstream: pkg/proxy/servicechangetracker.go, endpointschangetracker.go, pkg/proxy/iptables/proxier.go (partial sync).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.proxy import ServicePort, ports_of

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.net.nft_ruleset import NftRuleset
    from kdisco.net.ruleset import Ruleset

__all__ = ["Sync", "changed"]


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
    """The Services of which kube-proxy noticed a change between two rulesets; None where it writes everything again."""
    if before.settings != after.settings or before.zone != after.zone:
        return None
    if before.view is after.view:
        return frozenset()
    keys: set[Key] = set()
    for name in ("services", "endpointslices"):
        old, new = (rules.view.table(name).objects for rules in (before, after))
        for key, was, now in old.diff(new):
            keys |= {key} if name == "services" else {each.service_key for each in (was, now) if each is not None}
    return frozenset(key for key in keys if _ports(before, key) != _ports(after, key))


def _ports(rules: Ruleset | NftRuleset, key: Key) -> tuple[ServicePort, ...]:
    """The service ports that a ruleset serves of one Service: an endpoint that is local now is a change as well."""
    service = rules.view.get("services", key)
    found = ports_of(rules.view, service, rules.node, rules.settings.family, exact=True) if service is not None else ()
    return tuple(port for port in found if port.cluster_ip)
