"""What ServiceCIDRs and IPAddresses must be. Upstream: pkg/apis/networking/validation."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kdisco.model.cidr import IPAddress, ServiceCIDR
from kdisco.store.field import Cause, invalid, required
from kdisco.store.validate.names import address

__all__ = ["ip_address", "service_cidr"]

MAX_FAMILIES = 2


def service_cidr(new: ServiceCIDR, old: ServiceCIDR | None) -> Iterator[Cause]:
    """One or two ranges, one a family, that never change."""
    if not new.spec.cidrs:
        yield required("spec.cidrs", "at least one CIDR required")
    if len(new.spec.cidrs) > MAX_FAMILIES:
        yield invalid("spec", new.spec.cidrs, "may only hold up to 2 values")
    for i, text in enumerate(new.spec.cidrs):
        try:
            ipaddress.ip_network(text)
        except ValueError:
            words = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            yield invalid(f"spec.cidrs[{i}]", text, words)
    if old is not None and old.spec != new.spec:
        yield invalid("spec.cidrs", new.spec.cidrs, "field is immutable")


def ip_address(new: IPAddress, _old: IPAddress | None) -> Iterator[Cause]:
    """The name is the address in canonical form, and it belongs to something."""
    yield from address("metadata.name", new.name)
    if new.spec.parent_ref is None:
        yield required("spec.parentRef")
