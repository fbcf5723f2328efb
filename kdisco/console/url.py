"""URLs as curl and wget read them. Upstream: curl lib/urlapi.c."""

from __future__ import annotations

import re

from attrs import frozen

__all__ = ["PORTS", "Url", "parse_url"]

PORTS = {"http": 80, "https": 443}
WHOLE = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:(?P<user>[^/?#@]*)@)?"
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^/?#:@\[\]]+))(?::(?P<port>[0-9]{0,9}))?(?P<rest>[/?#].*)?",
    re.DOTALL,
)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
MAX_PORT = 65535
BAD = re.compile(r"[\x00-\x20\x7f\"<>^`{}|\\]")


@frozen(kw_only=True)
class Url:
    """One URL in its parts. ``given`` tells whether a port was; ``path`` with its query, without the fragment."""

    scheme: str
    host: str
    port: int
    path: str
    given: bool = False
    user: str = ""

    @property
    def name(self) -> str:
        """The host as a URL writes it, an IPv6 address in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """What a Host field says: the port only where it is not the scheme's own."""
        return self.name if self.port == PORTS.get(self.scheme) else f"{self.name}:{self.port}"

    def __str__(self) -> str:
        port = f":{self.port}" if self.given else ""
        return f"{self.scheme}://{self.name}{port}{self.path}"


def parse_url(text: str, scheme: str = "http") -> Url | None:
    """The parts of a URL, ``scheme`` where it names none; None for what is none."""
    found = WHOLE.fullmatch(text)
    if found is None or BAD.search(found["host"] or "") or (SCHEME.match(text) and not found["scheme"]):
        return None
    named = (found["scheme"] or scheme).lower()
    port = int(found["port"] or PORTS.get(named, 0))
    if port > MAX_PORT:
        return None
    path = (found["rest"] or "/").partition("#")[0]
    return Url(
        scheme=named,
        host=found["six"] or found["host"],
        port=port,
        path=path if path.startswith("/") else f"/{path}",
        given=bool(found["port"]),
        user=found["user"] or "",
    )
