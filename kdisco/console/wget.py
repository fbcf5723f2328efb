"""GNU's ``wget``: one request to each URL. Nothing is written but to standard output.

Upstream: GNU wget 1.21.3 src/http.c, src/connect.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from kdisco.console.contact import SILENCE, Contact
from kdisco.console.download import ERROR, GENERIC, Fetch, downloaded
from kdisco.console.options import Option, WrongOption, amount, read, wrong
from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.console.url import Url, parse_url
from kdisco.console.web import REASONS
from kdisco.dns.resolver import address_of

__all__ = ["wget"]

OPTIONS = (
    Option("q quiet"), Option("nv no-verbose"), Option("O output-document", value=True), Option("S server-response"),
    Option("T timeout", value=True), Option("t tries", value=True), Option("spider"),
    Option("U user-agent", value=True), Option("header", value=True), Option("no-check-certificate"),
    Option("4 inet4-only"), Option("6 inet6-only"), Option("c continue"), Option("V version"),
)
USAGE = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options."
PARSE, NETWORK, SERVER = 2, 4, 8  # exit statuses
TRIES = 20


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
    return downloaded(Large, session, given)


def _quoted(text: str) -> str:
    """As GNU quotes in UTF-8."""
    return f"\u2018{text}\u2019"


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
