"""``ip address``, ``link``, ``route``, ``neigh`` and ``bridge fdb``: devices, routes and neighbours of a Pod or a node.

Upstream: iproute2 6.1 ip/ip.c, ip/ipaddress.c, ip/iproute.c, ip/ipneigh.c, bridge/bridge.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve

from kdisco.console.ip_asked import SHOW, WRONG, Asked, begun, command, device
from kdisco.console.ip_route import routes
from kdisco.console.result import CommandResult, failed, refuse
from kdisco.console.session import Session
from kdisco.net.devices import Link, links
from kdisco.net.ip_text import SHOWN, addresses_text, fdb_text, links_text, neighbours_text
from kdisco.net.link import link_local
from kdisco.net.neighbours import forwards, neighbours
from kdisco.net.packet import family

__all__ = ["bridge", "ip"]

OBJECTS = ("address", "link", "route", "neighbour", "help")  # in the order in which a beginning finds them
BRIEF, ONE_LINE = {"brief": True}, {"oneline": True}
FLAGS: Mapping[str, Mapping[str, Any]] = {
    "-4": {"version": 4}, "-6": {"version": 6}, "-br": BRIEF, "-brief": BRIEF, "-o": ONE_LINE, "-oneline": ONE_LINE,
    "-c": {}, "-color": {}, "-n": {}, "-N": {},
}
REAL = "s stats statistics d details j json p pretty netns f family a all t timestamp"  # that have no meaning here
USAGE = """\
Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | link | neighbour | route }
       OPTIONS := { -4 | -6 | -br[ief] | -o[neline] | -V[ersion] }"""
VERSION = "ip utility, iproute2-6.1.0, libbpf 1.1.2\n"


def ip(session: Session, arguments: list[str]) -> CommandResult:
    """What ``ip`` shows; it changes nothing."""
    asked, words = Asked(), list(arguments)
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word in ("-V", "-Version"):
            return CommandResult(VERSION)
        flag = FLAGS.get("-" + word.lstrip("-"))
        if flag is None:
            known = word.lstrip("-") in REAL.split()
            unknown = f'Option "{word}" is unknown, try "ip -help".'
            refuse(f"ip: {word} is not modelled here" if known else unknown, WRONG)
        asked = evolve(asked, **flag)
    if not words:
        return failed(USAGE, WRONG)
    name = begun(words[0], OBJECTS)
    if name is None:
        return failed(f'Object "{words[0]}" is unknown, try "ip help".')
    if name == "help":
        return failed(USAGE, WRONG)
    return SHOWERS[name](session, evolve(asked, words=tuple(words[1:])))


def _chosen(session: Session, words: Sequence[str]) -> tuple[Link, ...] | CommandResult:
    wanted = device(words)
    found = links(session.now(), session.where)
    if wanted and all(link.name != wanted for link in found):
        return failed(f'Device "{wanted}" does not exist.')
    return tuple(link for link in found if wanted in ("", link.name))


def _shown(link: Link) -> str:
    return link.name if link.peer is None else f"{link.name}@if{link.peer}"


def _state(link: Link) -> tuple[str, str]:
    flags, _, state = SHOWN["idle" if link.idle else link.kind]
    return flags, state


def _own(link: Link) -> list[str]:
    """All addresses of a device, the one that it gives itself last."""
    given = sorted(link.addresses, key=family)
    silent = link.kind in ("loopback", "dummy") or link.idle
    return given if silent else [*given, f"{link_local(link.mac)}/64"]


def _meant(session: Session, asked: Asked, thing: str) -> tuple[Link, ...] | CommandResult:
    """The devices that ``ip THING show`` is about, or what is wrong with the line."""
    meant = command(asked, thing)
    return meant if isinstance(meant, CommandResult) else _chosen(session, meant[1])


def _addresses(session: Session, asked: Asked) -> CommandResult:
    found = _meant(session, asked, "address")
    if isinstance(found, CommandResult):
        return found
    if asked.brief or asked.oneline:
        return CommandResult("".join(_brief(link, asked) if asked.brief else _one_line(link, asked) for link in found))
    text = _addresses_of(found, asked.version)
    return CommandResult(text + ("\n" if text else ""))


def _addresses_of(found: Sequence[Link], version: int) -> str:
    """The text with the blank that the tool leaves behind the scope of an IPv6 address."""
    return re.sub(r"(?m)^    inet6 .*", r"\g<0> ", addresses_text(found, version))


def _brief(link: Link, asked: Asked) -> str:
    own = [text for text in _own(link) if asked.version in (0, family(text))]
    if asked.version and not own:
        return ""
    return f"{_shown(link):<16} {_state(link)[1]:<14} {''.join(f'{each} ' for each in own)}\n"


def _one_line(link: Link, asked: Asked) -> str:
    lines = _addresses_of((link,), asked.version).split("\n")
    pairs = [(line, lines[at + 1]) for at, line in enumerate(lines) if line.startswith("    inet")]
    return "".join(f"{link.number}: {link.name}{line}\\{rest}\n" for line, rest in pairs)


def _links(session: Session, asked: Asked) -> CommandResult:
    found = _meant(session, asked, "link")
    if isinstance(found, CommandResult):
        return found
    if asked.brief:
        lines = [f"{_shown(link):<16} {_state(link)[1]:<14} {link.mac} <{_state(link)[0]}> \n" for link in found]
        return CommandResult("".join(lines))
    text = links_text(found)
    return CommandResult((text.replace("\n    ", "\\    ") if asked.oneline else text) + "\n")


def _neighbours(session: Session, asked: Asked) -> CommandResult:
    meant = command(asked, "neighbour")
    if isinstance(meant, CommandResult):
        return meant
    wanted = device(meant[1])
    found = [each for each in neighbours(session.now(), session.where)
             if asked.version in (0, family(each.address)) and wanted in ("", each.device)]
    lines = [neighbours_text([each]) for each in found]
    return CommandResult("".join(f"{line.replace(f' dev {wanted}', '') if wanted else line} \n" for line in lines))


SHOWERS: Mapping[str, Callable[[Session, Asked], CommandResult]] = {
    "address": _addresses, "link": _links, "route": routes, "neighbour": _neighbours,
}


def bridge(session: Session, arguments: list[str]) -> CommandResult:
    """``bridge fdb``: behind which device hardware addresses are."""
    words = [word for word in arguments if not word.startswith("-")]
    if not words or "fdb".startswith(words[0]) is False:
        if words:
            return failed(f'Object "{words[0]}" is unknown, try "bridge help".', WRONG)
        return failed("Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { fdb }", WRONG)
    if words[1:] and begun(words[1], SHOW) is None:
        return failed(f'Command "{words[1]}" is unknown, try "bridge fdb help".', WRONG)
    found = forwards(session.now(), session.where)
    wanted = words[words.index("dev") + 1] if "dev" in words[:-1] else ""
    if wanted and all(link.name != wanted for link in links(session.now(), session.where)):
        return failed(f'Cannot find device "{wanted}"', WRONG)
    lines = [fdb_text([each]) + " " * (not each.permanent) for each in found if wanted in ("", each.device)]
    return CommandResult("".join(f"{line.replace(f' dev {wanted}', '') if wanted else line}\n" for line in lines))
