"""Ways through the rules, remembered by what the rules can see of a packet and, where dice decide, by their falls.

The dice are thrown all the same, in the same order: only the rules between two throws are not gone through again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from kdisco.net.match import Sight
    from kdisco.net.proxy import FrontEnds
    from kdisco.net.traverse import Way

    Throw = Callable[[int], int]  # one of so many faces, each as likely as the others
    Walk = Callable[[str, str, Sight, int, Throw], tuple[Way, bool]]  # a table, its chain, a packet and its mark

__all__ = ["Forks"]

MOST = 1 << 12  # packets that are remembered


class _Fork:
    """Where the dice decide: ``among`` so many, and what follows ``after`` each face that has been seen."""

    __slots__ = ("after", "among")

    def __init__(self, among: int) -> None:
        self.among = among
        self.after: dict[int, _Fork | Way] = {}


class Forks:
    """The ways that packets have gone through one ruleset."""

    __slots__ = ("_front", "_known")

    def __init__(self, front: FrontEnds | None = None) -> None:
        """With ``front`` a port tells packets apart only where it is a Service's, as all else is no rule's business."""
        self._known: dict[Hashable, _Fork | Way] = {}
        self._front = front

    def way(self, table: str, chain: str, sight: Sight, mark: int, throw: Throw, walk: Walk) -> Way:
        """The way of a packet: as others have gone, or by ``walk``, which tells whether the next may go alike."""
        ip, protocol, port = sight.destination, sight.protocol, sight.dport
        if self._front is not None and not self._front.matters(ip, protocol, port):
            port = 0
        packet = (
            table, chain, mark, sight.source, ip, protocol, port, sight.source_local, sight.destination_local,
            sight.states, sight.virtual,
        )  # fmt: skip
        found = self._known.get(packet)
        fallen: list[int] = []
        while type(found) is _Fork:
            fallen.append(throw(found.among))
            found = found.after.get(fallen[-1])
        if found is not None:
            return found  # type: ignore[return-value]  # no fork is left
        return self._walked(packet, fallen, throw, partial(walk, table, chain, sight, mark))

    def _walked(
        self, packet: Hashable, fallen: list[int], throw: Throw, walk: Callable[[Throw], tuple[Way, bool]]
    ) -> Way:
        """A way that is gone for the first time; ``fallen`` are the dice that lie already."""
        thrown: list[tuple[int, int]] = []

        def replayed(among: int) -> int:
            at = len(thrown)
            thrown.append((among, fallen[at] if at < len(fallen) else throw(among)))
            return thrown[-1][1]

        way, fixed = walk(replayed)
        if fixed:
            if len(self._known) >= MOST and packet not in self._known:
                self._known.clear()
            place: dict[Any, _Fork | Way] = self._known
            key: Hashable = packet
            for among, face in thrown:
                fork = place.setdefault(key, _Fork(among))
                place, key = fork.after, face  # type: ignore[union-attr]  # a fork stays one
            place[key] = way
        return way
