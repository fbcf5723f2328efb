"""Whose turn it is: what IPVS remembers of each virtual server from one connection to the next.

Upstream: Linux net/netfilter/ipvs/ip_vs_rr.c, ip_vs_core.c (ip_vs_sched_persist).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from kdisco.net.ipvs import Server
from kdisco.tree import Tree

if TYPE_CHECKING:
    from kdisco.net.backends import Backend
    from kdisco.net.ipvs import VirtualServer

__all__ = ["Schedule"]


@frozen
class Schedule:
    """One node's memory: who had the last turn at each virtual server, and who stays with whom.

    ``templates`` are of clients of persistent servers: the real server, and when (seconds of cluster time) the client
    last opened a connection.
    """

    turns: Tree[Server, str] = field(factory=Tree)
    templates: Tree[tuple[Server, str], tuple[str, float]] = field(factory=Tree)

    def chosen(self, server: VirtualServer, client: str, now: float) -> tuple[Schedule, Backend | None]:
        """The real server for a client's new connection, and the memory after it; None when there is none.

        A real server that has been taken away is nobody's any more: its clients get another one.
        """
        if not server.real:
            return self, None
        kept = self._kept(server, client, now)
        if kept is not None:
            return self._held(server, client, kept, now), kept
        last = self.turns.get(server.key, "")
        following = next((end for end in server.real if end.target > last), server.real[0])
        after = evolve(self, turns=self.turns.set(server.key, following.target))
        return after._held(server, client, following, now), following  # noqa: SLF001 - same class

    def _kept(self, server: VirtualServer, client: str, now: float) -> Backend | None:
        """The real server that a client stays with."""
        name, since = self.templates.get((server.key, client)) or ("", 0.0)
        if server.persistent is None or now - since > server.persistent:
            return None
        return next((end for end in server.real if end.target == name), None)

    def _held(self, server: VirtualServer, client: str, end: Backend, now: float) -> Schedule:
        """This memory with a client's template made or renewed, where the server is persistent."""
        if server.persistent is None:
            return self
        return evolve(self, templates=self.templates.set((server.key, client), (end.target, now)))
