"""A question on its way through CoreDNS's plugins, and where the CoreDNS stands that it was put to."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from attrs import frozen
from dns.name import Name

from kdisco.config import ClusterConfig, DnsConfig
from kdisco.corefile.file import Block
from kdisco.dns.memory import Recall
from kdisco.dns.response import Response
from kdisco.dns.wire import IN, Query
from kdisco.store.table import View

__all__ = ["Handler", "Question", "Site", "labels_in"]

DO, CD = 0x8000, 0x10  # of the OPT record's flags, of the header's


@frozen(kw_only=True, slots=False)  # made for every question, and so made faster
class Site:
    """Where one CoreDNS stands: what it has seen and remembers, what its Corefile says, its own addresses.

    ``options`` and ``zones`` (labels) are those of the kubernetes plugin in the server ``block`` that serves the
    question. ``serial`` is the SOA serial, ``now`` the time, both Unix seconds; ``searches`` its own search list.
    """

    view: View
    config: ClusterConfig
    options: DnsConfig
    zones: tuple[tuple[str, ...], ...]
    block: Block
    recall: Recall
    now: float = 0.0
    serial: int = 0
    local_ips: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()


@frozen(slots=False)  # so that the labels are made once
class Question:
    """A name as spelled, a type, and who asks where. ``ask`` puts a further question to the whole server.

    ``query`` is the message it came in, ``protocol`` how; ``turn`` tells questions apart that are else alike.
    """

    name: Name
    type: int
    site: Site
    client: str | None
    ask: Callable[[Question], Response]
    query: Query | None = None
    protocol: str = "udp"
    turn: int = 0

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels in lower case, without the root."""
        return labels_in(self.name)

    @property
    def id(self) -> int:
        """The message's id."""
        return self.query.id if self.query else 0

    @property
    def rdclass(self) -> int:
        """The class asked for, as a number."""
        return self.query.rdclass if self.query else IN

    @property
    def serial(self) -> int | None:
        """The serial that an IXFR says it has; None where it says none."""
        return self.query.serial if self.query else None

    @property
    def wants_dnssec(self) -> bool:
        """The DO bit."""
        return bool(self.query and self.query.edns and self.query.edns.flags & DO)

    @property
    def checking_disabled(self) -> bool:
        """The CD bit."""
        return bool(self.query and self.query.flags & CD)


def labels_in(name: Name) -> tuple[str, ...]:
    """The labels of a name in lower case, without the root."""
    return tuple([label.decode("latin-1").lower() for label in name.labels[:-1]])


Handler = Callable[[Question], Response]
