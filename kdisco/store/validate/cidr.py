"""What ServiceCIDRs and IPAddresses must be. Upstream: pkg/apis/networking/validation."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.model.cidr import IPAddress, ServiceCIDR
from kdisco.store.field import Cause, invalid, required
from kdisco.store.validate.names import address, cidr

__all__ = ["ip_address", "service_cidr"]

MAX_FAMILIES = 2


def service_cidr(new: ServiceCIDR, old: ServiceCIDR | None) -> Iterator[Cause]:
    """One or two ranges, one a family, that never change."""
    if not new.spec.cidrs:
        yield required("spec.cidrs", "at least one CIDR required")
    if len(new.spec.cidrs) > MAX_FAMILIES:
        yield invalid("spec", new.spec.cidrs, "may only hold up to 2 values")
    for i, text in enumerate(new.spec.cidrs):
        yield from cidr(f"spec.cidrs[{i}]", text)
    if old is not None and old.spec != new.spec:
        yield invalid("spec.cidrs", new.spec.cidrs, "field is immutable")


def ip_address(new: IPAddress, _old: IPAddress | None) -> Iterator[Cause]:
    """The name is the address in canonical form, and it belongs to something."""
    yield from address("metadata.name", new.name)
    if new.spec.parent_ref is None:
        yield required("spec.parentRef")
