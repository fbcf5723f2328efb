"""One node in the real kernel, with the rules of its kube-proxy, between those who ask and all the world.

What became of a connection is read from the node's conntrack table, as ``conntrack -L`` prints it.
"""

from __future__ import annotations

import errno
import re
import select
import socket
import subprocess
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from attrs import frozen

from kdisco.net.fabric import is_local, node_network
from kdisco.net.packet import family, target
from kdisco.net.text import rules
from kdisco.shell.linux_build import Built
from kdisco.shell.linux_namespace import inside
from kdisco.shell.linux_node import loading, proxied
from kdisco.shell.linux_space import FORWARDING, QUIET, Feed, Space, batch, host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from types import TracebackType

    from kdisco.store.state import State

__all__ = ["Asked", "RealNode", "Seen"]

NEAR = ("100.64.{}.{}", "fd99:{}::{}")  # of each cable the node has the first address
CAUGHT = 9  # whatever arrives at others than the node is taken by this port
CATCH = f"""\
*nat
-A PREROUTING -i wire -p tcp -j REDIRECT --to-ports {CAUGHT}
-A PREROUTING -i wire -p udp -j REDIRECT --to-ports {CAUGHT}
COMMIT
"""
ALL = {4: "0.0.0.0/0", 6: "::/0"}
ENDS = r"src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)"
LINE = re.compile(f"{ENDS}.*?{ENDS}")  # as it began, and as its answers come
WORDS = {"ECONNREFUSED": "REJECT", "silence": "DROP"}
# seconds after which nothing has come: the way is one of function calls, but a TCP socket of IPv6 may believe an ICMP
# message only when its second SYN, a second later, brings another
SILENT = {4: 0.3, 6: 1.4}


@frozen
class Asked:
    """Somebody's connections: ``many``, all opened at once."""

    source: str
    to: str
    port: int
    protocol: str
    many: int


@frozen
class Seen:
    """What became of them: by endpoint how many, and whether the source was rewritten; else in one word."""

    ends: dict[str, int]
    snat: dict[str, bool]
    word: str = ""


