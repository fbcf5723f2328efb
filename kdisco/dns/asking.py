"""The DNS messages of a Pod or node as packets: through kube-proxy's rules of the node to who listens, and back.

Who is behind a nameserver's address is found like this. A resolver of the node (``node_resolv_conf``) answers from
``config.upstream``: when the packet left the cluster, or at once when it is a loopback address and the asker is on
the host network. A CoreDNS without a Pod stands, so that clusters read from a dump answer, at an address of
``cluster_dns``, or in the Service range of a cluster that has no CoreDNS at all, which no Service, Pod or node has;
and it answers who cannot send packets: a Pod that has no address, or is on no node. Everything else is a packet's fate.
"""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
from attrs import define, evolve, field, frozen

from kdisco.control.resolvconf import parse_node_file
from kdisco.corefile.file import parse
from kdisco.dns import instances, resolver
from kdisco.dns.hostsfile import hosts_file, node_hosts_file
from kdisco.dns.lookup import NO_REPLY, UNREACHABLE, Lookup
from kdisco.dns.resolvconf import node_resolv_conf, resolv_conf
from kdisco.dns.server import Server, question
from kdisco.dns.stub import Asked, Reply
from kdisco.errors import UsageError
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.net.ends import at_address, end_of, listening, nodes_by_address
from kdisco.net.packet import number, span
from kdisco.net.trace import Trace
from kdisco.net.walk import send
from kdisco.net.words import GETS_ANSWER
from kdisco.phrase import Phrase
from kdisco.store.events import Ask, Exchange, LookUp
from kdisco.store.random import draw
from kdisco.store.state import State
from kdisco.store.table import View

__all__ = ["STAND_IN", "Delivery", "Wire", "exchange", "look_up"]

PORT = 53
STAND_IN = "coredns"  # who answers where a CoreDNS without a Pod does
APART, PLACES = 1 << 32, 1 << 14  # questions draw their random numbers so far from the cluster's, and disturb none
FIRST_PORT, PORTS = 32768, 28232  # net.ipv4.ip_local_port_range
UPSTREAM = parse(".:53 {\n    forward . /etc/resolv.conf\n}\n")
REFUSED = ("REFUSED", "REJECT")  # verdicts of which the sender hears at once


def look_up(state: State, event: LookUp) -> tuple[State, Lookup]:
    """What getaddrinfo() in a Pod asks and finds, and the state after it."""
    asker = _asker(state, event)
    wire = Wire(state, asker, event.turn)
    conf, hosts = asker.resolv_conf(state), asker.hosts(state)
    found = resolver.lookup(event.name, conf, wire.ask, event.libc, event.family, hosts=hosts, own=wire.own)
    return wire.state, found


def exchange(state: State, event: Exchange) -> tuple[State, Delivery]:
    """What comes of one message that a process in a Pod sends, and the state after it."""
    wire = Wire(state, _asker(state, event), event.turn, event.socket)
    found = wire.exchange(event.server, event.data, event.protocol, event.socket, event.port)
    return wire.state, found


@frozen
class PodAsker:
    """A process in a Pod."""

    pod: Pod

    @property
    def source(self) -> str:
        """Where its packets begin: ``pod/ns/name``."""
        return f"pod/{self.pod.namespace}/{self.pod.name}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its addresses."""
        return self.pod.addresses

    def connected(self, state: State) -> bool:
        """Whether it can send packets."""
        box = state.sandboxes.get(self.pod.key)
        return box is not None and bool(box.ips) and state.view.get("nodes", ("", box.node)) is not None

    def resolv_conf(self, state: State) -> str:
        """The text of its /etc/resolv.conf."""
        return resolv_conf(state, self.pod)

    def hosts(self, state: State) -> str:
        """The text of its /etc/hosts."""
        return hosts_file(self.pod, state.config)


