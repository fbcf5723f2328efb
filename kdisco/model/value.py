"""What all values of the model share: they show what is set and leave out what is not."""

from __future__ import annotations

from attrs import NOTHING, Factory, fields

__all__ = ["Value"]


class Value:
    """A frozen value whose ``repr`` names only the fields that differ from their defaults."""

    __slots__ = ()

    def __repr__(self) -> str:
        shown = []
        for field in fields(type(self)):  # type: ignore[arg-type]  # every subclass is an attrs class
            default = field.default
            unset = default.factory() if isinstance(default, Factory) else default  # type: ignore[arg-type]  # takes_self is not used
            value = getattr(self, field.name)
            if unset is NOTHING or value != unset:
                shown.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"
