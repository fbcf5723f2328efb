"""The names and signatures that notebooks are written against."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from attrs import fields

import kdisco
from kdisco import ApiError, Cluster, ClusterConfig, DnsConfig, KdiscoError, ProxyConfig, errors

METHODS = {  # name: parameters after self, in order; "_" where the contract gives no name
    "create": "_",
    "apply": "_",
    "replace": "_",
    "patch": "_ _ _ namespace type",
    "scale": "_ _ namespace",
    "delete": "_ _ namespace",
    "get": "_ _ namespace",
    "list": "_ namespace selector",
    "watch": "_ namespace selector since",
    "settle": "",
    "step": "",
    "run": "_",
    "at": "_",
    "undo": "",
    "diff": "_ _",
    "branch": "",
    "resolv_conf": "_",
    "lookup": "_ pod libc family",
    "proxy": "_",
    "send": "_ _ port protocol flow",
}
DEFAULTS = {
    ("patch", "namespace"): "default",
    ("patch", "type"): "merge",
    ("scale", "namespace"): "default",
    ("delete", "namespace"): "default",
    ("get", "namespace"): "default",
    ("list", "namespace"): None,
    ("list", "selector"): None,
    ("send", "port"): 80,
    ("send", "protocol"): "tcp",
    ("send", "flow"): None,
    ("lookup", "libc"): "glibc",
    ("lookup", "family"): "unspec",
}
SETTINGS: dict[type, dict[str, Any]] = {
    ClusterConfig: {
        "nodes": 3,
        "kubernetes_version": "v1.36.0",
        "pod_cidr": "10.244.0.0/16",
        "service_cidr": "10.96.0.0/12",
        "addons": True,
        "kubelets": True,
        "upstream": (),
        "node_resolv_conf": "nameserver 192.0.2.53\n",
        "cluster_dns": None,
        "cluster_domain": None,
    },
    DnsConfig: {"zone": "cluster.local", "ttl": 30, "pods": "insecure"},
    ProxyConfig: {
        "mode": "iptables",
        "cluster_cidr": None,
        "detect_local": "ClusterCIDR",
        "masquerade_all": False,
        "nodeport_addresses": (),
        "localhost_nodeports": True,
        "tcp_liberal": False,
        "service_cidrs": (),
    },
}


def test_every_public_name_is_there() -> None:
    assert {"ApiError", "Cluster", "ClusterConfig", "DnsConfig", "KdiscoError", "ProxyConfig"} <= set(kdisco.__all__)
    assert 11 <= len(kdisco.__all__) <= 25
    for name in kdisco.__all__:
        assert getattr(kdisco, name).__doc__
        assert name in dir(kdisco)


def test_an_unknown_name_is_an_ordinary_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Klaster'"):
        kdisco.Klaster  # noqa: B018 - asking is the test


@pytest.mark.parametrize("method", METHODS)
def test_a_method_takes_what_the_contract_says(method: str) -> None:
    parameters = inspect.signature(getattr(Cluster, method)).parameters
    wanted = METHODS[method].split()
    given = [name for name in parameters if name != "self"]
    named = [(name, there) for name, there in zip(wanted, given, strict=False) if name != "_"]
    assert len(given) >= len(wanted)
    assert [name for name, _ in named] == [there for _, there in named]
    assert all(
        parameters[name].default is not inspect.Parameter.empty
        or parameters[name].kind in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        for name in given[len(wanted) :]
    ), "whatever is more may be left out"
    for (owner, name), default in DEFAULTS.items():
        if owner == method:
            assert parameters[name].default == default


@pytest.mark.parametrize("name", ["now", "revision", "history", "dns"])
def test_a_cluster_has_the_attributes_of_the_contract(name: str) -> None:
    assert not callable(getattr(Cluster(nodes=0), name))


@pytest.mark.parametrize("method", ["create", "apply", "replace", "patch", "scale", "delete"])
def test_every_write_can_be_tried_dry(method: str) -> None:
    assert inspect.signature(getattr(Cluster, method)).parameters["dry_run"].default is False


def test_a_delete_may_be_hurried() -> None:
    assert inspect.signature(Cluster.delete).parameters["grace_period"].default is None


@pytest.mark.parametrize("config", SETTINGS, ids=lambda config: config.__name__)
def test_a_config_has_the_settings_of_the_contract(config: type) -> None:
    there = {field.name: getattr(config(), field.name) for field in fields(config)}
    assert SETTINGS[config].items() <= there.items()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("BadRequest", 400),
        ("Unauthorized", 401),
        ("Forbidden", 403),
        ("NotFound", 404),
        ("Conflict", 409),
        ("AlreadyExists", 409),
        ("Expired", 410),
        ("Invalid", 422),
        ("InternalError", 500),
    ],
)
def test_an_api_error_knows_its_status(error: str, status: int) -> None:
    found = getattr(errors, error)
    assert issubclass(found, ApiError)
    assert issubclass(found, KdiscoError)
    assert (found.status, found.reason) == (status, error)


def test_a_usage_error_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="mode: 'ebpf' is not one of iptables, nftables, ipvs") as caught:
        ProxyConfig(mode="ebpf")
    assert isinstance(caught.value, KdiscoError)


def test_a_notebook_shows_the_words_of_an_error_without_a_traceback() -> None:
    error = errors.NotFound('services "web" not found', {"name": "web", "kind": "services"})
    assert error._render_traceback_() == ['Error from server (NotFound): services "web" not found']
