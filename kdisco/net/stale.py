"""What a kube-proxy sweeps out of its node's kernel after it has heard that endpoints have changed.

UDP connections to who serves no more go: else a client that keeps its source port would be led astray as long as it
goes on asking. TCP connections stay: their end would be noticed. With an endpoint's rules goes the list of clients
that have an affinity to it. Upstream: pkg/proxy/conntrack/cleanup.go CleanStaleEntries,
pkg/proxy/endpointschangetracker.go ConntrackCleanupRequired; Linux xt_recent (a list lives as long as its rules).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from attrs import evolve

from kdisco.net.backends import changed_slices, concerns
from kdisco.net.nft_names import chain_name
from kdisco.net.packet import family, number
from kdisco.net.proxy import ANY, ServicePort, front_ends, ports_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.model.endpoints import EndpointSlice
    from kdisco.model.meta import Key
    from kdisco.net.backends import Backend
    from kdisco.net.conntrack import Conntrack, Entry
    from kdisco.store.state import State
    from kdisco.store.table import View

__all__ = ["is_stale", "swept"]

LISTS: Mapping[str, Callable[[ServicePort, Backend], str]] = {  # how the list of an endpoint's clients is called
    "iptables": lambda port, end: port.chain("SEP", end),
    "nftables": lambda port, end: chain_name(port, "affinity", end),
}


def swept(before: State, after: State) -> State:
    """The state after kube-proxies that know more than before have swept up."""
    tables = {}
    for node, table in after.conntrack.items():
        old, new = (state.seen_by(f"kube-proxy@{node}") for state in (before, after))
        if old is not new:
            tables[node] = _without_lists(_without_entries(table, old, after, node), old, after, node)
    changed = {node: table for node, table in tables.items() if table is not after.conntrack[node]}
    return evolve(after, conntrack=after.conntrack.merged(changed)) if changed else after


def _without_entries(table: Conntrack, old: View, after: State, node: str) -> Conntrack:
    """A table without stale entries of the families in which endpoints of UDP have changed."""
    slices = list(changed_slices(old, after.seen_by(f"kube-proxy@{node}")))
    versions = {version for version in (4, 6) for each in slices if concerns(each, version) and _has_udp(each)}
    for entry in list(table.living(after.now)) if versions else ():
        if family(entry.original[1]) in versions and is_stale(after, node, entry):
            table = table.forget(entry)
    return table


def _without_lists(table: Conntrack, old: View, after: State, node: str) -> Conntrack:
    """A table without the lists of endpoints that have no rules any more."""
    name_of = LISTS.get(after.config.proxy.mode)
    if name_of is None or not table.recent:
        return table
    new = after.seen_by(f"kube-proxy@{node}")
    keys: set[Key] = {key for key, *_ in old.table("services").objects.diff(new.table("services").objects)}
    keys.update(each.service_key for each in changed_slices(old, new))
    was, now = ({name for key in keys for name in _lists(view, key, node, name_of)} for view in (old, new))
    return table.without_lists(was - now)


def _lists(view: View, key: Key, node: str, name_of: Callable[[ServicePort, Backend], str]) -> Iterator[str]:
    service = view.get("services", key)
    for version in (4, 6) if service is not None else ():
        for port in ports_of(view, service, node, version, exact=True):
            if port.affinity is not None:
                yield from (name_of(port, end) for end in port.reachable)


def _has_udp(found: EndpointSlice) -> bool:
    return any((port.protocol or "TCP") == "UDP" for port in found.ports or ())


def is_stale(state: State, node: str, entry: Entry) -> bool:
    """Whether kube-proxy removes an entry when it looks: it is UDP to a Service's address, from no serving endpoint.

    Only the endpoint's address counts; where a Service has nobody who serves, its entries stay.
    """
    if entry.protocol != "udp":
        return False
    _, _, _, destination, dport = entry.original
    answering = entry.reply[1]
    for port in _ports(state, node, destination, dport):
        serving = {end.address for end in port.endpoints if end.serving}
        if serving and answering not in serving:
            return True
    return False


def _ports(state: State, node: str, destination: str, dport: int) -> list[ServicePort]:
    """The UDP service ports at an address, and those whose nodePort this is, whatever the address."""
    view, version = state.seen_by(f"kube-proxy@{node}"), family(destination)
    here, anywhere = (number(destination), "udp", dport), (ANY, "udp", dport)
    places = front_ends(view, version).places
    found = []
    for entry in (here, anywhere):
        for service in places.get(entry, ()):
            found += [port for port in ports_of(view, service, node, version) if entry in port.entries]
    return found
