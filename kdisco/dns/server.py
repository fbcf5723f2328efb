"""CoreDNS as a whole: its plugins in the order of plugin.cfg, asked by value or by bytes.

This module and those it imports load dnspython, which the facade should not do before it is asked.
Upstream: coredns plugin.cfg, core/dnsserver/server.go (1.14).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cache, partial, reduce

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
from attrs import evolve, field, frozen

from kdisco.config import ClusterConfig
from kdisco.corefile.file import Block, Corefile, corefile_of
from kdisco.dns.autopath import autopath
from kdisco.dns.cache import cache as caching
from kdisco.dns.coredns import kubernetes
from kdisco.dns.direct import book, lasting
from kdisco.dns.forward import forward
from kdisco.dns.loadbalance import loadbalance
from kdisco.dns.memory import Memory, Recall
from kdisco.dns.question import Handler, Question, Site, labels_in
from kdisco.dns.response import Response
from kdisco.dns.transfer import transfer
from kdisco.dns.wire import Query, unpack
from kdisco.dns.writing import badvers, pack
from kdisco.errors import UsageError
from kdisco.model.address import IPV6, parse_ip
from kdisco.store.table import View

__all__ = ["Server", "chain", "question"]

PROTOCOLS = ("udp", "tcp")
LARGEST_UDP = 65535
RD, OPT, IN, DS = 0x0100, 41, 1, 43
BLANK = Memory()
ENVELOPE = 500  # records after which a transfer begins a new message


@frozen(kw_only=True)
class Server:
    """One CoreDNS at one moment: what it has seen and remembers, and how it is configured.

    ``corefile`` is what it runs with, else what ``config.dns`` says. ``now`` is the time and ``serial`` when
    the last change that shows in DNS was seen (None: now), both Unix seconds. ``local_ips`` are its own addresses,
    by which it finds its Service, ``searches`` its own search list; the config's go before them. ``turn`` tells
    questions apart that are else alike.
    """

    view: View
    config: ClusterConfig
    now: float = 0.0
    local_ips: tuple[str, ...] = ()
    corefile: Corefile = field(repr=False)
    serial: int | None = None
    searches: tuple[str, ...] = ()
    memory: Memory = BLANK
    turn: int = 0

    @corefile.default
    def _as_configured(self) -> Corefile:
        return corefile_of(self.config.dns)

    def query(
        self,
        qname: str,
        qtype: str = "A",
        client: str | None = None,
        udp_size: int | None = None,
        protocol: str = "udp",
    ) -> dns.message.Message:
        """The response to one question, as it comes off the wire.

        Args:
            qname: The name, absolute with or without its final dot; letter case survives.
            qtype: A type's name, or ``TYPE65``.
            client: The IP address that asks.
            udp_size: Bytes offered by EDNS; None asks without EDNS, so that 512 bytes are the limit.
            protocol: ``udp`` or ``tcp``.

        Raises UsageError for what cannot be asked.

        """
        if udp_size is not None and (type(udp_size) is not int or not 0 <= udp_size <= LARGEST_UDP):
            msg = f"udp_size: {udp_size!r} is not a whole number from 0 to {LARGEST_UDP}"
            raise UsageError(msg)
        return dns.message.from_wire(self.wire(question(qname, qtype, udp_size), protocol, client))

    def wire(self, data: bytes, protocol: str = "udp", client: str | None = None) -> bytes:
        """One message in, one out, without TCP's length; empty where CoreDNS would not answer at all."""
        return self.exchange(data, protocol, client)[0][0]

    def exchange(
        self, data: bytes, protocol: str = "udp", client: str | None = None
    ) -> tuple[tuple[bytes, ...], Memory]:
        """The messages that answer one (a zone transfer may take several), and what is remembered afterwards."""
        if not isinstance(data, bytes | bytearray | memoryview):
            msg = f"a DNS message is bytes, not {type(data).__name__}"
            raise UsageError(msg)
        ipv6, data = _by_ipv6(protocol, client), bytes(data)
        known = book(self.view, self.config, self.corefile, self._serial, self.config.dns.local_ips or self.local_ips)
        page = data[2:], protocol, ipv6
        if known is not None and page in known:
            return (data[:2] + known[page],), self.memory
        query = unpack(data, protocol)
        if isinstance(query, bytes):
            return (query,), self.memory
        recall = Recall(self.memory)
        if query.rdclass != IN and not self.corefile.every_class:
            response = Response(rcode=dns.rcode.REFUSED, bare=True)
        elif query.edns is not None and query.edns.version:
            return (badvers(query),), self.memory
        else:
            response = self._asker(recall, client, query, protocol)(query.name, query.type)
        limit = query.limit(protocol)
        messages = [pack(query, part, limit, protocol, over_ipv6=ipv6) for part in _parts(response)]
        if known is not None and lasting(query, response, known):
            known[page] = messages[0][2:]
        return tuple(messages), recall.memory

    def respond(self, qname: str, qtype: str = "A", client: str | None = None) -> Response:
        """The response to one question as the plugins make it, before it is packed; nothing is remembered."""
        return self._asker(Recall(self.memory), client)(_name(qname), _type(qtype))

    def _asker(
        self, recall: Recall, client: str | None, query: Query | None = None, protocol: str = "udp"
    ) -> Callable[[dns.name.Name, int], Response]:
        """What puts a question to the server block that serves its name."""
        corefile = self.corefile

        def ask(name: dns.name.Name, kind: int) -> Response:
            block = corefile.only or corefile.block(labels_in(name), parent=kind == DS)
            if block is None:
                return Response(rcode=dns.rcode.REFUSED, bare=True)
            site = self._site(block, recall)
            asked = Question(name, kind, site, client, again, query, protocol, self.turn)
            try:
                return chain(block.chain)(asked)
            except dns.exception.DNSException:  # a stored name that cannot stand in any message
                return Response(rcode=dns.rcode.SERVFAIL, bare=True)

        def again(further: Question) -> Response:
            return ask(further.name, further.type)

        return ask

    @property
    def _serial(self) -> int:
        return int(self.now) if self.serial is None else self.serial

    def _site(self, block: Block, recall: Recall) -> Site:
        own = self.config.dns
        searches = self.searches if own.autopath_search is None else own.autopath_search
        return Site(
            view=self.view,
            config=self.config,
            options=block.options.dns,
            zones=block.options.zones,
            block=block,
            recall=recall,
            now=self.now,
            serial=self._serial,
            local_ips=own.local_ips or self.local_ips,
            searches=searches,
        )


