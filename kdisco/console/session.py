"""What a command in a Pod can do: send DNS messages, look names up, read files and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property

from attrs import field, frozen

from kdisco.control.environment import Environment, environment_of
from kdisco.dns.asking import Delivery
from kdisco.dns.hostsfile import hosts_file
from kdisco.dns.lookup import Lookup
from kdisco.dns.resolvconf import resolv_conf
from kdisco.dns.stub import Conf, read_conf
from kdisco.model.pod import Pod
from kdisco.store.events import Event, Exchange, Exchanged, Fact, LookedUp, LookUp
from kdisco.store.random import draw
from kdisco.store.state import State

__all__ = ["Session"]

SMALL_IMAGES = ("busybox", "alpine")  # whose tools are busybox's


@frozen(kw_only=True, slots=False)
class Session:
    """One process in the Pod ``ns/name``.

    ``tell`` lets an event happen, ``now`` gives the state, ``turns`` counts processes.

    ``waits`` has an entry for each message sent: the seconds that were waited in vain.
    """

    pod: str
    tell: Callable[[Event], tuple[Fact, ...]]
    now: Callable[[], State]
    turns: Iterator[int]
    waits: list[float] = field(factory=list)

    @cached_property
    def turn(self) -> int:
        """The number of this process."""
        return next(self.turns)

    @property
    def spec(self) -> Pod:
        """The Pod itself."""
        namespace, _, name = self.pod.partition("/")
        found: Pod = self.now().view.get("pods", (namespace, name))
        return found

    @property
    def small(self) -> bool:
        """Whether the Pod's image brings busybox's tools and not the large ones."""
        return any(each in self.spec.spec.containers[0].image for each in SMALL_IMAGES)

    @property
    def libc(self) -> str:
        """The C library of the Pod's image."""
        return "musl" if "alpine" in self.spec.spec.containers[0].image else "glibc"

    @property
    def files(self) -> dict[str, str]:
        """The files that can be read, by path."""
        state = self.now()
        return {
            "/etc/resolv.conf": resolv_conf(state, self.spec),
            "/etc/hosts": hosts_file(self.spec, state.config),
            "/etc/hostname": f"{self.spec.spec.hostname or self.spec.name}\n",
        }

    @property
    def environment(self) -> Environment:
        """The variables of the Pod's first container."""
        return environment_of(self.now(), self.spec)

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
            pod=self.pod, server=server, data=data, protocol=protocol, port=port, socket=len(self.waits),
            turn=self.turn,
        )
        found: Delivery = next(fact.delivery for fact in self.tell(event) if isinstance(fact, Exchanged))
        if not found.messages and not found.refused:
            self.waits[-1] = wait
        return found

    def lookup(self, name: str, family: str = "unspec") -> Lookup:
        """getaddrinfo()."""
        event = LookUp(name=name, pod=self.pod, libc=self.libc, family=family, turn=next(self.turns))
        found: Lookup = next(fact.lookup for fact in self.tell(event) if isinstance(fact, LookedUp))
        return found
