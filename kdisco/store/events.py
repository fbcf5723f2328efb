"""The alphabet of the machine: events that make it move, and facts that tell what happened.

Events go in (by hand or from the agenda), facts come out. Both are frozen values.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from kdisco.errors import KdiscoError
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, Object
from kdisco.store.host import Host

__all__ = [
    "Adjust",
    "Answered",
    "Ask",
    "Change",
    "Deliver",
    "Delivered",
    "Elapse",
    "Event",
    "Exchange",
    "Exchanged",
    "Fact",
    "Hold",
    "LookUp",
    "LookedUp",
    "Operate",
    "Reconcile",
    "Reconciled",
    "Refused",
    "Release",
    "Reload",
    "Reloaded",
    "Request",
    "Send",
    "StagePassed",
    "Travelled",
    "Wake",
    "Warned",
]

ADMIN = "kubernetes-admin"


@frozen(kw_only=True)
class Request:
    """A write that arrives at the API server.

    ``verb`` is create, update, patch or delete; ``body`` an object, or JSON as sent, or a patch;
    ``patch_type`` merge, strategic or json; ``grace_period`` in seconds, None for the kind's own. ``user``
    is who asks, "" when nobody can tell; ``groups`` are those that the credentials name. ``field_validation`` is
    Strict, Warn or Ignore; "" is what kubectl asks for: Strict, of a patch Warn. Of a delete, ``propagation`` is
    Background, Foreground, Orphan or "" (the kind's own), ``preconditions`` the (uid, resourceVersion) that must
    be, "" for any. Of a server-side apply (``patch_type`` apply), ``manager`` is whose fields they are, ``force``
    takes those of others.
    """

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""
    body: Any = None
    subresource: str = ""
    patch_type: str = "merge"
    user: str = ADMIN
    groups: tuple[str, ...] = ()
    dry_run: bool = False
    grace_period: int | None = None
    field_validation: str = ""
    propagation: str = ""
    preconditions: tuple[str, str] = ("", "")
    manager: str = ""
    force: bool = False


@frozen
class Deliver:
    """The watch of one component brings it all changes made so far."""

    component: str


@frozen
class Reconcile:
    """A controller takes the next key from its queue and works on it."""

    controller: str


@frozen
class Wake:
    """A key comes (back) into a controller's queue: a timer. ``background``: it will do so again and again."""

    controller: str
    key: Key
    background: bool = False


@frozen
class Elapse:
    """Time passes to ``until`` (seconds of cluster time) with nothing due in between."""

    until: float


@frozen
class Hold:
    """A component stops hearing of changes: it works on with what it has seen."""

    component: str


@frozen
class Release:
    """A held component hears of everything it missed."""

    component: str


@frozen
class Adjust:
    """The delays of a component, or of one instance, are set: seconds by name; none: the usual ones again."""

    component: str
    delays: FrozenMap[str, float] = FrozenMap()


@frozen(kw_only=True)
class Operate:
    """Somebody has a hand on the machines: what is out of the ordinary with each, and the faults noted, from now on.

    ``conntrack`` are the tables of those kernels that track other connections now.
    """

    hosts: FrozenMap[str, Host] = FrozenMap()
    faults: FrozenMap[str, Any] = FrozenMap()
    conntrack: FrozenMap[str, Any] = field(default=FrozenMap(), repr=False)


@frozen(kw_only=True)
class Send:
    """A packet sets out: from ``pod/ns/name``, ``node/name`` or an outside address to an IP address.

    ``close``: both ends close the connection afterwards.
    """

    source: str
    destination: str
    port: int = 80
    protocol: str = "tcp"
    flow: int | None = None
    close: bool = False


@frozen(kw_only=True)
class Ask:
    """A DNS message reaches a CoreDNS that keeps answers: in the Pod ``ns/name``, "" where none has a name.

    ``client`` is the asking address; ``turn`` tells questions apart that are else alike.
    """

    data: bytes
    pod: str = ""
    protocol: str = "udp"
    client: str | None = None
    turn: int = 0


@frozen
class Reload:
    """The CoreDNS in a Pod looks at its Corefile, which was changed."""

    pod: str


@frozen(kw_only=True)
class LookUp:
    """A process in the Pod ``ns/name``, or of a node itself, calls getaddrinfo().

    ``turn`` tells calls apart that are else alike.
    """

    name: str
    pod: str = ""
    node: str = ""
    libc: str = "glibc"
    family: str = "unspec"
    turn: int = 0


@frozen(kw_only=True)
class Exchange:
    """A DNS message leaves the Pod ``ns/name``, or a node, for a server's address.

    ``turn`` tells the asking processes apart.

    Messages of one process with the same ``socket`` have one source port.
    """

    server: str
    data: bytes
    pod: str = ""
    node: str = ""
    protocol: str = "udp"
    port: int = 53
    socket: int = 0
    turn: int = 0


Event = (
    Request | Deliver | Reconcile | Wake | Elapse | Hold | Release | Adjust | Operate | Send | Ask | Reload | LookUp
    | Exchange
)


@frozen(kw_only=True)
class StagePassed:
    """One stage of a request's way: what it looked at and did, the object before and after.

    ``details`` are its parts in order, (name, what it did): each admission plugin, the rule that allows.
    """

    stage: str
    note: str
    passed: bool = True
    details: tuple[tuple[str, str], ...] = ()
    before: Object | None = field(default=None, repr=False)
    after: Object | None = field(default=None, repr=False)


@frozen
class Warned:
    """The API server took a request and warns its sender: the text of a ``Warning`` header."""

    text: str


@frozen(kw_only=True)
class Change:
    """A write that was stored: ADDED, MODIFIED or DELETED at a revision."""

    type: str
    resource: str
    key: Key
    revision: int
    before: Object | None = field(default=None, repr=False)
    after: Object | None = field(default=None, repr=False)

    @property
    def object(self) -> Object:
        """The object after the change; of a deletion the last state of it."""
        found = self.after if self.after is not None else self.before
        assert found is not None  # noqa: S101 - a change has a side
        return found


@frozen(kw_only=True)
class Delivered:
    """A component has caught up: so many objects were news to it."""

    component: str
    revision: int
    news: int


@frozen(kw_only=True)
class Reconciled:
    """A controller looked at one key and wrote so many objects; ``problem`` when it must try again."""

    controller: str
    key: Key
    writes: int
    problem: str = ""


@frozen(kw_only=True)
class Refused:
    """A request was turned away; nothing was stored."""

    error: KdiscoError


@frozen(kw_only=True)
class Travelled:
    """A packet's way, hop by hop: a ``kdisco.net.trace.Trace``."""

    trace: Any


@frozen(kw_only=True)
class Answered:
    """A CoreDNS answered; ``messages`` are several for a zone transfer only."""

    pod: str
    messages: tuple[bytes, ...] = field(repr=False)

    @property
    def words(self) -> str:
        """What happened."""
        return f"coredns {self.pod} keeps an answer" if self.pod else "coredns keeps an answer"


@frozen
class Reloaded:
    """A CoreDNS looked at a changed Corefile: what it wrote into its log."""

    pod: str
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """What happened."""
        return f"coredns {self.pod}: {self.lines[-1] if self.lines else 'looks at its Corefile'}"


@frozen
class LookedUp:
    """A name was looked up: a ``kdisco.dns.lookup.Lookup``."""

    lookup: Any

    @property
    def words(self) -> str:
        """What happened."""
        return f"{self.lookup.name} is looked up: {self.lookup.verdict}"


@frozen
class Exchanged:
    """A DNS message was sent from a Pod: a ``kdisco.dns.asking.Delivery``."""

    delivery: Any

    @property
    def words(self) -> str:
        """What happened."""
        by = self.delivery.by
        return f"a DNS message goes to {by}" if by else f"a DNS message gets no answer: {self.delivery.why}"


Fact = (
    StagePassed | Warned | Change | Delivered | Reconciled | Refused | Travelled | Answered | Reloaded | LookedUp
    | Exchanged
)
