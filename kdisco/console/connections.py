"""``conntrack -L`` and ``ss``: the connections that a kernel tracks, and the sockets of a Pod or a node.

Upstream: conntrack-tools 1.4.7 src/conntrack.c; iproute2 6.1 misc/ss.c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from kdisco.console.options import Given, Option, WrongOption, read, wrong
from kdisco.console.result import CommandResult, refuse
from kdisco.console.session import Session
from kdisco.control.listen import answering
from kdisco.model.address import parse_ip
from kdisco.net.conntrack import NUMBERS, Entry, connections
from kdisco.net.ends import KUBELET, end_of
from kdisco.net.packet import number
from kdisco.store.state import State

__all__ = ["conntrack", "ss"]

NAME = "conntrack v1.4.7 (conntrack-tools)"
TRY = "Try `conntrack -h' or 'conntrack --help' for more information."
OPTIONS = (
    Option("L dump"), Option("C count"), Option("V version"), Option("h help"), Option("p proto", value=True),
    Option("s src orig-src", value=True), Option("d dst orig-dst", value=True), Option("r reply-src", value=True),
    Option("q reply-dst", value=True), Option("sport orig-port-src", value=True),
    Option("dport orig-port-dst", value=True), Option("reply-port-src", value=True),
    Option("reply-port-dst", value=True), Option("o output", value=True), Option("f family", value=True),
    Option("state", value=True),
)
CHANGING = {"D": "delete", "F": "flush", "I": "create", "U": "update", "E": "event", "G": "get", "S": "stats"}
FIELDS: Mapping[str, Callable[[Entry], object]] = {  # what each option compares
    "s": lambda entry: entry.original[1], "d": lambda entry: entry.original[3],
    "r": lambda entry: entry.reply[1], "q": lambda entry: entry.reply[3],
    "sport": lambda entry: str(entry.original[2]), "dport": lambda entry: str(entry.original[4]),
    "reply-port-src": lambda entry: str(entry.reply[2]), "reply-port-dst": lambda entry: str(entry.reply[4]),
    "state": lambda entry: entry.state,
}
ADDRESSES = ("s", "d", "r", "q")
FAMILIES = {"ipv4": 4, "ipv6": 6}


def conntrack(session: Session, arguments: list[str]) -> CommandResult:
    """List the connections that the node tracks, or count them."""
    try:
        given = read(arguments, OPTIONS)
    except WrongOption as problem:
        if problem.name in CHANGING or problem.name in CHANGING.values():
            refuse(f"{NAME}: {problem.word} is not modelled here: -L lists, -C counts", 2)
        refuse(f"{NAME}: unknown option `{problem.word}'\n{TRY}", 2)
    if "V" in given:
        return CommandResult(f"{NAME}\n")
    if not {"L", "C"} & given.values.keys():
        return CommandResult(f"{NAME}\nUsage: conntrack -L|-C [-p proto] [-s ip] [-d ip] [--sport n] [--dport n]\n")
    if complaint := _complaint(given):
        refuse(f"{NAME}: {complaint}\n{TRY}", 2)
    node = session.node
    if not node:
        refuse(f"{NAME}: Operation failed: Operation not permitted")
    state = session.now()
    found = [entry for entry in connections(state, node) if _fits(entry, given)]
    if "C" in given:
        return CommandResult(f"{len(found)}\n")
    extended = "extended" in given.last("o").split(",")
    lines = (_line(entry, state.now, extended=extended) for entry in found)
    return CommandResult("".join(lines), f"{NAME}: {len(found)} flow entries have been shown.\n")


def _complaint(given: Given) -> str:
    if given.last("p", "tcp").lower() not in (*NUMBERS, *map(str, NUMBERS.values())):
        return f"`{given.last('p')}' unsupported protocol"
    for name in ADDRESSES:
        if name in given and not parse_ip(given.last(name)):
            return f"Invalid IP address `{given.last(name)}'"
    for word in given.last("o", "extended").split(","):
        if word not in ("extended", "ktimestamp", "timestamp", "id"):
            return f"Bad parameter `{word}'"
    return f"Unknown protocol family `{given.last('f')}'" if given.last("f", "ipv4") not in FAMILIES else ""


def _fits(entry: Entry, given: Given) -> bool:
    six = ":" in entry.original[1]
    if FAMILIES[given.last("f", "ipv6" if six else "ipv4")] != (6 if six else 4):
        return False
    asked = given.last("p").lower()
    if asked and asked not in (entry.protocol, str(NUMBERS[entry.protocol])):
        return False
    return all(
        number(str(field(entry))) == number(given.last(name)) if name in ADDRESSES else field(entry) == given.last(name)
        for name, field in FIELDS.items()
        if name in given
    )


def _line(entry: Entry, now: float, *, extended: bool) -> str:
    family = ("ipv6     10 " if ":" in entry.original[1] else "ipv4     2 ") if extended else ""
    return f"{family}{entry.line(now)}\n"


SOCKETS = (
    Option("t tcp"), Option("u udp"), Option("n numeric"), Option("a all"), Option("l listening"), Option("4 ipv4"),
    Option("6 ipv6"), Option("H no-header"), Option("p processes"), Option("V version"), Option("h help"),
)
USAGE = "Usage: ss [ OPTIONS ]\n       ss [ OPTIONS ] [ FILTER ]\n"
STATES = {"ESTABLISHED": "ESTAB", "TIME_WAIT": "TIME-WAIT", "SYN_SENT": "SYN-SENT"}
BACKLOG = {"tcp": "4096", "udp": "0"}
ANY = "0.0.0.0"  # noqa: S104 - what is shown, nothing is bound
Row = tuple[str, str, str, str, str, str, str, str]  # netid, state, queues, own address and port, the peer's


def ss(session: Session, arguments: list[str]) -> CommandResult:
    """List sockets: established ones, ``-l`` those that listen, ``-a`` all."""
    try:
        given = read(arguments, SOCKETS)
    except WrongOption as problem:
        refuse(f"ss: {wrong(problem)}\n{USAGE.rstrip()}", 255)
    if "V" in given or "h" in given:
        return CommandResult("ss utility, iproute2-6.1.0\n" if "V" in given else USAGE)
    if given.words:
        refuse(f"ss: a filter is not modelled here: {' '.join(given.words)}", 255)
    state = session.now()
    wanted = [each for each, letter in (("udp", "u"), ("tcp", "t")) if letter in given] or ["udp", "tcp"]
    rows = [row for protocol in wanted for row in _rows(session, state, given, protocol)]
    rows = [row for row in rows if _family_fits(row, given)]
    return CommandResult(_table(rows, netid=len(wanted) > 1, head="H" not in given))


def _family_fits(row: Row, given: Given) -> bool:
    six = ":" in row[4]
    return six if "6" in given and "4" not in given else not six if "4" in given and "6" not in given else True


def _rows(session: Session, state: State, given: Given, protocol: str) -> Iterator[Row]:
    if {"l", "a"} & given.values.keys():
        name = "LISTEN" if protocol == "tcp" else "UNCONN"
        for port in sorted(_ports(session, state, protocol)):
            yield protocol, name, "0", BACKLOG[protocol], ANY, str(port), ANY, "*"
    if "l" in given or protocol == "udp":
        return
    end = end_of(state, session.where)
    for entry in connections(state, end.node):
        if entry.protocol != protocol or (entry.state not in STATES) or (
            entry.state != "ESTABLISHED" and "a" not in given
        ):
            continue
        for own, ownport, peer, port in _sides(entry, end.network.local):
            yield protocol, STATES[entry.state], "0", "0", own, str(ownport), peer, str(port)


def _sides(entry: Entry, local: Iterable[int]) -> Iterator[tuple[str, int, str, int]]:
    """The sockets of a connection that are here: of who asked, and of who answers."""
    _, source, sport, destination, dport = entry.original
    if number(source) in local:
        yield source, sport, destination, dport
    _, server, port, client, client_port = entry.reply
    if number(server) in local:
        yield server, port, client, client_port


def _ports(session: Session, state: State, protocol: str) -> set[int]:
    """The ports that are listened on here."""
    node, wanted = session.node, protocol.upper()
    found = {KUBELET[0]} if node and KUBELET[1] == wanted else set()
    here = set(end_of(state, session.where).network.local)
    for key, box in state.sandboxes.items():
        pod = state.view.get("pods", key)
        if pod is not None and any(number(ip) in here for ip in box.ips):
            found |= {port for port, name in answering(pod, box) if name == wanted}
    return found


def _table(rows: list[Row], *, netid: bool, head: bool) -> str:
    """The columns as ss lays them out where it writes to no terminal."""
    heads = ("Netid", "State", "Recv-Q", "Send-Q", "Local Address", "Port", "Peer Address", "Port")
    shown: list[tuple[str, ...]] = [heads, *rows] if head else [*rows]
    wide = [max((len(row[at]) for row in shown), default=0) for at in range(len(heads))]
    out = []
    for row in shown:
        left = [f"{row[at]:<{wide[at]}}" for at in range(0 if netid else 1, 4)]
        ends = f"{row[4]:>{wide[4]}}:{row[5]:<{wide[5]}} {row[6]:>{wide[6]}}:{row[7]:<{wide[7]}}"
        last = "Process" if row is heads else " " * (len("Process") if head else 0)
        out.append(f"{' '.join(left)} {ends}{last}\n")
    return "".join(out)
