"""Which changes show in DNS."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from kdisco.config import ClusterConfig, DnsConfig
from kdisco.control.answers import alters
from kdisco.model.endpoints import Endpoint, EndpointConditions, EndpointSlice, SlicePort
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import ObjectMeta
from kdisco.model.node import Namespace
from kdisco.model.pod import Pod
from kdisco.model.service import Service, ServicePort, ServiceSpec

CONFIG = ClusterConfig()
META = ObjectMeta(name="x", namespace="default")
SERVICE = Service(metadata=META, spec=ServiceSpec(cluster_ip="10.96.0.9", ports=(ServicePort(name="http", port=80),)))
READY = Endpoint(addresses=("10.0.0.1",))
SLICE = EndpointSlice(metadata=META, address_type="IPv4", endpoints=(READY,), ports=(SlicePort(port=80),))


def spec(**changes: Any) -> Service:
    return evolve(SERVICE, spec=evolve(SERVICE.spec, **changes))


@pytest.mark.parametrize(
    ("before", "after", "shows"),
    [
        (None, SERVICE, True),
        (SERVICE, None, True),
        (SERVICE, SERVICE.with_meta(labels=FrozenMap({"a": "b"})), False),
        (SERVICE, spec(ports=(ServicePort(name="http", port=81),)), True),
        (SERVICE, spec(external_name="a.example"), True),
        (SERVICE, spec(cluster_ip="10.96.0.10"), False),
        (None, SLICE, True),
        (SLICE, evolve(SLICE, endpoints=(READY, Endpoint(addresses=("10.0.0.2",)))), True),
        (SLICE, evolve(SLICE, endpoints=(evolve(READY, conditions=EndpointConditions(ready=False)),)), True),
        (SLICE, evolve(SLICE, endpoints=(evolve(READY, node_name="node-1"),)), False),
        (SLICE, evolve(SLICE, endpoints=(evolve(READY, hostname="a"),)), True),
        (SLICE, evolve(SLICE, ports=(SlicePort(port=81),)), True),
        (None, Namespace(metadata=ObjectMeta(name="a")), False),
        (None, Pod(metadata=META), False),
    ],
)
def test_what_shows(before: Any, after: Any, shows: bool) -> None:  # noqa: FBT001 - a row of the table
    assert alters(CONFIG, before, after) is shows


def test_pods_show_where_their_names_are_verified() -> None:
    assert alters(ClusterConfig(dns=DnsConfig(pods="verified")), None, Pod(metadata=META))