def question(qname: str, qtype: str = "A", udp_size: int | None = None) -> bytes:
    """The message that asks for one name and type; raises UsageError for what cannot be asked."""
    if udp_size is not None and (type(udp_size) is not int or not 0 <= udp_size <= LARGEST_UDP):
        msg = f"udp_size: {udp_size!r} is not a whole number from 0 to {LARGEST_UDP}"
        raise UsageError(msg)
    name, kind = _name(qname).to_wire() or b"", _type(qtype)
    opt = b"" if udp_size is None else struct.pack("!BHHIH", 0, OPT, udp_size, 0, 0)
    return struct.pack("!HHHHHH", 0, RD, 1, 0, 0, bool(opt)) + name + struct.pack("!HH", kind, IN) + opt


def nobody(_question: Question) -> Response:
    """What comes behind the last plugin: no answer."""
    return Response(rcode=dns.rcode.SERVFAIL, bare=True, error="no next plugin found")


@cache
def chain(names: tuple[str, ...]) -> Handler:
    """The plugins with these names, one behind the other in this order."""
    return reduce(lambda pass_on, name: partial(HANDLERS[name], pass_on=pass_on), reversed(names), nobody)


HANDLERS: dict[str, Callable[..., Response]] = {  # each takes a question and ``pass_on``
    "loadbalance": loadbalance,
    "autopath": autopath,
    "cache": caching,
    "transfer": transfer,
    "kubernetes": kubernetes,
    "forward": forward,
}


def _parts(response: Response) -> Sequence[Response]:
    """A response as CoreDNS sends it: that to a transfer is cut behind every record after the five hundredth."""
    records = response.answer
    if len(records) <= ENVELOPE or response.served_by != "transfer":
        return (response,)
    starts = range(0, len(records), ENVELOPE + 1)
    return [evolve(response, answer=records[start : start + ENVELOPE + 1]) for start in starts]


def _by_ipv6(protocol: str, client: str | None) -> bool:
    """Whether the client is reached by IPv6; raises UsageError for no address, and for an unknown protocol."""
    if protocol not in PROTOCOLS:
        msg = f"protocol: {protocol!r} is not one of {', '.join(PROTOCOLS)}"
        raise UsageError(msg)
    address = parse_ip(client) if client is not None else None
    if client is not None and address is None:
        msg = f"client: {client!r} is not an IP address"
        raise UsageError(msg)
    return address is not None and address[0] == IPV6


def _name(text: str) -> dns.name.Name:
    try:
        if isinstance(text, str):
            return dns.name.from_text(text)
        problem: Exception | str = "it is no text"
    except (dns.exception.DNSException, ValueError) as wrong:
        problem = wrong
    msg = f"qname: {text!r} is no domain name: {problem}"
    raise UsageError(msg)


def _type(text: str) -> int:
    try:
        return int(dns.rdatatype.from_text(text))
    except (dns.exception.DNSException, AttributeError, TypeError, ValueError) as problem:
        msg = f"qtype: {text!r} is no record type: {problem}"
        raise UsageError(msg) from None