@frozen
class NodeAsker:
    """A process of a node itself: it has the node's resolver and knows nothing of the cluster DNS."""

    node: Node

    @property
    def source(self) -> str:
        """Where its packets begin: ``node/name``."""
        return f"node/{self.node.name}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its addresses."""
        return self.node.internal_ips

    def connected(self, state: State) -> bool:  # noqa: ARG002 - as a Pod is asked
        """Whether it can send packets."""
        return True

    def resolv_conf(self, state: State) -> str:
        """The text of its /etc/resolv.conf."""
        return node_resolv_conf(state)

    def hosts(self, state: State) -> str:  # noqa: ARG002 - as a Pod is asked
        """The text of its /etc/hosts."""
        return node_hosts_file(self.node.name, self.node.internal_ips)


Asker = PodAsker | NodeAsker


def _asker(state: State, event: LookUp | Exchange) -> Asker:
    if event.node:
        node: Node | None = state.view.get("nodes", ("", event.node))
        if node is None:
            msg = f'nodes "{event.node}" not found'
            raise UsageError(msg)
        return NodeAsker(node)
    namespace, _, name = event.pod.partition("/")
    pod: Pod | None = state.view.get("pods", (namespace, name))
    if pod is None:
        msg = f'pods "{name}" not found in namespace "{namespace}"'
        raise UsageError(msg)
    return PodAsker(pod)


@frozen(kw_only=True)
class Delivery:
    """What came of one message: the answer's messages (none: no answer), who sent them and how the packet went.

    ``refused``: an ICMP port unreachable or a TCP reset came back. ``why`` tells what happened if nothing came.
    """

    messages: tuple[bytes, ...] = ()
    by: str = ""
    refused: bool = False
    why: str = ""
    trace: Trace | None = field(default=None, repr=False)


