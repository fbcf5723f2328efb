"""The ground under the packets: the same for as long as nobody moves, and another one as soon as somebody does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco import Cluster
from kdisco.examples import ARTICLE
from kdisco.net.ends import at_address, listening
from kdisco.net.fabric import HERE
from kdisco.net.ground import ground
from kdisco.net.walk import send

if TYPE_CHECKING:
    from kdisco.store.state import State


def test_packets_leave_the_ground_as_it_is(shop: State) -> None:
    before = ground(shop)
    after, _ = send(shop, "pod/shop/client", "10.111.4.20")
    assert after.conntrack != shop.conntrack
    assert ground(after) is before


def test_its_answers_are_those_of_the_state(shop: State) -> None:
    found = ground(shop)
    for ip in ("10.61.1.5", "10.61.0.50", "192.0.2.11", "203.0.113.9"):
        assert found.at(ip) == at_address(shop, ip)
    end = found.at("10.61.1.5")
    assert end is not None
    assert found.arrival(end, "10.61.1.5", 8080, "tcp").listener == listening(shop, end, "10.61.1.5", 8080, "tcp") != ""


def test_where_what_an_end_sends_goes_first(shop: State) -> None:
    found = ground(shop)
    client = found.end("pod/shop/client")
    away = found.first(client, "10.111.4.20")
    assert (str(away.route), away.source) == ("default via 10.61.0.1 dev eth0", "10.61.0.50")
    assert found.first(client, "10.61.0.50") == (HERE, "10.61.0.50", ())
    nowhere = found.first(client, "fd00::1")
    assert (nowhere.route, nowhere.source) == (None, "")
    assert [str(why) for _, _, why, *_ in nowhere.said] == ["no route to fd00::1"]


def test_who_is_behind_a_nodes_devices(shop: State) -> None:
    found = ground(shop)
    assert found.beside("alder", "10.61.0.50", "cni0")[0] == found.end("pod/shop/client")
    assert found.beside("birch", "10.61.0.50", "cni0") == (None, ())
    assert found.next("192.0.2.12")[0] == "birch"
    assert found.next("192.0.2.99") == (None, ())
    route = found.route("alder", "10.61.1.5")
    assert route is not None
    assert found.tunnel("alder", route)[:3] == ("192.0.2.11", "birch", "192.0.2.12")


def test_a_nodes_route_to_itself_needs_no_table(shop: State) -> None:
    found = ground(shop)
    for ip, node in found.nodes.items():
        assert found.route(node, ip) is HERE


def test_a_pod_that_dies_is_gone_from_the_next_ground() -> None:
    c = Cluster(nodes=2)
    c.apply(ARTICLE)
    c.settle()
    pod = c.list("pods", "default")[0]
    before = ground(c.state)
    assert before.at(pod.status.pod_ip) is not None
    c.delete("pod", pod.name, grace_period=0)
    c.settle()
    assert ground(c.state) is not before
    assert ground(c.state).at(pod.status.pod_ip) is None
    assert before.at(pod.status.pod_ip) is not None
