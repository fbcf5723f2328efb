"""Resource records, and the response of a plugin, which is made of them. Loads dnspython."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from attrs import frozen
from dns.name import Name
from dns.rdata import Rdata
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.IN.SRV import SRV

from kdisco.model.address import IPV4, parse_ip

__all__ = [
    "Record",
    "Response",
    "fqdn",
    "join",
    "rdata",
    "rdata_of_address",
    "start_of",
]

SOA_MAX_TTL = 300
REFRESH, RETRY, EXPIRE = 7200, 1800, 86400
IN = dns.rdataclass.IN
CLASSES: dict[int, type[Rdata]] = {
    dns.rdatatype.A: A,
    dns.rdatatype.AAAA: AAAA,
    dns.rdatatype.CNAME: CNAME,
    dns.rdatatype.NS: NS,
    dns.rdatatype.PTR: PTR,
    dns.rdatatype.SOA: SOA,
    dns.rdatatype.SRV: SRV,
    dns.rdatatype.TXT: TXT,
}


@frozen
class Record:
    """One resource record of class IN; ``ttl`` in seconds. The owner keeps the letter case it was made with."""

    name: Name
    ttl: int
    rdata: Rdata

    @property
    def type(self) -> int:
        """The record's type as a number."""
        return int(self.rdata.rdtype)


@frozen
class Response:
    """What a plugin answers. ``aa`` and ``ra`` are the header's flags, ``served_by`` the plugin's name.

    ``bare`` is an rcode alone: no plugin has written a message, the server will. ``error`` is what the plugin
    complains of beside it.
    """

    rcode: int = dns.rcode.NOERROR
    answer: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    aa: bool = False
    ra: bool = False
    served_by: str = ""
    bare: bool = False
    error: str = ""


def join(labels: tuple[str, ...], zone: Name) -> Name:
    """The name of labels below a zone."""
    return Name((*(label.encode("latin-1") for label in labels), *zone.labels))


@lru_cache(maxsize=64)
def start_of(zone: tuple[bytes, ...], serial: int, ttl: int) -> Record:
    """The SOA record that the kubernetes plugin gives a zone."""
    ns, mailbox = Name((b"ns", b"dns", *zone)), Name((b"hostmaster", *zone))
    data = rdata(dns.rdatatype.SOA, ns, mailbox, serial, REFRESH, RETRY, EXPIRE, ttl)
    return Record(Name(zone), min(ttl, SOA_MAX_TTL), data)


def rdata(kind: int, *values: Any) -> Rdata:
    """Record data of one of the types that the plugin makes, from its fields in order."""
    return CLASSES[kind](IN, dns.rdatatype.RdataType(kind), *values)


@lru_cache(maxsize=4096)
def rdata_of_address(text: str) -> Rdata:
    """A or AAAA data of an address; raises ValueError when it is none."""
    found = parse_ip(text)
    if found is None:
        msg = f"{text!r} is no IP address"
        raise ValueError(msg)
    return rdata(dns.rdatatype.A if found[0] == IPV4 else dns.rdatatype.AAAA, found[1])


@lru_cache(maxsize=4096)
def fqdn(text: str) -> Name:
    """A domain as an absolute name; raises dns.exception.DNSException when it cannot be one."""
    return dns.name.from_text(text.encode())  # bytes: no IDNA, as CoreDNS
