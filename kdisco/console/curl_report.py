"""What ``curl -w`` tells of a transfer. Upstream: curl src/tool_writeout.c (7.88.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdisco.console.curl import Transfer

__all__ = ["VARIABLES", "report"]

ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
PIECE = re.compile(r"%\{(?P<name>[^}]*)\}|%%|\\(?P<escape>.)", re.DOTALL)


def _time(name: str) -> Callable[[Transfer], Any]:
    return lambda transfer: f"{transfer.times.get(name, 0.0):.6f}"


def _of_contact(name: str, empty: str = "") -> Callable[[Transfer], Any]:
    def value(transfer: Transfer) -> Any:
        found = transfer.contact
        if found is None or found.error:
            return empty
        packet = found.trace.packet
        return {"remote_ip": packet.destination, "remote_port": packet.dport, "local_ip": packet.source,
                "local_port": packet.sport, "num_connects": 1}[name]

    return value


def _field(name: str) -> Callable[[Transfer], Any]:
    return lambda transfer: transfer.response.headers.get(name, "") if transfer.response else ""


VARIABLES: Mapping[str, Callable[[Transfer], Any]] = {
    "http_code": lambda transfer: f"{transfer.response.status if transfer.response else 0:03}",
    "response_code": lambda transfer: f"{transfer.response.status if transfer.response else 0:03}",
    "time_namelookup": _time("namelookup"),
    "time_connect": _time("connect"),
    "time_appconnect": _time("appconnect"),
    "time_pretransfer": _time("connect"),
    "time_starttransfer": _time("starttransfer"),
    "time_redirect": _time("redirect"),
    "time_total": _time("total"),
    "remote_ip": _of_contact("remote_ip"),
    "remote_port": _of_contact("remote_port", "0"),
    "local_ip": _of_contact("local_ip"),
    "local_port": _of_contact("local_port", "0"),
    "num_connects": _of_contact("num_connects", "0"),
    "num_redirects": lambda _: 0,
    "size_download": lambda transfer: transfer.shown,
    "size_header": lambda transfer: len("\r\n".join((*transfer.response.head, "", ""))) if transfer.response else 0,
    "content_type": _field("Content-Type"),
    "exitcode": lambda transfer: transfer.status,
    "errormsg": lambda transfer: transfer.problem,
    "url": lambda transfer: transfer.text,
    "url_effective": lambda transfer: str(transfer.url) if transfer.url else transfer.text,
    "urlnum": lambda transfer: transfer.number,
    "scheme": lambda transfer: transfer.url.scheme.upper() if transfer.url and transfer.response else "",
    "method": lambda transfer: transfer.method,
    "http_version": lambda transfer: transfer.response.version if transfer.response else "0",
}


def report(transfer: Transfer, text: str) -> tuple[str, tuple[str, ...]]:
    """The text with its ``%{variables}`` filled in, and the names of those that there are not."""
    unknown: list[str] = []

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return "%" if found["escape"] is None else ESCAPES.get(found["escape"], found[0])
        if name not in VARIABLES:
            unknown.append(name)
            return ""
        return str(VARIABLES[name](transfer))

    return PIECE.sub(value, text), tuple(unknown)
