"""What ServiceCIDRs and IPAddresses must be. Upstream: pkg/apis/networking/validation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kdisco.model.cidr import IPAddress, ParentReference, ServiceCIDR
from kdisco.store.field import Cause, invalid, required
from kdisco.store.validate.addresses import exact_address, exact_cidr, family
from kdisco.store.validate.names import DNS_1123_SUBDOMAIN

__all__ = ["ip_address", "service_cidr"]

MAX_FAMILIES = 2
FIXED = "field is immutable"
ONE_EACH = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
SEGMENT = re.compile(r"[/%]")


def service_cidr(new: ServiceCIDR, old: ServiceCIDR | None) -> Iterator[Cause]:
    """One or two ranges, one a family, that never change; a second one may be added later."""
    at, cidrs = "spec.cidrs", new.spec.cidrs
    if old is not None:
        yield from _changed(at, cidrs, old.spec.cidrs)
    elif not cidrs:
        yield required(at, "at least one CIDR required")
    elif len(cidrs) > MAX_FAMILIES:
        yield invalid(at, {"CIDRs": list(cidrs)}, "may only hold up to 2 values")
    elif len(cidrs) == MAX_FAMILIES and not _dual(cidrs):
        yield invalid(at, {"CIDRs": list(cidrs)}, ONE_EACH)
    else:
        for i, text in enumerate(cidrs):
            yield from exact_cidr(f"{at}[{i}]", text)


def _changed(at: str, cidrs: tuple[str, ...], before: tuple[str, ...]) -> Iterator[Cause]:
    if len(cidrs) not in (len(before), MAX_FAMILIES):
        yield invalid(at, cidrs, FIXED)
        return
    for i, (was, now) in enumerate(zip(before, cidrs, strict=False)):
        if was != now:
            yield invalid(f"{at}[{i}]", now, FIXED)
    if len(before) < len(cidrs):
        if not _dual(cidrs):
            yield invalid(at, {"CIDRs": list(cidrs)}, ONE_EACH)
        yield from exact_cidr(f"{at}[1]", cidrs[1])


def _dual(cidrs: tuple[str, ...]) -> bool:
    return {family(text.rpartition("/")[0]) for text in cidrs} == {"IPv4", "IPv6"}


def ip_address(new: IPAddress, old: IPAddress | None) -> Iterator[Cause]:
    """The name is the address in canonical form, and it belongs to something for good."""
    parent = new.spec.parent_ref
    if old is not None:
        if parent != old.spec.parent_ref:
            yield invalid("spec.parentRef", _shown(parent), FIXED)
        return
    yield from exact_address("metadata.name", new.name)
    if parent is None:
        yield required("spec.parentRef")
    else:
        yield from _parent("spec.parentRef", parent)


def _shown(parent: ParentReference | None) -> dict[str, str] | None:
    """A reference with the names of Go's fields, as this error shows it."""
    names = ("group", "resource", "namespace", "name")
    return {name.capitalize(): getattr(parent, name) for name in names} if parent is not None else None


def _parent(at: str, parent: ParentReference) -> Iterator[Cause]:
    if parent.group:
        yield from (invalid(f"{at}.group", parent.group, words) for words in DNS_1123_SUBDOMAIN.problems(parent.group))
    for name, text in (("resource", parent.resource), ("name", parent.name), ("namespace", parent.namespace)):
        if not text and name != "namespace":
            yield required(f"{at}.{name}")
        if text in (".", ".."):
            yield invalid(f"{at}.{name}", text, f"may not be '{text}'")
        else:
            yield from (invalid(f"{at}.{name}", text, f"may not contain '{sign}'") for sign in SEGMENT.findall(text))
