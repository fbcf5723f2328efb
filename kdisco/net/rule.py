"""iptables rules as values: the one description that is printed and that packets are judged by."""

from __future__ import annotations

from attrs import frozen

from kdisco.net.match import Comment, Match
from kdisco.net.target import Target

__all__ = ["Place", "Rule", "Rules"]

Place = tuple[str, str]  # (table, chain)


@frozen
class Rule:
    """One rule of one chain; ``target`` None only counts."""

    place: Place
    matches: tuple[Match, ...] = ()
    target: Target | None = None

    @property
    def table(self) -> str:
        """filter, nat or mangle."""
        return self.place[0]

    @property
    def chain(self) -> str:
        """The chain's name."""
        return self.place[1]

    @property
    def comment(self) -> str:
        """The words that it carries, "" when none."""
        return next((match.text for match in self.matches if isinstance(match, Comment)), "")

    def restored(self, *, large: bool = False, verb: str = "-A") -> str:
        """The line for iptables-restore; ``large`` leaves out the comments that large clusters go without."""
        kept = (part for part in self.matches if not (large and isinstance(part, Comment) and part.detail))
        words = [verb, self.chain, *(part.restored() for part in kept)]
        return " ".join([*words, self.target.restored()] if self.target else words)

    def saved(self, *, large: bool = False) -> str:
        """The line as iptables-save prints it: addresses and protocol first, then the modules."""
        kept = [part for part in self.matches if not (large and isinstance(part, Comment) and part.detail)]
        heads = [part.head() for part in sorted(kept, key=lambda part: part.RANK)]
        words = ["-A", self.chain, *heads, *(part.saved() for part in kept)]
        return " ".join(word for word in [*words, self.target.saved() if self.target else ""] if word)

    def __str__(self) -> str:
        return f"{self.table}: {self.restored()}"


@frozen(kw_only=True)
class Rules:
    """One node's rules of one family as text.

    ``jumps`` and ``restore`` are what iptables-restore is fed (first the one, then the other, with ``--noflush``;
    in nftables mode ``restore`` is for ``nft -f -`` and ``jumps`` is empty), ``save`` is what iptables-save or
    ``nft list ruleset`` prints back, ``ipvsadm`` what ``ipvsadm -Ln`` prints.
    """

    jumps: str
    restore: str
    save: str
    ipvsadm: str = ""

    def __str__(self) -> str:
        return self.save
