"""IP families of a Service: which it gets, by its policy and what the cluster has.

Upstream: pkg/registry/core/service/storage/alloc.go initIPFamilyFields.
"""

from __future__ import annotations

from attrs import evolve

from kdisco.errors import Invalid
from kdisco.model.service import Service, ServiceSpec
from kdisco.store.field import Cause, invalid
from kdisco.store.validate.addresses import family
from kdisco.store.validate.service_ips import cluster_ip_fields

__all__ = ["with_families"]

POLICY = "spec.ipFamilyPolicy"


def with_families(new: Service, old: Service | None, configured: tuple[str, ...]) -> Service:
    """A Service with its policy and families set; ``configured`` are the cluster's, the default first.

    Raises Invalid with these errors alone: families are looked at before anything else.
    """
    if new.spec.type == "ExternalName" or (old is not None and _still_preferred(new.spec, old.spec)):
        return new
    spec = evolve(new.spec, ip_family_policy=new.spec.ip_family_policy or _policy(new.spec, old))
    _refuse(new, list(cluster_ip_fields(spec, old.spec if old is not None else None)))
    problems: list[Cause] = []
    if old is not None:
        spec = _released(spec, old.spec, problems)
    spec = _inferred(spec, configured, problems)
    _refuse(new, problems)
    if spec.cluster_ip == "None" and not spec.selector:
        return evolve(new, spec=_completed(spec, configured, ("IPv4", "IPv6")))
    if spec.ip_family_policy == "RequireDualStack" and len(configured) < 2:  # noqa: PLR2004 - dual is two
        words = "this cluster is not configured for dual-stack services"
        problems.append(invalid(POLICY, spec.ip_family_policy, words))
    for i, name in enumerate(spec.ip_families):
        if name not in configured:
            problems.append(invalid(f"spec.ipFamilies[{i}]", name, "not configured on this cluster"))
    _refuse(new, problems)
    return evolve(new, spec=_completed(spec, configured, configured))


def _still_preferred(new: ServiceSpec, old: ServiceSpec) -> bool:
    """Whether a PreferDualStack Service is left as it is: no write adds a family just because the cluster has one."""
    same = all(getattr(new, name) == getattr(old, name) for name in ("type", "cluster_ips", "ip_families"))
    return same and new.ip_family_policy == "PreferDualStack" == old.ip_family_policy


def _policy(spec: ServiceSpec, old: Service | None) -> str:
    """The policy of a Service that names none."""
    if old is not None and old.spec.ip_family_policy:
        return old.spec.ip_family_policy
    return "RequireDualStack" if spec.cluster_ip == "None" and not spec.selector else "SingleStack"


def _released(spec: ServiceSpec, old: ServiceSpec, problems: list[Cause]) -> ServiceSpec:
    """What a change of policy gives up: SingleStack drops the second address and family."""
    if spec.ip_family_policy == "SingleStack":
        ips = spec.cluster_ips[:1] if spec.cluster_ips == old.cluster_ips else spec.cluster_ips
        families = spec.ip_families[:1] if spec.ip_families == old.ip_families else spec.ip_families
        return evolve(spec, cluster_ips=ips, ip_families=families)
    for before, after, what in (
        (old.cluster_ips, spec.cluster_ips, "cluster IP"),
        (old.ip_families, spec.ip_families, "IP family"),
    ):
        if 0 < len(after) < len(before):
            words = f"must be 'SingleStack' to release the secondary {what}"
            problems.append(invalid(POLICY, spec.ip_family_policy, words))
    return spec


def _inferred(spec: ServiceSpec, configured: tuple[str, ...], problems: list[Cause]) -> ServiceSpec:
    """Families that follow from the addresses asked for."""
    if spec.ip_family_policy == "SingleStack":
        for values, what in ((spec.cluster_ips, "cluster IPs"), (spec.ip_families, "IP families")):
            if len(values) == 2:  # noqa: PLR2004 - one a family
                words = f"must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"
                problems.append(invalid(POLICY, spec.ip_family_policy, words))
    families = list(spec.ip_families)
    for i, text in enumerate(spec.cluster_ips):
        if text == "None":
            break
        if i >= len(families):
            found = family(text)
            if found in configured:
                families.append(found)
            else:
                words = f"{found} is not configured on this cluster"
                problems.append(invalid(f"spec.clusterIPs[{i}]", spec.cluster_ips, words))
    return evolve(spec, ip_families=tuple(families))


def _completed(spec: ServiceSpec, configured: tuple[str, ...], available: tuple[str, ...]) -> ServiceSpec:
    """The default family where none was asked for, and the second one where two are wanted."""
    families = spec.ip_families or configured[:1]
    if spec.ip_family_policy != "SingleStack" and len(families) == 1:
        families = (*families, *(name for name in sorted(available) if name not in families))
    return evolve(spec, ip_families=families)


def _refuse(service: Service, problems: list[Cause]) -> None:
    if problems:
        msg = "Service"
        raise Invalid(msg, "", service.name, problems)
