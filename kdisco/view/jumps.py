"""How a node's rules lead from a Service's address to its endpoints, read from kube-proxy's own texts of each mode."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fractions import Fraction

from attrs import frozen

__all__ = ["HOOKS", "READERS", "Jump", "jumps", "reached", "real_servers", "verdicts"]

LINE = re.compile(r"^(?:\[(?P<packets>\d+):\d+\] )?-A (?P<chain>\S+) (?P<rest>.*)$")
OPTION = re.compile(r"(?:^| )(?P<name>-d|--dport|--probability|--to-destination|-j|-p) (?P<value>\S+)")
COMMENT = re.compile(r'--comment (?:"([^"]*)"|(\S+))')
HOOKS = ("KUBE-SERVICES", "KUBE-NODEPORTS", "service-ips", "service-nodeports", "IPVS")
MARK = "KUBE-MARK-MASQ"
ELEMENT = re.compile(
    r"^add element ip6? kube-proxy (service-ips|service-nodeports) \{ (\S+(?: \. \S+)*) "
    r"(?:comment \"[^\"]*\" )?: goto (\S+) \}"
)
RULE = re.compile(r"^add rule ip6? kube-proxy (?P<chain>(?:service|local|external|endpoint)-\S+) (?P<rest>.*)$")
CHOICE = re.compile(r"(\d+) : goto (\S+)")
GOTO = re.compile(r"(?:^| )(?:goto|jump) (\S+)$")
DNAT = re.compile(r"dnat to (\S+)")
SERVER = re.compile(r"^(TCP|UDP|SCTP) +(\S+) (\S+)")
REAL = re.compile(r"^  -> (\S+) +\S+ +(\d+) +(\d+) +(\d+)")


@frozen(kw_only=True)
class Jump:
    """A rule that leads on: from a chain to a chain, or to ``ip:port``; ``packets`` None where nobody counts."""

    chain: str
    to: str
    comment: str = ""
    match: str = ""
    probability: Fraction | None = None
    packets: int | None = None


def jumps(text: str) -> list[Jump]:
    """The jumps of iptables' nat table in their order, those that only mark left out.

    ``text`` is of iptables-restore, or of ``iptables-save -c`` with what was counted. Chances are of the whole chain.
    """
    nat = text.partition("*nat")[2].partition("COMMIT")[0]
    found: list[Jump] = []
    left: dict[str, Fraction] = {}
    for line in filter(None, map(LINE.match, nat.splitlines())):
        options = {each["name"]: each["value"] for each in OPTION.finditer(COMMENT.sub("", line["rest"]))}
        to = options.get("--to-destination") or options.get("-j", "")
        if to == MARK or not to or not line["chain"].startswith("KUBE-"):
            continue
        comment = COMMENT.search(line["rest"])
        said = (comment[1] or comment[2] or "") if comment else ""
        match = ":".join(filter(None, (options.get("-d", "").partition("/")[0], options.get("--dport", ""))))
        chance = None
        if to.startswith("KUBE-SEP-") and " -m recent" not in line["rest"]:
            rest = left.get(line["chain"], Fraction(1))
            part = Fraction(1, round(1 / float(options.get("--probability", 1))))
            chance, left[line["chain"]] = rest * part, rest * (1 - part)
        packets = None if line["packets"] is None else int(line["packets"])
        found.append(
            Jump(chain=line["chain"], to=to, comment=said, match=match, probability=chance, packets=packets)
        )
    return found


def verdicts(text: str) -> list[Jump]:
    """The jumps of ``nft -f``: verdict maps from an address to a chain, from a random number to an endpoint's chain."""
    found: list[Jump] = []
    for line in text.splitlines():
        if element := ELEMENT.match(line):
            match = element[2].replace(" . ", " ")
            found.append(Jump(chain=element[1], to=element[3], match=match, comment=_service(element[3])))
        elif rule := RULE.match(line):
            found += _led(rule["chain"], rule["rest"])
    return found


def _led(chain: str, rest: str) -> Iterator[Jump]:
    """Where one rule of a Service's chain leads."""
    choices = CHOICE.findall(rest) if "numgen" in rest else []
    for _, to in choices:
        yield Jump(chain=chain, to=to, probability=Fraction(1, len(choices)), comment=_service(to))
    dnat, goto = DNAT.search(rest), GOTO.search(rest)
    if dnat:
        yield Jump(chain=chain, to=dnat[1], comment=_service(chain))
    elif goto and not choices and goto[1] != "mark-for-masquerade":
        yield Jump(chain=chain, to=goto[1], match=rest[: goto.start()].strip(), comment=_service(goto[1]))


def _service(chain: str) -> str:
    """``ns/name:port`` of a chain ``service-HASH-ns/name/tcp/port``."""
    namespace, name, _, port = chain.partition("-")[2].partition("-")[2].partition("__")[0].split("/", 3)
    return f"{namespace}/{name}" + (f":{port}" if port else "")


def real_servers(text: str, owners: Mapping[str, str]) -> list[Jump]:
    """The virtual servers of ``ipvsadm -Ln`` and the real servers behind each, with the connections they have.

    ``owners`` says whose an address is: ``ip`` to ``ns/name``.
    """
    found: list[Jump] = []
    server = ""
    for line in text.splitlines():
        if head := SERVER.match(line):
            server, owner = f"{head[1]} {head[2]}", owners.get(head[2].rpartition(":")[0].strip("[]"), "")
            found.append(Jump(chain="IPVS", to=server, match=head[3], comment=owner))
        elif (real := REAL.match(line)) and server:
            told = "" if not int(real[3]) + int(real[4]) else f"{real[3]} + {real[4]}"
            found.append(Jump(chain=server, to=real[1], match=told))
    return found


READERS: Mapping[str, Callable[..., list[Jump]]] = {"iptables": jumps, "nftables": verdicts, "ipvs": real_servers}


def reached(found: Sequence[Jump], service: str) -> list[Jump]:
    """The jumps into the Service ``ns/name`` and all that follow from them."""
    name = re.compile(rf"^{re.escape(service)}(?::| |$)")
    ours = [each for each in found if each.chain in HOOKS and name.match(each.comment)]
    chains: Collection[str] = {each.to for each in ours}
    size = -1
    while size != len(chains):
        size = len(chains)
        chains = {*chains, *(each.to for each in found if each.chain in chains)}
    return [*ours, *(each for each in found if each.chain in chains)]
