"""Who answers in the namespaces of a cluster: a word from each Pod on the ports that it listens on, and CoreDNS.

One answer is one line: who, where, asked by whom, ``pod/default/web-1 answers on 10.244.1.3:8080, asked by
10.244.0.2:40112``. By TCP it is the body of an HTTP response; by UDP what was sent comes back behind it.
"""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import TYPE_CHECKING, Any

from kdisco.console.web import line
from kdisco.shell import dns_listener
from kdisco.shell.linux_build import Built, LinuxError
from kdisco.shell.linux_namespace import inside
from kdisco.shell.serving import Closable, Serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


class Answering(Serving):
    """All listeners of a built cluster, in one thread and one for each CoreDNS; they end with their ``with`` block."""

    def __init__(self, cluster: Cluster, spaces: Sequence[Space], built: Built) -> None:
        self._sockets: list[tuple[socket.socket, Listener]] = []
        self._servers: list[dns_listener.Listener] = []
        super().__init__("linux-listeners")
        try:
            for space in spaces:
                with inside(built.descriptors[space.name]):
                    for listener in space.listeners:
                        self._open(cluster, listener)
        except OSError as problem:
            self._let_go()
            msg = f"{space.name}: {listener.address} port {listener.port} cannot be listened on: {problem.strerror}"
            raise LinuxError(msg) from None
        self._start()

    def _let_go(self) -> None:
        for server in self._servers:
            server.close()
        for made, _ in self._sockets:
            made.close()

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

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> Iterable[Closable]:
        listening: list[Closable] = []
        for made, listener in self._sockets:
            if listener.protocol == "tcp":
                talk = partial(_converse, listener.name)
                listening.append(await asyncio.start_server(talk, sock=made, backlog=BACKLOG))
            else:
                listening.append((await loop.create_datagram_endpoint(partial(_Datagrams, listener), sock=made))[0])
        return listening


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
