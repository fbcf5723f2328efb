"""Addresses of Pods, one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from control_scenes import context_of, made

from kdisco.control.pod_network import no_address, own_addresses
from kdisco.model.frozen import FrozenMap
from kdisco.store.state import Sandbox

NODE = made("Node", "n1", {"podCIDR": "10.0.0.0/29", "podCIDRs": ["10.0.0.0/29"]})


def given(last: int | None, *taken: int) -> tuple[tuple[str, ...], int | None]:
    """What is given next when ``last`` was the last lease and these addresses are taken."""
    pods = [made("Pod", f"p{number}", {"nodeName": "n1"}) for number in taken]
    boxes = [
        Sandbox(pod=pod.key, uid=pod.metadata.uid, node="n1", ips=(f"10.0.0.{number}",), created=0.0)
        for pod, number in zip(pods, taken, strict=True)
    ]
    context: Any = context_of(NODE, *pods, sandboxes=boxes)
    return own_addresses(evolve(context, leases=FrozenMap({} if last is None else {"n1": last})), NODE)


def test_the_next_one_wrapping_at_the_end() -> None:
    assert given(None) == (("10.0.0.2",), 2)
    assert given(2, 2) == (("10.0.0.3",), 3)
    assert given(5) == (("10.0.0.6",), 6)
    assert given(6, 2, 3) == (("10.0.0.4",), 9)  # 7 and 8 would be .2 and .3 again
    assert given(9, 2, 3, 4) == (("10.0.0.5",), 10)
    assert given(9, 2, 3, 4, 5, 6) == ((), None)


def test_a_node_of_a_dump_gives_what_is_free() -> None:
    address, lease = given(None, 2, 4)
    assert address == ("10.0.0.3",)
    assert given(lease, 2, 3, 4) == (("10.0.0.5",), (lease or 0) + 2)


def test_a_range_that_is_used_up_in_the_plugins_words() -> None:
    words = no_address(made("Pod", "a", {}), NODE)
    assert words.startswith("Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network")
    assert words.endswith(
        '": plugin type="flannel" failed (add): '
        "failed to allocate for range 0: no IP addresses available in range set: 10.0.0.1-10.0.0.6"
    )


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        (["10.0.0.0/24", "fd00::/125"], "range 1: no IP addresses available in range set: fd00::1-fd00::7"),
        (["fd00::/64", "10.0.0.0/30"], "range 1: no IP addresses available in range set: 10.0.0.1-10.0.0.2"),
        (["10.0.0.0/31"], "invalid range set 0: invalid range 0: Network 10.0.0.0/31 too small to allocate from"),
        (["none"], "(add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory"),
    ],
)
def test_the_range_that_is_used_up_first_is_told_of(ranges: list[str], words: str) -> None:
    node = made("Node", "n1", {"podCIDR": ranges[0], "podCIDRs": ranges})
    assert no_address(made("Pod", "a", {}), node).endswith(words)
