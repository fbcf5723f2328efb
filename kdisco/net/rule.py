"""iptables rules as values: the one description that is printed and that packets are judged by."""

from __future__ import annotations

from attrs import frozen

from kdisco.net.match import Comment, Match
from kdisco.net.target import Target

__all__ = ["Place", "Rule", "Rules"]

Place = tuple[str, str]  # (table, chain)
HEADS = ("-s", "-d", "-p")  # what iptables-save prints before the modules, by the rank of the match


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
        for match in self.matches:  # many a hop of a trace asks
            if isinstance(match, Comment):
                return match.text
        return ""

    def restored(self, *, large: bool = False, verb: str = "-A") -> str:
        """The line for iptables-restore; ``large`` leaves out the comments that large clusters go without."""
        words = [verb, self.place[1]]
        words += [part.restored() for part in self.matches if not (large and part.detail)]
        if self.target:
            words.append(self.target.restored())
        return " ".join(words)

    def saved(self, *, large: bool = False) -> str:
        """The line as iptables-save prints it: addresses and protocol first, then the modules."""
        heads = ["", "", ""]  # the source, the destination and the protocol have their places
        words = ["-A", self.place[1]]
        for part in self.matches:
            if len(HEADS) > part.RANK:
                heads[part.RANK] = part.head()
            if part.MODULE and not (large and part.detail):
                words.append(part.saved())
        words[2:2] = filter(None, heads)
        if self.target:
            words.append(self.target.saved())
        return " ".join(words)

    def __str__(self) -> str:
        return f"{self.table}: {self.restored()}"


@frozen(kw_only=True)
class Rules:
    """One node's rules of one family as text.

    ``jumps`` and ``restore`` are what iptables-restore is fed (first the one, then the other, with ``--noflush``;
    in nftables mode ``restore`` is for ``nft -f -`` and ``jumps`` is empty), ``save`` is what iptables-save or
    ``nft list ruleset`` prints back. In IPVS mode ``ipvsadm`` is what ``ipvsadm -Ln`` prints, ``ipset`` what
    ``ipset list`` prints, ``ipset_restore`` what ``ipset restore`` makes the sets of before the rules can ask them.
    """

    jumps: str
    restore: str
    save: str
    ipvsadm: str = ""
    ipset: str = ""
    ipset_restore: str = ""

    def __str__(self) -> str:
        return self.save
