"""Settings that live in the API: a Corefile, an application's own. Source: core/v1 ConfigMap."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object

__all__ = ["ConfigMap"]


@frozen(kw_only=True, repr=False)
class ConfigMap(Object):
    """Texts by key; ``binary_data`` holds bytes as base64. Once ``immutable`` it stays as it is."""

    data: FrozenMap[str, str] = FrozenMap()
    binary_data: FrozenMap[str, str] = FrozenMap()
    immutable: bool | None = None
    KIND: ClassVar[str] = "ConfigMap"
    API_VERSION: ClassVar[str] = "v1"