@define
class Wire:
    """One process that asks: ``state`` moves on with every question. ``turn`` tells processes apart."""

    state: State
    asker: Asker
    turn: int = 0
    sent: int = 0

    @property
    def own(self) -> tuple[str, ...]:
        """The asker's addresses, with the lengths of their networks where it is connected."""
        if not self._connected():
            return self.asker.addresses
        device = end_of(self.state, self.asker.source).network.device("eth0")
        return device.addresses if device else self.asker.addresses

    def ask(self, asked: Asked) -> Reply:
        """Put a stub resolver's question."""
        data = question(asked.qname, asked.qtype, asked.udp_size)
        found = self.exchange(asked.server, data, asked.protocol, asked.socket)
        if not found.messages or not found.messages[0]:
            rcode = UNREACHABLE if found.refused else NO_REPLY
            return Reply(rcode=rcode, by=found.by, why=found.why, trace=found.trace, messages=(data, b""))
        message = dns.message.from_wire(found.messages[0], raise_on_truncation=False)
        records = tuple(
            (rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype), data.to_text())
            for rrset in message.answer
            for data in rrset
        )
        return Reply(
            rcode=dns.rcode.to_text(message.rcode()),
            records=records,
            truncated=bool(message.flags & dns.flags.TC),
            by=found.by,
            trace=found.trace,
            messages=(data, found.messages[0]),
        )

    def exchange(
        self, server: str, data: bytes, protocol: str = "udp", socket: int = 0, port: int = PORT
    ) -> Delivery:
        """Send a message to a nameserver's address; the same ``socket`` number leaves by the same source port."""
        self.sent += 1
        if not self._connected() or (port == PORT and self._stood_in_for(server)):
            return self._coredns("", data, protocol, self._address(server))
        if self._host_resolver(server):
            return self._upstream(server, data, protocol, None)
        if self._address(server) is None or not port:
            family = Phrase("no own address of the family of {server}", server=server)
            lacking = family if port else Phrase("nobody listens on port 0")
            return Delivery(refused=True, why=lacking)
        trace = self._travel(server, protocol, socket, port)
        if trace.verdict == "LEFT" and server in self._resolvers():
            return self._upstream(server, data, protocol, trace)
        if trace.verdict != "DELIVERED":
            return Delivery(refused=trace.verdict in REFUSED, why=trace.hops[-1].why, trace=trace)
        return self._arrived(trace, data, protocol)

    def _arrived(self, trace: Trace, data: bytes, protocol: str) -> Delivery:
        """The answer of who listens, unless it gets lost on its way."""
        last = trace.hops[-1].after
        end = at_address(self.state, last.destination) or end_of(self.state, self.asker.source)
        who = listening(self.state, end, last.destination, last.dport, last.protocol)
        name = who.removeprefix("pod/")
        if name not in {"/".join(pod.key) for pod in instances.coredns_pods(self.state)}:
            return Delivery(why=Phrase("{who} listens there and is no DNS server", who=who), trace=trace)
        if trace.reply[-1].why != GETS_ANSWER:
            why = Phrase("the answer of {who} does not come back: {why}", who=who, why=trace.reply[-1].why)
            return Delivery(why=why, trace=trace)
        return evolve(self._coredns(name, data, protocol, last.source), trace=trace)

    def _travel(self, server: str, protocol: str, socket: int, port: int) -> Trace:
        """Let the packet travel; its random numbers come from a place of their own."""
        kept, apart = self.state.draws, APART * (self.turn + 1) + self.state.revision % PLACES * PLACES
        flow = FIRST_PORT + draw(self.state.config.seed, apart - 1 - socket) % PORTS
        here = evolve(self.state, draws=apart + self.sent * 64)
        after, trace = send(here, self.asker.source, server, port, protocol, flow)
        self.state = evolve(after, draws=kept)
        return trace

    def _coredns(self, name: str, data: bytes, protocol: str, client: str | None) -> Delivery:
        """Let a CoreDNS answer, and remember what it remembers."""
        event = Ask(data=data, pod=name, protocol=protocol, client=client, turn=self.turn * 1000 + self.sent)
        self.state, messages = instances.ask(self.state, event)
        return Delivery(messages=messages, by=f"pod/{name}" if name else STAND_IN)

    def _upstream(self, server: str, data: bytes, protocol: str, trace: Trace | None) -> Delivery:
        """Let the node's resolver answer."""
        if self.state.config.upstream is None:
            return Delivery(why=Phrase("{server} is down", server=server), trace=trace)
        found = Server(view=View(), config=self.state.config, corefile=UPSTREAM).exchange(data, protocol)[0]
        return Delivery(messages=found, by=server, trace=trace)

    def _address(self, server: str) -> str | None:
        """The asker's address of the server's family."""
        return next((ip for ip in self.asker.addresses if (":" in ip) == (":" in server)), None)

    def _connected(self) -> bool:
        """Whether the asker can send packets."""
        return self.asker.connected(self.state)

    def _stood_in_for(self, server: str) -> bool:
        """Whether a CoreDNS without a Pod stands at an address."""
        view, config = self.state.view, self.state.config
        if at_address(self.state, server) or any(server in each.virtual_ips for each in view.list("services")):
            return False
        if server in (config.cluster_dns or ()):
            return True
        if view.get("services", ("kube-system", "kube-dns")) or instances.coredns_pods(self.state):
            return False
        spans = [span(cidr) for cidr in config.service_cidrs if (":" in cidr) == (":" in server)]
        return any(number(server) & mask == network for network, mask in spans)

    def _resolvers(self) -> tuple[str, ...]:
        """The nameservers of the node."""
        return parse_node_file(self.state.config.node_resolv_conf or "").nameservers

    def _host_resolver(self, server: str) -> bool:
        """Whether it is a resolver on the node itself, and the asker shares the node's network."""
        on_node = any(ip in nodes_by_address(self.state) for ip in self.asker.addresses)
        return on_node and server.startswith(("127.", "::1")) and server in self._resolvers()
