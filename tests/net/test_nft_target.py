"""What nftables rules do: how it is written and how nft lists it."""

from __future__ import annotations

import pytest

from kdisco.net.match import Sight
from kdisco.net.nft_target import Go, Mark, Numgen, Snat, To, Vmap, Word
from kdisco.net.proxy import ANY
from kdisco.net.target import Target


@pytest.mark.parametrize(
    ("target", "written", "listed"),
    [
        (Go("services"), "jump services", ""),
        (Go("external-x", back=False), "goto external-x", ""),
        (Word("DROP"), "drop", ""),
        (Word("REJECT", 6), "reject", ""),
        (Word("RETURN"), "return", ""),
        (Mark("or", 0x4000), "mark set mark or 0x00004000", "meta mark set meta mark | 0x00004000"),
        (Mark("xor", 0x4000), "mark set mark xor 0x00004000", "meta mark set meta mark ^ 0x00004000"),
        (To("10.61.0.5", 80, "10.61.0.5:80"), "dnat to 10.61.0.5:80", ""),
        (To("fd61:0:0:1::5", 80, "[fd61:0:0:1::5]:80"), "dnat to [fd61:0:0:1::5]:80", ""),
        (Snat(), "masquerade fully-random", ""),
        (Vmap("service-ips", 4), "ip daddr . meta l4proto . th dport vmap @service-ips", ""),
        (Vmap("service-nodeports"), "meta l4proto . th dport vmap @service-nodeports", ""),
        (
            Numgen(("a", "b")),
            "numgen random mod 2 vmap { 0 : goto a , 1 : goto b }",
            "numgen random mod 2 vmap { 0 : goto a, 1 : goto b }",
        ),
    ],
)
def test_each(target: Target, written: str, listed: str) -> None:
    assert target.restored() == written
    assert target.saved() == (listed or written)


def test_what_a_map_is_asked() -> None:
    sight = Sight(1, 2, "tcp", 80, source_local=False, destination_local=False)
    assert Vmap("service-ips", 4).key(sight, ANY) == (2, "tcp", 80)
    assert Vmap("service-nodeports").key(sight, ANY) == (ANY, "tcp", 80)
    assert [Mark("or", 4).on(1), Mark("xor", 4).on(5)] == [5, 1]
