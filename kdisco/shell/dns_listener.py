"""The cluster DNS on a port of this machine, by UDP and TCP: what ``dig @127.0.0.1 -p PORT`` talks to.

One thread reads and writes all sockets, so questions are answered one at a time, under the cluster's lock.
Upstream: coredns core/dnsserver/server.go, config.go (timeouts); miekg/dns server.go.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from kdisco.errors import UsageError
from kdisco.shell.serving import Closable, Serving
from kdisco.widget.locks import lock_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Answer = Callable[[bytes, str, str], tuple[bytes, ...]]  # message, protocol, client: messages

__all__ = ["Listener", "listen"]

HOST = "127.0.0.1"
READ, WRITE, IDLE = 3.0, 5.0, 10.0  # seconds a TCP client has for its first message, an answer, each further message
TRIES = 20  # ports that are free for TCP and not for UDP before it is given up
LARGEST_PORT = 65535
LENGTH = 2  # bytes before a message by TCP
FAILED = 0x8002  # header flags: a response, SERVFAIL
LOG = logging.getLogger(__name__)


def listen(cluster: Any, answer: Answer, port: int = 0, address: str = HOST) -> Listener:
    """Serve what ``answer`` gives for the DNS of a cluster; raises UsageError where the port cannot be had."""
    return Listener(answer, port, lock_of(cluster) if cluster is not None else nullcontext(), address)


class Listener(Serving):
    """A running DNS server: ``port`` and ``address`` say where. It ends with its ``with`` block, or by ``close``."""

    def __init__(self, answer: Answer, port: int, lock: AbstractContextManager[Any], address: str = HOST) -> None:
        self._answer, self._lock = answer, lock
        self._udp, self._tcp = _bound(port, address)
        self.address = address
        self.port: int = self._tcp.getsockname()[1]
        super().__init__(f"dns-{self.port}")
        self._start()

    def __repr__(self) -> str:
        state = "" if self._thread.is_alive() else ", closed"
        return f"<DNS at {self.address}, port {self.port}{state}>"

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> Iterable[Closable]:
        datagrams, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self.messages), sock=self._udp)
        return datagrams, await asyncio.start_server(self._converse, sock=self._tcp)

    def _let_go(self) -> None:
        self._udp.close()
        self._tcp.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One TCP connection: message after message, each behind its length."""
        client, patience = writer.get_extra_info("peername")[0], READ
        try:
            while True:
                async with asyncio.timeout(patience):
                    size = int.from_bytes(await reader.readexactly(LENGTH))
                    data = await reader.readexactly(size)
                for message in self.messages(data, "tcp", client):
                    writer.write(len(message).to_bytes(LENGTH) + message if message else b"")
                async with asyncio.timeout(WRITE):
                    await writer.drain()
                patience = IDLE
        except (asyncio.IncompleteReadError, TimeoutError, OSError):
            return  # it has gone away, or keeps others from nothing but itself
        finally:
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    def messages(self, data: bytes, protocol: str, client: str) -> tuple[bytes, ...]:
        """The messages that answer one; where that fails, SERVFAIL, as from a plugin that panics."""
        try:
            with self._lock:
                return self._answer(data, protocol, client)
        except Exception:
            LOG.exception("a question could not be answered")
            return (data[:LENGTH] + struct.pack("!HHHHH", FAILED, 0, 0, 0, 0),)


class _Datagrams(asyncio.DatagramProtocol):
    """The UDP side: a message in, at most one out."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = self._answer(data, "udp", addr[0])[0]
        if message:
            self._transport.sendto(message, addr)


def _bound(port: int, address: str) -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket with the same port; 0 is any that is free for both."""
    if type(port) is not int or not 0 <= port <= LARGEST_PORT:
        msg = f"port: {port!r} is not a whole number from 0 to {LARGEST_PORT}"
        raise UsageError(msg)
    for _ in range(TRIES):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        tcp, udp = socket.socket(family, socket.SOCK_STREAM), socket.socket(family, socket.SOCK_DGRAM)
        try:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((address, port))
            udp.bind((address, tcp.getsockname()[1]))
            tcp.listen()
        except OSError as wrong:
            tcp.close()
            udp.close()
            problem = wrong
            if port:
                break
        else:
            return udp, tcp
    msg = f"port: {address}:{port} cannot be listened on: {problem.strerror}"
    raise UsageError(msg)
