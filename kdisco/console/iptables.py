"""``iptables -L`` and ``-S``: rules in columns, or as commands. Upstream: iptables 1.8.9 iptables/nft-shared.c."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from attrs import field, frozen

from kdisco.console.options import Given, Option, WrongOption, read
from kdisco.console.result import CommandResult, refuse
from kdisco.console.rules_seen import TABLES, VERSION, saved
from kdisco.console.session import Session

__all__ = ["ip6tables", "iptables"]

OPTIONS = (
    Option("L list"), Option("S list-rules"), Option("t table", value=True), Option("n numeric"), Option("v verbose"),
    Option("x exact"), Option("line-numbers"), Option("w wait"), Option("V version"), Option("h help"),
)
CHANGING = frozenset("ADIRFZNXPE")  # commands that would change the rules, which are kube-proxy's
TRY = "Try `{0} -h' or '{0} --help' for more information."
NUMBERS = {"tcp": "6", "udp": "17", "sctp": "132", "icmp": "1", "ipv6-icmp": "58"}
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
CHAIN = re.compile(r":(?P<name>\S+) (?P<policy>\S+) \[\d+:\d+\]")
COUNT = re.compile(r"\[(\d+):(\d+)\] ")
ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
LARGE = 99_999  # a larger count is shown in thousands
UNITS = "KMGT"
Words = Iterator[str]


def iptables(session: Session, arguments: list[str]) -> CommandResult:
    """The rules for IPv4."""
    return _run(session, arguments, "iptables", 4)


def ip6tables(session: Session, arguments: list[str]) -> CommandResult:
    """The rules for IPv6."""
    return _run(session, arguments, "ip6tables", 6)


def _run(session: Session, arguments: list[str], name: str, family: int) -> CommandResult:
    says = f"{name} v{VERSION}: "
    try:
        given = read(arguments, OPTIONS)
    except WrongOption as problem:
        if problem.kind == "unknown" and problem.name[:1] in CHANGING and len(problem.name) == 1:
            words = f"-{problem.name} is not modelled here: the rules are kube-proxy's; -L and -S show them"
            refuse(f"{says}{words}", 2)
        refuse(f"{says}{_wrong(problem)}\n{TRY.format(name)}", 2)
    if "V" in given:
        return CommandResult(f"{name} v{VERSION}\n")
    if not {"L", "S"} & given.values.keys():
        refuse(f"{says}no command specified\n{TRY.format(name)}", 2)
    table = given.last("t", "filter")
    if table not in TABLES:
        words = f"{says}table '{table}' does not exist"
        refuse(f"{words}\nPerhaps {name} or your kernel needs to be upgraded.", 3)
    node = session.node
    if not node:
        refuse(f"{says}Could not fetch rule set generation id: Permission denied (you must be root)", 4)
    chains = _chains(saved(session.now(), node, family, counters=True).get(table, []))
    wanted = given.words[:1]
    if wanted and wanted[0] not in chains:
        refuse(f"{says}chain `{wanted[0]}' in table `{table}' is incompatible, use 'nft' tool.")
    shown = {each: chains[each] for each in (wanted or chains)}
    made = _commands(shown, given) if "S" in given else "\n".join(_listing(shown, chains, given, family))
    return CommandResult(made)


def _wrong(problem: WrongOption) -> str:
    if problem.kind == "missing":
        return f'option "{problem.word}" requires an argument'
    return f'unknown option "{problem.word}"'


@frozen(kw_only=True)
class Line:
    """One rule: what it has counted, and the words that iptables-save prints of it."""

    packets: int
    size: int
    text: str
    words: tuple[str, ...] = field(repr=False)

    @property
    def target(self) -> str:
        """Where it jumps to, "" when it only counts."""
        return self.words[self.words.index("-j") + 1] if "-j" in self.words else ""


@frozen(kw_only=True)
class ChainSeen:
    """One chain; ``policy`` is "-" for one that is not built in."""

    policy: str
    lines: list[Line]


def _chains(lines: list[str]) -> dict[str, ChainSeen]:
    found: dict[str, ChainSeen] = {}
    for line in lines:
        if head := CHAIN.fullmatch(line):
            found[head["name"]] = ChainSeen(policy=head["policy"], lines=[])
            continue
        count = COUNT.match(line)
        text = line[count.end() :] if count else line
        words = tuple(each[1] or each[2] or "" for each in WORD.finditer(text))
        packets, size = (int(count[1]), int(count[2])) if count else (0, 0)
        found[words[1]].lines.append(Line(packets=packets, size=size, text=text, words=words))
    return found


def _commands(chains: Mapping[str, ChainSeen], given: Given) -> str:
    """``-S``: as commands that would make them."""
    counted = " -c 0 0" if "v" in given else ""
    heads = [f"-N {name}" if chain.policy == "-" else f"-P {name} {chain.policy}{counted}"
             for name, chain in chains.items()]
    rules = [_counted(line) if counted else line.text for chain in chains.values() for line in chain.lines]
    return "".join(f"{line}\n" for line in (*heads, *rules))


def _counted(line: Line) -> str:
    before, jump, after = line.text.partition(" -j ")
    return f"{before} -c {line.packets} {line.size}{jump}{after}"


def _listing(
    shown: Mapping[str, ChainSeen], chains: Mapping[str, ChainSeen], given: Given, family: int
) -> Iterator[str]:
    """``-L``: a block for each chain."""
    asked = Counter(line.target for chain in chains.values() for line in chain.lines)
    wide = 8 if "x" in given else 5
    for name, chain in shown.items():
        counted = " 0 packets, 0 bytes" if "v" in given else ""
        kind = f"policy {chain.policy}{counted}" if chain.policy != "-" else f"{asked[name]} references"
        head = "num  " if "line-numbers" in given else ""
        head += f"{'pkts':>{wide}} {'bytes':>{wide}} " if "v" in given else ""
        devices = "in     out     " if "v" in given else ""
        head += f"target     prot opt {devices}source               destination         "
        lines = [f"Chain {name} ({kind})", head]
        for at, line in enumerate(chain.lines, 1):
            lines.append((f"{at:<4} " if "line-numbers" in given else "") + _columns(line, given, family, wide))
        yield "".join(f"{each}\n" for each in lines)


def _columns(line: Line, given: Given, family: int, wide: int) -> str:
    numeric = "n" in given
    seen = _Seen(family)
    seen.take(iter(line.words[2:]))
    counts = f"{_number(line.packets, wide)} {_number(line.size, wide)} " if "v" in given else ""
    anything = "*" if numeric else "any"
    devices = f" {anything:<6} {anything:<6} " if "v" in given else ""
    protocol = NUMBERS.get(seen.protocol, "0") if numeric else seen.protocol or "all"
    option = "--" if family == 4 else "  "  # noqa: PLR2004 - the IP version
    ends = [each if numeric or each != ANYWHERE[family] else "anywhere" for each in (seen.source, seen.destination)]
    source, destination = (f"{each if each.startswith('!') else f' {each}':<20}" for each in ends)
    first = f"{counts}{line.target:<9}  {protocol:<4} {option} {devices}{source} {destination} "
    return first + "".join(f" {part}" for part in (*seen.asks, *seen.does))


def _number(value: int, wide: int) -> str:
    if wide != 5 or value <= LARGE:  # noqa: PLR2004 - without -x
        return f"{value:>{wide}}"
    unit = -1
    while value > LARGE // 10 and unit < len(UNITS) - 1:
        value, unit = (value + 500) // 1000, unit + 1
    return f"{value:>{wide - 1}}{UNITS[unit]}"


class _Seen:
    """A rule's words on their way into columns: what it asks, and what it does."""

    def __init__(self, family: int) -> None:
        self.source = self.destination = ANYWHERE[family]
        self.family = family
        self.protocol = self.module = ""
        self.asks: list[str] = []
        self.does: list[str] = []

    def take(self, words: Words) -> None:
        """Read all words."""
        negated = ""
        for word in words:
            if word == "!":
                negated = "! "
                continue
            match word:
                case "-s" | "-d":
                    value = negated.strip() + _short(next(words), self.family)
                    self.source, self.destination = (
                        (value, self.destination) if word == "-s" else (self.source, value)
                    )
                case "-p":
                    self.protocol = next(words)
                case "-m":
                    self.module = next(words)
                    if self.module in ASKED:
                        self.asks.append(ASKED[self.module])
                case "-j":
                    next(words)
                case _:
                    self._option(word, negated, words)
            negated = ""

    def _option(self, word: str, negated: str, words: Words) -> None:
        told = WORDS.get(word)
        if told is None:
            return
        asks, text = told(word, negated, words, self)
        parts = self.asks if asks else self.does
        if text and asks and self.module in JOINED and parts:
            parts[-1] = f"{parts[-1]} {text}"
        elif text:
            parts.append(text)


