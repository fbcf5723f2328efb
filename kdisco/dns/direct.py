"""Answers kept as bytes: a question asked again costs next to nothing, and what changes is asked anew.

Kept is only what the kubernetes plugin answers by itself and always alike: no plugin in the Corefile remembers
anything or looks at who asks (cache, autopath), there is nothing to shuffle, and no alias leads elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dns.rdatatype import RdataType

from kdisco.net.memo import Memo

if TYPE_CHECKING:
    from kdisco.config import ClusterConfig
    from kdisco.corefile.file import Corefile
    from kdisco.dns.response import Response
    from kdisco.dns.wire import Query
    from kdisco.store.table import View

__all__ = ["Book", "book", "lasting"]

Book = dict[tuple[bytes, str, bool], bytes]  # query without its id, protocol, whether by IPv6: response without its id
TYPES = (RdataType.A, RdataType.AAAA, RdataType.SRV, RdataType.PTR)
PARTIAL = {"autopath", "cache"}  # plugins whose answers depend on more than what was seen
PAGES = 10_000  # answers in one book
_books: Memo[Book | None] = Memo(8)


def book(view: View, config: ClusterConfig, corefile: Corefile, serial: int, local_ips: tuple[str, ...]) -> Book | None:
    """The answers kept of a CoreDNS that stands so; None where its Corefile lets none be kept."""
    return _books.get((view.tables, config, corefile), (serial, local_ips), lambda: _opened(corefile))


def _opened(corefile: Corefile) -> Book | None:
    return None if any(PARTIAL.intersection(block.plugins) for block in corefile.blocks) else {}


def lasting(query: Query, response: Response, known: Book) -> bool:
    """Whether this response is what the same question finds as long as the book is valid, and has room in it."""
    records = response.answer
    return (
        query.type in TYPES
        and response.served_by == "kubernetes"
        and max(len(records), len(response.authority), len(response.additional)) <= 1
        and not any(record.type == RdataType.CNAME for record in records)
        and len(known) < PAGES
    )
