"""``nc -z``: is a port open? Upstream: netcat-openbsd 1.219 netcat.c."""

from __future__ import annotations

from kdisco.console.contact import SILENCE
from kdisco.console.options import Given, Option, WrongOption, read, wrong
from kdisco.console.result import CommandResult, refuse
from kdisco.console.session import Session
from kdisco.dns.resolver import address_of

__all__ = ["nc"]

OPTIONS = (
    Option("z"), Option("v"), Option("w", value=True), Option("u"), Option("n"), Option("4"), Option("6"), Option("h"),
)
USAGE = "usage: nc [-46nuvz] [-w timeout] [destination] [port]"
SERVICES = {
    ("tcp", 22): "ssh", ("tcp", 53): "domain", ("udp", 53): "domain", ("tcp", 80): "http", ("tcp", 443): "https",
    ("tcp", 3306): "mysql", ("tcp", 5432): "postgresql", ("tcp", 6379): "redis", ("tcp", 8080): "http-alt",
}
MAX_PORT, MOST_PORTS = 65535, 64
UNKNOWN = {"EAI_AGAIN": "Temporary failure in name resolution"}


def nc(session: Session, arguments: list[str]) -> CommandResult:
    """Connect to each port; only ``-z`` is modelled, since nobody types into the connection."""
    try:
        given = read(arguments, OPTIONS)
    except WrongOption as problem:
        refuse(f"nc: {wrong(problem)}\n{USAGE}")
    if not given.words:
        refuse(USAGE)
    if len(given.words) == 1:
        refuse("nc: missing port number")
    if not given.last("w", "1").isdecimal():
        refuse(f"nc: timeout invalid: {given.last('w')}")
    ports = _ports(given.words[1])
    if isinstance(ports, str):
        refuse(f"nc: {ports}")
    if "z" not in given:
        refuse("nc: only -z is modelled here: nc -zv HOST PORT")
    host = given.words[0]
    addresses, error = _addresses(session, given, host)
    if not addresses:
        words = UNKNOWN.get(error, "Name or service not known")
        refuse(f'nc: getaddrinfo for host "{host}" port {ports[0]}: {words}')
    if "u" in given and "v" not in given:  # it probes UDP for the sake of what it says
        return CommandResult("")
    told = [_tried(session, given, host, addresses, port) for port in ports]
    err = "".join(text for text, _ in told) if "v" in given else ""
    return CommandResult("", err, 0 if any(opened for _, opened in told) else 1)


def _ports(text: str) -> list[int] | str:
    """The ports of ``80`` or ``8079-8081``, or what is wrong with them."""
    first, dash, last = text.partition("-")
    for part in (first, *([last] if dash else [])):
        if not (part.isascii() and part.isdecimal()):
            return f"port number invalid: {part}"
        if len(part) > 5 or int(part) > MAX_PORT:  # noqa: PLR2004 - digits
            return f"port number too large: {part}"
        if not int(part):
            return f"port number too small: {part}"
    low, high = sorted((int(first), int(last or first)))
    return list(range(low, min(high, low + MOST_PORTS - 1) + 1))


def _addresses(session: Session, given: Given, host: str) -> tuple[tuple[str, ...], str]:
    literal = address_of(host)
    if literal or "n" in given:
        return ((literal,) if literal else ()), ""
    found = session.lookup(host, "inet" if "4" in given else "inet6" if "6" in given else "unspec")
    return found.addresses, found.error or ""


def _tried(session: Session, given: Given, host: str, addresses: tuple[str, ...], port: int) -> tuple[str, bool]:
    """What ``-v`` says of one port, and whether it is open; of UDP only a refusal is heard."""
    protocol = "udp" if "u" in given else "tcp"
    service = SERVICES.get((protocol, port), "*")
    text = ""
    for address in addresses:
        place = host if address == host else f"{host} ({address})"
        found = session.connect(address, port, protocol)
        late = "w" in given and found.seconds > float(given.last("w"))
        if not found.error or (protocol == "udp" and found.error == SILENCE):
            return f"{text}Connection to {place} {port} port [{protocol}/{service}] succeeded!\n", True
        if protocol == "udp":
            continue
        how = "timed out: Operation now in progress" if found.error and late else f"failed: {found.error}"
        text += f"nc: connect to {place} port {port} ({protocol}) {how}\n"
    return text, False
