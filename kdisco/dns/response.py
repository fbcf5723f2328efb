"""A question on its way through CoreDNS's plugins, and the response on its way back. Loads dnspython."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
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

from kdisco.config import ClusterConfig
from kdisco.dns.names import IPV4, parse_ip
from kdisco.store.table import View

__all__ = ["Question", "Record", "Response", "Site", "fqdn", "rdata", "rdata_of_address"]

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
    """What a plugin answers. ``aa`` and ``ra`` are the header's flags, ``served_by`` the plugin's name."""

    rcode: int = dns.rcode.NOERROR
    answer: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    aa: bool = False
    ra: bool = False
    served_by: str = ""


@frozen(kw_only=True)
class Site:
    """Where one CoreDNS stands: what it has seen, how it is configured, its own addresses, its serial.

    ``serial`` is the SOA serial, Unix seconds.
    """

    view: View
    config: ClusterConfig
    serial: int = 0
    local_ips: tuple[str, ...] = ()


@frozen(slots=False)  # so that the labels are made once
class Question:
    """A name as spelled, a type, and who asks where. ``ask`` puts a further question to the whole server."""

    name: Name
    type: int
    site: Site
    client: str | None
    ask: Callable[[Question], Response]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels in lower case, without the root."""
        return tuple(label.decode("latin-1").lower() for label in self.name.labels[:-1])


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
