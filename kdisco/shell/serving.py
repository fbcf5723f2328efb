"""Sockets that are served by a thread of their own, with a loop of its own, until they are closed."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

__all__ = ["Closable", "Serving"]


class Closable(Protocol):
    """What listens on a socket: a server or a transport of asyncio."""

    def close(self) -> None:
        """Listen no more."""


class Serving(ABC):
    """What is served between ``_start`` and ``close``, or the end of a ``with`` block."""

    def __init__(self, name: str) -> None:
        self._ready, self._end = Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    async def _listen(self, loop: asyncio.AbstractEventLoop) -> Iterable[Closable]:
        """Begin to serve the sockets, in the thread; what is given is closed in the end."""

    @abstractmethod
    def _let_go(self) -> None:
        """Close the sockets; a second time nothing happens."""

    def _start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Answer no more, and give the ports back; a second time nothing happens."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._let_go()
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        listening = await self._listen(self._loop)
        self._ready.set()
        await self._end.wait()
        for each in listening:
            each.close()  # asyncio.run ends the conversations that are left
