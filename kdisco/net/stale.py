"""UDP connections that lead to who is gone: kube-proxy takes them out of its node's table at each sync.

Without that a client that keeps its source port would be led astray as long as it goes on asking. TCP connections
stay: their end would be noticed. Upstream: pkg/proxy/conntrack/cleanup.go CleanStaleEntries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.packet import family, number
from kdisco.net.proxy import ANY, front_ends, ports_of

if TYPE_CHECKING:
    from kdisco.net.conntrack import Conntrack, Entry
    from kdisco.net.proxy import ServicePort
    from kdisco.store.state import State

__all__ = ["connections", "is_stale"]


def is_stale(state: State, node: str, entry: Entry) -> bool:
    """Whether kube-proxy has removed an entry: it is UDP to one of a Service's addresses, from no serving endpoint.

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


def connections(state: State, node: str) -> tuple[Entry, ...]:
    """The connections that a node's kernel tracks now."""
    table: Conntrack | None = state.conntrack.get(node)
    living = table.living(state.now) if table is not None else ()
    return tuple(entry for entry in living if not is_stale(state, node, entry))
