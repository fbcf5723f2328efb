"""busybox's ``wget``: one request to each URL. Nothing is written but to standard output.

Upstream: busybox 1.35 networking/wget.c.
"""

from __future__ import annotations

from typing import NoReturn

from kdisco.console.contact import SILENCE
from kdisco.console.download import ERROR, GENERIC, Fetch, downloaded
from kdisco.console.options import Option, WrongOption, amount, read, wrong
from kdisco.console.result import CommandResult, Complaint, failed
from kdisco.console.session import Session
from kdisco.console.url import parse_url
from kdisco.console.web import REASONS
from kdisco.net.packet import target

__all__ = ["small_wget"]

OPTIONS = (
    Option("q"), Option("O", value=True), Option("S"), Option("T", value=True), Option("spider"),
    Option("U", value=True), Option("header", value=True), Option("no-check-certificate"), Option("c"),
    Option("Y", value=True), Option("P", value=True),
)
USAGE = """\
BusyBox v1.35.0 multi-call binary.

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[--no-check-certificate] [-P DIR] [-U AGENT] URL...

Retrieve files via HTTP or FTP"""
BAR = "*" * 32


def small_wget(session: Session, arguments: list[str]) -> CommandResult:
    """The one of busybox."""
    try:
        given = read(arguments, OPTIONS)
    except WrongOption as problem:
        return failed(f"wget: {wrong(problem)}\n{USAGE}", GENERIC)
    if not given.words:
        return failed(USAGE, GENERIC)
    if amount(given.last("T", "1")) is None:
        return failed(f"wget: invalid number '{given.last('T')}'", GENERIC)
    return downloaded(Small, session, given)


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
