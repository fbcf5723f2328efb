"""The conditions that only IPVS mode's rules have: how they print and what they hold of."""

from __future__ import annotations

import pytest
from attrs import evolve

from kdisco.net.ipvs_match import ForVirtual, FromAfar, Hairpin, InSet, OfProtocol, Unbridged
from kdisco.net.match import Match, Sight
from kdisco.net.packet import number
from kdisco.net.rule import Rule
from kdisco.net.target import Masquerade

SEEN = Sight(number("10.61.0.5"), number("10.111.4.20"), "tcp", 80, source_local=False, destination_local=True)


@pytest.mark.parametrize(
    ("match", "restored", "saved"),
    [
        (InSet("KUBE-CLUSTER-IP", "dst,dst", lambda *_: True), "-m set --match-set KUBE-CLUSTER-IP dst,dst", None),
        (OfProtocol("tcp"), "-p tcp", ""),
        (Unbridged(()), "-m physdev ! --physdev-is-in", None),
        (FromAfar(), "-m addrtype ! --src-type LOCAL", None),
        (
            ForVirtual("203.0.113.9", "udp", 53),
            "-m ipvs --vaddr 203.0.113.9 --vproto udp --vport 53",
            "-m ipvs --vproto 17 --vaddr 203.0.113.9 --vport 53",
        ),
    ],
)
def test_as_fed_and_as_saved(match: Match, restored: str, saved: str | None) -> None:
    assert match.restored() == restored
    assert match.saved() == (restored if saved is None else saved)


def test_a_protocol_without_its_module_still_stands_before_the_modules() -> None:
    rule = Rule(("nat", "KUBE-NODE-PORT"), (FromAfar(), OfProtocol("tcp")), Hairpin())
    assert rule.saved() == "-A KUBE-NODE-PORT -p tcp -m addrtype ! --src-type LOCAL -j MASQUERADE"
    assert isinstance(rule.target, Masquerade)


@pytest.mark.parametrize(
    ("match", "sight", "holds"),
    [
        (OfProtocol("tcp"), SEEN, True),
        (OfProtocol("udp"), SEEN, False),
        (Unbridged(("10.61.0.0/24",)), SEEN, False),
        (Unbridged(("10.61.1.0/24",)), SEEN, True),
        (Unbridged(()), SEEN, True),
        (FromAfar(), SEEN, True),
        (FromAfar(), evolve(SEEN, source_local=True), False),
        (ForVirtual("10.111.4.20", "tcp", 80), SEEN, False),
        (ForVirtual("10.111.4.20", "tcp", 80), evolve(SEEN, virtual=(number("10.111.4.20"), "tcp", 80)), True),
        (ForVirtual("10.111.4.20", "tcp", 80), evolve(SEEN, virtual=(number("10.111.4.20"), "tcp", 81)), False),
    ],
)
def test_what_it_holds_of(match: Match, sight: Sight, holds: bool) -> None:  # noqa: FBT001
    assert match.holds(sight, 0) is holds


def test_a_set_is_asked_with_the_ends_that_the_rule_names() -> None:
    match = InSet("X", "src,dst", lambda sight, ends: (sight, ends) == (SEEN, "src,dst"))
    assert match.holds(SEEN, 0)
    assert not InSet("X", "dst,dst", match.has).holds(SEEN, 0)
