"""CoreDNS as a whole: its plugins in the order of plugin.cfg, asked by value or by bytes.

This module and those it imports load dnspython, which the facade should not do before it is asked.
Upstream: coredns plugin.cfg, core/dnsserver/server.go (1.14).
"""

from __future__ import annotations

from functools import partial, reduce

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
from attrs import frozen

from kdisco.config import ClusterConfig
from kdisco.dns.coredns import Handler, kubernetes
from kdisco.dns.forward import forward
from kdisco.dns.names import IPV6, parse_ip
from kdisco.dns.resolver import Reply
from kdisco.dns.response import Question, Response, Site
from kdisco.dns.wire import Edns, Query, badvers, pack, unpack
from kdisco.errors import UsageError
from kdisco.store.table import View

__all__ = ["Server"]

PROTOCOLS = ("udp", "tcp")
LARGEST_UDP = 65535
RD = 0x0100


@frozen(kw_only=True)
class Server:
    """One CoreDNS at one moment: what it has seen and how it is configured.

    ``now`` (Unix seconds) becomes the SOA serial, which upstream is the time of the last change that it
    saw. ``local_ips`` are its own addresses, by which it finds its Service; the config's go before them.
    """

    view: View
    config: ClusterConfig
    now: float = 0.0
    local_ips: tuple[str, ...] = ()

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
        edns = None if udp_size is None else Edns(udp_size)
        query = Query(0, RD, _name(qname), _type(qtype), edns=edns)
        return dns.message.from_wire(self._respond(query, protocol, client))

    def wire(self, data: bytes, protocol: str = "udp", client: str | None = None) -> bytes:
        """One message in, one out, without TCP's length; empty where CoreDNS would not answer at all."""
        if not isinstance(data, bytes | bytearray | memoryview):
            msg = f"a DNS message is bytes, not {type(data).__name__}"
            raise UsageError(msg)
        query = unpack(bytes(data))
        return query if isinstance(query, bytes) else self._respond(query, protocol, client)

    def reply(self, _nameserver: str, qname: str, qtype: str, client: str | None = None) -> Reply:
        """The response as a stub resolver reads it: an ``ask`` for ``resolver.lookup``, whatever the nameserver."""
        found = self.ask(Question(_name(qname), _type(qtype), self._site, client, self.ask))
        records = tuple(
            (record.name.to_text(), dns.rdatatype.to_text(record.rdata.rdtype), record.rdata.to_text())
            for record in found.answer
        )
        return Reply(rcode=dns.rcode.to_text(dns.rcode.Rcode(found.rcode)), records=records)

    def ask(self, question: Question) -> Response:
        """Put a question to the first plugin; SERVFAIL where a stored name cannot stand in any message."""
        try:
            return CHAIN(question)
        except dns.exception.DNSException:
            return Response(rcode=dns.rcode.SERVFAIL)

    @property
    def _site(self) -> Site:
        return Site(view=self.view, config=self.config, serial=int(self.now), local_ips=self.local_ips)

    def _respond(self, query: Query, protocol: str, client: str | None) -> bytes:
        address = parse_ip(client) if client is not None else None
        if protocol not in PROTOCOLS:
            msg = f"protocol: {protocol!r} is not one of {', '.join(PROTOCOLS)}"
            raise UsageError(msg)
        if client is not None and address is None:
            msg = f"client: {client!r} is not an IP address"
            raise UsageError(msg)
        if query.edns is not None and query.edns.version:
            return badvers(query)
        response = self.ask(Question(query.name, query.type, self._site, client, self.ask))
        ipv6 = address is not None and address[0] == IPV6
        return pack(query, response, query.limit(protocol), protocol, over_ipv6=ipv6)


PLUGINS = (kubernetes,)  # in the order of plugin.cfg; each may pass the question on, at last to forward
CHAIN: Handler = reduce(lambda pass_on, plugin: partial(plugin, pass_on=pass_on), reversed(PLUGINS), forward)


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
