"""Who answers in the namespaces of a cluster: a word from each Pod on the ports that it listens on, and CoreDNS.

One answer is one line: who, where, asked by whom, ``pod/default/web-1 answers on 10.244.1.3:8080, asked by
10.244.0.2:40112``. By TCP it is the body of an HTTP response; by UDP what was sent comes back behind it.
"""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

from kdisco.console.web import line
from kdisco.shell import dns_listener
from kdisco.shell.linux_build import Built, LinuxError
from kdisco.shell.linux_namespace import inside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from kdisco.cluster import Cluster
    from kdisco.shell.linux_space import Listener, Space

__all__ = ["Answering"]

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
BACKLOG = 512
PATIENCE = 10.0  # seconds that a client has for its request
HEAD = (
    "HTTP/1.1 200 OK\r\nServer: kdisco\r\nContent-Type: text/plain\r\n"
    "Content-Length: {}\r\nConnection: close\r\n\r\n"
)


class Answering:
    """All listeners of a built cluster, in one thread and one for each CoreDNS; they end with their ``with`` block."""

    def __init__(self, cluster: Cluster, spaces: Sequence[Space], built: Built) -> None:
        self._sockets: list[tuple[socket.socket, Listener]] = []
        self._servers: list[dns_listener.Listener] = []
        self._ready, self._end = Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="linux-listeners", daemon=True)
        try:
            for space in spaces:
                with inside(built.descriptors[space.name]):
                    for listener in space.listeners:
                        self._open(cluster, listener)
        except OSError as problem:
            self._let_go()
            msg = f"{space.name}: {listener.address} port {listener.port} cannot be listened on: {problem.strerror}"
            raise LinuxError(msg) from None
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Answer no more; a second time nothing happens."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._let_go()

    def _let_go(self) -> None:
        for server in self._servers:
            server.close()
        for made, _ in self._sockets:
            made.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, cluster: Cluster, listener: Listener) -> None:
        """Bind a port, in the namespace where this thread is."""
        if listener.dns:
            if listener.protocol == "udp":  # one server has both protocols
                answer = partial(cluster.dns.messages, pod=listener.dns)
                self._servers.append(dns_listener.listen(cluster, answer, listener.port, listener.address))
            return
        family = socket.AF_INET6 if ":" in listener.address else socket.AF_INET
        made = socket.socket(family, KINDS[listener.protocol])
        self._sockets.append((made, listener))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((listener.address, listener.port))
        made.setblocking(False)  # noqa: FBT003 - positional only

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        for made, listener in self._sockets:
            if listener.protocol == "tcp":
                await asyncio.start_server(partial(_converse, listener.name), sock=made, backlog=BACKLOG)
            else:
                await self._loop.create_datagram_endpoint(partial(_Datagrams, listener), sock=made)
        self._ready.set()
        await self._end.wait()


async def _converse(name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request, one answer; what the request asks for does not matter."""
    try:
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"\r\n\r\n")
            body = line(name, writer.get_extra_info("sockname")[:2], writer.get_extra_info("peername")[:2]).encode()
            writer.write(HEAD.format(len(body)).encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError):
        return  # it has gone away
    finally:
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    """A UDP port: a datagram in, the line and the datagram out."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        here = self._listener
        self._transport.sendto(line(here.name, (here.address, here.port), addr[:2]).encode() + data, addr)
