"""Mappings and JSON that cannot change, so that a frozen object is frozen all the way down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

__all__ = ["FrozenMap", "freeze", "thaw"]

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(dict[K, V]):
    """A dict that refuses to change; ``merged`` and ``without`` give changed copies."""

    __slots__ = ()

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        msg = "a FrozenMap cannot be changed"
        raise TypeError(msg)

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]  # frozen, so it may be hashed
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def merged(self, other: Mapping[K, V]) -> FrozenMap[K, V]:
        """This mapping with the entries of ``other`` laid over it."""
        return FrozenMap({**self, **other})

    def without(self, *keys: K) -> FrozenMap[K, V]:
        """This mapping without ``keys``."""
        return FrozenMap({key: value for key, value in self.items() if key not in keys})


def freeze(value: Any) -> Any:
    """JSON made of dicts and lists, as FrozenMaps and tuples."""
    if isinstance(value, Mapping):
        return FrozenMap({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value


def thaw(value: Any) -> Any:
    """Frozen JSON as plain dicts and lists, free to change."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [thaw(item) for item in value]
    return value
