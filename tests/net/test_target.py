"""What rules do with packets."""

from __future__ import annotations

import pytest

from kdisco.net.target import Dnat, Jump, Masquerade, SetMark, Target, Verdict


@pytest.mark.parametrize(
    ("target", "restored", "saved"),
    [
        (Jump("KUBE-SERVICES"), "-j KUBE-SERVICES", "-j KUBE-SERVICES"),
        (Verdict("DROP"), "-j DROP", "-j DROP"),
        (Verdict("REJECT", 4), "-j REJECT", "-j REJECT --reject-with icmp-port-unreachable"),
        (Verdict("REJECT", 6), "-j REJECT", "-j REJECT --reject-with icmp6-port-unreachable"),
        (SetMark("or", 0x4000), "-j MARK --or-mark 0x00004000", "-j MARK --set-xmark 0x4000/0x4000"),
        (SetMark("xor", 0x4000), "-j MARK --xor-mark 0x00004000", "-j MARK --set-xmark 0x4000/0x0"),
        (Dnat("10.0.0.1", 80, "10.0.0.1:80"), *["-j DNAT --to-destination 10.0.0.1:80"] * 2),
        (
            Dnat("::102:304", 80, "[::102:304]:80"),
            "-j DNAT --to-destination [::102:304]:80",
            "-j DNAT --to-destination [::1.2.3.4]:80",
        ),
        (Masquerade(), *["-j MASQUERADE --random-fully"] * 2),
    ],
)
def test_target(target: Target, restored: str, saved: str) -> None:
    assert (target.restored(), target.saved()) == (restored, saved)


def test_marks() -> None:
    assert SetMark("or", 0x4000).on(1) == 0x4001
    assert SetMark("xor", 0x4000).on(0x4001) == 1
