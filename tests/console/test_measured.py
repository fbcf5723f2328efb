"""What the real tools print, ask and exit with, and what ours do against the same answers."""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dns.message
import dns.rdatatype
import pytest
from scripted import asker, respond

from kdisco.console import shell
from kdisco.console.session import Session
from kdisco.dns.asking import Delivery
from kdisco.dns.resolver import lookup
from kdisco.store.events import Exchange, Exchanged, LookedUp, LookUp
from kdisco.store.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.events import Event, Fact

MEASURED = json.loads((Path(__file__).parent / "measured.json").read_text(encoding="utf-8"))
DEAD = "127.0.0.9"
CHANGING = (  # what the answers do not decide: ids, times, what the measuring server offers
    (r"id: \d+", "id: N"), (r"Query time: \d+", "Query time: N"), (r"WHEN: .*", "WHEN: T"), (r"udp: \d+", "udp: N"),
    (r"in \d+ ms", "in N ms"), (r"; COOKIE: .*\n", ""),
)
CLOSED = {"5353": "another port, on which nobody listens"}


def steady(text: str) -> str:
    """A text without what changes from run to run."""
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return text


def network(flags: str, log: list[str]) -> Callable[[Event], tuple[Fact, ...]]:
    """A Pod's network in which the table answers."""
    zone = MEASURED["zone"]

    def tell(event: Event) -> tuple[Fact, ...]:
        if isinstance(event, LookUp):
            asked: list[str] = []
            found = lookup(
                event.name, MEASURED["resolv_conf"], asker(zone, asked), event.libc, event.family,
                hosts=MEASURED["hosts"], own=("10.244.0.3", "fd00::3"),
            )
            log.extend(" ".join((*line.split()[:2], line.split()[3])) for line in asked)
            return (LookedUp(found),)
        assert isinstance(event, Exchange)
        if event.server == DEAD or str(event.port) in CLOSED:
            return (Exchanged(Delivery(refused=True)),)
        question = dns.message.from_wire(event.data).question[0]
        log.append(f"{question.name} {dns.rdatatype.to_text(question.rdtype)} {event.protocol}")
        answer = respond(zone, event.data, event.server, event.protocol, flags)
        return (Exchanged(Delivery(messages=(answer,) if answer else ())),)

    return tell


@pytest.mark.parametrize("case", MEASURED["cases"], ids=lambda case: f"{case['command']} {case['flags']}")
def test_as_the_real_tool(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"/etc/resolv.conf": MEASURED["resolv_conf"], "/etc/hosts": MEASURED["hosts"]}
    monkeypatch.setattr(Session, "files", files)
    monkeypatch.setattr(Session, "small", False)
    monkeypatch.setattr(Session, "libc", "glibc")
    log: list[str] = []
    found = shell.run(case["command"], "pod/default/web-1", network(case["flags"], log), State, count())
    assert steady(found.out) == steady(case["out"])
    assert (found.err, found.exit) == (case["err"], case["exit"])
    assert sorted(log) == sorted(case["asked"])
