"""``wget``, GNU's and busybox's: one request to each URL. Nothing is written but to standard output.

Upstream: GNU wget 1.21.3 src/http.c, src/connect.c; busybox 1.35 networking/wget.c.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NoReturn

from attrs import define

from kdisco.console.contact import SILENCE, Contact
from kdisco.console.options import Given, Option, WrongOption, amount, read, wrong
from kdisco.console.result import CommandResult, Complaint, failed
from kdisco.console.session import Session
from kdisco.console.url import Url, parse_url
from kdisco.console.web import REASONS, Response, respond
from kdisco.dns.resolver import address_of
from kdisco.net.packet import target

__all__ = ["small_wget", "wget"]

OPTIONS = (
    Option("q quiet"), Option("nv no-verbose"), Option("O output-document", value=True), Option("S server-response"),
    Option("T timeout", value=True), Option("t tries", value=True), Option("spider"),
    Option("U user-agent", value=True), Option("header", value=True), Option("no-check-certificate"),
    Option("4 inet4-only"), Option("6 inet6-only"), Option("c continue"), Option("V version"),
)
SMALL = (
    Option("q"), Option("O", value=True), Option("S"), Option("T", value=True), Option("spider"),
    Option("U", value=True), Option("header", value=True), Option("no-check-certificate"), Option("c"),
    Option("Y", value=True), Option("P", value=True),
)
USAGE = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options."
SMALL_USAGE = """\
BusyBox v1.35.0 multi-call binary.

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[--no-check-certificate] [-P DIR] [-U AGENT] URL...

Retrieve files via HTTP or FTP"""
GENERIC, PARSE, NETWORK, SERVER = 1, 2, 4, 8  # exit statuses
TRIES = 20
ERROR = 400  # the first HTTP status that is a failure
BAR = "*" * 32
UNRESOLVED = {"EAI_AGAIN": "Temporary failure in name resolution", "EAI_NODATA": "No address associated with hostname"}


def wget(session: Session, arguments: list[str]) -> CommandResult:
    """GNU's."""
    try:
        given = read(arguments, OPTIONS)
    except WrongOption as problem:
        return failed(f"wget: {wrong(problem)}\n{USAGE}", PARSE)
    if "V" in given:
        return CommandResult("GNU Wget 1.21.3 built on linux-gnu.\n")
    for name, words in (("T", "--timeout: Invalid time period"), ("t", "--tries: Invalid number")):
        if amount(given.last(name, "1")) is None:
            return failed(f"wget: {words} {_quoted(given.last(name))}", PARSE)
    if not given.words:
        return failed(f"wget: missing URL\n{USAGE}", GENERIC)
    return _all(Large, session, given)


def small_wget(session: Session, arguments: list[str]) -> CommandResult:
    """The one of busybox."""
    try:
        given = read(arguments, SMALL)
    except WrongOption as problem:
        return failed(f"wget: {wrong(problem)}\n{SMALL_USAGE}", GENERIC)
    if not given.words:
        return failed(SMALL_USAGE, GENERIC)
    if amount(given.last("T", "1")) is None:
        return failed(f"wget: invalid number '{given.last('T')}'", GENERIC)
    return _all(Small, session, given)


def _all(kind: type[Fetch], session: Session, given: Given) -> CommandResult:
    out = err = ""
    status = 0
    for text in given.words:
        fetch = kind(session, given, text)
        try:
            status = fetch.run() or status
        except Complaint as problem:
            out, err = out + problem.result.out, err + problem.result.err
            return CommandResult(out, err, problem.result.exit)
        out, err = out + fetch.out, err + fetch.err
    return CommandResult(out, err, status)


def _quoted(text: str) -> str:
    """As GNU quotes in UTF-8."""
    return f"\u2018{text}\u2019"


@define
class Fetch(ABC):
    """One request: ``out`` is what it brought, ``err`` what is said of it."""

    session: Session
    given: Given
    text: str
    out: str = ""
    err: str = ""

    @abstractmethod
    def run(self) -> int:
        """Do it; gives the exit status."""

    @property
    def patience(self) -> float:
        """Seconds that a connection may take."""
        return amount(self.given.last("T", "0")) or 900.0

    def connect(self, url: Url, address: str) -> tuple[str, Contact]:
        """What the kernel says, "" for nothing, and what came of it."""
        found = self.session.connect(address, url.port or 1)
        return (SILENCE if found.error and found.seconds > self.patience else found.error), found

    def respond(self, url: Url, found: Contact) -> Response | None:
        """The answer."""
        return respond(self.session.now(), found, url.path)

    def say(self, words: str) -> None:
        """Tell what happens, unless it is to be quiet."""
        self.err += "" if "q" in self.given else words

    def addresses(self, url: Url) -> tuple[tuple[str, ...], str]:
        """The addresses, or why there are none."""
        literal = address_of(url.host)
        if literal:
            return (literal,), ""
        family = "inet" if "4" in self.given else "inet6" if "6" in self.given else "unspec"
        found = self.session.lookup(url.host, family)
        return found.addresses, UNRESOLVED.get(found.error or "", "Name or service not known")

    def take(self, found: Response) -> None:
        """Take the body where it is to be shown."""
        if self.given.last("O") == "-":
            self.out += found.body

    @property
    def target(self) -> str:
        """The name of the file that it would be written to."""
        last = self.text.partition("://")[2].partition("?")[0].rpartition("/")[2] if "://" in self.text else ""
        return self.given.last("O") or last or "index.html"


