"""The reader of what iptables-save prints and iptables-restore is fed: text in, the same rule values out.

It knows the matches and targets that kube-proxy writes. Upstream: iptables-restore(8), iptables-extensions(8),
iptables/xtables-restore.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import evolve, field, frozen

from kdisco.errors import UsageError
from kdisco.model.frozen import FrozenMap
from kdisco.net.iptables import BUILT_IN
from kdisco.net.match import (
    AddrType,
    Comment,
    Ctstate,
    Destination,
    Dport,
    Marked,
    Match,
    Protocol,
    Recent,
    Source,
    Statistic,
    as_range,
)
from kdisco.net.packet import address, target
from kdisco.net.rule import Place, Rule
from kdisco.net.target import Dnat, Jump, Masquerade, SetMark, Target, Verdict

__all__ = ["Tables", "normal", "read"]

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
COUNTED = re.compile(r"\[(\d+):(\d+)\] ")
VERDICTS = ("ACCEPT", "DROP", "RETURN")
REFUSALS = {4: "icmp-port-unreachable", 6: "icmp6-port-unreachable"}
Words = Iterator[str]
Count = tuple[int, int]


@frozen(kw_only=True)
class Tables:
    """The chains of some tables, by (table, chain): their rules in order, and what each rule has counted.

    Built-in chains that have no rules are there too, once their table was named.
    """

    chains: Mapping[Place, tuple[Rule, ...]] = FrozenMap()
    counts: Mapping[Place, tuple[Count, ...]] = field(default=FrozenMap(), eq=False)


def read(*texts: str, family: int = 4) -> Tables:
    """What stands in the kernel after these texts were loaded one after the other, none of them flushing a table.

    Each is fed as to ``iptables-restore --noflush --counters``, so that what iptables-save prints is read as well.
    Raises UsageError with the number of the line that cannot be read, and leaves nothing half done.
    """
    loader = _Loader(family)
    for text in texts:
        for at, line in enumerate(text.splitlines(), 1):
            try:
                loader.line(line)
            except (KeyError, StopIteration, ValueError, UsageError) as error:
                reason = str(error) if isinstance(error, UsageError) else "what it says is not known here"
                msg = f"iptables-restore: line {at} failed: {reason}: {line}"
                raise UsageError(msg) from None
    return loader.tables()


def normal(rule: Rule) -> Rule:
    """A rule as iptables-save tells of it: addresses as ranges, in the order in which it prints them."""
    matches = [
        evolve(match, cidr=as_range(match.cidr)) if isinstance(match, Source | Destination) else match
        for match in rule.matches
    ]
    asking = [match for match in matches if not (isinstance(match, Source | Destination) and match.cidr.endswith("/0"))]
    to = rule.target
    if isinstance(to, Dnat):
        to = Dnat(address(to.address), to.port, target(address(to.address), to.port))
    return Rule(rule.place, tuple(sorted(asking, key=lambda match: match.RANK)), to)


class _Loader:
    """Tables under way."""

    def __init__(self, family: int) -> None:
        self.family = family
        self.table = ""
        self.chains: dict[Place, list[tuple[Rule, Count]]] = {}

    def tables(self) -> Tables:
        rows = sorted(self.chains.items())
        return Tables(
            chains=FrozenMap({place: tuple(rule for rule, _ in listed) for place, listed in rows}),
            counts=FrozenMap({place: tuple(count for _, count in listed) for place, listed in rows}),
        )

    def line(self, line: str) -> None:
        """Take in one line."""
        if not line or line.startswith("#"):
            return
        if line.startswith("*"):
            self.table = line[1:]
            for chain in BUILT_IN[self.table]:
                self.chains.setdefault((self.table, chain), [])
        elif line.startswith(":"):
            chain = line[1:].partition(" ")[0]
            self.chains[self.table, chain] = []  # a chain that is named again begins anew
        elif line == "COMMIT":
            self._check()
        else:
            counted = COUNTED.match(line)
            count = (int(counted[1]), int(counted[2])) if counted else (0, 0)
            self._command(iter(_words(line[counted.end() :] if counted else line)), count)

    def _command(self, words: Words, count: Count) -> None:
        verb, place = next(words), (self.table, next(words))
        listed = self.chains.get(place)
        if listed is None:
            msg = "No chain/target/match by that name"
            raise UsageError(msg)
        match verb:
            case "-A":
                listed.append((self._rule(place, words), count))
            case "-I":
                listed.insert(0, (self._rule(place, words), count))
            case "-X" if listed:
                msg = "Directory not empty"
                raise UsageError(msg)
            case "-X":
                del self.chains[place]
            case _:
                raise KeyError(verb)

    def _check(self) -> None:
        """Refuse a table in which a rule jumps to a chain that is not there."""
        for (table, _), listed in self.chains.items():
            for rule, _ in listed:
                if isinstance(rule.target, Jump) and (table, rule.target.chain) not in self.chains:
                    msg = f"there is no chain {rule.target.chain} in table {table}"
                    raise UsageError(msg)

    def _rule(self, place: Place, words: Words) -> Rule:
        matches: list[Match] = []
        what: Target | None = None
        recent: dict[str, str] = {}
        spot, negated = 0, False
        for word in words:
            if word == "!":
                negated = True
                continue
            if word == "-j":
                what = _target(next(words), words, self.family)
            elif word == "-m":  # what a module asks comes with its options
                spot = len(matches) if next(words) == "recent" else spot
            elif word in RECENT:
                recent[word] = next(words) if RECENT[word] else ""
            else:
                matches.append(MATCHES[word](words, negated))
            negated = False
        if recent:
            matches.insert(spot, _recent(recent, self.family))
        return Rule(place, tuple(matches), what)


def _words(line: str) -> Iterable[str]:
    for quoted in TOKEN.finditer(line):
        yield quoted[2] if quoted[2] is not None else re.sub(r"\\(.)", r"\1", quoted[1])


def _bit(text: str) -> int:
    return int(text.partition("/")[0], 16)


def _random(words: Words) -> Statistic:
    """``--mode random --probability P``: one in n."""
    if [next(words), next(words)] != ["random", "--probability"]:
        msg = "only statistic --mode random is known"
        raise UsageError(msg)
    return Statistic(round(1 / float(next(words))))


def _local(end: str, words: Words) -> AddrType:
    if next(words) != "LOCAL":
        msg = f"only addrtype --{end}-type LOCAL is known"
        raise UsageError(msg)
    return AddrType(end)


MATCHES: dict[str, Callable[[Words, bool], Match]] = {
    "-s": lambda words, negated: Source(next(words), negated),
    "-d": lambda words, negated: Destination(next(words), negated),
    "-p": lambda words, _: Protocol(next(words)),
    "--dport": lambda words, _: Dport(int(next(words))),
    "--comment": lambda words, _: Comment(next(words)),
    "--ctstate": lambda words, negated: Ctstate(tuple(next(words).split(",")), negated),
    "--mark": lambda words, negated: Marked(_bit(next(words)), negated),
    "--src-type": lambda words, _: _local("src", words),
    "--dst-type": lambda words, _: _local("dst", words),
    "--mode": lambda words, _: _random(words),
}
RECENT = {  # the options of one match, which the two texts put in different order, and whether a value follows
    "--name": True,
    "--seconds": True,
    "--mask": True,
    "--rcheck": False,
    "--set": False,
    "--reap": False,
    "--rsource": False,
}


def _recent(options: Mapping[str, str], family: int) -> Recent:
    return Recent(options["--name"], family, int(options["--seconds"]) if "--rcheck" in options else None)


def _target(name: str, words: Words, family: int) -> Target:
    if name == "REJECT":
        if list(words) not in ([], ["--reject-with", REFUSALS[family]]):
            raise KeyError(name)
        return Verdict(name, family)
    if name in VERDICTS:
        return Verdict(name)
    if name == "MARK":
        return _mark(next(words), next(words))
    if name == "MASQUERADE":
        if next(words, "") != "--random-fully":
            msg = "only MASQUERADE --random-fully is known"
            raise UsageError(msg)
        return Masquerade()
    if name == "DNAT":
        if next(words) != "--to-destination":
            raise KeyError(name)
        to = next(words)
        ip, _, port = to.rpartition(":")
        return Dnat(ip.strip("[]"), int(port), to)
    return Jump(name)


def _mark(option: str, value: str) -> SetMark:
    how = {"--or-mark": "or", "--xor-mark": "xor"}.get(option)
    if how is None:  # --set-xmark VALUE/MASK: a mask of nothing clears nothing
        how = "xor" if int(value.partition("/")[2], 16) == 0 else "or"
    return SetMark(how, _bit(value))
