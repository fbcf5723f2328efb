"""The ``kubernetes`` directive of a Corefile. Upstream: coredns plugin/kubernetes/setup.go (1.14)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

from attrs import evolve

from kdisco.config import MAX_TTL, POD_MODES
from kdisco.corefile.caddyfile import CorefileError, Directive, Line
from kdisco.corefile.options import Options, Zones
from kdisco.model.domain import REVERSE, labels_of

__all__ = ["kubernetes", "number", "refuse"]


def kubernetes(found: Options, directive: Directive, own: Zones) -> Options:
    """The ``kubernetes`` directive."""
    zones = tuple(map(labels_of, directive.texts)) or own
    forward = [zone for zone in zones if zone[-2:] not in REVERSE]
    if not forward:
        refuse("non-reverse zone name must be used")
    dns = evolve(found.dns, zone=".".join(forward[0]) or ".")
    for each in directive.properties:
        take = IN_KUBERNETES.get(each.name.text)
        if take is None:
            each.refuse_name()
        dns = evolve(dns, **take(each))
    return evolve(found, dns=dns, zones=(forward[0], *(zone for zone in zones if zone != forward[0])))


def _pods(line: Line) -> dict[str, Any]:
    if len(line.args) != 1:
        line.refuse_arguments()
    if line.texts[0] not in POD_MODES:
        refuse(f"wrong value for pods: {line.texts[0]},  must be one of: disabled, verified, insecure")
    return {"pods": line.texts[0]}


def _namespaces(line: Line) -> dict[str, Any]:
    if not line.args:
        line.refuse_arguments()
    return {"namespaces": line.texts}


def _ttl(line: Line) -> dict[str, Any]:
    if not line.args:
        line.refuse_arguments()
    ttl = number(line.texts[0])
    if not 0 <= ttl <= MAX_TTL:
        line.refuse(f"ttl must be in range [0, {MAX_TTL}]: {ttl}")
    return {"ttl": ttl}


def _ignore(line: Line) -> dict[str, Any]:
    if line.args and line.texts[0] != "empty_service":
        refuse(f"unable to parse ignore value: '{line.texts[0]}'")
    return {"ignore_empty_service": True} if line.args else {}


def _flag(name: str) -> Callable[[Line], dict[str, Any]]:
    def take(line: Line) -> dict[str, Any]:
        if line.args:
            line.refuse_arguments()
        return {name: True}

    return take


def _nothing(_line: Line) -> dict[str, Any]:
    return {}


def refuse(text: str) -> NoReturn:
    """Raise an error for which CoreDNS itself names no line."""
    raise CorefileError(text)


def number(text: str) -> int:
    """A whole number; raises CorefileError in Go's words."""
    if not re.fullmatch(r"[+-]?\d+", text):
        refuse(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


IN_KUBERNETES: dict[str, Callable[[Line], dict[str, Any]]] = {
    "pods": _pods,
    "namespaces": _namespaces,
    "ttl": _ttl,
    "ignore": _ignore,
    "endpoint_pod_names": _flag("endpoint_pod_names"),
    "zonal": _flag("zonal"),
    "fallthrough": lambda line: {"fallthrough": line.texts or (".",)},
    **dict.fromkeys(("endpoint", "tls", "kubeconfig", "labels", "namespace_labels", "noendpoints"), _nothing),
    **dict.fromkeys(("startup_timeout", "multicluster", "apiserver_qps", "apiserver_burst"), _nothing),
    **dict.fromkeys(("apiserver_max_inflight", "ptr_hostname_only"), _nothing),
}