class Large(Fetch):
    """GNU's way."""

    @property
    def now(self) -> str:
        """The clock."""
        state = self.session.now()
        at = datetime.fromtimestamp(state.epoch + state.now + sum(self.session.waits), UTC)
        return at.strftime("%Y-%m-%d %H:%M:%S")

    def run(self) -> int:
        """Do it; gives the exit status."""
        url = parse_url(self.text)
        if url is None:
            self.err += f"{self.text}: Invalid host name.\n"
            return GENERIC
        if url.scheme not in ("http", "https"):
            self.err += f"{self.text}: Unsupported scheme {_quoted(url.scheme)}.\n"
            return GENERIC
        self.say("Spider mode enabled. Check if remote file exists.\n" if "spider" in self.given else "")
        self.say(f"--{self.now}--  {url}\n")
        addresses, why = self.addresses(url)
        named = not address_of(url.host)
        if named:
            self.say(f"Resolving {url.host} ({url.host})... {', '.join(addresses) or f'failed: {why}.'}\n")
        if not addresses:
            self.say(f"wget: unable to resolve host address {_quoted(url.host)}\n")
            return NETWORK
        return self._tries(url, addresses, named=named)

    def _tries(self, url: Url, addresses: tuple[str, ...], *, named: bool) -> int:
        most = int(amount(self.given.last("t", str(TRIES))) or TRIES)
        for at in range(1, most + 1):
            error = ""
            for address in addresses:
                shown = f"{url.host} ({url.host})|{address}|" if named else url.name
                error, found = self.connect(url, address)
                self.say(f"Connecting to {shown}:{url.port}... {f'failed: {error}.' if error else 'connected.'}\n")
                if not error:
                    return self._asked(url, found)
            if error != SILENCE:  # all other errors are for good
                return NETWORK
            again = at < most
            self.say(f"Retrying.\n\n--{self.now}--  (try:{at + 1:2d})  {url}\n" if again else "Giving up.\n\n")
        return NETWORK

    def _asked(self, url: Url, found: Contact) -> int:
        response = self.respond(url, found)
        if response is None:
            self.say("HTTP request sent, awaiting response... No data received.\nGiving up.\n\n")
            return NETWORK
        shown = "\n" + "".join(f"  {line}\n" for line in response.head) if "S" in self.given else (
            f" {response.status} {REASONS[response.status]}\n"
        )
        self.say(f"HTTP request sent, awaiting response...{' ' if 'S' in self.given else ''}{shown}")
        if response.status >= ERROR:
            self.say(f"{self.now} ERROR {response.status}: {REASONS[response.status]}.\n\n")
            return SERVER
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        size = len(response.body.encode())
        self.say(f"Length: {size} [{kind}]\n")
        if "spider" in self.given:
            self.say("Remote file exists.\n\n")
            return 0
        self.take(response)
        self.say("".join(self._saved(size)))
        return 0

    def _saved(self, size: int) -> Iterator[str]:
        shown = "STDOUT" if self.target == "-" else self.target
        yield f"Saving to: {_quoted(shown)}\n\n     0K{'':<55}100% {size / 1000:.2f}M=0s\n\n"
        told = "written to stdout" if self.target == "-" else f"{_quoted(shown)} saved"
        yield f"{self.now} ({size / 1000:.2f} MB/s) - {told} [{size}/{size}]\n\n"


class Small(Fetch):
    """busybox's way."""

    def run(self) -> int:
        """Do it; gives the exit status."""
        url = parse_url(self.text)
        if url is None or url.scheme not in ("http", "https"):
            words = f"not an http or ftp url: {self.text}" if "://" in self.text else f"bad address '{self.text}'"
            self._fail(words)
        addresses, _ = self.addresses(url)
        if not addresses:
            self._fail(f"bad address '{url.host}'")
        address = addresses[0]
        self.say(f"Connecting to {url.authority} ({target(address, url.port)})\n")
        error, found = self.connect(url, address)
        if error == SILENCE and found.seconds > self.patience:
            self._fail("download timed out")
        if error:
            self._fail(f"can't connect to remote host ({address}): {error}")
        response = self.respond(url, found)
        if response is None:
            self._fail("error getting response")
        if response.status >= ERROR:
            self._fail(f"server returned error: HTTP/{response.version} {response.status} "
                              f"{REASONS[response.status]}")
        if "S" in self.given:
            self.err += "".join(f"  {line}\n" for line in (*response.head, ""))
        self.take(response)
        self._told(len(response.body.encode()))
        return 0

    def _told(self, size: int) -> None:
        if "spider" in self.given:
            self.say("remote file exists\n")
            return
        name = self.target
        first, last = ("writing to stdout", "written to stdout") if name == "-" else (
            f"saving to '{name}'", f"'{name}' saved"
        )
        self.say(f"{first}\n{name:<20} 100% |{BAR}| {size:>5}  0:00:00 ETA\n{last}\n")

    def _fail(self, words: str) -> NoReturn:
        raise Complaint(CommandResult(self.out, f"{self.err}wget: {words}\n", GENERIC))
