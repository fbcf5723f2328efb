"""What gets lost between two machines, whatever their rules and routes say: no power, a cut cable, a firewall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.phrase import Phrase
from kdisco.store.host import Host

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["USUAL", "host", "lost", "most_connections"]

USUAL = Host()


def host(state: State, node: str) -> Host:
    """What is out of the ordinary with a node's machine."""
    return state.hosts.get(node, USUAL) if state.hosts else USUAL


def lost(state: State, here: str, there: str, *, wrapped: bool = False) -> str:
    """Why a packet from one machine never arrives at the other, "" when it does; "" is a machine outside.

    ``wrapped``: it travels in VXLAN, which a firewall may know and drop.
    """
    if not state.hosts:
        return ""
    ends = [(name, host(state, name)) for name in (here, there)]
    for name, each in ends:
        if each.down:
            return Phrase("node {node} is switched off", node=name)
        if each.cut and here != there:
            return Phrase("nothing passes the network card of node {node}", node=name)
    if wrapped:
        for (name, each), other in zip(ends, (there, here), strict=True):
            if other in each.blocked:
                if name == here:
                    return Phrase("the firewall of node {node} drops UDP port 8472 to {other}", node=name, other=other)
                return Phrase("the firewall of node {node} drops UDP port 8472 from {other}", node=name, other=other)
    return ""


def most_connections(state: State, node: str) -> int:
    """How many connections a node can track: nf_conntrack_max."""
    own = host(state, node).conntrack_max
    return state.config.proxy.conntrack_max if own is None else own
