"""One flow: what the kernel does with it, and every way that the model has for it, in the same few words."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.net.fates import Fate, fates
from kdisco.net.packet import target
from kdisco.net.trace import Deliver, Trace
from kdisco.net.walk import send
from kdisco.shell.linux_namespace import inside
from kdisco.shell.linux_plan import CLIENTS, OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.shell.linux_build import Built
    from kdisco.store.state import State

__all__ = ["Flow", "Result", "asked", "expected", "judged"]

PATIENCE = 0.9  # seconds for an answer; then it is asked again, as programs do, and that is all
TRIES = 2
SENDS = 400  # what comes one time in twenty is missed once in a billion
IP_RECVERR, IPV6_RECVERR = 11, 25  # linux/in.h, in6.h: a UDP socket hears of all ICMP errors
LINE = re.compile(r"(\S+) answers on (\S+), asked by (\S+):\d+\n")
REQUEST = b"GET / HTTP/1.0\r\n\r\n"
HOW = {"REFUSED": "refused", "REJECT": "refused", "DROP": "silence", "UNREACHABLE": "unreachable"}
CODES = {errno.ECONNREFUSED: "refused", errno.EHOSTUNREACH: "unreachable", errno.ENETUNREACH: "unreachable"}
CODES |= {errno.ECONNRESET: "refused"}


@frozen
class Flow:
    """Somebody asks for a port. ``source`` is ``pod/ns/name``, ``node/name`` or ``outside``."""

    source: str
    to: str
    port: int
    protocol: str = "tcp"

    def __str__(self) -> str:
        return f"{self.source} to {target(self.to, self.port)}/{self.protocol}"


@frozen
class Result:
    """How it ended: answered by ``who`` at ``endpoint``, who saw ``source`` asking; else ``how`` says it all."""

    how: str
    who: str = ""
    endpoint: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.who} at {self.endpoint}, asked by {self.source}" if self.how == "answered" else self.how


# The kernel


async def asked(built: Built, flow: Flow) -> Result:
    """Ask in the namespace of a built cluster where the flow begins."""
    with inside(built.descriptors[flow.source]):
        family = socket.AF_INET6 if ":" in flow.to else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM if flow.protocol == "tcp" else socket.SOCK_DGRAM)
    with made:
        made.setblocking(False)  # noqa: FBT003 - positional only
        try:
            if flow.protocol == "udp" and family == socket.AF_INET:
                made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
            elif flow.protocol == "udp":
                made.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
            if flow.source == OUTSIDE:
                made.bind((CLIENTS[6 if ":" in flow.to else 4], 0))
            return await (_by_tcp if flow.protocol == "tcp" else _by_udp)(made, (flow.to, flow.port))
        except TimeoutError:
            return Result("silence")
        except OSError as problem:
            return Result(CODES.get(problem.errno or 0, str(problem)))


async def _by_tcp(made: socket.socket, to: tuple[str, int]) -> Result:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE * TRIES):
        await loop.sock_connect(made, to)
        await loop.sock_sendall(made, REQUEST)
        data = b""
        while part := await loop.sock_recv(made, 1 << 12):
            data += part
    return _read(data.partition(b"\r\n\r\n")[2])


async def _by_udp(made: socket.socket, to: tuple[str, int]) -> Result:
    loop = asyncio.get_running_loop()
    await loop.sock_connect(made, to)
    for _ in range(TRIES):
        with suppress(PermissionError):  # a rule of this very node is against it; an ICMP message may follow
            made.send(REQUEST)
        try:
            async with asyncio.timeout(PATIENCE):
                return _read(await loop.sock_recv(made, 1 << 12))
        except TimeoutError:
            continue
    return Result("silence")


def _read(data: bytes) -> Result:
    found = LINE.match(data.decode())
    if found is None:
        return Result(f"an answer that makes no sense: {data!r}")
    if found[1] == OUTSIDE:
        return Result("left", source=found[3].strip("[]"))
    return Result("answered", found[1], found[2], found[3].strip("[]"))


# The model


def expected(state: State, flow: Flow) -> Iterator[Result]:
    """What becomes of a flow in the model: one way after the other, as chance will have it."""
    source = CLIENTS[6 if ":" in flow.to else 4] if flow.source == OUTSIDE else flow.source
    for _ in range(SENDS):
        after, trace = send(state, source, flow.to, flow.port, flow.protocol)
        yield _told(trace)
        if after.draws == state.draws:
            return
        state = evolve(state, draws=after.draws)  # other chances, the same past


def _told(trace: Trace) -> Result:
    last = trace.hops[-1]
    if isinstance(last, Deliver):
        return Result("answered", last.listener, trace.endpoint or "", last.after.source)
    if trace.verdict == "LEFT":
        return Result("left", source=last.after.source)
    return Result(HOW[trace.verdict])


def judged(state: State, flow: Flow) -> tuple[Fate, ...]:
    """The fates of a flow on the node where its packet arrives or begins; none from outside."""
    if flow.source == OUTSIDE:
        return ()
    _, trace = send(state, flow.source, flow.to, flow.port, flow.protocol)
    node = next((hop.where for hop in trace.hops if hop.where.startswith("node/")), "").removeprefix("node/")
    if not node or not trace.packet.source:
        return ()
    return fates(state, node, trace.packet.source, flow.to, flow.port, flow.protocol)
