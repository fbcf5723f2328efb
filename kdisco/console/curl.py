"""``curl``: one request to each URL, and what it says when nobody answers. Upstream: curl 7.88.1, as Debian 12 has it.

On a terminal, so without a progress meter. A world outside the cluster is not modelled: there nobody answers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

from attrs import define, field

from kdisco.console.contact import NO_HOST, REFUSAL, UNREACHABLE, Contact
from kdisco.console.curl_report import report
from kdisco.console.options import Given, Option, WrongOption, amount, read
from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.console.url import Url, parse_url
from kdisco.console.web import Response, respond, speaks_tls
from kdisco.dns.resolver import address_of

__all__ = ["OPTIONS", "curl"]

OPTIONS = (
    Option("s silent"), Option("S show-error"), Option("v verbose"), Option("o output", value=True),
    Option("w write-out", value=True), Option("m max-time", value=True), Option("connect-timeout", value=True),
    Option("I head"), Option("i include"), Option("H header", value=True), Option("A user-agent", value=True),
    Option("X request", value=True), Option("d data", value=True), Option("f fail"), Option("k insecure"),
    Option("L location"), Option("4 ipv4"), Option("6 ipv6"), Option("N no-buffer"), Option("g globoff"),
    Option("url", value=True), Option("http1.1"), Option("no-progress-meter"), Option("no-keepalive"),
    Option("trace-time"), Option("V version"), Option("h help"),
)
REAL = (  # options of the real one that have no meaning here
    "a b c C D e E F G j J K l M n O p P q Q r R t T u U x y Y z Z 0 1 2 3 append cookie cookie-jar continue-at "
    "dump-header referer cert form get config list-only netrc remote-name proxy proxytunnel range upload-file user "
    "parallel resolve connect-to cacert capath key interface local-port retry retry-delay compressed data-raw "
    "data-binary data-urlencode json trace trace-ascii unix-socket http1.0 http2 http3 tlsv1.2 tlsv1.3 max-redirs "
    "dns-servers keepalive-time limit-rate speed-time speed-limit oauth2-bearer stderr create-dirs"
)
TRY = "curl: try 'curl --help' or 'curl --manual' for more information"
WORDS = {"unknown": "is unknown", "missing": "requires parameter", "ambiguous": "is ambiguous"}
NUMBERS = {"m": "-m", "connect-timeout": "--connect-timeout"}
VERSION = """\
curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1
Release-Date: 2023-02-20
Protocols: http https
Features: HTTPS-proxy IPv6 SSL
"""
HELP = """\
Usage: curl [options...] <url>
 -d, --data <data>          HTTP POST data
 -f, --fail                 Fail fast with no output on HTTP errors
 -h, --help <category>      Get help for commands
 -i, --include              Include protocol response headers in the output
 -o, --output <file>        Write to file instead of stdout
 -s, --silent               Silent mode
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -V, --version              Show version number and quit
"""
AGENT = "curl/7.88.1"
MALFORMED, UNRESOLVED, UNCONNECTED, EMPTY, TIMED_OUT, HTTP_ERROR = 3, 6, 7, 52, 28, 22
NO_PROTOCOL, NO_TLS, UNTRUSTED, UNWRITTEN = 1, 35, 60, 23
UNTRUSTED_WORDS = """\
SSL certificate problem: unable to get local issuer certificate
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above."""
OUTSIDE = "kdisco: the packet has left the cluster; who answers out there is not modelled"
PER_QUESTION = 0.0004  # seconds that a DNS server needs
CRLF = "\r\n"


class Failed(Exception):
    """A transfer that fails: curl's exit status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


def curl(session: Session, arguments: list[str]) -> CommandResult:
    """Ask each URL."""
    try:
        given = read(arguments, OPTIONS, equals=False)
    except WrongOption as problem:
        if problem.kind == "unknown" and problem.name in REAL.split():
            return failed(f"curl: option {problem.word}: is not modelled here\n{TRY}", 2)
        return failed(f"curl: option {problem.word}: {WORDS[problem.kind]}\n{TRY}", 2)
    for name, shown in NUMBERS.items():
        if amount(given.last(name, "0")) is None:
            return failed(f"curl: option {shown}: expected a proper numerical parameter\n{TRY}", 2)
    if "V" in given or "h" in given:
        return CommandResult(VERSION if "V" in given else HELP)
    urls = [*given.values.get("url", ()), *given.words]
    if not urls:
        return failed(TRY, 2)
    out = err = ""
    status = 0
    for number, text in enumerate(urls):
        transfer = Transfer(session, given, text, number)
        status = transfer.run()
        out, err = out + transfer.out, err + transfer.err
    return CommandResult(out, err, status)


