"""ClusterIPs, IP families and their policy: what they must be together, and how far an update may change them.

Upstream: pkg/apis/core/validation ValidateServiceClusterIPsRelatedFields, validateUpgradeDowngradeClusterIPs,
validateUpgradeDowngradeIPFamilies.
"""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.model.service import ServiceSpec
from kdisco.store.field import Cause, duplicate, invalid, required, unsupported
from kdisco.store.validate.addresses import address, family

__all__ = ["cluster_ip_fields", "family_changes"]

IPS, POLICY = "spec.clusterIPs", "spec.ipFamilyPolicy"
FAMILIES = ("IPv4", "IPv6")
POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
FAMILY_COUNT = 2
SET = "may not change once set"


def cluster_ip_fields(spec: ServiceSpec, old: ServiceSpec | None = None) -> Iterator[Cause]:
    """ClusterIPs, families and policy as they stand; looked at before any allocation, so these errors stand alone."""
    if spec.type == "ExternalName":
        return
    listed = spec.cluster_ips
    if spec.cluster_ip and not listed:
        yield required(IPS)
    elif listed and not spec.cluster_ip:
        yield invalid(IPS, listed, "must be empty when `clusterIP` is not specified")
    elif listed and listed[0] != spec.cluster_ip:
        yield invalid(IPS, listed, "first value must match `clusterIP`")
    yield from _names(spec.ip_families)
    if spec.ip_family_policy is not None and spec.ip_family_policy not in POLICIES:
        yield unsupported(POLICY, spec.ip_family_policy, POLICIES)
    problems = list(_each(listed, old.cluster_ips if old is not None else ()))
    yield from problems
    if len(listed) > FAMILY_COUNT:
        yield invalid(IPS, listed, "may only hold up to 2 values")
    if not problems:
        yield from _together(spec)


def _names(families: tuple[str, ...]) -> Iterator[Cause]:
    for i, name in enumerate(families):
        if name not in FAMILIES:
            yield unsupported(f"spec.ipFamilies[{i}]", name, FAMILIES)
        if name in families[:i]:
            yield duplicate(f"spec.ipFamilies[{i}]", name)


def _each(listed: tuple[str, ...], known: tuple[str, ...]) -> Iterator[Cause]:
    for i, text in enumerate(listed):
        if i == 0 and text == "None":
            if len(listed) > 1:
                yield invalid(IPS, listed, "'None' must be the first and only value")
        else:
            yield from address(f"{IPS}[{i}]", text, known)


def _together(spec: ServiceSpec) -> Iterator[Cause]:
    """Well-formed addresses: both families when there are several, each as its place in ipFamilies says."""
    listed = spec.cluster_ips
    if listed == ("None",):
        return
    families = [family(text) for text in listed]
    if len(listed) > 1 and len(set(families)) < FAMILY_COUNT:
        yield invalid(IPS, listed, "may specify no more than one IP for each IP family")
    for i, (text, found, wanted) in enumerate(zip(listed, families, spec.ip_families, strict=False)):
        if found != wanted and wanted in FAMILIES:
            yield invalid(f"{IPS}[{i}]", text, f"expected an {wanted} value as indicated by `ipFamilies[{i}]`")


def family_changes(new: ServiceSpec, old: ServiceSpec) -> Iterator[Cause]:
    """The primary address and family are for good, a second one comes and goes; to and from ExternalName all goes."""
    if "ExternalName" in (new.type, old.type):
        return
    headless = [spec.cluster_ips == ("None",) for spec in (new, old)]
    if not all(headless):
        yield from _changed_addresses(new, old)
    if not any(headless):
        yield from _changed_families(new, old)


def _changed_addresses(new: ServiceSpec, old: ServiceSpec) -> Iterator[Cause]:
    after, before = new.cluster_ips, old.cluster_ips
    if len(after) == len(before):
        pairs = enumerate(zip(before, after, strict=True))
        yield from (invalid(f"{IPS}[{i}]", after, SET) for i, (was, now) in pairs if was != now)
        return
    if not after:
        yield invalid(f"{IPS}[0]", after, "primary clusterIP can not be unset")
    elif before and after[0] != before[0]:
        yield invalid(f"{IPS}[0]", after, SET)
    if len(after) == 1 and len(before) > 1 and new.ip_family_policy != "SingleStack":
        words = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        yield invalid(POLICY, new.ip_family_policy, words)


def _changed_families(new: ServiceSpec, old: ServiceSpec) -> Iterator[Cause]:
    at, after, before = "spec.ipFamilies[0]", new.ip_families, old.ip_families
    if len(after) == len(before):
        yield from (invalid(at, after, SET) for was, now in zip(before, after, strict=True) if was != now)
        return
    if not new.cluster_ips and len(after) < len(before):
        yield invalid(at, after, "primary ipFamily can not be unset")
    if after and before and after[0] != before[0]:
        yield invalid(at, new.cluster_ips, SET)  # upstream names the addresses here
    if len(after) == 1 and len(before) > 1 and new.ip_family_policy != "SingleStack":
        words = "must be set to 'SingleStack' when releasing the secondary ipFamily"
        yield invalid(POLICY, new.ip_family_policy, words)
