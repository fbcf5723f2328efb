"""Names of chains and sets in nftables mode: upstream's vectors, and what would be too long."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from kdisco.net.backends import Backend
from kdisco.net.nft_names import chain_name, name_base
from kdisco.net.packet import target
from kdisco.net.proxy import ServicePort, service_ports

if TYPE_CHECKING:
    from kdisco.store.state import State

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "kube-proxy" / "chains.json"


@pytest.fixture(name="port")
def _port(shop: State) -> ServicePort:
    return next(port for port in service_ports(shop.view, "alder") if port.service == "web")


def backend(ip: str, port: int) -> Backend:
    return Backend(ip, port, target(ip, port), local=False, ready=True, draining=False, zones=(), nodes=())


@pytest.mark.skipif(not VECTORS.exists(), reason=f"no vectors at {VECTORS}")
def test_vectors(port: ServicePort) -> None:
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        names = {"namespace": vector["namespace"], "service": vector["service"], "protocol": vector["protocol"]}
        given = evolve(port, name=vector["port_name"], **names)
        wanted = vector["nftables"]
        assert {kind: chain_name(given, kind) for kind in wanted} == wanted
        for row in vector["endpoints"]:
            ip, _, number = row["endpoint"].rpartition(":")
            end = backend(ip.strip("[]"), int(number))
            assert {kind: chain_name(given, kind, end) for kind in row["nftables"]} == row["nftables"]


def test_an_unnamed_port_leaves_its_slash(port: ServicePort) -> None:
    assert name_base(evolve(port, namespace="mill", service="oak", name="")) == "6U7ME2XN-mill/oak/tcp/"


def test_ipv6_has_dots_for_colons(port: ServicePort) -> None:
    twin = evolve(port, namespace="mill", service="twin", name="w")
    assert chain_name(twin, "endpoint", backend("fd61:0:0:1::60", 80)) == (
        "endpoint-5YRZDAUK-mill/twin/tcp/w__fd61.0.0.1..60/80"
    )


def test_what_is_too_long_is_cut_and_still_tells_apart(port: ServicePort) -> None:
    long = evolve(port, namespace="n" * 63, service="s" * 63, name="p" * 63, protocol="sctp")
    ends = [backend(f"fd61:1111:2222:3333:4444:5555:6666:{last}", 65535) for last in ("7777", "8888")]
    names = [name_base(long, end) for end in ends]
    assert [len(name) for name in names] == [240, 240]
    assert all(name.endswith("...") for name in names)
    assert names[0] != names[1]
    assert len(chain_name(long, "endpoint", ends[0])) < 256
    assert len(name_base(long)) == 205