@define
class Transfer:
    """One request. Times in seconds since its beginning; ``at`` is how far it has come."""

    session: Session
    given: Given
    text: str
    number: int
    out: str = ""
    err: str = ""
    url: Url | None = None
    contact: Contact | None = None
    response: Response | None = None
    times: dict[str, float] = field(factory=dict)  # namelookup, connect, starttransfer, total
    at: float = 0.0
    shown: int = 0  # bytes of the body
    status: int = 0
    problem: str = ""

    @property
    def method(self) -> str:
        """GET, unless something else is asked for."""
        usual = "HEAD" if "I" in self.given else "POST" if "d" in self.given else "GET"
        return self.given.last("X", usual)

    def run(self) -> int:
        """Do it; gives the exit status."""
        try:
            self._run()
        except Failed as problem:
            self.status, self.problem = problem.status, problem.words.partition("\n")[0]
            if "s" not in self.given or "S" in self.given:
                self.err += f"curl: ({problem.status}) {problem.words}\n"
                if self.contact is not None and self.contact.left:
                    self.err += f"{OUTSIDE}\n"
        if "w" in self.given:
            told, unknown = report(self, self.given.last("w"))
            self.out += told
            self.err += "".join(f"curl: unknown --write-out variable: '{name}'\n" for name in unknown)
        return self.status

    def _run(self) -> None:
        self.url = parse_url(self.text)
        if self.url is None:
            raise Failed(MALFORMED, "URL using bad/illegal format or missing URL")
        if self.url.scheme not in ("http", "https"):
            raise Failed(NO_PROTOCOL, f'Protocol "{self.url.scheme}" not supported or disabled in libcurl')
        if (target := self.given.last("o", "-")) not in ("-", "/dev/null"):
            raise Failed(UNWRITTEN, f"Failure writing output to destination: {target}; only /dev/null is there")
        addresses = self._resolve(self.url)
        self.contact = self._connect(self.url, addresses)
        self._say(f"Connected to {self.url.host} ({self._peer(self.contact)}) port {self.url.port} (#{self.number})")
        if self.url.scheme == "https":
            self._secure(self.contact)
        self._ask(self.url, self.contact)
        self._say(f"Closing connection {self.number}")
        if self.response is not None and "f" in self.given and self.response.status >= 400:  # noqa: PLR2004 - HTTP
            raise Failed(HTTP_ERROR, f"The requested URL returned error: {self.response.status}")

    def _say(self, words: str) -> None:
        if "v" in self.given:
            self.err += f"{self._stamp}* {words}\n"

    @property
    def _stamp(self) -> str:
        """The time of day (UTC) before each line of ``-v``, for those who ask for it."""
        if "trace-time" not in self.given:
            return ""
        state = self.session.now()
        return datetime.fromtimestamp(state.epoch + state.now + self.at, UTC).strftime("%H:%M:%S.%f ")

    def _fail(self, status: int, words: str, *, more: str = "") -> Failed:
        """The end of a connection, told twice where one listens."""
        self._say(words)
        self._say(f"Closing connection {self.number}")
        return Failed(status, words + more)

    @property
    def _limit(self) -> float:
        """Seconds that it may take in all."""
        return amount(self.given.last("m", "0")) or math.inf

    def _resolve(self, url: Url) -> tuple[str, ...]:
        literal = address_of(url.host)
        if literal:
            self.times["namelookup"] = 0.0
            return (literal,)
        family = "inet" if "4" in self.given else "inet6" if "6" in self.given else "unspec"
        found = self.session.lookup(url.host, family)
        took = found.seconds + PER_QUESTION * len(found.questions)
        if took > self._limit:
            self.times["total"] = self._limit
            raise self._fail(TIMED_OUT, f"Resolving timed out after {_milliseconds(self._limit)} milliseconds")
        self.times["namelookup"] = self.at = took
        if found.error:
            self.times["total"] = took
            raise self._fail(UNRESOLVED, f"Could not resolve host: {url.host}")
        return found.addresses

    def _connect(self, url: Url, addresses: tuple[str, ...]) -> Contact:
        spent = self.times["namelookup"]
        patience = amount(self.given.last("connect-timeout", "0")) or 300.0
        limit, late = min((self._limit, False), (patience, True))
        found = None
        for address in addresses:
            self._say(f"  Trying {f'[{address}]' if ':' in address else address}:{url.port}...")
            found = self.contact = self.session.connect(address, url.port or 1)
            spent += found.seconds
            if spent >= limit:
                spent = self.at = limit
                break
            self.at = spent
            if not found.error:
                self.times["connect"] = spent
                return found
            if found.error == UNREACHABLE:
                self._say(f"Immediate connect fail for {address}: {found.error}")
            else:
                self._say(f"connect to {address} port {url.port} failed: {found.error}")
        self.times["total"] = spent
        took = _milliseconds(spent)
        if spent == limit and not late:
            raise self._fail(TIMED_OUT, f"Connection timed out after {took} milliseconds")
        words = f"Failed to connect to {url.host} port {url.port} after {took} ms"
        if spent == limit:
            raise self._fail(TIMED_OUT, f"{words}: Timeout was reached")
        quick = found is not None and found.error in (REFUSAL, UNREACHABLE, NO_HOST)
        raise self._fail(UNCONNECTED if quick else TIMED_OUT, f"{words}: Couldn't connect to server")

    def _peer(self, found: Contact) -> str:
        return found.trace.packet.destination

    def _secure(self, found: Contact) -> None:
        if not speaks_tls(found):
            raise self._fail(NO_TLS, "error:0A00010B:SSL routines::wrong version number")
        if "k" not in self.given:
            first, _, rest = UNTRUSTED_WORDS.partition("\n")
            raise self._fail(UNTRUSTED, first, more=f"\n{rest}")

    def _ask(self, url: Url, found: Contact) -> None:
        self._talk("> ", self._request(url))
        self.response = respond(self.session.now(), found, url.path, tls=url.scheme == "https")
        self.at = self.times["starttransfer"] = self.times["total"] = self.times["connect"] + found.seconds
        if self.response is None:
            raise self._fail(EMPTY, "Empty reply from server")
        head = self.response.head
        self._talk("< ", head)
        if self.given.last("o", "-") == "/dev/null":
            self.shown = 0 if self.method == "HEAD" else len(self.response.body.encode())
            return
        if "I" in self.given or "i" in self.given:
            self.out += CRLF.join((*head, "", ""))
        if self.method != "HEAD" and not ("f" in self.given and self.response.status >= 400):  # noqa: PLR2004 - HTTP
            self.out += self.response.body
            self.shown = len(self.response.body.encode())

    def _talk(self, mark: str, lines: tuple[str, ...]) -> None:
        if "v" in self.given:
            self.err += "".join(f"{self._stamp}{mark}{each}{CRLF}" for each in (*lines, ""))

    def _request(self, url: Url) -> tuple[str, ...]:
        return (f"{self.method} {url.path} HTTP/1.1", *self._fields(url))

    def _fields(self, url: Url) -> Iterator[str]:
        """The header fields in curl's order; ``-H`` replaces, and ``-H 'Name:'`` takes away."""
        own = [each.partition(":") for each in self.given.values.get("H", ()) if ":" in each]
        data = "&".join(self.given.values.get("d", ()))
        usual = {"Host": url.authority, "User-Agent": self.given.last("A", AGENT), "Accept": "*/*"}
        named = {name.strip().lower(): value.strip() for name, _, value in own}
        yield from [f"Host: {named['host']}"] if named.get("host") else []
        yield from (f"{name}: {value}" for name, value in usual.items() if name.lower() not in named and value)
        yield from (f"{name.strip()}: {value.strip()}" for name, _, value in own
                    if value.strip() and name.strip().lower() != "host")
        if "d" in self.given:
            yield f"Content-Length: {len(data.encode())}"
            yield from [] if "content-type" in named else ["Content-Type: application/x-www-form-urlencoded"]


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
