"""What all modes have in common: the same Services and endpoints, whatever the rules look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kdisco.net.fates import MODES, ruleset
from kdisco.net.match import Sight
from kdisco.net.packet import number

if TYPE_CHECKING:
    from kdisco.store.state import State

WEB = "10.111.4.20"


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_knows_ports_zone_and_whose_packet_it_is(mode: str, shop: State) -> None:
    rules, plain = MODES[mode](shop.view, "alder", ruleset(shop, "alder").settings), ruleset(shop, "alder")
    told = [[(port.text, [end.target for end in port.endpoints]) for port in each.ports] for each in (rules, plain)]
    assert told[0] == told[1] != []
    assert rules.zone == plain.zone
    seen = Sight(number("10.61.0.50"), number(WEB), "tcp", 80, source_local=False, destination_local=False)
    (owner,) = rules.owners(seen)
    assert owner.spec.cluster_ip == WEB
    assert rules.ports_of(owner) == tuple(port for port in rules.ports if port.service == owner.name)
