"""``nslookup`` as BIND's is. Upstream: bind9 bin/dig/nslookup.c (9.18)."""

from __future__ import annotations

from collections.abc import Iterator

import dns.exception
import dns.rdatatype
import dns.rrset
from attrs import define

from kdisco.console.bind import Client, Received, candidates, reverse_name, type_of
from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.model.address import parse_ip

__all__ = ["nslookup"]

LARGEST = 65535
DEFAULTS = {"retry": "3", "timeout": "5", "port": "53"}
ALIASES = {"querytype": "type", "query": "type", "q": "type", "qu": "type", "ty": "type", "t": "type"}
WORDS = {"A": "Address: ", "AAAA": "Address: "}
SENTENCES = {"CNAME": "canonical name = ", "PTR": "name = ", "NS": "nameserver = ", "SRV": "service = "}
SOA = ("origin", "mail addr", "serial", "refresh", "retry", "expire", "minimum")


@define(kw_only=True)
class Run:
    """One question under way: what was printed, and whether it failed. ``told``: the server was named."""

    client: Client
    server: str
    out: str = ""
    told: bool = False
    status: int = 0

    def ask(self, names: list[dns.name.Name], rdtype: int) -> Received | None:
        """The response of the first name that exists, else that of the last; None when no server answers."""
        found = None
        for name in names:
            found = self.client.ask(name, rdtype)
            self.out, self.client.said = self.out + self.client.said, ""
            if found is None:
                self.out += f"{self.client.last_word}\n"
                self.status = 1
                return None
            self.client.tcp |= found.protocol == "TCP"
            if found.rcode == "SERVFAIL":
                self.out += f";; Got SERVFAIL reply from {found.server}\n"
            elif not self.server and not found.flag("ra"):
                self.out += f";; Got recursion not available from {found.server}\n"
            if found.rcode != "NXDOMAIN":
                break
        return found

    def tell_server(self, found: Received) -> None:
        """Say once who answered."""
        if not self.told:
            self.out += f"Server:\t\t{self.server or found.server}\n"
            self.out += f"Address:\t{found.server}#{self.client.port}\n\n"
        self.told = True

    def refuse(self, found: Received) -> None:
        """Say that a name was not found."""
        name = found.message.question[0].name.to_text(omit_final_dot=True)
        self.out += f"** server can't find {name}: {found.rcode}\n"
        self.status = 1


def nslookup(session: Session, arguments: list[str]) -> CommandResult:
    """Look a name or an address up."""
    options = {each for each in arguments if each.startswith("-")}
    names = [each for each in arguments if each not in options]
    if not names:
        return failed("nslookup: the interactive mode is not modelled here, name what to look up")
    settings, warning = _settings(options)
    server = names[1] if len(names) > 1 else ""
    addresses = session.conf.nameservers if not server else session.addresses(server)
    if not addresses:
        return failed(f"nslookup: couldn't get address for '{server}': not found")
    client = Client(
        session=session,
        servers=addresses,
        text=names[0],
        port=int(settings["port"]),
        tries=max(int(settings["retry"]), 1),
        timeout=float(settings["timeout"]),
        tcp="-vc" in options,
    )
    run = Run(client=client, server=server)
    try:
        _look_up(run, names[0], settings.get("type"))
    except dns.exception.DNSException:
        return failed(f"nslookup: '{names[0]}' is not a legal name (empty label)", 10)
    return CommandResult(warning + run.out + ("\n" if run.out and not run.out.endswith("\n\n") else ""), "", run.status)


def _settings(options: set[str]) -> tuple[dict[str, str], str]:
    settings, warning = dict(DEFAULTS), ""
    for option in sorted(options):
        name, _, value = option[1:].partition("=")
        name = ALIASES.get(name, name)
        if name == "type" and type_of(value) is None:
            warning += f"unknown query type: {value}\n"
        elif name == "type":
            settings[name] = value
        elif name in DEFAULTS and (not value.isdecimal() or int(value) > LARGEST):
            why = "out of range" if value.isdecimal() else "not a valid number"
            warning += f"invalid {name} '{value}': {why}\n"
        elif name in DEFAULTS:
            settings[name] = value
    return settings, warning


def _look_up(run: Run, name: str, kind: str | None) -> None:
    conf = run.client.session.conf
    address = parse_ip(name)
    if address and kind is None:
        found = run.ask(candidates(f"{reverse_name(address[1])}.", (), 0), int(dns.rdatatype.PTR))
        run.told = True
        if found is not None:
            _print(run, found, name)
        return
    rdtype = type_of(kind or "A") or int(dns.rdatatype.A)
    found = run.ask(candidates(name, conf.searches, conf.ndots), rdtype)
    if found is None:
        return
    run.tell_server(found)
    if kind is not None or found.rcode != "NOERROR":
        _print(run, found, name)
        return
    run.out += "" if found.flag("aa") else "Non-authoritative answer:\n"
    run.out += "".join(_answers(found.message.answer))
    last = found.last_name
    more = run.ask(candidates(last, (), 0), int(dns.rdatatype.AAAA))
    if more is None:
        return
    if more.rcode != "NOERROR":
        run.refuse(more)
    elif more.message.answer:
        run.out += "".join(_answers([each for each in more.message.answer if each.rdtype == dns.rdatatype.AAAA]))
    elif not found.message.answer:
        run.out += f"*** Can't find {last.removesuffix('.')}: No answer\n"


def _print(run: Run, found: Received, name: str) -> None:
    """A response to a question of one type."""
    if found.rcode != "NOERROR":
        run.refuse(found)
        return
    asked = found.message.question[0].rdtype
    authoritative = found.flag("aa")
    if not authoritative and asked != dns.rdatatype.PTR:
        run.out += "Non-authoritative answer:\n"
    run.out += "".join(_answers(found.message.answer)) or f"*** Can't find {name}: No answer\n"
    if not authoritative and asked not in (dns.rdatatype.A, dns.rdatatype.AAAA):
        run.out += "\nAuthoritative answers can be found from:\n"
        run.out += "".join(_answers(found.message.authority)) + "".join(_answers(found.message.additional))
        run.out += "\n" if not found.message.authority else ""


def _answers(section: list[dns.rrset.RRset]) -> Iterator[str]:
    for rrset in section:
        owner, kind = rrset.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(rrset.rdtype)
        for data in rrset:
            text = data.to_text()
            if kind in WORDS:
                yield f"Name:\t{owner}\n{WORDS[kind]}{text}\n"
            elif kind == "SOA":
                values = zip(SOA, text.split(), strict=True)
                yield f"{owner}\n" + "".join(f"\t{word} = {each.removesuffix('.')}\n" for word, each in values)
            elif kind == "TXT":
                yield f"{owner}\ttext = {text}\n"
            elif kind == "MX":
                yield f"{owner}\tmail exchanger = {text}\n"
            else:
                yield f"{owner}\t{SENTENCES.get(kind, f'rdata_{int(rrset.rdtype)} = ')}{text}\n"
