"""One node's kernel in IPVS mode: what comes in for a virtual server goes out again to a real one.

Upstream: Linux net/netfilter/ipvs/ip_vs_core.c (the hooks at LOCAL_IN behind filter INPUT and at LOCAL_OUT before
filter OUTPUT; ip_vs_leave for who has no real server), net.ipv4.vs.conntrack=1.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve

from kdisco.net.fates import IN
from kdisco.net.ipvs_ruleset import IpvsRuleset
from kdisco.net.kernel import Kernel, Passage
from kdisco.net.packet import number
from kdisco.net.trace import Rewrite
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from kdisco.net.ipvs import VirtualServer
    from kdisco.net.packet import Packet

__all__ = ["IpvsKernel"]


class IpvsKernel(Kernel):
    """The kernel of a node whose kube-proxy runs in IPVS mode."""

    def _served(
        self, arrived: Packet, packet: Packet, states: frozenset[str], *, started: bool
    ) -> Packet | Passage | None:
        server = self._server(arrived)
        self.taken = server.entry if server else None
        if server is None:
            return None
        marked = arrived.with_mark(packet.mark)
        if not started and (stopped := self._came_in(marked, states)):
            return stopped
        if (packet.destination, packet.dport) != (arrived.destination, arrived.dport):
            return packet  # of a known connection: rewritten as noted
        return self._scheduled(server, packet)

    def _came_in(self, packet: Packet, states: frozenset[str]) -> Passage | None:
        """How the filter rules end what comes in for a virtual server; None when they let it pass."""
        return self._went(packet, self.ground.screened(self._settled(packet, states, started=False, new=False), (IN,)))

    def _unchanged(self, packet: Packet) -> str:
        server = self._server(packet)
        if server is None:
            return super()._unchanged(packet)
        return Phrase("IPVS {server} is meant: it chooses later, the rules can only mark", server=server)

    def _server(self, packet: Packet) -> VirtualServer | None:
        """The virtual server that a packet is for."""
        rules = self.judge.rules
        entry = number(packet.destination), packet.protocol, packet.dport
        return rules.server(entry) if isinstance(rules, IpvsRuleset) else None

    def _scheduled(self, server: VirtualServer, packet: Packet) -> Packet | Passage:
        """A new connection gets a real server; where there is none, the client is told so at once."""
        schedule, end = self.table.schedule.chosen(server, packet.source, self.state.now)
        if end is None:
            words = Phrase("IPVS {server}: no real server, ICMP goes back", server=server)
            return self._ended(packet, "REJECT", words)
        self.table = evolve(self.table, schedule=schedule)
        after = packet.to(end.address, end.port)
        told = partial(Phrase, "IPVS {server}: the turn of {end}", server=server, end=end.target)
        self._say("dnat", packet, after, told, cls=Rewrite)
        return after
