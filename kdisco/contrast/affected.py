"""Which Services a component sees otherwise at two moments: only these need to be asked and judged anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.model.service import Service
    from kdisco.store.table import View

__all__ = ["affected", "versions"]


def affected(old: View, new: View) -> set[Key]:
    """The keys of the Services that came, went or changed, themselves or in their EndpointSlices."""
    services = {key for key, _, _ in old.table("services").objects.diff(new.table("services").objects)}
    slices = old.table("endpointslices").objects.diff(new.table("endpointslices").objects)
    return services | {each.service_key for _, before, after in slices for each in (before, after) if each is not None}


def versions(old: View, new: View, key: Key) -> tuple[tuple[View, Service], ...]:
    """A Service as it was and as it is, each with its view; what is not there is left out."""
    found = ((view, view.get("services", key)) for view in (old, new))
    return tuple((view, service) for view, service in found if service is not None)
