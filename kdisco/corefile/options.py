"""What the directives of a server block come to: the options of its plugins, of kubernetes those of a DnsConfig."""

from __future__ import annotations

from attrs import frozen

from kdisco.config import DnsConfig

__all__ = ["CacheOptions", "Forward", "Options", "Transfer", "Zones"]

Zones = tuple[tuple[str, ...], ...]
EVERYWHERE: Zones = ((),)
PLUGIN_DEFAULTS = DnsConfig(pods="disabled", ttl=5, fallthrough=())


@frozen(kw_only=True)
class CacheOptions:
    """The ``cache`` plugin: TTLs in seconds, for answers and for denials each with its least; zones as labels."""

    zones: Zones = EVERYWHERE
    success: tuple[int, int] = (3600, 5)
    denial: tuple[int, int] = (1800, 5)
    servfail: int = 5
    no_success: Zones = ()
    no_denial: Zones = ()


@frozen
class Forward:
    """One ``forward``: names below ``zone``, but not below those in ``excepted``, go to the upstreams."""

    zone: tuple[str, ...]
    to: tuple[str, ...]
    excepted: Zones = ()


@frozen
class Transfer:
    """One ``transfer``: who (addresses, ``*``) may have which zones."""

    zones: Zones
    to: tuple[str, ...]


@frozen(kw_only=True)
class Options:
    """What the directives of one server block say. ``zones`` are the kubernetes plugin's, the forward one first."""

    dns: DnsConfig = PLUGIN_DEFAULTS
    zones: Zones = EVERYWHERE
    cache: CacheOptions | None = None
    forward: tuple[Forward, ...] = ()
    transfer: tuple[Transfer, ...] = ()
    autopath: Zones = ()
    reload: tuple[float, float] = (30.0, 15.0)
    lameduck: float = 0.0