class RealNode:
    """A node with the rules of its kube-proxy; gone with its ``with`` block."""

    def __init__(
        self, state: State, node: str, sources: Iterable[str], listening: AbstractSet[tuple[str, int]] = frozenset()
    ) -> None:
        self.network = node_network(state, node)
        far = [ip for ip in dict.fromkeys(sources) if not is_local(self.network, ip)]
        self.names = {ip: f"client{at}" for at, ip in enumerate(far, 1)}
        others = [_other("world", 0), *(_other(name, at, ip) for at, (ip, name) in enumerate(self.names.items(), 1))]
        self.built = Built((*others, _node(state, node, far)))
        self._listeners: list[socket.socket] = []
        try:
            for name in ("world", *self.names.values()):
                self._listeners += self._catching(name)
            self._listeners += self._heard(listening)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of everything."""
        for each in self._listeners:
            each.close()
        self.built.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, asked: Asked) -> Seen:
        """Open connections and tell what became of them."""
        with inside(self.built.descriptors[self.names.get(asked.source, "node")]):
            opened = [_opened(asked) for _ in range(asked.many)]
        try:
            echoing = [each for each in self._listeners if each.type == socket.SOCK_DGRAM]
            ends = _settled(opened, SILENT[family(asked.to)], echoing)
            return _told(self._conntrack(asked), {each.getsockname()[1]: end for each, end in ends.items()})
        finally:
            for each, _ in opened:
                each.close()

    def _conntrack(self, asked: Asked) -> dict[int, tuple[str, bool]]:
        """By source port: where the connection went, and whether its source was rewritten."""
        command = ["conntrack", "-L", "-f", f"ipv{family(asked.to)}", "-p", asked.protocol]
        with inside(self.built.descriptors["node"]):
            listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = {}
        for entry in LINE.finditer(listed):
            source, to, sport, port, end, back, end_port, _ = entry.groups()
            if (source, to, int(port)) == (asked.source, asked.to, asked.port):
                found[int(sport)] = (target(end, int(end_port)), back != source)
        return found

    def _catching(self, name: str) -> Iterator[socket.socket]:
        with inside(self.built.descriptors[name]):
            for ip in ("0.0.0.0", "::"):  # noqa: S104 - all addresses of a namespace of its own
                yield _bound(ip, CAUGHT, socket.SOCK_STREAM)
                yield _bound(ip, CAUGHT, socket.SOCK_DGRAM)

    def _heard(self, listening: AbstractSet[tuple[str, int]]) -> Iterator[socket.socket]:
        """Ports of the node itself: without them a reset would end what conntrack is to tell."""
        with inside(self.built.descriptors["node"]):
            for ip, port in listening:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM) if is_local(self.network, ip) else ():
                    yield _bound(ip, port, kind)


def _other(name: str, at: int, *own: str) -> Space:
    """A client or all the world: by its cable everything arrives, whatever its destination; the node is the way out."""
    lines = [f"link add wire type veth peer name {name} netns node", "link set lo up", "link set wire up"]
    lines += [f"addr add {host(ip)} dev lo" for ip in own]
    for text, version in zip(NEAR, (4, 6), strict=True):
        lines += [f"addr add {text.format(at, 2)}/{24 if version == 4 else 64} dev wire"]
        lines.append(f"route add {ALL[version]} via {text.format(at, 1)}")
        lines.append(f"route add local {ALL[version]} dev lo table 200")
    feeds = [batch(lines)]
    feeds += [batch(["rule add iif wire lookup 200"], "ip", f"-{version}") for version in (4, 6)]
    feeds += [Feed((tool, "--noflush"), CATCH) for tool in ("iptables-restore", "ip6tables-restore")]
    return Space(name=name, feeds=tuple(feeds))


def _node(state: State, node: str, far: Iterable[str]) -> Space:
    lines = ["link set lo up"]
    for at, (ip, name) in enumerate([("", "world"), *((ip, f"client{at}") for at, ip in enumerate(far, 1))]):
        lines.append(f"link set {name} up")
        lines += [f"addr add {text.format(at, 1)}/{64 if ':' in text else 24} dev {name}" for text in NEAR]
        lines += [f"route add {host(ip)} via {NEAR[':' in ip].format(at, 2)}"] if ip else []
    lines += [f"route add {ALL[6 if ':' in text else 4]} via {text.format(0, 2)}" for text in NEAR]
    device = node_network(state, node).device("eth0")
    own = [text.partition("/")[0] for text in device.addresses] if device else []
    lines += [f"addr add {host(ip)} dev lo" for ip in own]
    loaded = (feed for version in (4, 6) for feed in loading(rules(state, node, family=version), version, state))
    before = (*QUIET, *FORWARDING, *proxied(state, node))
    return Space(name="node", before=before, feeds=(batch(lines), *loaded))


def _bound(ip: str, port: int, kind: socket.SocketKind) -> socket.socket:
    """A port that takes connections."""
    made = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, kind)
    if ":" in ip:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((ip, port))
    if kind == socket.SOCK_STREAM:
        made.listen(4096)
    return made


def _opened(asked: Asked) -> tuple[socket.socket, int]:
    """A connection on its way, and the number of the error that it met already: 0, EINPROGRESS, ..."""
    kind = socket.SOCK_STREAM if asked.protocol == "tcp" else socket.SOCK_DGRAM
    made = socket.socket(socket.AF_INET6 if ":" in asked.to else socket.AF_INET, kind)
    made.setblocking(False)  # noqa: FBT003 - positional only
    made.bind((asked.source, 0))
    code = made.connect_ex((asked.to, asked.port))
    if asked.protocol == "udp" and not code:
        with suppress(PermissionError):  # a rule of this very node is against it
            made.send(b"?")
        code = errno.EINPROGRESS
    return made, code


def _settled(
    opened: list[tuple[socket.socket, int]], silent: float, echoing: list[socket.socket]
) -> dict[socket.socket, str]:
    """How each ended: ``open``, an error's name, or ``silence``; datagrams are sent back meanwhile."""
    poll, echoes = select.poll(), {each.fileno(): each for each in echoing}
    for number in echoes:
        poll.register(number, select.POLLIN)
    ends = {each: "open" if not code else errno.errorcode[code] for each, code in opened}
    waiting = {each.fileno(): each for each, code in opened if code == errno.EINPROGRESS}
    for number, each in waiting.items():
        ends[each] = "silence"
        poll.register(number, select.POLLOUT if each.type == socket.SOCK_STREAM else select.POLLIN)
    until = time.monotonic() + silent
    while waiting and time.monotonic() < until:
        for number, _ in poll.poll(50):
            if number in echoes:
                echoes[number].sendto(*echoes[number].recvfrom(16))
                continue
            poll.unregister(number)
            each = waiting.pop(number)
            code = each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            ends[each] = errno.errorcode[code] if code else "open"
    return ends


def _told(entries: dict[int, tuple[str, bool]], ends: dict[int, str]) -> Seen:
    """The connections in one value; what differs between them shows in ``word``."""
    tracked = [entries[port] for port, end in ends.items() if end == "open" and port in entries]
    if not tracked:
        words = sorted({WORDS.get(end, end) for end in ends.values()})
        return Seen({}, {}, ", ".join(words))
    if len(tracked) < len(ends) or len(set(tracked)) > len(dict(tracked)):
        return Seen({}, {}, f"not all alike: {sorted(set(tracked))}, {len(ends) - len(tracked)} did not arrive")
    return Seen(dict(Counter(end for end, _ in tracked)), dict(tracked))
