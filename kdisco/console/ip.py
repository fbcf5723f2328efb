"""``ip address``, ``link``, ``route``, ``neigh`` and ``bridge fdb``: devices, routes and neighbours of a Pod or a node.

Upstream: iproute2 6.1 ip/ip.c, ip/ipaddress.c, ip/iproute.c, ip/ipneigh.c, bridge/bridge.c.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from kdisco.console.result import CommandResult, failed, refuse
from kdisco.console.session import Session
from kdisco.net.devices import Link, links
from kdisco.net.ends import end_of
from kdisco.net.fabric import is_local
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
SHOW = ("show", "list", "ls", "lst")
USAGE = """\
Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | link | neighbour | route }
       OPTIONS := { -4 | -6 | -br[ief] | -o[neline] | -V[ersion] }"""
VERSION = "ip utility, iproute2-6.1.0, libbpf 1.1.2\n"
WRONG = 255
WHOLE = {4: "/32", 6: "/128"}


@frozen(kw_only=True)
class Asked:
    """What is asked for: ``version`` 4, 6 or 0 for both, ``brief``, ``oneline``, the rest of the words."""

    version: int = 0
    brief: bool = False
    oneline: bool = False
    words: tuple[str, ...] = ()


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
    name = _begun(words[0], OBJECTS)
    if name is None:
        return failed(f'Object "{words[0]}" is unknown, try "ip help".')
    if name == "help":
        return failed(USAGE, WRONG)
    return SHOWERS[name](session, evolve(asked, words=tuple(words[1:])))


def _begun(word: str, names: Iterable[str]) -> str | None:
    """The first name that begins so."""
    return next((name for name in names if word and name.startswith(word)), "neighbour" if word == "neighbor" else None)


def _command(asked: Asked, name: str, more: Sequence[str] = ()) -> tuple[str, tuple[str, ...]] | CommandResult:
    """The command and the words after it; a word that is none is refused."""
    if not asked.words:
        return "show", ()
    word, *rest = asked.words
    found = _begun(word, (*SHOW, *more))
    if found is None:
        changing = _begun(word, ("add", "delete", "change", "replace", "flush", "set", "append"))
        if changing:
            words = f"ip {name} {word} is not modelled here: the network is the CNI plugin's and kube-proxy's"
            return failed(words, WRONG)
        return failed(f'Command "{word}" is unknown, try "ip {name} help".', WRONG)
    return (found if found in more else "show"), tuple(rest)


def _device(words: Sequence[str]) -> str:
    """The device that ``dev eth0`` or ``eth0`` names, "" for all."""
    left = [word for word in words if word != "dev"]
    return left[0] if left else ""


def _chosen(session: Session, words: Sequence[str]) -> tuple[Link, ...] | CommandResult:
    wanted = _device(words)
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
    command = _command(asked, thing)
    return command if isinstance(command, CommandResult) else _chosen(session, command[1])


def _addresses(session: Session, asked: Asked) -> CommandResult:
    found = _meant(session, asked, "address")
    if isinstance(found, CommandResult):
        return found
    if asked.brief or asked.oneline:
        return CommandResult("".join(_brief(link, asked) if asked.brief else _one_line(link, asked) for link in found))
    text = addresses_text(found)
    return CommandResult(_of_version(text, asked.version) + ("\n" if text else ""))


def _of_version(text: str, version: int) -> str:
    """Only the addresses of one family, and the devices that have any."""
    if not version:
        return text
    word = "    inet " if version == 4 else "    inet6 "  # noqa: PLR2004 - the IP version
    out: list[str] = []
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if not line.startswith(" "):
            head = line
        elif line.startswith(word):
            out += [head] if head not in out else []
            out += lines[at : at + 2]
    return "\n".join(out)


def _brief(link: Link, asked: Asked) -> str:
    own = [text for text in _own(link) if asked.version in (0, family(text))]
    if asked.version and not own:
        return ""
    return f"{_shown(link):<16} {_state(link)[1]:<14} {''.join(f'{each} ' for each in own)}\n"


def _one_line(link: Link, asked: Asked) -> str:
    text = _of_version(addresses_text((link,)), asked.version)
    lines = text.split("\n")
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


def _routes(session: Session, asked: Asked) -> CommandResult:
    command = _command(asked, "route", ("get",))
    if isinstance(command, CommandResult):
        return command
    name, words = command
    if name == "get":
        return _got(session, words)
    version = asked.version or 4
    listed = [str(route) for route in end_of(session.now(), session.where).network.routes.listed
              if family(route.destination) == version]
    if words[:1] == ("dev",) and len(words) > 1:
        device = f" dev {words[1]}"
        listed = [line.replace(device, "") for line in listed if f"{device} " in f"{line} "]
    elif words and words[0] not in ("table", "all"):
        wanted = words[0].removesuffix(WHOLE[version])
        listed = [line for line in listed if line.split()[0] == wanted]
    return CommandResult("".join(f"{line} \n" if version == 4 else f"{line}\n" for line in listed))  # noqa: PLR2004 - the IP version


def _got(session: Session, words: Sequence[str]) -> CommandResult:
    """``ip route get``: the way to one address."""
    text = words[0] if words else ""
    try:
        address = str(ipaddress.ip_address(text))
    except ValueError:
        return failed(f'Error: any valid prefix is expected rather than "{text}".')
    network = end_of(session.now(), session.where).network
    if is_local(network, address):
        return CommandResult(f"local {address} dev lo src {address} uid 0 \n    cache <local> \n")
    route = network.routes.lookup(address)
    if route is None:
        return failed("RTNETLINK answers: Network is unreachable", 2)
    via = f" via {route.via}" if route.via else ""
    source = network.source_for(address)
    if ":" in address:
        proto = "proto kernel " if route.source else ""
        metric = "256" if route.source else "1024"
        words_of_it = f"{address} from ::{via} dev {route.device} {proto}src {source} metric {metric} pref medium"
        return CommandResult(f"{words_of_it}\n")
    return CommandResult(f"{address}{via} dev {route.device} src {source} uid 0 \n    cache \n")


def _neighbours(session: Session, asked: Asked) -> CommandResult:
    command = _command(asked, "neighbour")
    if isinstance(command, CommandResult):
        return command
    wanted = _device(command[1])
    found = [each for each in neighbours(session.now(), session.where)
             if asked.version in (0, family(each.address)) and wanted in ("", each.device)]
    lines = [neighbours_text([each]) for each in found]
    return CommandResult("".join(f"{line.replace(f' dev {wanted}', '') if wanted else line} \n" for line in lines))


SHOWERS: Mapping[str, Callable[[Session, Asked], CommandResult]] = {
    "address": _addresses, "link": _links, "route": _routes, "neighbour": _neighbours,
}


def bridge(session: Session, arguments: list[str]) -> CommandResult:
    """``bridge fdb``: behind which device hardware addresses are."""
    words = [word for word in arguments if not word.startswith("-")]
    if not words or "fdb".startswith(words[0]) is False:
        if words:
            return failed(f'Object "{words[0]}" is unknown, try "bridge help".', WRONG)
        return failed("Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { fdb }", WRONG)
    if words[1:] and _begun(words[1], SHOW) is None:
        return failed(f'Command "{words[1]}" is unknown, try "bridge fdb help".', WRONG)
    kind, _, node = session.where.partition("/")
    if kind != "node":
        return failed("bridge fdb is shown on nodes only: a Pod has no bridge")
    found = list(forwards(session.now(), node))
    wanted = words[words.index("dev") + 1] if "dev" in words[:-1] else ""
    if wanted and all(link.name != wanted for link in links(session.now(), session.where)):
        return failed(f'Cannot find device "{wanted}"')
    lines = [fdb_text([each]) for each in found if wanted in ("", each.device)]
    return CommandResult("".join(f"{line.replace(f' dev {wanted}', '') if wanted else line}\n" for line in lines))
