"""What a thread serves until it is closed."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from kdisco.shell.serving import Closable, Serving


class Echo(Serving):
    """One socket whose bytes come back."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__("echo")
        self.broken, self.gone = broken, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.where = self.socket.getsockname()
        self._start()

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> list[Closable]:
        assert loop is asyncio.get_running_loop()
        if self.broken:
            msg = "no way"
            raise OSError(msg)
        return [await asyncio.start_server(self._talk, sock=self.socket)]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(100))
        writer.close()

    def _let_go(self) -> None:
        self.gone += 1
        self.socket.close()


def test_it_serves_within_its_block_and_not_afterwards() -> None:
    with Echo() as served, socket.create_connection(served.where) as client:
        client.sendall(b"hello")
        assert client.recv(100) == b"hello"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(served.where)
    assert not any(thread.name == "echo" for thread in threading.enumerate())


def test_closing_twice_is_closing_once() -> None:
    served = Echo()
    served.close()
    served.close()
    assert served.socket.fileno() == -1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_cannot_listen_lets_go_and_nobody_waits_for_it() -> None:
    served = Echo(broken=True)
    served.close()
    assert served.socket.fileno() == -1
