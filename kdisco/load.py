"""What became of many connections: counts by second and by Pod, and why some were lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from attrs import field, frozen

from kdisco.attempt import ANSWERED, LEFT, REFUSED, TIMEOUT, UNRESOLVED
from kdisco.phrase import Phrase, joined, said
from kdisco.table import Bold, columns, table

__all__ = ["RESET", "Bin", "Load", "Loss"]

RESET = "reset"  # the connection was there, and its other end went away
ENDS = (ANSWERED, REFUSED, TIMEOUT, RESET, UNRESOLVED, LEFT)
TOLD = {
    ANSWERED: Phrase("answered"),
    REFUSED: Phrase("refused"),
    TIMEOUT: Phrase("timeout"),
    RESET: Phrase("reset"),
    UNRESOLVED: Phrase("unresolved"),
    LEFT: Phrase("left"),
}
RARE = (UNRESOLVED, LEFT)  # columns that are shown only where there is something in them
MOST_WHYS = 5
SECOND = Phrase("second")


@frozen(kw_only=True)
class Loss:
    """One connection that was not answered: when (cluster time), how it ended, and one line that says why."""

    at: float
    outcome: str
    why: str


@frozen(kw_only=True)
class Bin:
    """What became of the connections begun from ``start`` on, in seconds of the load; counts by outcome."""

    start: float
    counts: Mapping[str, int] = field(factory=dict)

    def __getitem__(self, outcome: str) -> int:
        return self.counts.get(outcome, 0)

    @property
    def sent(self) -> int:
        """All connections."""
        return sum(self.counts.values())


@frozen(kw_only=True)
class Load:
    """What became of all connections. ``bins`` are ``every`` seconds long; ``pods`` counts who answered how often.

    ``began`` is the cluster time of the first connection, ``losses`` are those that were not answered, in order.
    """

    source: str
    to: str
    port: int
    rate: float
    began: float
    every: float
    bins: tuple[Bin, ...]
    pods: Mapping[str, int]
    losses: tuple[Loss, ...] = field(default=(), repr=False)

    def total(self, outcome: str) -> int:
        """How many connections ended so."""
        return sum(each[outcome] for each in self.bins)

    @property
    def sent(self) -> int:
        """All connections."""
        return sum(each.sent for each in self.bins)

    @property
    def successes(self) -> int:
        """Connections that were answered, and lasted as long as they were to."""
        return self.total(ANSWERED)

    @property
    def refusals(self) -> int:
        """Connections that were refused at once, by a rule (REJECT) or a reset."""
        return self.total(REFUSED)

    @property
    def timeouts(self) -> int:
        """Connections of which nothing was heard."""
        return self.total(TIMEOUT)

    @property
    def resets(self) -> int:
        """Connections that broke while they lasted."""
        return self.total(RESET)

    @property
    def lost(self) -> int:
        """Connections that were not answered, or broke."""
        return self.sent - self.successes

    @property
    def caption(self) -> str:
        """All of it in one line."""
        ends = joined(", ", [Phrase("{count} {end}", count=self.total(end), end=TOLD[end]) for end in self._columns()])
        way = {"source": self.source, "to": self.to, "port": self.port}
        return Phrase("{sent} connections from {source} to {to} port {port}: {ends}", sent=self.sent, **way, ends=ends)

    def _columns(self) -> tuple[str, ...]:
        return tuple(end for end in ENDS if end not in RARE or self.total(end))

    def rows(self) -> Iterator[tuple[str, ...]]:
        """A row a bin: its first second, then a number for each outcome."""
        return ((f"{each.start:g}", *(str(each[end]) for end in self._columns())) for each in self.bins)

    def whys(self) -> tuple[str, ...]:
        """Why connections were lost, the most frequent reason first: how many, how and why."""
        counted = Counter((each.outcome, each.why) for each in self.losses).most_common()
        words = "{count} {end}: {why}"
        return tuple(Phrase(words, count=count, end=TOLD[outcome], why=why) for (outcome, why), count in counted)

    def __str__(self) -> str:
        rows = [(SECOND, *(TOLD[end] for end in self._columns())), *self.rows()]
        pods = [f"{name}: {count}" for name, count in sorted(self.pods.items())]
        whys = self.whys()
        beyond = len(whys) - MOST_WHYS
        more = [Phrase("and {count} reasons more", count=beyond)] if beyond > 0 else []
        return "\n".join([said(self.caption), *columns(rows), *pods, *map(said, (*whys[:MOST_WHYS], *more))])

    def _repr_html_(self) -> str:
        """The bins as a small table; what was lost stands out."""
        heads = ("", *self._columns())
        rows = [
            tuple(Bold(cell) if cell != "0" and head not in ("", ANSWERED) else cell
                  for head, cell in zip(heads, row, strict=True))
            for row in self.rows()
        ]  # fmt: skip
        return table("load", self.caption, (SECOND, *(TOLD[end] for end in self._columns())), rows)
