"""What a command can do where it runs: look names up, send messages, connect, read files and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property

from attrs import field, frozen

from kdisco.console.contact import Contact, contact
from kdisco.console.place import Place, place_of
from kdisco.control.environment import Environment
from kdisco.dns.asking import Delivery
from kdisco.dns.lookup import Lookup
from kdisco.dns.stub import Conf, read_conf
from kdisco.model.address import parse_ip
from kdisco.store.events import Event, Exchange, Exchanged, Fact, LookedUp, LookUp, Send, Travelled
from kdisco.store.history import Moment
from kdisco.store.random import draw
from kdisco.store.state import State

__all__ = ["Session"]


@frozen(kw_only=True, slots=False)
class Session:
    """One process at ``where``: ``pod/ns/name`` or ``node/name``.

    ``tell`` lets an event happen, ``now`` gives the state, ``turns`` counts processes, ``past`` is what has happened.

    ``waits`` has an entry for each message sent and each connection made: the seconds that it took.
    """

    where: str
    tell: Callable[[Event], tuple[Fact, ...]]
    now: Callable[[], State]
    turns: Iterator[int]
    past: Callable[[], Iterable[Moment]] = tuple
    waits: list[float] = field(factory=list)

    @cached_property
    def turn(self) -> int:
        """The number of this process."""
        return next(self.turns)

    @property
    def place(self) -> Place:
        """Where it runs."""
        return place_of(self.now(), self.where)

    @property
    def node(self) -> str:
        """The node on which it runs as root, "" in a Pod, from which no kernel may be looked into."""
        kind, _, name = self.where.partition("/")
        return name if kind == "node" else ""

    @property
    def _asker(self) -> dict[str, str]:
        """Who asks, in the words of the events: its Pod or its node."""
        kind, _, name = self.where.partition("/")
        return {kind: name}

    @property
    def small(self) -> bool:
        """Whether there are busybox's tools and not the large ones."""
        return self.place.small

    @property
    def libc(self) -> str:
        """The C library."""
        return self.place.libc

    @property
    def files(self) -> dict[str, str]:
        """The files that can be read, by path."""
        return self.place.files(self.now())

    @property
    def environment(self) -> Environment:
        """The variables."""
        return self.place.environment(self.now())

    @cached_property
    def conf(self) -> Conf:
        """resolv.conf as programs with a resolver of their own read it."""
        return read_conf(self.files["/etc/resolv.conf"], "glibc")

    @property
    def date(self) -> str:
        """The time as ``date`` prints it, in UTC."""
        state = self.now()
        now = datetime.fromtimestamp(state.epoch + state.now + sum(self.waits), UTC)
        return now.strftime("%a %b %d %H:%M:%S UTC %Y")

    def number(self, below: int) -> int:
        """A random whole number, another one for each process and each message that it sent."""
        return draw(self.now().config.seed, (self.turn + 1 << 40) + len(self.waits)) % below

    def exchange(self, server: str, data: bytes, protocol: str = "udp", port: int = 53, wait: float = 0.0) -> Delivery:
        """Send a message by a new socket; when nothing comes, ``wait`` seconds pass."""
        self.waits.append(0.0)
        event = Exchange(
            server=server, data=data, protocol=protocol, port=port, socket=len(self.waits), turn=self.turn,
            **self._asker,
        )
        found: Delivery = next(fact.delivery for fact in self.tell(event) if isinstance(fact, Exchanged))
        if not found.messages and not found.refused:
            self.waits[-1] = wait
        return found

    def lookup(self, name: str, family: str = "unspec") -> Lookup:
        """getaddrinfo()."""
        event = LookUp(name=name, libc=self.libc, family=family, turn=next(self.turns), **self._asker)
        found: Lookup = next(fact.lookup for fact in self.tell(event) if isinstance(fact, LookedUp))
        return found

    def addresses(self, server: str) -> tuple[str, ...]:
        """The addresses of a server that a command line names; none where the name is not known."""
        return (server,) if parse_ip(server) else self.lookup(server).addresses

    def connect(
        self, address: str, port: int, protocol: str = "tcp", flow: int | None = None, *, close: bool = True
    ) -> Contact:
        """A connection, one request and its answer; with ``close`` both ends say goodbye. A ping is protocol icmp.

        Raises UsageError where the Pod cannot send because it does not run.
        """
        event = Send(source=self.where, destination=address, port=port, protocol=protocol, flow=flow, close=close)
        trace = next(fact.trace for fact in self.tell(event) if isinstance(fact, Travelled))
        self.waits.append(0.0)
        found = contact(trace, self.number(1 << 16) / (1 << 16))
        self.waits[-1] = found.seconds
        return found
