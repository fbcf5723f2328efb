"""What a node's kube-proxy knows when it writes rules, in whatever mode: its view, and the Services in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.proxy import FrontEnds, ServicePort, front_ends, ports_of, service_ports

if TYPE_CHECKING:
    from kdisco.model.node import Node
    from kdisco.model.service import Service
    from kdisco.net.iptables import Settings
    from kdisco.net.match import Sight
    from kdisco.store.table import View

__all__ = ["Told"]


class Told:
    """What the kernel of ``node`` was told, for one family, by a kube-proxy that knows ``view``."""

    exact = False  # whether endpoints must say which are local, even where that makes no difference to the choice

    def __init__(self, view: View, node: str, settings: Settings) -> None:
        self.view = view
        self.node = node
        self.settings = settings
        self.front: FrontEnds = front_ends(view, settings.family)

    @property
    def ports(self) -> tuple[ServicePort, ...]:
        """All service ports with the endpoints chosen, in the order of the rules."""
        return service_ports(self.view, self.node, self.settings.family, exact=self.exact)

    @property
    def zone(self) -> str:
        """The zone of the node, as its kube-proxy knows it."""
        here: Node | None = self.view.get("nodes", ("", self.node))
        return here.zone if here else ""

    def ports_of(self, service: Service) -> tuple[ServicePort, ...]:
        """The ports of one Service with the endpoints chosen."""
        return ports_of(self.view, service, self.node, self.settings.family, exact=self.exact)

    def owners(self, sight: Sight) -> tuple[Service, ...]:
        """The Services that a packet may be for, by its destination."""
        return self.front.owners((sight.destination, sight.protocol, sight.dport))
