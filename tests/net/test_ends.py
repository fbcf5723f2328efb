"""Who sends, and what answers where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from kdisco.errors import UsageError
from kdisco.net.ends import at_address, end_of, listening

if TYPE_CHECKING:
    from kdisco.store.state import State


@pytest.mark.parametrize(
    ("source", "kind", "name"),
    [
        ("pod/shop/web-1", "pod", "pod/shop/web-1"),
        ("shop/web-1", "pod", "pod/shop/web-1"),
        ("10.61.0.5", "pod", "pod/shop/web-1"),
        ("node/alder", "process", "node/alder"),
        ("192.0.2.12", "process", "node/birch"),
        ("198.51.100.7", "outside", "outside/198.51.100.7"),
    ],
)
def test_ends(shop: State, source: str, kind: str, name: str) -> None:
    end = end_of(shop, source)
    assert (end.kind, end.name) == (kind, name)


def test_a_pod_without_a_sandbox_cannot_send(shop: State) -> None:
    state = evolve(shop, sandboxes=shop.sandboxes.delete(("shop", "web-1")))
    with pytest.raises(UsageError, match="pod shop/web-1 does not run"):
        end_of(state, "shop/web-1")
    assert at_address(state, "10.61.0.5") is None


def test_what_listens(shop: State) -> None:
    pod, node = end_of(shop, "shop/web-1"), end_of(shop, "node/alder")
    assert listening(shop, pod, "10.61.0.5", 8080, "tcp") == "pod/shop/web-1"
    assert listening(shop, pod, "10.61.0.5", 8080, "udp") == ""
    assert listening(shop, node, "192.0.2.11", 10250, "tcp") == "kubelet"
    assert listening(shop, node, "192.0.2.11", 22, "tcp") == ""


def test_a_host_network_pod_is_a_process_of_its_node(shop: State) -> None:
    box = evolve(shop.sandboxes["shop", "web-1"], ips=("192.0.2.11",))
    state = evolve(shop, sandboxes=shop.sandboxes.set(box.pod, box))
    end = end_of(state, "shop/web-1")
    assert (end.kind, end.name, end.source_for("10.111.4.20")) == ("process", "pod/shop/web-1", "192.0.2.11")
    assert listening(state, end, "192.0.2.11", 8080, "tcp") == "pod/shop/web-1"
