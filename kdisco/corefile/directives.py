"""The directives of a server block: what each plugin takes, and what it says to what it does not take.

Directives of plugins that the model does not have are left alone; of those that it has, what changes no answer
here (``serve_stale``, ``prefetch``, ``policy``) is read and checked for its name only.
Upstream: coredns plugin/*/setup.go (1.14).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve

from kdisco.config import MAX_TTL, DnsConfig
from kdisco.corefile.caddyfile import CorefileError, Directive, ServerBlock
from kdisco.corefile.options import CacheOptions, Forward, Options, Transfer, Zones
from kdisco.corefile.stanza import kubernetes, number, refuse
from kdisco.model.address import parse_ip
from kdisco.model.domain import labels_of

__all__ = ["KNOWN", "understood"]

KNOWN = (  # in the order of plugin.cfg
    *("root", "metadata", "geoip", "cancel", "tls", "quic", "timeouts", "multisocket", "reload", "nsid"),
    *("bufsize", "bind", "debug", "trace", "ready", "health", "pprof", "prometheus", "errors", "log", "dnstap"),
    *("local", "dns64", "any", "chaos", "loadbalance", "tsig", "rewrite", "acl", "header", "dnssec"),
    *("autopath", "cache", "minimal", "template", "transfer", "hosts", "route53", "azure", "clouddns"),
    *("k8s_external", "kubernetes", "file", "auto", "secondary", "etcd", "loop", "forward", "grpc", "erratic"),
    *("whoami", "on", "sign", "view", "nomad"),
)
LONGEST_SERVFAIL = 300.0
LEAST_RELOAD, LEAST_JITTER = 2.0, 1.0
MOST_UPSTREAMS = 15
DURATION = re.compile(r"(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|ns))+")
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def understood(block: ServerBlock) -> Options:
    """The options of a server block; raises CorefileError as the plugin would."""
    own = tuple(labels_of(zone) for zone, _ in block.addresses)
    found, seen = Options(), set[str]()
    for directive in block.directives:
        name = directive.name.text
        try:
            if name in ONCE and name in seen:
                refuse("this plugin can only be used once per Server Block")
            found = SETUPS[name](found, directive, own) if name in SETUPS else found
        except CorefileError as problem:
            told = f"plugin/{name}: {problem}"
            raise CorefileError(told, problem.line or directive.name.line) from None
        seen.add(name)
    return found


def _plain(most: int) -> Callable[[Options, Directive, Zones], Options]:
    """A plugin that takes so many arguments and is nothing to answers."""

    def setup(found: Options, directive: Directive, _own: Zones) -> Options:
        if len(directive.args) > most:
            directive.refuse_arguments()
        return found

    return setup


def _health(found: Options, directive: Directive, _own: Zones) -> Options:
    if len(directive.args) > 1:
        directive.refuse_arguments()
    for each in directive.properties:
        if each.name.text != "lameduck" or len(each.args) != 1:
            each.refuse_arguments()
        found = evolve(found, lameduck=_duration(each.texts[0]))
    return found


def _reload(found: Options, directive: Directive, _own: Zones) -> Options:
    if len(directive.args) > 2:  # noqa: PLR2004 - the interval and its jitter
        directive.refuse_arguments()
    interval, jitter = (*map(_duration, directive.texts), *(30.0, 15.0)[len(directive.args) :])
    if interval < LEAST_RELOAD:
        refuse("interval value must be greater or equal to 2s")
    if jitter < LEAST_JITTER:
        refuse("jitter value must be greater or equal to 1s")
    return evolve(found, reload=(interval, min(jitter, interval / 2)))


def _autopath(found: Options, directive: Directive, own: Zones) -> Options:
    if not directive.args:
        refuse("no resolv-conf specified")
    zones = tuple(map(labels_of, directive.texts[:-1])) or own
    if directive.texts[-1] != "@kubernetes":  # a search list for all: the model has only that of each Pod
        return found
    return evolve(found, autopath=zones, dns=evolve(found.dns, autopath=True))


def _transfer(found: Options, directive: Directive, own: Zones) -> Options:
    to = list[str]()
    for each in directive.properties:
        if each.name.text != "to":
            each.refuse_name()
        if not each.args:
            each.refuse_arguments()
        to += each.texts
    if not to:
        directive.refuse("'to' is required")
    entry = Transfer(tuple(map(labels_of, directive.texts)) or own, tuple(to))
    return evolve(found, transfer=(*found.transfer, entry), dns=evolve(found.dns, transfer=True))


def _forward(found: Options, directive: Directive, _own: Zones) -> Options:
    if len(directive.args) < 2:  # noqa: PLR2004 - from where, to whom
        directive.refuse_arguments()
    zone, *to = directive.texts
    for host in to:
        address = host.rpartition("://")[2]
        plain = address if parse_ip(address) else address.rpartition(":")[0].strip("[]")
        if address != "/etc/resolv.conf" and not parse_ip(plain):
            refuse(f'not an IP address or file: "{host}"')
    if len(to) > MOST_UPSTREAMS:
        refuse(f"more than {MOST_UPSTREAMS} TOs configured: {len(to)}")
    excepted = list[tuple[str, ...]]()
    for each in directive.properties:
        if each.name.text not in FORWARDING:
            each.refuse_name()
        if each.name.text == "except":
            excepted += map(labels_of, each.texts)
    entry = Forward(labels_of(zone), tuple(to), tuple(excepted))
    return evolve(found, forward=(*found.forward, entry))


def _cache(found: Options, directive: Directive, own: Zones) -> Options:
    zones, options = list(directive.texts), CacheOptions()
    if zones and re.fullmatch(r"[+-]?\d+", zones[0]):
        ttl = _positive(int(zones.pop(0)))
        options = evolve(options, success=(ttl, 5), denial=(ttl, 5))
    options = evolve(options, zones=tuple(map(labels_of, zones)) or own)
    for each in directive.properties:
        name, args = each.name.text, each.texts
        if name in ("success", "denial") and args:
            numbers = [number(text) for text in args]
            was = options.success if name == "success" else options.denial
            ttl, least = (*map(_positive, numbers[1:2]), *numbers[2:3], *was[max(len(numbers) - 1, 0) :])[:2]
            limits: dict[str, Any] = {name: (ttl, least)}
            options = evolve(options, **limits)
        elif name == "servfail" and len(args) == 1:
            seconds = _duration(args[0])
            if seconds > LONGEST_SERVFAIL:
                refuse("caching SERVFAIL responses over 5 minutes is not permitted")
            options = evolve(options, servfail=int(seconds))
        elif name == "disable" and args:
            if args[0] not in ("success", "denial"):
                refuse('cache type for disable must be "success" or "denial"')
            off: dict[str, Any] = {f"no_{args[0]}": tuple(map(labels_of, args[1:])) or own}
            options = evolve(options, **off)
        elif name not in ("prefetch", "serve_stale", "keepttl"):
            each.refuse_arguments()
    return evolve(found, cache=options, dns=_cached(found.dns, options))


def _cached(dns: DnsConfig, cache: CacheOptions) -> DnsConfig:
    both = [zone for zone in cache.no_success if zone in cache.no_denial]
    off = tuple(".".join(zone) or "." for zone in both)
    return evolve(dns, cache=min(cache.success[0], MAX_TTL), cache_disable=off)


def _positive(ttl: int) -> int:
    if ttl <= 0:
        refuse(f"cache TTL can not be zero or negative: {ttl}")
    return ttl


def _duration(text: str) -> float:
    """Seconds of a duration as Go writes them: ``1m30s``."""
    if text != "0" and not DURATION.fullmatch(text):
        refuse(f'time: invalid duration "{text}"')
    parts: Sequence[tuple[str, str]] = re.findall(r"([\d.]+)(h|ms|m|s|us|µs|ns)", text)
    return sum(float(number) * UNITS[unit] for number, unit in parts)


ONCE = ("kubernetes", "cache", "reload", "health", "autopath")
FORWARDING = (
    *("except", "max_fails", "health_check", "force_tcp", "prefer_udp", "tls", "tls_servername", "expire", "policy"),
    *("max_concurrent", "next", "failfast_all_unhealthy_upstreams", "failover", "max_age", "max_idle_conns"),
)
SETUPS: dict[str, Callable[[Options, Directive, Zones], Options]] = {
    "kubernetes": kubernetes,
    "cache": _cache,
    "forward": _forward,
    "transfer": _transfer,
    "autopath": _autopath,
    "reload": _reload,
    "health": _health,
    "ready": _plain(1),
    "prometheus": _plain(1),
    "errors": _plain(1),
    "loop": _plain(0),
}