ASKED = {  # what a module says before its own words
    "tcp": "tcp", "udp": "udp", "sctp": "sctp", "statistic": "statistic", "recent": "recent:", "ipvs": "ipvs",
    "addrtype": "ADDRTYPE match",
}
JOINED = frozenset(ASKED)
Teller = Callable[[str, str, Words, _Seen], tuple[bool, str]]


def _with(text: str, *, asks: bool = True) -> Teller:
    """A word with its value in a sentence: ``{}`` is the value, ``{not}`` the negation."""
    return lambda _, negated, words, __: (asks, text.format(next(words), **{"not": negated}))


def _plain(text: str, *, asks: bool = True) -> Teller:
    return lambda *_: (asks, text)


def _mark(_: str, __: str, words: Words, ___: _Seen) -> tuple[bool, str]:
    value, _, mask = next(words).partition("/")
    how = "or" if value == mask else "xor" if mask == "0x0" else "xset"
    return False, f"MARK {how} {value}" if how != "xset" else f"MARK xset {value}/{mask}"


def _port(_: str, negated: str, words: Words, __: _Seen) -> tuple[bool, str]:
    mark = "!" if negated else ""
    return True, f"dpt:{mark}{next(words)}"


def _short(cidr: str, family: int) -> str:
    return cidr.removesuffix("/32" if family == 4 else "/128")  # noqa: PLR2004 - the IP version


WORDS: Mapping[str, Teller] = {
    "--dport": _port,
    "--comment": _with("/* {} */"),
    "--ctstate": _with("{not}ctstate {}"),
    "--mark": _with("mark match {not}{}"),
    "--mode": _with("mode {}"),
    "--probability": _with("probability {}"),
    "--src-type": _with("{not}src-type {}"),
    "--dst-type": _with("{not}dst-type {}"),
    "--match-set": lambda _, negated, words, __: (True, f"{negated}match-set {next(words)} {next(words)}"),
    "--vaddr": _with("vaddr {not}{}"),
    "--vproto": _with("vproto {not}{}"),
    "--vport": _with("vport {not}{}"),
    "--rcheck": _plain("CHECK"),
    "--set": _plain("SET"),
    "--seconds": _with("seconds: {}"),
    "--reap": _plain("reap"),
    "--name": _with("name: {}"),
    "--mask": lambda _, __, words, ___: (True, f"side: source mask: {next(words)}"),
    "--set-xmark": _mark,
    "--to-destination": _with("to:{}", asks=False),
    "--reject-with": _with("reject-with {}", asks=False),
    "--random-fully": _plain("random-fully", asks=False),
}
