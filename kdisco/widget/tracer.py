"""Send a packet and follow it: the hops as a table, the way as a picture in which the packet runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import BoundedIntText

from kdisco.errors import UsageError
from kdisco.view.packet import packet
from kdisco.widget.chosen import WithSource
from kdisco.widget.controls import LABEL, button, choose, combo, menu, row, scroll, shown
from kdisco.widget.panel import Panel
from kdisco.widget.places import sources, targets

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.net.trace import Trace
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["Tracer"]

PROTOCOLS = ("tcp", "udp", "sctp", "icmp")
MOST_PORT = 65535


class Tracer(WithSource, Panel):
    """A packet from ``source`` (``pod/ns/name``, ``node/name``, an outside address) ``to`` a name or an address.

    ``c.tracer(source="pod/default/client", to="my-app-svc", port=80)``; ``send()`` gives the Trace, which ``trace``
    keeps. The packet in the picture runs, pauses and steps; ``diagram.position`` is how many hops it has passed.
    """

    KNOWN = (*Panel.KNOWN, "port", "protocol", "source", "to")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        say = self.say
        self.trace: Trace | None = None
        self._pictured: tuple[Trace | None, Diagram | None] = (None, None)
        self.sources = combo(say["from"], sources(cluster.state)[0], "pod/default/client")
        self.targets = combo(say["to"], next(iter(targets(cluster.state, namespace)), ""), "my-app-svc")
        self.ports = BoundedIntText(
            value=80, min=1, max=MOST_PORT, description=say["port"], style=LABEL, layout={"width": "130px"}
        )
        self.protocols = menu(say["protocol"], PROTOCOLS)
        self.go = button("send", "paper-plane", lambda: self.change(self.send), say)
        self.shown = shown()
        for name, value in options.items():
            setattr(self, name, value)
        controls = row(self.sources, self.targets, self.ports, self.protocols, self.go)
        self.stand(controls, self.status, self.diagram, self.shown)

    @property
    def to(self) -> str:
        """Where it is to go."""
        return str(self.targets.value).strip()

    @to.setter
    def to(self, to: str) -> None:
        """Fill it in, as a hand would."""
        self.targets.value = to

    @property
    def port(self) -> int:
        """The destination port."""
        return int(self.ports.value)

    @port.setter
    def port(self, port: int) -> None:
        """Change it; raises UsageError for what cannot be."""
        if type(port) is not int or not 1 <= port <= MOST_PORT:
            msg = f"port: {port!r} is not a whole number from 1 to {MOST_PORT}"
            raise UsageError(msg)
        self.ports.value = port

    @property
    def protocol(self) -> str:
        """One of tcp, udp, sctp and icmp."""
        return str(self.protocols.value)

    @protocol.setter
    def protocol(self, protocol: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        choose(self.protocols, protocol)

    def send(self) -> Trace:  # type: ignore[override]  # a box sends no messages of its own to the page
        """Send the packet and follow it; raises as ``Cluster.send`` does, and the last trace stays."""

        def go() -> Trace:
            source = self.source.removeprefix("pods/")
            self.trace = self.cluster.send(source, self.to, self.port, self.protocol)
            return self.trace

        return self.act(go)

    def follow(self, state: State) -> str:
        """Offer the places that there are; tell how the last packet ended."""
        self.sources.options, self.targets.options = sources(state), targets(state, self.namespace)
        if self.trace is None:
            return self.say["no packet yet"]
        self.shown.value = scroll(self.trace.html(self.lang), self.say["hops"])
        hops = len(self.trace.hops) + len(self.trace.reply)
        ended = f"{self.trace.verdict} {self.trace.endpoint or ''}".strip()
        return f"{ended} · {self.say['hops told'].format(hops=hops)}"

    def picture(self, state: State, since: int | None) -> Diagram | None:
        """The way of the last packet, there and back."""
        del state, since
        if self.trace is None:
            return None
        if self._pictured[0] is not self.trace:
            self._pictured = (self.trace, packet(self.trace, self.lang))
        return self._pictured[1]

    def presented(self) -> None:
        """Let the packet wait at the beginning of its way."""
        if self.trace is not None:
            self.diagram.play(self.trace, run=False)
